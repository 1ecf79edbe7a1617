"""Where the tasks of a picture go: a column for each step from the roots, few crossings within.

Layers by longest path and a few sweeps of barycentres, after Sugiyama, Tagawa and Toda (1981). An
edge that passes a column has a place of its own there, so that it runs between the tasks and not
behind them; all edges out of one task share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from headwater.graph.cycles import topological

_SWEEPS: Final = 6
_MOST_PASSES: Final = 20_000
"""With more, edges run straight: nobody could follow them anyway."""


class Pass(NamedTuple):
    """Where the edges out of `upstream` pass a column."""

    upstream: str
    column: int


Spot: TypeAlias = str | Pass
"""What has a place in a column: a task, or edges that pass."""


class Layers(NamedTuple):
    """Columns from the roots on, and the way of every edge through them."""

    columns: list[list[Spot]]
    depth: Mapping[str, int]
    straight: bool

    def way(self, upstream: str, task: str) -> list[Pass]:
        """The places where an edge passes the columns between its ends."""
        between = range(self.depth[upstream] + 1, 0 if self.straight else self.depth[task])
        return [Pass(upstream, column) for column in between]


def layers(names: Sequence[str], needs: Mapping[str, Sequence[str]]) -> Layers:
    """Columns of names, each to the right of all that it needs. What `needs` names must be there.

    Raises:
        ValueError: there is a circle.
    """
    order = topological(names, needs)
    if order is None:
        raise ValueError("the edges have a circle")
    depth: dict[str, int] = {}
    for name in order:
        depth[name] = 1 + max((depth[up] for up in needs.get(name, ())), default=-1)
    columns: list[list[Spot]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    furthest = dict(depth)
    for name in names:
        for upstream in needs.get(name, ()):
            furthest[upstream] = max(furthest[upstream], depth[name] - 1)
    passes = sum(furthest[name] - depth[name] for name in names)
    found = Layers(columns, depth, straight=passes > _MOST_PASSES)
    left: dict[Spot, list[Spot]] = {}
    right: dict[Spot, list[Spot]] = {}
    for name in names:
        columns[depth[name]].append(name)
    for name in names:
        for upstream in needs.get(name, ()):
            way: list[Spot] = [upstream, *found.way(upstream, name), name]
            for one, other in pairwise(way):
                if isinstance(other, Pass) and other not in left:
                    columns[other.column].append(other)
                if one not in left.setdefault(other, []):
                    left[other].append(one)
                    right.setdefault(one, []).append(other)
    _settle(columns, left, right)
    return found


def _settle(
    columns: list[list[Spot]],
    left: Mapping[Spot, Sequence[Spot]],
    right: Mapping[Spot, Sequence[Spot]],
) -> None:
    """Order every column by the mean place of each spot's neighbours, forth and back."""
    place: dict[Spot, float] = {}
    for column in columns:
        place.update(_places(column))
    for sweep in range(_SWEEPS):
        beside = right if sweep % 2 else left
        for column in reversed(columns) if sweep % 2 else columns:
            middle = {
                spot: sum(place[other] for other in around) / len(around)
                if (around := beside.get(spot))
                else place[spot]
                for spot in column
            }
            column.sort(key=middle.__getitem__)
            place.update(_places(column))


def _places(column: Sequence[Spot]) -> Iterable[tuple[Spot, float]]:
    return ((spot, (at + 0.5) / len(column)) for at, spot in enumerate(column))
