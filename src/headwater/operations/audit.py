"""Audit: do the budgets add up? The part of `verify` about pools, purses and accounts.

The accounts of the attempts equal the log (`verify` replays attempts); here the pools are computed
from the accounts, and their limits from the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from headwater.graph.budget import NOTHING, Account, Amounts
from headwater.graph.replay import Values
from headwater.operations import budgets
from headwater.operations.pools import limits_image, pool_of
from headwater.store.queries import pools
from headwater.store.rows import AttemptRow, BoardRow, TaskRow, TextRow
from headwater.store.transaction import Tx


def purse(board: BoardRow, row: TaskRow, text: TextRow) -> Iterator[str]:
    """A task's purse follows from its group, estimate and own limit."""
    wanted = budgets.purse(board, row, text)
    if row.purse != wanted:
        yield f"task {row.key}: purse is {row.purse!r}, it should be {wanted!r}"


class Accounts:
    """Adds up what the attempts hold and have used of each pool."""

    def __init__(self) -> None:
        self.reserved: dict[int, Amounts] = {}
        self.spent: dict[int, Amounts] = {}

    def add(self, attempt: AttemptRow) -> Iterator[str]:
        """Count one attempt; says so if its account is not in order."""
        if not attempt.account:
            return
        account = Account.read(attempt.account)
        if (account.spent is None) == bool(attempt.ended_ms):
            yield f"attempt {attempt.id}: its account does not say whether it has ended"
        counted, amount = (
            (self.reserved, account.held) if account.spent is None else (self.spent, account.spent)
        )
        for pool in account.pools:
            counted[pool] = counted.get(pool, NOTHING).plus(amount)

    def compare(self, tx: Tx, board: BoardRow, logged: Mapping[int, Values]) -> Iterator[str]:
        """The pools against the accounts, and their limits against the log."""
        rows = tx.all(pools.ALL, board_id=board.id)
        if len(rows) != board.pools:
            yield f"the board counts {board.pools} budget pools, there are {len(rows)}"
        for row in rows:
            pool = pool_of(row)
            for what, stored, wanted in (
                ("reserved", pool.reserved, self.reserved.get(row.id, NOTHING)),
                ("spent", pool.spent, self.spent.get(row.id, NOTHING)),
            ):
                if stored != wanted:
                    yield f"the {pool.name}'s budget: {what} is {[*stored]}, not {[*wanted]}"
            if limits_image(row) != logged.get(row.id):
                yield f"the {pool.name}'s budget: the log replays to other limits"
        for pool_id in sorted(logged.keys() - {row.id for row in rows}):
            yield f"budget pool {pool_id} is in the log and not in its table"
