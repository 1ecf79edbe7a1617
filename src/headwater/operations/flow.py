"""What follows when a task becomes done, or stops being done.

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
from headwater.graph.states import CLOSED, LEGAL, State, Trigger
from headwater.operations import attempts, inputs, order, reuse, reviewers
from headwater.operations.attempts import CHANGED
from headwater.operations.images import compact
from headwater.operations.inputs import Change
from headwater.operations.work import Work
from headwater.store.queries import edges, tasks
from headwater.store.rows import TaskRow, TextRow

APPROVED = "approved"
MERGE = "merge"
"""The gate of an accepted delivery whose branch is to be merged (policy `release_on=merged`)."""
PARKED = frozenset({"inputs", APPROVED})
"""The gates of a delivery that waits for its inputs to settle; `approved` was reviewed already."""


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
    for task_id, state, pending, gate in work.tx.all(tasks.COUNT, id=done.id, change=-1):
        if pending > 0:
            continue
        if state == State.WAITING:
            consumer = work.task_by_id(task_id)
            work.move(consumer, Trigger.INPUTS_SETTLED)
            work.save(consumer)
            if consumer.reuse and reuse.finish_from_earlier(work, consumer):
                result.reused.append(consumer.key)
                queue.extend([consumer] if consumer.state == State.DONE else [])
            else:
                result.unblocked.append(consumer.key)
        elif state == State.REVIEW and gate in PARKED:
            _settle_gate(work, work.task_by_id(task_id), queue, result)


def _settle_gate(work: Work, task: TaskRow, queue: deque[TaskRow], result: Consequences) -> None:
    """A delivery was parked because an input was reopened; now all inputs are settled."""
    changes = inputs.not_given(work, task)
    if changes:
        _reject(work, task, changes, result)
    elif task.review and task.gate != APPROVED:
        task.gate = "review"
        work.record("review_asked", task)
        work.save(task)
        reviewers.tell(work, task)
    elif work.policy.release_on == "merged":
        work.record("accepted", task, reason="inputs settled unchanged")
        task.gate = MERGE
        work.save(task)
    else:
        work.record("accepted", task, reason="inputs settled unchanged")
        task.gate = ""
        work.move(task, Trigger.APPROVE)
        work.save(task)
        queue.append(task)


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
    work.record("rejected", task, reason=f"inputs changed: {what}", data=data)
    said = f"Inputs changed after you had read them: {what}"
    give_feedback(work, task, said, "headwater", changes)
    send_back(work, task)
    result.reopened.append(task.key)
    result.changes += changes


def _look_at_readers(work: Work, source: TaskRow, result: Consequences) -> None:
    """Early cutoff: who read an earlier delivery of `source`, and is it different for them?"""
    if source.round <= 1 and not source.supersedes_id and source.consumers != "all":
        return  # there was no earlier one
    readers = work.tx.all(edges.READERS, source_id=source.id)
    if not readers and source.consumers != "all":
        return
    seen: set[int] = set()
    for task_id, read_id, digests, soft, state in readers:
        seen.add(task_id)
        if read_id == source.delivery_id:
            continue
        if state not in (State.DONE, State.ACTIVE, State.REVIEW):
            continue  # it will be given the new delivery when it is claimed
        reader = work.task_by_id(task_id)
        changes = inputs.differences(
            work, source.key, read_id, json.loads(digests), source.delivery_id, reader
        )
        if state == State.DONE:
            wanted = source.consumers == "all" or (changes and source.consumers == "changed")
            if wanted and not soft:
                _reopen(work, source, task_id, changes, result)
        elif changes:
            _tell_reader(work, source, reader, changes, result, soft=bool(soft))
    if source.consumers == "all":
        for row in work.tx.all(edges.CONSUMER_KEYS, upstream_id=source.id):
            if row[1] == State.DONE and row[2] not in seen and row[3] == "hard":
                _reopen(work, source, row[2], [], result)


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
        work.notify(
            f"session:{reader.session_id}",
            "inputs_changed",
            task=reader.key,
            data={
                "upstream": source.key,
                "keys": [change.key for change in changes[: limits.CONTRACT_KEYS]],
                "inputs": inputs.shown(changes),
            },
        )
        if not soft:
            reader.gate = CHANGED
            work.save(reader)
        result.told.append(reader.key)
    elif reader.state == State.REVIEW and reader.gate in ("review", MERGE) and not soft:
        _reject(work, reader, changes, result)


def _reopen(
    work: Work, source: TaskRow, task_id: int, changes: list[Change], result: Consequences
) -> None:
    """A finished reader is redone because of what it read."""
    reader = work.task_by_id(task_id)
    if reader.state != State.DONE:
        return
    keys = ", ".join(change.key for change in changes) or "all of it"
    reason = f"{source.key} was reworked: {inputs.line(keys)}"
    data = {"source": source.key, "inputs": inputs.shown(changes)}
    begin_round(work, reader, reason, "headwater", kind="reopened", data=data, changes=changes)
    reader.consumers = "changed"
    work.save(reader)
    result.reopened.append(reader.key)


def begin_round(
    work: Work,
    task: TaskRow,
    feedback: str,
    by: str,
    *,
    kind: str = "reworked",
    counted: bool = True,
    data: dict[str, Any] | None = None,
    changes: Sequence[Change] = (),
) -> None:
    """Open a new round of a task that was done, failed, held or cancelled. Not saved yet.

    Over the policy's bound of rounds it is held instead, for a person or planner to decide.
    """
    was_done = task.state == State.DONE
    was_closed = task.state in CLOSED
    was_cancelled = task.state == State.CANCELLED
    work.record(kind, task, reason=feedback[:400], data=data)
    text = work.text(task)
    over = counted and task.state != State.HELD and task.reworks >= work.policy.reworks
    if over:
        text.question = f"Reworked {task.reworks} times already. Last feedback: {feedback}"
    else:
        text.question = ""
    _append_feedback(work, text, feedback, by, changes)
    task.reworks = 0 if task.state == State.HELD else task.reworks + 1
    task.round += 1
    task.attempt = 0
    task.releases = 0
    task.due_ms = 0
    task.gate = ""
    attempts.free(task)
    work.move(task, Trigger.REWORK_TOO_OFTEN if over else Trigger.REWORK)
    work.save_talk(text)
    work.save(task)
    if over:
        work.notify("planners", "held", task=task.key, body=feedback[: limits.LINE_CHARS])
    if was_done:
        _reopen_consumers(work, task)
    if was_cancelled:  # it lengthens the chains below its upstreams again
        upstreams = work.tx.all(edges.UPSTREAMS_OF, task_id=task.id)
        order.look_again(work, [row[0] for row in upstreams])
    if was_closed:
        reopen_part(work, task)


def _reopen_consumers(work: Work, task: TaskRow) -> None:
    """Dependents wait again for a task that is no longer done."""
    for task_id, state, pending, _gate in work.tx.all(tasks.COUNT, id=task.id, change=1):
        if state == State.READY and pending > 0:
            consumer = work.task_by_id(task_id)
            work.move(consumer, Trigger.INPUTS_REOPENED)
            work.save(consumer)


def reopen_part(work: Work, child: TaskRow) -> None:
    """A closed child of a container is open again."""
    if not child.parent_id:
        return
    work.tx.run(tasks.COUNT_PART, id=child.parent_id, change=1)
    parent = work.task_by_id(child.parent_id)
    if (State(parent.state), Trigger.PARTS_REOPENED) not in LEGAL:
        return
    was_done, was_closed = parent.state == State.DONE, parent.state in CLOSED
    if parent.state == State.CANCELLED:
        upstreams = work.tx.all(edges.UPSTREAMS_OF, task_id=parent.id)
        order.look_again(work, [row[0] for row in upstreams])
    work.move(parent, Trigger.PARTS_REOPENED)
    work.save(parent)
    if was_done:
        _reopen_consumers(work, parent)
    if was_closed:
        reopen_part(work, parent)


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


def send_back(work: Work, task: TaskRow) -> None:
    """A delivery that waited for acceptance is not accepted; no attempt is charged."""
    task.gate = ""
    task.delivery_id = 0
    task.attempt = max(0, task.attempt - 1)
    work.move(task, Trigger.REJECT)
    work.save(task)


def give_feedback(
    work: Work, task: TaskRow, feedback: str, by: str, changes: Sequence[Change] = ()
) -> None:
    """Append feedback to the open round."""
    text = work.text(task)
    _append_feedback(work, text, feedback, by, changes)
    work.save_talk(text)


def _append_feedback(
    work: Work, text: TextRow, feedback: str, by: str, changes: Sequence[Change] = ()
) -> None:
    """Keep the newest few: older ones stay in the history."""
    entries: list[dict[str, Any]] = json.loads(text.feedback)
    entry: dict[str, Any] = {"by": by, "text": feedback, "at_ms": work.now_ms}
    if changes:
        entry["inputs"] = inputs.shown(changes)
    entries.append(entry)
    text.feedback = compact(entries[-limits.FEEDBACK_KEPT :])
