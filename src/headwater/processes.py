"""Which processes stand above this one: how a server and a hook know that one window started both.

A process is named `PID.START@MACHINE`; with the time of its start (where the system tells, in
clock ticks) the name is never used again, without it a reused number can be taken for the old.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

_LAUNCHERS: Final = frozenset({"bash", "dash", "fish", "sh", "uv", "uvx", "zsh"})
"""Programs that only start another one; the host stands above them."""
_DEPTH: Final = 64
_MACHINE: Final = (
    os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
)


class _Stat(NamedTuple):
    command: str
    parent: int
    start: str


def host() -> str:
    """The host window that started this process, `uvx` and shells left out."""
    pid = os.getppid()
    for _ in range(_DEPTH):
        stat = _stat(pid)
        if stat is None or stat.command not in _LAUNCHERS or stat.parent <= 1:
            break
        pid = stat.parent
    return _named(pid)


def own() -> str:
    """This process."""
    return _named(os.getpid())


def ancestors() -> frozenset[str]:
    """Every process above this one."""
    parents = None if Path("/proc/self/stat").exists() else _parents_by_ps()
    found: set[str] = set()
    pid = os.getppid()
    while pid > 1 and len(found) < _DEPTH:
        found.add(_named(pid))
        if parents is None:
            stat = _stat(pid)
            pid = stat.parent if stat else 0
        else:
            pid = parents.get(pid, 0)
    return frozenset(found)


def is_gone(name: str) -> bool:
    """Whether that process has certainly ended. Of another machine's nothing is known."""
    pid, _, _ = name.partition("@")[0].partition(".")
    if not pid.isdigit() or not name.endswith(f"@{_MACHINE}"):
        return False
    return _ended(int(pid)) or _named(int(pid)) != name


def _named(pid: int) -> str:
    stat = _stat(pid)
    return f"{pid}.{stat.start if stat else ''}@{_MACHINE}"


def _stat(pid: int) -> _Stat | None:
    """What Linux says of a process (proc(5)); None elsewhere, and for one that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    command, _, rest = text.partition("(")[2].rpartition(")")
    fields = rest.split()
    return _Stat(command, int(fields[1]), fields[19])


def _ended(pid: int) -> bool:
    if sys.platform == "win32":  # there, asking by a signal would end it
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is another user's
        return False
    return False


def _parents_by_ps() -> dict[int, int]:
    try:
        listed = subprocess.run(
            ["ps", "-axo", "pid=,ppid="],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=2,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return {}
    pairs = (line.split() for line in listed.splitlines())
    return {int(pair[0]): int(pair[1]) for pair in pairs if len(pair) == 2}
