"""Branches and commits: what git has without any working tree.

Nothing here rewrites or throws away. A merge is computed in the object store (`git merge-tree`, git
2.38), so a conflict leaves no working tree in the middle of something.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from headwater.errors import Conflict
from headwater.runner.git_command import Git, readable

HEADS: Final = "refs/heads/"
LINK: Final = "160000"
"""The mode of a submodule's entry."""


class MergeConflict(Conflict):
    """Two commits change the same lines."""

    code = "merge_conflict"

    def __init__(self, ours: str, theirs: str, files: Sequence[str]) -> None:
        self.theirs = theirs
        self.files = list(files)
        super().__init__(
            f"{theirs} does not merge into {ours}",
            state={"files": self.files[:50]},
            next="resolve it in the worktree of the branch",
        )


class Commits(Git):
    """The branches and commits of a repository."""

    # -- looking -------------------------------------------------------------------------------

    def commit(self, name: str) -> str:
        """The commit that `name` means; empty if it means none."""
        done = self._call(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    def branch_commit(self, branch: str) -> str:
        """The tip of a local branch; empty if there is no such branch."""
        return self.commit(HEADS + branch)

    def contains(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is in the history of `commit`."""
        done = self._call("merge-base", "--is-ancestor", ancestor, commit)
        if done.returncode not in (0, 1):
            raise self._failed(done, "merge-base")
        return done.returncode == 0

    def are_related(self, one: str, other: str) -> bool:
        """Whether two commits have one in common that both come from."""
        return self._succeeds("merge-base", one, other)

    def count(self, base: str, branch: str) -> int:
        """How many commits a branch has that `base` has not."""
        return int(self.run("rev-list", "--count", f"{HEADS}{base}..{HEADS}{branch}"))

    def subjects(self, base: str, branch: str) -> list[str]:
        """What the commits say in one line that a branch has and `base` has not, merges left out;
        the newest first."""
        range_ = f"{HEADS}{base}..{HEADS}{branch}"
        return readable(self.run("log", "--no-merges", "--format=%s", range_)).splitlines()

    def merged_since(self, base: str, branch: str, trailer: str, files: Sequence[str]) -> list[str]:
        """What the merges into `base` that `branch` has not and that changed these files say under
        `trailer`; the newest first."""
        text = self.run(
            "log", "--first-parent", "-m", "--name-only",
            f"--format=%x00%(trailers:key={trailer},valueonly)",
            f"{HEADS}{branch}..{HEADS}{base}",
        )  # fmt: skip
        merges = (merge.split("\n") for merge in text.split("\0")[1:])
        return [lines[0] for lines in merges if lines[0] and {*map(readable, lines[1:])} & {*files}]

    def files_of(self, base: str, branch: str) -> set[str]:
        """The files that a branch changes beyond what `base` has."""
        text = self.run("diff", "--name-only", "-z", f"{HEADS}{base}...{HEADS}{branch}")
        return {readable(name) for name in text.split("\0") if name}

    def branches(self, *names: str) -> dict[str, str]:
        """The local branches of these names with their tips; after a slash, all below it."""
        text = self.run(
            "for-each-ref",
            "--format=%(objectname) %(refname:lstrip=2)",
            *(HEADS + name for name in names),
        )
        pairs = (line.partition(" ") for line in text.splitlines())
        return {name: commit for commit, _, name in pairs}

    def embedded(self, old: str, new: str) -> list[str]:
        """Folders of `new` that were none, or a file, in `old` and are but a link to a commit of a
        repository that no `.gitmodules` names: their files are in no commit of this one."""
        text = self.run("diff-tree", "-r", "-z", "--diff-filter=AT", old, new)
        parts = text.split("\0")
        links = [
            name
            for fact, name in zip(parts[::2], parts[1::2], strict=False)
            if fact.split()[1] == LINK
        ]
        if not links:
            return []
        known = self._call(
            "config", "-z", "--blob", f"{new}:.gitmodules", "--get-regexp", r"\.path$"
        )
        paths = {entry.partition("\n")[2] for entry in known.stdout.split("\0")}
        return [readable(name) for name in links if name not in paths]

    # -- changing ------------------------------------------------------------------------------

    def merge(self, ours: str, theirs: str, name: str, message: str) -> str:
        """A commit that merges `theirs` (called `name`) into `ours`; no branch and no file moves.

        Returns `ours` itself if it contains `theirs` already.

        Raises:
            MergeConflict: with the files; nothing was changed.
        """
        if self.contains(ours, theirs):
            return ours
        tree = self.merged_tree(ours, theirs, name)
        return self.run("commit-tree", tree, "-p", ours, "-p", theirs, "-m", message)

    def merged_tree(self, ours: str, theirs: str, name: str) -> str:
        """The tree of that merge.

        Raises:
            MergeConflict: with the files.
        """
        done = self._call(
            "merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs,
            attributes=ours,
        )  # fmt: skip
        tree, *files = done.stdout.split("\0")
        if done.returncode == 1:
            raise MergeConflict(ours[:12], name, [readable(file) for file in files if file])
        if done.returncode:
            raise self._failed(done, "merge-tree")
        return tree

    def make_branch(self, branch: str, commit: str) -> None:
        """A new branch. Raises GitError if it exists."""
        self.run("branch", "--no-track", "--end-of-options", branch, commit)

    def delete_branch(self, branch: str, commit: str) -> None:
        """Delete a branch that is still at `commit`, whose work is known to be elsewhere."""
        self.run("update-ref", "-d", HEADS + branch, commit)
