"""Statements about budget pools and what attempts took from them."""

from __future__ import annotations

from headwater.store.queries.build import columns, plain, query
from headwater.store.rows import PoolRow, TaskRow

_POOL = columns(PoolRow)

ALL = query(f"SELECT {_POOL} FROM pool WHERE board_id = :board_id ORDER BY grouping", PoolRow)
OF = query(
    f"SELECT {_POOL} FROM pool WHERE board_id = :board_id AND grouping IN ('', :grouping) "
    "ORDER BY grouping",
    PoolRow,
)
"""The pools that a task of a group draws on: the board's and the group's, as far as they exist."""
ONE = query(
    f"SELECT {_POOL} FROM pool WHERE board_id = :board_id AND grouping = :grouping", PoolRow
)
ADD = plain("INSERT INTO pool (board_id, grouping) VALUES (:board_id, :grouping)")
LIMIT = plain(
    "UPDATE pool SET limit_ms = :limit_ms, limit_tokens = :limit_tokens, "
    "limit_micro_usd = :limit_micro_usd WHERE id = :id"
)
COUNT = plain(
    "UPDATE pool SET spent_ms = spent_ms + :spent_ms, "
    "spent_tokens = spent_tokens + :spent_tokens, "
    "spent_micro_usd = spent_micro_usd + :spent_micro_usd, "
    "reserved_ms = reserved_ms + :reserved_ms, "
    "reserved_tokens = reserved_tokens + :reserved_tokens, "
    "reserved_micro_usd = reserved_micro_usd + :reserved_micro_usd WHERE id = :id"
)
"""Change what is reserved and spent by so much."""
USED = plain(
    "SELECT account, started_ms, ended_ms, cost FROM attempt "
    "WHERE task_id = :task_id AND ended_ms > 0 AND id <> :but"
)
"""What the ended attempts of a task used."""

# The queue parted by purse: tasks that want the same of the same group.
FILL_PURSES = plain(
    "UPDATE task SET purse = CAST(estimate_ms AS TEXT) || ',0,0,' || grouping "
    "WHERE board_id = :board_id AND purse = ''"
)
"""The first pool of a board: tasks with a limit of their own have a purse already."""
_READY = (
    "state = 'ready' AND due_ms = 0 AND blocker_id = 0 AND purse <> '' AND board_id = :board_id"
)
PURSES = plain(
    f"WITH RECURSIVE found(purse) AS (SELECT min(purse) FROM task WHERE {_READY} UNION ALL "
    f"SELECT (SELECT min(purse) FROM task WHERE {_READY} AND purse > found.purse) FROM found "
    "WHERE found.purse IS NOT NULL) "
    "SELECT purse FROM found WHERE purse IS NOT NULL LIMIT :count"
)
"""The purses that something ready has: one step through the index for each."""
READY = query(
    f"SELECT {columns(TaskRow)} FROM task WHERE {_READY} AND purse = :purse AND lane = :lane "
    "ORDER BY bucket, neg_rank, soft_pending, id LIMIT :count OFFSET :skip",
    TaskRow,
)
COUNT_READY = plain(
    f"SELECT count(*) FROM (SELECT 1 FROM task WHERE {_READY} AND purse IN (names(:purses)) "
    "AND lane IN (names(:lanes)) LIMIT :most) x"
)
