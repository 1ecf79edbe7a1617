"""Calls that wait: claim, check and graph with `wait` end early when something happens.

No thread is held meanwhile. The call is stepped, and stepped again when the board's revision has
moved or a lease or a backoff is due. A claim whose reply can no longer be delivered is undone.

Steps run on threads, but for those of a lone short call on an undisturbed store: two changes of
threads take half as long as such a step.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

import anyio
import anyio.lowlevel

from headwater import limits
from headwater.errors import LimitExceeded
from headwater.server.changes import Changes
from headwater.server.opening import LazyBoard
from headwater.verbs.base import Reply, Request
from headwater.verbs.look import GraphRequest
from headwater.verbs.work import (
    Briefing,
    CheckReply,
    CheckRequest,
    ClaimRequest,
    Finished,
    FinishRequest,
)

if TYPE_CHECKING:
    from headwater.board import Board
    from headwater.operations.caller import Caller
    from headwater.operations.waiting import Pause

PROGRESS_EVERY_S: Final = 10.0
SOONEST_S: Final = 0.02
"""Two steps of one call are never closer than this, however busy the board is."""
WOKEN_AT_ONCE: Final = 8
"""Of all whom a change has woken so many look, and so many step, at a time: a new call does not
stand behind a thousand of them."""
_WAITING: Final = (ClaimRequest, CheckRequest, GraphRequest)
CROWDED_S: Final = 0.050
"""So long after two calls have met, calls take threads, whose commits share a flush."""

Progress = Callable[[float, float, str], Awaitable[None]]


class Performer:
    """Performs a request on the board: at once, or when its wait is over."""

    def __init__(self, boards: LazyBoard, changes: Changes) -> None:
        self._boards = boards
        self._changes = changes
        self._waiters: Counter[str] = Counter()
        self._steps = 0  # that are under way
        self._met_s = float("-inf")  # when two were
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._looking = asyncio.Semaphore(WOKEN_AT_ONCE)
        self._stepping = asyncio.Semaphore(WOKEN_AT_ONCE)

    @property
    def waiting(self) -> int:
        """How many calls wait now."""
        return self._waiters.total()

    async def perform(self, request: Request, caller: Caller, progress: Progress) -> Reply:
        """The reply to `request`.

        Raises:
            HeadwaterError: the board's refusal.
        """
        board = await self._boards.get()
        wait_s = request.wait if isinstance(request, _WAITING) else 0
        if wait_s <= 0:
            return await self._step(board, request, caller)
        with self._place(request, caller), self._changes.watch(board):
            return await self._wait(board, request, caller, wait_s, progress)

    @contextmanager
    def _place(self, request: Request, caller: Caller) -> Generator[None]:
        """A place among those who wait, which are not without number."""
        name = getattr(request, "session", "") or getattr(request, "lease", "")
        name = name or caller.default_session or caller.credential
        if self._waiters[name] >= limits.WAITS_PER_SESSION:
            raise LimitExceeded(
                f"{limits.WAITS_PER_SESSION} calls of this session wait already",
                next="let one of them end first, or call without wait",
            )
        if self.waiting >= limits.WAITS_IN_ALL:
            raise LimitExceeded(
                f"{limits.WAITS_IN_ALL} calls wait on this board already",
                next="call again without wait, every few seconds",
            )
        self._waiters[name] += 1
        try:
            yield
        finally:
            self._waiters[name] -= 1
            if not self._waiters[name]:
                del self._waiters[name]

    async def _wait(
        self, board: Board, request: Request, caller: Caller, wait_s: float, progress: Progress
    ) -> Reply:
        from headwater.operations.waiting import pause_after  # brings the store's libraries along

        started = anyio.current_time()
        reply = await self._step(board, request, caller)
        while not self._changes.stopping:
            pause = pause_after(request, reply, started + wait_s - anyio.current_time())
            if pause is None:
                break
            request = pause.request
            await self._sleep(board, pause, started, wait_s, progress)
            async with self._stepping:
                reply = await self._step(board, request, caller)
        return reply

    async def _sleep(
        self, board: Board, pause: Pause, started: float, wait_s: float, progress: Progress
    ) -> None:
        """Until a step may have another answer, the pause is over, or the server stops."""
        until = anyio.current_time() + pause.seconds
        seen = pause.revision
        await anyio.sleep(min(SOONEST_S, pause.seconds))
        while (left_s := until - anyio.current_time()) > 0 and not self._changes.stopping:
            if await self._changes.beyond(seen, min(left_s, PROGRESS_EVERY_S)):
                seen = self._changes.revision
                if await self._has_news(board, pause):
                    return
            else:
                await progress(anyio.current_time() - started, wait_s, "nothing yet")

    async def _has_news(self, board: Board, pause: Pause) -> bool:
        async with self._looking:
            return await self._boards.run(
                lambda: board.may_have_news(pause.request, pause.revision)
            )

    async def _step(self, board: Board, request: Request, caller: Caller) -> Reply:
        self._steps += 1
        try:
            reply = await self._at_once(board, request, caller)
            if reply is not None:
                return reply
            if not _hands_out(request):
                return await self._boards.run(lambda: board.step(request, caller))
            async with await self._turn(board, request, caller):
                return await self._handing_out(board, request, caller)
        finally:
            self._steps -= 1

    async def _at_once(self, board: Board, request: Request, caller: Caller) -> Reply | None:
        """The step of a lone short call, here on the loop; None: it takes a thread. It needs no
        turn, as no other call is on its way, and no undoing, as none can be cancelled meanwhile."""
        if not _is_short(request):
            return None
        await anyio.lowlevel.checkpoint()  # whoever calls at the same time is counted now
        now_s = anyio.current_time()
        if self._steps > 1:
            self._met_s = now_s
        return board.step_at_once(request, caller) if now_s - self._met_s > CROWDED_S else None

    async def _turn(self, board: Board, request: Request, caller: Caller) -> asyncio.Lock:
        """Held by a session's step until its reply leaves or is undone. A call that comes after
        one that was cancelled must find it undone: a check would else confirm notices that nobody
        received, and a claim show a lease that is about to end."""
        session, lease = _named(request)
        if not session and lease:
            session = await self._boards.run(lambda: board.session_of(lease))
        session = session or caller.default_session or caller.credential
        name = session.partition(".")[0]  # the same before and after it was resumed
        return self._turns.setdefault(name, asyncio.Lock())

    async def _handing_out(self, board: Board, request: Request, caller: Caller) -> Reply:
        reply = await self._boards.run(lambda: board.step(request, caller))
        undo = _undo(board, request, reply, caller)
        if undo is None:
            return reply
        try:
            await anyio.lowlevel.checkpoint()  # raises if the client has gone meanwhile
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await self._boards.run(undo)
            raise
        return reply


def _hands_out(request: Request) -> bool:
    """Can its reply give something away that nobody else gets?"""
    if isinstance(request, FinishRequest):
        return request.claim_next
    return isinstance(request, (ClaimRequest, CheckRequest))


def _is_short(request: Request) -> bool:
    """Is its work bounded, and is it one that agents do again and again?"""
    if isinstance(request, (ClaimRequest, CheckRequest)):
        return not request.wait
    return isinstance(request, FinishRequest)


def _undo(
    board: Board, request: Request, reply: Reply, caller: Caller
) -> Callable[[], None] | None:
    """What takes a reply back that nobody received; None if it gave nothing away."""
    lease = fresh_lease(reply)
    if lease:
        return lambda: board.undo_claim(lease, caller)
    found = reply.claimed if isinstance(reply, Finished) else reply
    if isinstance(found, Briefing | CheckReply) and found.notices:
        session, lease = _named(request)
        offered = CheckRequest.model_construct(session=session, lease=lease)
        return lambda: board.undo_check(offered, caller)
    return None


def _named(request: Request) -> tuple[str, str]:
    """The session and the lease that a call gives; empty where it gives none."""
    return getattr(request, "session", ""), getattr(request, "lease", "")


def fresh_lease(reply: Reply) -> str:
    """The lease that this very reply hands out; empty if there is none."""
    briefing = reply.claimed if isinstance(reply, Finished) else reply
    if isinstance(briefing, Briefing) and briefing.lease and not briefing.already_holding:
        return briefing.lease
    return ""
