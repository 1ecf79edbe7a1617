"""Warnings about contracts around an edited task: which nobody would keep, and which may speak of
what it was to be before."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Final

from headwater.graph.briefing import few
from headwater.graph.states import State
from headwater.operations.structure import answering, unanswered
from headwater.operations.work import Work
from headwater.store.queries import context
from headwater.store.rows import TaskRow
from headwater.verbs.plan import EditRequest

_WHAT_IT_IS: Final = frozenset({"title", "spec", "acceptance"})


def not_answered(work: Work, task: TaskRow, request: EditRequest) -> list[str]:
    """Warnings about promises that nobody would keep."""
    wanted = [work.task(contract.task) for contract in request.contracts if contract.promise]
    return [
        unanswered(task.key, one.key, one.state)
        for one in wanted
        if (one.state == State.DONE and not _was_answered(work, task, one))
        or (one.state == State.SPLIT and not answering(work, task, one))
    ]


def _was_answered(work: Work, task: TaskRow, producer: TaskRow) -> bool:
    delivery = work.delivery(producer.delivery_id)
    return delivery is not None and task.key in json.loads(delivery.delivered)


def that_stay(work: Work, task: TaskRow, changed: Collection[str]) -> list[str]:
    """A warning that consumers' contracts say what the task owes them as they said it before it
    became something else."""
    if task.state == State.DONE or _WHAT_IT_IS.isdisjoint(changed):
        return []
    owed = work.tx.all(context.OWED, upstream_id=task.id)
    said = [one.key for one in owed if one.promise or one.expect]
    if not said:
        return []
    return [
        f"what {task.key} owes to {few(said)} stays as their contracts say it: "
        f'edit(task="{said[0]}", contracts=[...]), if it is something else now'
    ]
