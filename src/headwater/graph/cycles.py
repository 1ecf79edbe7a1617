"""Finding a circle in a set of edges, refusing it, and an order where there is none. Iterative
throughout."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import Final, TypeVar

from headwater.errors import Cycle

N = TypeVar("N", bound=Hashable)
_SHOWN: Final = 20
"""Tasks of a circle that its refusal lists."""


def find_cycle(edges: Iterable[tuple[str, str]]) -> list[str] | None:
    """A circle in `(task, upstream)` edges as `[a, b, a]` (a needs b needs a), or None."""
    needs: dict[str, list[str]] = {}
    for task, upstream in edges:
        needs.setdefault(task, []).append(upstream)
    finished: set[str] = set()
    for start, first in needs.items():
        if start in finished:
            continue
        path = [start]
        on_path = {start}
        branches = [iter(first)]
        while branches:
            upstream = next(branches[-1], None)
            if upstream is None:
                branches.pop()
                left = path.pop()
                on_path.discard(left)
                finished.add(left)
            elif upstream in on_path:
                return [*path[path.index(upstream) :], upstream]
            elif upstream not in finished:
                path.append(upstream)
                on_path.add(upstream)
                branches.append(iter(needs.get(upstream, ())))
    return None


def topological(names: Iterable[N], needs: Mapping[N, Iterable[N]]) -> list[N] | None:
    """`names` so that each comes after those it needs, otherwise in the given order.

    Kahn's algorithm ("Topological sorting of large networks", 1962) with a heap over the given
    positions. None if there is a circle.
    """
    order = list(names)
    position = {name: at for at, name in enumerate(order)}
    missing = {
        name: sum(1 for upstream in needs.get(name, ()) if upstream in position) for name in order
    }
    consumers: dict[N, list[N]] = {}
    for name in order:
        for upstream in needs.get(name, ()):
            if upstream in position:
                consumers.setdefault(upstream, []).append(name)
    queue = [position[name] for name in order if missing[name] == 0]
    heapify(queue)
    result: list[N] = []
    while queue:
        name = order[heappop(queue)]
        result.append(name)
        for consumer in consumers.get(name, ()):
            missing[consumer] -= 1
            if missing[consumer] == 0:
                heappush(queue, position[consumer])
    return result if len(result) == len(order) else None


def cycle_sentence(cycle: list[str]) -> str:
    """A circle as a sentence, shortened in the middle when it is long."""
    if len(cycle) > 12:
        cycle = [*cycle[:6], f"... {len(cycle) - 12} more ...", *cycle[-6:]]
    return " needs ".join(cycle)


def closing(cycle: list[str], then: str = "") -> Cycle:
    """The refusal of edges that would close that circle; `then` ends its sentence."""
    return Cycle(
        f"that would close a circle: {cycle_sentence(cycle)}{then}",
        state={"cycle": cycle[:_SHOWN]},
        next="leave out one of these edges; an edge reads `task needs upstream`",
    )
