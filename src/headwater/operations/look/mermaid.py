"""The graph as a Mermaid flowchart, now or at a past revision.

Node names are numbers, and of a title every character but letters, digits and blanks is written as
an entity: no text of an agent's can end a label or begin a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from headwater.graph.states import CLOSED, STATES, State
from headwater.operations.images import compact
from headwater.operations.look import past
from headwater.operations.look.reading import Reading
from headwater.store.queries import look
from headwater.store.queries.look import Node
from headwater.store.queries.overview import Link
from headwater.verbs.look import GraphReply

NODES: Final = 200
_HOPS = 2
_TITLE_CHARS = 60
_ARROWS = {"soft": "-.->", "candidate": "-.->|?|", "answers": "-.->", "part": "==>"}
COLOURS = {
    "waiting": "#eceff1",
    "ready": "#bbdefb",
    "active": "#fff59d",
    "review": "#ffe0b2",
    "held": "#f8bbd0",
    "done": "#c8e6c9",
    "failed": "#ef9a9a",
    "cancelled": "#cfd8dc",
    "split": "#d1c4e9",
}


def mermaid(reading: Reading) -> GraphReply:
    """At most 200 nodes: a task's neighbourhood, or the board (if larger, what is unfinished)."""
    if reading.request.at:
        nodes, links, note = _past(reading)
    elif reading.request.task:
        nodes, links, note = _around(reading)
    else:
        nodes, links, note = _board(reading)
    return GraphReply(
        view="mermaid",
        revision=reading.board.revision,
        at=reading.shown_at,
        mermaid=draw(nodes, links),
        note=note,
    )


def _board(reading: Reading) -> tuple[list[Node], list[Link], str | None]:
    total = reading.board.total()
    everything = total <= NODES
    rows = reading.tx.all(
        look.PICTURED, board_id=reading.board.id, all=int(everything), count=NODES + 1
    )
    nodes = rows[:NODES]
    note = _note(total, len(rows))
    return nodes, _links_of(reading, [node.id for node in nodes]), note


def _around(reading: Reading) -> tuple[list[Node], list[Link], str | None]:
    """Nearest first, two hops up and two hops down."""

    def up(task_id: int) -> list[int]:
        links = reading.tx.all(look.EDGES_OF, ids=compact([task_id]))
        return [link.upstream_id for link in links]

    def down(task_id: int) -> list[int]:
        links = reading.tx.all(look.EDGES_INTO, ids=compact([task_id]))
        return [link.task_id for link in links]

    ids, note = _near(reading.task(reading.request.task).id, up, down)
    nodes = reading.tx.all(look.PICTURED_BY_IDS, ids=compact(ids))
    return nodes, _links_of(reading, ids), note


def _links_of(reading: Reading, ids: list[int]) -> list[Link]:
    shown = set(ids)
    links = reading.tx.all(look.EDGES_OF, ids=compact(ids))
    return [link for link in links if link.upstream_id in shown]


def _past(reading: Reading) -> tuple[list[Node], list[Link], str | None]:
    """The same picture as it was drawn then."""
    if reading.request.task:
        ids, note = _past_around(reading)
    else:
        everything = past.census(reading)
        ids = [task_id for task_id, _ in everything]
        if len(everything) > NODES:
            ids = [task_id for task_id, state in everything if state not in CLOSED]
        note = _note(len(everything), len(ids))
    rows = [past.whole(reading, one, reading.request.task) for one in sorted(ids[:NODES])]
    nodes = [Node(r.task.id, r.task.key, r.task.title, r.task.state) for r in rows]
    shown = {node.id for node in nodes}
    links = [
        Link(row.task.id, need.upstream_id, need.kind)
        for row in rows
        for need in sorted(row.needs)
        if need.upstream_id in shown
    ]
    return nodes, links, note


def _past_around(reading: Reading) -> tuple[list[int], str | None]:
    key = reading.request.task

    def up(task_id: int) -> list[int]:
        return sorted(need.upstream_id for need in past.whole(reading, task_id, key).needs)

    consumers = past.needed_by(reading)
    return _near(reading.task(key).id, up, lambda task_id: consumers.get(task_id, []))


def _near(start: int, *sides: Callable[[int], list[int]]) -> tuple[list[int], str | None]:
    """The tasks around one, so many hops to each side, nearest first; a note if not all."""
    seen = {start: None}
    complete = True
    for side in sides:
        level = [start]
        for _ in range(_HOPS):
            found = dict.fromkeys(other for one in sorted(level) for other in side(one))
            level = [one for one in found if one not in seen]
            room = NODES - len(seen)
            complete = complete and len(level) <= room
            level = level[:room]
            seen.update(dict.fromkeys(level))
    return list(seen), None if complete else f"only the nearest {NODES} tasks are shown"


def _note(total: int, unfinished: int) -> str | None:
    if total <= NODES:
        return None
    kind = "the first unfinished ones" if unfinished > NODES else "the unfinished ones"
    shown = min(unfinished, NODES)
    return f"{shown} of {total} tasks: {kind}; task=KEY shows one task's neighbourhood"


def draw(nodes: Sequence[Node], links: Sequence[Link]) -> str:
    """The flowchart."""
    name = {node.id: f"n{number}" for number, node in enumerate(nodes, start=1)}
    lines = ["flowchart TD"]
    for node in nodes:
        label = escape(node.key)
        if node.title and node.title != node.key:
            label += f"<br/>{escape(node.title)}"
        lines.append(f'    {name[node.id]}["{label}"]:::{State(node.state).value}')
    lines.extend(
        f"    {name[link.upstream_id]} {_ARROWS.get(link.kind, '-->')} {name[link.task_id]}"
        for link in links
    )
    used = {node.state for node in nodes}
    lines.extend(
        f"    classDef {state} fill:{COLOURS[state]},color:#000"
        for state in STATES
        if state in used
    )
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """`text` with everything but letters, digits, blanks and `-` as a Mermaid entity."""
    short = text if len(text) <= _TITLE_CHARS else f"{text[: _TITLE_CHARS - 1]}…"
    return "".join(char if char.isalnum() or char in " -" else f"#{ord(char)};" for char in short)
