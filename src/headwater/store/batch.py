"""One transaction for the operations of several callers.

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
from pathlib import Path
from time import monotonic
from typing import Final

from headwater.errors import HeadwaterError, StoreBusy, StoreError
from headwater.store.connection import WriteConnection
from headwater.store.engine import Driver, translate
from headwater.store.job import Batch, Job
from headwater.store.schema import outgrown
from headwater.store.storetime import SAVE_STEP_MS, SEEN, StoreTime
from headwater.store.transaction import SqliteTx

log = logging.getLogger(__name__)

HOLD_ALONE_S: Final = 0.020
HOLD_LEAST_S: Final = 0.002
HOLD_MOST_S: Final = 0.005
LARGE_CHANGES: Final = 1000
"""From so many changed rows on, a transaction is not followed by a checkpoint inside COMMIT."""

_STATE = f"SELECT (SELECT version_num FROM alembic_version), {SEEN}"  # noqa: S608
_SAVE_NOW = "UPDATE meta SET value = ? WHERE name = 'now_ms'"
_SAVE_MARK = "INSERT OR REPLACE INTO meta (name, value) VALUES ('wall_ms', ?)"


class Batches:
    """Runs batches, one at a time: the caller holds the ticket, and no other thread is here."""

    def __init__(
        self, driver: Driver, path: Path, connection: WriteConnection, time: StoreTime, version: str
    ) -> None:
        self._driver = driver
        self._path = path
        self._connection = connection
        self._time = time
        self._version = version
        self._commit_s = 0.001
        self.runner = 0
        """The thread that runs operations now."""

    def run(self, batch: Batch, *, contended: bool) -> None:
        """Carry out `batch` in one transaction, which is over afterwards, well or badly.

        Where nothing has begun, SQLite's lock was busy.
        """
        connection = self._connection.checked()
        cursor = connection.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except self._driver.error as error:
            if isinstance(self._typed(error), StoreBusy):
                return
            raise
        changes = connection.total_changes
        try:
            stored = self._state(cursor)
            self.runner = threading.get_ident()
            now_ms = self._operations(batch, cursor, stored, contended=contended)
            if not connection.in_transaction:
                return  # the only operation has failed
            changed = connection.total_changes != changes
            self._save_time(cursor, now_ms, *stored, changed=changed)
            if connection.total_changes - changes >= LARGE_CHANGES:
                self._commit_large(batch, cursor)
            else:
                self._commit(batch, cursor)
            batch.changed = changed
        finally:
            self.runner = 0
            cursor.close()  # an error may carry it to another thread
            if connection.in_transaction:
                self._roll_back(connection)

    def _state(self, cursor: sqlite3.Cursor) -> tuple[int, int]:
        """The newest time that is stored, in ms, and its mark. Raises StoreMismatch for a changed
        schema."""
        version, stored_ms, marked_ms = cursor.execute(_STATE).fetchall()[0]
        if version != self._version:
            raise outgrown(self._path, version)
        return int(stored_ms or 0), int(marked_ms or 0)

    def _operations(
        self, batch: Batch, cursor: sqlite3.Cursor, stored: tuple[int, int], *, contended: bool
    ) -> int:
        """Run them until the hold is over; the time of the last one."""
        hold_s = HOLD_ALONE_S
        if contended:
            hold_s = min(max(4 * self._commit_s, HOLD_LEAST_S), HOLD_MOST_S)
        until_s = monotonic() + hold_s
        now_ms = 0
        job: Job | None = batch.first
        while job is not None:
            if batch.take(job):
                now_ms = self._time.after(*stored)
                if not self._operation(job, cursor, now_ms, alone=len(batch.jobs) == 1):
                    break
            if len(batch.jobs) >= batch.most or monotonic() >= until_s:
                break
            job = batch.more()
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

    def _commit(self, batch: Batch, cursor: sqlite3.Cursor) -> None:
        begun_s = monotonic()
        cursor.execute("COMMIT")
        self._commit_s += (monotonic() - begun_s - self._commit_s) / 8
        batch.committed(self._connection.log.ended())

    def _commit_large(self, batch: Batch, cursor: sqlite3.Cursor) -> None:
        """Copying many pages from the log into the file, which SQLite would do within COMMIT, takes
        tens of milliseconds: that need not prolong a hold that is long already."""
        usual = cursor.execute("PRAGMA wal_autocheckpoint").fetchall()[0][0]
        cursor.execute("PRAGMA wal_autocheckpoint=0").fetchall()
        try:
            self._commit(batch, cursor)
            self._connection.owes_checkpoint = True
        finally:
            cursor.execute(f"PRAGMA wal_autocheckpoint={usual}").fetchall()

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        try:
            connection.execute("ROLLBACK").close()
        except self._driver.error:
            log.exception("rolling back failed; the connection to %s is opened anew", self._path)
            self._connection.close()

    def fail(self, batch: Batch, error: BaseException) -> None:
        """Nothing of it was stored: tell everyone who has no error of his own."""
        if isinstance(error, _RolledBack) and error.__cause__ is not None:
            error = error.__cause__
        if not batch.jobs:
            batch.take(batch.first)
        for job in batch.jobs:
            if job.error is None:
                job.error = self._typed(error) or error

    def _typed(self, error: BaseException) -> HeadwaterError | None:
        if isinstance(error, self._driver.error):
            return translate(error, self._path)
        return None


class _RolledBack(Exception):
    """SQLite rolled the whole transaction back within an operation; the cause tells why."""
