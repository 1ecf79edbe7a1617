"""Removing worktrees, also those with submodules, which git itself always refuses.

Git takes a worktree apart file by file. Killed midway, it would leave one whose missing files the
next attempt takes for deleted. So the folder is put aside first, in one step.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from headwater.checkout import Checkout, find
from headwater.runner import submodules
from headwater.runner.git import Repository
from headwater.runner.git_command import GitError
from headwater.runner.places import is_made_by_a_run


def remove(git: Repository, folder: Path) -> None:
    """Remove a worktree, or what is left of one whose removal was broken off.

    Raises:
        GitError: files in it would be lost, or commits of a submodule that are nowhere else; or it
            is somebody's own.
    """
    if not is_made_by_a_run(folder) or folder == git.root:
        raise GitError(
            f"its branch is checked out in {folder}, which is no worktree of a task",
            next=f"in {folder}: git switch another branch",
        )
    aside = folder.with_name(f".{folder.name}.removed-by-headwater")
    checkout = find(folder)
    if checkout is not None and checkout.root == folder.resolve() and _may_go(git, checkout):
        _delete(aside)
        try:
            checkout.root.rename(aside)
        except OSError as error:
            raise GitError(f"{folder} cannot be removed: {error.strerror}") from error
    _delete(aside)
    git.remove_worktree(folder)  # the entry that git has of it; or git says why it may not go


def _may_go(git: Repository, checkout: Checkout) -> bool:
    """Whether nothing would be lost. False: git refuses it, too, and says why."""
    if checkout.own == checkout.common or checkout.is_forged:
        return False
    if (checkout.own / "locked").exists():
        return False
    if git.strange(checkout.root):
        return False
    submodules.demand_nothing_of_their_own(git, checkout)
    look = ("status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=none")
    if git.run(*look, cwd=checkout.root):
        raise GitError(f"files in {checkout.root} are not committed", next="commit them")
    return True


def _delete(aside: Path) -> None:
    shutil.rmtree(aside, ignore_errors=True)
    if aside.exists():
        raise GitError(
            f"{aside} cannot be deleted whole",
            next="delete it, then: headwater worktrees --prune",
        )
