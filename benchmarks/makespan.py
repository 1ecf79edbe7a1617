"""Makespan: how long a whole plan takes when workers take tasks in Headwater's claim order.

Virtual time, real board: sessions join, claim and finish through `Board` on a manual clock, and a
task takes its recorded runtime. What the board knows are estimates, each off by up to half. The
schedules it is compared with know the true runtimes (`benchmarks.schedules`).
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Final

from benchmarks import makespan_chart, schedules, workflows
from benchmarks.measure import Options, Result
from benchmarks.workflows import Workflow
from headwater import Board
from headwater.clock import ManualClock

WORKERS: Final = (2, 4, 8, 16)
SEEDS: Final = 10
DRAWS: Final = 200
OFF: Final = 0.5
"""An estimate lies between 1 - OFF and 1 + OFF times the true runtime, evenly distributed."""


@dataclass(frozen=True, slots=True)
class Run:
    """One plan, worked off once; in milliseconds of virtual time."""

    plan: str
    workers: int
    seed: int
    board_ms: int
    by_ranks_ms: int
    """List scheduling by upward ranks of the estimates: what the claim order should come to."""
    first_in_ms: int
    """First in, first out, the plan added in the same order as to the board."""
    best_ms: int
    """The shortest of the schedules that know the true runtimes."""
    shortest_ms: int
    """A bound that no schedule can beat."""


class BoardQueue:
    """A real board as the queue of a simulation."""

    def __init__(self, board: Board, clock: ManualClock, workers: int) -> None:
        self._board, self._clock = board, clock
        self._begun_ms = clock.wall_ms()
        self._sessions = [board.join(f"worker-{at}").session for at in range(workers)]
        self._leases: dict[int, str] = {}

    def take(self, worker: int, now_ms: int) -> int | None:
        self._move(now_ms)
        found = self._board.claim(self._sessions[worker], brief="short")
        if found.task is None or found.lease is None:
            return None
        task = int(found.task)
        self._leases[task] = found.lease
        return task

    def finish(self, worker: int, task: int, now_ms: int) -> None:  # noqa: ARG002
        self._move(now_ms)
        self._board.finish(self._leases.pop(task), summary="done")

    def _move(self, now_ms: int) -> None:
        self._clock.advance(seconds=(now_ms + self._begun_ms - self._clock.wall_ms()) / 1000)


def makespan(options: Options) -> list[Result]:
    """Every plan with 2 to 16 workers and several draws of the errors of the estimates.

    The order in which tasks are added decides between equals, and it is all that first-in-first-out
    goes by. It is taken as it was recorded, and beside that drawn at random with the errors.
    """
    plans = workflows.likenesses() if options.quick else workflows.load()
    workers = (4,) if options.quick else WORKERS
    found: list[Result] = []
    every: list[Run] = []
    for how, order in ORDERS.items():
        runs = [
            run(options.folder, order(plan, seed), count, seed)
            for plan in plans
            for count in workers
            for seed in range(options.count(SEEDS, 1))
        ]
        draws = options.count(DRAWS, 5)
        found += [*_results(runs, how), _by_many_draws(plans, workers, draws, how)]
        every += runs
        if options.chart and how == RECORDED:
            options.chart.write_text(makespan_chart.draw(_points(runs)))
    departed = sum(one.board_ms != one.by_ranks_ms for one in every)
    name = f"makespan, runs of {len(every)} that differ from the ranks' own schedule"
    return [*found, Result(name, departed, unit="runs", bar=0, sense="at most")]


def run(folder: Path, plan: Workflow, workers: int, seed: int) -> Run:
    """Work a plan off on a board, and by the rules it is compared with.

    The store is new: the time of a store never runs backwards, so that in an old one the virtual
    day would be whatever earlier runs have left.
    """
    clock = ManualClock()
    estimates = estimates_ms(plan, seed)
    with (
        tempfile.TemporaryDirectory(dir=folder) as own,
        Board.open(Path(own) / "makespan.db", clock=clock) as board,
    ):
        add(board, plan, estimates)
        board_ms = schedules.makespan_ms(plan, workers, BoardQueue(board, clock, workers))
    return Run(
        plan.name,
        workers,
        seed,
        board_ms,
        schedules.by_believed_rank(plan, workers, estimates),
        schedules.first_in(plan, workers),
        min(schedule(plan, workers) for schedule in schedules.EXACT),
        plan.shortest_ms(workers),
    )


def add(board: Board, plan: Workflow, estimates: list[int]) -> None:
    """Put a plan on an empty board."""
    board.add(
        [
            {
                "key": str(task),
                "needs": [str(upstream) for upstream in plan.needs[task]],
                "estimate": estimates[task] / 60_000,
            }
            for task in range(len(plan))
        ]
    )


def estimates_ms(plan: Workflow, seed: int) -> list[int]:
    """What is believed of each task; never 0, which would mean that nothing is known."""
    pick = random.Random(f"{plan.name} {seed}")
    return [max(1, round(ms * pick.uniform(1 - OFF, 1 + OFF))) for ms in plan.runtimes_ms]


def shuffle(plan: Workflow, seed: int) -> Workflow:
    """The same plan, its tasks added in another order."""
    order = list(range(len(plan)))
    random.Random(f"order {plan.name} {seed}").shuffle(order)
    return plan.reordered(order)


RECORDED: Final = "recorded order"
ORDERS: Final[dict[str, Callable[[Workflow, int], Workflow]]] = {
    RECORDED: lambda plan, _seed: plan,
    "random order": shuffle,
}
"""In which order the tasks of a plan are added."""


def _results(runs: list[Run], how: str) -> list[Result]:
    """Against the best schedule on average, and against first-in-first-out plan by plan."""
    ours = {name: _by_plan(runs, name) for name in sorted({one.plan for one in runs})}
    figures = {f"{name}, {how}": values for name, values in ours.items()}
    worst = max(ours, key=lambda name: ours[name]["board / first in"])
    return [
        Result(
            f"makespan, {how} / best schedule by true runtimes, mean of {len(runs)} runs",
            mean(one.board_ms / one.best_ms for one in runs),
            bar=1.05,
            sense="at most",
            raw=figures,
        ),
        Result(
            f"makespan, {how}, longer than first in first out, worst plan ({worst})",
            100 * (ours[worst]["board / first in"] - 1),
            unit="%",
            bar=0,
            sense="at most",
            raw=figures,
        ),
    ]


def _by_many_draws(
    plans: Sequence[Workflow], workers: Sequence[int], draws: int, how: str
) -> Result:
    """What the worst plan comes to over so many draws that chance is small, by the ranks alone.

    Each run on a board is compared with the ranks' own schedule, which is a hundred times faster.
    """
    figures: dict[str, dict[str, float]] = {}
    for plan in plans:
        ours: list[float] = []
        theirs: list[float] = []
        for seed in range(draws):
            drawn = ORDERS[how](plan, seed)
            believed = estimates_ms(drawn, seed)
            ours.append(mean(schedules.by_believed_rank(drawn, n, believed) for n in workers))
            theirs.append(mean(schedules.first_in(drawn, n) for n in workers))
        apart = [a - b for a, b in zip(ours, theirs, strict=True)]
        figures[plan.name] = {
            "longer_percent": round(100 * mean(apart) / mean(theirs), 2),
            "standard_error": round(100 * stdev(apart) / draws**0.5 / mean(theirs), 2),
        }
    worst = max(figures, key=lambda name: figures[name]["longer_percent"])
    return Result(
        f"makespan, {how}, the same over {draws} draws, worst plan ({worst})",
        figures[worst]["longer_percent"],
        unit="%",
        raw={f"{name}, {how}, {draws} draws": values for name, values in figures.items()},
    )


def _by_plan(runs: Iterable[Run], name: str) -> dict[str, float]:
    mine = [one for one in runs if one.plan == name]
    board, first_in = (mean(one.board_ms for one in mine), mean(one.first_in_ms for one in mine))
    return {
        "board / best": round(mean(one.board_ms / one.best_ms for one in mine), 4),
        "first in / best": round(mean(one.first_in_ms / one.best_ms for one in mine), 4),
        "board / first in": round(board / first_in, 4),
        "best / bound": round(mean(one.best_ms / one.shortest_ms for one in mine), 4),
    }


def _points(runs: list[Run]) -> list[makespan_chart.Point]:
    """A line of the chart for each plan and number of workers."""
    found: list[makespan_chart.Point] = []
    for plan, workers in sorted({(one.plan, one.workers) for one in runs}):
        mine = [one for one in runs if (one.plan, one.workers) == (plan, workers)]
        ours = [one.board_ms / one.best_ms for one in mine]
        theirs = [one.first_in_ms / one.best_ms for one in mine]
        found.append(makespan_chart.Point(plan, workers, ours, theirs))
    return found
