"""The change feed on PostgreSQL: NOTIFY as a hint, and a poll for what a hint did not tell.

Every commit is followed by a NOTIFY of its own, outside of the transaction: inside, it would hold a
lock of the whole database until the commit is on disk. So a hint may be lost, when its sender dies
or a connection breaks; the poll finds such changes by the boards' revisions.
"""

from __future__ import annotations

import logging
import os
import secrets
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
POLL_S: Final = 1.0
RECONNECT_S: Final = 0.5
IDLE_S: Final = 60.0
_LISTEN: Final = f"LISTEN {CHANNEL}".encode()
_REVISIONS: Final = b"SELECT count(*), coalesce(sum(revision), 0)::bigint FROM board"

log = logging.getLogger(__name__)


class PostgresFeed(ChangeFeed):
    """A connection that listens from the first wait on, and a thread while somebody waits.

    Only the thread uses the connection: whoever waits or subscribes may be a loop, which must not
    stand still while the server does not answer. That it has begun to listen counts as a change:
    nobody knows what came before.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._connection: Connection | None = None
        self._connect_at_s = 0.0
        self._revisions: tuple[int, int] | None = None
        self._abandoned: list[Connection] = []
        self._make_bell()

    def _make_bell(self) -> None:
        self._name = f"{os.getpid()}.{secrets.token_hex(6)}"
        self._bell, self._ringer = socket.socketpair()  # wakes the thread from its wait
        self._bell.settimeout(0)
        self._ringer.settimeout(0)

    @property
    def hint(self) -> bytes:
        """The statement that tells others of a commit, and this feed not to listen to itself."""
        return f"NOTIFY {CHANNEL}, '{self._name}'".encode()

    def _wake_thread(self) -> None:
        self._wanted.notify()
        with suppress(OSError):  # full: it is ringing already
            self._ringer.send(b"!")

    def committed(self) -> None:
        with self._changed:
            self._raise_tick()

    def _poll(self) -> None:
        """Nothing: only the feed's thread may wait for the server."""

    def _raise_tick(self) -> None:
        self._tick += 1
        self._changed.notify_all()
        if self._callbacks:
            self._wake_thread()

    def _serve(self) -> None:
        look_at_s = 0.0
        while True:
            with self._changed:
                if self._closed:
                    break
                if not self._waiting and not self._callbacks:
                    if not self._wanted.wait(None if self._connection is None else IDLE_S):
                        self._hang_up()  # the server would keep for it what nobody reads
                    look_at_s = 0.0
                    continue
            changed = self._has_begun_to_listen() or self._heard()
            now_s = monotonic()
            if now_s >= look_at_s:
                changed |= self._look()
                look_at_s = now_s + (POLL_S if self._connection is not None else RECONNECT_S)
            if changed:
                with self._changed:
                    self._raise_tick()
            for callback in self._untold():
                self._call(callback)
            if not changed:
                self._rest(look_at_s - monotonic())
        self._hang_up()

    def _untold(self) -> list[Callable[[], None]]:
        with self._changed:
            if self._told == self._tick:
                return []
            self._told = self._tick
            return list(self._callbacks.values())

    def _has_begun_to_listen(self) -> bool:
        """Open a connection if there is none and one can be had; True if that is so."""
        if self._connection is not None or monotonic() < self._connect_at_s:
            return False
        self._connect_at_s = monotonic() + RECONNECT_S
        try:
            self._connection = connect(self._settings, lock_s=self._settings.connect_timeout)
            self._connection.execute(_LISTEN)
        except psycopg.errors.ReadOnlySqlTransaction:
            log.debug("%s is a standby, which hears nothing: polls only", self._settings.shown)
        except (psycopg.Error, HeadwaterError) as error:
            log.debug("the change feed of %s: %s", self._settings.shown, error)
            self._hang_up()
            return False
        return True

    def _look(self) -> bool:
        """Whether the boards' revisions are others than at the last look, if there was one."""
        if self._connection is None:
            return False
        try:
            found = self._connection.execute(_REVISIONS).fetchall()[0]
        except psycopg.Error as error:
            log.debug("the change feed of %s: %s", self._settings.shown, error)
            self._hang_up()
            return False
        before, self._revisions = self._revisions, (int(found[0]), int(found[1]))
        return before is not None and before != self._revisions

    def _heard(self) -> bool:
        """Whether another store has sent a hint meanwhile. Does not wait."""
        connection = self._connection
        if connection is None:
            return False
        try:
            senders = [notice.payload for notice in connection.notifies(timeout=0)]
        except psycopg.Error:
            self._hang_up()
            return False
        return any(sender != self._name for sender in senders)

    def _rest(self, most_s: float) -> None:
        """Wait for the server to say something, or for the bell."""
        watched = select.poll()  # `select.select` knows no descriptor above 1023
        try:
            for source in (self._bell, self._connection):
                if source is not None:
                    watched.register(source, select.POLLIN)
            watched.poll(max(0.0, most_s) * 1000)
        except (OSError, ValueError, psycopg.Error):  # the connection is gone
            self._hang_up()
        self._silence()

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
        thread = self._thread
        super().stop()
        if thread is None or not thread.is_alive():  # else it hangs up itself
            with self._changed:
                self._hang_up()
        self._close_bell()

    def _close_bell(self) -> None:
        self._bell.close()
        self._ringer.close()
