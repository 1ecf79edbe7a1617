"""The graph as a tree: what everything needs at the top, what needs it below."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from headwater.cli.output import one_line
from headwater.graph.cycles import topological
from headwater.store.queries.overview import Link, Node

MARKS = {
    "waiting": "·",
    "ready": "○",
    "active": "▶",
    "review": "?",
    "held": "‖",
    "done": "✓",
    "failed": "✗",
    "cancelled": "-",
    "split": "◇",
}
STYLES = {
    "waiting": "dim",
    "ready": "cyan",
    "active": "bold yellow",
    "review": "magenta",
    "held": "bold red",
    "done": "green",
    "failed": "bold red",
    "cancelled": "dim strike",
    "split": "blue",
}


ALSO_SHOWN = 3
"""Upstreams of a task that are named beside the one it hangs from; so many of those that are not
drawn, too."""
DEEPEST = 16
"""Levels below each other before a line has no room left for what it says."""
MORE = "…"


@dataclass
class Branch:
    """A task with those drawn below it, and the upstreams that it does not hang under."""

    task: Node
    also_needs: list[str]
    outside: list[Node]
    """Upstreams that are not drawn."""
    below: list[Branch] = field(default_factory=list["Branch"])


def grow(
    tasks: Sequence[Node], links: Sequence[Link], outside: Sequence[Node] = ()
) -> list[Branch]:
    """The forest of what must be done first, every task in it once. `outside`: what is needed and
    not drawn.

    A task with several upstreams hangs under the one that is the longest way down, so that it
    stands after all of them.
    """
    known = {task.id: task for task in tasks}
    farther = {task.id: task for task in outside}
    needs: dict[int, list[int]] = {id: [] for id in known}
    not_drawn: dict[int, list[Node]] = {id: [] for id in known}
    for task, upstream, kind in links:
        if kind not in ("hard", "part") or task not in known:
            continue
        if upstream in known:
            needs[task].append(upstream)
        elif upstream in farther:
            not_drawn[task].append(farther[upstream])
    order = topological(known, needs) or list(known)
    depth: dict[int, int] = {}
    branches: dict[int, Branch] = {}
    roots: list[Branch] = []
    for id in order:
        upstreams = needs[id]
        depth[id] = 1 + max((depth.get(upstream, 0) for upstream in upstreams), default=-1)
        above = max(upstreams, key=lambda upstream: depth.get(upstream, 0), default=None)
        others = sorted(known[upstream].key for upstream in {*upstreams} - {above})
        branch = branches[id] = Branch(known[id], others, not_drawn[id])
        (branches[above].below if above in branches else roots).append(branch)
    return roots


def draw(roots: Sequence[Branch], add: Callable[[Branch, str, str], None]) -> None:
    """Call `add(branch, lead, mark)` for each line, top down; `lead` is the tree's drawing.

    What is deeper than `DEEPEST` goes on from the left margin, below a line that repeats the task
    where it was cut; both lines have an ellipsis.
    """
    cut: deque[Branch] = deque()
    for root in roots:
        _draw(root, "", add, cut)
    while cut:
        _draw(cut.popleft(), MORE, add, cut)


def _draw(
    root: Branch, more: str, add: Callable[[Branch, str, str], None], cut: deque[Branch]
) -> None:
    stack = [(root, "", "", 0)]
    while stack:
        branch, lead, elbow, depth = stack.pop()
        is_cut = depth == DEEPEST and bool(branch.below)
        mark = MARKS.get(branch.task.state, " ") + (MORE if is_cut else more)
        more = ""
        add(branch, lead + elbow, mark)
        if is_cut:
            cut.append(branch)
            continue
        inner = lead + {"": "", "├─ ": "│  ", "└─ ": "   "}[elbow]
        last = len(branch.below) - 1
        stack.extend(
            (below, inner, "└─ " if at == last else "├─ ", depth + 1)
            for at, below in reversed(list(enumerate(branch.below)))
        )


def label(branch: Branch) -> str:
    """What stands after the mark and the key."""
    task = branch.task
    parts = [
        one_line(task.title, 60) if task.title.lower() not in ("", task.key) else "",
        "" if task.state in ("done", "waiting") else task.state,
        _review(task),
        one_line(task.holder or "", 40),
    ]
    outside = [f"{MARKS.get(one.state, ' ')} {one.key}" for one in branch.outside]
    others = [
        f"{what} {_first(names)}"
        for what, names in (("also needs", branch.also_needs), ("not drawn:", outside))
        if names
    ]
    if others:
        parts.append(one_line(f"({'; '.join(others)})", 2000))
    return "  ".join(filter(None, parts))


def _review(task: Node) -> str:
    """Whether its delivery was judged, or is to be."""
    if task.state == "done":
        return "reviewed" if task.approved else ""
    return "to be reviewed" if task.review and task.state not in ("review", "cancelled") else ""


def _first(names: Sequence[str]) -> str:
    more = len(names) - ALSO_SHOWN
    return ", ".join(names[:ALSO_SHOWN]) + (f" and {more} more" if more > 0 else "")


def fold(
    tasks: Sequence[Node], links: Sequence[Link], is_minor: Callable[[str], bool]
) -> tuple[list[Node], list[Node]]:
    """What is to be drawn, and what is over, stands alone and has the key of something minor."""
    tied = {end for link in links for end in (link.task_id, link.upstream_id)}
    minor = [
        task
        for task in tasks
        if task.state in ("done", "cancelled") and task.id not in tied and is_minor(task.key)
    ]
    folded = {task.id for task in minor}
    return [task for task in tasks if task.id not in folded], minor


def folded_line(minor: Sequence[Node]) -> str:
    """What stands for those that are not drawn."""
    return f"{MARKS['done']} merge conflicts, settled: {_first([task.key for task in minor])}"
