"""What follows when a task becomes done.

Accepting a task releases its dependents, closes its container, settles those that were parked on
its inputs, and looks at those who read an earlier round of it. Each may have consequences of its
own; they are worked off in a queue, so a chain of any length needs no recursion.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from headwater import limits
from headwater.graph import gates
from headwater.graph.gates import PARKED, Gate
from headwater.graph.replay import HARD
from headwater.graph.states import UNBEGUN, State, Trigger
from headwater.operations import attempts, handover, inputs, reuse, reviewers, rounds
from headwater.operations.inputs import Change
from headwater.operations.listing import line
from headwater.operations.work import STORE_ACTOR, Work
from headwater.store.queries import edges, tasks
from headwater.store.queries.tasks import Consumer
from headwater.store.rows import TaskRow

_AS_GIVEN = "its inputs are as its holder was given them"
_AS_READ = "delivers again what was read"


@dataclass(slots=True)
class Consequences:
    """What accepting a task set in motion, by key."""

    unblocked: list[str] = field(default_factory=list[str])
    reused: list[str] = field(default_factory=list[str])
    reopened: list[str] = field(default_factory=list[str])
    told: list[str] = field(default_factory=list[str])
    changes: list[Change] = field(default_factory=list[Change])
    """Why what was delivered is not accepted: what its inputs are now."""


def accepted(work: Work, task: TaskRow) -> Consequences:
    """Carry out what follows from `task` being done; it is saved already."""
    result = Consequences()
    queue = deque([task])
    while queue:
        done = queue.popleft()
        if work.board.reuse:
            reuse.remember(work, done)
        _close_part(work, done, queue)
        _look_at_readers(work, done, result)
        _release_consumers(work, done, queue, result)
    return result


def _release_consumers(
    work: Work, done: TaskRow, queue: deque[TaskRow], result: Consequences
) -> None:
    consumers = work.tx.all(tasks.CONSUMERS, id=done.id)
    _count_down(work, consumers)
    for one in consumers:
        if one.pending - (one.kind == HARD) > 0:
            continue
        if one.state == State.WAITING:
            consumer = work.task_by_id(one.id)
            work.move(consumer, Trigger.INPUTS_SETTLED)
            work.save(consumer)
            if consumer.reuse and reuse.finish_from_earlier(work, consumer):
                result.reused.append(consumer.key)
                queue.extend([consumer] if consumer.state == State.DONE else [])
            else:
                result.unblocked.append(consumer.key)
        elif one.state == State.REVIEW and one.gate in PARKED:
            _settle_gate(work, work.task_by_id(one.id), queue, result)


def _count_down(work: Work, consumers: Sequence[Consumer]) -> None:
    """One upstream less that each of them waits for, or would rather have."""
    hard = [{"id": one.id, "pending": one.pending - 1} for one in consumers if one.kind == HARD]
    soft = [
        {"id": one.id, "soft_pending": one.soft_pending - 1}
        for one in consumers
        if one.kind != HARD
    ]
    if hard:
        work.tx.many(tasks.SET_PENDING, hard)
    if soft:
        work.tx.many(tasks.SET_SOFT_PENDING, soft)


def stand(work: Work, task: TaskRow, *, approved: bool = False, doubtful: bool = False) -> Gate:
    """Put what was delivered before its gate; none is left if it can be accepted."""
    gate = gates.standing(
        inputs_open=task.pending > 0 or doubtful,
        to_review=bool(task.review),
        approved=approved,
        to_merge=work.policy.release_on == "merged",
    )
    task.gate = gate.value
    return gate


def _settle_gate(work: Work, task: TaskRow, queue: deque[TaskRow], result: Consequences) -> None:
    """A delivery was parked because an input was reopened; now all inputs are settled."""
    changes = inputs.not_given(work, task)
    if changes:
        _reject(work, task, changes, result)
        return
    gate = stand(work, task, approved=task.gate == Gate.APPROVED)
    if gate is Gate.REVIEW:
        work.record("review_asked", task, actor=STORE_ACTOR)
    else:
        work.record("accepted", task, reason=_AS_GIVEN, actor=STORE_ACTOR)
    if gate is Gate.NONE:
        work.move(task, Trigger.APPROVE)
        queue.append(task)
    work.save(task)
    if gate is Gate.REVIEW:
        reviewers.tell(work, task)


def settle_if_parked(work: Work, task: TaskRow) -> Consequences:
    """An edge was dropped: a delivery that was parked on its inputs may be acceptable now."""
    result = Consequences()
    if task.state == State.REVIEW and task.gate in PARKED and task.pending == 0:
        queue: deque[TaskRow] = deque()
        _settle_gate(work, task, queue, result)
        while queue:
            more = accepted(work, queue.popleft())
            result.unblocked += more.unblocked
            result.reused += more.reused
            result.reopened += more.reopened
            result.told += more.told
    return result


def _reject(work: Work, task: TaskRow, changes: list[Change], result: Consequences) -> None:
    """What was delivered rests on inputs that have changed since; no attempt is charged."""
    what = inputs.names_of(changes)
    data: dict[str, Any] = {"inputs": inputs.shown(changes)}
    taken = attempts.take_away(work, task, "inputs_changed")
    if taken:
        data["attempt"] = taken
    reason = f"inputs changed: {what}"
    work.record("rejected", task, reason=reason, data=data, actor=STORE_ACTOR)
    said = f"Inputs changed after you had read them: {what}"
    rounds.send_back(work, task, said, STORE_ACTOR, changes)
    result.reopened.append(task.key)
    result.changes += changes


def _look_at_readers(work: Work, source: TaskRow, result: Consequences) -> None:
    """Early cutoff: who read an earlier delivery of `source`, and is it different for them?"""
    consumers = source.consumers
    if source.round <= 1 and not source.supersedes_id and consumers != "all":
        return  # there was no earlier one
    if not source.delivery_id and not _look_at_readers_of_parts(work, source.id, result):
        return
    seen = _compare(work, source, consumers, result)
    if consumers == "all":
        for row in work.tx.all(edges.CONSUMER_KEYS, upstream_id=source.id):
            if row[1] == State.DONE and row[2] not in seen and row[3] == HARD:
                _reopen(work, source, work.task_by_id(row[2]), [], result)


def _look_at_readers_of_parts(work: Work, container_id: int, result: Consequences) -> bool:
    """False if the container is not done any more: that its last part is done has just reopened
    another one."""
    container = work.task_by_id(container_id)
    if container.state != State.DONE:
        return False
    consumers = container.consumers
    if consumers != "changed":  # it has no rounds of its own: what was asked holds once
        container.consumers = "changed"
        work.save(container)
    for part in handover.to_parts(work, container):
        _compare(work, part, consumers, result)
    return True


def _compare(work: Work, source: TaskRow, consumers: str, result: Consequences) -> set[int]:
    """Reopen or tell the readers of `source`; returns all of them."""
    seen: set[int] = set()
    for task_id, read_id, digests, soft, state, number in work.tx.all(
        edges.READERS, source_id=source.id
    ):
        seen.add(task_id)
        waits_again = state in UNBEGUN and number > 1
        if read_id == source.delivery_id:
            continue
        if not waits_again and state not in (State.DONE, State.ACTIVE, State.REVIEW):
            continue  # it will be given the new delivery when it is claimed
        reader = work.task_by_id(task_id)
        changes = inputs.differences(
            work, source.key, read_id, json.loads(digests), source.delivery_id, reader
        )
        if waits_again:
            if consumers != "none":
                reason = _reason(source, changes) if changes else f"{source.key} {_AS_READ}"
                rounds.add_changes(work, reader, source.key, reason, changes)
        elif state == State.DONE:
            wanted = consumers == "all" or (changes and consumers == "changed")
            if wanted and not soft:
                _reopen(work, source, reader, changes, result)
        elif changes:
            _tell_reader(work, source, reader, changes, result, soft=bool(soft))
    return seen


def _tell_reader(
    work: Work,
    source: TaskRow,
    reader: TaskRow,
    changes: list[Change],
    result: Consequences,
    *,
    soft: bool,
) -> None:
    """Tell who works with what it read; send back what waits for a reviewer."""
    if reader.state == State.ACTIVE and reader.session_id:
        work.notify_session(
            reader.session_id,
            "inputs_changed",
            task=reader.key,
            data={
                "upstream": source.key,
                "keys": [change.key for change in changes[: limits.CONTRACT_KEYS]],
                "inputs": inputs.shown(changes),
            },
        )
        if not soft:
            reader.gate = Gate.CHANGED.value
            work.save(reader)
        result.told.append(reader.key)
    elif reader.state == State.REVIEW and reader.gate in (Gate.REVIEW, Gate.MERGE) and not soft:
        _reject(work, reader, changes, result)


def _reopen(
    work: Work, source: TaskRow, reader: TaskRow, changes: list[Change], result: Consequences
) -> None:
    """A finished reader is redone because of what it read; not one in whose place another stands,
    which has its consumers."""
    if reader.state != State.DONE or reader.superseded_by_id:
        return
    reason = _reason(source, changes)
    data = {"source": source.key, "inputs": inputs.shown(changes)}
    reader.consumers = "changed"
    rounds.begin(work, reader, reason, STORE_ACTOR, kind="reopened", data=data, changes=changes)
    rounds.tell_consumers(work, reader, reason)
    result.reopened.append(reader.key)


def _reason(source: TaskRow, changes: list[Change]) -> str:
    keys = ", ".join(change.key for change in changes) or "all of it"
    return f"{source.key} was reworked: {line(keys)}"


def _close_part(work: Work, child: TaskRow, queue: deque[TaskRow]) -> None:
    parent = part_closed(work, child)
    if parent is not None:
        queue.append(parent)


def part_closed(work: Work, child: TaskRow) -> TaskRow | None:
    """A child was done or cancelled. Returns its container if that is done by it now."""
    if not child.parent_id:
        return None
    row = work.tx.one(tasks.COUNT_PART, id=child.parent_id, change=-1)
    parent = work.task_by_id(child.parent_id)
    if row is None or row[0] > 0 or parent.state != State.SPLIT:
        return None
    children = work.tx.all(tasks.CHILDREN, parent_id=parent.id)
    if any(one.state == State.DONE for one in children):
        work.record("parts_done", parent)
        work.move(parent, Trigger.PARTS_DONE)
        work.save(parent)
        return parent
    work.record("parts_cancelled", parent)
    text = work.text(parent)
    text.question = "Every part was cancelled."
    work.move(parent, Trigger.PARTS_CANCELLED)
    work.save_talk(text)
    work.save(parent)
    work.notify("planners", "held", task=parent.key, body=text.question)
    return None
