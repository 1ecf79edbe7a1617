"""Attempts: the record of each lease on a task, from claim to end."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from headwater.graph.gates import Gate
from headwater.operations import budgets
from headwater.operations.work import Work
from headwater.store.queries import log
from headwater.store.rows import AttemptRow, DeliveryRow, SessionRow, TaskRow, column_names

_RECORDED = tuple(name for name in column_names(AttemptRow) if name != "reply")
_DELIVERY = column_names(DeliveryRow)
_attempt_values = attrgetter(*_RECORDED)
_delivery_values = attrgetter(*_DELIVERY)


def image(attempt: AttemptRow) -> dict[str, Any]:
    """An attempt as the log records it."""
    return dict(zip(_RECORDED, _attempt_values(attempt), strict=True))


def delivery_image(delivery: DeliveryRow) -> dict[str, Any]:
    """A delivery as the log records it."""
    return dict(zip(_DELIVERY, _delivery_values(delivery), strict=True))


def begin(work: Work, task: TaskRow, session: SessionRow, kind: str) -> AttemptRow:
    """Open an attempt under the task's new fence.

    Raises:
        OverBudget: what it would reserve does not fit.
    """
    attempt = AttemptRow(
        id=0,
        task_id=task.id,
        kind=kind,
        round=task.round,
        number=task.attempt,
        fence=task.fence,
        session_id=session.id,
        started_ms=work.now_ms,
        ended_ms=0,
        outcome="",
        reason="",
        notes="",
        cost="{}",
        account=budgets.reserve(work, task, kind) if task.purse else "",
        delivery_id=0,
        reply="",
    )
    attempt.id = work.tx.add(log.ADD_ATTEMPT, attempt)
    return attempt


def save(work: Work, attempt: AttemptRow) -> None:
    work.tx.put(log.SAVE_ATTEMPT, attempt)


def end(
    work: Work,
    task: TaskRow,
    attempt: AttemptRow,
    outcome: str,
    *,
    reason: str = "",
    notes: str = "",
    cost: str = "{}",
    later: bool = False,
    by_holder: bool = True,
) -> dict[str, Any]:
    """Close an attempt and let the task go. Returns its image for the event.

    With `later` the caller saves the attempt, together with the reply. Where it is not ended
    `by_holder`, it used no time after its lease ran out.
    """
    attempt.ended_ms = work.now_ms
    attempt.outcome = outcome
    attempt.reason = reason
    if notes:
        attempt.notes = notes
    if cost != "{}":
        attempt.cost = cost
    if attempt.account:
        until_ms = work.now_ms if by_holder else min(work.now_ms, task.lease_until_ms)
        budgets.settle(work, attempt, until_ms)
    if not later:
        save(work, attempt)
    free(task)
    return image(attempt)


def free(task: TaskRow) -> None:
    """Nobody holds the task any more."""
    if task.gate == Gate.CHANGED:
        task.gate = ""
    task.session_id = 0
    task.lapsed_session_id = 0
    task.lease_until_ms = 0
    task.progress = -1


def current(work: Work, task: TaskRow) -> AttemptRow:
    """The attempt that the task's holder is in."""
    row = work.tx.one(log.ATTEMPT, id=task.attempt_id)
    assert row is not None
    return row


def last_worked(work: Work, task: TaskRow) -> AttemptRow | None:
    """The last attempt at the task that has ended. A claim that was undone is none."""
    return work.tx.one(log.LAST_WORK, task_id=task.id)


def take_away(work: Work, task: TaskRow, outcome: str, reason: str = "") -> dict[str, Any] | None:
    """End the lease of whoever holds the task, or whose lease lapsed, and tell them.

    Returns the attempt's image for the event, or None if nobody held it.
    """
    holder = task.session_id or task.lapsed_session_id
    if not holder:
        return None
    attempt = current(work, task)
    recorded = end(work, task, attempt, outcome, reason=reason, by_holder=False)
    work.notify_session(holder, "lease_lost", task=task.key, body=reason, data={"why": outcome})
    return recorded
