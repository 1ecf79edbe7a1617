"""The end of a store: what is under way is finished, and nothing stays behind."""

from __future__ import annotations

import math
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from store_workers import ADD, get, put

from headwater.errors import StoreError
from headwater.store.engine import driver
from headwater.store.store import Store
from headwater.store.ticket import Ticket
from headwater.store.transaction import Tx
from patience import PATIENCE_S


class Held:
    """An operation that goes on when it is told to, and then adds to the counter."""

    def __init__(self) -> None:
        self.running = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, tx: Tx) -> None:
        self.running.set()
        assert self.go_on.wait(PATIENCE_S)
        tx.run(ADD, name="counter")


def log_of(store: Store) -> Path:
    """It is there as long as a connection is open."""
    return store.path.with_name(store.path.name + "-wal")


@pytest.mark.parametrize("thread", [False, True])
def test_closing_waits_for_a_caller_that_runs_its_own_operation(
    store: Store, monkeypatch: pytest.MonkeyPatch, thread: bool
) -> None:
    """Whether or not the writer's thread has been started before."""
    with monkeypatch.context() as patch:
        if thread:
            patch.setattr(store._writer, "_met_s", math.inf)  # as if callers had met just now
        put(store, "counter")
    operation = Held()
    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(store.write, operation)
        assert operation.running.wait(PATIENCE_S)
        closing = pool.submit(store.close)
        with pytest.raises(TimeoutError):
            closing.result(0.05)
        operation.go_on.set()
        closing.result(PATIENCE_S)
        writing.result(PATIENCE_S)
    assert not log_of(store).exists()
    with Store.open(store.path) as again:
        assert get(again, "counter") == "1"


def test_closing_finishes_what_is_queued(store: Store) -> None:
    put(store, "counter")
    running = threading.Event()

    def slow(tx: Tx) -> None:
        running.set()
        tx.run(ADD, name="counter")

    with ThreadPoolExecutor(9) as pool:
        futures = [pool.submit(store.write, slow) for _ in range(8)]
        assert running.wait(PATIENCE_S)
        while store._writer._queue.qsize() and not all(f.done() for f in futures):
            pass
        store.close()
        done = [f for f in futures if f.exception() is None]
    with Store.open(store.path) as again:
        assert get(again, "counter") == str(len(done))
    assert done


def test_a_batch_that_is_running_when_the_store_is_closed_is_the_last(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "counter")
    operation = Held()
    monkeypatch.setattr("headwater.store.batch.HOLD_ALONE_S", math.inf)
    monkeypatch.setattr(store._writer, "_met_s", math.inf)
    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(store.write, operation)
        assert operation.running.wait(PATIENCE_S)
        closing = pool.submit(store.close)
        while store._writer._queue.empty():  # the sign to stop, which the batch comes upon
            pass
        operation.go_on.set()
        writing.result(PATIENCE_S)
        closing.result(PATIENCE_S)
    assert not log_of(store).exists()


@pytest.mark.parametrize("thread", [False, True])
def test_what_outlives_the_patience_of_a_close_is_not_disturbed(
    tmp_path: Path, thread: bool
) -> None:
    store = Store.open(tmp_path / "board.db", busy_s=0.05)
    put(store, "counter")
    operation = Held()
    if thread:
        store._writer._met_s = math.inf
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(store.write, operation)
        assert operation.running.wait(PATIENCE_S)
        store.close()
        operation.go_on.set()
        writing.result(PATIENCE_S)
    store.close()
    with Store.open(store.path) as again:
        assert get(again, "counter") == "1"


def test_a_store_is_closed_under_the_ticket_or_after_its_patience_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(tmp_path / "board.db", busy_s=0.05)
    put(store, "a")
    other = Ticket(store.path)
    hold = other.take(wait=False)
    assert hold
    with hold:
        store.close()
        assert log_of(store).exists()
    close_idle = store._readers.close_idle

    def closing() -> None:
        assert other.take(wait=False) is None
        close_idle()

    monkeypatch.setattr(store._readers, "close_idle", closing)
    store.close()
    assert not log_of(store).exists()
    other.close()


def test_closing_ends_the_thread_of_the_feed(store: Store) -> None:
    leave = store.feed.subscribe(lambda: None)
    assert "headwater-feed" in {thread.name for thread in threading.enumerate()}
    store.close()
    assert "headwater-feed" not in {thread.name for thread in threading.enumerate()}
    leave()


def test_a_write_to_a_closed_store_starts_no_thread(store: Store) -> None:
    store.close()
    with pytest.raises(StoreError, match="closed"):
        put(store, "late")
    assert "headwater-writer" not in {thread.name for thread in threading.enumerate()}


def test_a_read_that_found_no_connection_does_not_keep_a_store_from_closing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "a")
    store._readers.close_idle()

    def refuse(*_: object, **__: object) -> sqlite3.Connection:
        raise driver().error("no more files")

    with monkeypatch.context() as patch:
        patch.setattr("headwater.store.readers.connect", refuse)
        with pytest.raises(driver().error):
            get(store, "a")
    store.close()
    assert not log_of(store).exists()
