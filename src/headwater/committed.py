"""What git has in the commits that a finish names.

Another commit may well hold the same file, and git knows: a file or folder has the same id wherever
it is the same. Where the id can be known it goes with the artifact. Where it cannot (no git, no
such commit or path, git is slow) the finish stays as it is: nothing here refuses or fails. That a
commit has no such path is told, since whoever builds on it would look for it there.

Only commits that are named by their id are asked about, as these mean the same in every repository
and worktree. What agents wrote reaches git on its standard input, as names of objects, or behind
`--`.
"""

from __future__ import annotations

import posixpath
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from headwater import limits
from headwater.git_environment import environment
from headwater.verbs.work import Artifact, FinishRequest

_COMMIT: Final = re.compile(r"(?:.*@)?([0-9a-f]{7,64})")
_OUTSIDE: Final = ("/", "../")
_MORE_THAN_A_PATH: Final = re.compile(r"\^\{|-g[0-9a-f]+$")
"""At the end of a name git takes it for something else than a part of the path."""
_FOUND: Final = re.compile(r"([0-9a-f]+) (?:blob|tree)")
_ALONE: Final = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
"""What is not here is not fetched."""


def with_objects(request: FinishRequest, folder: Path | None = None) -> FinishRequest:
    """The finish, with git's ids of what its artifacts name, as far as the repository of `folder`
    (by default the current directory) has it."""
    names = [_name(one) for one in request.artifacts]
    asked = [name for name in names if name]
    held = _held(asked, folder)
    if held is None:
        return request
    lacking = {name for name in asked if name not in held and _is_absent(name, folder)}
    if not (held or lacking):
        return request
    artifacts = [
        one.model_copy(update={"git_object": held[name]}) if name in held else one
        for name, one in zip(names, request.artifacts, strict=True)
    ]
    absent = [
        one.name for name, one in zip(names, request.artifacts, strict=True) if name in lacking
    ]
    return request.looked_up(artifacts, tuple(absent))


def _name(artifact: Artifact) -> str:
    """What git calls it; empty for what is not to be looked up. Without any place but the commit it
    is all that is in that."""
    commit = _COMMIT.fullmatch(artifact.commit or "")
    if commit is None or artifact.git_object or artifact.text is not None:
        return ""
    if artifact.uri and not artifact.path:
        return ""
    path = posixpath.normpath(artifact.path or ".")
    if path == ".." or path.startswith(_OUTSIDE) or _MORE_THAN_A_PATH.search(path):
        return ""
    return f"{commit[1]}:{'' if path == '.' else path}"


def _is_absent(name: str, folder: Path | None) -> bool:
    """The commit is here and has no such path. A clone may have the commit and not its files."""
    commit, _, path = name.partition(":")
    if not path:
        return False
    exactly = ("--literal-pathspecs", "ls-tree", "--full-tree", commit, "--", path)
    return _git(*exactly, folder=folder) == b""


def _held(names: Iterable[str], folder: Path | None) -> dict[str, str] | None:
    """Name -> id, for each that git has, all asked about in one go; None if git does not answer."""
    asked = list(dict.fromkeys(names))
    if not asked:
        return None
    said = _git(
        "cat-file",
        "--batch-check=%(objectname) %(objecttype)",
        asked="".join(f"{name}\n" for name in asked),
        folder=folder,
    )
    lines = (said or b"").decode("utf-8", "replace").split("\n")[:-1]
    if len(lines) != len(asked):  # it broke off
        return None
    found = zip(asked, map(_FOUND.fullmatch, lines), strict=True)
    return {name: line[1] for name, line in found if line}


def _git(*arguments: str, folder: Path | None, asked: str = "") -> bytes | None:
    """What git prints; None where it fails."""
    try:
        done = subprocess.run(  # noqa: S603  # the program is git
            ["git", *arguments],  # noqa: S607
            cwd=folder,
            env=environment() | _ALONE,
            input=asked.encode("utf-8", "replace"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.GIT_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
