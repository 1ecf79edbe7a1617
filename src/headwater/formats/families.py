"""Parents and children as edges: the parent waits for its children, and is where the whole is
checked; what a parent waits for, its unfinished children wait for too."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from headwater.formats.acyclic import AcyclicEdges
from headwater.formats.report import Report


def add_families(
    edges: AcyclicEdges,
    hard: dict[str, list[str]],
    parents: Mapping[str, list[str]],
    finished: Collection[str],
    report: Report,
) -> None:
    """Add to `edges` and `hard` what follows from `parents` (child -> its parents)."""
    needed = {name: set(upstreams) for name, upstreams in hard.items()}

    def need(name: str, upstream: str) -> bool:
        """Make one need the other, unless that would close a circle."""
        if upstream in needed[name]:
            return True
        if not edges.add(name, upstream):
            return False
        hard[name].append(upstream)
        needed[name].add(upstream)
        return True

    for child, own in parents.items():
        for parent in own:
            if need(parent, child):
                report.map("a parent needs its children and is worked on last", parent)
            else:
                report.drop(
                    "a parent does not wait for this child, which waits for the parent",
                    f"{child} of {parent}",
                )
    blockers = {
        parent: [up for up in hard[parent] if parent not in parents[up] and up not in finished]
        for parent in {parent for own in parents.values() for parent in own}
    }
    for child in parents:
        if child in finished:
            continue
        for blocker in _inherited(child, blockers, parents):
            if blocker not in needed[child] and need(child, blocker):
                report.map("a child needs what blocks its parent", f"{child} needs {blocker}")


def _inherited(
    child: str, blockers: Mapping[str, list[str]], parents: Mapping[str, list[str]]
) -> list[str]:
    """The blockers of an issue's ancestors, which are not its relatives."""
    found: dict[str, None] = {}
    seen = {child}
    stack = list(parents[child])
    while stack:
        parent = stack.pop()
        if parent in seen:
            continue
        seen.add(parent)
        stack += parents[parent]
        found |= dict.fromkeys(blockers[parent])
    return [blocker for blocker in found if blocker not in seen]
