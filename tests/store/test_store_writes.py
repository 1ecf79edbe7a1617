"""The write path within one process: batches, failures, time, limits of a transaction."""

from __future__ import annotations

import fcntl
import gc
import math
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from store_workers import ADD, LIKE, SET, get, put

from headwater import limits
from headwater.clock import ManualClock
from headwater.errors import StaleLease
from headwater.store.store import Store
from headwater.store.ticket import Ticket
from headwater.store.transaction import Tx
from patience import PATIENCE_S


@pytest.fixture
def store(tmp_path: Path, library: str) -> Iterator[Store]:
    with Store.open(tmp_path / "board.db") as opened:
        yield opened


@pytest.fixture
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk of the tests has other users, too."""
    monkeypatch.setattr("headwater.store.flush.QUICK_S", math.inf)


def in_one_batch(store: Store, operations: list) -> list:
    """Run `operations` in the same transaction: queued while the one before them is running."""
    running, queued = threading.Event(), threading.Event()
    store._writer._met_s = math.inf  # as if callers had met just now: the thread does the writing

    def hold(tx: Tx) -> None:
        tx.run(SET, name="held", value="1")
        running.set()
        assert queued.wait(PATIENCE_S)

    outcomes: list = []
    with ThreadPoolExecutor(len(operations) + 1) as pool:
        holder = pool.submit(store.write, hold)
        assert running.wait(PATIENCE_S)
        futures = []
        for operation in operations:
            size = store._writer._queue.qsize()
            futures.append(pool.submit(store.write, operation))
            while store._writer._queue.qsize() == size:
                pass
        # The hold lasts 20 ms from the beginning of the batch; give the queue a fresh one.
        store._batches._commit_s = 1.0
        queued.set()
        holder.exception()  # where the batch fails, so does the holder
        for future in futures:
            outcomes.append(future.exception() or future.result())
    return outcomes


def test_failing_operations_in_a_batch_are_undone_and_the_others_stored(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.store.batch.HOLD_ALONE_S", 10.0)

    def operation(number: int):
        def run(tx: Tx) -> int:
            tx.run(SET, name=f"n{number}", value="1")
            if number % 3 == 0:
                raise StaleLease(f"number {number}")
            return number

        return run

    before = store.feed.tick
    outcomes = in_one_batch(store, [operation(n) for n in range(12)])
    assert store.feed.tick - before <= 3  # one transaction, told directly and seen by the poll
    for number, outcome in enumerate(outcomes):
        if number % 3 == 0:
            assert isinstance(outcome, StaleLease)
            assert str(number) in outcome.message
        else:
            assert outcome == number
    stored = store.read(lambda tx: {row[0] for row in tx.all(LIKE, pattern="n%_")})
    assert stored - {"now_ms"} == {f"n{n}" for n in range(12) if n % 3}
    assert get(store, "held") == "1", "the one before the first that failed"


@pytest.mark.parametrize("batched", [False, True])
def test_an_error_that_keeps_changes_is_raised_after_they_are_stored(
    store: Store, monkeypatch: pytest.MonkeyPatch, batched: bool
) -> None:
    monkeypatch.setattr("headwater.store.batch.HOLD_ALONE_S", 10.0)

    def salvage(tx: Tx) -> None:
        tx.run(SET, name="salvage", value="work")
        raise StaleLease("too late", keeps_changes=True)

    if batched:
        outcomes = in_one_batch(store, [salvage, lambda tx: tx.run(SET, name="b", value="1")])
        assert isinstance(outcomes[0], StaleLease)
        assert get(store, "b") == "1"
    else:
        with pytest.raises(StaleLease):
            store.write(salvage)
    assert get(store, "salvage") == "work"


def test_a_batch_takes_no_more_operations_than_its_limit(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.store.batch.HOLD_ALONE_S", 10.0)
    monkeypatch.setattr(limits, "BATCH_OPERATIONS", 3)
    put(store, "counter")
    with store.feed._changed:
        before = store.feed._tick
    in_one_batch(store, [lambda tx: tx.run(ADD, name="counter")] * 9)
    with store.feed._changed:
        assert store.feed._tick - before == 4  # ten operations in threes
    assert get(store, "counter") == "9"


def test_a_lone_caller_runs_its_operation_in_its_own_thread(store: Store) -> None:
    assert store.write(lambda tx: threading.get_ident()) == threading.get_ident()


def test_callers_that_meet_leave_the_writing_to_the_writers_thread(store: Store) -> None:
    running, go_on = threading.Event(), threading.Event()

    def hold(tx: Tx) -> int:
        running.set()
        assert go_on.wait(PATIENCE_S)
        return threading.get_ident()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.write, hold)
        assert running.wait(PATIENCE_S)
        second = pool.submit(store.write, lambda tx: threading.current_thread().name)
        while store._writer._met_s == 0:
            pass
        go_on.set()
        assert first.result(PATIENCE_S) != threading.get_ident()
        assert second.result(PATIENCE_S) == "headwater-writer"


def test_an_operation_that_began_in_time_is_waited_for(tmp_path: Path) -> None:
    with Store.open(tmp_path / "board.db", busy_s=0.01) as store:
        store._writer._met_s = math.inf
        begun, go_on = threading.Event(), threading.Event()

        def slow(tx: Tx) -> str:
            begun.set()
            assert go_on.wait(PATIENCE_S)
            return "done"

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(store.write, slow)
            assert begun.wait(PATIENCE_S)
            with pytest.raises(TimeoutError):
                writing.result(0.1)
            go_on.set()
            assert writing.result(PATIENCE_S) == "done"


def test_a_lone_caller_waits_for_a_ticket_that_another_process_holds(store: Store) -> None:
    descriptor = os.open(store.path.with_name("board.db.lock"), os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.write, lambda tx: threading.current_thread().name)
        wait_until_blocked(descriptor)
        os.close(descriptor)
        assert waiting.result(PATIENCE_S) == "headwater-writer"


@pytest.mark.usefixtures("quick_disk")
def test_at_once_means_in_this_thread_and_whatever_the_operation_raises_is_raised(
    store: Store,
) -> None:
    def refuse(tx: Tx) -> int:
        tx.run(SET, name="refused", value="1")
        raise StaleLease("too late")

    def salvage(tx: Tx) -> int:
        tx.run(SET, name="salvage", value="1")
        raise StaleLease("too late", keeps_changes=True)

    assert store.at_once(lambda tx: threading.get_ident()) == threading.get_ident()
    for operation in (refuse, salvage):
        with pytest.raises(StaleLease):
            store.at_once(operation)
    assert (get(store, "refused"), get(store, "salvage")) == (None, "1")


@pytest.mark.usefixtures("quick_disk")
def test_at_once_begins_nothing_while_another_process_may_write(store: Store) -> None:
    descriptor = os.open(store.path.with_name("board.db.lock"), os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert store.at_once(lambda tx: pytest.fail("it has begun")) is None
    os.close(descriptor)
    assert store.at_once(lambda tx: "begun") == "begun"


@pytest.mark.usefixtures("quick_disk")
def test_at_once_begins_nothing_while_another_caller_writes(store: Store) -> None:
    running, go_on = threading.Event(), threading.Event()

    def hold(tx: Tx) -> None:
        running.set()
        assert go_on.wait(10)

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(store.write, hold)
        assert running.wait(10)
        assert store.at_once(lambda tx: pytest.fail("it has begun")) is None
        go_on.set()
        holder.result(10)


@pytest.mark.usefixtures("quick_disk")
def test_a_long_log_is_left_alone_while_another_process_writes_and_shortened_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WAL_TRUNCATE_BYTES", 0)
    monkeypatch.setattr("headwater.store.writer.WAL_LOOK_S", 0.0)
    descriptor = os.open(store.path.with_name("board.db.lock"), os.O_RDWR | os.O_CREAT)

    def others_come_next() -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    log = store.path.with_name("board.db-wal")
    monkeypatch.setattr(store._writer, "_committed", others_come_next)
    assert store.at_once(lambda tx: tx.count(SET, name="a", value="1")) == 1
    assert log.stat().st_size > 0
    os.close(descriptor)
    monkeypatch.setattr(store._writer, "_committed", lambda: None)
    assert store.at_once(lambda tx: tx.count(SET, name="b", value="1")) == 1
    assert log.stat().st_size == 0


def test_time_goes_on_after_the_wall_clock_was_set_back(tmp_path: Path) -> None:
    class Stepped(ManualClock):
        step_ms = 0

        def wall_ms(self) -> int:
            return super().wall_ms() + self.step_ms

    clock = Stepped()
    with Store.open(tmp_path / "board.db", clock=clock) as store:
        before = store.write(lambda tx: tx.now_ms)
        clock.step_ms = -24 * 3600 * 1000
        clock.advance(minutes=5)
        assert store.write(lambda tx: tx.now_ms) == before + 5 * 60_000


def test_time_goes_on_for_processes_that_each_live_for_a_moment(tmp_path: Path) -> None:
    """As of the command line, after a clock that was ahead by a day was put right."""

    def moment(wall_ms: int, *, change: bool = False) -> int:
        with Store.open(tmp_path / "board.db", clock=ManualClock(wall_ms)) as store:
            if change:
                put(store, f"at{wall_ms}")
            now_ms = store.read(lambda tx: tx.now_ms)
            assert store.write(lambda tx: tx.now_ms) == now_ms
            return now_ms

    day_ms, true_ms = 24 * 3_600_000, 1_800_000_000_000
    ahead_ms = moment(true_ms + day_ms, change=True)
    assert ahead_ms == true_ms + day_ms
    assert moment(true_ms) == ahead_ms
    assert moment(true_ms + 60_000) == ahead_ms + 60_000
    assert moment(true_ms + 120_000, change=True) == ahead_ms + 120_000
    assert moment(true_ms + 121_500, change=True) == ahead_ms + 121_500
    assert moment(true_ms - 5_000) == ahead_ms + 121_500, "set back again"
    assert moment(true_ms + 5_000) == ahead_ms + 131_500
    caught_up_ms = true_ms + 2 * day_ms
    assert moment(caught_up_ms, change=True) == caught_up_ms
    assert moment(caught_up_ms - day_ms) == caught_up_ms
    assert moment(caught_up_ms - day_ms + 7_000) == caught_up_ms + 7_000


def test_the_time_is_stored_beside_a_change_and_no_oftener_than_its_step(tmp_path: Path) -> None:
    clock = ManualClock()
    with Store.open(tmp_path / "board.db", clock=clock) as store:
        put(store, "a")
        first = get(store, "now_ms")
        clock.advance(seconds=0.5)
        put(store, "b")
        assert get(store, "now_ms") == first
        clock.advance(seconds=5)
        tick = store.feed.tick
        now_ms = store.write(lambda tx: tx.now_ms)
        assert (store.feed.tick, get(store, "now_ms")) == (tick, first)
        put(store, "c")
        assert get(store, "now_ms") == str(now_ms)


@pytest.mark.parametrize(("contended", "least", "most"), [(False, 20, 20), (True, 2, 5)])
def test_a_batch_is_short_when_others_wait_for_the_ticket(
    store: Store, monkeypatch: pytest.MonkeyPatch, contended: bool, least: int, most: int
) -> None:
    """Operations that take 1 ms each: 20 ms for a process that is alone, else 2 to 5 ms."""
    put(store, "counter")
    clock = ManualClock(0)
    monkeypatch.setattr("headwater.store.batch.monotonic", clock.monotonic_s)
    batches: list[int] = []

    def operation(tx: Tx) -> None:
        clock.advance(seconds=0.001)
        batches.append(store.feed._tick)
        tx.run(ADD, name="counter")

    descriptor = os.open(store.path.with_name("board.db.lock"), os.O_RDWR)
    assert store._writer.pause(5)
    if contended:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    with ThreadPoolExecutor(40) as pool:
        futures = [pool.submit(store.write, operation) for _ in range(40)]
        while store._writer._queue.qsize() < 39:
            pass
        store._writer.resume()
        if contended:
            wait_until_blocked(descriptor)
        os.close(descriptor)
        for future in futures:
            future.result()
    assert least <= batches.count(batches[0]) <= most


@pytest.mark.parametrize("crowded", [False, True])
def test_a_large_transaction_is_copied_into_the_file_in_a_hold_of_its_own(
    store: Store, monkeypatch: pytest.MonkeyPatch, crowded: bool
) -> None:
    """By whichever thread writes; and SQLite's own checkpoints go on afterwards."""
    usual = store._connection.get().execute("PRAGMA wal_autocheckpoint").fetchone()[0]
    sizes = [store.path.stat().st_size]
    release = store._ticket.release

    def released() -> None:
        sizes.append(store.path.stat().st_size)
        release()

    monkeypatch.setattr(store._ticket, "release", released)
    rows = [{"name": f"row-{at}", "value": "x" * 5_000} for at in range(2 * usual)]
    if crowded:
        store._writer._met_s = math.inf
    store.write(lambda tx: tx.many(SET, rows))
    assert store._writer.pause(5)  # the thread has done what comes after the answer
    before, committed, copied = sizes
    assert committed == before
    assert copied > before + 1_000_000
    assert store._connection.get().execute("PRAGMA wal_autocheckpoint").fetchone()[0] == usual
    store._writer.resume()


def test_a_caller_is_answered_before_a_checkpoint_that_has_to_wait(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WAL_TRUNCATE_BYTES", 0)
    monkeypatch.setattr("headwater.store.writer.WAL_LOOK_S", 0.0)
    store._writer._met_s = math.inf
    descriptor = os.open(store.path.with_name("board.db.lock"), os.O_RDWR | os.O_CREAT)
    monkeypatch.setattr(store._writer, "_committed", lambda: fcntl.flock(descriptor, fcntl.LOCK_EX))
    with ThreadPoolExecutor(1) as pool:
        try:
            writing = pool.submit(store.write, lambda tx: tx.count(SET, name="a", value="1"))
            assert writing.result(PATIENCE_S) == 1
        finally:
            os.close(descriptor)


def wait_until_blocked(descriptor: int) -> None:
    """Wait until somebody stands in the queue for the lock that `descriptor` holds."""
    inode = f":{os.fstat(descriptor).st_ino} "
    if not Path("/proc/locks").exists():
        pytest.skip("needs /proc/locks")
    while not any(
        "-> FLOCK" in line and inode in line
        for line in Path("/proc/locks").read_text().splitlines()
    ):
        pass


@pytest.mark.parametrize("rows", [1, 1500])
def test_garbage_is_collected_when_the_ticket_is_free_again(store: Store, rows: int) -> None:
    collected: list[bool] = []

    def look(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            hold = Ticket(store.path).take(wait=False)
            collected.append(hold is None)
            if hold is not None:
                with hold:
                    pass

    def write(tx: Tx) -> list[list[int]]:
        for at in range(rows):
            tx.run(SET, name=f"key-{at}", value="value")
        return [[at] for at in range(5000)]

    gc.callbacks.append(look)
    try:
        kept = store.write(write)
    finally:
        gc.callbacks.remove(look)
    assert len(kept) == 5000
    assert collected  # it was due
    assert not any(collected)


def test_a_program_that_collects_no_garbage_by_itself_is_left_so(store: Store) -> None:
    gc.disable()
    try:
        put(store, "a")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_backup_beside_a_write_does_not_let_its_lock_go(tmp_path: Path) -> None:
    path = tmp_path / "board.db"
    other = Ticket(path)
    with Store.open(path, busy_s=0.1) as store:

        def operation(tx: Tx) -> bool:
            tx.run(SET, name="a", value="1")
            store.backup(
                tmp_path / "copy.db"
            )  # of what was committed before, and waits for nothing
            return other.take(wait=False) is not None

        assert not store.write(operation)
    other.close()
