"""Virtual environments for what is measured beside Headwater and must not be mixed with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_PIP_S = 300


class NotInstallable(Exception):
    """There is no such package here: no network, or no release for this Python."""


def python_with(requirement: str, cache: Path, *beside: str) -> Path:
    """The Python of an environment that holds `requirement` (`name==version`), made if need be.

    `beside`: what else to install there.
    """
    name, _, version = requirement.partition("==")
    folder = cache / f"{name}-{version}"
    python = folder / "bin" / "python"
    if not _holds(python, name, version):
        _run("venv", "--clear", "--without-pip", str(folder))
        pip = ("--disable-pip-version-check", "--python", str(python), "install")
        _run("pip", *pip, *beside, requirement)
    return python


def clean() -> dict[str, str]:
    """The variables of this process, without those that would lend its packages to another."""
    own = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in own}
    return {**kept, "PYTHONNOUSERSITE": "1"}


def _holds(python: Path, name: str, version: str) -> bool:
    asked = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    try:
        found = subprocess.run(
            [python, "-c", asked, name], env=clean(), capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return found.returncode == 0 and found.stdout.strip() == version


def _run(module: str, *arguments: str) -> None:
    command = [sys.executable, "-m", module, *arguments]
    try:
        ran = subprocess.run(
            command, env=clean(), capture_output=True, text=True, check=False, timeout=_PIP_S
        )
    except subprocess.TimeoutExpired as error:
        raise NotInstallable(f"{module} took more than {_PIP_S} s") from error
    if ran.returncode:
        said = (ran.stderr or ran.stdout).strip().splitlines()
        raise NotInstallable(said[-1] if said else f"{module} failed")
