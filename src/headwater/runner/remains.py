"""What a git command that was killed leaves behind: locks, and a worktree that is half made.

All of this is for who has the task's lock: nobody works on its branch or in its worktree then.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from headwater.checkout import find
from headwater.runner.commits import HEADS
from headwater.runner.git import Repository

_LOCKED_S: Final = 2.0
"""Longer than a git command that lives keeps a lock of a worktree or branch."""
_BEING_MADE: Final = "initializing"
"""Why git keeps a worktree locked until all of it is there."""


def unlock(git: Repository, branch: str, folder: Path | None) -> None:
    """Remove the locks on a branch and of the worktree that has it. Should somebody be at work
    there after all, that is waited for a moment."""
    until_s = monotonic() + _LOCKED_S
    while left := list(_locks(git, branch, folder)):
        if monotonic() > until_s:
            for lock in left:
                lock.unlink(missing_ok=True)
            return
        sleep(_LOCKED_S / 20)


def _locks(git: Repository, branch: str, folder: Path | None) -> Iterator[Path]:
    lock = git.common / f"{HEADS}{branch}.lock"
    if lock.exists():
        yield lock
    checkout = find(folder) if folder is not None else None
    if folder is None or checkout is None or checkout.root != folder.resolve():
        return  # there is none, or it has lost its .git file
    yield from checkout.own.glob("*.lock")


def is_half_made(folder: Path) -> bool:
    """Whether git has begun to make a worktree, and not ended: files are missing that nobody has
    deleted."""
    checkout = find(folder)
    if checkout is None or checkout.own == checkout.common:
        return False
    try:
        return (checkout.own / "locked").read_text(errors="replace").strip() == _BEING_MADE
    except OSError:
        return False
