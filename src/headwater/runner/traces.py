"""What is certain of an attempt whose agent did not say what it did: its commits and files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from headwater.runner.git import Repository
from headwater.runner.git_command import GitError

_SHOWN: Final = 12
_SUBJECT_CHARS: Final = 120
_BY_THE_RUN: Final = ("Work on", "Keep what was left of")
"""What the commits are called that it makes of what an agent left uncommitted."""


def traces(git: Repository, base: str, branch: str, task: str) -> str:
    """Subjects of the commits that `branch` has over `base`, but for those that the run made, and
    the files that they change."""
    by_the_run = [f"{words} {task}" for words in _BY_THE_RUN]
    try:
        subjects = [one for one in git.subjects(base, branch) if one not in by_the_run]
        files = sorted(git.files_of(base, branch))
    except GitError:  # the base is gone, or unrelated: what was done counts without this
        return ""
    short = [one[:_SUBJECT_CHARS] for one in subjects]
    said = [f"Commits: {_listed(short, '; ')}"] if short else []
    said += [f"Files changed: {_listed(files, ', ')}"] if files else []
    return "\n".join(said)


def _listed(names: Sequence[str], between: str) -> str:
    more = len(names) - _SHOWN
    return between.join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
