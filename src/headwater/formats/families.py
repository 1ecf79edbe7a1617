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
    for child, own in parents.items():
        for parent in own:
            if _parent_waits(child, parent, edges, hard):
                report.map("a parent needs its children and is worked on last", parent)
            else:
                report.drop(
                    "a parent does not wait for this child, which waits for the parent",
                    f"{child} of {parent}",
                )
    for child in parents:
        if child in finished:
            continue
        for blocker in _inherited(child, hard, parents, finished):
            if blocker not in hard[child] and edges.add(child, blocker):
                hard[child].append(blocker)
                report.map("a child needs what blocks its parent", f"{child} needs {blocker}")


def _parent_waits(
    child: str, parent: str, edges: AcyclicEdges, hard: Mapping[str, list[str]]
) -> bool:
    """Make the parent need the child, unless that would close a circle."""
    if child in hard[parent]:
        return True
    if not edges.add(parent, child):
        return False
    hard[parent].append(child)
    return True


def _inherited(
    child: str,
    hard: Mapping[str, list[str]],
    parents: Mapping[str, list[str]],
    finished: Collection[str],
) -> list[str]:
    """The unfinished blockers of an issue's ancestors, which are not its relatives."""
    blockers: dict[str, None] = {}
    seen = {child}
    stack = list(parents[child])
    while stack:
        parent = stack.pop()
        if parent in seen:
            continue
        seen.add(parent)
        stack += parents[parent]
        blockers.update(
            (blocker, None)
            for blocker in hard[parent]
            if parent not in parents[blocker] and blocker not in finished
        )
    return [blocker for blocker in blockers if blocker not in seen]
