"""Conflict tasks: what does not merge by itself is work, and goes on the board as such.

The branches stay as they are. Who takes the task merges them in a worktree of its own; when that is
merged into the base branch it contains them, and what waited for it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from headwater import Board, limits
from headwater.errors import DuplicateKey, UnknownTask
from headwater.runner.places import digest
from headwater.verbs.look import TaskReply

_SUFFIX: Final = ".conflict"
_FILES_SHOWN: Final = 20
_PRIORITY: Final = 50
_ROUNDS_CHARS: Final = 10


def key_for(task: str, round_: int) -> str:
    """The conflict task of a task's round. A long key is shortened, and told from others by a
    digest."""
    tail = _SUFFIX if round_ <= 1 else f"{_SUFFIX}-{round_}"
    room = limits.KEY_CHARS - len(_SUFFIX) - _ROUNDS_CHARS
    short = digest(task)
    return (task if len(task) <= room else f"{task[: room - len(short) - 1]}-{short}") + tail


def add(board: Board, task: str, branches: Sequence[str], base: str, files: Sequence[str]) -> str:
    """Put a conflict task on the board, unless it is there; its key, and empty if it was worked on
    in vain."""
    shown: TaskReply = board.graph(view="task", task=task)
    key = key_for(task, shown.round)
    try:
        found: TaskReply = board.graph(view="task", task=key)
    except UnknownTask:
        spec = _spec(key, task, branches, base, files)
        try:
            board.add([spec])
        except DuplicateKey:  # another runner met the same conflict
            return key
        return key
    return key if found.state in ("waiting", "ready", "active", "review", "split") else ""


def _spec(
    key: str, task: str, branches: Sequence[str], base: str, files: Sequence[str]
) -> dict[str, object]:
    merges = "\n".join(f"    git merge --no-edit {branch}" for branch in branches)
    named = "\n".join(f"- {file}" for file in files[:_FILES_SHOWN])
    return {
        "key": key,
        "title": f"Resolve the merge conflict of {task}"[: limits.TITLE_CHARS],
        "spec": (
            f"The work of `{task}` is accepted, but it does not merge into `{base}`. Your worktree "
            f"is on a branch that starts at `{base}`. Merge there:\n\n{merges}\n\n"
            f"Resolve every conflict so that both sides keep what they wanted, test it, and commit "
            f"the merge. Files in conflict:\n\n{named}\n"
        ),
        "acceptance": [f"{branch} is merged"[: limits.LINE_CHARS] for branch in branches][:50],
        "priority": _PRIORITY,
    }
