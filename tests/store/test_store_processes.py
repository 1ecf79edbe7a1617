"""Several processes on one file: creation, fairness, sudden death, forks."""

from __future__ import annotations

import math
import multiprocessing
import os
import shutil
import stat
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter, sleep

import pytest
from store_workers import LIKE as NAMES
from store_workers import Worker, acknowledge, add, create, get, increment, put

from headwater.errors import StoreError
from headwater.store.sql import Sql
from headwater.store.store import Store
from patience import PATIENCE_S


def start(workers: list[Worker]) -> None:
    """Let them begin together."""
    for worker in workers:
        assert worker.result() == "here"
    for worker in workers:
        worker.pipe.send("go")


def test_eight_processes_create_the_store_once(tmp_path: Path, library: str) -> None:
    path = tmp_path / "new" / "board.db"
    workers = [Worker(create, library, path) for _ in range(8)]
    start(workers)
    secrets = {worker.result() for worker in workers}
    for worker in workers:
        worker.end()
    assert len(secrets) == 1
    with Store.open(path) as store:
        assert store.lease_key.secret.hex() in secrets
        count = Sql("SELECT count(*) FROM alembic_version")
        assert store.read(lambda tx: tx.one(count)) == (1,)


def test_eight_processes_lose_no_increment_and_advance_evenly(tmp_path: Path, library: str) -> None:
    # A busy machine may itself be unfair, but hardly five times in a row.
    assert any(advance_evenly(tmp_path / f"{time}.db", library) for time in range(5))


def advance_evenly(path: Path, library: str) -> bool:
    times = 200
    with Store.open(path) as store:
        put(store, "counter")
        workers = [Worker(increment, library, store.path, times) for _ in range(8)]
        begin_s = perf_counter()
        start(workers)
        results = [worker.result() for worker in workers]
        for worker in workers:
            worker.end()
        assert get(store, "counter") == str(8 * times)
        assert store.integrity_check() == []
    took_s = sorted(end_s - begin_s for end_s, _ in results)
    longest_ms = max(longest_s for _, longest_s in results) * 1000
    evenness = took_s[0] / took_s[-1]
    print(f"fastest / slowest of 8: {evenness:.2f}; longest wait: {longest_ms:.0f} ms")
    # Measured: above 0.9 and below 80 ms; with SQLite's own lock alone 0.4 to 0.5 and 500 ms on.
    return evenness > 0.6 or longest_ms < 300


def kill_writers(path: Path, library: str, rounds: int) -> None:
    acknowledged: set[str] = set()
    for round_number in range(rounds):
        workers = [
            Worker(acknowledge, library, path, f"r{round_number}w{number}") for number in range(8)
        ]
        start(workers)
        for worker in workers:
            assert worker.result()  # everyone is in the middle of it
        sleep(0.05 * (round_number % 3))
        for worker in workers:
            worker.kill()
        for worker in workers:
            acknowledged.update(worker.everything_sent())
        with Store.open(path) as store:
            stored = store.read(lambda tx: {row[0] for row in tx.all(NAMES, pattern="r%")})
            assert acknowledged - stored == set()
            assert store.integrity_check() == []
    assert len(acknowledged) > rounds


def test_killed_writers_lose_nothing_acknowledged(tmp_path: Path, library: str) -> None:
    path = tmp_path / "board.db"
    Store.open(path).close()
    kill_writers(path, library, rounds=2)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_writers_lose_nothing_acknowledged_in_twenty_rounds(
    tmp_path: Path, library: str
) -> None:
    path = tmp_path / "board.db"
    Store.open(path).close()
    kill_writers(path, library, rounds=20)


def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        with Store.open(tmp_path / "a" / "b" / "board.db") as store:
            put(store, "a")
            folder = store.path.parent
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    finally:
        os.umask(old)
    assert modes == dict.fromkeys(
        ("board.db", "board.db-wal", "board.db-shm", "board.db.lock"), 0o600
    )
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def _in_fork(work, *arguments) -> int:
    process = multiprocessing.get_context("fork").Process(target=work, args=arguments)
    process.start()
    process.join(PATIENCE_S)
    assert process.exitcode is not None
    return process.exitcode


def _add_and_check(store: Store) -> None:
    for _ in range(50):
        add(store, "counter")
    tick = store.feed.tick
    add(store, "counter")
    assert store.feed.wait(tick, PATIENCE_S) > tick
    assert int(get(store, "counter") or 0) >= 52


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_and_its_parent_both_go_on(store: Store) -> None:
    put(store, "counter", "1")
    unsubscribe = store.feed.subscribe(lambda: None)  # its thread and connection are in use
    assert _in_fork(_add_and_check, store) == 0
    add(store, "counter")
    assert get(store, "counter") == "53"
    unsubscribe()
    assert store.integrity_check() == []


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_what_is_queued_at_a_fork_is_the_parents_and_the_child_has_a_thread_of_its_own(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store._writer, "_met_s", math.inf)  # the thread does the writing
    put(store, "counter", "1")
    stop = store._readers.stop
    with ThreadPoolExecutor(2) as pool:
        queued: list[Future[None]] = []

        def come_to_rest(timeout_s: float) -> bool:
            queued.extend(pool.submit(add, store, "counter") for _ in range(2))
            while store._writer._queue.empty():  # the thread takes one out and waits for its turn
                pass
            return stop(timeout_s)

        with monkeypatch.context() as patch:
            patch.setattr(store._readers, "stop", come_to_rest)
            assert _in_fork(add, store, "counter") == 0
        for future in queued:
            future.result(PATIENCE_S)
    assert get(store, "counter") == "4"


def _hears_of_it(store: Store, waits: Connection) -> None:
    tick = store.feed.tick
    waits.send("waits")
    assert store.feed.wait(tick, PATIENCE_S) > tick


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_hears_of_its_parents_changes(store: Store) -> None:
    put(store, "counter", "1")
    leave = store.feed.subscribe(lambda: None)
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()
    child = fork.Process(target=_hears_of_it, args=(store, there))
    child.start()
    assert here.recv() == "waits"
    add(store, "counter")
    child.join(PATIENCE_S)
    assert child.exitcode == 0
    leave()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_read_that_comes_during_a_fork_opens_nothing_until_that_is_over(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "counter", "1")
    stop = store._readers.stop
    with ThreadPoolExecutor(1) as pool:
        reads: list[Future[str | None]] = []

        def come_to_rest(timeout_s: float) -> bool:
            rests = stop(timeout_s)
            reads.append(pool.submit(get, store, "counter"))
            with pytest.raises(TimeoutError):
                reads[0].result(0.05)
            return rests

        monkeypatch.setattr(store._readers, "stop", come_to_rest)
        assert _in_fork(os.getpid) == 0
        assert reads[0].result(PATIENCE_S) == "1"


def _locks_of_this_process(path: Path) -> int:
    inodes = {str(file.stat().st_ino) for file in path.parent.iterdir()}
    lines = Path("/proc/locks").read_text().splitlines()
    return sum(
        1
        for line in lines
        if (fields := line.split())[4] == str(os.getpid())
        and fields[5].rsplit(":", 1)[-1] in inodes
    )


def _holds_locks_of_its_own(store: Store) -> None:
    add(store, "counter")
    assert _locks_of_this_process(store.path) > 0


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="needs /proc/locks")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_takes_its_own_locks_on_the_file(store: Store) -> None:
    put(store, "counter", "1")
    assert _in_fork(_holds_locks_of_its_own, store) == 0


def _is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="forked while"):
        add(store, "counter")


@pytest.mark.parametrize("within", ["read", "write"])
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_forked_within_an_operation_is_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch, within: str
) -> None:
    monkeypatch.setattr("headwater.store.sqlite.FORK_PATIENCE_S", 0.05)
    put(store, "counter", "1")
    assert getattr(store, within)(lambda tx: _in_fork(_is_refused, store)) == 0
    add(store, "counter")
    assert get(store, "counter") == "2"


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_closed_store_whose_folder_is_gone_does_not_hinder_a_fork(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    closed = Store.open(folder / "board.db")
    left_open = Store.open(folder / "other.db")
    closed.close()
    shutil.rmtree(folder)
    assert _in_fork(os.getpid) == 0
    assert closed.path.name == "board.db"
    left_open.close()
