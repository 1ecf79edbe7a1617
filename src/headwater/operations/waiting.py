"""Waiting for an answer: what `wait` means on claim and check.

A wait holds no transaction and no lock. It repeats the step when the change feed tells of a change
by any process, and when something falls due by itself (a lease that expires, a backoff that ends).
"""

from __future__ import annotations

from time import monotonic  # waiting is real: not the store's time
from typing import Protocol

from headwater.operations import notices
from headwater.operations.caller import Caller
from headwater.store.feed import ChangeFeed
from headwater.store.queries import boards
from headwater.store.transaction import Tx
from headwater.verbs.base import Reply, Request
from headwater.verbs.work import Briefing, CheckReply, CheckRequest, ClaimRequest


class Steps(Protocol):
    """What a wait needs of a board."""

    @property
    def feed(self) -> ChangeFeed: ...
    def step(self, request: Request, caller: Caller | None = None) -> Reply: ...
    def may_have_news(self, request: Request, seen: int) -> bool: ...


def until_answered(board: Steps, request: Request, caller: Caller) -> Reply:
    """One step, and for a request with `wait` further steps until it is answered or time is up."""
    wait_s = seconds_of(request)
    if not wait_s:
        return board.step(request, caller)
    deadline = monotonic() + wait_s
    while True:
        tick = board.feed.tick
        reply = board.step(request, caller)
        left_s = deadline - monotonic()
        if is_answer(reply) or left_s <= 0:
            return reply
        request = next_step(request)
        due_ms = due_in_ms(reply)
        until = deadline if due_ms is None else min(deadline, monotonic() + due_ms / 1000)
        revision = reply.revision if isinstance(reply, Briefing | CheckReply) else 0
        while (left_s := until - monotonic()) > 0:
            seen = board.feed.wait(tick, left_s)
            if seen != tick:
                tick = seen
                if board.may_have_news(request, revision):
                    break


def next_step(request: Request) -> Request:
    """What to repeat while waiting: a progress note is written once."""
    if isinstance(request, CheckRequest):
        return request.model_copy(update={"note": "", "progress": -1})
    return request


def seconds_of(request: Request) -> float:
    """How long a request wants to wait."""
    return request.wait if isinstance(request, ClaimRequest | CheckRequest) else 0


def is_answer(reply: Reply) -> bool:
    """Is there nothing to wait for any more?"""
    if isinstance(reply, Briefing):
        return reply.none is None or reply.none.reason == "all_done"
    if isinstance(reply, CheckReply):
        unkept = reply.warnings and not reply.leases
        return bool(reply.notices or reply.lost or reply.inputs or reply.left or unkept)
    return True


def due_in_ms(reply: Reply) -> int | None:
    """When a claim that found nothing may find something without any call. None: never."""
    if not isinstance(reply, Briefing) or reply.none is None or reply.none.soonest is None:
        return None
    seconds = reply.none.soonest["in_s"]
    return max(50, int(seconds * 1000)) if isinstance(seconds, int | float) else None


def may_have_news(tx: Tx, board_id: int, request: Request, seen: int) -> bool:
    """A look at the board's counters: is it worth a step, which takes the write lock?"""
    row = tx.one(boards.BY_ID, id=board_id)
    if row is None or row.revision == seen:
        return False
    if isinstance(request, ClaimRequest):
        unfinished = row.waiting + row.active + row.held + row.failed + row.split
        return bool(row.ready or row.review or not unfinished)
    return notices.may_have_news(tx, board_id, seen)
