"""Readers of a task that was split after it had delivered: its parts take them over.

What a reader was given is compared with what its source delivers next. A container delivers nothing
itself, so once its parts are done each value that was read of it is compared with the part that
delivers it now, and goes on being compared with that part.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from headwater.graph.states import State
from headwater.operations.images import compact
from headwater.operations.work import Work
from headwater.store.queries import edges, reuse, tasks
from headwater.store.rows import DeliveryRow, TaskRow

Shares = dict[int, dict[str, str]]
"""Part -> the values that are compared with it: critical key or `artifact:NAME` -> digest."""


def to_parts(work: Work, container: TaskRow) -> list[TaskRow]:
    """Make every reader of `container` a reader of its finished parts; returns these.

    None if it has no parts that are done, as a task that a person did without a word.
    """
    readings = work.tx.all(edges.READINGS_OF, source_id=container.id)
    parts = _finished(work, container) if readings else []
    if not parts:
        return []
    made = {part.id: work.delivery(part.delivery_id) for part in parts}
    for task_id, *facts, digests in readings:
        needed = {row[0] for row in work.tx.all(edges.UPSTREAMS_OF, task_id=task_id)}
        first = sorted(parts, key=lambda part: part.id not in needed)
        round_, delivery_id, shown_id, soft = facts
        for part_id, share in _shares(json.loads(digests), first, made).items():
            work.tx.run(
                edges.TAKE_READING,
                task_id=task_id,
                source_id=part_id,
                round=round_,
                delivery_id=delivery_id,
                shown_id=shown_id,
                digests=compact(share),
                soft=soft,
            )
        if work.board.reuse:
            work.tx.run(reuse.FORGET_ONE, task_id=task_id)
    work.tx.run(edges.DROP_READINGS_OF, source_id=container.id)
    return parts


def _finished(work: Work, container: TaskRow) -> list[TaskRow]:
    """Its parts that are done, and theirs, down to those that were worked on; the last first."""
    found: list[TaskRow] = []
    containers = [container]
    while containers:
        children = work.tx.all(tasks.CHILDREN, parent_id=containers.pop().id)
        for one in children:
            if one.state != State.DONE or one.superseded_by_id:
                continue
            inner = not one.delivery_id and work.tx.all(tasks.CHILDREN, parent_id=one.id)
            (containers if inner else found).append(one)
    return sorted(found, key=lambda one: one.ord, reverse=True)


def _shares(
    digests: dict[str, str], parts: Sequence[TaskRow], made: dict[int, DeliveryRow | None]
) -> Shares:
    """Each value by the first part that delivers it; what none delivers is missed at the first.

    A part that says whose text it changed is one of their sources, too.
    """
    delivers = {part.id: _digests(made[part.id]) for part in parts}
    shares: Shares = {parts[0].id: {}}
    for part in parts:
        delivery = made[part.id]
        if delivery and delivery.changed != "[]":
            shares.setdefault(part.id, {})
    for name, value in digests.items():
        owner = next((one for one, has in delivers.items() if name in has), parts[0].id)
        shares.setdefault(owner, {})[name] = value
    return shares


def _digests(delivery: DeliveryRow | None) -> dict[str, str]:
    return json.loads(delivery.digests) if delivery else {}
