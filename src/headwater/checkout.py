"""Where somebody stands in git: the working tree, its branch and commit, read without starting git.

A server must be quick to start and a hook runs before every edit, so the few files that say it
are read directly. What they cannot say (an odd ref storage, a file that is being written) is left
empty; nothing here raises. Nor does anything wait: another user may have put a pipe there.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from headwater import limits

_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BRANCH: Final = "ref: refs/heads/"
_HOPS: Final = 5
_NO_BRANCH: Final = ".invalid"
"""What HEAD names where refs are not kept as files (reftable)."""
_FILE_BYTES: Final = 256 * 1024 * 1024
"""A longer one is not read: packed refs are the longest, at some 70 bytes a ref."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A working tree of a git repository."""

    root: Path
    """Its top directory."""
    own: Path
    """Its own git directory, which holds HEAD."""
    common: Path
    """The git directory that all working trees of the repository share."""

    @property
    def is_ours(self) -> bool:
        """Whether nothing of it is another user's: git trusts no other repository by itself, for
        whoever made that decides what is found in it."""
        places = (self.root, self.root / ".git", _real(self.own), _real(self.common))
        return all(map(is_ours, places))

    @property
    def is_forged(self) -> bool:
        """Whether its git directory is not where git makes them: whoever writes a folder's `.git`
        file can name any, with settings of its own, as one of this repository."""
        return self.own != self.common and self.own.parent != self.common / "worktrees"

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


def is_ours(path: Path) -> bool:
    """Whether it is not another user's. What is of the user who became root by `sudo` is root's."""
    user = os.geteuid()
    try:
        owner = path.lstat().st_uid
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return owner == user or (user == 0 and str(owner) == os.environ.get("SUDO_UID"))


def _read_path(path: Path) -> str:
    """A file that names a path, whose bytes need not be text."""
    return os.fsdecode(_content(path)).strip()


def _read(path: Path) -> str:
    return _content(path).decode("utf-8", "replace").strip()


def _content(path: Path) -> bytes:
    """Empty for what is no regular file, or holds what neither a path nor a name may."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            seen = os.fstat(file.fileno())
            if stat.S_ISREG(seen.st_mode) and seen.st_size <= _FILE_BYTES:
                content = file.read()
                return b"" if b"\0" in content else content
    except OSError:
        pass
    return b""


def _is_line(text: str) -> bool:
    return text.isprintable() and len(text) <= limits.LINE_CHARS
