"""Edges between existing tasks: linking, unlinking, and what that does to readiness."""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from headwater import limits
from headwater.errors import LimitExceeded, WrongState
from headwater.graph.briefing import few
from headwater.graph.replay import HARD
from headwater.graph.states import LEGAL, UNBEGUN, State, Trigger
from headwater.operations import attempts, order
from headwater.operations.images import compact
from headwater.operations.listing import told
from headwater.operations.work import Work
from headwater.store.queries import edges, tasks
from headwater.store.rows import EdgeRow, TaskRow
from headwater.verbs.plan import Contract

SOFT = "soft"
CANDIDATE = "candidate"
"""A soft dependency that nobody has confirmed."""
PART = "part"
ANSWERS = "answers"

WAITS = "waits"
"""How an attempt ends whose task has to wait."""
MORE_NEEDS = "needs more upstreams"
"""Why it ended, if no upstream was sent back."""

by_upstream = attrgetter("upstream_id")
"""The order of a task's edges in its images."""


def sentence(task: str, upstream: str, kind: str) -> str:
    """An edge read aloud: models reverse directions, so every change echoes them."""
    return f"{task} needs {upstream}" + ("" if kind == HARD else f" ({kind})")


def edge_row(task_id: int, upstream_id: int, kind: str, contract: Contract | None) -> EdgeRow:
    """An edge as it is inserted."""
    if contract is None:
        return EdgeRow(task_id, upstream_id, kind, "", "", "[]")
    keys = compact(contract.keys)
    return EdgeRow(task_id, upstream_id, kind, contract.expect, contract.promise, keys)


def link(
    work: Work, task: TaskRow, upstream: TaskRow, kind: str, contract: Contract | None = None
) -> bool:
    """Make `task` need `upstream`. A hard link over a soft one hardens it, and either over a
    candidate confirms it. False if it was there.

    Raises:
        Cycle: naming the circle.
        LimitExceeded: the task has too many upstreams.
    """
    present = work.tx.one(edges.ONE, task_id=task.id, upstream_id=upstream.id)
    if present is not None:
        confirms = present.kind == CANDIDATE and kind == SOFT
        if present.kind in (kind, PART) or not (kind == HARD or confirms):
            return False
        unlink(work, task, upstream, present)
        if contract is None:  # a soft edge has none; that of an answering part goes on
            contract = Contract.model_construct(
                task=upstream.key,
                expect=present.expect,
                promise=present.promise,
                keys=json.loads(present.keys),
            )
    order.agree(work, task.id, upstream.id)
    count = len(work.tx.all(edges.UPSTREAMS_OF, task_id=task.id))
    if kind != PART and count >= limits.NEEDS_PER_TASK:
        raise LimitExceeded(
            f"{task.key} has {count} upstreams; the limit is {limits.NEEDS_PER_TASK}",
            next="put a task between that gathers some of them",
        )
    work.tx.put(edges.INSERT, edge_row(task.id, upstream.id, kind, contract))
    _count(work, task, upstream, kind, 1)
    work.image_edges(task.id)
    return True


def tell_producer(work: Work, producer: TaskRow, consumer: str, contract: Contract) -> None:
    """Tell who works on a task what it owes to a consumer from now on; an empty contract: nothing
    any more."""
    said = {
        "consumer": consumer,
        "expect": told(contract.expect),
        "promise": told(contract.promise),
        "keys": contract.keys[: limits.KEYS_SHOWN],
    }
    data = {name: value for name, value in said.items() if value}
    work.notify_session(producer.session_id, "contract_changed", task=producer.key, data=data)


def unlink(work: Work, task: TaskRow, upstream: TaskRow, edge: EdgeRow) -> None:
    """Make `task` no longer need `upstream`."""
    work.tx.run(edges.DROP, task_id=task.id, upstream_id=upstream.id)
    _count(work, task, upstream, edge.kind, -1)
    work.image_edges(task.id)


def parts_of(work: Work, task: TaskRow) -> list[TaskRow]:
    """The parts of a container that are none themselves; none for an ordinary task."""
    if not follows_parts(task.state):
        return []
    found: list[TaskRow] = []
    for part in work.tx.all(tasks.CHILDREN, parent_id=task.id):
        if not part.superseded_by_id:  # who stands in its place is a part, too
            found += parts_of(work, part) or [part]
    return found


def follows_parts(state: str) -> bool:
    """Whether a task with parts is a container in this state: not what an answer has made an
    ordinary task again, when all its parts were cancelled."""
    return state == State.SPLIT or (State(state), Trigger.PARTS_REOPENED) in LEGAL


def drop_answers(work: Work, consumer: TaskRow, container: TaskRow) -> list[TaskRow]:
    """Parts of a container that `consumer` no longer needs owe it nothing any more: those."""
    found: list[TaskRow] = []
    for edge in work.tx.all(edges.OF, task_id=consumer.id):
        if edge.kind != ANSWERS:
            continue
        part = work.task_by_id(edge.upstream_id)
        if _is_inside(work, part, container):
            unlink(work, consumer, part, edge)
            found.append(part)
    return found


def answering(work: Work, consumer: TaskRow, container: TaskRow) -> list[TaskRow]:
    """The parts, of any depth, that keep a container's promise to `consumer`."""
    found = {edge.upstream_id: edge for edge in work.tx.all(edges.OF, task_id=consumer.id)}
    own = found[container.id]
    copies = (
        work.task_by_id(edge.upstream_id)
        for edge in found.values()
        if edge.kind == ANSWERS
        and (edge.expect, edge.promise, edge.keys) == (own.expect, own.promise, own.keys)
    )
    return [part for part in copies if _is_inside(work, part, container)]


def unfinished(work: Work, task: TaskRow) -> list[str]:
    """The keys of what a task still waits for."""
    rows = work.tx.all(edges.NEEDS_KEYS, task_id=task.id)
    return [key for key, state, _, kind, *_ in rows if kind == HARD and state != State.DONE]


def unanswered(task: str, upstream: str, state: str, container: str = "") -> str:
    """A warning about a promise that nobody answers: of a container no part of which does, or of
    what is done already, and may have said something to the container that `task` is a part of."""
    if state == State.DONE:
        said = f", and what it said to {container}, if anything," if container else ""
        return (
            f"{upstream} is done: it answers no promise to {task} any more; its critical keys and "
            f"summary{said} are there, and rework of it asks for more"
        )
    return (
        f"{upstream} is split: no part of it answers its promise to {task}; "
        "make the contract with a part"
    )


def _is_inside(work: Work, part: TaskRow, container: TaskRow) -> bool:
    while part.parent_id and part.parent_id != container.id:
        part = work.task_by_id(part.parent_id)
    return part.parent_id == container.id


def _count(work: Work, task: TaskRow, upstream: TaskRow, kind: str, change: int) -> None:
    if upstream.state != State.DONE:
        if kind == HARD:
            task.pending += change
            work.tx.run(tasks.SET_PENDING, id=task.id, pending=task.pending)
        elif kind in (SOFT, CANDIDATE):
            task.soft_pending += change
            work.tx.run(tasks.SET_SOFT_PENDING, id=task.id, soft_pending=task.soft_pending)
    if kind in (HARD, PART):
        order.look_again(work, [upstream.id])


def follow_pending(work: Work, task: TaskRow) -> None:
    """Move a task that has not begun to where its `pending` puts it."""
    if task.state == State.READY and task.pending > 0:
        work.move(task, Trigger.INPUTS_REOPENED)
    elif task.state == State.WAITING and task.pending == 0:
        work.move(task, Trigger.INPUTS_SETTLED)


def demand_needs(
    work: Work,
    task: TaskRow,
    *,
    by_holder: bool,
    soft_helps: bool = True,
    wanted: Sequence[str] = (),
) -> None:
    """May this task be given a new hard upstream now? `soft_helps`: it is not a soft one already.
    `wanted` names those of an edit, which is refused whole for them.

    Raises:
        WrongState: saying what to do instead.
    """
    named = f" ({few(wanted)}): nothing was changed" if wanted else ""
    if task.state in UNBEGUN or task.state in (State.HELD, State.FAILED):
        return
    if task.state == State.ACTIVE:
        if by_holder:
            return
        raise WrongState(
            f"{task.key} is being worked on by {work.label(task.session_id)}; "
            f"only its holder may add a hard upstream{named}",
            state={"task": task.key, "state": task.state},
            next="add it as soft, or tell the holder" if soft_helps else "tell the holder",
        )
    if task.state == State.SPLIT:
        advice = "split one of its parts, or add the upstream to a part"
    else:
        advice = f'rework(task="{task.key}", feedback=..., add_needs=[...]) opens a new round of it'
        advice += "; or add the upstream as soft" if soft_helps else ""
    raise WrongState(
        f"{task.key} is {task.state} and takes no new hard upstream{named}",
        state={"task": task.key, "state": task.state},
        next=advice,
    )


def step_back(work: Work, task: TaskRow, reason: str) -> dict[str, Any]:
    """The holder's attempt ends because the task must wait; no attempt is charged, notes stay.

    Returns the attempt's image; the caller records the event and then moves with `WAIT_FOR`.
    """
    attempt = attempts.current(work, task)
    recorded = attempts.end(work, task, attempt, WAITS, reason=reason)
    task.attempt = max(0, task.attempt - 1)
    return recorded
