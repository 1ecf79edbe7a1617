"""Who may review a delivery: nobody who had a hand in it, in this round."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from headwater import limits
from headwater.operations.queue import avoided, open_lanes
from headwater.operations.work import Work
from headwater.store.queries import log, sessions, tasks
from headwater.store.rows import SessionRow, TaskRow
from headwater.store.sql import Plain
from headwater.store.transaction import Tx

_SHOWN = 5


def may_review(work: Work, task: TaskRow, session: SessionRow) -> bool:
    """Nobody reviews what the same session, agent or parent worked on in this round."""
    return _is_foreign(_workers(work.tx, task), _kin(work.tx, session))


def next_review(work: Work, session: SessionRow, *, again: bool = False) -> TaskRow | None:
    """The oldest delivery that waits for acceptance and that this session may judge; `again`: also
    one that it gave back a while ago."""
    rows = work.tx.all(tasks.REVIEWABLE, board_id=work.board.id, count=limits.LOOK_AHEAD)
    if not rows:
        return None
    lanes, kin = set(open_lanes(work, session)), _kin(work.tx, session)
    passed_over = set[int]() if again else avoided(work, session)
    fitting = (task for task in rows if task.lane in lanes and task.id not in passed_over)
    return next((task for task in fitting if _is_foreign(_workers(work.tx, task), kin)), None)


def _kin(tx: Tx, session: SessionRow) -> set[int | str]:
    """A session and its parent, and their agents: they are known by name after a restart, too."""
    kin: set[int | str] = {session.id, session.agent}
    row = tx.one(sessions.LABEL, id=session.parent_id) if session.parent_id else None
    return kin | {session.parent_id, str(row[0])} if row else kin


def _is_foreign(workers: list[Plain], kin: set[int | str]) -> bool:
    return all(kin.isdisjoint(filter(None, worker)) for worker in workers)


def tell(work: Work, task: TaskRow) -> None:
    """A delivery waits for acceptance: tell those who can judge it, as far as one word says."""
    needed = task.lane.split(",")[0]
    target = f"reviewers:{needed}" if needed else "reviewers"
    work.notify(target, "review_ready", task=task.key)


def unreviewed(work: Work) -> list[TaskRow]:
    """Deliveries that nobody reviews yet; the others in `review` move by themselves."""
    if not work.board.review:
        return []
    return work.tx.all(tasks.REVIEWABLE, board_id=work.board.id, count=limits.LOOK_AHEAD)


def wanted(work: Work, waiting: list[TaskRow]) -> list[dict[str, Any]]:
    """Who may review the oldest of them: any agent but those `not_by`, with `capabilities`."""
    found: list[dict[str, Any]] = []
    for task in waiting[:_SHOWN]:
        one: dict[str, Any] = {"task": task.key, "not_by": _agents(_workers(work.tx, task))}
        found.append(one | {"capabilities": task.lane.split(",")} if task.lane else one)
    return found


class Judge(NamedTuple):
    """What decides whether a session may review something."""

    capabilities: set[str]
    kin: set[int | str]


def judge(tx: Tx, session: SessionRow) -> Judge:
    return Judge(set(json.loads(session.capabilities)), _kin(tx, session))


def barred(tx: Tx, task: TaskRow, judges: Iterable[Judge]) -> list[str]:
    """The agents that had a hand in a delivery, if none of these may review it."""
    workers, needed = _workers(tx, task), set[str](json.loads(task.capabilities))
    fit = any(needed <= one.capabilities and _is_foreign(workers, one.kin) for one in judges)
    return [] if fit else _agents(workers)


def _agents(workers: list[Plain]) -> list[str]:
    return sorted({name for one in workers for name in (one[1], one[3]) if name})


def _workers(tx: Tx, task: TaskRow) -> list[Plain]:
    """Session, agent, parent and its agent, of whoever had a hand in what is delivered."""
    return tx.all(
        log.WORKED_IN_ROUND, task_id=task.id, round=task.round, delivery_id=task.delivery_id
    )
