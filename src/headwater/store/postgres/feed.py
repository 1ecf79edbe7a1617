"""The change feed on PostgreSQL: NOTIFY as a hint, and a poll for what a hint did not tell.

Every commit is followed by a NOTIFY of its own, outside of the transaction: inside, it would hold a
lock of the whole database until the commit is on disk. So a hint may be lost, when its sender dies
or a connection breaks; the poll finds such changes by the boards' revisions.
"""

from __future__ import annotations

import logging
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Final

import psycopg

from headwater.errors import HeadwaterError
from headwater.store.feed import ChangeFeed
from headwater.store.postgres.connection import Connection, connect
from headwater.store.postgres.settings import Settings

CHANNEL: Final = "headwater"
HINT: Final = f"NOTIFY {CHANNEL}".encode()
POLL_S: Final = 1.0
RECONNECT_S: Final = 0.5
_LISTEN: Final = f"LISTEN {CHANNEL}".encode()
_REVISIONS: Final = b"SELECT count(*), coalesce(sum(revision), 0)::bigint FROM board"

log = logging.getLogger(__name__)


class PostgresFeed(ChangeFeed):
    """A thread with a connection of its own, while somebody waits or has subscribed."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._connection: Connection | None = None
        self._revisions: tuple[int, int] | None = None
        self._abandoned: list[Connection] = []
        self._make_bell()

    def _make_bell(self) -> None:
        """A socket that wakes the thread from its wait for the server."""
        self._bell, self._ringer = socket.socketpair()
        self._bell.settimeout(0)
        self._ringer.settimeout(0)

    def _wake_thread(self) -> None:
        self._wanted.notify()
        with suppress(OSError):  # full: it is ringing already
            self._ringer.send(b"!")

    def committed(self) -> None:
        with self._changed:
            self._raise_tick()

    def _poll(self) -> None:
        """The server tells by itself; nothing is asked under the lock."""

    def _raise_tick(self) -> None:
        self._tick += 1
        self._changed.notify_all()
        if self._callbacks:
            self._wake_thread()

    def _serve(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    break
                if not self._waiting and not self._callbacks:
                    self._wanted.wait()
                    continue
            if self._look():
                with self._changed:
                    self._raise_tick()
            for callback in self._untold():
                self._call(callback)
            self._rest()
        self._hang_up()

    def _untold(self) -> list[Callable[[], None]]:
        with self._changed:
            if self._told == self._tick:
                return []
            self._told = self._tick
            return list(self._callbacks.values())

    def _look(self) -> bool:
        """Whether anything was committed since the last look. A new connection may have missed
        something, so its first look is a change."""
        try:
            if self._connection is None:
                self._connection = connect(self._settings, lock_s=self._settings.connect_timeout)
                self._connection.execute(_LISTEN)
                self._revisions = None
            found = self._connection.execute(_REVISIONS).fetchall()[0]
        except (psycopg.Error, HeadwaterError) as error:
            log.debug("the change feed of %s: %s", self._settings.shown, error)
            self._hang_up()
            return False
        before, self._revisions = self._revisions, (int(found[0]), int(found[1]))
        return before != self._revisions

    def _rest(self) -> None:
        """Wait for a hint, the bell, or the time of the next poll."""
        connection = self._connection
        until_s = monotonic() + (RECONNECT_S if connection is None else POLL_S)
        watched = [self._bell] if connection is None else [self._bell, connection]
        while (left_s := until_s - monotonic()) > 0:
            try:
                ready, _, _ = select.select(watched, [], [], left_s)
            except (OSError, ValueError, psycopg.Error):  # the connection is gone
                self._hang_up()
                return
            if connection in ready and self._hinted(connection):
                return
            if self._bell in ready:
                self._silence()
                return

    def _hinted(self, connection: Connection) -> bool:
        """Take what the server sent; whether it is a hint (or the end of the connection)."""
        try:
            return any(True for _ in connection.notifies(timeout=0))
        except psycopg.Error:
            self._hang_up()
            return True

    def _silence(self) -> None:
        with suppress(OSError):
            while self._bell.recv(4096):
                pass

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def after_fork(self, *, usable: bool) -> None:
        """In the child: the connection is the parent's. It is kept unused, not closed."""
        if self._connection is not None:
            self._abandoned.append(self._connection)
            self._connection = None
        super().after_fork(usable=usable)
        self._close_bell()
        self._make_bell()

    def stop(self) -> None:
        super().stop()
        self._close_bell()

    def _close_bell(self) -> None:
        self._bell.close()
        self._ringer.close()
