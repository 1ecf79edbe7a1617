"""What to call next for who has just changed the plan, so that it fits who asks."""

from __future__ import annotations

from typing import Final

from headwater.errors import counted
from headwater.graph.states import CLOSED, State
from headwater.operations.work import Work
from headwater.store.queries import sessions, tasks
from headwater.store.rows import TaskRow
from headwater.verbs.sessions import RUN_WINDOW

_PARTS_NAMED: Final = 3
_TOLD: Final = "its holder learns it at the next check"
_STARTED_AGAIN: Final = (
    "its agent, which a run has started, is started once more by the new text when it ends"
)


def go_on(work: Work) -> str:
    """Back to the task that the calling session holds; a planner holds none, and claims nothing."""
    held = work.tx.all(tasks.HELD_BY, session_id=work.session.id) if work.session else []
    return f"go on with {held[0].key}" if held else "workers get what is ready by claim(session)"


def how_told(work: Work, task: TaskRow) -> str:
    """How the holder of a task gets to know what is said of it now."""
    holder = work.tx.one(sessions.BY_ID, id=task.session_id)
    of_a_run = holder is not None and holder.window_name.startswith(RUN_WINDOW)
    return _STARTED_AGAIN if of_a_run else _TOLD


def parts_instead(work: Work, container: TaskRow) -> str:
    """Nobody works on a container: what is asked of its parts stands in theirs."""
    parts = work.tx.all(tasks.CHILDREN, parent_id=container.id)
    unfinished = [one.key for one in parts if one.state not in CLOSED]
    calls = [f'edit(task="{key}", ...)' for key in unfinished] or [
        f'rework(task="{one.key}", feedback=...)' for one in parts if one.state == State.DONE
    ]
    some = " or ".join(calls[:_PARTS_NAMED])
    return f"{container.key} is split, and its parts go by what they say: {some} reaches a worker"


def when_claimed(task: TaskRow) -> str:
    """When a task that was sent back is worked on again."""
    if task.state == State.ACTIVE:
        return _TOLD
    if task.pending:
        ups = counted(task.pending, "upstream")
        return f"{task.key} waits for {ups}: claim(session) hands it out when all are done"
    if task.due_ms:
        return "claim(session) hands it out when its backoff is over"
    return f"{task.key} is ready: claim(session) hands it out"
