"""Which broken guards stand for which promise: how a row of ``docs/delivery-promise.md`` begins, and its mutants.

``tests/unit/house/test_promises.py`` holds the two together: each file of tests that a row names, but those that need
the embedded cloud, has a mutant here that breaks the row's mechanism and that a test of that file must notice.
``python -m tests.mutants --promises`` breaks these alone.
"""

from __future__ import annotations

PROMISES: dict[str, tuple[str, ...]] = {
    # Nothing is lost
    "A checkpoint moves only after": (
        "a-cut-walk-moves-its-checkpoint-before-landing",
        "a-finished-walk-moves-its-watermark-before-landing",
    ),
    "A walk ends at a page without": (
        "a-walk-stops-early-in-any-order",
        "a-walk-stops-without-having-met-its-watermark",
        "an-empty-page-ends-the-walk",
    ),
    "Each tick looks back": ("a-tick-has-no-overlap",),
    "Once a day a sweep reads": (
        "a-sweep-goes-no-further-than-a-tick",
        "a-sweep-uses-the-page-size-of-ticks",
        "the-ledger-is-not-asked",
    ),
    "A run may die": (
        "a-cut-walk-lands-nothing-in-the-harness",
        "a-checkpoint-is-replaced-whatever-it-is-in-the-harness",
        "landing-is-deleted-before-it-is-archived",
        "landing-is-deleted-before-it-is-archived-in-any-order",
    ),
    "So may a replay": (
        "a-summary-that-was-lost-passes-for-done",
        "a-replay-archives-as-ever-in-the-harness",
        "a-release-removes-before-it-lands-in-the-harness",
    ),
    "An alarm goes off when walks fail": (
        "failed-ticks-are-not-counted-up",
        "nobody-is-told-of-the-cliff",
        "a-failure-is-no-metric",
        "alarm-of-an-error-that-has-another-name",
        "alarm-that-takes-silence-for-good",
    ),
    "A walk that runs out of time": (
        "the-time-left-is-not-looked-at",
        "a-continuation-begins-anew",
        "what-time-cut-short-is-not-queued",
    ),
    "A manifest says for each day": (
        "a-sweep-before-the-days-end-completes-it",
        "an-account-that-is-taken-away-owes-nothing",
        "landing-is-listed-before-the-sweeps",
        "no-day-becomes-complete",
    ),
    "One request is retried": ("what-passes-by-itself-is-not-tried-again", "a-walk-that-gives-up-lands-nothing"),
    "A value or record that is not JSON": ("a-bad-record-costs-its-page", "a-bad-record-costs-its-page-in-the-corpus"),
    "A page that cannot be read": ("a-broken-page-ends-the-walk", "a-broken-page-is-forgotten-when-time-is-up"),
    "A page that would take too much memory": (
        "a-walk-does-not-say-how-large-its-pages-are",
        "a-body-is-decoded-whatever-it-costs",
    ),
    "An answer that arrives byte by byte": ("each-read-has-a-deadline-of-its-own", "a-read-waits-beyond-the-deadline"),
    "Whatever a record holds": ("a-bad-record-costs-its-page-in-the-corpus", "large-records-land-as-they-came"),
    "A cursor is sent back exactly": (
        "the-next-query-is-quoted-again",
        "a-query-is-quoted-on-its-way",
        "a-repeated-cursor-is-not-noticed",
    ),
    "A walk in slices counts as one": (
        "slices-are-one-without-having-met",
        "a-slice-that-did-not-meet-goes-on",
    ),
    "A landing object is deleted only": ("landing-is-deleted-before-it-is-archived-by-one-archiver",),
    "A partition that cannot be merged": ("a-partition-that-fails-fails-all", "what-is-held-up-is-put-aside"),
    "An archive object is replaced only": (
        "woven-rows-need-not-all-be-there",
        "an-object-is-replaced-whatever-it-is",
        "archiving-deletes-the-archive",
    ),
    "A field that is unknown": ("what-has-no-column-is-dropped",),
    "A record without a usable": ("a-row-without-an-id-is-kept-nowhere",),
    "Quarantined rows are processed again": ("a-release-removes-before-it-lands",),
    "What was deleted from the archive": ("a-replay-archives-as-ever", "a-replay-never-ends-its-run"),
    "The failure of one account": ("one-stream-fails-them-all",),
    # Nothing is there twice
    "The merge is a union": ("an-archived-row-before-new-ones-is-not-woven", "woven-rows-need-not-all-be-there"),
    "The partition depends": ("a-day-beyond-the-end", "integrations-share-an-object"),
    "A large partition has parts": ("a-seal-is-forgotten",),
    "One archiver at a time": (
        "queue-has-two-archivers",
        "writes-have-no-condition",
        "an-object-is-replaced-whatever-it-is",
    ),
    "The same rows land": ("the-same-rows-land-under-another-key", "an-idle-tick-writes-its-checkpoint"),
    # Nothing secret is stored
    "Credentials and personal data are masked": (
        "what-has-a-secrets-name-stays",
        "what-has-a-secrets-name-stays-wherever-it-is-planted",
    ),
    "Equal values can be joined": ("pseudonyms-have-no-key", "without-their-key-markers-have-no-pseudonyms"),
    "Every policy masks": ("a-policy-keeps-credentials",),
    "The stack's own keys": ("own-keys-not-in-base64url", "own-keys-not-in-hexadecimal"),
    "Credentials are sent": ("the-next-link-is-followed-to-its-origin", "a-redirect-is-an-answer"),
    "The Sendcloud keys that WeMaSy": ("wemasys-keys-are-passed-on",),
    "The bucket is private": (
        "anybody-may-be-let-into-the-bucket",
        "objects-need-no-tls",
        "fetching-writes-anywhere",
    ),
    # A verdict is true
    "What is unknown never counts": ("a-field-that-is-missing-is-none", "a-flag-that-is-missing-is-a-no"),
    "An API that cannot be reached": ("shops-are-judged-while-sendcloud-does-not-answer",),
    "A change counts when it lasts": ("one-check-is-enough", "flapping-is-not-damped"),
    "Two checks at once": ("a-state-replaces-whatever-is-there", "who-loses-goes-on"),
    "Every check is kept": ("a-check-is-not-kept",),
    # Each change is reported once
    "A message is stored with the state": ("two-runs-send-the-same", "one-channels-failure-repeats-the-other"),
    "Problems are counted": ("counts-are-added-instead-of-replaced", "a-summary-that-cannot-be-read-counts-as-seen"),
    "A problem is resolved only with proof": (
        "resolved-while-it-still-recurs",
        "resolved-though-nothing-was-fetched-since",
        "resolved-while-its-stream-is-behind",
        "resolved-though-wemasy-is-not-connected",
    ),
    "A problem that gets much worse": ("an-escalation-is-told-at-each-check", "at-risk-is-told-at-each-check"),
    "A message says what failed": ("a-shops-name-is-taken-as-it-is",),
    # Anybody can read it
    "Parquet in a documented": ("a-column-is-taken-away",),
    "An API in Sendcloud's own shape": ("an-integration-has-those-of-seventy-too",),
    # Idle costs next to nothing
    "An idle tick of an account": ("an-idle-tick-asks-early", "an-idle-tick-writes-its-checkpoint"),
}
