"""What a holder may change of its own task, and what takes the right to plan.

Its words, its files and how long it will take belong to doing the work. What it may use, what it is
judged by, who may do it and how urgent it is were decided by whoever planned it: a holder without
that right can neither edit them nor get round them by a split.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final

from headwater.errors import VersionConflict
from headwater.operations.edited import WORKED_BY
from headwater.operations.notices import newest
from headwater.operations.work import Work
from headwater.store.queries import context, sessions
from headwater.store.rows import SessionRow, TaskRow, TextRow
from headwater.verbs.plan import ChildSpec

OWN: Final = frozenset({"title", "spec", "estimate", "paths"})
"""What `edit` may set with the lease alone."""


def demand_edit(work: Work, task: TaskRow, changed: Iterable[str], *, by_holder: bool) -> None:
    """These fields of `task`, which says already what they are now, were changed; anybody but its
    holder plans.

    Raises:
        Forbidden: naming those for which it needs the right to plan.
    """
    planned = set(changed) - OWN if by_holder else set[str]()
    if task.review:
        planned.discard("review")  # to ask for one is anybody's right
    if planned == {"review"}:
        work.caller.demand("plan", "edit with review=false")
    elif planned:
        work.caller.demand("plan", f"edit of {', '.join(sorted(planned))}")


def unread_changes(work: Work, task: TaskRow, holder: SessionRow, upto: int) -> set[str]:
    """What was edited of a task that its holder has not been told yet. `upto`: the newest notice of
    the board; if the holder has had that, nothing is read."""
    told = max(holder.cursor, holder.offered)
    if upto <= told:
        return set()
    rows = work.tx.all(
        sessions.UNREAD_ABOUT,
        board_id=work.board.id,
        target=f"session:{holder.id}",
        kind="task_edited",
        task=task.key,
        cursor=told,
    )
    return {str(name) for row in rows for name in json.loads(str(row[0]))["changed"]}


def unread_edit(work: Work, task: TaskRow, holder: SessionRow, upto: int) -> list[str]:
    """A warning for whoever delivers: what was asked meanwhile, and the delivery cannot know."""
    changed = unread_changes(work, task, holder, upto)
    asked = [name for name in WORKED_BY if name in changed]
    if not asked:
        return []
    return [
        f"edited before you finished, and not read by you: {', '.join(asked)}; "
        f'graph(view="task", task="{task.key}") shows it; rework(task="{task.key}", feedback=...) '
        "if this does not meet it"
    ]


def demand_read(work: Work, task: TaskRow) -> None:
    """The parts of a split are written by what its holder knows of the task.

    Raises:
        VersionConflict: it was edited, and the holder has not been told yet.
    """
    holder = work.tx.one(sessions.BY_ID, id=task.session_id)
    if holder and (changed := unread_changes(work, task, holder, newest(work))):
        raise VersionConflict(
            f"{task.key} was edited since you last looked ({', '.join(sorted(changed))}); "
            "nothing was changed",
            state={"task": task.key, "version": task.version},
            next="check(lease) says what is new; then split it as it is now",
        )


def demand_parts(work: Work, task: TaskRow, text: TextRow, into: Sequence[ChildSpec]) -> None:
    """A holder splits its task into parts, which have inherited what they do not say.

    Raises:
        Forbidden: a part may use more, or asks for less, than the task; or another task that does
            not wait for this one shall wait for it.
    """
    if work.caller.may("plan"):
        return
    consumers = {row[0] for row in work.tx.all(context.CONSUMERS, upstream_id=task.id)}
    own = consumers.union(part.key for part in into)
    others = [key for part in into for key in part.before if key not in own]
    if others:
        work.caller.demand("plan", f"split with a part before {others[0]}")
    wanted = set(json.loads(task.capabilities))
    for part in into:
        wrong = {
            "group": part.group != task.grouping,
            "capabilities": not wanted <= set(part.capabilities),
            "attempts": part.attempts > task.attempts,
            "priority": part.priority > task.priority,
        }
        wider = [name for name, is_wider in wrong.items() if is_wider]
        if wider:
            work.caller.demand(
                "plan",
                f"split with another {wider[0]} than the task's",
                f"leave out {wider[0]}: a part has the task's; or ",
            )
    limit: dict[str, float] = json.loads(text.budget)
    for unit, most in limit.items():
        parts = [float(getattr(part.budget, unit)) for part in into]
        if not all(parts) or sum(parts) > most:
            work.caller.demand("plan", f"split into parts without {most:g} {unit} among them")
