"""The paths of a task from the work that was begun on it: what git says has changed."""

from __future__ import annotations

import subprocess
from pathlib import Path

from headwater import checkout, limits
from headwater.errors import BadRequest


def touched(paths: list[str], base: str) -> list[str]:
    """`paths`, and with a `base` the files that differ from where this branch left it, with those
    not yet committed and those not yet known to git.

    Raises:
        BadRequest: there is no such base, or nothing differs from it.
    """
    if not base:
        return paths
    from headwater.graph.paths import condense

    tree = checkout.find(Path.cwd())
    if tree is None:
        raise BadRequest("--paths-from-diff needs a git repository", next="--paths names them")
    if base.startswith("-"):
        raise BadRequest(f"{base!r} is no branch or commit", next="for instance main, or HEAD")
    start = _git(tree.root, "merge-base", base, "HEAD").strip()
    listed = _git(tree.root, "diff", "--name-only", "--no-renames", "-z", start, "--")
    listed += _git(tree.root, "ls-files", "--others", "--exclude-standard", "-z")
    files = {file for file in listed.split("\0") if file}
    if not files:
        raise BadRequest(
            f"nothing here differs from {base}", next="name another base, or give --paths"
        )
    known = dict.fromkeys(paths)
    room = max(1, limits.PATHS - len(known))
    return list(known | dict.fromkeys(condense(files, room)))


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the one argument from outside is a revision
            ["git", *arguments],  # noqa: S607
            cwd=root,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise BadRequest("git cannot be run", next="--paths names the files") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise BadRequest(
            f"git {arguments[0]}: {said[-1] if said else 'the two have no commit in common'}",
            next="name a branch or commit of this repository, for instance main, or HEAD",
        )
    return done.stdout.decode(errors="replace")
