"""What runners leave on disk for each other: the run of a board, and who is running it.

A runner that dies leaves its file behind; the next one takes its sessions over, with the leases
that they hold, so what was begun goes on and no attempt is charged.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast

from headwater import processes
from headwater.errors import BadRequest
from headwater.runner.places import slug

ACTOR: Final = "run"
"""How a board calls a runner where it acts for itself, and for none of its workers."""
_RUN: Final = "run.json"
_RUNNERS: Final = "runners"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The run of one board. `base` is the branch that the work goes into."""

    name: str
    board: str
    base: str
    command: tuple[str, ...] = ()
    agents: int = 1
    split: int = 0
    batches: tuple[tuple[str, int], ...] = ()
    """With `split`: the batch of each task."""

    capabilities: tuple[str, ...] = ()
    """What the workers say that they can do: all that the plan asks for."""
    variables: tuple[tuple[str, str], ...] = ()
    """For the environment of the agents."""


def read_run(folder: Path) -> RunRecord | None:
    """The record in a run's folder; None if there is none that can be read."""
    try:
        found = cast("dict[str, Any]", json.loads((folder / _RUN).read_text()))
        found["command"] = tuple(found["command"])
        found["batches"] = tuple((key, int(batch)) for key, batch in found["batches"])
        found["capabilities"] = tuple(found["capabilities"])
        found["variables"] = tuple((name, text) for name, text in found["variables"])
        return RunRecord(**found)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_run(folder: Path, record: RunRecord) -> None:
    _write(folder / _RUN, asdict(record))


def name_for(folder: Path, plan: str) -> str:
    """A name for a new run that no other board of the repository uses."""
    taken = {
        record.name
        for other in folder.parent.glob("*")
        if other != folder and (record := read_run(other)) is not None
    }
    wanted = name = slug(plan)
    number = 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


class Presence:
    """This runner's own file, and those of others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / _RUNNERS
        self._own = self._folder / f"{os.getpid()}.json"

    def others(self) -> int:
        """How many other runners are alive."""
        return sum(path != self._own and not dead for path, dead, _ in self._all())

    def dead(self) -> list[bool]:
        """Of each runner that did not say that it is gone, whether it died."""
        return [dead for _, dead, _ in self._all()]

    def orphans(self) -> list[str]:
        """The sessions of runners that died; the newest last."""
        return [session for _, dead, sessions in self._all() if dead for session in sessions]

    def write(self, sessions: Sequence[str]) -> None:
        """This runner has these sessions."""
        _write(self._own, {"process": processes.own(), "sessions": list(sessions)})

    def bury(self) -> None:
        """Forget dead runners, whose sessions are in other hands now."""
        for path, dead, _ in self._all():
            if dead:
                path.unlink(missing_ok=True)

    def end(self) -> None:
        """This runner holds nothing any more."""
        self._own.unlink(missing_ok=True)

    def _all(self) -> Iterator[tuple[Path, bool, list[str]]]:
        """Every runner's file, whether that runner is dead, and its sessions."""
        for path in sorted(self._folder.glob("*.json")):
            said = _read(path)
            sessions = said.get("sessions")
            if isinstance(sessions, list):
                dead = processes.is_gone(str(said.get("process", "")))
                yield path, dead, [str(one) for one in cast("list[object]", sessions)]


def _read(path: Path) -> dict[str, object]:
    try:
        found: object = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def _write(path: Path, value: object) -> None:
    """Whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(value, out)
    partial.replace(path)


def demand_not_inside(environment: Mapping[str, str]) -> None:
    """Refuse a run that was started by an agent of a run.

    Raises:
        BadRequest: it would start agents that start agents.
    """
    if environment.get("HEADWATER_RUN"):
        raise BadRequest(
            "this is an agent of `headwater run`: it may not start another run",
            next="add tasks to the board; the run that started you works them",
        )
