"""A claimed task inside an `async with` block: on anyio, so under asyncio and trio alike."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

import anyio
import anyio.lowlevel
import anyio.to_thread

from headwater.operations.waiting import Pause, pause_after
from headwater.verbs.base import Outcome
from headwater.verbs.sessions import Notice
from headwater.verbs.work import Briefing, CheckReply, ClaimRequest, Finished, Lost, Nothing
from headwater.worker.cancellation import Cancellation
from headwater.worker.job import Delivery, Job, Options, claim, join, leave

if TYPE_CHECKING:
    from headwater.board import Board

R = TypeVar("R")


class AsyncCancellation:
    """`Cancellation` for the tasks of one event loop."""

    def __init__(self, cancelled: Cancellation, soon: Callable[..., Any]) -> None:
        self._cancelled = cancelled
        self._soon = soon
        self._event = anyio.Event()
        cancelled.add_callback(lambda _lost: self._in_loop(self._event.set))

    @property
    def lost(self) -> Lost | None:
        """Why, by whom and with what reason; None while the lease is good."""
        return self._cancelled.lost

    def is_set(self) -> bool:
        return self._cancelled.is_set()

    async def wait(self) -> None:
        """Wait until the lease is taken away."""
        await self._event.wait()

    def add_callback(self, callback: Callable[[Lost], None]) -> None:
        """Call it with the reason, in the event loop: a cancel scope may be cancelled there."""
        self._cancelled.add_callback(lambda lost: self._in_loop(partial(callback, lost)))

    def raise_if_cancelled(self) -> None:
        """Raises:
        StaleLease: the lease is over.
        """
        self._cancelled.raise_if_cancelled()

    def _in_loop(self, call: Callable[[], None]) -> None:
        """From whatever thread; nothing if the loop has ended since."""
        try:
            self._soon(call)
        except RuntimeError:
            return


class AsyncJob:
    """What was claimed, or why nothing was. Calls to the store run in worker threads."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.briefing: Briefing = job.briefing
        self.cancelled = AsyncCancellation(job.cancelled, _soon())

    @property
    def none(self) -> Nothing | None:
        """Why there is no task; None if there is one."""
        return self._job.none

    @property
    def lease(self) -> str:
        """The lease; empty if there is no task."""
        return self._job.lease

    @property
    def ended(self) -> Finished | None:
        """The reply that ended the job."""
        return self._job.ended

    @property
    def notices(self) -> list[Notice]:
        """What came with the task, then what renewals in the background were told."""
        return self._job.notices

    def raise_if_cancelled(self) -> None:
        """Raises:
        StaleLease: the lease was taken away.
        """
        self._job.raise_if_cancelled()

    def deliver(self, **delivery: Unpack[Delivery]) -> None:
        """Set what the end of the block shall finish with; later values replace earlier ones."""
        self._job.deliver(**delivery)

    async def note(self, text: str = "", progress: float = -1) -> CheckReply:
        """Leave a note for a successor, and learn the news."""
        return await _in_thread(lambda: self._job.note(text, progress))

    async def finish(self, outcome: Outcome = "done", **delivery: Unpack[Delivery]) -> Finished:
        """End the job now; raises as `Job.finish` does."""
        return await _in_thread(lambda: self._job.finish(outcome, **delivery))

    async def fail(self, reason: str) -> Finished:
        """End the attempt as failed, now."""
        return await _in_thread(lambda: self._job.fail(reason))

    async def release(self, reason: str = "") -> Finished:
        """Give the task (or the review) back, now."""
        return await _in_thread(lambda: self._job.release(reason))


@asynccontextmanager
async def work_async(
    board: Board, session: str = "", **options: Unpack[Options]
) -> AsyncGenerator[AsyncJob]:
    """Claim a task for the time of a block; see `headwater.worker`."""
    own = "" if session else await _in_thread(lambda: join(board, options))
    try:
        job = await _claim(board, session or own, options)
        try:
            yield AsyncJob(job)
        except BaseException as error:
            await _shielded(partial(job.conclude, error))
            raise
        else:
            await _shielded(lambda: job.conclude(None))
        finally:
            await _shielded(job.close)
    finally:
        await _shielded(lambda: leave(board, own))


async def _claim(board: Board, session: str, options: Options) -> Job:
    """Claim step by step, so that a wait can be cancelled and holds no thread."""
    deadline = anyio.current_time() + options.get("wait", 0.0)
    news = _News(board, _soon())
    try:
        while True:
            news.changed = anyio.Event()
            job = await _take(lambda: claim(board, session, options, 0.0))
            pause = pause_after(ClaimRequest(), job.briefing, deadline - anyio.current_time())
            if pause is None:
                return job
            with anyio.move_on_after(pause.seconds):
                await news.come(pause)
    finally:
        news.stop()


class _News:
    """Tells when a claim that found nothing may find something."""

    def __init__(self, board: Board, soon: Callable[..., Any]) -> None:
        self._board = board
        self._soon = soon
        self.changed = anyio.Event()
        self.stop = board.feed.subscribe(self._on_commit)

    def _on_commit(self) -> None:
        try:
            self._soon(self._set)
        except RuntimeError:  # the loop has ended since
            return

    def _set(self) -> None:
        self.changed.set()

    async def come(self, pause: Pause) -> None:
        while True:
            await self.changed.wait()
            self.changed = anyio.Event()
            if await _in_thread(lambda: self._board.may_have_news(pause.request, pause.revision)):
                return


async def _take(claimed: Callable[[], Job]) -> Job:
    """Claim in a thread. asyncio's own cancellation does not wait for threads: then what the thread
    claims is undone, by whichever of the two comes later."""
    lock = threading.Lock()
    taken: list[Job] = []
    gone = False

    def run() -> Job:
        job = claimed()
        with lock:
            taken.append(job)
            late = gone
        if late:
            job.undo()
        return job

    try:
        return await _in_thread(run)
    except BaseException:
        with lock:
            gone = True
            unseen = list(taken)
        for job in unseen:
            await _shielded(job.undo)
        raise


def _soon() -> Callable[..., Any]:
    """How another thread has something called in this event loop."""
    native: Any = anyio.lowlevel.current_token().native_token
    name = "call_soon_threadsafe" if hasattr(native, "call_soon_threadsafe") else "run_sync_soon"
    found: Callable[..., Any] = getattr(native, name)
    return found


async def _in_thread(call: Callable[[], R]) -> R:
    return await anyio.to_thread.run_sync(call)


async def _shielded(call: Callable[[], object]) -> None:
    """To the end, also if the task is being cancelled."""
    with anyio.CancelScope(shield=True):
        await _in_thread(call)
