"""The change feed: nobody who waits misses a change, and nobody polls for nothing."""

from __future__ import annotations

import os
import threading
from time import monotonic

import pytest
from store_workers import Worker, add, add_when_told, get, put

from headwater.store.engine import LIBRARY_VARIABLE
from headwater.store.store import Store
from patience import PATIENCE_S


@pytest.fixture
def location(anywhere: str) -> str:
    return anywhere


@pytest.fixture
def library() -> str:
    return os.environ.get(LIBRARY_VARIABLE, "")


def heard_so_far(store: Store) -> int:
    """The tick, when the feed listens: on PostgreSQL it begins with the first wait, as a change."""
    if hasattr(store.feed, "hint"):
        assert store.feed.wait(store.feed.tick, PATIENCE_S)
    return store.feed.tick


def test_waiting_ends_at_a_commit_of_this_process(store: Store) -> None:
    put(store, "a")
    tick = store.feed.tick
    thread = threading.Thread(target=add, args=(store, "a"))
    thread.start()
    assert store.feed.wait(tick, PATIENCE_S) > tick
    thread.join()


def test_waiting_ends_without_a_change_when_its_time_is_over(store: Store) -> None:
    tick = heard_so_far(store)
    before = monotonic()
    assert store.feed.wait(tick, 0.05) == tick
    assert monotonic() - before >= 0.05


def test_a_read_changes_no_tick_and_neither_does_an_empty_write(store: Store) -> None:
    put(store, "a")
    tick = heard_so_far(store)
    get(store, "a")
    store.write(lambda tx: None)
    assert store.feed.wait(tick, 0.05) == tick


def test_a_commit_between_reading_the_tick_and_waiting_is_not_lost(
    store: Store, location: str, library: str
) -> None:
    put(store, "a")
    other = Worker(add_when_told, library, location, "a")
    assert other.result() == "here"
    for _ in range(100):
        tick = store.feed.tick
        other.pipe.send("add")
        assert other.result() == "done"
        # Committed before the wait begins: it must end at once, by no later change.
        assert store.feed.wait(tick, PATIENCE_S) > tick
    other.pipe.send("stop")
    other.end()


def test_a_commit_racing_with_the_wait_is_not_lost(
    store: Store, location: str, library: str
) -> None:
    put(store, "a")
    other = Worker(add_when_told, library, location, "a")
    assert other.result() == "here"
    for seen in range(300):
        tick = store.feed.tick
        other.pipe.send("add")
        while int(get(store, "a") or 0) == seen:
            assert store.feed.wait(tick, PATIENCE_S) > tick, "a wake-up was lost"
            tick = store.feed.tick
        assert other.result() == "done"
    other.pipe.send("stop")
    other.end()


def test_threads_racing_with_commits_of_this_process_lose_none(store: Store) -> None:
    put(store, "a")
    rounds = 300
    failed: list[int] = []

    def follow() -> None:
        seen = 0
        while seen < rounds:
            tick = store.feed.tick
            now = int(get(store, "a") or 0)
            if now == seen and store.feed.wait(tick, PATIENCE_S) == tick:
                failed.append(seen)
                return
            seen = now

    followers = [threading.Thread(target=follow) for _ in range(4)]
    for thread in followers:
        thread.start()
    for _ in range(rounds):
        add(store, "a")
    for thread in followers:
        thread.join()
    assert failed == []


def test_a_subscriber_is_called_for_changes_here_and_elsewhere_until_it_leaves(
    store: Store, location: str, library: str
) -> None:
    put(store, "a")
    called = threading.Semaphore(0)
    unsubscribe = store.feed.subscribe(called.release)
    add(store, "a")
    assert called.acquire(timeout=PATIENCE_S)
    other = Worker(add_when_told, library, location, "a")
    assert other.result() == "here"
    while called.acquire(blocking=False):
        pass
    other.pipe.send("add")
    assert called.acquire(timeout=PATIENCE_S)
    unsubscribe()
    other.pipe.send("add")
    assert other.result() == "done"
    other.pipe.send("stop")
    other.end()


def test_a_subscriber_that_fails_does_not_silence_the_others(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    put(store, "a")
    called = threading.Event()

    def fail() -> None:
        raise KeyError

    leave = [store.feed.subscribe(fail), store.feed.subscribe(called.set)]
    add(store, "a")
    assert called.wait(PATIENCE_S)
    assert "subscriber" in caplog.text
    for unsubscribe in leave:
        unsubscribe()


def test_a_subscriber_is_called_for_nothing_that_was_before_it_and_for_nothing_after_it(
    store: Store,
) -> None:
    called: list[str] = []
    put(store, "a")
    tick = heard_so_far(store)
    leave = store.feed.subscribe(lambda: called.append("before"))
    assert store.feed.wait(tick, 0.05) == tick
    leave()
    stay = store.feed.subscribe(lambda: called.append("after"))
    add(store, "a")
    while "after" not in called:
        assert store.feed.wait(store.feed.tick, 0.01)
    assert "before" not in called
    stay()


def test_a_subscriber_that_comes_between_a_change_and_its_calls_takes_none_away(
    store: Store,
) -> None:
    put(store, "a")
    heard_so_far(store)
    called = threading.Event()
    leave = [store.feed.subscribe(called.set)]
    with store.feed._changed:  # the feed's thread has to wait
        called.clear()
        add(store, "a")
        leave.append(store.feed.subscribe(lambda: None))
        assert not called.is_set()
    assert called.wait(PATIENCE_S)
    for unsubscribe in leave:
        unsubscribe()


def test_nobody_polls_while_nobody_waits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = "_data_version"
    if not hasattr(store.feed, asks):
        asks = "_look"
        monkeypatch.setattr("headwater.store.postgres.feed.POLL_S", 0.005)
    put(store, "a")
    resting = threading.Event()
    rest = store.feed._wanted.wait

    def wanted(timeout: float | None = None) -> bool:
        if timeout is None or timeout > 1:
            resting.set()
        return rest(timeout)

    monkeypatch.setattr(store.feed._wanted, "wait", wanted)
    polls: list[int] = []
    real = getattr(store.feed, asks)
    monkeypatch.setattr(store.feed, asks, lambda: polls.append(1) or real())
    store.feed.wait(store.feed.tick, 0.02)
    assert resting.wait(PATIENCE_S)
    with store.feed._changed:  # free only when the thread does rest
        at_rest = len(polls)
    threading.Event().wait(0.05)
    assert len(polls) == at_rest
    tick = store.feed.tick
    at_rest = len(polls)
    while len(polls) == at_rest:
        store.feed.wait(tick, 0.02)


def test_closing_ends_every_wait(location: str) -> None:
    store = Store.open(location)
    waiter = threading.Thread(target=store.feed.wait, args=(store.feed.tick, 60))
    waiter.start()
    while not store.feed._waiting:
        pass
    store.close()
    waiter.join(PATIENCE_S)
    assert not waiter.is_alive()
