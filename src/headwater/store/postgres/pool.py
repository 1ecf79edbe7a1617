"""Connections, lent to one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from time import monotonic

from psycopg.pq import TransactionStatus

from headwater.errors import StoreBusy
from headwater.store.engine import closed
from headwater.store.postgres.connection import Connection, connect
from headwater.store.postgres.settings import Settings


class Pool:
    """At most `pool_size` connections, opened when they are needed and then kept."""

    def __init__(self, settings: Settings, wait_s: float) -> None:
        self._settings = settings
        self._wait_s = wait_s
        self._closed = False
        self._abandoned: list[Connection] = []
        self._make()

    def _make(self) -> None:
        self._idle: list[Connection] = []
        self._lent = 0
        self._changed = threading.Condition()

    @contextmanager
    def connection(self, *, fresh: bool = False) -> Generator[Connection]:
        """A connection for one transaction. One that is given back broken or busy is closed.

        `fresh`: none that has been idle; the server may have closed those.
        Raises StoreBusy when none comes free in time, StoreUnavailable.
        """
        connection = self._lend(fresh=fresh)
        try:
            yield connection
        finally:
            self._give_back(connection)

    def _lend(self, *, fresh: bool) -> Connection:
        until_s = monotonic() + self._wait_s
        with self._changed:
            while not self._closed and self._lent >= self._settings.pool_size:
                if not self._changed.wait(until_s - monotonic()):
                    raise StoreBusy(
                        f"all {self._lent} connections to {self._settings.shown} are in use",
                        next="repeat the call; if it goes on, raise pool_size in the URL",
                    )
            if self._closed:
                raise closed()
            self._lent += 1
            if self._idle and not fresh:
                return self._idle.pop()
            stale, self._idle = self._idle, []
        for connection in stale:
            connection.close()
        try:
            return connect(self._settings, lock_s=self._wait_s)
        except BaseException:
            self._count_down()
            raise

    def _give_back(self, connection: Connection) -> None:
        usable = connection.pgconn.transaction_status == TransactionStatus.IDLE
        with self._changed:
            kept = usable and not self._closed
            if kept:
                self._idle.append(connection)
        if not kept:
            connection.close()
        self._count_down()

    def _count_down(self) -> None:
        with self._changed:
            self._lent -= 1
            self._changed.notify_all()

    def close(self, timeout_s: float) -> None:
        """Lend no more, wait for what is lent, close what is not."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._lent, timeout_s)
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def after_fork(self) -> None:
        """In the child: the connections are the parent's. They are kept unused, not closed."""
        self._abandoned += self._idle
        self._make()
