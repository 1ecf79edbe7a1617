"""The one write path: operations in batches, one transaction per batch, one batch at a time.

The life of a batch, and what is held meanwhile (`Writer._carry_out`):

    the turn, which one thread of this process has
        the ticket, which one process has (`ticket.py`)
            BEGIN IMMEDIATE on the one connection that writes (`batch.py`, `connection.py`)
            claim an operation and run it, then what else is queued (`job.py`)
            COMMIT; after an error ROLLBACK, and the error is everybody's
        the ticket is free: collect garbage if that is due, give the operations back
            each caller waits until the log is on the disk (`flush.py`), then has its answer
        tell the change feed, and make checkpoints that are due, under the ticket again

A thread does this for all callers. While there is only one caller at a time it does it itself, in
its own thread: a change of threads and back costs as much as a small operation.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Final, TypeVar

from headwater import limits
from headwater.errors import StoreError
from headwater.store.batch import Batches
from headwater.store.connection import WriteConnection
from headwater.store.engine import busy, closed
from headwater.store.job import Batch, Job, NoGarbageCollection
from headwater.store.ticket import Hold, Ticket
from headwater.store.transaction import Tx

T = TypeVar("T")
log = logging.getLogger(__name__)

WAL_LOOK_S: Final = 1.0
CROWDED_S: Final = 0.050
"""After two callers have met, batches are worth more than a saved change of threads: so long."""


class Writer:
    """Runs operations for all threads of this process."""

    def __init__(
        self,
        path: Path,
        ticket: Ticket,
        connection: WriteConnection,
        batches: Batches,
        *,
        busy_s: float,
        committed: Callable[[], None],
    ) -> None:
        self._path = path
        self._ticket = ticket
        self._connection = connection
        self._batches = batches
        self._busy_s = busy_s
        self._committed = committed
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._turn = threading.Lock()  # held during a batch and what follows it
        self._met_s = 0.0  # when two callers met
        self._paused = False
        self._looked_s = 0.0

    def submit(self, operation: Callable[[Tx], T]) -> T:
        """Run `operation` and return when what it wrote, and what it read, is durable.

        Raises what the operation raised; StoreBusy if it could not begin in time.
        """
        if threading.get_ident() == self._batches.runner:
            raise RuntimeError("an operation must not write through the store it runs in")
        begun_s = monotonic()
        job = Job(operation)
        if not self._run_here(job, begun_s, patient=True):
            self._hand_over(job, self._busy_s - (monotonic() - begun_s))
        return self._answer(job)

    def at_once(self, operation: Callable[[Tx], T]) -> T | None:
        """`submit`, if nobody else writes and the disk is quick. None: it has not begun."""
        if not self._connection.log.quick:
            return None
        job = Job(operation)
        return self._answer(job) if self._run_here(job, monotonic(), patient=False) else None

    def _answer(self, job: Job) -> Any:
        """What became of a job that was given back, once that is on the disk."""
        self._connection.log.reach(job.transaction)
        if job.error is not None:
            raise job.error
        return job.result

    def _run_here(self, job: Job, now_s: float, *, patient: bool) -> bool:
        """Run it in this thread if nobody else writes. False: it has not begun.

        `patient`: what is to be done after it may wait for another process.
        """
        if now_s - self._met_s < CROWDED_S:
            return False
        if not self._turn.acquire(blocking=False):
            self._met_s = now_s
            return False
        try:
            if self._closed:
                return False
            batch = Batch(job, self._next, 1)
            self._carry_out(batch, wait=False, patient=patient)
        finally:
            self._turn.release()
        return bool(batch.jobs)

    def _hand_over(self, job: Job, patience_s: float) -> None:
        if self._thread is None:
            self._start()
        self._queue.put(job)
        if self._closed and job.claim():
            raise closed()
        self._await(job, patience_s)

    def _await(self, job: Job, patience_s: float) -> None:
        try:
            if job.done.acquire(timeout=max(0, patience_s)):
                return
        except BaseException:
            # Ctrl-C: nobody waits for the outcome any more, so it had better not begin.
            job.claim()
            raise
        if job.claim():
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
            with self._turn:
                # Begun as often as it takes, while its first caller still waits.
                while not job.is_claimed:
                    batch = Batch(job, self._next, limits.BATCH_OPERATIONS)
                    self._carry_out(batch, wait=True, patient=True)

    def _next(self) -> Job | None:
        try:
            job = self._queue.get_nowait()
        except Empty:
            return None
        if job is None:
            self._queue.put(None)  # the sign to stop: for the main loop, after this batch
        return job

    def _carry_out(self, batch: Batch, *, wait: bool, patient: bool) -> None:
        """The life of a batch; the caller has the turn. Nothing of it has begun afterwards if
        another process has the ticket, and `wait` is False, or another program SQLite's lock."""
        try:
            hold = self._take_ticket(wait=wait)
            if hold is None:
                return
            with NoGarbageCollection(), hold:
                self._batches.run(batch, contended=hold.contended)
        except BaseException as error:  # noqa: BLE001
            # Whatever it is, the callers must hear of it, and the writer's thread live on.
            self._batches.fail(batch, error)
        batch.give_back()
        if batch.changed:
            self._after_commit(patient=patient)

    def _take_ticket(self, *, wait: bool) -> Hold | None:
        try:
            return self._ticket.take(wait=wait)
        except OSError as error:
            raise StoreError(
                f"the write ticket beside {self._path} cannot be taken: {error.strerror}",
                next="check the disk and the permissions of the folder, then repeat the call",
            ) from error

    def _after_commit(self, *, patient: bool) -> None:
        """The caller holds `_turn`: the connection and the ticket are one thread's at a time."""
        try:
            self._committed()
            if self._connection.owes_checkpoint:
                self._copy_log(patient=patient)
            self._shorten_wal(patient=patient)
        except Exception:
            # The commit stands and its callers are answered: the thread must live on.
            log.exception("after a commit to %s", self._path)

    def _copy_log(self, *, patient: bool) -> None:
        """The checkpoint after a large transaction, in a hold of its own. The log is flushed first,
        which it has to be anyway: meanwhile those who wait get the ticket."""
        self._connection.log.reach_last()
        self._hold_again(self._connection.copy_log, patient=patient)

    def _shorten_wal(self, *, patient: bool) -> None:
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
        self._hold_again(self._connection.shorten_log, patient=patient)

    def _hold_again(self, work: Callable[[], None], *, patient: bool) -> None:
        """Do under the ticket what a later commit can do as well, if somebody else has it now."""
        hold = self._take_ticket(wait=patient)
        if hold is not None:
            with NoGarbageCollection(), hold:
                work()

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
        if not self._turn.acquire(timeout=timeout_s):
            return False
        self._turn.release()
        return True

    def pause(self, timeout_s: float) -> bool:
        """Wait for the end of the batch and begin no other. False if that takes too long."""
        self._paused = self._turn.acquire(timeout=timeout_s)
        return self._paused

    def resume(self) -> None:
        """Go on after `pause`, whether it succeeded or not."""
        if self._paused:
            self._paused = False
            self._turn.release()

    def after_fork(self) -> None:
        """In the child: the thread stayed behind; begin with an empty queue."""
        self._queue = SimpleQueue()
        self._thread = None
        self._starting = threading.Lock()
        self._turn = threading.Lock()
