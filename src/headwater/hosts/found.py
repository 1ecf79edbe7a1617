"""Which hosts are used here, and which of them have Headwater in their config files."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from headwater.errors import BadRequest, HeadwaterError
from headwater.hosts import claude_hooks, files, merge
from headwater.hosts.host import Host, Place, Scope, Transport
from headwater.hosts.known import HOSTS

_SCOPES: Final[tuple[Scope, ...]] = ("project", "user")


@dataclass(frozen=True, slots=True)
class Configured:
    """A headwater entry that a host's config file holds, or a file that cannot be read."""

    host: str
    title: str
    scope: Scope
    path: Path
    transport: Transport | None
    """None where `error` says that the file cannot be read."""
    error: str = ""


def names() -> list[str]:
    """The names of the hosts, in the order of the documentation."""
    return [host.name for host in HOSTS]


def configured(
    project_dir: Path, home: Path, env: Mapping[str, str] | None = None
) -> list[Configured]:
    """Every headwater entry in the hosts' config files, and the files that cannot be read."""
    place = place_of(project_dir, home, env)
    found: list[Configured] = []
    for host in HOSTS:
        for scope in _SCOPES:
            path = host.file(scope, place)
            seen = _look(host, scope, path) if path is not None else None
            if seen is not None and seen.path not in {other.path for other in found}:
                found.append(seen)
    return found


def hooked(project_dir: Path, home: Path, env: Mapping[str, str] | None = None) -> list[Path]:
    """The settings files of Claude Code in which Headwater's hooks are."""
    place = place_of(project_dir, home, env)
    paths = dict.fromkeys(claude_hooks.file(scope, place) for scope in _SCOPES)
    return [path for path in paths if _is_hooked(path)]


def _is_hooked(path: Path) -> bool:
    try:
        return claude_hooks.present(files.read(path).text)
    except (HeadwaterError, OSError):  # not ours to judge: Claude Code says what is wrong
        return False


def _look(host: Host, scope: Scope, path: Path) -> Configured | None:
    try:
        file = files.read(path)
        document = merge.parse(file.text, host)
    except HeadwaterError as error:
        return Configured(host.name, host.title, scope, path, None, error.message)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Configured(host.name, host.title, scope, path, None, error.strerror or str(error))
    entry = merge.lookup(document, merge.entry_path(document, host))
    if not isinstance(entry, dict):
        return None
    transport: Transport = "stdio" if "command" in entry else "http"
    return Configured(host.name, host.title, scope, path, transport)


def place_of(project_dir: Path, home: Path, env: Mapping[str, str] | None) -> Place:
    """Where to look; the process's environment counts if `home` is the user's own."""
    if env is None:
        env = os.environ if home == Path.home() else {}
    return Place(project_dir, home, sys.platform, env)


_ALSO: Final = {"claude": "claude-code", "gemini": "gemini-cli", "vs-code": "vscode"}
"""What people also call hosts, as `headwater run --agent` does."""


def chosen(hosts: Sequence[str] | str, place: Place) -> list[Host]:
    """The hosts of those names. Raises `BadRequest` for an unknown one."""
    wanted = [_ALSO.get(name, name) for name in ([hosts] if isinstance(hosts, str) else hosts)]
    if "all" in wanted:
        return list(HOSTS)
    unknown = sorted(set(wanted) - {"detected", *names()})
    if unknown:
        raise BadRequest(
            f"no host is called {' or '.join(map(repr, unknown))}",
            next=f"name one of: {', '.join(names())}, all, detected",
        )
    here = "detected" in wanted
    return [host for host in HOSTS if host.name in wanted or (here and _is_used(host, place))]


def _is_used(host: Host, place: Place) -> bool:
    search = place.env.get("PATH", "")
    if any(files.is_there(mark(place)) for mark in host.marks):
        return True
    if host.project is not None and files.is_there(host.project(place)):
        return True
    return any(shutil.which(program, path=search) for program in host.programs)
