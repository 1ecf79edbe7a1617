"""The one connection of this process that writes, and the log that its commits go to."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

from headwater.errors import StoreError
from headwater.store.engine import Driver, connect
from headwater.store.filesystem import Presence
from headwater.store.flush import LogFlush

log = logging.getLogger(__name__)

BEGIN_RETRY_S: Final = 1.0


class WriteConnection:
    """Opened at first use. Whoever uses it has the writer's turn; for a checkpoint, and to close
    it, the ticket too."""

    def __init__(self, driver: Driver, path: Path, presence: Presence) -> None:
        self._driver = driver
        self._path = path
        self._presence = presence
        self._open: sqlite3.Connection | None = None
        self.log = LogFlush(path)
        self.owes_checkpoint = False
        """A large transaction left its checkpoint to `copy_log`, in a hold of its own."""

    def get(self) -> sqlite3.Connection:
        if self._open is None:
            connection = connect(self._driver, self._path, busy_s=BEGIN_RETRY_S)
            # A commit writes to the log; `log` flushes it before a caller is answered.
            connection.execute("PRAGMA synchronous=NORMAL").close()
            self._open = connection
        return self._open

    def checked(self) -> sqlite3.Connection:
        """The same for a transaction: what it writes will be found, and its flush can be believed.

        Raises StoreError. The caller holds the ticket.
        """
        self._presence.check()
        connection = self.get()
        if self.log.failed:
            self._mend(connection)
        if self.log.is_gone:
            self._leave_removed_log(connection)
        return connection

    def _mend(self, connection: sqlite3.Connection) -> None:
        """After a failed flush the log on the disk may have a hole. So all of it is copied into the
        file, which is flushed, and the log begins anew. Raises StoreError while that fails."""
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0]
        if busy:  # somebody still reads what was before
            raise self.log.refusal()
        self.log.mended()

    def _leave_removed_log(self, connection: sqlite3.Connection) -> NoReturn:
        """Copy into the file what the log held that somebody removed, and write no more to it."""
        saved = False
        if not self.log.has_follower:  # whose pages would meet older ones
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0]
            saved = not busy
        raise StoreError(
            f"the log of {self._path} was removed while it was in use; nothing of this call was "
            f"stored, and what was before is {'' if saved else 'not yet '}in the file",
            next="restart this window, and each other one that uses this store"
            if saved
            else "repeat the call; if it goes on, end all programs that use this store, and look "
            "at it with headwater doctor",
        )

    @contextmanager
    def flushing(self) -> Generator[sqlite3.Connection]:
        """The connection, for changes outside of batches: each commit is flushed by itself."""
        connection = self.get()
        connection.execute("PRAGMA synchronous=FULL").close()
        yield connection
        connection.execute("PRAGMA synchronous=NORMAL").close()

    def copy_log(self) -> None:
        """The checkpoint that a large transaction left undone, as far as readers let it."""
        self.owes_checkpoint = False
        self.get().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def shorten_log(self) -> None:
        """Copy the log into the file and truncate it, unless a reader is in the way."""
        connection = self._open
        if connection is None:
            return
        try:
            # Readers in the way: do not wait for them, a later batch looks again.
            connection.execute("PRAGMA busy_timeout=0").close()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except self._driver.error as error:
            log.warning("the WAL of %s could not be truncated: %s", self._path, error)
        finally:
            connection.execute(f"PRAGMA busy_timeout={BEGIN_RETRY_S * 1000:.0f}").close()

    def close(self) -> None:
        """Close it. What was committed is flushed before: the log may be deleted."""
        if self._open is not None:
            self.log.close()
            self._open.close()
            self._open = None
