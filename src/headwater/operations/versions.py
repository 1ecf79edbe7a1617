"""Optimistic concurrency: `expect_version`."""

from __future__ import annotations

from headwater.errors import VersionConflict
from headwater.store.rows import TaskRow


def demand_version(task: TaskRow, expected: int) -> None:
    """Refuse to act on a task that changed since the caller looked at it. 0 means any.

    Raises:
        VersionConflict: naming both versions.
    """
    if expected and task.version != expected:
        raise VersionConflict(
            f"{task.key} is at version {task.version}, not {expected}; nothing was changed",
            state={"task": task.key, "version": task.version},
            next=f'read it again: graph(view="task", task="{task.key}")',
        )
