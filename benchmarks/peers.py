"""Eight processes that work off one plan: Headwater in turn with Cascade and with naxe.

Each peer is installed by pip into a virtual environment of its own, and driven there by a worker of
ours (`peer_workers/`) over pipes. Nothing of a peer is imported here.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import environments, plans
from benchmarks.measure import Figures, Options, Result, interleaved, ratio
from benchmarks.racing import Crew, Race

PROCESSES = 8
LAYERS = 5
WARM = 80
_LIMIT_S = 300.0
"""A race that takes longer is given up."""
_OWN_TOKENS_S = 10.0
"""How long Cascade is given with the tokens that it hands out."""
_WORKERS = Path(__file__).parent / "peer_workers"


@dataclass(frozen=True, slots=True)
class Peer:
    """A published task store, and how many times as fast Headwater has to be."""

    name: str
    requirement: str
    label: str
    bars: dict[int, float]
    """By the number of tasks."""


CASCADE = Peer(
    "cascade", "cascade-auto==0.4.14", "Cascade 0.4.14 (tokens forged)", {100: 8, 500: 30}
)
NAXE = Peer("naxe", "naxe==0.4.5", "naxe 0.4.5 (synchronous=NORMAL)", {500: 2, 1000: 4, 2000: 10})


def peers(options: Options) -> list[Result]:
    """Every peer that can be installed here, at every size."""
    results: list[Result] = []
    for peer in (CASCADE, NAXE):
        try:
            python = environments.python_with(peer.requirement, options.cache / "peers")
        except environments.NotInstallable as error:
            print(f"\n{peer.requirement} is left out, it cannot be installed: {error}", flush=True)
            continue
        results += _beside(peer, python, options)
        if peer is CASCADE:
            results.append(_own_tokens(python, options))
    return results


def _beside(peer: Peer, python: Path, options: Options) -> list[Result]:
    """The same plan for both, each time in turn."""
    folder = options.folder / peer.name
    sizes = {24: None} if options.quick else peer.bars
    with (
        _crew("headwater", Path(sys.executable), folder) as ours,
        _crew(peer.name, python, folder) as theirs,
    ):
        for crew in (ours, theirs):
            crew.race(crew.build("warm", _plan(WARM)), WARM, _LIMIT_S)
        return [_contest(peer, ours, theirs, count, bar, options) for count, bar in sizes.items()]


def _contest(
    peer: Peer, ours: Crew, theirs: Crew, count: int, bar: float | None, options: Options
) -> Result:
    plan = _plan(count)
    races: dict[Crew, list[Race]] = {ours: [], theirs: []}
    built = {crew: crew.build(f"plan-{count}", plan) for crew in races}

    def run(crew: Crew) -> float:
        race = crew.race(built[crew], count, _LIMIT_S)
        if not race.complete:
            raise RuntimeError(f"{peer.name} or we did not do each of {count} tasks once: {race}")
        races[crew].append(race)
        return race.seconds

    own_s, their_s = interleaved(options.count(3, 1), lambda _: run(ours), lambda _: run(theirs))
    figures: Figures = {
        f"headwater_{count}": _figures(races[ours]),
        f"{peer.name}_{count}": _figures(races[theirs]),
    }
    name = f"{PROCESSES} processes, {count:,} tasks: Headwater / {peer.label}"
    return Result(name, ratio(their_s, own_s), bar=bar, raw=figures)


def _own_tokens(python: Path, options: Options) -> Result:
    """Why Cascade's tokens are forged: what it gets done with those that it hands out."""
    count = options.count(100, 24)
    folder = options.folder / "own-tokens"
    with _crew("cascade", python, folder, "--own-tokens") as crew:
        built = crew.build("plan", _plan(count))
        race = crew.race(built, count, _OWN_TOKENS_S, work_s=0.02)
    figures: Figures = {"finished": race.finished, "of": count, "stuck_processes": race.stuck}
    name = f"Cascade 0.4.14 with its own tokens: stuck of {PROCESSES} processes"
    return Result(name, race.stuck, unit="processes", raw=figures)


def _plan(count: int) -> list[dict[str, Any]]:
    return plans.layered(count, max(count // LAYERS, 2 * PROCESSES), first_done=False)


def _crew(name: str, python: Path, folder: Path, *arguments: str) -> Crew:
    worker = _WORKERS / f"{name}_worker.py"
    environment = dict(os.environ) if name == "headwater" else environments.clean()
    command = [str(python), str(worker), *arguments]
    return Crew(command, PROCESSES, folder / f"{name}-stores", environment)


def _figures(races: list[Race]) -> Figures:
    return {
        "tasks_per_s": round(median(race.tasks_per_s for race in races), 1),
        "races": [round(race.tasks_per_s, 1) for race in races],
        "cpu_ms_a_task": round(median(race.cpu_s / race.tasks for race in races) * 1e3, 2),
        "claims_of_nothing": sum(race.nothing for race in races),
        "busy": sum(race.busy for race in races),
    }
