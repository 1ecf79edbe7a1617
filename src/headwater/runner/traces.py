"""What is certain of an attempt whose agent did not say what it did: its commits and files."""

from __future__ import annotations

from typing import Final

from headwater.runner.git import Repository
from headwater.runner.git_command import GitError
from headwater.runner.quoting import first_of
from headwater.runner.workspace import KEPT, WORK

_SHOWN: Final = 12
_SUBJECT_CHARS: Final = 120


def traces(git: Repository, base: str, branch: str, task: str) -> str:
    """Subjects of the commits that `branch` has over `base`, but for those that the run made, and
    the files that they change."""
    by_the_run = [f"{words} {task}" for words in (WORK, KEPT)]
    try:
        subjects = [one for one in git.subjects(base, branch) if one not in by_the_run]
        files = sorted(git.files_of(base, branch))
    except GitError:  # the base is gone, or unrelated: what was done counts without this
        return ""
    short = [one[:_SUBJECT_CHARS] for one in subjects]
    said = [f"Commits: {first_of(short, _SHOWN, '; ')}"] if short else []
    said += [f"Files changed: {first_of(files, _SHOWN)}"] if files else []
    return "\n".join(said)
