"""The graph as a Mermaid flowchart, now or at a past revision.

Node names are numbers, and of a title every character but letters, digits and blanks is written as
an entity: no text of an agent's can end a label or begin a statement.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from headwater.graph.states import State
from headwater.operations.images import compact
from headwater.operations.look import past
from headwater.operations.look.reading import Reading
from headwater.store.queries import look
from headwater.store.tables import STATES
from headwater.verbs.look import GraphReply

NODES: Final = 200
_HOPS = 2
_TITLE_CHARS = 60
_ARROWS = {"soft": "-.->", "candidate": "-.->|?|", "part": "==>"}
_COLOURS = {
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


class _Node(NamedTuple):
    id: int
    key: str
    title: str
    state: str


class _Link(NamedTuple):
    task_id: int
    upstream_id: int
    kind: str


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
        mermaid=_draw(nodes, links),
        note=note,
    )


def _board(reading: Reading) -> tuple[list[_Node], list[_Link], str | None]:
    total = sum(int(getattr(reading.board, state)) for state in STATES)
    everything = total <= NODES
    rows = reading.tx.all(
        look.PICTURED, board_id=reading.board.id, all=int(everything), count=NODES + 1
    )
    nodes = [_Node(*row) for row in rows[:NODES]]
    note = None
    if not everything:
        kind = "the first unfinished ones" if len(rows) > NODES else "the unfinished ones"
        note = f"{len(nodes)} of {total} tasks: {kind}; task=KEY shows one task's neighbourhood"
    return nodes, _links_of(reading, [node.id for node in nodes]), note


def _around(reading: Reading) -> tuple[list[_Node], list[_Link], str | None]:
    """Nearest first, two hops up and two hops down."""
    start = reading.task(reading.request.task).id
    seen = {start: None}
    complete = True
    for statement, side in ((look.EDGES_OF, 1), (look.EDGES_INTO, 0)):
        level = [start]
        for _ in range(_HOPS):
            rows = reading.tx.all(statement, ids=compact(level))
            level = [one for one in dict.fromkeys(row[side] for row in rows) if one not in seen]
            room = NODES - len(seen)
            complete = complete and len(level) <= room
            level = level[:room]
            seen.update(dict.fromkeys(level))
    ids = list(seen)
    nodes = [_Node(*row) for row in reading.tx.all(look.PICTURED_BY_IDS, ids=compact(ids))]
    note = None if complete else f"only the nearest {NODES} tasks are shown"
    return nodes, _links_of(reading, ids), note


def _links_of(reading: Reading, ids: list[int]) -> list[_Link]:
    shown = set(ids)
    rows = reading.tx.all(look.EDGES_OF, ids=compact(ids))
    return [_Link(*row) for row in rows if row[1] in shown]


def _past(reading: Reading) -> tuple[list[_Node], list[_Link], str | None]:
    """As it was: the task and what it needed and who needed it, or the first tasks by key."""
    key = reading.request.task
    if key:
        task_id = reading.task(key).id
        needs = past.whole(reading, task_id, key).needs
        consumers = past.consumers(reading, task_id)
        around = [*(need.upstream_id for need in needs), *(consumer for consumer, _ in consumers)]
        ids = list(dict.fromkeys([task_id, *around]))
        more = len(ids) > NODES
        rows = [past.whole(reading, one, key) for one in ids[:NODES]]
    else:
        rows = past.page(reading, "", NODES + 1)
        more = len(rows) > NODES
        rows = rows[:NODES]
    links = [_Link(r.task.id, need.upstream_id, need.kind) for r in rows for need in r.needs]
    nodes = [_Node(r.task.id, r.task.key, r.task.title, r.task.state) for r in rows]
    shown = {node.id for node in nodes}
    kept = [link for link in links if link.task_id in shown and link.upstream_id in shown]
    return nodes, kept, f"only {NODES} tasks are shown" if more else None


def _draw(nodes: list[_Node], links: list[_Link]) -> str:
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
        f"    classDef {state} fill:{_COLOURS[state]},color:#000"
        for state in STATES
        if state in used
    )
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """`text` with everything but letters, digits, blanks and `-` as a Mermaid entity."""
    short = text if len(text) <= _TITLE_CHARS else f"{text[: _TITLE_CHARS - 1]}…"
    return "".join(char if char.isalnum() or char in " -" else f"#{ord(char)};" for char in short)
