"""A repository that was copied together with its git directory, as by `cp -r`.

It lists the worktrees of the original as its own, and `git worktree repair` would take them away
from there, with what is uncommitted in them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shlex import quote

from headwater.checkout import Checkout, find
from headwater.runner.git import Repository
from headwater.runner.git_command import GitError


def demand_no_copy(git: Repository) -> None:
    """Raises GitError if a worktree that the repository lists is another one's."""
    others = [found for folder in _listed(git) if (found := _others(git, folder))]
    if others:
        first, more = others[0], len(others) - 1
        listed = (git.common / "worktrees" / other.own.name for other in others)
        raise GitError(
            f"this repository is a copy of {first.common}, whose worktree {first.root}"
            + (f" (and {more} more)" if more else "")
            + " it takes for its own",
            next="go on in the original; or let the copy forget them, they stay what they are: "
            f"rm -r {' '.join(quote(str(folder)) for folder in listed)}",
        )


def _listed(git: Repository) -> Iterator[Path]:
    """Where its worktrees are, as it says, and as its original does in the same words."""
    for own in sorted((git.common / "worktrees").glob("*")):
        with suppress(OSError):
            yield _worktree_of(own)


def _worktree_of(own: Path) -> Path:
    """Where the worktree is, whose part of a git directory is `own`. Raises OSError."""
    return (own / os.fsdecode((own / "gitdir").read_bytes()).strip()).parent


def _others(git: Repository, folder: Path) -> Checkout | None:
    """The worktree at `folder`, if it and another repository name each other."""
    checkout = find(folder)
    if checkout is None or checkout.own == checkout.common:
        return None
    with suppress(OSError):  # that repository was moved or is gone
        foreign = not checkout.common.samefile(git.common)
        if foreign and _worktree_of(checkout.own).samefile(folder):
            return checkout
    return None
