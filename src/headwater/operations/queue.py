"""Picking from the queue: the claim order within the lanes a session may enter.

The order (ageing bucket, critical path, unfinished soft upstreams, insertion) is one index per
lane, so a pick reads a few rows whatever the size of the board. What an index cannot hold (tasks
this session gave back, tasks handed to somebody else) is skipped over, at most
`limits.LOOK_AHEAD` rows a lane.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge

from headwater import limits
from headwater.graph.budget import Excess
from headwater.operations import attempts, budgets, paths
from headwater.operations.work import Work
from headwater.store.queries import look, pools, sessions, tasks
from headwater.store.rows import SessionRow, TaskRow

ANYONE = "*"
"""In `handoff`: a task that was handed on to no agent by name."""
_PAGE = 8


@dataclass(slots=True)
class Pick:
    """A task to claim, or what was skipped on the way to finding none."""

    task: TaskRow | None = None
    opens_ms: int = 0
    """When the first of those left to others will be anybody's; 0 if there is none."""
    partial: bool = False
    refused: dict[str, Excess] = field(default_factory=dict[str, Excess])
    """Purses of ready tasks that do not fit their budgets, with the reason."""

    def left_to_others(self, until_ms: int) -> None:
        """A task was passed over that will be anybody's at that time."""
        self.opens_ms = min(self.opens_ms or until_ms, until_ms)


def open_lanes(work: Work, session: SessionRow) -> list[str]:
    """The lanes of this board whose capabilities the session has."""
    mine = set(json.loads(session.capabilities)) if session.capabilities != "[]" else set[str]()
    names = [row[0] for row in work.tx.all(tasks.LANES, board_id=work.board.id)]
    return [name for name in names if not name or mine.issuperset(name.split(","))]


def pick(work: Work, session: SessionRow) -> Pick:
    """The first task in claim order that this session may take.

    A task that has used up its own budget is held instead, and the next one is looked for.
    """
    while True:
        result = _pick(work, session)
        if result.task is None or not budgets.shelve(work, result.task):
            return result


def _pick(work: Work, session: SessionRow) -> Pick:
    result = Pick()
    passed_over = avoided(work, session)
    fallback: TaskRow | None = None
    busy: list[tuple[TaskRow, paths.Meeting]] = []
    lanes = open_lanes(work, session)
    purses = budgets.purses(work.tx, work.board)
    if purses is not None:
        result.refused, result.partial = purses.refused, purses.partial
    # where a budget refuses some of them, the lanes are read purse by purse
    chosen = ("",) if purses is None else purses.fitting
    streams = [_lane(work, name, purse) for name in lanes for purse in chosen]
    tasks_in_order = merge(*streams, key=_place) if len(streams) != 1 else streams[0]
    for looked_at, task in enumerate(tasks_in_order):
        if looked_at >= limits.LOOK_AHEAD:
            result.partial = True
            break
        if (met := paths.blocker(work, task)) is not None:
            busy.append((task, met))
        elif not _offered_to(work, task, session):
            result.left_to_others(_kept_until_ms(work, task))
        elif task.id in passed_over:
            if task.handoff == ANYONE and _others_can(work, session, task):
                result.left_to_others(_kept_until_ms(work, task))
            else:
                fallback = fallback or task
        elif _rejected_just_now(work, session, task) and _others_can(work, session, task):
            result.left_to_others(task.ready_ms + limits.AUTHOR_FIRST_MS)
        else:
            result.task = task
            break
    paths.park(work, busy)
    result.task = result.task or fallback
    return result


def handed_to(work: Work, session: SessionRow) -> TaskRow | None:
    """The oldest task that was handed to this agent, or to anyone else than this session."""
    rows = work.tx.all(
        tasks.HANDED_TO, board_id=work.board.id, agent=session.agent, count=limits.LOOK_AHEAD
    )
    if not rows:
        return None
    lanes = set(open_lanes(work, session))
    passed_over = avoided(work, session)
    busy: list[tuple[TaskRow, paths.Meeting]] = []
    found: TaskRow | None = None
    for task in rows:
        if task.lane not in lanes or not budgets.fits(work, task):
            continue
        if task.id in passed_over and not _handed_back(work, task, session):
            continue
        met = paths.blocker(work, task)
        if met is not None:
            busy.append((task, met))
        elif not budgets.shelve(work, task):
            found = task
            break
    paths.park(work, busy)
    return found


def _handed_back(work: Work, task: TaskRow, session: SessionRow) -> bool:
    """Somebody else wants this agent to go on with what its session gave back before."""
    if task.handoff != session.agent:
        return False
    last = attempts.last_worked(work, task)
    return last is not None and last.session_id != session.id


def _lane(work: Work, name: str, purse: str = "") -> Iterator[TaskRow]:
    """The ready tasks of a lane in claim order; with `purse`, only those that have it."""
    skip = 0
    while True:
        count = _PAGE if skip else 1
        place = {"board_id": work.board.id, "lane": name}
        rows = (
            work.tx.all(pools.READY, **place, purse=purse, count=count, skip=skip)
            if purse
            else work.tx.all(tasks.READY, **place, count=count, skip=skip)
        )
        yield from rows
        if len(rows) < count:
            return
        skip += len(rows)


def _place(task: TaskRow) -> tuple[int, int, int, int]:
    return (task.bucket, task.neg_rank, task.soft_pending, task.id)


def _offered_to(work: Work, task: TaskRow, session: SessionRow) -> bool:
    """A task handed to one agent is kept for it for a while, then it is anybody's."""
    if task.handoff in ("", ANYONE, session.agent):
        return True
    return work.now_ms >= _kept_until_ms(work, task)


def _rejected_just_now(work: Work, session: SessionRow, task: TaskRow) -> bool:
    """Has this session sent the task back as its reviewer, a moment ago?"""
    if not task.attempt_id or work.now_ms - task.ready_ms >= limits.AUTHOR_FIRST_MS:
        return False
    last = attempts.current(work, task)
    return last.outcome == "rejected" and last.session_id == session.id


def _others_can(work: Work, session: SessionRow, task: TaskRow) -> bool:
    """Is another agent here that could go on with what this session gave out of its hands?"""
    since_ms, most = work.now_ms - limits.SESSION_ALIVE_MS, limits.LOOK_AHEAD
    needed = set[str](json.loads(task.capabilities))
    present = work.tx.all(
        look.PRESENT, board_id=work.board.id, after=0, since_ms=since_ms, count=most
    )
    return any(
        one.agent != session.agent and needed <= set(json.loads(one.capabilities))
        for one in present
    )


def _kept_until_ms(work: Work, task: TaskRow) -> int:
    return task.ready_ms + work.policy.avoid_minutes * 60_000


def avoided(work: Work, session: SessionRow) -> set[int]:
    """What the session gave back a while ago."""
    if session.avoid_until_ms <= work.now_ms:
        return set()
    rows = work.tx.all(sessions.AVOIDED, session_id=session.id, now_ms=work.now_ms)
    return {int(row[0]) for row in rows}


def avoid(work: Work, session: SessionRow, task: TaskRow) -> None:
    """Do not offer this task to this session again for a while."""
    work.tx.run(sessions.AVOID_NO_MORE, session_id=session.id, now_ms=work.now_ms)
    until = work.now_ms + work.policy.avoid_minutes * 60_000
    work.tx.run(sessions.AVOID, session_id=session.id, task_id=task.id, until_ms=until)
    session.avoid_until_ms = max(session.avoid_until_ms, until)
    work.tx.run(sessions.AVOID_UNTIL, id=session.id, until_ms=session.avoid_until_ms)
