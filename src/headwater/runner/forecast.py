"""What a run will take, before it starts: waves, critical path, makespan and cost.

The makespan is that of list scheduling in claim order, the longest remaining chain first (Graham
1969): what the run itself does, if every estimate is right. A task without one counts a minute.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from headwater.graph.cycles import topological
from headwater.verbs.importing import ImportedTask

SETTLED: Final = ("done", "cancelled")
_UNSET_MINUTES: Final = 1.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Figures are minutes unless they say otherwise."""

    waves: list[list[str]]
    """What could run at once with enough agents, wave after wave."""
    streams: list[list[str]]
    """With a split: the tasks of either stream, in the order of the plan."""
    critical: list[str]
    critical_minutes: float
    agents: int
    makespan_minutes: float
    total_minutes: float
    budget: Mapping[str, float]
    """The limits that tasks set themselves, in all: minutes, tokens, usd."""
    unset: int
    """Tasks without an estimate."""

    def as_dict(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name) != []}


def forecast(
    tasks: Sequence[ImportedTask], agents: int, stream_of: Mapping[str, int] | None = None
) -> Forecast:
    """Look ahead for `agents`; with `stream_of` (0 or 1 by key) two, each in its own stream."""
    still = {task.key: task for task in tasks if task.state not in SETTLED}
    needs = {key: task.upstreams & still.keys() for key, task in still.items()}
    minutes = {key: task.estimate or _UNSET_MINUTES for key, task in still.items()}
    consumers = _consumers(needs)
    ordered = topological(needs, needs) or []  # the plan is known to be acyclic
    chain = _chains(ordered, consumers, minutes)
    critical = _critical(chain, consumers)
    streams = stream_of or {}
    budgets = [task.budget for task in still.values()]
    return Forecast(
        waves=_waves(ordered, needs),
        streams=[[key for key in still if streams.get(key) == one] for one in (0, 1)]
        if streams
        else [],
        critical=critical,
        critical_minutes=sum(minutes[key] for key in critical),
        agents=2 if streams else agents,
        makespan_minutes=_makespan(needs, consumers, minutes, chain, agents, streams),
        total_minutes=sum(minutes.values()),
        budget={
            "minutes": sum(one.minutes for one in budgets),
            "tokens": float(sum(one.tokens for one in budgets)),
            "usd": sum(one.usd for one in budgets),
        },
        unset=sum(1 for task in still.values() if not task.estimate),
    )


def _consumers(needs: Mapping[str, set[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {key: [] for key in needs}
    for key, upstreams in needs.items():
        for upstream in upstreams:
            found[upstream].append(key)
    return found


def _waves(ordered: Sequence[str], needs: Mapping[str, set[str]]) -> list[list[str]]:
    level: dict[str, int] = {}
    waves: list[list[str]] = []
    for key in ordered:
        level[key] = max((level[one] + 1 for one in needs[key]), default=0)
        if level[key] == len(waves):
            waves.append([])
        waves[level[key]].append(key)
    return waves


def _chains(
    ordered: Sequence[str], consumers: Mapping[str, list[str]], minutes: Mapping[str, float]
) -> dict[str, float]:
    """The longest chain that begins with each task."""
    chain: dict[str, float] = {}
    for key in reversed(ordered):
        chain[key] = minutes[key] + max((chain[one] for one in consumers[key]), default=0.0)
    return chain


def _critical(chain: Mapping[str, float], consumers: Mapping[str, list[str]]) -> list[str]:
    path: list[str] = []
    following = list(chain)
    while following:
        path.append(max(following, key=lambda key: chain[key]))
        following = consumers[path[-1]]
    return path


def _makespan(
    needs: Mapping[str, set[str]],
    consumers: Mapping[str, list[str]],
    minutes: Mapping[str, float],
    chain: Mapping[str, float],
    agents: int,
    streams: Mapping[str, int],
) -> float:
    """Simulate: whoever is free takes the ready task with the longest chain from it."""
    left = {key: len(found) for key, found in needs.items()}
    queues: list[list[tuple[float, int, str]]] = [[], []]
    position = {key: at for at, key in enumerate(needs)}
    for key, count in left.items():
        if not count:
            heapq.heappush(queues[streams.get(key, 0)], (-chain[key], position[key], key))
    free = [1, 1] if streams else [agents, 0]
    running: list[tuple[float, int, str]] = []
    now = 0.0
    while True:
        for queue, one in ((queues[0], 0), (queues[1], 1)):
            while queue and free[one]:
                key = heapq.heappop(queue)[2]
                free[one] -= 1
                heapq.heappush(running, (now + minutes[key], one, key))
        if not running:
            return now
        now, one, done = heapq.heappop(running)
        free[one] += 1
        for consumer in consumers[done]:
            left[consumer] -= 1
            if not left[consumer]:
                entry = (-chain[consumer], position[consumer], consumer)
                heapq.heappush(queues[streams.get(consumer, 0)], entry)
