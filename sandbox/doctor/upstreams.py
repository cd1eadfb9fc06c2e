"""The checks of secrets and of the two APIs: with the functions' own code, so that what they say is what it does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic

from check_status.check.asking import Asking
from check_status.verdicts.verdict import Verdict
from integration_logs.bucket.objects import S3Store
from integration_logs.errors import IntegrationLogsError, NeedsOperator
from integration_logs.runtime.secrets import Secrets
from sandbox.doctor.deployment import Deployment, Finding

SECONDS = 8.0
"""For the two APIs of an account."""


def secrets_and_apis(given: Deployment) -> Iterator[Finding]:
    """Of each account: whether its secret is of the right form, and both APIs take what is in it."""
    client, prefix = given.client("secretsmanager"), given.parameters["SecretPrefix"]
    secrets = Secrets(prefix=prefix, client=client)
    for account in given.accounts:
        name = f"secret {prefix}/{account}"
        try:
            credentials = secrets.credentials(account)
        except IntegrationLogsError as error:
            yield Finding(name, False, str(error))
            continue
        yield Finding(name, True, "there, and of the right form" if credentials.wemasy_token else "no wemasy_token")
        yield from _apis(given, secrets, account)
    try:
        secrets.pseudonym_key(given.resources["PseudonymKey"].physical)
    except NeedsOperator as error:
        yield Finding("pseudonym key", False, str(error))
    else:
        yield Finding("pseudonym key", True, "there")


def _apis(given: Deployment, secrets: Secrets, account: str) -> Iterator[Finding]:
    asking = Asking(
        store=S3Store(given.client("s3"), given.outputs["BucketName"]),
        secrets=secrets,
        secret_prefix=given.parameters["SecretPrefix"],
        sendcloud_url=given.parameters["SendcloudBaseUrl"],
        wemasy_url=given.parameters["WemasyBaseUrl"],
    )
    until = monotonic() + SECONDS
    observed = asking.observe(account, at=datetime.now(UTC), time_left=lambda: until - monotonic())
    sendcloud, wemasy = observed.sendcloud, observed.wemasy
    if isinstance(sendcloud, Verdict):
        yield Finding(f"Sendcloud for {account}", False, sendcloud.sentence)
    else:
        yield Finding(f"Sendcloud for {account}", True, f"answers; {len(sendcloud)} integrations")
    if isinstance(wemasy, Verdict):
        yield Finding(f"WeMaSy for {account}", False, wemasy.sentence)
    elif wemasy:
        yield Finding(f"WeMaSy for {account}", True, "answers")
