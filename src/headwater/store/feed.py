"""The change feed: tells those who wait that something was committed, here or in another process.

A commit of this process is reported by its writer. How another process's is noticed is the
database's affair: `SqliteFeed` here, `PostgresFeed` in `postgres/feed.py`.

No wake-up is lost: whoever waits has read `tick` before it looked at the store, and a commit that
it could not see there raises the tick afterwards.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Final

from headwater import limits
from headwater.store.engine import Driver, connect

IDLE_AFTER_S: Final = 2.0

log = logging.getLogger(__name__)


class ChangeFeed(ABC):
    """Counts changes and wakes those who wait for the next one."""

    def __init__(self) -> None:
        self._make_conditions()
        self._tick: int = 0
        self._told: int = 0
        self._waiting = 0
        self._callbacks: dict[object, Callable[[], None]] = {}
        self._thread: threading.Thread | None = None
        self._closed = False

    def _make_conditions(self) -> None:
        lock = threading.RLock()
        self._changed = threading.Condition(lock)  # for those who wait
        self._wanted = threading.Condition(lock)  # for the feed's thread

    @abstractmethod
    def _serve(self) -> None:
        """The feed's thread: notices changes while anybody waits or has subscribed."""

    @abstractmethod
    def _poll(self) -> None:
        """Count what was committed meanwhile, if that is cheap; the caller holds the lock."""

    @abstractmethod
    def committed(self) -> None:
        """The writer has committed."""

    def _wake_thread(self) -> None:
        """Let the feed's thread look around; the caller holds the lock."""
        self._wanted.notify()

    @property
    def tick(self) -> int:
        """Rises with every change. Read it before you look at the store, then `wait` with it."""
        with self._changed:
            self._poll()
            return self._tick

    def wait(self, seen: int, timeout_s: float) -> int:
        """Wait until the tick is past `seen`, at most `timeout_s`; the tick then."""
        with self._changed:
            self._waiting += 1
            try:
                self._listen()
                self._changed.wait_for(lambda: self._tick > seen or self._closed, timeout_s)
                return self._tick
            finally:
                self._waiting -= 1

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` on the feed's thread after every change; returns how to stop that."""
        key = object()
        with self._changed:
            self._poll()
            self._told = self._tick if not self._callbacks else self._told
            self._callbacks[key] = callback
            self._listen()

        def unsubscribe() -> None:
            with self._changed:
                self._callbacks.pop(key, None)

        return unsubscribe

    def _listen(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._serve, name="headwater-feed", daemon=True)
            self._thread.start()
        self._wake_thread()

    def _call(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception:
            # The thread serves all subscribers: one that fails must not silence the others.
            log.exception("a subscriber of the change feed failed")

    def stop(self) -> None:
        """Wake everybody up and end the thread."""
        with self._changed:
            self._closed = True
            thread, self._thread = self._thread, None
            self._changed.notify_all()
            self._wake_thread()
        if thread is not None and thread is not threading.current_thread():
            thread.join(1.0)

    def pause(self) -> None:
        """Keep the feed's thread out until `resume`, so that nothing is opened meanwhile."""
        self._changed.acquire()

    def resume(self) -> None:
        self._changed.release()

    def after_fork(self, *, usable: bool) -> None:
        """In the child: whoever waited or subscribed is in the parent."""
        self._make_conditions()
        self._thread = None
        self._waiting = 0
        self._callbacks.clear()
        self._closed = self._closed or not usable


class SqliteFeed(ChangeFeed):
    """Another process's commit is seen by polling `PRAGMA data_version`, only while somebody waits.

    A commit that a waiter could not see is still different from the last `data_version` that was
    counted, because that number is never refreshed without raising the tick.
    """

    def __init__(self, driver: Driver, path: Path) -> None:
        super().__init__()
        self._driver = driver
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._version = -1

    def committed(self) -> None:
        """The writer has committed."""
        with self._changed:
            self._tick += 1
            if self._waiting or self._callbacks:
                # Count our own commit now, or the next poll would report it again.
                self._version = self._data_version()
                self._changed.notify_all()
                self._wanted.notify()

    def _serve(self) -> None:
        last_change_s = monotonic()
        while True:
            with self._changed:
                if self._closed:
                    return
                if not self._waiting and not self._callbacks:
                    self._wanted.wait()
                    last_change_s = monotonic()
                    continue
                self._poll()
                callbacks: list[Callable[[], None]] = []
                if self._told != self._tick:
                    self._told = self._tick
                    last_change_s = monotonic()
                    callbacks = list(self._callbacks.values())
                else:
                    idle = monotonic() - last_change_s > IDLE_AFTER_S
                    poll_ms = limits.FEED_IDLE_POLL_MS if idle else limits.FEED_POLL_MS
                    self._wanted.wait(poll_ms / 1000)
            for callback in callbacks:
                self._call(callback)

    def _poll(self) -> None:
        """Look whether anybody committed; the caller holds the lock."""
        version = self._data_version()
        if version != self._version:
            self._version = version
            self._tick += 1
            self._changed.notify_all()

    def _data_version(self) -> int:
        if self._closed:
            return self._version
        try:
            if self._connection is None:
                self._connection = connect(self._driver, self._path, busy_s=0, query_only=True)
                # A new connection counts from anew: what it reports first is a change to look at.
                self._version = -1
            return int(self._connection.execute("PRAGMA data_version").fetchall()[0][0])
        except self._driver.error:
            return self._version  # busy for the moment: the next poll sees it

    def close_connection(self) -> None:
        """Close the connection; the caller holds the ticket."""
        with self._changed:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
