"""Plans whose true runtimes are known: recorded scientific workflows, or likenesses of them."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from headwater.formats import wfformat

RECORDED: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "wfformat"
"""Where WfFormat 1.5 files are looked for (WfCommons, https://wfcommons.org): beside this
repository. Without them the likenesses are run."""


@dataclass(frozen=True)
class Workflow:
    """Tasks by number, in the order in which they are added to a board."""

    name: str
    runtimes_ms: tuple[int, ...]
    needs: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.runtimes_ms)

    @cached_property
    def consumers(self) -> tuple[tuple[int, ...], ...]:
        found: list[list[int]] = [[] for _ in self.needs]
        for task, needs in enumerate(self.needs):
            for upstream in needs:
                found[upstream].append(task)
        return tuple(map(tuple, found))

    @cached_property
    def topological(self) -> tuple[int, ...]:
        """Every task after all it needs; a recorded file is in no such order."""
        pending = [len(needs) for needs in self.needs]
        order = [task for task, count in enumerate(pending) if not count]
        for task in order:
            for consumer in self.consumers[task]:
                pending[consumer] -= 1
                if not pending[consumer]:
                    order.append(consumer)
        if len(order) != len(self):
            raise ValueError(f"{self.name}: the tasks form a circle")
        return tuple(order)

    def reversed(self) -> Workflow:
        """The same work from its end to its beginning."""
        return Workflow(self.name, self.runtimes_ms, self.consumers)

    def reordered(self, order: Sequence[int]) -> Workflow:
        """The same plan with its tasks added in another order."""
        place = {task: at for at, task in enumerate(order)}
        return Workflow(
            self.name,
            tuple(self.runtimes_ms[task] for task in order),
            tuple(tuple(place[upstream] for upstream in self.needs[task]) for task in order),
        )

    def shortest_ms(self, workers: int) -> int:
        """No schedule can be shorter: the longest chain, and the work shared out evenly."""
        ends = [0] * len(self)
        for task in self.topological:
            begin = max((ends[upstream] for upstream in self.needs[task]), default=0)
            ends[task] = begin + self.runtimes_ms[task]
        return max(*ends, -(-sum(self.runtimes_ms) // workers))


def load() -> list[Workflow]:
    """The recorded workflows that are there, or else the likenesses."""
    return [read(path) for path in sorted(RECORDED.glob("*.json"))] or likenesses()


def read(path: Path) -> Workflow:
    """A WfFormat file, as it is imported: the recorded runtimes are the imported estimates."""
    tasks = wfformat.read(path.name, json.loads(path.read_text())).tasks
    number = {task.key: at for at, task in enumerate(tasks)}
    return Workflow(
        path.name.partition("-")[0],
        tuple(round(task.estimate * 60_000) for task in tasks),
        tuple(tuple(number[upstream] for upstream in task.needs) for task in tasks),
    )


def likenesses() -> list[Workflow]:
    """Made up, in the shapes that such workflows have; the same ones every time."""
    return [_fan(), _lanes(), _mosaic()]


def _fan() -> Workflow:
    """A split, equal searches of very unequal length, a merge."""
    pick = random.Random("fan")
    searches = [round(pick.lognormvariate(8, 1)) for _ in range(40)]
    return Workflow(
        "likeness-fan",
        (500, *searches, 900),
        ((), *[(0,)] * len(searches), tuple(range(1, len(searches) + 1))),
    )


def _lanes() -> Workflow:
    """Chains of different weight that meet, and a tail behind them."""
    pick = random.Random("lanes")
    runtimes: list[int] = []
    needs: list[tuple[int, ...]] = []
    lasts: list[int] = []
    for lane in range(9):
        for place in range(5):
            needs.append((len(runtimes) - 1,) if place else ())
            runtimes.append(round(pick.uniform(0.2, 1) * 3_000 * (lane + 1)))
        lasts.append(len(runtimes) - 1)
    for _ in range(3):
        needs.append(tuple(lasts))
        lasts = [len(runtimes)]
        runtimes.append(4_000)
    return Workflow("likeness-lanes", tuple(runtimes), tuple(needs))


def _mosaic() -> Workflow:
    """Long projections, short comparisons of neighbours, a fit over all, a correction of each."""
    pick = random.Random("mosaic")
    tiles = 12
    runtimes = [round(pick.uniform(60_000, 90_000)) for _ in range(tiles)]
    needs: list[tuple[int, ...]] = [()] * tiles
    for tile in range(tiles):
        for step in (1, 2):
            needs.append((tile, (tile + step) % tiles))
            runtimes.append(round(pick.uniform(500, 9_000)))
    fit = len(runtimes)
    needs.append(tuple(range(tiles, fit)))
    runtimes.append(20_000)
    needs += [(tile, fit) for tile in range(tiles)]
    runtimes += [round(pick.uniform(1_000, 30_000)) for _ in range(tiles)]
    needs.append(tuple(range(fit + 1, len(runtimes))))
    runtimes.append(40_000)
    return Workflow("likeness-mosaic", tuple(runtimes), tuple(needs))
