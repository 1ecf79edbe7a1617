"""Git for the runner: a repository with its working trees.

Nothing here rewrites or throws away: no force, no stash, no reset. A branch moves only forward, by
compare and swap.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from headwater.checkout import Checkout, find
from headwater.runner.commits import HEADS, LINK, Commits
from headwater.runner.git_command import GitError, readable, said
from headwater.runner.git_settings import NO_HOOKS, SOMEBODY
from headwater.runner.places import is_made_by_a_run

_HALF_DONE: Final = ("rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START")
_UNRESOLVED: Final = frozenset({"DD", "AU", "UD", "UA", "DU", "AA", "UU"})


@dataclass(frozen=True, slots=True)
class Worktree:
    """A checkout of the repository. `branch` is empty on a detached head."""

    path: Path
    branch: str


class Repository(Commits):
    """One repository, by the top folder of a working tree of it."""

    @classmethod
    def find(cls, folder: Path) -> Repository:
        """The repository that `folder` lies in.

        Raises:
            GitError: there is none, it is bare, or git is missing or too old.
        """
        found = cls(folder)
        if found._version() < (2, 38):
            raise GitError("git is older than 2.38", next="install a newer git")
        top = found._call("rev-parse", "--path-format=absolute", "--show-toplevel")
        if top.returncode:
            bare = found._succeeds("rev-parse", "--git-dir")
            raise GitError(
                f"{folder} is in no git repository with a working tree: {said(top)}",
                next="go to a working tree of it, or make one: git worktree add FOLDER BRANCH"
                if bare
                else "go to your repository, or make one here: git init, and commit something",
            )
        repository = cls(Path(top.stdout.rstrip("\n")))
        if not found.owns(repository.root):  # core.worktree
            raise GitError(
                f"{repository.root} is the working tree of {found.common}, and no .git in it says "
                "so",
                next="go to another working tree of it: git worktree add FOLDER BRANCH",
            )
        if not repository._succeeds("var", "GIT_COMMITTER_IDENT"):
            repository.environment |= SOMEBODY
        return repository

    def holding(self, *descriptors: int) -> Repository:
        """The same, for commands that keep these locks."""
        other = copy(self)
        other.held = descriptors
        return other

    # -- looking -------------------------------------------------------------------------------

    @cached_property
    def common(self) -> Path:
        """The git directory that all worktrees share."""
        return Path(self.run("rev-parse", "--path-format=absolute", "--git-common-dir"))

    def branch(self) -> str:
        """The branch that is checked out here; empty on a detached head."""
        done = self._call("symbolic-ref", "--quiet", "HEAD")
        return done.stdout.strip().removeprefix(HEADS) if done.returncode == 0 else ""

    def changed_files(self, folder: Path, *, untracked: bool = False) -> list[str]:
        """Files of a working tree that differ from its commit; ignored ones never count."""
        which = "all" if untracked else "no"
        return [name for _, name in self._status(folder, which)]

    def uncommitted(self, folder: Path) -> tuple[bool, list[str]]:
        """Whether a working tree has anything to commit, and the files that a merge in it has left
        unresolved."""
        found = self._status(folder, "normal")
        unresolved = [name for code, name in found if code in _UNRESOLVED]
        return bool(found) or _is_merging(folder), unresolved

    def _status(self, folder: Path, untracked: str) -> list[tuple[str, str]]:
        look = [*NO_HOOKS, "status", "--porcelain", f"--untracked-files={untracked}"]
        if self.strange(folder):
            look.append("--ignore-submodules=dirty")
        text = self.run(*look, cwd=folder)
        return [(line[:2], readable(line[3:])) for line in text.split("\n") if line]

    def branch_of(self, folder: Path) -> str | None:
        """The branch that a worktree of this repository has checked out, empty on a detached head;
        None if `folder` is no such worktree. Read from git's files."""
        checkout = self._checkout(folder)
        if checkout is None or checkout.own == checkout.common:
            return None
        return self.head(checkout)[0] if checkout.root == folder.resolve() else None

    def head(self, checkout: Checkout) -> tuple[str, str]:
        """Branch and commit of a working tree; git is asked where its files do not say them
        (reftable)."""
        branch, commit = checkout.head()
        if branch or commit:
            return branch, commit
        there = Repository(checkout.root)
        return there.branch(), there.commit("HEAD")

    def half_done_on(self, folder: Path) -> str:
        """The branch that a rebase or a bisection under way in a working tree has left, and git
        goes back to at its end; empty if there is none. Read from git's files."""
        checkout = self._checkout(folder)
        if checkout is None:
            return ""
        for name in _HALF_DONE:
            with suppress(OSError):
                return (checkout.own / name).read_text(errors="replace").strip().removeprefix(HEADS)
        return ""

    def is_in_sequence(self, folder: Path) -> bool:
        """Whether a cherry-pick or revert of several commits stands before more of them. Read from
        git's files."""
        checkout = self._checkout(folder)
        if checkout is None:
            return False
        with suppress(OSError):
            todo = (checkout.own / "sequencer" / "todo").read_text(errors="replace").splitlines()
            return sum(bool(line.strip()) and not line.startswith("#") for line in todo) > 1
        return False

    def worktrees(self, *, gone: bool = False) -> list[Worktree]:
        """Every checkout of the repository whose folder is there (with `gone`: those also that are
        not), this one first: git does not know where the main one is if its git directory is
        elsewhere."""
        checkout = find(self.root)
        found = [Worktree(self.root, self.head(checkout)[0] if checkout else self.branch())]
        for block in self.run("worktree", "list", "--porcelain", "-z").split("\0\0"):
            parts = (line.partition(" ") for line in block.split("\0") if line)
            lines = {name: value for name, _, value in parts}
            folder = Path(lines.get("worktree", ""))
            if "worktree" in lines and "bare" not in lines and (gone or folder.is_dir()):
                found.append(Worktree(folder, lines.get("branch", "").removeprefix(HEADS)))
        return found

    def owns(self, folder: Path) -> bool:
        """Whether git commands in `folder` are about this repository: a worktree may have lost its
        `.git` file, or have got a repository of its own in its place."""
        checkout = find(folder)
        if checkout is not None and checkout.is_forged:
            return False
        done = self._call("rev-parse", "--path-format=absolute", "--git-common-dir", cwd=folder)
        return done.returncode == 0 and Path(done.stdout.rstrip("\n")).samefile(self.common)

    def _checkout(self, folder: Path) -> Checkout | None:
        """The working tree of this repository that `folder` lies in. Read from git's files."""
        checkout = find(folder)
        if checkout is None or checkout.common != self.common or checkout.is_forged:
            return None
        return checkout

    def strange(self, folder: Path) -> list[str]:
        """The submodules of a task's worktree whose repositories, or those in them, lie in it.
        Agents may have made these: into whichever git looks, it does what its settings say, and
        no sandbox of an agent's would hold that."""
        checkout = self._checkout(folder)
        if checkout is None or checkout.own == checkout.common or not is_made_by_a_run(folder):
            return []
        modules = (checkout.own / "modules").resolve()
        return [name for name in self._links(folder) if self._is_strange(folder / name, modules)]

    def _is_strange(self, folder: Path, modules: Path) -> bool:
        checkout = find(folder)
        if checkout is None or checkout.root != folder.resolve():
            return False  # it is not checked out
        if not checkout.own.is_relative_to(modules):
            return True
        return any(self._is_strange(folder / name, modules) for name in self._links(folder))

    def _links(self, folder: Path) -> list[str]:
        """The submodules of a working tree, checked out or not."""
        entries = self.run("ls-files", "--stage", "-z", cwd=folder).split("\0")
        return [name for fact, _, name in (entry.partition("\t") for entry in entries)
                if fact.startswith(LINK)]  # fmt: skip

    # -- changing ------------------------------------------------------------------------------

    def advance(
        self, branch: str, old: str, new: str, *, over_ignored: bool = False
    ) -> Path | None:
        """Move `branch` forward from `old` to `new`, in the working tree that has it, too, which is
        returned. No hook is run: what one leaves running would keep the locks.

        `over_ignored`: replace ignored files there that a commit has now; they are nobody's.

        Raises:
            GitError: the branch moved meanwhile or is being rebased, or files that are in no commit
                are in the way.
        """
        if not self.contains(new, old):
            raise GitError(f"{new[:12]} does not continue {branch}")
        for tree in self.worktrees():
            if self.half_done_on(tree.path) == branch:  # whose --abort would take back the move
                raise GitError(
                    f"a rebase or bisection of {branch} is under way in {tree.path}",
                    next="finish or abort it",
                )
            if tree.branch == branch:
                self.run(
                    *NO_HOOKS, "merge", "--ff-only", "--no-squash", "--no-autostash", "--quiet",
                    "--overwrite-ignore" if over_ignored else "--no-overwrite-ignore", new,
                    cwd=tree.path,
                )  # fmt: skip
                if not self.contains(HEADS + branch, new):  # somebody has just left it there
                    raise GitError(f"{branch} is not checked out in {tree.path} any more")
                return tree.path
        self.run(*NO_HOOKS, "update-ref", HEADS + branch, new, old)
        return None

    def add_worktree(self, folder: Path, branch: str, held: Sequence[int] = ()) -> None:
        """Check `branch` out in a new folder; a folder that was deleted by hand is forgotten. That
        a hook of the repository fails afterwards is its own affair.

        `held`: descriptors that git keeps meanwhile, and what its hooks leave running.
        """
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        add = ("worktree", "add", "--quiet", "--end-of-options", str(folder), branch)
        done = self._call(*add, held=held)
        if done.returncode and self.branch_of(folder) != branch:
            self.run("worktree", "prune")
            done = self._call(*add, held=held)
        if done.returncode and self.branch_of(folder) != branch:
            raise self._failed(done, "worktree")

    def repair(self, *folders: Path) -> None:
        """Give worktrees (all, where none is named) the `.git` file that they have lost, or that
        names a place where this repository lay before. What is in its place stays."""
        self._call("worktree", "repair", "--", *map(str, folders))

    def remove_worktree(self, folder: Path) -> None:
        """Remove a worktree, or forget one whose folder is gone. Raises GitError if files in it
        would be lost, or if it has submodules, in which git looks for nothing."""
        self.run(*NO_HOOKS, "worktree", "remove", "--end-of-options", str(folder))

    def discard_worktree(self, folder: Path) -> None:
        """Remove a worktree that git itself has not made to the end, with what it has of files."""
        self.run("worktree", "remove", "--force", "--force", "--end-of-options", str(folder))

    def commit_all(self, folder: Path, message: str) -> bool:
        """Commit whatever is uncommitted in a worktree, but ignored files; no hook is run. False:
        nothing was. Of a strange submodule only which commit it is at."""
        strange = self.strange(folder)
        others = ("--", ".", *(f":(top,exclude,literal){name}" for name in strange))
        self.run(*NO_HOOKS, "add", "--all", "--sparse", *(others if strange else ()), cwd=folder)
        if strange:
            self.run(*NO_HOOKS, "update-index", "--", *strange, cwd=folder)
            if not self._has_staged(folder) and not _is_merging(folder):
                return False  # git would look into them for what could be added
        done = self._call(*NO_HOOKS, "commit", "--quiet", "-m", message, cwd=folder)
        if not done.returncode:
            return True
        if self.uncommitted(folder)[0] and self._has_staged(folder):
            raise self._failed(done, "commit")
        return False

    def _has_staged(self, folder: Path) -> bool:
        return not self._succeeds("diff", "--cached", "--quiet", cwd=folder)


def _is_merging(folder: Path) -> bool:
    checkout = find(folder)
    return checkout is not None and (checkout.own / "MERGE_HEAD").exists()
