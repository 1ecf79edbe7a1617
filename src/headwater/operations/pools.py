"""The pools of a board: what people set, and what they are shown.

What is reserved and spent is counted in `budgets.py`, attempt by attempt.
"""

from __future__ import annotations

from typing import Final

from headwater import limits
from headwater.errors import LimitExceeded
from headwater.graph.budget import UNITS, Amounts, Pool, amounts
from headwater.graph.replay import Values
from headwater.operations.work import Work
from headwater.store.queries import pools
from headwater.store.rows import PoolRow
from headwater.verbs.people import BudgetPool, BudgetReply, BudgetRequest

LIMITS: Final = ("limit_ms", "limit_tokens", "limit_micro_usd")
"""What a row calls the limits, in the order of `UNITS`."""


def pool_of(row: PoolRow) -> Pool:
    """A stored pool for the rules."""
    return Pool(
        f"group {row.grouping}" if row.grouping else "board",
        Amounts(row.limit_ms, row.limit_tokens, row.limit_micro_usd),
        Amounts(row.spent_ms, row.spent_tokens, row.spent_micro_usd),
        Amounts(row.reserved_ms, row.reserved_tokens, row.reserved_micro_usd),
    )


def budget(work: Work, request: BudgetRequest) -> BudgetReply:
    """Set limits of a pool, which makes it if it is not there; or show all pools.

    A pool counts what is claimed from then on. It is never taken away: without limits it counts.

    Raises:
        LimitExceeded: the board has too many pools.
    """
    given = {unit for unit in UNITS if getattr(request, unit) is not None}
    work.caller.demand("plan" if given else "observe", "budget")
    if given:
        _set_limits(work, request, given)
    rows = work.tx.all(pools.ALL, board_id=work.board.id)
    return BudgetReply(
        pools=[shown(row) for row in rows],
        revision=work.revision,
        next="headwater status" if rows else "headwater budget --minutes N sets one",
    )


def _set_limits(work: Work, request: BudgetRequest, given: set[str]) -> None:
    row = work.tx.one(pools.ONE, board_id=work.board.id, grouping=request.group)
    if row is None:
        row = _new_pool(work, request.group)
    was = {name: getattr(row, name) for name in LIMITS}
    wanted = amounts(request.minutes or 0, request.tokens or 0, request.usd or 0)
    for unit, column, limit in zip(UNITS, LIMITS, wanted, strict=True):
        if unit in given:
            setattr(row, column, limit)
    work.tx.put(pools.LIMIT, row)
    work.record("budget", reason=request.reason, data={"pool": limits_image(row), "was": was})


def _new_pool(work: Work, group: str) -> PoolRow:
    if work.board.pools >= limits.POOLS_PER_BOARD:
        raise LimitExceeded(
            f"a board holds at most {limits.POOLS_PER_BOARD} budget pools",
            next="give several groups one name, or use the board's pool",
        )
    work.tx.run(pools.ADD, board_id=work.board.id, grouping=group)
    work.board.pools += 1
    if work.board.pools == 1:
        work.tx.run(pools.FILL_PURSES, board_id=work.board.id)
    row = work.tx.one(pools.ONE, board_id=work.board.id, grouping=group)
    assert row is not None
    return row


def limits_image(row: PoolRow) -> Values:
    """A pool's limits as the log records them."""
    return {"id": row.id, "grouping": row.grouping, **{n: getattr(row, n) for n in LIMITS}}


def shown(row: PoolRow) -> BudgetPool:
    """A pool as replies show it."""
    pool = pool_of(row)
    return BudgetPool(
        group=row.grouping or None,
        limit=pool.limit.shown(),
        spent=pool.spent.shown(),
        reserved=pool.reserved.shown(),
    )
