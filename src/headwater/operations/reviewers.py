"""Who may review a delivery: nobody who had a hand in it, in this round."""

from __future__ import annotations

from typing import Any

from headwater import limits
from headwater.operations.queue import open_lanes
from headwater.operations.work import Work
from headwater.store.queries import log, tasks
from headwater.store.rows import SessionRow, TaskRow

_SHOWN = 5


def may_review(work: Work, task: TaskRow, session: SessionRow) -> bool:
    """Nobody reviews what the same session, agent or parent worked on in this round."""
    for worker, agent, parent in _workers(work, task):
        if worker in (session.id, session.parent_id) or agent == session.agent:
            return False
        if parent and parent in (session.id, session.parent_id):
            return False
    return True


def next_review(work: Work, session: SessionRow) -> TaskRow | None:
    """The oldest delivery that waits for acceptance and that this session may judge."""
    rows = work.tx.all(tasks.REVIEWABLE, board_id=work.board.id, count=limits.LOOK_AHEAD)
    lanes = set(open_lanes(work, session)) if rows else set[str]()
    return next(
        (task for task in rows if task.lane in lanes and may_review(work, task, session)), None
    )


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
        agents = sorted({str(agent) for _worker, agent, _parent in _workers(work, task)})
        one: dict[str, Any] = {"task": task.key, "not_by": agents}
        found.append(one | {"capabilities": task.lane.split(",")} if task.lane else one)
    return found


def _workers(work: Work, task: TaskRow) -> list[tuple[Any, ...]]:
    """Session, agent and parent of whoever had a hand in what is delivered."""
    return work.tx.all(
        log.WORKED_IN_ROUND, task_id=task.id, round=task.round, delivery_id=task.delivery_id
    )
