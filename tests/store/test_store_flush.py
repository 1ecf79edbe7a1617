"""What was acknowledged is on the disk, although the flush comes after the write lock is free."""

from __future__ import annotations

import errno
import math
import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from store_workers import ADD, LIKE, add, get, put, raw

from headwater.errors import StoreError
from headwater.store.flush import QUICK_S, LogFlush
from headwater.store.store import Store
from patience import PATIENCE_S

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fdatasync"), reason="the tests hold fdatasync; macOS flushes by fcntl"
)


class Disk:
    """Stands between the flushes and the disk: it counts them, holds them, or refuses them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._real = os.fdatasync
        self.count = 0
        self.refused = 0
        self.begun = threading.Event()
        self.free = threading.Event()
        self.free.set()
        self.broken = False
        patch.setattr("headwater.store.flush.os.fdatasync", self._flush)

    def _flush(self, descriptor: int) -> None:
        self.begun.set()
        assert self.free.wait(PATIENCE_S)
        if self.broken:
            self.refused += 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._real(descriptor)
        self.count += 1

    def hold(self) -> None:
        self.free.clear()
        self.begun.clear()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def store(tmp_path: Path, disk: Disk, library: str) -> Iterator[Store]:
    with Store.open(tmp_path / "board.db", busy_s=5) as opened:
        put(opened, "counter")
        yield opened
        disk.free.set()
        disk.broken = False


def test_an_answer_waits_for_its_flush_and_the_next_writer_does_not(
    store: Store, disk: Disk
) -> None:
    disk.hold()
    with ThreadPoolExecutor(1) as pool, Store.open(store.path) as other:
        first = pool.submit(add, store, "counter")
        assert disk.begun.wait(PATIENCE_S)
        hold = other._ticket.take(wait=False)
        assert hold, "the lock is free while the first caller waits"
        with hold:
            assert not first.done()
        disk.free.set()
        first.result(PATIENCE_S)


def test_an_answer_that_changed_nothing_waits_too(store: Store, disk: Disk) -> None:
    disk.hold()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(store.write, lambda tx: tx.all(LIKE, pattern="counter"))
        assert disk.begun.wait(PATIENCE_S)
        assert not first.done()
        disk.free.set()
        assert first.result(PATIENCE_S) == [("counter",)]


def test_what_is_done_at_once_is_flushed_too(
    store: Store, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.store.flush.QUICK_S", math.inf)
    before = disk.count
    assert store.at_once(lambda tx: tx.count(ADD, name="counter")) == 1
    assert disk.count - before == 1


def test_nothing_is_done_at_once_on_a_slow_disk_until_it_is_quick_again(
    store: Store, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = [0.0]
    monkeypatch.setattr("headwater.store.flush.monotonic", lambda: now_s[0])
    real = disk._real

    def slowly(descriptor: int) -> None:
        now_s[0] += 2 * QUICK_S
        real(descriptor)

    add(store, "counter")
    monkeypatch.setattr(disk, "_real", slowly)
    assert store.at_once(lambda tx: "begun") == "begun"
    assert store.at_once(lambda tx: pytest.fail("it has begun")) is None
    monkeypatch.setattr(disk, "_real", real)
    add(store, "counter")
    assert store.at_once(lambda tx: "begun") == "begun"


def test_nothing_is_done_at_once_on_a_disk_that_refused(
    store: Store, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.store.flush.QUICK_S", math.inf)
    disk.broken = True
    with pytest.raises(StoreError, match="not certain"):
        store.at_once(lambda tx: tx.count(ADD, name="counter"))
    disk.broken = False
    assert store.at_once(lambda tx: pytest.fail("it has begun")) is None
    add(store, "counter")
    assert store.at_once(lambda tx: "begun") == "begun"


def test_callers_that_come_during_a_flush_share_the_next_one(store: Store, disk: Disk) -> None:
    before = disk.count
    disk.hold()
    with ThreadPoolExecutor(20) as pool:
        first = pool.submit(add, store, "counter")
        assert disk.begun.wait(PATIENCE_S)
        others = [pool.submit(add, store, "counter") for _ in range(19)]
        while get(store, "counter") != "20":
            pass
        disk.free.set()
        for future in [first, *others]:
            future.result(PATIENCE_S)
    assert disk.count - before == 2


def test_whatever_was_acknowledged_is_in_what_had_been_flushed_by_then(
    tmp_path: Path, disk: Disk
) -> None:
    """At each flush the files are copied, as a loss of power would leave them then."""
    path = tmp_path / "board.db"
    kept: list[Path] = []
    real = disk._real
    copying = threading.Lock()

    def flush(descriptor: int) -> None:
        real(descriptor)
        with copying:  # two stores flush at once: a later copy must not be an older one
            copy = tmp_path / f"kept-{len(kept)}.db"
            # The log first: what it lacks, the file cannot have, as nothing is checkpointed here.
            shutil.copyfile(path.with_name("board.db-wal"), copy.with_name(f"{copy.name}-wal"))
            shutil.copyfile(path, copy)
            kept.append(copy)

    disk._real = flush
    acknowledged: list[tuple[str, int]] = []

    def work(store: Store, name: str) -> None:
        for number in range(6):
            put(store, f"{name}-{number}")
            acknowledged.append((f"{name}-{number}", len(kept)))

    with Store.open(path) as one, Store.open(path) as two, ThreadPoolExecutor(6) as pool:
        stores = [one, two] * 3
        for future in [pool.submit(work, store, f"w{at}") for at, store in enumerate(stores)]:
            future.result(PATIENCE_S)
    assert len(acknowledged) == 36
    for name, flushes in acknowledged:
        assert flushes > 0
        connection = raw(kept[flushes - 1])
        found = connection.execute("SELECT count(*) FROM meta WHERE name = ?", (name,)).fetchall()
        connection.close()
        assert found == [(1,)], name


def test_after_a_failed_flush_the_log_is_begun_anew_before_the_next_answer(
    store: Store, disk: Disk
) -> None:
    """A flush that succeeds says nothing of what an earlier one lost."""
    log = store.path.with_name("board.db-wal")
    disk.broken = True
    with pytest.raises(StoreError, match="not certain"):
        add(store, "counter")
    assert disk.refused == 1
    disk.broken = False
    kept = log.stat().st_size
    add(store, "counter")
    assert get(store, "counter") == "2"
    assert log.stat().st_size < kept
    assert store.integrity_check() == []


def test_as_long_as_the_log_cannot_be_begun_anew_nothing_is_acknowledged(
    store: Store, disk: Disk
) -> None:
    disk.broken = True
    reader = raw(store.path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM meta").fetchall()
    with pytest.raises(StoreError, match="not certain"):
        add(store, "counter")
    disk.broken = False
    with pytest.raises(StoreError, match="not certain"):
        add(store, "counter")
    assert disk.refused == 1, "a flush alone is not asked for again"
    reader.execute("ROLLBACK")
    reader.close()
    add(store, "counter")
    assert get(store, "counter") == "2"


def test_closing_flushes_what_nobody_has_waited_for(tmp_path: Path, disk: Disk) -> None:
    log = LogFlush(tmp_path / "board.db")
    (tmp_path / "board.db-wal").touch()
    number = log.ended()
    log.close()
    assert disk.count == 1
    log.reach(number)
    assert disk.count == 1


def test_after_a_failed_flush_a_later_one_is_not_believed(tmp_path: Path, disk: Disk) -> None:
    """The system may have given up what it could not write: to flush again says nothing of it."""
    (tmp_path / "board.db-wal").touch()
    log = LogFlush(tmp_path / "board.db")
    number = log.ended()
    for disk.broken in (True, False):
        with pytest.raises(StoreError, match="could not be flushed"):
            log.reach(number)
    log.mended()
    log.reach(number)
    log.close()


def test_a_flush_that_fails_at_the_close_is_told_to_who_waits(tmp_path: Path, disk: Disk) -> None:
    log = LogFlush(tmp_path / "board.db")
    number = log.ended()
    log.close()  # there is no log to open
    with pytest.raises(StoreError, match="No such file"):
        log.reach(number)


def test_a_change_outside_of_batches_is_flushed_by_itself(store: Store) -> None:
    def synchronous() -> int:
        return store._connection.get().execute("PRAGMA synchronous").fetchall()[0][0]

    assert synchronous() == 1
    with store._connection.flushing() as connection:
        assert connection.execute("PRAGMA synchronous").fetchall() == [(2,)]
    assert synchronous() == 1


def test_one_write_alone_flushes_once(store: Store, disk: Disk) -> None:
    before = disk.count
    store.write(lambda tx: tx.run(ADD, name="counter"))
    assert disk.count - before == 1
