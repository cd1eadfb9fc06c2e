"""The clients of AWS, of one session.

botocore's own session makes the same clients as boto3 does, without what boto3 brings for others at every cold start:
resources, the transfer manager and with it multiprocessing.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.auth import S3SigV4Auth
from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from botocore.loaders import Loader
from botocore.session import Session, get_session

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest

SERVICES = ("events", "s3", "secretsmanager", "sns", "sqs")

PATIENCE = Config(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 2, "mode": "standard"})
"""13 s at most for a call that nobody answers, within what fetch_logs and check_status keep in reserve; botocore's own
is 60 s a try (docs/decisions/0043)."""

_ONE_AT_A_TIME = Lock()


class _KnowingServices(Loader):
    """Loads a service's data without looking first which of four hundred services there are."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  # each has every type
        return list(SERVICES)


def client(service: str, config: Config | None = None) -> Any:  # whoever asks knows of which service
    """A client of one of ``SERVICES``, which threads may share. Making one takes long: keep it.

    ``config`` takes precedence over ``PATIENCE``.
    """
    with _ONE_AT_A_TIME:  # a session may not be shared while it makes one
        return _session().create_client(service, config=PATIENCE.merge(config) if config else PATIENCE)


def sign_for_s3(request: AWSRequest) -> None:
    """Sign a request to S3 as the clients do; threads may do so side by side."""
    session = _session()
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    region = session.get_config_variable("region")
    S3SigV4Auth(credentials.get_frozen_credentials(), "s3", region).add_auth(request)


@cache
def _session() -> Session:
    session = get_session()
    session.register_component("data_loader", _KnowingServices())
    return session
