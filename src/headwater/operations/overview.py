"""What the command line shows of a whole board at once, each as one read on one snapshot.

Agents do not get these: a reply of theirs is bounded. A person's terminal may scroll.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.operations.images import compact
from headwater.operations.pools import shown
from headwater.operations.structure import HARD, PART
from headwater.store.queries import boards, look, overview, pools, tasks
from headwater.store.queries.overview import Link, Node
from headwater.store.rows import BoardRow
from headwater.store.sql import Sql
from headwater.store.transaction import Tx
from headwater.verbs.people import BudgetPool

SHOWN = 5
NODES = 20_000


@dataclass(frozen=True, slots=True)
class Picture:
    """The graph: its tasks in the order of insertion, and its edges."""

    nodes: list[Node]
    links: list[Link]
    left_out: int = 0
    """Tasks of the board that are not in it."""
    outside: Sequence[Node] = ()
    """Those of them that tasks in it need, if it is what lies around a task."""


@dataclass(frozen=True, slots=True)
class Now:
    """A board at this moment."""

    board: BoardRow
    held: list[Node]
    """Who works on what."""
    upcoming: list[Node]
    """The next tasks in claim order, all capabilities together."""
    pools: list[BudgetPool]
    now_ms: int


def picture(tx: Tx, board: str) -> Picture:
    """The graph of the board of that name; empty if there is none. Of a larger board the first
    `NODES` tasks."""
    row = tx.one(boards.BY_NAME, name=board)
    if row is None:
        return Picture([], [])
    nodes = tx.all(overview.NODES, board_id=row.id, count=NODES)
    return Picture(nodes, tx.all(overview.LINKS, board_id=row.id), row.total() - len(nodes))


def around(tx: Tx, board: str, key: str) -> Picture | None:
    """A task, all that it needs and all that needs it, however far; None if there is no such task.
    What else these need is `outside`. Of a large board nothing else is read."""
    row = tx.one(boards.BY_NAME, name=board)
    task = tx.one(tasks.BY_KEY, board_id=row.id, key=key) if row else None
    if row is None or task is None:
        return None
    near = _reached(tx, task.id, look.EDGES_OF, "upstream_id")
    near |= _reached(tx, task.id, look.EDGES_INTO, "task_id")
    links = tx.all(look.EDGES_OF, ids=compact(sorted(near)))
    outside = {link.upstream_id for link in links if link.kind in (HARD, PART)} - near
    return Picture(
        _nodes(tx, near), links, row.total() - len(near), _nodes(tx, outside) if outside else ()
    )


def _nodes(tx: Tx, ids: set[int]) -> list[Node]:
    return tx.all(overview.NODES_BY_IDS, ids=compact(sorted(ids)))


def _reached(tx: Tx, start: int, edges: Sql[Link], end: str) -> set[int]:
    """What is at an end of edges from a task on, itself included."""
    seen, level = {start}, {start}
    while level:
        found = tx.all(edges, ids=compact(sorted(level)))
        level = {int(getattr(link, end)) for link in found if link.kind in (HARD, PART)} - seen
        seen |= level
    return seen


def now(tx: Tx, board: str) -> Now | None:
    """The board of that name at this moment, or None if there is none."""
    row = tx.one(boards.BY_NAME, name=board)
    if row is None:
        return None
    return Now(
        board=row,
        held=tx.all(overview.HELD, board_id=row.id, count=NODES),
        upcoming=tx.all(overview.UPCOMING, board_id=row.id, count=SHOWN),
        pools=[shown(pool) for pool in tx.all(pools.ALL, board_id=row.id)],
        now_ms=tx.now_ms,
    )
