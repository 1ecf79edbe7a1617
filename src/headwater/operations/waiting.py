"""Waiting for an answer: what `wait` means on claim, check and graph.

A wait holds no transaction and no lock. It repeats the step when the change feed tells of a change
by any process, and when something falls due by itself (a lease that expires, a backoff that ends).
Whether a reply is the answer, what to ask next and when, `pause_after` and `may_have_news` decide
for all who wait: here in a thread, in a server's loop, in a program's.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from time import monotonic, sleep  # waiting is real: not the store's time
from typing import Final, Protocol

from headwater import limits
from headwater.operations import notices
from headwater.operations.caller import Caller
from headwater.operations.look import news
from headwater.store.feed import ChangeFeed
from headwater.store.queries import boards
from headwater.store.transaction import Tx
from headwater.verbs.base import Reply, Request
from headwater.verbs.look import GraphReply, GraphRequest
from headwater.verbs.work import Briefing, CheckReply, CheckRequest, ClaimRequest

_SOONEST_S: Final = 0.05
"""What falls due by itself is not looked at sooner."""
_READS_APART_S: Final = 0.02
"""Two steps of a call that reads are never closer, however busy the board is."""
_PARTIAL_S: Final = 0.5
"""After a step that did not get to the end of the queue."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Between two steps of a call that waits."""

    request: Request
    """What to ask next."""
    revision: int
    """Of the last reply: only what comes after it is news."""
    seconds: float
    """How long at most."""


class Steps(Protocol):
    """What a wait needs of a board."""

    @property
    def feed(self) -> ChangeFeed: ...
    def step(self, request: Request, caller: Caller | None = None) -> Reply: ...
    def may_have_news(self, request: Request, seen: int) -> bool: ...


def until_answered(
    board: Steps, request: Request, caller: Caller, wait_s: float | None = None
) -> Reply:
    """One step, and further steps until it is answered or time is up: that of the request's `wait`,
    or `wait_s`, which may be longer."""
    wait_s = seconds_of(request) if wait_s is None else wait_s
    if not wait_s:
        return board.step(request, caller)
    deadline = monotonic() + wait_s
    while True:
        tick = board.feed.tick
        reply = board.step(request, caller)
        pause = pause_after(request, reply, deadline - monotonic())
        if pause is None:
            return reply
        request = pause.request
        until = monotonic() + pause.seconds
        if isinstance(request, GraphRequest):
            sleep(min(_READS_APART_S, pause.seconds))
        while (left_s := until - monotonic()) > 0:
            seen = board.feed.wait(tick, left_s)
            if seen != tick:
                tick = seen
                if board.may_have_news(request, pause.revision):
                    break


def seconds_of(request: Request) -> float:
    """How long a request wants to wait."""
    return request.wait if isinstance(request, ClaimRequest | CheckRequest | GraphRequest) else 0


def pause_after(request: Request, reply: Reply, left_s: float) -> Pause | None:
    """How to go on waiting after `reply`; None if it is the answer, or time is up."""
    if left_s <= 0 or is_answer(request, reply):
        return None
    revision = reply.revision if isinstance(reply, Briefing | CheckReply | GraphReply) else 0
    seconds = min(left_s, _due_in_s(reply), limits.WAIT_SECONDS)
    return Pause(_next_step(request, revision), revision, seconds)


def is_answer(request: Request, reply: Reply) -> bool:
    """Is there nothing to wait for any more?"""
    if isinstance(reply, Briefing):
        return reply.none is None or reply.none.reason == "all_done" or bool(reply.notices)
    if isinstance(reply, CheckReply):
        unkept = reply.warnings and not reply.leases
        return bool(reply.notices or reply.lost or reply.inputs or reply.left or unkept)
    if isinstance(request, GraphRequest) and isinstance(reply, GraphReply):
        return news.is_there(request, reply)
    return True


def _next_step(request: Request, revision: int) -> Request:
    """What to repeat while waiting: a progress note is written once, an event looked at once."""
    if isinstance(request, GraphRequest) and request.view == "history":
        return request.model_copy(update={"since": revision})
    if isinstance(request, CheckRequest):
        return request.model_copy(update={"note": "", "progress": -1})
    return request


def _due_in_s(reply: Reply) -> float:
    """When a claim that found nothing may find something without anybody's call: a lease that
    expires, a backoff that ends; what it had no time to look at."""
    if not isinstance(reply, Briefing) or reply.none is None:
        return inf
    if reply.none.reason == "partial":
        return _PARTIAL_S
    if reply.none.soonest is None:
        return inf
    seconds = reply.none.soonest["in_s"]
    return max(_SOONEST_S, seconds) if isinstance(seconds, int | float) else inf


def may_have_news(tx: Tx, board_id: int, request: Request, seen: int) -> bool:
    """A look at the board's counters: is it worth a step, which takes the write lock?"""
    row = tx.one(boards.BY_ID, id=board_id)
    if row is None or row.revision == seen:
        return False
    if isinstance(request, GraphRequest):
        return news.may_come(tx, row, request, seen)
    if isinstance(request, ClaimRequest) and (row.ready or row.review or not row.unfinished):
        return True
    return notices.may_have_news(tx, board_id, seen)
