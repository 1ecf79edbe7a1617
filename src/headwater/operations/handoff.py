"""Handing a task on: to one agent or to anyone, with all that its next holder needs.

What was said goes into the next briefing as the task's note and under `tried`; what was made so far
(critical values, artifacts) is kept as an unfinished delivery; and where the work lies is what the
session's preflight recorded of its checkout.
"""

from __future__ import annotations

import json

from headwater import limits
from headwater.errors import counted
from headwater.graph.briefing import cut, size_bytes
from headwater.graph.notices import AGENT
from headwater.graph.states import Trigger
from headwater.operations import attempts
from headwater.operations.leases import Lease
from headwater.operations.listing import line
from headwater.operations.notices import UNSEEN, agent_of, is_able, meant, was_seen
from headwater.operations.queue import ANYONE, avoid
from headwater.operations.work import Work
from headwater.store.rows import SessionRow, TaskRow
from headwater.verbs.sessions import RUN_WINDOW
from headwater.verbs.work import FinishRequest

LEFT_AT = "Left at: "
"""Before the place, as the last paragraph of an attempt's notes."""
_EARLIER = "\n\nEarlier note: "
_OF_CONTAINER = "Note on {}, before it was split: "


def place_of(session: SessionRow) -> str:
    """Where a session's unfinished work lies: branch and workspace, as far as known. Of a checkout
    without a branch the commit of its join: what was committed since comes after it. A worker of a
    run stands where that was started, and has each task done on a branch of the task's own."""
    if session.window_name.startswith(RUN_WINDOW):
        return place_in_run(session.window_name.removeprefix(RUN_WINDOW))
    commit = f"commit {session.head} at its join" if session.head else ""
    known = (
        f"branch {session.branch}" if session.branch else commit,
        f"workspace {session.workspace}" if session.workspace else "",
    )
    return ", ".join(part for part in known if part)


def place_in_run(run: str) -> str:
    """Where a worker of the run leaves its work."""
    return f"the task's branch of the run {run} (headwater worktrees)"


def with_place(request: FinishRequest, session: SessionRow) -> FinishRequest:
    """The request, its notes ending with where the work was left."""
    place = place_of(session)
    if not place:
        return request
    notes = f"{request.notes}\n\n{LEFT_AT}{place}".strip()
    return request.model_copy(update={"notes": notes})


def hand_on(work: Work, lease: Lease, request: FinishRequest, reason: str) -> list[str]:
    """Put the task back into the queue under the name of whom it is for. Returns warnings."""
    task = lease.task
    task.attempt = max(0, task.attempt - 1)
    task.handoff = agent_of(request.to.removeprefix(AGENT)) or ANYONE
    work.move(task, Trigger.RELEASE)
    if reason:
        leave_note(work, task, reason)
    work.save(task)
    avoid(work, lease.session, task)
    work.notify(_target(task), "handoff", task=task.key, body=line(reason))
    return _warnings(work, task)


def leave_note(work: Work, task: TaskRow, said: str) -> None:
    """What the next holder is told first."""
    text = work.text(task)
    text.note = _with_earlier(said, text.note)
    work.save_talk(text)


def notes_in(note: str) -> list[str]:
    """A task's note, taken apart again."""
    return note.split(_EARLIER)


def note_for_parts(container: TaskRow, note: str) -> str:
    """What was noted while a whole was worked on, for who works on a part of it."""
    whose = _OF_CONTAINER.format(container.key)
    return f"{whose}{cut(note, limits.TEXT_BYTES - len(whose))}" if note else ""


def why(work: Work, task: TaskRow) -> str:
    """Why a session is given a task that was handed on: before it is taken."""
    last = attempts.last_worked(work, task)
    to = "anyone" if task.handoff == ANYONE else "you"
    return f"handed to {to} by {work.label(last.session_id)}" if last else f"handed to {to}"


def _with_earlier(reason: str, note: str) -> str:
    """The reason goes before the progress note that a check had left, and does not replace it."""
    if not note or note == reason:
        return reason
    room = limits.TEXT_BYTES - size_bytes(reason) - len(_EARLIER)
    return f"{reason}{_EARLIER}{cut(note, room)}" if room > 0 else reason


def _target(task: TaskRow) -> str:
    if task.handoff != ANYONE:
        return f"{AGENT}{task.handoff}"
    needed: list[str] = json.loads(task.capabilities)
    return f"workers:{needed[0]}" if needed else "workers"


def _warnings(work: Work, task: TaskRow) -> list[str]:
    if task.handoff == ANYONE:
        return []
    then = f"the task is kept for it, after {counted(work.policy.avoid_minutes, 'minute')} anybody"
    if not was_seen(work, task.handoff):
        return [f"{UNSEEN}: {then} is offered it{meant(work, task.handoff)}"]
    needed: list[str] = json.loads(task.capabilities)
    if needed and not is_able(work, task.handoff, needed):
        said = line(", ".join(needed))
        return [f"no session of that agent joined with {said}: {then} who has that is offered it"]
    return []
