"""Histories of claims as their callers saw them, and what no order of the calls could explain.

The checker knows nothing of the store: it takes the callers' notes, with the moments before and
after each call by one clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Call:
    """A claim that gave a lease, or a finish, as its caller saw it."""

    kind: str
    task: str
    fence: int
    began_ns: int
    ended_ns: int
    accepted: bool = True
    outcome: str = ""


def violations(history: Sequence[Call]) -> list[str]:
    """What cannot be explained by any order of the calls. Nothing: the history is linearizable.

    A lease is surely live from the end of its claim to the beginning of its finish, and its claim
    took effect between its own beginning and end. So: each fence is given once; the intervals in
    which leases of one task surely live do not overlap; a later claim has the larger fence; at
    most one finish of a fence is accepted, and at most one `done` of a task.
    """
    found: list[str] = []
    by_task: dict[str, list[Call]] = defaultdict(list)
    for call in history:
        by_task[call.task].append(call)
    for task, calls in sorted(by_task.items()):
        claims = sorted((c for c in calls if c.kind == "claim"), key=lambda c: c.began_ns)
        finishes: dict[int, list[Call]] = defaultdict(list)
        for call in calls:
            if call.kind == "finish" and call.accepted:
                finishes[call.fence].append(call)
        found += _given_twice(task, claims)
        found += _overlaps(task, claims, finishes)
        found += [
            f"{task}#{fence} finished {len(f)} times" for fence, f in finishes.items() if f[1:]
        ]
        claimed = {call.fence for call in claims}
        found += [f"{task}#{fence} was never claimed" for fence in finishes if fence not in claimed]
        done = [c for ended in finishes.values() for c in ended if c.outcome == "done"]
        if len(done) > 1:
            found.append(f"{task} was accepted {len(done)} times")
    return found


def _given_twice(task: str, claims: list[Call]) -> Iterator[str]:
    seen: set[int] = set()
    for call in claims:
        if call.fence in seen:
            yield f"{task}#{call.fence} was given twice"
        seen.add(call.fence)
    for early in claims:
        for late in claims:
            if early.ended_ns < late.began_ns and early.fence >= late.fence:
                yield f"{task}#{late.fence} was given after {task}#{early.fence}"


def _overlaps(task: str, claims: list[Call], finishes: dict[int, list[Call]]) -> Iterator[str]:
    """A claim must be over before the one with the next fence can have begun."""
    ordered = sorted(claims, key=lambda c: c.fence)
    for one, other in pairwise(ordered):
        ended = finishes.get(one.fence)
        if not ended:
            yield f"{task}#{other.fence} was given while {task}#{one.fence} was never finished"
        elif min(call.began_ns for call in ended) > other.ended_ns:
            yield f"{task}#{other.fence} was given while {task}#{one.fence} was live"
