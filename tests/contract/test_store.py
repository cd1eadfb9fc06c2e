"""What every ``ObjectStore`` keeps to: the fake that unit tests use, and S3 as the embedded cloud plays it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from integration_logs.bucket.objects import Entry, ObjectStore, S3Store, Stored, Version
from integration_logs.errors import NeedsOperator, TryLater
from tests.fakes.memory_store import MemoryStore

WRITERS = 8


@pytest.fixture(scope="module")
def s3(request: pytest.FixtureRequest) -> Iterator[Callable[[], S3Store]]:
    """A maker of stores over fresh, versioned buckets of the embedded cloud."""
    cloud = request.getfixturevalue("cloud")
    with closing(cloud.session().client("s3", **cloud.client_options())) as client:

        def fresh() -> S3Store:
            bucket = f"contract-{uuid4()}"
            client.create_bucket(Bucket=bucket)
            client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
            return S3Store(client, bucket)

        yield fresh


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.e2e)])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    return MemoryStore() if request.param == "memory" else request.getfixturevalue("s3")()


def fill(store: ObjectStore, *keys: str) -> None:
    for key in keys:
        assert store.put(key, key.encode(), replaces=None)


def test_absent(store: ObjectStore, tmp_path: Path) -> None:
    """Where there is no object, reading it says so, and writes no file."""
    assert store.get("a/b") is None
    assert store.download("a/b", tmp_path / "file") is None
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("body", [b"", b"text", bytes(range(256)) * 5000])
def test_round_trip(store: ObjectStore, tmp_path: Path, body: bytes) -> None:
    """What was written is read back, whole, under the etag that the write answered."""
    etag = store.put("a/b", body, replaces=None)
    assert etag is not None
    assert store.get("a/b") == Stored(body, etag)
    assert store.download("a/b", tmp_path / "file") == etag
    assert (tmp_path / "file").read_bytes() == body


def test_write_a_file(store: ObjectStore, tmp_path: Path) -> None:
    """A file's content is written like bytes, and under the same conditions."""
    (tmp_path / "file").write_bytes(b"content")
    etag = store.put("a", tmp_path / "file", replaces=None)
    assert store.get("a") == Stored(b"content", etag or "")
    assert store.put("a", tmp_path / "file", replaces=None) is None


def test_etag_is_of_the_content(store: ObjectStore) -> None:
    """The same content has the same etag, wherever and however often it is written: a hash of it, in quotes."""
    etags = {store.put("a", b"same", replaces=None), store.put("b", b"same", replaces=None)}
    assert etags == {f'"{hashlib.md5(b"same", usedforsecurity=False).hexdigest()}"'}
    assert store.put("a", b"other", replaces=etags.pop()) != store.put("c", b"same", replaces=None)


def test_create_only_where_there_is_none(store: ObjectStore) -> None:
    """A second creation changes nothing and says that somebody was first."""
    etag = store.put("a", b"first", replaces=None)
    assert store.put("a", b"second", replaces=None) is None
    assert store.get("a") == Stored(b"first", etag or "")


def test_replace_only_what_was_read(store: ObjectStore) -> None:
    """A replacement counts only for the version that it names; a stale one changes nothing."""
    first = store.put("a", b"first", replaces=None)
    second = store.put("a", b"second", replaces=first)
    assert second not in {None, first}
    assert store.put("a", b"third", replaces=first) is None
    assert store.get("a") == Stored(b"second", second or "")


def test_replace_what_is_not_there(store: ObjectStore) -> None:
    """There is nothing to replace where there never was an object, or where it has been deleted."""
    etag = store.put("a", b"first", replaces=None)
    store.delete("a")
    assert store.put("a", b"second", replaces=etag) is None
    assert store.put("never", b"second", replaces=etag) is None
    assert store.get("a") is None


def test_delete(store: ObjectStore) -> None:
    """A deleted object is gone, can be deleted again, and can be created anew."""
    fill(store, "a", "b")
    store.delete("a")
    store.delete("a")
    assert store.get("a") is None
    assert [entry.key for entry in store.entries("", limit=10)] == ["b"]
    assert store.put("a", b"anew", replaces=None)


def test_entries(store: ObjectStore) -> None:
    """A listing is sorted by key, holds what has the prefix and no more than the limit, with sizes and etags."""
    fill(store, "p/b", "p/a", "p/ab/c", "pa", "q")
    etags = {key: stored.etag for key in ("p/a", "p/ab/c", "p/b") if (stored := store.get(key))}
    all_three = [Entry(key, size, etags[key]) for key, size in (("p/a", 3), ("p/ab/c", 6), ("p/b", 3))]
    assert store.entries("p/", limit=10) == all_three
    assert store.entries("p/", limit=2) == all_three[:2]
    assert store.entries("p/", limit=1) == all_three[:1]
    assert store.entries("nothing/", limit=10) == []


def test_entries_go_on_after_a_key(store: ObjectStore) -> None:
    """A listing goes on behind any key, whether there is an object of that name or not, and within its prefix."""
    fill(store, "o", "p/a", "p/ab/c", "p/b", "q")
    assert [entry.key for entry in store.entries("p/", limit=10, after="p/a")] == ["p/ab/c", "p/b"]
    assert [entry.key for entry in store.entries("p/", limit=1, after="p/aa")] == ["p/ab/c"]
    assert [entry.key for entry in store.entries("p/", limit=10, after="a")] == ["p/a", "p/ab/c", "p/b"]
    assert store.entries("p/", limit=10, after="p/b") == []


def test_a_long_listing(store: ObjectStore) -> None:
    """A listing beyond what S3 gives at once is as whole and as sorted as a short one."""
    keys = [f"p/{number:04}/x" for number in range(1100)]
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda key: fill(store, key), keys))
    assert [entry.key for entry in store.entries("p/", limit=5000)] == keys
    assert [entry.key for entry in store.entries("p/", limit=1050)] == keys[:1050]
    assert store.folders("p/") == [key.removesuffix("x") for key in keys]


def test_versions_outlive_their_objects(store: ObjectStore, tmp_path: Path) -> None:
    """What an object last held can be read although it has been deleted; what it held before that is not listed."""
    first = store.put("p/a", b"first", replaces=None)
    store.put("p/a", b"second", replaces=first)
    store.delete("p/a")
    fill(store, "p/b", "q")
    gone, there = store.versions("p/", limit=10)
    assert [(each.key, each.size) for each in (gone, there)] == [("p/a", 6), ("p/b", 3)]
    assert store.recover(gone, tmp_path / "gone")
    assert store.recover(there, tmp_path / "there")
    assert ((tmp_path / "gone").read_bytes(), (tmp_path / "there").read_bytes()) == (b"second", b"p/b")
    assert store.get("p/a") is None


def test_a_version_stays_what_it_was(store: ObjectStore, tmp_path: Path) -> None:
    """A version that was listed is read as it was then, whatever has replaced it since."""
    etag = store.put("a", b"first", replaces=None)
    (listed,) = store.versions("", limit=10)
    store.put("a", b"second", replaces=etag)
    assert store.recover(listed, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"first"


def test_versions_in_order_and_bounded(store: ObjectStore) -> None:
    """A listing of versions has each key once, sorted, no more than the limit, and goes on behind any key."""
    fill(store, "p/b", "p/a", "p/c/d", "q")
    for key in ("p/a", "p/b"):
        for _ in range(2):
            store.delete(key)
            fill(store, key)
    store.delete("p/b")

    def listed(limit: int, after: str = "") -> list[str]:
        return [each.key for each in store.versions("p/", limit=limit, after=after)]

    assert listed(10) == ["p/a", "p/b", "p/c/d"]
    assert listed(2) == ["p/a", "p/b"]
    assert listed(10, "p/a") == ["p/b", "p/c/d"]
    assert listed(1, "p/a") == ["p/b"]
    assert listed(10, "p/aa") == ["p/b", "p/c/d"]
    assert listed(10, "p/c/d") == []
    assert store.versions("nothing/", limit=10) == []


def test_many_versions(store: ObjectStore) -> None:
    """Beyond what S3 gives at once a listing of versions is as whole and as sorted, deleted objects included."""
    keys = [f"p/{number:04}" for number in range(520)]

    def there_and_gone(key: str) -> None:
        fill(store, key)
        store.delete(key)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(there_and_gone, keys))
    assert [each.key for each in store.versions("p/", limit=5000)] == keys
    assert [each.key for each in store.versions("p/", limit=515, after=keys[1])] == keys[2:517]


def test_folders(store: ObjectStore) -> None:
    """The folders of a prefix are one level below it, each once, in order; objects at that level are none."""
    fill(store, "logs/dt=2/x", "logs/dt=1/x", "logs/dt=1/y/z", "logs/file", "other/x")
    assert store.folders("logs/") == ["logs/dt=1/", "logs/dt=2/"]
    assert store.folders("nothing/") == []


@pytest.mark.parametrize("key", ["a b", "a+b", "a=b&c", "a%20b", "é/ü", "2026-11-22T02-41-22.000000Z-x.ndjson.gz"])
def test_keys(store: ObjectStore, key: str) -> None:
    """A key is taken to the letter."""
    fill(store, key)
    assert [entry.key for entry in store.entries("", limit=10)] == [key]
    assert store.get(key) is not None
    store.delete(key)
    assert store.get(key) is None


def test_one_creator_wins(store: ObjectStore) -> None:
    """Of many who create an object at once, one does, and it is the winner's that is there."""

    def create(number: int) -> bool:
        try:
            return store.put("a", str(number).encode(), replaces=None) is not None
        except TryLater:
            return False

    with ThreadPoolExecutor(WRITERS) as pool:
        won = list(pool.map(create, range(WRITERS)))
    assert won.count(True) == 1
    stored = store.get("a")
    assert stored is not None
    assert stored.body == str(won.index(True)).encode()


def test_no_update_is_lost(store: ObjectStore) -> None:
    """Many who count up at once, reading again after each defeat, lose no count."""
    store.put("count", b"0", replaces=None)

    def count_up(_: int) -> None:
        while True:
            stored = store.get("count")
            assert stored is not None
            try:
                if store.put("count", str(int(stored.body) + 1).encode(), replaces=stored.etag):
                    return
            except TryLater:
                continue

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(count_up, range(3 * WRITERS)))
    stored = store.get("count")
    assert stored is not None
    assert stored.body == str(3 * WRITERS).encode()


# --- what only one of them has ----------------------------------------------------------------------------------------


@pytest.mark.e2e
def test_a_version_that_has_expired(s3: Callable[[], S3Store], tmp_path: Path) -> None:
    """What the lifecycle has ended between the listing and the reading can no longer be had, and that is no failure."""
    store = s3()
    fill(store, "a")
    (listed,) = store.versions("", limit=1)
    store._client.delete_object(Bucket=store._bucket, Key="a", VersionId=listed.id)  # as S3 does by itself
    assert not store.recover(listed, tmp_path / "file")
    assert not (tmp_path / "file").exists()


@pytest.mark.e2e
def test_a_bucket_that_is_none(cloud, tmp_path: Path) -> None:
    """A wrong bucket is the operator's, in every call."""
    with closing(cloud.session().client("s3", **cloud.client_options())) as client:
        store = S3Store(client, f"contract-none-{uuid4()}")
        for call in (
            lambda: store.get("a"),
            lambda: store.download("a", tmp_path / "file"),
            lambda: store.put("a", b"", replaces=None),
            lambda: store.entries("", limit=1),
            lambda: store.folders(""),
            lambda: store.delete("a"),
            lambda: store.versions("", limit=1),
            lambda: store.recover(Version("a", "v", 1), tmp_path / "file"),
        ):
            with pytest.raises(NeedsOperator):
                call()


@pytest.mark.e2e
def test_keys_that_may_nothing(cloud) -> None:
    """Credentials that are refused are the operator's."""
    with closing(cloud.session(("AKIAUNKNOWN000000000", "unknown")).client("s3", **cloud.client_options())) as client:
        with pytest.raises(NeedsOperator):
            S3Store(client, "any-bucket").get("a")
        with pytest.raises(NeedsOperator):
            S3Store(client, "any-bucket").put("a", b"", replaces=None)


def test_memory_forgets_as_told(tmp_path: Path) -> None:
    """A version that a test lets end is gone, and the current one is not."""
    store = MemoryStore()
    fill(store, "a", "b")
    store.delete("a")
    gone, _ = store.versions("", limit=2)
    store.forget("a")
    store.forget("b")
    assert [each.key for each in store.versions("", limit=2)] == ["b"]
    assert not store.recover(gone, tmp_path / "file")


@pytest.mark.parametrize("took_effect", [False, True])
def test_memory_fails_as_told(took_effect: bool) -> None:
    """The n-th call that fits fails, before or after it took effect, and no other."""
    store = MemoryStore()
    store.fail(2, verb="put", prefix="a", took_effect=took_effect)
    fill(store, "b1", "a1", "b2")
    with pytest.raises(TryLater):
        store.put("a2", b"", replaces=None)
    assert ("a2" in store.objects) is took_effect
    fill(store, "a3")


def test_memory_loses_as_told() -> None:
    """Another writer comes first where a test wants one: the swap is lost, and the other's object is there."""
    store = MemoryStore()
    etag = store.put("a", b"1", replaces=None)
    store.lose(to=b"2", prefix="a")
    assert store.put("a", b"3", replaces=etag) is None
    assert store.objects == {"a": b"2"}
