"""Where the tasks of a picture go: a column for each step from the roots, few crossings within.

Layers by longest path and a few sweeps of barycentres, after Sugiyama, Tagawa and Toda (1981).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from headwater.graph.cycles import topological

_SWEEPS: Final = 4


def layers(names: Sequence[str], needs: Mapping[str, Sequence[str]]) -> list[list[str]]:
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
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in names:
        columns[depth[name]].append(name)
    consumers: dict[str, list[str]] = {}
    for name in names:
        for upstream in needs.get(name, ()):
            consumers.setdefault(upstream, []).append(name)
    place = {name: at / len(column) for column in columns for at, name in enumerate(column)}
    for sweep in range(_SWEEPS):
        beside = consumers if sweep % 2 else needs
        for column in reversed(columns) if sweep % 2 else columns:
            _settle(column, beside, place)
    return columns


def _settle(
    column: list[str], beside: Mapping[str, Sequence[str]], place: dict[str, float]
) -> None:
    """Order a column by the mean place of each task's neighbours; one without any stays."""

    def middle(name: str) -> float:
        around = [place[other] for other in beside.get(name, ())]
        return sum(around) / len(around) if around else place[name]

    column.sort(key=middle)
    place.update((name, at / len(column)) for at, name in enumerate(column))
