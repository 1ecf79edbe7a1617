"""Schedules to compare with: makespans on identical workers, computed with exact runtimes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from typing import Protocol

from benchmarks.workflows import Workflow


class Queue(Protocol):
    """What hands out tasks to workers, in virtual time."""

    def take(self, worker: int, now_ms: int) -> int | None:
        """A task for an idle worker; None if nothing is ready."""
        ...

    def finish(self, worker: int, task: int, now_ms: int) -> None: ...


def makespan_ms(workflow: Workflow, workers: int, queue: Queue) -> int:
    """Run a workflow: whoever is idle takes what the queue gives, and works for the true runtime.

    Everything that ends at one moment is finished before anybody takes anything.
    """
    now, done = 0, 0
    idle = list(range(workers))
    running: list[tuple[int, int, int]] = []
    while True:
        while idle and (task := queue.take(idle[0], now)) is not None:
            heappush(running, (now + workflow.runtimes_ms[task], task, idle.pop(0)))
        if not running:
            break
        now = running[0][0]
        while running and running[0][0] == now:
            _, task, worker = heappop(running)
            queue.finish(worker, task, now)
            idle.append(worker)
            done += 1
        idle.sort()
    if done != len(workflow):
        raise RuntimeError(f"{workflow.name}: {done} of {len(workflow)} tasks were done")
    return now


class Listed:
    """List scheduling: of the ready tasks the one with the smallest place goes first."""

    def __init__(self, workflow: Workflow, places: Sequence[float]) -> None:
        self._workflow = workflow
        self._places = places
        self._pending = [len(needs) for needs in workflow.needs]
        self._ready: list[tuple[float, int]] = []
        for task, count in enumerate(self._pending):
            if not count:
                self._add(task)

    def _add(self, task: int) -> None:
        heappush(self._ready, (self._places[task], task))

    def take(self, worker: int, now_ms: int) -> int | None:  # noqa: ARG002
        return heappop(self._ready)[1] if self._ready else None

    def finish(self, worker: int, task: int, now_ms: int) -> None:  # noqa: ARG002
        for consumer in self._workflow.consumers[task]:
            self._pending[consumer] -= 1
            if not self._pending[consumer]:
                self._add(consumer)


def upward_ranks(workflow: Workflow) -> list[int]:
    """The longest chain from the start of each task to the end of the workflow, in ms."""
    ranks = [0] * len(workflow)
    for task in reversed(workflow.topological):
        below = max((ranks[consumer] for consumer in workflow.consumers[task]), default=0)
        ranks[task] = below + workflow.runtimes_ms[task]
    return ranks


def by_upward_rank(workflow: Workflow, workers: int) -> int:
    """The longest remaining chain first, as soon as anybody is idle."""
    return _listed(workflow, workers, upward_ranks(workflow))


def by_believed_rank(workflow: Workflow, workers: int, estimates_ms: Sequence[int]) -> int:
    """The longest remaining chain by these estimates first, while tasks take their true time."""
    believed = replace(workflow, runtimes_ms=tuple(estimates_ms))
    return _listed(workflow, workers, upward_ranks(believed))


def heft(workflow: Workflow, workers: int) -> int:
    """The makespan of `heft_schedule`."""
    return max(end for _, _, end in heft_schedule(workflow, workers))


def heft_schedule(workflow: Workflow, workers: int) -> list[tuple[int, int, int]]:
    """HEFT on identical workers without costs of communication: worker, begin, end of each task.

    Tasks in order of upward rank, each where it ends earliest, also in gaps between tasks placed
    before (H. Topcuoglu, S. Hariri, M.-Y. Wu, "Performance-effective and low-complexity task
    scheduling for heterogeneous computing", IEEE Transactions on Parallel and Distributed Systems
    13 (3), 2002).
    """
    ranks = upward_ranks(workflow)
    place = {task: at for at, task in enumerate(workflow.topological)}
    placed = [(0, 0, 0)] * len(workflow)
    busy: list[list[tuple[int, int]]] = [[] for _ in range(workers)]
    for task in sorted(place, key=lambda task: (-ranks[task], place[task])):
        ready = max((placed[upstream][2] for upstream in workflow.needs[task]), default=0)
        runtime = workflow.runtimes_ms[task]
        begin, worker = min((_gap(busy[at], ready, runtime), at) for at in range(workers))
        placed[task] = (worker, begin, begin + runtime)
        busy[worker].append((begin, begin + runtime))
        busy[worker].sort()
    return placed


def _gap(busy: list[tuple[int, int]], ready_ms: int, runtime_ms: int) -> int:
    """The earliest begin of something so long, at or after `ready_ms`."""
    begin = ready_ms
    for taken, until in busy:
        if begin + runtime_ms <= taken:
            break
        begin = max(begin, until)
    return begin


def longest_first(workflow: Workflow, workers: int) -> int:
    """The longest task first, whatever follows it (R. L. Graham's LPT, 1969)."""
    return _listed(workflow, workers, workflow.runtimes_ms)


def by_both_directions(workflow: Workflow, workers: int) -> int:
    """The longest chain through a task first (the priority of CPOP in the same paper as HEFT)."""
    upward, downward = upward_ranks(workflow), upward_ranks(workflow.reversed())
    chains = zip(upward, downward, workflow.runtimes_ms, strict=True)
    return _listed(workflow, workers, [up + down - own for up, down, own in chains])


def by_chain_and_length(workflow: Workflow, workers: int) -> int:
    """As `by_both_directions`, with a task's own runtime counted twice: long ones first."""
    upward, downward = upward_ranks(workflow), upward_ranks(workflow.reversed())
    return _listed(
        workflow, workers, [up + down for up, down in zip(upward, downward, strict=True)]
    )


def backward(workflow: Workflow, workers: int) -> int:
    """By upward rank from the end to the beginning: the mirrored schedule is as long."""
    return by_upward_rank(workflow.reversed(), workers)


def _listed(workflow: Workflow, workers: int, worth: Sequence[int]) -> int:
    """Of the ready tasks the one that is worth most first."""
    return makespan_ms(workflow, workers, Listed(workflow, [-value for value in worth]))


def first_in(workflow: Workflow, workers: int) -> int:
    """Of the ready tasks the one that was added to the board first."""
    return makespan_ms(workflow, workers, Listed(workflow, range(len(workflow))))


EXACT: tuple[Callable[[Workflow, int], int], ...] = (
    by_upward_rank,
    heft,
    longest_first,
    by_both_directions,
    by_chain_and_length,
    backward,
)
"""All of them know the true runtimes; the shortest of their schedules is the mark."""
