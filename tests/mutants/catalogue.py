"""The mutants: every guard, broken in the plainest way."""

from __future__ import annotations

from tests.mutants.alarming import ALARMING
from tests.mutants.archiving import ARCHIVING
from tests.mutants.broken import BROKEN
from tests.mutants.carrying_on import CARRYING_ON
from tests.mutants.commands import COMMANDS
from tests.mutants.completeness import COMPLETENESS
from tests.mutants.crashing import CRASHING
from tests.mutants.doctor import DOCTOR
from tests.mutants.first_look import FIRST_LOOK
from tests.mutants.limits import LIMITS
from tests.mutants.masking import MASKING
from tests.mutants.measuring import MEASURING
from tests.mutants.mutant import FETCH, SHARED, Mutant
from tests.mutants.on_aws import ON_AWS
from tests.mutants.own_keys import OWN_KEYS
from tests.mutants.prefetching import PREFETCHING
from tests.mutants.promised import PROMISED
from tests.mutants.reading import READING
from tests.mutants.redacting import REDACTING
from tests.mutants.repair import REPAIR
from tests.mutants.sealing import SEALING
from tests.mutants.serving import SERVING
from tests.mutants.slicing import SLICING
from tests.mutants.stacks import STACKS
from tests.mutants.starting import STARTING
from tests.mutants.status import STATUS
from tests.mutants.telling import TELLING
from tests.mutants.template import TEMPLATE
from tests.mutants.too_large import TOO_LARGE
from tests.mutants.upkeep import UPKEEP

WALKER, WALK, SENDCLOUD = (
    f"{FETCH}/stream/stream_walk.py",
    f"{FETCH}/stream/ending.py",
    f"{SHARED}/upstream/sendcloud.py",
)
HELD = f"{FETCH}/stream/batch.py"
STREAM_TESTS, WALK_TESTS = (
    "tests/unit/fetch_logs/stream/test_stream_walk.py",
    "tests/unit/fetch_logs/stream/test_ending.py",
)
SENDCLOUD_TESTS, GUARDS = (
    "tests/unit/integration_logs/upstream/test_sendcloud.py",
    "tests/unit/fetch_logs/stream/test_guards.py",
)

_SETTLED = """\
        self.held.land()
        query, seen = self.slices.first.query, self.walk_
        if query is None:
            return  # not one page of this walk is behind us
        unread, resting = self.unread is not None, self.slices.resting
        unfinished = Unfinished(query, seen.newest, seen.last, seen.newest_first, self.began_at, unread, resting)
        self._save(replace(self.checkpoint, unfinished=unfinished, known=self._kept()))
"""
_SETTLED_FIRST = """\
        query, seen = self.slices.first.query, self.walk_
        if query is not None:
            unread, resting = self.unread is not None, self.slices.resting
            unfinished = Unfinished(query, seen.newest, seen.last, seen.newest_first, self.began_at, unread, resting)
            self._save(replace(self.checkpoint, unfinished=unfinished, known=self._kept()))
        self.held.land()
"""

WALKS = (
    Mutant(
        "a-cut-walk-moves-its-checkpoint-before-landing",
        WALKER,
        ((_SETTLED, _SETTLED_FIRST),),
        (f"{STREAM_TESTS}::test_landing_comes_before_the_checkpoint",),
    ),
    Mutant(
        "a-finished-walk-moves-its-watermark-before-landing",
        WALKER,
        (
            ("        self.held.land()\n        before, watermark", "        before, watermark"),
            (
                "        self._save(Checkpoint(watermark, now, self.known.times, None, newest_first, before.etag))\n",
                "        self._save(Checkpoint(watermark, now, self.known.times, None, newest_first, before.etag))\n"
                "        self.held.land()\n",
            ),
        ),
        (f"{STREAM_TESTS}::test_landing_comes_before_the_checkpoint",),
    ),
    Mutant(
        "a-walk-that-gives-up-lands-nothing",
        WALKER,
        (("            self.held.land()\n            self._save(", "            self._save("),),
        (f"{STREAM_TESTS}::test_a_walk_that_cannot_go_on",),
    ),
    Mutant(
        "a-walk-stops-early-in-any-order",
        WALK,
        (("return self.newest_first and self.newest >= self.watermark", "return self.newest >= self.watermark"),),
        (f"{WALK_TESTS}::test_any_other_order_walks_to_the_end",),
    ),
    Mutant(
        "a-walk-stops-without-having-met-its-watermark",
        WALK,
        (("self.newest_first and self.newest >= self.watermark and", "self.newest_first and"),),
        (f"{WALK_TESTS}::test_old_pages_first",),
    ),
    Mutant(
        "a-tick-has-no-overlap",
        WALK,
        (("return watermark - overlap if", "return watermark if"),),
        (f"{GUARDS}::test_a_tick_looks_again_below_its_watermark",),
    ),
    Mutant(
        "a-sweep-goes-no-further-than-a-tick",
        WALK,
        (("else min(watermark, now - RETENTION) - overlap", "else watermark - overlap"),),
        (f"{GUARDS}::test_a_sweep_finds_a_late_record_and_counts_it",),
    ),
    Mutant(
        "a-full-walk-stops-where-a-sweep-does",
        WALK,
        (('if watermark is None or mode == "full":', "if watermark is None:"),),
        (f"{GUARDS}::test_a_full_walk_goes_to_the_last_page",),
    ),
    Mutant(
        "an-empty-page-ends-the-walk",
        SENDCLOUD,
        (
            (
                "return self.next_query is None and self.broken is None",
                "return (self.next_query is None or not self.records) and self.broken is None",
            ),
        ),
        (f"{STREAM_TESTS}::test_an_empty_page_is_not_the_end",),
    ),
    Mutant(
        "a-repeated-cursor-is-not-noticed",
        SENDCLOUD,
        (("    if page.next_query is not None and page.next_query in seen:\n", "    if not seen:\n"),),
        (f"{SENDCLOUD_TESTS}::test_a_circle",),
    ),
    Mutant(
        "the-next-link-is-followed-to-its-origin",
        SENDCLOUD,
        (
            ('query = target.partition("#")[0].partition("?")[2]', 'query = target.partition("#")[0]'),
            (
                'f"{endpoint}?{query}" if query else endpoint',
                'query if query and "://" in query else f"{endpoint}?{query}" if query else endpoint',
            ),
        ),
        (f"{STREAM_TESTS}::test_a_foreign_link_is_never_contacted",),
    ),
    Mutant(
        "the-next-query-is-quoted-again",
        SENDCLOUD,
        (
            (
                'return _UNSENDABLE.sub(lambda match: quote(match[0].encode("latin-1", "replace"), safe=""), query)',
                'return quote(query, safe="=&")',
            ),
        ),
        (f"{SENDCLOUD_TESTS}::test_cursor_goes_back_byte_for_byte",),
    ),
    Mutant(
        "an-answer-without-a-list-is-an-empty-page",
        SENDCLOUD,
        (
            (
                "    if not isinstance(records, list):\n        raise Unreadable(f",
                "    records = records if isinstance(records, list) else []\n"
                "    if records is None:\n        raise Unreadable(f",
            ),
        ),
        (f"{SENDCLOUD_TESTS}::test_no_list_of_data",),
    ),
    Mutant(
        "known-records-are-looked-up-again",
        HELD,
        (("        if name in self.known.times or number in", "        if number in"),),
        (f"{GUARDS}::test_an_idle_tick_writes_nothing_and_reads_no_ledger",),
    ),
    Mutant(
        "the-ledger-is-not-asked",
        HELD,
        (("if self.environment.ledger.has(number, happened):", "if False:"),),
        (f"{GUARDS}::test_a_sweep_finds_a_late_record_and_counts_it",),
    ),
    Mutant(
        "the-ledger-is-entered-before-landing",
        HELD,
        (
            (
                "        if self.lines and self.fetched_at is not None:\n",
                "        self.environment.ledger.enter(self.landing.items())\n"
                "        if self.lines and self.fetched_at is not None:\n",
            ),
        ),
        (f"{GUARDS}::test_what_did_not_land_is_not_in_the_ledger",),
    ),
    Mutant(
        "records-land-as-they-came",
        HELD,
        (
            (
                "redacted = self.environment.redactor.record(raw) if isinstance(raw, dict) else None",
                "redacted = raw if isinstance(raw, dict) else None",
            ),
        ),
        (f"{STREAM_TESTS}::test_nothing_secret_lands_or_is_logged",),
    ),
    Mutant(
        "a-time-to-come-becomes-the-watermark",
        HELD,
        (("EARLIEST <= time <= self.fetched_at", "EARLIEST <= time"),),
        (f"{STREAM_TESTS}::test_a_time_to_come_hides_nothing",),
    ),
    Mutant(
        "late-records-are-not-counted",
        HELD,
        (("            late=len(late),\n", "            late=0,\n"),),
        (f"{GUARDS}::test_a_sweep_finds_a_late_record_and_counts_it",),
    ),
    Mutant(
        "the-time-left-is-not-looked-at",
        WALKER,
        (("out_of_time = self.environment.time_left() <= LEAST_SECONDS", "out_of_time = False"),),
        (f"{STREAM_TESTS}::test_time_runs_out",),
    ),
    Mutant(
        "the-order-is-told-at-every-walk",
        WALKER,
        (
            (
                "if before.newest_first and self.ticks.newest_first and not newest_first:",
                "if not newest_first:",
            ),
        ),
        (f"{STREAM_TESTS}::test_another_order_is_told",),
    ),
    Mutant(
        "a-stale-cursor-is-the-end",
        WALKER,
        (("        if not run.resumed or run.unread:\n            raise\n", "        raise\n"),),
        (f"{STREAM_TESTS}::test_a_stale_cursor",),
    ),
    Mutant(
        "an-idle-tick-writes-its-checkpoint",
        WALKER,
        (('if self.mode == "tick" and before.unfinished is None and as_before', 'if as_before and self.mode == ""'),),
        (f"{GUARDS}::test_an_idle_tick_writes_nothing_and_reads_no_ledger",),
    ),
    Mutant(
        "batches-grow-without-bound",
        WALKER,
        (("                    if self.held.is_due():\n                        self._settle()\n", ""),),
        (f"{GUARDS}::test_what_is_held_is_bounded",),
    ),
    Mutant(
        "the-next-page-is-not-fetched-meanwhile",
        WALKER,
        (
            ("self._prefetch(prefetcher, seen)  # the next pages", "pass  # the next pages"),
            (
                "                    self._go_on(seen)\n",
                "                    self._go_on(seen)\n"
                "                    if not seen.complete and not out_of_time:\n"
                "                        self._prefetch(prefetcher, seen)\n",
            ),
        ),
        (f"{GUARDS}::test_the_next_page_comes_while_the_last_is_worked_on",),
    ),
)

MUTANTS = WALKS + ARCHIVING + BROKEN + UPKEEP + STATUS + REPAIR + TELLING + COMPLETENESS + CRASHING + SERVING + READING
MUTANTS += STARTING + MEASURING + SLICING + REDACTING + MASKING + OWN_KEYS + PREFETCHING + TOO_LARGE
MUTANTS += SEALING + ON_AWS + ALARMING + FIRST_LOOK + DOCTOR + TEMPLATE + CARRYING_ON + COMMANDS + PROMISED
MUTANTS += STACKS + LIMITS
