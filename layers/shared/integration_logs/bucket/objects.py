"""One bucket, with compare-and-swap: an object is created only where there is none, replaced only as it was read.

S3 conditional writes (``If-None-Match: *``, ``If-Match: <etag>``) make two runs at once safe without a lock:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from integration_logs.errors import NeedsOperator, TryLater

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT = {"NoSuchKey", "NoSuchVersion", "404", "NotFound"}
_LOST = {"PreconditionFailed", "412"}
_CONFLICT = {"ConditionalRequestConflict", "409"}  # another write is under way: whether that one succeeds is open
_PAUSES = (0.1, 0.2, 0.4, 0.8)
"""Seconds before a write that met another one is tried again."""
_FORBIDDEN = {"AccessDenied", "403", "NoSuchBucket", "InvalidAccessKeyId", "SignatureDoesNotMatch"}
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Stored:
    """An object as it was read: its bytes and the etag that a replacement must name."""

    body: bytes
    etag: str


@dataclass(frozen=True)
class Entry:
    """One object of a listing; ``size`` in bytes, ``etag`` as ``get`` gives it."""

    key: str
    size: int
    etag: str


@dataclass(frozen=True)
class Version:
    """What an object held, whether or not it is still there; ``size`` in bytes."""

    key: str
    id: str
    size: int


class ObjectStore(Protocol):
    """What the functions need of a bucket. Each call raises ``TryLater`` or ``NeedsOperator`` where S3 fails."""

    def get(self, key: str) -> Stored | None:
        """The object, or ``None`` where there is none."""

    def download(self, key: str, path: Path) -> str | None:
        """Write the object to ``path``; its etag, or ``None`` where there is none."""

    def put(self, key: str, body: bytes | Path, *, replaces: str | None) -> str | None:
        """Create the object (``replaces=None``) or replace the one with that etag.

        The new etag, or ``None`` where somebody else was first: read again and decide again.
        """

    def entries(self, prefix: str, *, limit: int, after: str = "") -> list[Entry]:
        """The first ``limit`` objects under ``prefix`` whose keys come after ``after``, in the keys' order."""

    def folders(self, prefix: str) -> list[str]:
        """The prefixes one level below ``prefix``, each with its slash, in order."""

    def delete(self, key: str) -> None:
        """Remove the object; its versions stay as long as the bucket's lifecycle says."""

    def versions(self, prefix: str, *, limit: int, after: str = "") -> list[Version]:
        """The last content of each object under ``prefix``, also of deleted ones, as far as it can be recovered.

        At most ``limit``, in the keys' order, from the first key behind ``after`` on.
        """

    def recover(self, version: Version, path: Path) -> bool:
        """Write that version to ``path``; whether it could still be had."""

    def link(self, key: str, *, seconds: int) -> str:
        """A URL that lets anybody read the object for so long, or until the caller's own session ends."""


class S3Store:
    """``ObjectStore`` over S3."""

    def __init__(self, client: S3Client, bucket: str, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._bucket = bucket
        self._pause = pause

    def get(self, key: str) -> Stored | None:
        """See ``ObjectStore``."""
        try:
            with _named_errors("read", key):
                answer = self._client.get_object(Bucket=self._bucket, Key=key)
                return Stored(answer["Body"].read(), answer["ETag"])
        except _AbsentError:
            return None

    def download(self, key: str, path: Path) -> str | None:
        """See ``ObjectStore``."""
        return self._write(path, key)

    def _write(self, path: Path, key: str, **version: Any) -> str | None:
        """Stream the object to ``path``, so that memory does not grow with it; its etag."""
        try:
            with _named_errors("read", key):
                answer = self._client.get_object(Bucket=self._bucket, Key=key, **version)
                with path.open("wb") as file:
                    for chunk in answer["Body"].iter_chunks(_CHUNK):
                        file.write(chunk)
                return answer["ETag"]
        except _AbsentError:
            return None

    def put(self, key: str, body: bytes | Path, *, replaces: str | None) -> str | None:
        """See ``ObjectStore``."""
        for pause in _PAUSES:
            try:
                return self._write_once(key, body, replaces)
            except _ConflictError:
                self._pause(pause)
        return self._write_once(key, body, replaces)

    def _write_once(self, key: str, body: bytes | Path, replaces: str | None) -> str | None:
        try:
            with _named_errors("write", key):
                if isinstance(body, bytes):
                    return self._put(key, body, replaces)
                with body.open("rb") as file:
                    return self._put(key, file, replaces)
        except (_LostError, _AbsentError):  # absent: what was to be replaced has been deleted since
            return None

    def _put(self, key: str, body: object, replaces: str | None) -> str:
        condition = {"IfNoneMatch": "*"} if replaces is None else {"IfMatch": replaces}
        answer = self._client.put_object(Bucket=self._bucket, Key=key, Body=body, **condition)  # type: ignore[arg-type]
        return answer["ETag"]

    def entries(self, prefix: str, *, limit: int, after: str = "") -> list[Entry]:
        """See ``ObjectStore``."""
        with _named_errors("list", prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket,
                Prefix=prefix,
                StartAfter=after,
                PaginationConfig={"MaxItems": limit, "PageSize": min(limit, 1000)},
            )
            return [
                Entry(item["Key"], item["Size"], item["ETag"]) for page in pages for item in page.get("Contents", [])
            ]

    def folders(self, prefix: str) -> list[str]:
        """See ``ObjectStore``."""
        with _named_errors("list", prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, Delimiter="/"
            )
            return [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", [])]

    def delete(self, key: str) -> None:
        """See ``ObjectStore``."""
        with _named_errors("delete", key):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def versions(self, prefix: str, *, limit: int, after: str = "") -> list[Version]:
        """See ``ObjectStore``."""
        found: list[Version] = []
        with _named_errors("list the versions of", prefix):
            pages = self._client.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket,
                Prefix=prefix,
                KeyMarker=after,  # type: ignore[call-arg]  # it goes on from there, as S3 itself does
            )
            # of one key the newest version comes first
            for item in (item for page in pages for item in page.get("Versions", [])):
                if item["Key"] > after and (not found or found[-1].key != item["Key"]):
                    if len(found) == limit:
                        break
                    found.append(Version(item["Key"], item["VersionId"], item["Size"]))
        return found

    def recover(self, version: Version, path: Path) -> bool:
        """See ``ObjectStore``."""
        return self._write(path, version.key, VersionId=version.id) is not None

    def link(self, key: str, *, seconds: int) -> str:
        """See ``ObjectStore``. The client must sign with SigV4 and address the bucket by the host of its region."""
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
        )


class _AbsentError(Exception):
    """No object has that key."""


class _LostError(Exception):
    """The condition of a write did not hold."""


class _ConflictError(TryLater):
    """Another write of the key was under way."""


@contextmanager
def _named_errors(action: str, key: str) -> Iterator[None]:
    """Turn boto's errors into this project's, by their code."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _ABSENT:
            raise _AbsentError from None
        if code in _LOST:
            raise _LostError from None
        if code in _CONFLICT:
            raise _ConflictError(f"Another write of {key} was under way ({code}).") from error
        if code in _FORBIDDEN:
            raise NeedsOperator(f"S3 refused to {action} {key} ({code}): correct the function's policy.") from error
        raise TryLater(f"S3 did not {action} {key} ({code}).") from error
    except BotoCoreError as error:
        raise TryLater(f"S3 did not {action} {key} ({type(error).__name__}).") from error
