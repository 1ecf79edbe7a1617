"""One transaction for the operations of several callers, on the one connection that writes.

    BEGIN IMMEDIATE, check the schema version
    run the first operation and what else is queued, each within its own savepoint
    COMMIT

An operation that fails is rolled back alone. If SQLite has rolled back everything by itself (a
full disk, an I/O error) the whole batch fails and the next one starts afresh.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Final, NoReturn

from headwater.errors import HeadwaterError, StoreBusy, StoreError
from headwater.store.engine import Driver, connect, translate
from headwater.store.filesystem import Presence
from headwater.store.flush import LogFlush
from headwater.store.job import Job, no_garbage_collection
from headwater.store.schema import outgrown
from headwater.store.storetime import SAVE_STEP_MS, SEEN, StoreTime
from headwater.store.transaction import SqliteTx

log = logging.getLogger(__name__)

HOLD_ALONE_S: Final = 0.020
HOLD_LEAST_S: Final = 0.002
HOLD_MOST_S: Final = 0.005
BEGIN_RETRY_S: Final = 1.0
LARGE_CHANGES: Final = 1000
"""From so many changed rows on, a transaction is not followed by a checkpoint inside COMMIT."""

_STATE = f"SELECT (SELECT version_num FROM alembic_version), {SEEN}"  # noqa: S608
_SAVE_NOW = "UPDATE meta SET value = ? WHERE name = 'now_ms'"
_SAVE_MARK = "INSERT OR REPLACE INTO meta (name, value) VALUES ('wall_ms', ?)"


class Batches:
    """Runs batches, one at a time: the caller holds the ticket, and no other thread is here."""

    def __init__(
        self, driver: Driver, path: Path, presence: Presence, time: StoreTime, version: str
    ) -> None:
        self._driver = driver
        self._path = path
        self._presence = presence
        self._time = time
        self._version = version
        self._connection: sqlite3.Connection | None = None
        self._commit_s = 0.001
        self.log = LogFlush(path)
        self.runner = 0
        """The thread that runs operations now."""
        self.was_large = False
        """The last transaction left a checkpoint to be done by `copy_log`, after its hold."""

    def run(
        self,
        first: Job,
        jobs: list[Job],
        more: Callable[[], Job | None],
        *,
        most: int,
        contended: bool,
    ) -> bool:
        """Run `first`, then up to `most` in all of what `more` gives, and append them to `jobs`.

        True if anything changed. No `jobs` afterwards: the lock was busy.
        """
        self._presence.check()
        connection = self.connection()
        if self.log.failed:
            self._mend(connection)
        if self.log.is_gone:
            self._leave_removed_log(connection)
        cursor = connection.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except self._driver.error as error:
            if isinstance(self._typed(error), StoreBusy):
                return False
            raise
        changes = connection.total_changes
        try:
            stored = self._state(cursor)
            self.runner = threading.get_ident()
            with no_garbage_collection():
                now_ms = self._operations(first, jobs, more, cursor, stored, most, contended)
            if not connection.in_transaction:
                return False
            changed = connection.total_changes != changes
            self._save_time(cursor, now_ms, *stored, changed=changed)
            if connection.total_changes - changes >= LARGE_CHANGES:
                self._commit_large(cursor, jobs)
            else:
                self._commit(cursor, jobs)
        finally:
            self.runner = 0
            cursor.close()  # an error may carry it to another thread
            if connection.in_transaction:
                self._roll_back(connection)
        return changed

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

    def _state(self, cursor: sqlite3.Cursor) -> tuple[int, int]:
        """The newest time that is stored, in ms, and its mark. Raises StoreMismatch for a changed
        schema."""
        version, stored_ms, marked_ms = cursor.execute(_STATE).fetchall()[0]
        if version != self._version:
            raise outgrown(self._path, version)
        return int(stored_ms or 0), int(marked_ms or 0)

    def _save_time(
        self, cursor: sqlite3.Cursor, now_ms: int, stored_ms: int, marked_ms: int, *, changed: bool
    ) -> None:
        """Now and then; and at once if nobody has noticed yet that the wall clock was set back."""
        mark_ms = self._time.mark(now_ms)
        unnoticed = mark_ms and not 0 < marked_ms <= mark_ms
        if unnoticed or (changed and now_ms - stored_ms >= SAVE_STEP_MS):
            cursor.execute(_SAVE_NOW, (str(now_ms),))
            if mark_ms or marked_ms:
                cursor.execute(_SAVE_MARK, (str(mark_ms),))

    def _commit(self, cursor: sqlite3.Cursor, jobs: list[Job]) -> None:
        begun_s = monotonic()
        cursor.execute("COMMIT")
        self._commit_s += (monotonic() - begun_s - self._commit_s) / 8
        number = self.log.ended()
        for job in jobs:
            job.transaction = number

    def _commit_large(self, cursor: sqlite3.Cursor, jobs: list[Job]) -> None:
        """Copying many pages from the log into the file, which SQLite would do within COMMIT, takes
        tens of milliseconds: that need not prolong a hold that is long already."""
        usual = cursor.execute("PRAGMA wal_autocheckpoint").fetchall()[0][0]
        cursor.execute("PRAGMA wal_autocheckpoint=0").fetchall()
        try:
            self._commit(cursor, jobs)
            self.was_large = True
        finally:
            cursor.execute(f"PRAGMA wal_autocheckpoint={usual}").fetchall()

    def copy_log(self) -> None:
        """The checkpoint that a large transaction left undone, as far as readers let it. The caller
        holds the ticket."""
        self.was_large = False
        self.connection().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        try:
            connection.execute("ROLLBACK").close()
        except self._driver.error:
            log.exception("rolling back failed; the connection to %s is opened anew", self._path)
            self.close()

    def _operations(
        self,
        first: Job,
        jobs: list[Job],
        more: Callable[[], Job | None],
        cursor: sqlite3.Cursor,
        stored: tuple[int, int],
        most: int,
        contended: bool,
    ) -> int:
        """Run them until the hold is over; the time of the last one."""
        hold_s = HOLD_ALONE_S
        if contended:
            hold_s = min(max(4 * self._commit_s, HOLD_LEAST_S), HOLD_MOST_S)
        until_s = monotonic() + hold_s
        now_ms = 0
        job: Job | None = first
        while job is not None:
            if job.claimed.acquire(blocking=False):
                jobs.append(job)
                now_ms = self._time.after(*stored)
                if not self._operation(job, cursor, now_ms, alone=len(jobs) == 1):
                    break
            if len(jobs) >= most or monotonic() >= until_s:
                break
            job = more()
        return now_ms

    def _operation(self, job: Job, cursor: sqlite3.Cursor, now_ms: int, *, alone: bool) -> bool:
        """Run one operation; False if the transaction is over because of it.

        The first of a batch needs no savepoint: rolling back the transaction undoes the same.
        """
        connection = cursor.connection
        tx = SqliteTx(cursor, self._time, now_ms)
        try:
            if not alone:
                cursor.execute("SAVEPOINT operation")
            job.result = job.operation(tx)
            if not connection.in_transaction:
                raise StoreError("the operation went on after its transaction had failed")
            if not alone:
                cursor.execute("RELEASE operation")
        except BaseException as error:
            # The caller's thread is to get whatever its operation raised.
            job.error = self._typed(error) or error
            if not connection.in_transaction:
                raise _RolledBack from error
            if isinstance(error, HeadwaterError) and error.keeps_changes:
                if not alone:
                    cursor.execute("RELEASE operation")
            elif alone:
                cursor.execute("ROLLBACK")
                return False
            else:
                cursor.execute("ROLLBACK TO operation")
                cursor.execute("RELEASE operation")
        finally:
            tx.end()
        return True

    def fail(self, first: Job, jobs: list[Job], error: BaseException) -> None:
        """Nothing of this batch was stored: tell everyone who has no error of his own."""
        if isinstance(error, _RolledBack) and error.__cause__ is not None:
            error = error.__cause__
        if not jobs and first.claimed.acquire(blocking=False):
            jobs.append(first)
        for job in jobs:
            if job.error is None:
                job.error = self._typed(error) or error

    def _typed(self, error: BaseException) -> HeadwaterError | None:
        if isinstance(error, self._driver.error):
            return translate(error, self._path)
        return None

    def connection(self) -> sqlite3.Connection:
        """The one connection that writes; opened at first use."""
        if self._connection is None:
            connection = connect(self._driver, self._path, busy_s=BEGIN_RETRY_S)
            # A commit writes to the log; `log` flushes it before a caller is answered.
            connection.execute("PRAGMA synchronous=NORMAL").close()
            self._connection = connection
        return self._connection

    @contextmanager
    def flushing(self) -> Generator[sqlite3.Connection]:
        """The connection, for changes outside of batches: each commit is flushed by itself."""
        connection = self.connection()
        connection.execute("PRAGMA synchronous=FULL").close()
        yield connection
        connection.execute("PRAGMA synchronous=NORMAL").close()

    def shorten_wal(self) -> None:
        """Copy the WAL into the file and truncate it, unless a reader is in the way."""
        connection = self._connection
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
        """Close the connection. What was committed is flushed before: the log may be deleted."""
        if self._connection is not None:
            self.log.close()
            self._connection.close()
            self._connection = None

    def after_fork(self) -> None:
        """In the child: whoever ran a batch or flushed stayed behind."""
        self.runner = 0
        self.log.after_fork()


class _RolledBack(Exception):
    """SQLite rolled the whole transaction back within an operation; the cause tells why."""
