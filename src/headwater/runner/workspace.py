"""The worktree of a task: where an attempt starts, and what it leaves behind.

A branch starts at the base branch with the branches of its upstreams merged in. A branch that is
there already, from an earlier attempt or round, is continued: nothing on it is rewritten. What does
not merge into such a branch by itself is left to the next who works there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote
from threading import Event
from typing import NamedTuple

from headwater.checkout import find
from headwater.errors import Conflict
from headwater.runner import remains, removal, submodules
from headwater.runner.commits import MergeConflict
from headwater.runner.git import Repository
from headwater.runner.git_command import GitError
from headwater.runner.locks import FileLock, taken, tried
from headwater.runner.places import PREFIX, Places, is_made_by_a_run

WORK, KEPT = "Work on", "Keep what was left of"
"""With the task, what the commits are called that a run makes of what is uncommitted."""
TRAILER = "Headwater-Task"
"""In the message of each merge: the task that it brought in."""


class Unresolved(Conflict):
    """A worktree was left so that its work cannot be taken: a merge half done, or elsewhere."""

    code = "unresolved"


class BaseGone(GitError):
    """The branch that the work goes into is not there any more: nothing can begin or be merged."""

    code = "base_gone"


class Begun(NamedTuple):
    """Where an attempt begins."""

    folder: Path
    commit: str
    unmerged: Sequence[MergeConflict] = ()
    """What is to be on the branch, and whoever works there must merge first."""


class Workspace:
    """The worktrees and branches of one run. `base` is the branch that everything goes into."""

    def __init__(self, repository: Repository, places: Places, base: str) -> None:
        self.repository = repository
        self.places = places
        self.base = base

    def holding(self, *locks: FileLock) -> Workspace:
        """The same, whose git commands keep these locks."""
        repository = self.repository.holding(*(lock.descriptor for lock in locks))
        return Workspace(repository, self.places, self.base)

    def prepare(self, task: str, upstreams: Sequence[str], wholes: Sequence[str] = ()) -> Begun:
        """The worktree for an attempt at `task`; the task's lock must be held.

        `wholes`: tasks that were split into it, whose unfinished work it goes on with. One that an
        earlier attempt left with a merge or rebase half done is handed on as it is.

        Raises:
            MergeConflict: the branches that it builds on do not merge; nothing was changed but
                that leftovers were committed.
            Unresolved: another repository is in the place of its worktree, or a submodule there
                cannot follow.
            BaseGone: there is nothing to start at.
        """
        git, branch = self.repository, self.places.branch(task)
        tips = git.branches(self.base, f"{PREFIX}/{self.places.name}/")
        remains.unlock(git, branch, None)
        folder = self._whole(task) or self._mended(task) if branch in tips else None
        if folder is not None:
            try:
                self.save(task, f"{KEPT} {task}")
            except Unresolved:
                return Begun(folder, self.tip(task))
            tips[branch] = self.tip(task)
        tip = tips.get(branch, "")
        if folder is None and tip:
            self._demand_not_in_use(task)
        start, unmerged = self._start(task, tips, upstreams, wholes)
        if not tip:
            git.make_branch(branch, start)
        elif start != tip:
            if folder is not None:
                self._demand_followed(task, folder, tip, start)
            git.advance(branch, tip, start, over_ignored=True)
        return Begun(folder or self._add(task, branch), start, unmerged)

    def _start(
        self, task: str, tips: Mapping[str, str], upstreams: Sequence[str], wholes: Sequence[str]
    ) -> tuple[str, list[MergeConflict]]:
        """The commit to begin at, and what does not merge into unfinished work of this task. That
        is not accepted, so no conflict task may bring it into the base branch."""
        base, own = self.base_among(tips), tips.get(self.places.branch(task), "")
        finished, begun = (
            [self.places.branch(key) for key in keys] for keys in (upstreams, wholes)
        )
        start, unmerged = own or base, list[MergeConflict]()
        for branch in [*([self.base] if own else []), *finished, *begun]:
            if branch not in tips:  # it is merged already
                continue
            try:
                start = self._combined(start, tips[branch], branch, task)
            except MergeConflict as conflict:
                if not own and branch in finished:
                    raise
                unmerged.append(conflict)
        return start, unmerged

    def _combined(self, ours: str, theirs: str, name: str, task: str) -> str:
        if self.repository.contains(theirs, ours):
            return theirs
        return self.repository.merge(ours, theirs, name, f"Start {task} with {name}")

    def _add(self, task: str, branch: str) -> Path:
        """A new folder. One of that name that git does not know is left alone.

        One at a time: git takes a worktree that another is just making for one that was deleted.
        """
        wanted = self.places.tree(task)
        folder, number = wanted, 1
        with (
            taken(self.places.merge_lock.with_name("worktrees.lock"), Event()),
            tried(self.places.making_lock(task)) as mine,
        ):
            while folder.exists():
                number += 1
                folder = wanted.with_name(f"{wanted.name}~{number}")
            self.repository.add_worktree(folder, branch, (mine.descriptor,) if mine else ())
        return folder

    def _whole(self, task: str) -> Path | None:
        """The task's worktree. One that git was killed in the middle of making is removed: nobody
        has worked there, and what it lacks would be taken for deleted."""
        folder = self.folder(task)
        if folder is None or not remains.is_half_made(folder):
            return folder
        with taken(self.places.making_lock(task), Event()):  # a git that outlived its runner
            if not remains.is_half_made(folder):
                return folder
            self.repository.discard_worktree(folder)
        return None

    def folder(self, task: str) -> Path | None:
        """The worktree that has the task's branch, if one has; also if a rebase is under way."""
        git, branch, usual = self.repository, self.places.branch(task), self.places.tree(task)
        if branch in (git.branch_of(usual), git.half_done_on(usual)):
            return usual
        for path in self._with_branch(branch):
            if not self._is_users(path) and git.owns(path):
                return path
        return None

    def _with_branch(self, branch: str) -> Iterator[Path]:
        """The working trees that have a branch, also if a rebase of it is under way there."""
        git = self.repository
        for tree in git.worktrees():
            if branch in (tree.branch, git.half_done_on(tree.path)):
                yield tree.path

    def _is_users(self, folder: Path) -> bool:
        """Whether a working tree is not one that a run made for a task to be worked on there."""
        checkout = find(folder)
        if not is_made_by_a_run(folder) or folder == self.repository.root:
            return True
        return checkout is None or checkout.own == checkout.common

    def _demand_not_in_use(self, task: str) -> None:
        """A working tree of the user's is nobody's to work in, or to take the branch from."""
        branch = self.places.branch(task)
        for path in self._with_branch(branch):
            if self._is_users(path):
                raise Unresolved(
                    f"{branch} is checked out in {path}, which is no worktree of a task",
                    next=f"in {path}: git switch another branch",
                )

    def save(self, task: str, message: str) -> None:
        """Commit what is uncommitted in the task's worktree; its lock must be held.

        Raises:
            Unresolved: files in it are in conflict, a rebase is under way, it has left the task's
                branch, or files of the work are in a repository of their own; nothing was lost.
        """
        folder = self._whole(task)
        if folder is None:
            self._demand_not_astray(task)
            return
        remains.unlock(self.repository, self.places.branch(task), folder)
        if self.repository.half_done_on(folder):
            raise Unresolved(
                f"a rebase in the worktree of {task} is not finished",
                state={"worktree": str(folder)},
                next=f"in {folder}: git rebase --continue, or --abort (git bisect reset)",
            )
        if self.repository.is_in_sequence(folder):
            raise Unresolved(
                f"a cherry-pick or revert in the worktree of {task} has more commits before it",
                state={"worktree": str(folder)},
                next=f"in {folder}: git status names the command that goes on, and --abort",
            )
        anything, files = self.repository.uncommitted(folder)
        if files:
            raise Unresolved(
                f"a merge in the worktree of {task} is not resolved",
                state={"files": files[:50], "worktree": str(folder)},
                next=f"resolve and commit it in {folder}",
            )
        if anything:
            self.repository.commit_all(folder, message)
        self._demand_whole(task, folder)

    def base_among(self, tips: Mapping[str, str]) -> str:
        """The newest commit of the branch that the work goes into; `tips` are branches with theirs.

        Raises:
            BaseGone: it was renamed or deleted.
        """
        found = tips.get(self.base)
        if not found:
            raise BaseGone(
                f"the branch {self.base}, which the work of this board goes into, is gone",
                next="headwater run --resume --base ANOTHER",
            )
        return found

    def tip(self, task: str) -> str:
        """The newest commit of the task's branch."""
        return self.repository.branch_commit(self.places.branch(task))

    def merged_beside(self, branch: str, files: Sequence[str]) -> list[str]:
        """The tasks that were merged beside a branch and changed these files; the newest first."""
        return self.repository.merged_since(self.base, branch, TRAILER, files)

    def demand_kept(self, task: str, before: str) -> None:
        """Somewhere there is what an attempt made that began at `before`.

        Raises:
            Unresolved: its worktree is gone, and nothing was committed.
        """
        if self.folder(task) is None and self.tip(task) == before:
            left = self.places.tree(task)
            raise Unresolved(
                f"the worktree of {task} is gone, and nothing was committed in it"
                + (f"; git knows {left} no more" if left.exists() else ""),
                next=f"commit the work on {self.places.branch(task)}, and leave the worktree there",
            )

    def _demand_not_astray(self, task: str) -> None:
        """No worktree has the task's branch: neither may the task's own be on another, or be none
        any more."""
        self._demand_not_lost(task)
        folder, branch = self.places.tree(task), self.places.branch(task)
        other = self.repository.branch_of(folder)
        if other is not None:
            raise Unresolved(
                f"the worktree of {task} has left its branch {branch}: it is on "
                f"{other or 'a detached head'}, and what was done there is not taken",
                state={"worktree": str(folder)},
                next=f"commit the work on {branch}; it is in {folder}",
            )

    def _demand_not_lost(self, task: str) -> None:
        lost = self._lost(task)
        if lost is not None:
            raise Unresolved(
                f"the worktree of {task} has lost its .git file, or has another repository in "
                "its place: what was done there is not taken",
                state={"worktree": str(lost)},
                next=f"commit the work on {self.places.branch(task)}; it is in {lost}",
            )

    def _lost(self, task: str) -> Path | None:
        """The folder that has the task's branch for git, if no worktree of it is there any more."""
        trees, branch = self.repository.worktrees(), self.places.branch(task)
        found = (tree.path for tree in trees if tree.branch == branch)
        return next((path for path in found if not self.repository.owns(path)), None)

    def _mended(self, task: str) -> Path | None:
        """The worktree of the task's branch that had lost its .git file, with a new one."""
        lost = self._lost(task)
        if lost is None:
            return None
        self.repository.repair(lost)
        self._demand_not_lost(task)
        return lost

    def _demand_followed(self, task: str, folder: Path, old: str, new: str) -> None:
        """The submodules first: left behind, the next commit would take back what moved them."""
        behind = submodules.follow(self.repository, folder, old, new)
        if behind:
            where = quote(str(folder / behind[0]))
            raise Unresolved(
                f"the submodule {behind[0]} in the worktree of {task} cannot be brought to the "
                "commit that the branches say it builds on",
                state={"submodules": behind[:50], "worktree": str(folder)},
                next=f"push the submodule's commit, or in {where}: git fetch",
            )

    def _demand_whole(self, task: str, folder: Path) -> None:
        git, branch = self.repository, self.places.branch(task)
        tips = git.branches(self.base, branch)
        base, tip = tips.get(self.base), tips.get(branch, "")
        if base is None:  # then nothing is merged
            return
        if not git.are_related(base, tip):
            raise Unresolved(
                f"{branch} has no commit in common with {self.base} any more: git does not merge "
                "it",
                state={"worktree": str(folder)},
                next=f"in {folder}: git rebase --onto {self.base} --root",
            )
        found = git.embedded(base, tip)
        if found:
            raise Unresolved(
                f"{found[0]} in the worktree of {task} is a git repository of its own: a commit "
                "would not have its files",
                state={"folders": found[:50], "worktree": str(folder)},
                next=f"git rm --cached -- {quote(found[0])}, remove its .git and commit its files, "
                "or add it with git submodule",
            )

    def clear(self, task: str, tip: str) -> None:
        """Remove the worktree and the branch of a task. `tip` is in the base branch; a branch that
        has moved on from there stays.

        Raises:
            GitError: the branch has moved, or something in the worktree would be lost.
            Unresolved: somebody has checked the branch out elsewhere.
        """
        folder = self.folder(task)
        if folder is None:
            self._demand_not_in_use(task)
        else:
            removal.remove(self.repository, folder)
        self.repository.delete_branch(self.places.branch(task), tip)
