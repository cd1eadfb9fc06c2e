"""The clients of AWS, of one session.

botocore's own session makes the same clients as boto3 does, without what boto3 brings for others at every cold start:
resources, the transfer manager and with it multiprocessing.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.session import Session, get_session

if TYPE_CHECKING:
    from botocore.config import Config

SERVICES = ("events", "s3", "secretsmanager", "sns", "sqs")

_ONE_AT_A_TIME = Lock()


class _KnowingServices(Loader):
    """Loads a service's data without looking first which of four hundred services there are."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  # each has every type
        return list(SERVICES)


def client(service: str, config: Config | None = None) -> Any:  # whoever asks knows of which service
    """A client of one of ``SERVICES``, which threads may share. Making one takes long: keep it."""
    with _ONE_AT_A_TIME:  # a session may not be shared while it makes one
        return _session().create_client(service, config=config)


@cache
def _session() -> Session:
    session = get_session()
    session.register_component("data_loader", _KnowingServices())
    return session
