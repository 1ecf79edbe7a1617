"""Tasks that name some of the same files and have no order between them: they may be worked on at
once, and what both change in one place somebody will have to merge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from headwater.graph.cycles import topological
from headwater.graph.paths import Glob, readable

_LOOKED_AT: Final = 50_000
"""So many pairs that share files are looked at, whatever their order: a fraction of a second."""


class Shared(NamedTuple):
    """Two tasks, and a path of each that overlap."""

    one: str
    other: str
    paths: tuple[str, str]


def shared_files(
    paths: Mapping[str, Sequence[str]],
    needs: Mapping[str, Iterable[str]],
    *,
    fold: bool,
) -> tuple[list[Shared], bool]:
    """They, in the order of `paths`, and whether these are all. `needs`: what comes before each
    task; `fold`: case makes no other file."""
    globs = {key: readable(texts, fold=fold) for key, texts in paths.items() if texts}
    if len(globs) < 2:
        return [], True
    before = _before(needs)
    position = {key: at for at, key in enumerate(before)}
    place = {key: at for at, key in enumerate(globs)}

    def are_ordered(one: str, other: str) -> bool:
        return bool(before[one] >> position[other] & 1 or before[other] >> position[one] & 1)

    met = list(islice(_overlapping(globs), _LOOKED_AT))
    found = (pair for pair in met if not are_ordered(pair.one, pair.other))
    in_order = sorted(found, key=lambda pair: (place[pair.one], place[pair.other]))
    return in_order, len(met) < _LOOKED_AT


def _before(needs: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Of each task, all that must be done first: a bit for each, by its place in this order."""
    found: dict[str, int] = {}
    position: dict[str, int] = {}
    for key in topological(needs, needs) or []:  # the plan is known to be acyclic
        ups = [up for up in needs[key] if up in found]
        position[key] = len(found)
        found[key] = 0
        for up in ups:
            found[key] |= found[up] | 1 << position[up]
    return found


def _overlapping(globs: Mapping[str, Sequence[Glob]]) -> Iterator[Shared]:
    """Each two tasks once. Two globs meet only if the directory of one is the other's, or above."""
    by_folder: dict[tuple[str, ...], list[tuple[str, Glob]]] = {}
    for key, own in globs.items():
        for glob in own:
            by_folder.setdefault(glob.parts, []).append((key, glob))
    place = {key: at for at, key in enumerate(globs)}
    seen = set[tuple[str, str]]()
    for key, own in globs.items():
        for glob in own:
            for depth in range(len(glob.parts) + 1):
                for other, theirs in by_folder.get(glob.parts[:depth], ()):
                    one, two = sorted((key, other), key=place.__getitem__)
                    if one != two and (one, two) not in seen and glob.meets(theirs):
                        seen.add((one, two))
                        mine, its = (glob, theirs) if one == key else (theirs, glob)
                        yield Shared(one, two, (str(mine), str(its)))
