"""What git has in the commits that a finish names.

Another commit may well hold the same file, and git knows: a file or folder has the same id wherever
it is the same. Where the id can be known it goes with the artifact. Where it cannot (no git, no
such commit or path, git is slow) the finish stays as it is: nothing here refuses or fails.

Only commits that are named by their id are asked about, as these mean the same in every repository
and worktree. What agents wrote reaches git on its standard input, as names of objects.
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
    held = _held([name for name in names if name], folder)
    if not held:
        return request
    artifacts = [
        one.model_copy(update={"git_object": held[name]}) if name in held else one
        for name, one in zip(names, request.artifacts, strict=True)
    ]
    return request.model_copy(update={"artifacts": artifacts})


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


def _held(names: Iterable[str], folder: Path | None) -> dict[str, str]:
    """Name -> id, for each that git has; all are asked about in one go."""
    asked = list(dict.fromkeys(names))
    if not asked:
        return {}
    try:
        done = subprocess.run(
            ["git", "cat-file", "--batch-check=%(objectname) %(objecttype)"],  # noqa: S607
            cwd=folder,
            env=environment() | _ALONE,
            input="".join(f"{name}\n" for name in asked).encode("utf-8", "replace"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    lines = done.stdout.decode("utf-8", "replace").split("\n")[:-1]
    if len(lines) != len(asked):  # it broke off
        return {}
    found = zip(asked, map(_FOUND.fullmatch, lines), strict=True)
    return {name: line[1] for name, line in found if line}
