from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from integration_logs.bucket.objects import S3Store, Version
from integration_logs.errors import IntegrationLogsError, NeedsOperator, TryLater

ETAG = '"0cc175b9c0f1b6a831c399e269772661"'


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-west-1")
    with closing(session.client("s3")) as client:
        yield client


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    """A real client without a wire: what S3 answers is given in turn, what it is asked is checked."""
    with Stubber(client) as stub:
        yield stub


@pytest.fixture
def pauses() -> list[float]:
    """For how long the store waited."""
    return []


@pytest.fixture
def store(stub: Stubber, pauses: list[float]) -> S3Store:
    return S3Store(stub.client, "bucket", pause=pauses.append)


CALLS: dict[str, Callable[[S3Store, Path], Any]] = {
    "get_object": lambda store, _: store.get("a"),
    "put_object": lambda store, _: store.put("a", b"", replaces=None),
    "list_objects_v2": lambda store, _: store.entries("a", limit=1),
    "delete_object": lambda store, _: store.delete("a"),
    "list_object_versions": lambda store, _: store.versions("a", limit=1),
}
"""What is asked of the store, by the operation of S3 that it comes to."""


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("AccessDenied", 403, NeedsOperator),
        ("403", 403, NeedsOperator),
        ("NoSuchBucket", 404, NeedsOperator),
        ("SlowDown", 503, TryLater),
        ("InternalError", 500, TryLater),
        ("RequestTimeout", 400, TryLater),
        ("", 500, TryLater),
    ],
)
def test_s3_refuses(
    store: S3Store, stub: Stubber, tmp_path: Path, operation: str, code: str, status: int, kind: type[Exception]
) -> None:
    """What a person must mend and what passes are told apart by S3's code, in every call, with the key named."""
    stub.add_client_error(operation, code, http_status_code=status)
    with pytest.raises(kind, match=r"\ba\b") as caught:
        CALLS[operation](store, tmp_path)
    assert type(caught.value) is kind


@pytest.mark.parametrize("replaces", [None, ETAG])
def test_a_conflict_is_not_a_defeat(store: S3Store, stub: Stubber, pauses: list[float], replaces: str | None) -> None:
    """While another write of the key is under way, whether that one will count is open: try later."""
    for _ in range(5):
        stub.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
    with pytest.raises(TryLater):
        store.put("a", b"", replaces=replaces)
    assert pauses == sorted(pauses)
    assert (len(pauses), sum(pauses)) == (4, pytest.approx(1.5))


@pytest.mark.parametrize("replaces", [None, ETAG])
@pytest.mark.parametrize("in_a_file", [False, True])
def test_a_conflict_that_passes(
    store: S3Store, stub: Stubber, tmp_path: Path, pauses: list[float], replaces: str | None, in_a_file: bool
) -> None:
    """The write is tried again in place, whole: it counts where the other one failed, and is lost where it did not."""
    body: bytes | Path = b"x"
    if in_a_file:
        body = tmp_path / "file"
        body.write_bytes(b"x")
    stub.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
    stub.add_response("put_object", {"ETag": ETAG})
    assert store.put("a", body, replaces=replaces) == ETAG
    stub.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
    stub.add_client_error("put_object", "PreconditionFailed", http_status_code=412)
    assert store.put("a", body, replaces=replaces) is None
    assert len(pauses) == 2


@pytest.mark.parametrize(("code", "status"), [("PreconditionFailed", 412), ("412", 412), ("NoSuchKey", 404)])
def test_a_defeat(store: S3Store, stub: Stubber, code: str, status: int) -> None:
    """Another object than the one named, or none, is there: the write does not count."""
    stub.add_client_error("put_object", code, http_status_code=status)
    assert store.put("a", b"", replaces=ETAG) is None


@pytest.mark.parametrize(("replaces", "condition"), [(None, {"IfNoneMatch": "*"}), (ETAG, {"IfMatch": ETAG})])
def test_every_write_has_a_condition(
    store: S3Store, stub: Stubber, replaces: str | None, condition: dict[str, str]
) -> None:
    """No write leaves without saying what it replaces."""
    stub.add_response("put_object", {"ETag": ETAG}, {"Bucket": "bucket", "Key": "a", "Body": b"x", **condition})
    assert store.put("a", b"x", replaces=replaces) == ETAG


class BrokenOff(io.RawIOBase):
    """A body that stops coming."""

    def read(self, _: int | None = -1) -> bytes:
        raise ReadTimeoutError(endpoint_url="https://s3.invalid/bucket/a", error="read timed out")


@pytest.mark.parametrize("call", [CALLS["get_object"], lambda store, folder: store.download("a", folder / "file")])
def test_a_body_that_breaks_off(store: S3Store, stub: Stubber, tmp_path: Path, call: Callable[..., Any]) -> None:
    """An object that stops half-way is to be read again later."""
    stub.add_response("get_object", {"Body": StreamingBody(BrokenOff(), 10), "ETag": ETAG})
    with pytest.raises(TryLater):
        call(store, tmp_path)


def test_a_short_body(store: S3Store, stub: Stubber) -> None:
    """A body of fewer bytes than were announced is not taken for the object."""
    stub.add_response("get_object", {"Body": StreamingBody(io.BytesIO(b"half"), 10), "ETag": ETAG})
    with pytest.raises(IntegrationLogsError):
        store.get("a")


def test_of_each_key_the_last_version(store: S3Store, stub: Stubber) -> None:
    """A listing of versions begins behind the key and has each key once, the newest first, over S3's pages."""
    asked = {"Bucket": "bucket", "Prefix": "p/", "KeyMarker": "p/a"}
    versions = [{"Key": key, "VersionId": id_, "Size": 1} for key, id_ in (("p/a", "1"), ("p/b", "3"), ("p/b", "2"))]
    following = [{"Key": key, "VersionId": id_, "Size": 1} for key, id_ in (("p/b", "1"), ("p/c", "5"), ("p/d", "6"))]
    marks = {"NextKeyMarker": "p/b", "NextVersionIdMarker": "2"}
    stub.add_response("list_object_versions", {"IsTruncated": True, "Versions": versions, **marks}, asked)
    second = {**asked, "KeyMarker": "p/b", "VersionIdMarker": "2"}
    stub.add_response("list_object_versions", {"IsTruncated": False, "Versions": following}, second)
    assert store.versions("p/", limit=2, after="p/a") == [Version("p/b", "3", 1), Version("p/c", "5", 1)]
    stub.assert_no_pending_responses()
