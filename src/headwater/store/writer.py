"""The one write path: operations in batches, one transaction per batch, one batch at a time.

    wait for an operation
    take the ticket, BEGIN IMMEDIATE, check the schema version
    run it and what else is queued, each within its own savepoint
    COMMIT (one fsync for all), release the ticket, answer the callers

A thread does this for all callers. While there is only one caller at a time it does it itself, in
its own thread: a change of threads and back costs as much as a small operation.

An operation that fails is rolled back alone. If SQLite has rolled back everything by itself (a
full disk, an I/O error) the whole batch fails and the next one starts afresh.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Final, TypeVar

from headwater import limits
from headwater.errors import HeadwaterError, StoreBusy, StoreError
from headwater.store.engine import Driver, busy, closed, connect, translate
from headwater.store.filesystem import Presence
from headwater.store.job import Job, no_garbage_collection
from headwater.store.schema import outgrown
from headwater.store.storetime import SAVE_STEP_MS, StoreTime
from headwater.store.ticket import Ticket
from headwater.store.transaction import SqliteTx, Tx

T = TypeVar("T")
log = logging.getLogger(__name__)

HOLD_ALONE_S: Final = 0.020
HOLD_LEAST_S: Final = 0.002
HOLD_MOST_S: Final = 0.005
BEGIN_RETRY_S: Final = 1.0
WAL_LOOK_S: Final = 1.0
CROWDED_S: Final = 0.050
"""After two callers have met, batches are worth more than a saved change of threads: so long."""

_STATE = (
    "SELECT (SELECT version_num FROM alembic_version), "
    "(SELECT value FROM meta WHERE name = 'now_ms')"
)
_SAVE_NOW = "UPDATE meta SET value = ? WHERE name = 'now_ms'"


class Writer:
    """Runs operations for all threads of this process."""

    def __init__(
        self,
        driver: Driver,
        path: Path,
        presence: Presence,
        ticket: Ticket,
        time: StoreTime,
        *,
        version: str,
        busy_s: float,
        committed: Callable[[], None],
    ) -> None:
        self._driver = driver
        self._path = path
        self._presence = presence
        self._ticket = ticket
        self._time = time
        self._version = version
        self._busy_s = busy_s
        self._committed = committed
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._between = threading.Lock()  # held during a batch
        self._runner = 0  # the thread that runs operations now
        self._met_s = 0.0  # when two callers met
        self._paused = False
        self._connection: sqlite3.Connection | None = None
        self._commit_s = 0.001
        self._looked_s = 0.0

    def submit(self, operation: Callable[[Tx], T]) -> T:
        """Run `operation` and return when what it wrote is durable.

        Raises what the operation raised; StoreBusy if it could not begin in time.
        """
        if threading.get_ident() == self._runner:
            raise RuntimeError("an operation must not write through the store it runs in")
        begun_s = monotonic()
        job = Job(operation)
        if not self._run_here(job, begun_s):
            self._hand_over(job, self._busy_s - (monotonic() - begun_s))
        if job.error is not None:
            raise job.error
        return job.result

    def _run_here(self, job: Job, now_s: float) -> bool:
        """Run it in this thread if nobody else writes. False: it has not begun."""
        if now_s - self._met_s < CROWDED_S:
            return False
        if not self._between.acquire(blocking=False):
            self._met_s = now_s
            return False
        jobs: list[Job] = []
        changed = False
        try:
            if self._closed or not self._try_ticket():
                return False
            try:
                changed = self._transaction(job, jobs, contended=False, single=True)
            except BaseException as error:  # noqa: BLE001
                # As in the writer's thread: the caller is to hear of it, whatever it is.
                self._fail(job, jobs, error)
            finally:
                self._ticket.release()
        finally:
            self._between.release()
        if changed:
            self._after_commit()
        return bool(jobs)

    def _try_ticket(self) -> bool:
        try:
            return self._ticket.try_take()
        except OSError:
            return False  # the writer's thread meets the same error, and says it

    def _hand_over(self, job: Job, patience_s: float) -> None:
        if self._thread is None:
            self._start()
        self._queue.put(job)
        if self._closed and job.claimed.acquire(blocking=False):
            raise closed()
        self._await(job, patience_s)

    def _await(self, job: Job, patience_s: float) -> None:
        try:
            if job.done.acquire(timeout=max(0, patience_s)):
                return
        except BaseException:
            # Ctrl-C: nobody waits for the outcome any more, so it had better not begin.
            job.claimed.acquire(blocking=False)
            raise
        if job.claimed.acquire(blocking=False):
            raise busy(self._path)
        job.done.acquire()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(
                    target=self._serve, name="headwater-writer", daemon=True
                )
                self._thread.start()

    def _serve(self) -> None:
        while (job := self._queue.get()) is not None:
            with self._between:
                self._write(job)

    def _write(self, first: Job) -> None:
        """One batch, begun as often as it takes while its first caller still waits."""
        jobs: list[Job] = []
        changed = False
        while not jobs and not first.claimed.locked():
            try:
                contended = self._take_ticket()
                try:
                    changed = self._transaction(first, jobs, contended=contended)
                finally:
                    self._ticket.release()
            except BaseException as error:  # noqa: BLE001
                # The thread's outermost frame: whatever it is, the callers must hear of it.
                self._fail(first, jobs, error)
        for job in jobs:
            job.done.release()
        if changed:
            self._after_commit()

    def _after_commit(self) -> None:
        try:
            self._committed()
            self._shorten_wal()
        except Exception:
            # The commit stands and its callers are answered: the thread must live on.
            log.exception("after a commit to %s", self._path)

    def _take_ticket(self) -> bool:
        try:
            return self._ticket.take()
        except OSError as error:
            raise StoreError(
                f"the write ticket beside {self._path} cannot be taken: {error.strerror}",
                next="check the disk and the permissions of the folder, then repeat the call",
            ) from error

    def _transaction(
        self, first: Job, jobs: list[Job], *, contended: bool, single: bool = False
    ) -> bool:
        """BEGIN to COMMIT; whether anything changed. No `jobs` afterwards: the lock was busy."""
        self._presence.check()
        connection = self.connection()
        cursor = connection.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except self._driver.error as error:
            if isinstance(self._typed(error), StoreBusy):
                return False
            raise
        changes = connection.total_changes
        try:
            version, stored_ms = cursor.execute(_STATE).fetchall()[0]
            if version != self._version:
                raise outgrown(self._path, version)
            stored_ms = int(stored_ms or 0)
            self._runner = threading.get_ident()
            most = 1 if single else limits.BATCH_OPERATIONS
            with no_garbage_collection():
                now_ms = self._batch(first, jobs, connection, cursor, stored_ms, contended, most)
            if not connection.in_transaction:
                return False
            changed = connection.total_changes != changes
            if changed and now_ms - stored_ms >= SAVE_STEP_MS:
                cursor.execute(_SAVE_NOW, (str(now_ms),))
            begun_s = monotonic()
            cursor.execute("COMMIT")
            self._commit_s += (monotonic() - begun_s - self._commit_s) / 8
        finally:
            self._runner = 0
            if connection.in_transaction:
                self._roll_back(connection)
        return changed

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        try:
            connection.execute("ROLLBACK").close()
        except self._driver.error:
            log.exception("rolling back failed; the connection to %s is opened anew", self._path)
            self.close_connection()

    def _batch(
        self,
        first: Job,
        jobs: list[Job],
        connection: sqlite3.Connection,
        cursor: sqlite3.Cursor,
        stored_ms: int,
        contended: bool,
        most: int,
    ) -> int:
        """Run `first` and what is queued until the hold is over; the time of the last one."""
        hold_s = HOLD_ALONE_S
        if contended:
            hold_s = min(max(4 * self._commit_s, HOLD_LEAST_S), HOLD_MOST_S)
        until_s = monotonic() + hold_s
        now_ms = 0
        job: Job | None = first
        while job is not None:
            if job.claimed.acquire(blocking=False):
                jobs.append(job)
                now_ms = self._time.after(stored_ms)
                if not self._run(job, connection, cursor, now_ms, alone=len(jobs) == 1):
                    break
            if len(jobs) >= most or monotonic() >= until_s:
                break
            job = self._next()
        return now_ms

    def _next(self) -> Job | None:
        try:
            job = self._queue.get_nowait()
        except Empty:
            return None
        if job is None:
            self._queue.put(None)  # the sign to stop: for the main loop, after this batch
        return job

    def _run(
        self,
        job: Job,
        connection: sqlite3.Connection,
        cursor: sqlite3.Cursor,
        now_ms: int,
        *,
        alone: bool,
    ) -> bool:
        """Run one operation; False if the transaction is over because of it.

        The first of a batch needs no savepoint: rolling back the transaction undoes the same.
        """
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

    def _fail(self, first: Job, jobs: list[Job], error: BaseException) -> None:
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
            self._connection = connect(self._driver, self._path, busy_s=BEGIN_RETRY_S)
        return self._connection

    def _set_patience(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA busy_timeout={BEGIN_RETRY_S * 1000:.0f}").close()

    def _shorten_wal(self) -> None:
        """Truncate the WAL when a reader that held it back has let it grow."""
        now_s = monotonic()
        if now_s - self._looked_s < WAL_LOOK_S:
            return
        self._looked_s = now_s
        wal = self._path.with_name(self._path.name + "-wal")
        try:
            if wal.stat().st_size <= limits.WAL_TRUNCATE_BYTES:
                return
        except FileNotFoundError:
            return
        connection = self._connection
        if connection is None:
            return
        self._ticket.take()
        try:
            # Readers in the way: do not wait for them, a later batch looks again.
            connection.execute("PRAGMA busy_timeout=0").close()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except self._driver.error as error:
            log.warning("the WAL of %s could not be truncated: %s", self._path, error)
        finally:
            self._set_patience(connection)
            self._ticket.release()

    def stop(self, timeout_s: float) -> bool:
        """Take no more, finish what is queued. False if that could not be done in time."""
        self._closed = True
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is None:
            return self._rests(timeout_s)
        self._queue.put(None)
        thread.join(timeout_s)
        return not thread.is_alive() and self._rests(timeout_s)

    def _rests(self, timeout_s: float) -> bool:
        """Wait for a caller that runs its own operation."""
        if not self._between.acquire(timeout=timeout_s):
            return False
        self._between.release()
        return True

    def close_connection(self) -> None:
        """Close the connection; the caller holds the ticket and the writer rests."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def pause(self, timeout_s: float) -> bool:
        """Wait for the end of the batch and begin no other. False if that takes too long."""
        self._paused = self._between.acquire(timeout=timeout_s)
        return self._paused

    def resume(self) -> None:
        """Go on after `pause`, whether it succeeded or not."""
        if self._paused:
            self._paused = False
            self._between.release()

    def after_fork(self) -> None:
        """In the child: the thread stayed behind; begin with an empty queue."""
        self._queue = SimpleQueue()
        self._thread = None
        self._starting = threading.Lock()
        self._between = threading.Lock()
        self._runner = 0
        self._paused = False


class _RolledBack(Exception):
    """SQLite rolled the whole transaction back within an operation; the cause tells why."""
