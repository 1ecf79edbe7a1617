"""Where somebody stands in git: the working tree, its branch and commit, read without starting git.

A server must be quick to start and a hook runs before every edit, so the few files that say it
are read directly. What they cannot say (an odd ref storage, a file that is being written) is left
empty; nothing here raises.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from headwater import limits

_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BRANCH: Final = "ref: refs/heads/"
_HOPS: Final = 5
_NO_BRANCH: Final = ".invalid"
"""What HEAD names where refs are not kept as files (reftable)."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A working tree of a git repository."""

    root: Path
    """Its top directory."""
    own: Path
    """Its own git directory, which holds HEAD."""
    common: Path
    """The git directory that all working trees of the repository share."""

    def head(self) -> tuple[str, str]:
        """Branch and commit; the branch is empty on a detached head, the commit before the first
        one."""
        said = _read(self.own / "HEAD")
        if _COMMIT.fullmatch(said):
            return "", said
        branch = said.removeprefix(_BRANCH) if said.startswith(_BRANCH) else ""
        if not branch or branch == _NO_BRANCH or not _is_line(branch):
            return "", ""
        return branch, self._commit(f"refs/heads/{branch}")

    def _commit(self, ref: str) -> str:
        for _ in range(_HOPS):
            said = _read(self.common / ref)
            if not said.startswith("ref: "):
                break
            ref = said.removeprefix("ref: ").strip()
        else:
            return ""
        if _COMMIT.fullmatch(said):
            return said
        for line in _read(self.common / "packed-refs").splitlines():
            commit, _, name = line.partition(" ")
            if name == ref and _COMMIT.fullmatch(commit):
                return commit
        return ""


def find(start: Path) -> Checkout | None:
    """The working tree that `start` lies in."""
    start = _real(start)
    for folder in (start, *start.parents):
        git = folder / ".git"
        try:
            if git.is_dir():
                return Checkout(folder, git, git)
            if git.is_file():
                return _linked(folder, git)
        except OSError:  # a folder that this user may not look into
            continue
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """What a session says of where it works; empty is unknown."""

    workspace: str = ""
    branch: str = ""
    commit: str = ""


def place_of(folder: Path | None = None) -> Place:
    """The place of whoever works in `folder` (by default the current directory)."""
    try:
        folder = folder or Path.cwd()
    except OSError:  # it was removed
        return Place()
    checkout = find(folder)
    workspace = str(checkout.root if checkout else _real(folder))
    branch, commit = checkout.head() if checkout else ("", "")
    return Place(workspace if _is_line(workspace) else "", branch, commit)


def _linked(root: Path, git_file: Path) -> Checkout | None:
    """A worktree or submodule: its `.git` is a file that names its git directory."""
    said = _read_path(git_file)
    if not said.startswith("gitdir:"):
        return None
    own = _real(git_file.parent / said.removeprefix("gitdir:").strip())
    shared = _read_path(own / "commondir")
    return Checkout(root, own, _real(own / shared) if shared else own)


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a circle of links
        return path.absolute()


def _read_path(path: Path) -> str:
    """A file that names a path, whose bytes need not be text."""
    try:
        return os.fsdecode(path.read_bytes()).strip()
    except OSError:
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _is_line(text: str) -> bool:
    return text.isprintable() and len(text) <= limits.LINE_CHARS
