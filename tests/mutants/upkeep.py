"""Mutants of what stands around a walk: state, budget, streams, queue."""

from __future__ import annotations

from tests.mutants.mutant import FETCH, SHARED, Mutant

ACCOUNT, FETCHING, LEDGER = (
    f"{FETCH}/account/account_walk.py",
    f"{FETCH}/composition_root.py",
    f"{FETCH}/stream/ledger.py",
)
CHECKPOINT, LANDING, STANDING = (
    f"{FETCH}/stream/checkpoint.py",
    f"{SHARED}/bucket/landing.py",
    f"{FETCH}/account/standing.py",
)
OBJECTS, PACING, HTTP = f"{SHARED}/bucket/objects.py", f"{SHARED}/upstream/pacing.py", f"{SHARED}/upstream/http.py"
ACCOUNT_TESTS, FETCHING_TESTS = (
    "tests/unit/fetch_logs/account/test_account_walk.py",
    "tests/unit/fetch_logs/test_composition_root.py",
)
GUARDS = "tests/unit/fetch_logs/stream/test_guards.py"

UPKEEP = (
    Mutant(
        "a-checkpoint-is-replaced-whatever-it-is",
        CHECKPOINT,
        (
            (
                "_encoded(checkpoint), replaces=checkpoint.etag)",
                '_encoded(checkpoint), replaces=getattr(store.get(key(account, stream)), "etag", None))',
            ),
        ),
        ("tests/unit/fetch_logs/stream/test_checkpoint.py::test_a_lost_race",),
    ),
    Mutant(
        "a-lost-race-for-the-checkpoint-is-not-told",
        CHECKPOINT,
        (("    if etag is None:\n", '    if etag == "":\n'),),
        ("tests/unit/fetch_logs/stream/test_checkpoint.py::test_two_first_walks",),
    ),
    Mutant(
        "the-ledger-is-replaced-whatever-it-is",
        LEDGER,
        (
            (
                "self._store.put(self._key(day), body, replaces=saved.etag)",
                "self._store.put(self._key(day), body, replaces=self._load(day).etag)",
            ),
        ),
        (f"{GUARDS}::test_two_walks_save_their_ledgers_at_once",),
    ),
    Mutant(
        "a-day-of-the-ledger-is-read-once-more-to-be-saved",
        LEDGER,
        (("        saved = self._saved.get(day)  #", "        saved = None  #"),),
        ("tests/unit/fetch_logs/stream/test_ledger.py::test_what_was_read_is_not_read_again_to_be_saved",),
    ),
    Mutant(
        "landing-replaces-what-is-there",
        LANDING,
        (
            (
                'store.put(key, b"".join(body), replaces=None)',
                'store.put(key, b"".join(body), replaces=getattr(store.get(key), "etag", None))',
            ),
        ),
        ("tests/unit/integration_logs/bucket/test_landing.py::test_nothing_is_overwritten",),
    ),
    Mutant(
        "writes-have-no-condition",
        OBJECTS,
        (('condition = {"IfNoneMatch": "*"} if replaces is None else {"IfMatch": replaces}', "condition = {}"),),
        ("tests/unit/integration_logs/bucket/test_objects.py::test_every_write_has_a_condition",),
    ),
    Mutant(
        "a-pause-is-not-kept",
        FETCHING,
        (("if order.routine and standing.paused and", "if not order.routine and standing.paused and"),),
        (f"{FETCHING_TESTS}::test_refused_credentials_pause_the_account",),
    ),
    Mutant(
        "a-pause-has-no-end",
        FETCHING,
        ((" and standing.paused.credentials == digest", ""),),
        (f"{FETCHING_TESTS}::test_refused_credentials_pause_the_account",),
    ),
    Mutant(
        "no-request-waits-for-its-turn",
        HTTP,
        (("            self._pacer.turn(time_left)\n", "            pass\n"),),
        (f"{GUARDS}::test_an_account_keeps_to_its_request_budget",),
    ),
    Mutant(
        "an-account-has-no-budget",
        FETCHING,
        (("pacer=Pacer(self.requests_per_minute)", "pacer=None"),),
        (f"{GUARDS}::test_every_account_has_a_budget_of_its_own",),
    ),
    Mutant(
        "a-429-holds-back-only-who-met-it",
        HTTP,
        (("if self._pacer and outcome.throttled:", "if self._pacer and False:"),),
        (f"{GUARDS}::test_a_wait_holds_back_all_of_the_account",),
    ),
    Mutant(
        "the-whole-budget-is-used",
        PACING,
        ((" - per_minute // _SPARE_SHARE", ""),),
        ("tests/unit/integration_logs/upstream/test_pacing.py::test_requests_that_take_unlike_times_to_arrive",),
    ),
    Mutant(
        "a-hold-is-forgotten",
        PACING,
        (("self._held_until = max(self._held_until, self._clock() + seconds)", "pass"),),
        ("tests/unit/integration_logs/upstream/test_pacing.py::test_hold_holds_all_back",),
    ),
    Mutant(
        "a-turn-is-slept-for-past-the-end",
        PACING,
        (("if begins > now and begins - now > time_left() - _MARGIN:", "if begins < now:"),),
        ("tests/unit/integration_logs/upstream/test_pacing.py::test_no_sleep_beyond_the_time_left",),
    ),
    Mutant(
        "a-sweep-uses-the-page-size-of-ticks",
        ACCOUNT,
        (
            (
                'self.walking.page_size if self.order.mode == "tick" else another(',
                "(",
            ),
        ),
        (f"{GUARDS}::test_a_sweep_uses_another_page_size",),
    ),
    Mutant(
        "what-time-cut-short-is-not-queued",
        FETCHING,
        (("            self.send([rest])\n", "            pass\n"),),
        (f"{FETCHING_TESTS}::test_the_rest_goes_back_to_the_queue",),
    ),
    Mutant(
        "a-continuation-begins-anew",
        f"{FETCH}/account/outcome.py",
        (("else replace(order, begin_with=self.cut_at, hops=order.hops + 1)", "else order"),),
        (f"{GUARDS}::test_what_is_left_begins_where_time_ran_out",),
    ),
    Mutant(
        "the-streams-found-are-not-remembered",
        ACCOUNT,
        ((', streams="integration"', ", streams=None"),),
        (f"{ACCOUNT_TESTS}::test_what_was_found_is_remembered",),
    ),
    Mutant(
        "one-stream-fails-them-all",
        ACCOUNT,
        (
            (
                "        except IntegrationLogsError as error:\n            traceback.clear_frames(",
                "        except ZeroDivisionError as error:\n            traceback.clear_frames(",
            ),
        ),
        (f"{ACCOUNT_TESTS}::test_one_failing_integration_holds_up_no_other",),
    ),
    Mutant(
        "nameless-records-are-walked-past",
        ACCOUNT,
        (('must_name=walking.stream_mode == "auto"', "must_name=False"),),
        (f"{ACCOUNT_TESTS}::test_auto_falls_back",),
    ),
    Mutant(
        "nobody-is-told-of-the-cliff",
        STANDING,
        (("if behind.deleted_in(now) <= WARN_BEFORE", "if behind.deleted_in(now) <= -WARN_BEFORE"),),
        ("tests/unit/fetch_logs/account/test_standing.py::test_at_risk",),
    ),
    Mutant(
        "failed-ticks-are-not-counted-up",
        STANDING,
        (("(known.ticks if known else 0) + 1", "1"),),
        ("tests/unit/fetch_logs/account/test_standing.py::test_failures_in_a_row",),
    ),
)
