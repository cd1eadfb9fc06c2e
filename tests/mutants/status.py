"""The mutants of check_status' verdicts, transitions and state: every guard, broken in the plainest way."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

CHECK_STATUS = "functions/check_status"
FACTS, VERDICT, TRANSITIONS = (
    f"{CHECK_STATUS}/verdicts/facts.py",
    f"{CHECK_STATUS}/verdicts/verdict.py",
    f"{CHECK_STATUS}/verdicts/transitions.py",
)
CHECK, STATE, CHECKING = (
    f"{CHECK_STATUS}/check/step.py",
    f"{CHECK_STATUS}/check/state.py",
    f"{CHECK_STATUS}/composition_root.py",
)
FACTS_TESTS, VERDICT_TESTS = (
    "tests/unit/check_status/verdicts/test_facts.py",
    "tests/unit/check_status/verdicts/test_verdict.py",
)
TRANSITIONS_TESTS, CHECK_TESTS = (
    "tests/unit/check_status/verdicts/test_transitions.py",
    "tests/unit/check_status/check/test_step.py",
)
STATE_TESTS, CHECKING_TESTS = (
    "tests/unit/check_status/check/test_state.py",
    "tests/unit/check_status/test_composition_root.py",
)

STATUS = (
    Mutant(
        "a-field-that-is-missing-is-none",
        FACTS,
        (("if name in item and item[name] is None:", "if item.get(name) is None:"),),
        (f"{FACTS_TESTS}::test_missing_is_not_none",),
    ),
    Mutant(
        "a-time-that-nobody-can-read-is-none",
        FACTS,
        (("    return moment(item.get(name)) or UNKNOWN\n", "    return moment(item.get(name))\n"),),
        (f"{FACTS_TESTS}::test_a_time_that_nobody_can_read_is_not_known",),
    ),
    Mutant(
        "a-shops-address-keeps-its-user-info",
        FACTS,
        (('    host = f"[{host}]" if ":" in host else host\n', "    host, port = parts.netloc, None\n"),),
        (f"{FACTS_TESTS}::test_addresses",),
    ),
    Mutant(
        "a-shops-name-is-kept-unredacted",
        FACTS,
        (("shop_name=words(redact(name))", "shop_name=words(name)"),),
        (f"{FACTS_TESTS}::test_nothing_secret_is_kept", f"{CHECKING_TESTS}::test_credentials_are_nowhere"),
    ),
    Mutant(
        "a-flag-that-is-missing-is-a-no",
        VERDICT,
        (("if wemasy.is_active is None or wemasy.is_connected is None:", "if wemasy.is_active is None:"),),
        (f"{VERDICT_TESTS}::test_every_cell",),
    ),
    Mutant(
        "exceptions-are-no-failure",
        VERDICT,
        ((".started_failing_at, datetime) or problems.problems:", ".started_failing_at, datetime):"),),
        (f"{VERDICT_TESTS}::test_every_cell",),
    ),
    Mutant(
        "a-missing-secret-counts-as-refused",
        VERDICT,
        (("        case CredentialsRejected():\n", "        case NeedsOperator():\n"),),
        (f"{VERDICT_TESTS}::test_no_answer", f"{CHECKING_TESTS}::test_a_missing_secret_was_refused_by_nobody"),
    ),
    Mutant(
        "shops-are-judged-while-sendcloud-does-not-answer",
        CHECK,
        (("        if isinstance(observed.sendcloud, Verdict):\n            return\n", ""),),
        (f"{CHECK_TESTS}::test_failed_access_is_the_accounts_alone",),
    ),
    Mutant(
        "wemasys-last-word-is-forgotten",
        CHECK,
        (('else state.wemasy or "never answered"', 'else "never answered"'),),
        (f"{CHECK_TESTS}::test_wemasys_last_word_stands",),
    ),
    Mutant(
        "a-long-outage-makes-shops-forgotten",
        CHECK,
        (
            (
                "if silent or observed.at - shop.listed_at < FORGET_AFTER",
                "if observed.at - shop.listed_at < FORGET_AFTER",
            ),
        ),
        (f"{CHECK_TESTS}::test_nothing_is_forgotten_while_sendcloud_does_not_answer",),
    ),
    Mutant(
        "a-standing-that-cannot-be-read-means-all-is-well",
        CHECK,
        (
            ("    if observed.behind is not None:\n", "    if observed:\n"),
            ("at_risk.step(state.at_risk, observed.behind, ", "at_risk.step(state.at_risk, observed.behind or {}, "),
        ),
        (f"{CHECK_TESTS}::test_a_stream_at_risk",),
    ),
    Mutant(
        "what-is-not-known-of-fetching-proves-a-recovery",
        CHECK,
        (("behind={ACCOUNT} if observed.behind is None else observed.behind,", "behind=observed.behind or {},"),),
        (f"{CHECK_TESTS}::test_nothing_is_resolved_while_it_is_not_known_how_fetching_stands",),
    ),
    Mutant(
        "one-check-is-enough",
        TRANSITIONS,
        (("    return min(confirm * (1 + len(before)), max(confirm, MOST))\n", "    return len(before[:0]) + 1\n"),),
        (f"{TRANSITIONS_TESTS}::test_what_alternates_is_never_announced",),
    ),
    Mutant(
        "flapping-is-not-damped",
        TRANSITIONS,
        (("confirm * (1 + len(before))", "confirm * len([before])"),),
        (f"{TRANSITIONS_TESTS}::test_flapping_in_pairs_is_damped",),
    ),
    Mutant(
        "flapping-is-damped-for-ever",
        TRANSITIONS,
        (("if at - MEMORY < change < subject.seen_since]", "if change < subject.seen_since]"),),
        (f"{TRANSITIONS_TESTS}::test_flapping_is_forgotten_while_it_is_steady",),
    ),
    Mutant(
        "refused-credentials-wait",
        TRANSITIONS,
        (('if subject.seen == "credentials_rejected":', 'if subject.seen == "":'),),
        (f"{TRANSITIONS_TESTS}::test_what_is_announced",),
    ),
    Mutant(
        "good-news-comes-first",
        TRANSITIONS,
        (('    if subject.announced is None and seen == "healthy":', "    if False:"),),
        (f"{TRANSITIONS_TESTS}::test_what_is_announced",),
    ),
    Mutant(
        "a-broken-state-is-a-first-look",
        STATE,
        (("        raise UnreadableStateError(\n", "        return None\n        raise UnreadableStateError(\n"),),
        (f"{STATE_TESTS}::test_what_is_no_state_stops_the_check",),
    ),
    Mutant(
        "the-first-version-is-not-taken-over",
        STATE,
        (('    if "version" not in document:\n', "    if not document:\n"),),
        (f"{STATE_TESTS}::test_the_first_version_is_taken_over",),
    ),
    Mutant(
        "a-state-replaces-whatever-is-there",
        STATE,
        (
            (
                "replaces=state.etag)",
                "replaces=there.etag if (there := store.get(key(state.account))) else None)",
            ),
        ),
        (f"{STATE_TESTS}::test_only_what_was_read_is_replaced",),
    ),
    Mutant(
        "who-loses-goes-on",
        CHECKING,
        (
            (
                "            if etag := save(self.store, after):\n                return replace(after, etag=etag)\n",
                "            return replace(after, etag=save(self.store, after))\n",
            ),
        ),
        (f"{CHECKING_TESTS}::test_who_lost_looks_again",),
    ),
    Mutant(
        "an-overtaken-check-goes-back-in-time",
        CHECKING,
        (("            if not _overtaken(before, observed.at):\n", "            if observed:\n"),),
        (f"{CHECKING_TESTS}::test_a_check_that_was_overtaken_adds_nothing",),
    ),
    Mutant(
        "a-wrong-clock-silences-what-follows",
        CHECKING,
        ((" and timedelta() <= state.checked_at - at < _SAME_TIME", " and timedelta() <= state.checked_at - at"),),
        (f"{CHECKING_TESTS}::test_a_clock_that_was_wrong_stops_nothing",),
    ),
    Mutant(
        "telling-hangs-on-the-history",
        CHECKING,
        (
            (
                "        finally:  # what is",
                "        except ZeroDivisionError:\n            raise\n        else:  # what is",
            ),
        ),
        (f"{CHECKING_TESTS}::test_what_is_told_does_not_hang_on_the_history",),
    ),
    Mutant(
        "what-is-to-be-told-is-not-claimed",
        CHECKING,
        (("outbox=claimed(after.outbox, run, self.now())", "outbox=after.outbox"),),
        (f"{CHECKING_TESTS}::test_a_change_is_told_once",),
    ),
    Mutant(
        "an-api-that-is-down-is-said-to-refuse-the-keys",
        f"{CHECK_STATUS}/check/observation.py",
        ((" and answer.name == verdict", ""),),
        (f"{CHECK_TESTS}::test_only_the_apis_that_gave_cause_are_named",),
    ),
)
