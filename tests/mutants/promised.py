"""Mutants of what the delivery promise names and no other mutant breaks, or not with the test that the page names."""

from __future__ import annotations

from dataclasses import replace

from tests.mutants.broken import BROKEN
from tests.mutants.crashing import CRASHING
from tests.mutants.mutant import FETCH, SHARED, Mutant
from tests.mutants.upkeep import UPKEEP

_ARCHIVE, _CHECK = "functions/archive_logs", "functions/check_status"
_UNIT = "tests/unit"
_POINTS = "tests/crash/test_points.py::test_no_fault_at_any_call_loses_or_doubles_a_record"
_PAIRS = "tests/crash/test_schedules.py::test_no_interleaving_loses_or_doubles_a_record"
_UPSTREAM, _REDACTION = f"{_UNIT}/integration_logs/upstream", f"{_UNIT}/integration_logs/redaction"


def _broken(name: str, file: str, test: str, *edits: tuple[str, str]) -> Mutant:
    return Mutant(name, file, edits, (test,))


def _also(mutants: tuple[Mutant, ...], name: str, test: str, where: str) -> Mutant:
    """A mutant that another test notices too: that one alone is run here."""
    (mutant,) = (each for each in mutants if each.name == name)
    return replace(mutant, name=f"{name}-{where}", tests=(test,))


LOSING = (
    _broken(
        "a-failure-is-no-metric",
        f"{FETCH}/report.py",
        f"{_UNIT}/fetch_logs/test_report.py::test_failures_are_told_by_kind",
        ("    for error in done.walk.failures.values():\n", "    for error in ():\n"),
    ),
    _broken(
        "what-passes-by-itself-is-not-tried-again",
        f"{SHARED}/upstream/http.py",
        f"{_UPSTREAM}/test_http.py::test_heals",
        ("if status in {408, 429} or status >= 500:", "if status == 429:"),
    ),
    _broken(
        "a-query-is-quoted-on-its-way",
        f"{SHARED}/upstream/wire.py",
        f"{_UPSTREAM}/test_http.py::test_the_query_travels_verbatim",
        (
            'return super().request_url(request, proxies).partition("?")[0]',
            "return super().request_url(request, proxies)",
        ),
        ("        if query:\n            request.headers", "        if not query:\n            request.headers"),
    ),
    _broken(
        "large-records-land-as-they-came",
        f"{FETCH}/stream/batch.py",
        "tests/hostile/test_large.py::test_large_bodies",
        (
            "redacted = self.environment.redactor.record(raw) if isinstance(raw, dict) else None",
            "redacted = raw if isinstance(raw, dict) else None",
        ),
    ),
    _also(
        BROKEN,
        "a-bad-record-costs-its-page",
        "tests/hostile/test_corpus.py::test_every_record_is_in_the_archive_or_in_quarantine",
        "in-the-corpus",
    ),
    _also(
        CRASHING,
        "landing-is-deleted-before-it-is-archived",
        f"{_UNIT}/archive_logs/merging/test_backlog.py::test_a_crash_at_any_call",
        "by-one-archiver",
    ),
    _broken(
        "a-cut-walk-lands-nothing-in-the-harness",
        f"{FETCH}/stream/stream_walk.py",
        f"{_POINTS}[account/newest-first/early]",
        ("        self.held.land()\n        query, seen = self", "        query, seen = self"),
    ),
    _also(
        UPKEEP,
        "a-checkpoint-is-replaced-whatever-it-is",
        f"{_PAIRS}[tick-tick]",
        "in-the-harness",
    ),
    _also(
        CRASHING,
        "landing-is-deleted-before-it-is-archived",
        "tests/stateful/test_any_order.py::test_nothing_is_lost_or_doubled_in_any_order_of_events",
        "in-any-order",
    ),
    _broken(
        "what-has-no-column-is-dropped",
        f"{SHARED}/records/rows.py",
        f"{_UNIT}/integration_logs/records/test_rows.py::test_nothing_is_lost",
        ('row["extra"] = json_text(left) if left else None', 'row["extra"] = None'),
    ),
    _broken(
        "a-row-without-an-id-is-kept-nowhere",
        f"{_ARCHIVE}/merging/quarantine.py",
        f"{_UNIT}/archive_logs/merging/test_quarantine.py::test_a_row_without_a_name_is_kept",
        ("    return None if named else _UNNAMED\n", "    return None\n"),
    ),
)

DOUBLING = (
    _broken(
        "integrations-share-an-object",
        f"{_ARCHIVE}/merging/partitions.py",
        f"{_UNIT}/archive_logs/merging/test_partitions.py::test_a_key_names_its_part",
        ("/integration-{self.integration_id}.parquet", "/integration-{self.integration_id % 1000}.parquet"),
    ),
    _broken(
        "the-same-rows-land-under-another-key",
        f"{SHARED}/bucket/landing.py",
        f"{_UNIT}/integration_logs/bucket/test_landing.py::test_the_same_rows_twice",
        ("content, packed = hashlib.sha256(),", "content, packed = hashlib.sha256(b'%d' % id(store)),"),
    ),
)

SECRETS = (
    _broken(
        "what-has-a-secrets-name-stays",
        f"{SHARED}/redaction/redactor.py",
        f"{_REDACTION}/test_redactor.py::test_no_canary_survives",
        ("found = self._marks.mark(kind, member) if member else member", "found = member"),
    ),
    _broken(
        "what-has-a-secrets-name-stays-wherever-it-is-planted",
        f"{SHARED}/redaction/redactor.py",
        f"{_REDACTION}/test_properties.py::test_no_planted_secret_survives",
        ("        return self._texts.redact(text)\n\n    def _document(", "        return text\n\n    def _document("),
    ),
    _broken(
        "without-their-key-markers-have-no-pseudonyms",
        f"{SHARED}/redaction/marks.py",
        f"{_UNIT}/fetch_logs/test_composition_root.py::test_without_the_pseudonyms_key_nothing_personal_lands",
        (
            '        return f"[redacted:{kind}:{self._pseudonyms.of(kind, value)}]"\n',
            '        try:\n            return f"[redacted:{kind}:{self._pseudonyms.of(kind, value)}]"\n'
            '        except Exception:\n            return f"[redacted:{kind}]"\n',
        ),
    ),
    _broken(
        "a-policy-keeps-credentials",
        f"{SHARED}/redaction/redactor.py",
        f"{_REDACTION}/test_policies.py::test_no_policy_keeps_a_credential",
        ("kept = KINDS - {CREDENTIAL, CARD} if", "kept = KINDS if"),
    ),
    _broken(
        "a-redirect-is-an-answer",
        f"{SHARED}/upstream/http.py",
        f"{_UPSTREAM}/test_http.py::test_redirect",
        ("        if 300 <= status < 400:\n", "        if 400 <= status < 400:\n"),
    ),
    _broken(
        "wemasys-keys-are-passed-on",
        f"{SHARED}/upstream/wemasy.py",
        f"{_UPSTREAM}/test_wemasy.py::test_credentials_only_whether",
        ('has_credentials=bool(integration.get("credentials"))', 'has_credentials=integration.get("credentials")'),
    ),
    *(
        _broken(
            name,
            "template.yaml",
            f"{_UNIT}/house/test_template_permissions.py::test_the_bucket_is_closed",
            (find, replacement),
        )
        for name, find, replacement in (
            ("anybody-may-be-let-into-the-bucket", "RestrictPublicBuckets: true", "RestrictPublicBuckets: false"),
            (
                "another-account-owns-its-objects",
                "ObjectOwnership: BucketOwnerEnforced",
                "ObjectOwnership: ObjectWriter",
            ),
            (
                "replaced-objects-are-gone",
                "VersioningConfiguration: { Status: Enabled }",
                "VersioningConfiguration: { Status: Suspended }",
            ),
        )
    ),
)

TELLING_TRULY = (
    _broken(
        "a-check-is-not-kept",
        f"{_CHECK}/composition_root.py",
        f"{_UNIT}/check_status/test_composition_root.py::test_each_check_is_kept_for_good",
        ("            if state.checked_at == at:\n", "            if state.checked_at is None:\n"),
    ),
    _broken(
        "a-column-is-taken-away",
        f"{SHARED}/records/rows.py",
        f"{_UNIT}/house/test_docs.py::test_the_columns_are_the_archives",
        ('    Column("host", "VARCHAR", "string"),\n', ""),
    ),
)

PROMISED = LOSING + DOUBLING + SECRETS + TELLING_TRULY
