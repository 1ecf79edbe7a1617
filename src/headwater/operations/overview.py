"""What the command line shows of a whole board at once, each as one read on one snapshot.

Agents do not get these: a reply of theirs is bounded. A person's terminal may scroll.
"""

from __future__ import annotations

from dataclasses import dataclass

from headwater.operations.pools import shown
from headwater.store.queries import boards, overview, pools
from headwater.store.queries.overview import Link, Node
from headwater.store.rows import BoardRow
from headwater.store.transaction import Tx
from headwater.verbs.people import BudgetPool

SHOWN = 5
NODES = 20_000


@dataclass(frozen=True, slots=True)
class Picture:
    """The graph: its tasks in the order of insertion, and its edges."""

    nodes: list[Node]
    links: list[Link]


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
    """The graph of the board of that name; empty if there is none."""
    row = tx.one(boards.BY_NAME, name=board)
    if row is None:
        return Picture([], [])
    return Picture(
        tx.all(overview.NODES, board_id=row.id, count=NODES),
        tx.all(overview.LINKS, board_id=row.id),
    )


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
