"""Holders that make no calls although they hold something: an open window renews its leases even
if its agent hangs."""

from __future__ import annotations

from typing import NamedTuple

from headwater import limits
from headwater.errors import in_a_hint
from headwater.operations.work import Work
from headwater.store.queries import look
from headwater.store.rows import BoardRow
from headwater.store.transaction import Tx


class Silent(NamedTuple):
    """A task whose holder is not heard of."""

    task: str
    session_id: int
    seen_ms: int
    """When the holder made its last call."""
    waiting: int
    """How many tasks wait directly for this one."""
    estimate_ms: int


def silent(tx: Tx, board: BoardRow, count: int) -> list[Silent]:
    """What is held by who was not heard of for as long as one that went away; sooner, if there is
    nothing else to do, others wait for the task and it should be done by now. The longest silence
    first, of so many as `count` that are looked at."""
    long_ago_ms = tx.now_ms - limits.SESSION_ALIVE_MS
    all_wait = board.waiting and not board.ready
    rows = tx.all(
        look.QUIET,
        board_id=board.id,
        now_ms=tx.now_ms,
        before_ms=tx.now_ms - limits.QUIET_MS if all_wait else long_ago_ms,
        count=count,
    )
    found = [Silent(*row) for row in rows]
    return [
        one
        for one in found
        if one.seen_ms < long_ago_ms or (one.waiting and one.seen_ms + one.estimate_ms < tx.now_ms)
    ]


def said(work: Work) -> str:
    """For whoever has nothing to do while a holder hangs, of which nothing else tells; empty if
    none does."""
    found = silent(work.tx, work.board, limits.LOOK_AHEAD)
    if not found:
        return ""
    holder = in_a_hint(work.label(found[0].session_id), "somebody")
    return f"; {holder} holds {found[0].task} and makes no calls: {look_at(work)}"


def look_at(work: Work) -> str:
    """The call of who has nothing to do where a planner must act."""
    return 'graph(view="stuck")' if work.caller.may("plan") else 'tell(to="planners", text=...)'
