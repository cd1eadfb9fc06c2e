"""Mutants of what one walk leaves for the next: a wait, a watermark, what is known, how much is held."""

from __future__ import annotations

from tests.mutants.mutant import FETCH, SHARED, Mutant

GUARDS = "tests/unit/fetch_logs/stream/test_guards.py"

CARRYING_ON = (
    Mutant(
        "a-503-holds-back-nobody-else",
        f"{SHARED}/upstream/http.py",
        (("throttled=status == 429 or asked is not None)", "throttled=status == 429)"),),
        (f"{GUARDS}::test_a_wait_holds_back_all_of_the_account",),
    ),
    Mutant(
        "a-watermark-goes-back",
        f"{FETCH}/stream/stream_walk.py",
        (
            (
                "return max(filter(None, (self.walk_.newest, self.checkpoint.watermark)), default=None)",
                "return self.walk_.newest or self.checkpoint.watermark",
            ),
        ),
        (f"{GUARDS}::test_a_watermark_never_goes_back",),
    ),
    Mutant(
        "a-sweep-reaches-back-from-its-beginning",
        f"{FETCH}/stream/stream_walk.py",
        (("since=now - RETENTION)", "since=self.began_at - RETENTION)"),),
        (
            "tests/unit/integration_logs/bucket/test_sweeps.py"
            "::test_a_sweep_over_several_invocations_began_with_the_first",
        ),
    ),
    Mutant(
        "what-the-ledger-knows-is-looked-up-at-every-walk",
        f"{FETCH}/stream/batch.py",
        (("                self._remember(name, created_at)\n                continue", "                continue"),),
        (f"{GUARDS}::test_what_the_ledger_knows_is_not_looked_up_again",),
    ),
    Mutant(
        "what-has-landed-is-still-counted-as-held",
        f"{FETCH}/stream/batch.py",
        (("            self.size = 0\n", ""),),
        (f"{GUARDS}::test_what_has_landed_is_held_no_more",),
    ),
)
