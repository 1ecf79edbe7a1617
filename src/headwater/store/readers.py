"""Read connections: a snapshot per query, beside the writer and never waiting for it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from headwater.store.engine import Driver, closed, connect, translate
from headwater.store.filesystem import Presence
from headwater.store.storetime import StoreTime
from headwater.store.transaction import SqliteTx, Tx

T = TypeVar("T")


class Readers:
    """Connections that are lent to one thread for one query; as many as ever read at once."""

    def __init__(
        self, driver: Driver, path: Path, presence: Presence, time: StoreTime, busy_s: float
    ) -> None:
        self._driver = driver
        self._path = path
        self._presence = presence
        self._time = time
        self._busy_s = busy_s
        self._idle: list[sqlite3.Connection] = []
        self._lent = 0
        self._stopped = False
        self._closed = False
        self._changed = threading.Condition()

    def read(self, query: Callable[[Tx], T]) -> T:
        """Run `query` on a snapshot. Raises StoreError when the file cannot be read."""
        self._presence.check()
        try:
            connection = self._lend()
            try:
                return self._snapshot(connection, query)
            finally:
                self._give_back(connection)
        except self._driver.error as error:
            typed = translate(error, self._path)
            if typed is None:
                raise
            raise typed from error

    def whole(self, use: Callable[[sqlite3.Connection], T]) -> T:
        """Run what takes its own snapshot and writes elsewhere, outside of any transaction. Errors
        are SQLite's own: they may be about the other file."""
        self._presence.check()
        connection = self._lend()
        try:
            connection.execute("PRAGMA query_only=OFF").close()
            try:
                return use(connection)
            finally:
                connection.execute("PRAGMA query_only=ON").close()
        finally:
            self._give_back(connection)

    def _snapshot(self, connection: sqlite3.Connection, query: Callable[[Tx], T]) -> T:
        cursor = connection.cursor()
        tx = SqliteTx(cursor, self._time)
        cursor.execute("BEGIN")
        try:
            return query(tx)
        finally:
            tx.end()
            # A snapshot left open would keep the WAL growing.
            if connection.in_transaction:
                cursor.execute("ROLLBACK")
            cursor.close()  # an error may carry it to another thread

    def _lend(self) -> sqlite3.Connection:
        with self._changed:
            # Stopped for a fork, it goes on at once; closed, it does not.
            self._changed.wait_for(lambda: self._closed or not self._stopped)
            if self._closed:
                raise closed()
            self._lent += 1
            if self._idle:
                return self._idle.pop()
        try:
            return connect(self._driver, self._path, busy_s=self._busy_s, query_only=True)
        except BaseException:
            self._count_down()
            raise

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._changed:
            self._idle.append(connection)
        self._count_down()

    def _count_down(self) -> None:
        with self._changed:
            self._lent -= 1
            if not self._lent:
                self._changed.notify_all()

    def stop(self, timeout_s: float) -> bool:
        """Lend no more and wait until nothing is lent. False if a query is still running then."""
        with self._changed:
            self._stopped = True
            return self._changed.wait_for(lambda: not self._lent, timeout_s)

    def resume(self) -> None:
        """Lend again."""
        with self._changed:
            self._stopped = False
            self._changed.notify_all()

    def close(self) -> None:
        """Stop for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def close_idle(self) -> None:
        """Close the connections that are not in use; the caller holds the ticket."""
        with self._changed:
            while self._idle:
                self._idle.pop().close()

    def after_fork(self) -> None:
        """In the child: nobody of the other threads is here."""
        self._changed = threading.Condition()
        self._stopped = False
        self._lent = 0
