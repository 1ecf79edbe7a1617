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
from typing import Any, Literal

from benchmarks import environments, plans
from benchmarks.measure import Figures, Options, Result, interleaved, ratio
from benchmarks.racing import Crew, Race

PROCESSES = 8
LAYERS = 5
_LIMIT_S = 900.0
"""A race that takes longer is given up."""
_LARGE = 2000
"""A race of so many tasks is long enough to be run once."""
_OWN_TOKENS_S = 10.0
"""How long Cascade is given with the tokens that it hands out."""
_WORKERS = Path(__file__).parent / "peer_workers"


@dataclass(frozen=True, slots=True)
class Contest:
    """How many tasks, whether any can be taken at any time, and how much faster we have to be."""

    tasks: int
    shape: Literal["layered", "independent"]
    bar: float | None = None

    def plan(self) -> list[dict[str, Any]]:
        """One task more for each process: it does that before the clock starts."""
        count = self.tasks + PROCESSES
        layered = max(count // LAYERS, 2 * PROCESSES)
        return plans.layered(count, layered if self.shape == "layered" else count, first_done=False)


@dataclass(frozen=True, slots=True)
class Peer:
    """A published task store."""

    name: str
    requirement: str
    label: str
    contests: tuple[Contest, ...]


CASCADE = Peer(
    "cascade",
    "cascade-auto==0.4.14",
    "Cascade 0.4.14 (tokens forged)",
    (Contest(100, "layered", 8), Contest(500, "layered", 30)),
)
NAXE = Peer(
    "naxe",
    "naxe==0.4.5",
    "naxe 0.4.5 (synchronous=NORMAL)",
    (
        Contest(500, "independent", 2),
        Contest(1000, "independent", 4),
        Contest(2000, "independent", 10),
        Contest(500, "layered"),
        Contest(2000, "layered"),
    ),
)
_QUICK = (Contest(24, "layered"),)


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
    """Both crews are alive throughout; one waits while the other works."""
    folder = options.folder / peer.name
    with (
        _crew("headwater", Path(sys.executable), folder) as ours,
        _crew(peer.name, python, folder) as theirs,
    ):
        contests = _QUICK if options.quick else peer.contests
        return [_contest(peer, contest, ours, theirs, options) for contest in contests]


def _contest(peer: Peer, contest: Contest, ours: Crew, theirs: Crew, options: Options) -> Result:
    """The same plan for both, in turn."""
    count = contest.tasks
    name = f"{count}-{contest.shape}"
    plan = contest.plan()
    built = {crew: crew.build(name, plan) for crew in (ours, theirs)}
    races: dict[Crew, list[Race]] = {ours: [], theirs: []}

    def run(crew: Crew) -> float:
        race = crew.race(built[crew], count, _LIMIT_S)
        if not race.complete:
            raise RuntimeError(
                f"not each of {count} tasks was done once beside {peer.name}: {race}"
            )
        races[crew].append(race)
        return race.seconds

    rounds = 1 if count >= _LARGE else options.count(3, 1)
    own_s, their_s = interleaved(rounds, lambda _: run(ours), lambda _: run(theirs))
    figures: Figures = {
        f"headwater_{name}": _figures(races[ours]),
        f"{peer.name}_{name}": _figures(races[theirs]),
    }
    measure = f"{PROCESSES} processes, {count:,} {contest.shape} tasks: Headwater / {peer.label}"
    return Result(measure, ratio(their_s, own_s), bar=contest.bar, raw=figures)


def _own_tokens(python: Path, options: Options) -> Result:
    """Why Cascade's tokens are forged: what it gets done with those that it hands out."""
    contest = Contest(options.count(100, 24), "layered")
    folder = options.folder / "own-tokens"
    with _crew("cascade", python, folder, "--own-tokens") as crew:
        plan = contest.plan()
        built = crew.build("plan", plan)
        race = crew.race(built, len(plan), _OWN_TOKENS_S, warm=False, work_s=0.02)
    figures: Figures = {"finished": race.finished, "of": race.tasks, "stuck_processes": race.stuck}
    name = f"Cascade 0.4.14 with its own tokens: stuck of {PROCESSES} processes"
    return Result(name, race.stuck, unit="processes", raw=figures)


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
