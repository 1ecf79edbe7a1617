"""The part of a repair that is about budgets: the pools, and what attempts hold of them."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.graph.budget import NOTHING
from headwater.graph.replay import Values
from headwater.operations.audit import Accounts
from headwater.operations.verify import every
from headwater.store.queries import pools
from headwater.store.queries import repair as queries
from headwater.store.queries import verify as reading
from headwater.store.rows import BoardRow, PoolRow
from headwater.store.transaction import Tx


def pools_of(tx: Tx, board: BoardRow, logged: Mapping[int, Values]) -> int:
    """The pools that the log knows, with the limits that it says."""
    stored = {row.id: row for row in tx.all(pools.ALL, board_id=board.id)}
    changed = 0
    for pool_id, values in logged.items():
        row = stored.pop(pool_id, None)
        wanted = PoolRow(**{**_empty(board.id), **values})  # pyright: ignore[reportArgumentType]
        if row is None:
            tx.put(queries.ADD_POOL, wanted)
        elif any(getattr(row, name) != value for name, value in values.items()):
            tx.put(queries.SAVE_POOL, wanted)
        else:
            continue
        changed += 1
    for pool_id in stored:
        tx.run(queries.DROP_POOL, id=pool_id)
    board.pools = len(logged)
    return changed + len(stored)


def _empty(board_id: int) -> Values:
    values: Values = dict.fromkeys(PoolRow.__slots__, 0)
    return {**values, "board_id": board_id, "grouping": ""}


def amounts(tx: Tx, board: BoardRow) -> int:
    """What is reserved and spent of each pool, added up from the accounts of the attempts."""
    accounts = Accounts()
    for attempt in every(tx, reading.ATTEMPTS, board.id):
        for _ in accounts.add(attempt):
            pass  # `verify` says so
    changed = 0
    for row in tx.all(pools.ALL, board_id=board.id):
        before = [getattr(row, name) for name in PoolRow.__slots__]
        spent = accounts.spent.get(row.id, NOTHING)
        reserved = accounts.reserved.get(row.id, NOTHING)
        row.spent_ms, row.spent_tokens, row.spent_micro_usd = spent
        row.reserved_ms, row.reserved_tokens, row.reserved_micro_usd = reserved
        if before != [getattr(row, name) for name in PoolRow.__slots__]:
            tx.put(queries.SAVE_POOL, row)
            changed += 1
    return changed
