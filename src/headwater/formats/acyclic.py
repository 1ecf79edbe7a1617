"""An order of tasks that edges are added to one by one, refusing those that would close a circle.

The algorithm is Pearce and Kelly's: only the tasks between the two ends of an edge that points
against the order are looked at and put in a new place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headwater.graph.cycles import topological


class AcyclicEdges:
    """Starts from `needs`, which must be acyclic, and grows."""

    def __init__(self, names: Sequence[str], needs: Mapping[str, Sequence[str]]) -> None:
        """Raises: ValueError if `needs` has a circle."""
        order = topological(names, needs)
        if order is None:
            raise ValueError("the edges to start from have a circle")
        self._place = {name: at for at, name in enumerate(order)}
        self._needs = {name: list(needs.get(name, ())) for name in order}
        self._consumers: dict[str, list[str]] = {name: [] for name in order}
        for name, upstreams in self._needs.items():
            for upstream in upstreams:
                self._consumers[upstream].append(name)

    def add(self, task: str, upstream: str) -> bool:
        """Add "task needs upstream". False, and nothing changed, if that would close a circle."""
        if task == upstream:
            return False
        if self._place[upstream] > self._place[task] and not self._reorder(task, upstream):
            return False
        self._needs[task].append(upstream)
        self._consumers[upstream].append(task)
        return True

    def order(self) -> list[str]:
        """Every name after those that it needs."""
        return sorted(self._place, key=self._place.__getitem__)

    def _reorder(self, task: str, upstream: str) -> bool:
        low, high = self._place[task], self._place[upstream]
        after = self._reach(task, self._consumers, low, high)
        if upstream in after:
            return False
        before = self._reach(upstream, self._needs, low, high)
        moved = sorted(before, key=self._place.__getitem__)
        moved += sorted(after, key=self._place.__getitem__)
        places = sorted(self._place[name] for name in moved)
        self._place.update(zip(moved, places, strict=True))
        return True

    def _reach(self, start: str, along: Mapping[str, list[str]], low: int, high: int) -> set[str]:
        seen = {start}
        stack = [start]
        while stack:
            for name in along[stack.pop()]:
                if name not in seen and low <= self._place[name] <= high:
                    seen.add(name)
                    stack.append(name)
        return seen
