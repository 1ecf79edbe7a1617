"""The worktrees and branches that runs have left in a repository, and which of them may go.

Only what is merged goes: a branch whose commits are all in its base branch, whose worktree holds
nothing uncommitted, and in which nobody works. Whatever else there is stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from headwater.errors import HeadwaterError
from headwater.runner import removal
from headwater.runner.git import Repository
from headwater.runner.git_command import GitError
from headwater.runner.locks import tried
from headwater.runner.places import PREFIX, is_made_by_a_run
from headwater.runner.record import RunRecord, read_run


@dataclass(frozen=True, slots=True)
class Left:
    """A branch of a run, with its worktree if it has one."""

    branch: str
    base: str
    """The branch that it goes into; empty if its run is not known any more."""
    folder: str
    commits: int
    """Commits that are not in the base branch."""
    changes: int
    """Files in the worktree that are not committed."""
    busy: bool
    """Somebody works there."""

    @property
    def merged(self) -> bool:
        return bool(self.base) and not self.commits and not self.changes and not self.busy

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "merged": self.merged}


def left_behind(git: Repository) -> list[Left]:
    """Every branch of every run of this repository, but those that the work goes into."""
    return [left for left, _, _ in _all(git)]


@dataclass(frozen=True, slots=True)
class Pruned:
    gone: list[Left]
    stays: Mapping[str, str]
    """Branches that are merged and could not be removed, with the reason."""


def prune(git: Repository, name: str = "") -> Pruned:
    """Remove what is merged, of every run or of the one called `name`."""
    gone: list[Left] = []
    stays: dict[str, str] = {}
    folders = {
        tree.branch: tree.path
        for tree in git.worktrees(gone=True)
        if is_made_by_a_run(tree.path) or tree.path.is_dir()
    }
    for left, home, record in _all(git):
        if not left.merged or record is None or name not in ("", record.name):
            continue
        with tried(_lock(home, left.branch)) as mine:
            tip = git.branch_commit(left.branch)
            if mine is None or not git.contains(git.branch_commit(left.base), tip):
                continue
            try:
                if left.branch in folders:
                    removal.remove(git, folders[left.branch])
                git.delete_branch(left.branch, tip)
                gone.append(left)
            except HeadwaterError as error:  # it moved at this moment, or something would be lost
                stays[left.branch] = f"{error.message}; {error.next}".rstrip("; ")
    return Pruned(gone, stays)


def _all(git: Repository) -> Iterator[tuple[Left, Path, RunRecord | None]]:
    runs = {
        record.name: (home, record)
        for home in sorted((git.common / PREFIX / "runs").glob("*"))
        if (record := read_run(home)) is not None
    }
    bases = {record.base for _, record in runs.values()}
    folders = {tree.branch: tree.path for tree in git.worktrees()}
    for branch in git.branches(f"{PREFIX}/"):
        name = branch.split("/")[1]
        if branch in bases:
            continue
        home, record = runs.get(name, (Path(), None))
        base = record.base if record and git.branch_commit(record.base) else ""
        folder = folders.get(branch)
        try:
            left = Left(
                branch=branch,
                base=base,
                folder=str(folder) if folder else "",
                commits=git.count(base, branch) if base else 0,
                changes=_changes(git, folder) if folder else 0,
                busy=_busy(home, branch) if record else False,
            )
        except GitError:  # a runner has cleared it away at this moment
            continue
        yield left, home, record


def _changes(git: Repository, folder: Path) -> int:
    return len(git.changed_files(folder, untracked=True)) if git.owns(folder) else 0


def _busy(home: Path, branch: str) -> bool:
    with tried(_lock(home, branch)) as mine:
        return mine is None


def _lock(home: Path, branch: str) -> Path:
    """That of the branch's task (`Places.task_lock`)."""
    return home / "locks" / branch.rpartition("/")[2]
