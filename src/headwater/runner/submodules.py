"""Submodules in working trees: they follow the tree, and what only they have is kept.

A commit holds of a submodule but the name of a commit elsewhere. Git moves a tree without its
submodules; the next commit of all that is there would then take back what another had moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from headwater.checkout import Checkout, find
from headwater.runner.commits import LINK
from headwater.runner.git import Repository
from headwater.runner.git_command import GitError
from headwater.runner.git_settings import NO_HOOKS

_FETCH: Final = (*NO_HOOKS, "fetch", "--quiet", "--no-tags", "--no-recurse-submodules")
_OF_ITS_OWN: Final = ("HEAD", "--exclude=refs/tags/*", "--exclude=refs/remotes/*", "--all")


def follow(
    git: Repository, tree: Path, old: str, new: str, others: Sequence[Path] | None = None
) -> list[str]:
    """Check out in the submodules of a working tree what the commit `new` says, where they are at
    what `old` says; those that could not follow. What was changed there is kept. A commit that a
    submodule has not is looked for in the `others` (by default all working trees), then fetched.
    """
    behind: list[str] = []
    strange = git.strange(tree)
    for name, was, now in _moved(git, tree, old, new):
        folder = tree / name
        if name in strange:
            behind.append(name)
            continue
        if _head(git, folder) != was:
            continue  # it is not checked out, or somebody went elsewhere on purpose
        if others is None:
            others = [other.path for other in git.worktrees()]
        there = [other / name for other in others if name not in git.strange(other)]
        try:
            _bring(git, folder, now, there)
            git.run(
                *NO_HOOKS, "checkout", "--quiet", "--detach", "--no-overwrite-ignore", now,
                cwd=folder,
            )  # fmt: skip
        except GitError:
            behind.append(name)
        else:
            behind += [f"{name}/{inner}" for inner in follow(git, folder, was, now, there)]
    return behind


def demand_nothing_of_their_own(git: Repository, checkout: Checkout) -> None:
    """Raises GitError if the submodules of a worktree have commits that are nowhere else."""
    modules = checkout.own / "modules"
    for own in _repositories(modules):
        if _has_commits_of_its_own(git, own):
            raise GitError(
                f"the submodule {own.relative_to(modules)} has commits that no remote of it has",
                next=f"push them, or git fetch there if they are pushed; it is in {checkout.root}",
            )


def _moved(git: Repository, tree: Path, old: str, new: str) -> Iterator[tuple[str, str, str]]:
    """The submodules of which two commits say different ones: name, old and new."""
    text = git.run(
        "diff-tree", "-r", "-z", "--diff-filter=M", "--ignore-submodules=none", old, new, cwd=tree
    )
    parts = text.split("\0")
    for fact, name in zip(parts[::2], parts[1::2], strict=False):
        before, after, was, now, _ = fact.removeprefix(":").split()
        if before == after == LINK:
            yield name, was, now


def _head(git: Repository, folder: Path) -> str:
    """The commit that a submodule has checked out; empty if it has none."""
    checkout = find(folder)
    return git.head(checkout)[1] if checkout and checkout.root == folder.resolve() else ""


def _bring(git: Repository, folder: Path, commit: str, there: Sequence[Path]) -> None:
    for source in there:
        if _has(git, folder, commit):
            return
        if _head(git, source) and _has(git, source, commit):
            with suppress(GitError):
                git.run(*_FETCH, "--no-write-fetch-head", str(source), commit, cwd=folder)
    if not _has(git, folder, commit):
        git.run(*_FETCH, cwd=folder)


def _has(git: Repository, folder: Path, commit: str) -> bool:
    with suppress(GitError):
        git.run("cat-file", "-e", f"{commit}^{{commit}}", cwd=folder)
        return True
    return False


def _repositories(modules: Path) -> Iterator[Path]:
    """The git directories of submodules, and of theirs; also of those that nobody has checked out
    any more."""
    for head in modules.rglob("HEAD"):
        if (head.parent / "objects").is_dir():
            yield head.parent


def _has_commits_of_its_own(git: Repository, own: Path) -> bool:
    return bool(
        git.run(
            f"--git-dir={own}", "rev-list", "--max-count=1", *_OF_ITS_OWN, "--not", "--remotes",
            cwd=own,
        )
    )  # fmt: skip
