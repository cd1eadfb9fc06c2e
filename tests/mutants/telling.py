"""Mutants of check_status' problems and messages: every guard of what is told, once and rightly."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

CHECK = "functions/check_status"
LIFECYCLE, PROBLEM, OUTBOX = (
    f"{CHECK}/problems/lifecycle.py",
    f"{CHECK}/problems/problem.py",
    f"{CHECK}/telling/outbox.py",
)
LISTING, MESSAGES, SENDING = (
    f"{CHECK}/problems/listing.py",
    f"{CHECK}/telling/messages.py",
    f"{CHECK}/telling/delivery.py",
)
LIFE_TESTS, OUTBOX_TESTS = (
    "tests/unit/check_status/problems/test_lifecycle.py",
    "tests/unit/check_status/telling/test_outbox.py",
)
MESSAGE_TESTS, SENDING_TESTS = (
    "tests/unit/check_status/telling/test_messages.py",
    "tests/unit/check_status/telling/test_delivery.py",
)
CRASHES = "tests/crash/test_telling.py"

_UNPROVEN = (f"{LIFE_TESTS}::test_not_resolved_without_proof",)

PROBLEMS = (
    Mutant(
        "a-first-look-tells-the-past",
        LIFECYCLE,
        (
            (
                "problem.last_at < max(watch.watching_since - watch.resolve_after, watch.now - WINDOW)",
                "problem.records < 0",
            ),
        ),
        (f"{LIFE_TESTS}::test_what_was_over_before_anybody_watched_is_not_told",),
    ),
    Mutant(
        "resolved-while-it-still-recurs",
        LIFECYCLE,
        (("or watch.now - problem.last_at < watch.resolve_after", "or False"),),
        _UNPROVEN,
    ),
    Mutant(
        "resolved-though-nothing-was-fetched-since",
        LIFECYCLE,
        (("return side.last_fetched_at > problem.last_at", "return True"),),
        _UNPROVEN,
    ),
    Mutant(
        "resolved-though-wemasy-is-not-connected",
        LIFECYCLE,
        (('if side and side.wemasy not in {"connected", "not asked"}:', "if side and not side.wemasy:"),),
        _UNPROVEN,
    ),
    Mutant(
        "resolved-while-its-stream-is-behind",
        LIFECYCLE,
        (("    if _is_behind(problem, watch):", "    if _is_behind(problem, watch) and not problem.is_open:"),),
        _UNPROVEN,
    ),
    Mutant(
        "resolved-while-sendcloud-does-not-answer",
        LIFECYCLE,
        (
            ("if watch.sides is None or watch.now", "if watch.now"),
            (
                "side = watch.sides.get(problem.integration_id)",
                "side = (watch.sides or {}).get(problem.integration_id)",
            ),
            ("return watch.now - problem.last_at >= QUIET", "return watch.sides is None"),
        ),
        _UNPROVEN,
    ),
    Mutant(
        "a-late-record-is-a-regression",
        LIFECYCLE,
        (("problem.last_at <= resolved_at:", "problem.last_at <= (problem.episodes[-1].until or resolved_at):"),),
        (f"{LIFE_TESTS}::test_a_late_record_from_before_the_resolution_is_only_counted",),
    ),
    Mutant(
        "an-escalation-is-told-at-each-check",
        LIFECYCLE,
        (("return replace(problem, escalated_above=escalation.above), ", "return problem, "),),
        ("tests/unit/check_status/problems/test_escalation.py::test_escalation_is_told_once_until_it_has_calmed_down",),
    ),
    Mutant(
        "counts-are-added-instead-of-replaced",
        PROBLEM,
        (("parts={**others, rest: Part(found.records,", "parts={**others, rest: Part(self.records + found.records,"),),
        (f"{LIFE_TESTS}::test_each_summary_counts_for_itself",),
    ),
    Mutant(
        "a-day-out-of-the-window-counts-twice",
        LIFECYCLE,
        (("or of >= problem.counted_from", "or of.year > 2000"),),
        (f"{LIFE_TESTS}::test_days_that_leave_the_window_stay_counted",),
    ),
    Mutant(
        "an-integration-fills-the-state",
        LIFECYCLE,
        (("if followed[summary.integration_id] == MOST_PROBLEMS:", "if followed[summary.integration_id] < 0:"),),
        (f"{LIFE_TESTS}::test_no_integration_can_fill_the_state",),
    ),
    Mutant(
        "a-summary-that-cannot-be-read-counts-as-seen",
        LISTING,
        (("(summary := read[each[rest].key])", "(summary := read[each[rest].key] or Summary('', '', 0, {}, 0))"),),
        ("tests/unit/check_status/problems/test_summaries.py::test_a_summary_that_cannot_be_read",),
    ),
)

MESSAGES_SENT = (
    Mutant(
        "two-runs-send-the-same",
        OUTBOX,
        (("entry.claim.run != run and entry.claim.until > now", "entry.claim.run != run and entry.claim.until < now"),),
        (f"{CRASHES}::test_two_checks_at_once",),
    ),
    Mutant(
        "a-dead-runs-claim-never-ends",
        OUTBOX,
        (("entry.claim.run != run and entry.claim.until > now", "entry.claim.run != run"),),
        (f"{CRASHES}::test_crash_points",),
    ),
    Mutant(
        "what-was-sent-stays",
        OUTBOX,
        (("(entry.happening.id, channel) not in sent", "(entry.happening.id, channel) in sent"),),
        (f"{OUTBOX_TESTS}::test_what_has_been_sent_goes",),
    ),
    Mutant(
        "messages-are-sent-before-they-are-stored",
        f"{CHECK}/composition_root.py",
        (
            (
                "            if etag := save(self.store, after):\n",
                "            self.telling().deliver(after.outbox, lambda f: f(after.outbox), run=run, clock=self.now,"
                " time_left=lambda: 60.0)\n"
                "            if etag := save(self.store, after):\n",
            ),
        ),
        (f"{CRASHES}::test_two_checks_at_once", f"{CRASHES}::test_crash_points"),
    ),
    Mutant(
        "one-channels-failure-repeats-the-other",
        OUTBOX,
        (
            (
                "for channel in entry.pending if (entry.happening.id, channel) not in sent",
                "for channel in entry.pending if not {(entry.happening.id, c) for c in entry.pending} <= set(sent)",
            ),
        ),
        (f"{SENDING_TESTS}::test_one_channels_failure_does_not_repeat_the_other",),
    ),
    Mutant(
        "a-batch-has-two-of-one-subject",
        OUTBOX,
        ((" or happening.subject in {each.subject for each in found[-1]}", ""),),
        (f"{SENDING_TESTS}::test_what_happened_next_waits_for_what_was_refused",),
    ),
    Mutant(
        "a-refused-entry-counts-as-sent",
        SENDING,
        (
            (
                "                refused.add(code)\n",
                '                refused.add(code)\n                sent.add((happening.id, "bus"))\n',
            ),
        ),
        (f"{SENDING_TESTS}::test_one_entry_refused_for_now",),
    ),
    Mutant(
        "a-lasting-refusal-is-only-logged",
        SENDING,
        (("            if isinstance(failure, NeedsOperator):\n                raise failure\n", ""),),
        (f"{SENDING_TESTS}::test_a_refusal_that_stays_is_said",),
    ),
    Mutant(
        "an-id-depends-on-the-words",
        f"{CHECK}/happenings.py",
        (("str(self.ordinal), timestamp(self.at))", "str(self.ordinal), timestamp(self.at), str(self.detail))"),),
        (f"{OUTBOX_TESTS}::test_an_id_is_the_same_each_time_and_no_others",),
    ),
    Mutant(
        "a-shops-name-is-taken-as-it-is",
        MESSAGES,
        (('return "".join(filter(str.isprintable, line)).translate(_NOT_TEXT)', "return line"),),
        (f"{MESSAGE_TESTS}::test_a_hostile_name_stays_a_name",),
    ),
    Mutant(
        "a-status-repeats-what-a-problem-tells",
        MESSAGES,
        (("    return not lifecycle.told_of(", "    return bool(verdict) or not lifecycle.told_of("),),
        (f"{MESSAGE_TESTS}::test_a_status_that_problems_tell_is_not_told_again",),
    ),
    Mutant(
        "a-long-name-pushes-out-what-happened",
        MESSAGES,
        (("{named[: _LONGEST_SUBJECT - len(headline) - 2].strip()}: {headline}", "{named}: {headline}"),),
        (f"{MESSAGE_TESTS}::test_a_long_name_leaves_room_for_what_happened",),
    ),
    Mutant(
        "a-status-names-any-of-its-problems",
        LIFECYCLE,
        (("sorted(problems.values(), key=lambda each: -each.records)", "problems.values()"),),
        ("tests/unit/check_status/check/test_step.py::test_failing_names_the_problem_with_the_most_records",),
    ),
    Mutant(
        "a-dutch-notice-quotes-english",
        MESSAGES,
        ((' if language == "en" else _cause(detail, "Sendcloud"),', ","),),
        (f"{MESSAGE_TESTS}::test_a_dutch_notice_gives_the_reason_in_dutch",),
    ),
    Mutant(
        "a-dutch-unknown-has-no-reason",
        f"{CHECK}/check/step.py",
        (('            "cause": judged.verdict.cause,\n', ""),),
        ("tests/unit/check_status/check/test_step.py::test_why_a_status_is_unknown_is_handed_on",),
    ),
    Mutant(
        "a-dutch-status-has-no-remedy",
        MESSAGES,
        (('remedy(detail.get("remedy"), language)', "remedy(None, language)"),),
        (f"{MESSAGE_TESTS}::test_a_failing_shop_reads_what_to_do_in_its_language",),
    ),
    Mutant(
        "at-risk-is-told-at-each-check",
        f"{CHECK}/problems/at_risk.py",
        ((" if name not in at_risk]", "]"),),
        ("tests/unit/check_status/problems/test_at_risk.py::test_it_is_told_once_until_it_is_over",),
    ),
)

_INERT, _HOSTILE = f"{CHECK}/telling/inert.py", "tests/hostile/test_telling.py"
_DOES_NOTHING = f"{_HOSTILE}::test_a_name_does_nothing_in_any_channel"
_IS_READ, _ANY = f"{_HOSTILE}::test_a_name_can_still_be_read", f"{_HOSTILE}::test_whatever_a_name_is_it_does_nothing"
INERT = tuple(
    Mutant(name, file, ((find, replacement),), (test,))
    for name, file, find, replacement, test in (
        ("a-sentence-acts", MESSAGES, 'inert.text(" ".join(', 'str(" ".join(', _DOES_NOTHING),
        ("a-notice-acts", MESSAGES, "map(inert.text, lines)", "lines", _DOES_NOTHING),
        ("a-subject-acts", MESSAGES, "inert.unlinked(_ascii(", "str(_ascii(", _DOES_NOTHING),
        (
            "a-subject-is-inert-before-it-is-ascii",
            MESSAGES,
            "inert.unlinked(_ascii(_shop(ranked[0], language)))",
            "_ascii(inert.unlinked(_shop(ranked[0], language)))",
            _DOES_NOTHING,
        ),
        (
            "an-event-links-any-address",
            MESSAGES,
            'inert.address(detail.get("shop_url"))',
            'detail.get("shop_url")',
            f"{_HOSTILE}::test_an_event_has_the_shops_true_address_or_none",
        ),
        ("a-mention-acts", _INERT, '"[@＠﹫]+"', '"[＠﹫]+"', _DOES_NOTHING),
        ("a-full-width-mention-acts", _INERT, '"[@＠﹫]+"', '"[@]+"', _DOES_NOTHING),
        ("a-bare-domain-links", _INERT, "[.．。｡․]", "[．。｡․]", _DOES_NOTHING),
        ("a-full-width-domain-links", _INERT, "[.．。｡․]", "[.]", _DOES_NOTHING),
        ("an-address-links", _INERT, "[:：](?=", "[：](?=", _DOES_NOTHING),
        ("an-address-of-another-kind-links", _INERT, "(?=/*[^\\s/])", "(?=//)", _DOES_NOTHING),
        ("an-entity-acts", _INERT, '"(&)"', '"&"', _DOES_NOTHING),
        ("markdown-links", _INERT, '"[": "(", "]": ")"', '"{": "(", "}": ")"', _DOES_NOTHING),
        ("emphasis-acts", _INERT, "unlinked(text.translate(_MARKS))", "unlinked(text)", _DOES_NOTHING),
        ("underscores-act", _INERT, 'return _OUTER_UNDERSCORE.sub("ˍ", ', "return str(", _DOES_NOTHING),
        (
            "what-nobody-sees-hides-a-domain",
            _INERT,
            '_UNSEEN.sub("", text)',
            "text",
            f"{_HOSTILE}::test_a_name_can_still_be_read",
        ),
        (
            "what-has-no-sign-stays",
            _INERT,
            "if sign.isprintable() or sign.isspace()",
            "if sign",
            _ANY,
        ),
        (
            "inert-texts-grow-again",
            _INERT,
            "(?<=\\():\\)|",
            "",
            _ANY,
        ),
        ("what-was-an-underscore-is-a-letter", _INERT, "(?=[^\\W\\d_ˍ])", "(?=[^\\W\\d_])", _ANY),
        ("times-are-torn", _INERT, "|(?<=\\d):\\d", "", f"{MESSAGE_TESTS}::test_what_happened_once_happened_once"),
    )
)

TELLING = PROBLEMS + MESSAGES_SENT + INERT
