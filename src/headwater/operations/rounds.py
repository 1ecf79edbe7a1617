"""A task is open again: a new round of it, and what follows for those who count on it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from headwater import limits
from headwater.errors import counted
from headwater.graph.events import EventKind
from headwater.graph.replay import HARD
from headwater.graph.states import CLOSED, LEGAL, State, Trigger
from headwater.operations import attempts, inputs, order
from headwater.operations.earlier import last
from headwater.operations.images import compact
from headwater.operations.inputs import Change
from headwater.operations.listing import line, told
from headwater.operations.work import Work
from headwater.store.queries import edges, tasks
from headwater.store.rows import TaskRow, TextRow


def begin(
    work: Work,
    task: TaskRow,
    feedback: str,
    by: str,
    *,
    kind: EventKind = "reworked",
    reason: str = "",
    data: dict[str, Any] | None = None,
    changes: Sequence[Change] = (),
) -> None:
    """Open a new round of a task that was done, failed, held or cancelled. Not saved yet.

    Over the policy's bound of rounds it is held instead, for a person or planner to decide: what
    they open again is counted from anew.
    """
    was_done = task.state == State.DONE
    was_closed = task.state in CLOSED
    was_cancelled = task.state == State.CANCELLED
    work.record(kind, task, reason=reason or line(feedback), data=data, actor=by)
    text = work.text(task)
    over = task.state != State.HELD and task.reworks >= work.policy.reworks
    if over:
        text.question = (
            f"Reworked {counted(task.reworks, 'time')} already. Last feedback: {feedback}"
        )
    else:
        text.question = ""
    if was_done:
        text.note = ""  # of the attempts and the review that led there
    _append_feedback(work, text, feedback, by, changes)
    if task.state == State.HELD:
        _tell_asker(work, task, feedback)
    task.reworks = 0 if task.state == State.HELD else task.reworks + 1
    task.round += 1
    task.attempt = 0
    task.releases = 0
    task.due_ms = 0
    task.gate = ""
    attempts.free(task)
    if was_done:
        _tell_author(work, task, feedback)
    work.move(task, Trigger.REWORK_TOO_OFTEN if over else Trigger.REWORK)
    work.save_talk(text)
    work.save(task)
    if over:
        work.notify("planners", "held", task=task.key, body=line(feedback))
    if was_done:
        _reopen_consumers(work, task)
    if was_cancelled:
        order.look_above(work, task.id)
    if was_closed:
        reopen_part(work, task)


def _reopen_consumers(work: Work, task: TaskRow) -> None:
    """Dependents wait again for a task that is no longer done."""
    for task_id, state, pending in work.tx.all(tasks.COUNT_UP, id=task.id):
        if state == State.READY and pending > 0:
            consumer = work.task_by_id(task_id)
            work.move(consumer, Trigger.INPUTS_REOPENED)
            work.save(consumer)


def tell_consumers(work: Work, task: TaskRow, why: str) -> list[tuple[str, str]]:
    """Tell those who hold a task that needs this one, to work on it or to review it, that it is
    done again, and why; all who need it, with their states. The containers of a part are open with
    it, so those who need them are among them."""
    found: dict[int, tuple[str, str]] = {}
    upstream_id, parent_id = task.id, task.parent_id
    while upstream_id:
        for key, state, task_id, kind, *_contract in work.tx.all(
            edges.CONSUMER_KEYS, upstream_id=upstream_id
        ):
            if kind == HARD:
                found[task_id] = (key, state)
        upstream_id = parent_id
        parent_id = work.task_by_id(parent_id).parent_id if parent_id else 0
    for task_id, (key, state) in found.items():
        if state in (State.ACTIVE, State.REVIEW):
            holder = work.task_by_id(task_id).session_id
            data = {"task": task.key}
            work.notify_session(holder, "upstream_reworked", task=key, body=why, data=data)
    return list(found.values())


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
        order.look_above(work, parent.id)
    work.move(parent, Trigger.PARTS_REOPENED)
    work.save(parent)
    if was_done:
        _reopen_consumers(work, parent)
    if was_closed:
        reopen_part(work, parent)


def ask_all(work: Work, part: TaskRow) -> None:
    """`all` consumers of a part are those of its containers, too, however many parts are open."""
    while part.parent_id:
        part = work.task_by_id(part.parent_id)
        if part.state == State.SPLIT:
            part.consumers = "all"
            work.save(part)


def send_back(
    work: Work, task: TaskRow, feedback: str, by: str, changes: Sequence[Change] = ()
) -> None:
    """A delivery that waited for acceptance is not accepted; no attempt is charged. The note that a
    reviewer may have left is none for who goes on."""
    text = work.text(task)
    text.note = ""
    _append_feedback(work, text, feedback, by, changes)
    work.save_talk(text)
    task.gate = ""
    _tell_author(work, task, feedback)
    task.delivery_id = 0
    task.attempt = max(0, task.attempt - 1)
    work.move(task, Trigger.REJECT)
    work.save(task)


def _tell_author(work: Work, task: TaskRow, feedback: str) -> None:
    """Who knows the work best can take it up again."""
    work.notify_session(author_of(work, task), "sent_back", task=task.key, body=line(feedback))


def author_of(work: Work, task: TaskRow) -> int:
    """The session that delivered it and is to hear what becomes of that; 0 if it says so itself."""
    made = work.delivery(task.delivery_id)
    return made.session_id if made and work.label(made.session_id) != work.actor else 0


def _tell_asker(work: Work, task: TaskRow, answer: str) -> None:
    """Who asked the question that a task is held for, and has given it up for that. Other reasons
    to hold it are nobody's question."""
    last = attempts.last_worked(work, task)
    if last is None or last.outcome != "blocked" or last.round != task.round:
        return
    if work.label(last.session_id) != work.actor:
        work.notify_session(last.session_id, "answered", task=task.key, body=told(answer))


def give_feedback(work: Work, task: TaskRow, feedback: str, by: str) -> None:
    """Append feedback to the open round."""
    text = work.text(task)
    _append_feedback(work, text, feedback, by)
    work.save_talk(text)


def add_changes(
    work: Work, task: TaskRow, source: str, reason: str, changes: Sequence[Change]
) -> None:
    """Who will do a task again for its changed inputs is to see all of them, in one place: that of
    the first. `changes`: all of `source` that is not as it was read; what came back to that is no
    change any more. A task that is done again for another reason gets none."""
    before, text = last(work, task), work.text(task)
    if before is None:
        return
    entries: list[dict[str, Any]] = json.loads(text.feedback)
    of_this_round = (one for one in entries if one["at_ms"] >= before.created_ms)
    entry = next((one for one in of_this_round if "inputs" in one), None)
    if entry is None:
        return
    others = [one for one in entry["inputs"] if one["task"] != source]
    if not changes and len(others) == len(entry["inputs"]):
        return
    entry["inputs"] = [*others, *inputs.shown(changes)][: limits.CHANGES_SHOWN]
    if changes and reason not in entry["text"]:
        entry["text"] = line(f"{entry['text']}; {reason}")
    text.feedback = compact(entries)
    work.record("feedback", task, reason=reason)
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
