"""Statements about tasks: reading, saving, the queue, leases, containers and ranks."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, delete, func, literal_column, select
from sqlalchemy import insert as insert_rows

from headwater.store import tables
from headwater.store.dialect import names
from headwater.store.queries.build import columns, plain, query, table_of, update_all
from headwater.store.rows import TaskRow, TextRow, column_names
from headwater.store.sql import Plain, Sql, insert, members

COUNTED_OR_FIXED = (
    "board_id",
    "key",
    "pending",
    "soft_pending",
    "parts_open",
    "neg_rank",
    "ord",
    "blocker_id",
    "created_ms",
)
"""Columns that never change, and those that are counted in place."""
DESCRIBING = (
    "title",
    "capabilities",
    "priority",
    "estimate_ms",
    "review",
    "attempts",
    "grouping",
    "parent_id",
    "supersedes_id",
    "superseded_by_id",
    "reuse",
    "lane",
    "purse",
    "has_paths",
)
"""Columns that say what a task is, not where it stands."""

_TASK = columns(TaskRow)
_table = table_of(tables.Task)

_NAMES = column_names(TaskRow)
INSERT = plain(
    f"INSERT INTO task ({', '.join(_NAMES)}) VALUES ({', '.join(':' + name for name in _NAMES)})"
)
"""With its id, which `RESERVE` gave."""
BY_KEY = query(f"SELECT {_TASK} FROM task WHERE board_id = :board_id AND key = :key", TaskRow)
BY_ID = query(f"SELECT {_TASK} FROM task WHERE id = :id", TaskRow)
BY_IDS = Sql(
    select(*[_table.c[name] for name in column_names(TaskRow)])
    .where(_table.c.id.in_(members("ids")))
    .order_by(_table.c.id),
    row=TaskRow,
)
KEYS_BY_IDS = Sql(select(_table.c.id, _table.c.key).where(_table.c.id.in_(members("ids"))))
PLACES = Sql(
    select(
        _table.c.key,
        _table.c.id,
        _table.c.ord,
        _table.c.state,
        _table.c.neg_rank,
        _table.c.superseded_by_id,
    ).where(_table.c.board_id == bindparam("board_id"), _table.c.key.in_(names("keys")))
)
"""Where the tasks of a list of keys stand in the graph."""
SAVE = update_all("task", TaskRow, key="id", skip=COUNTED_OR_FIXED)
SAVE_STATE = update_all("task", TaskRow, key="id", skip=(*COUNTED_OR_FIXED, *DESCRIBING))
"""A transition: without what only an edit changes, whose indexes need not be touched."""
SAVE_PENDING = plain(
    "UPDATE task SET version = :version, pending = :pending, updated_ms = :updated_ms "
    "WHERE id = :id"
)
"""More upstreams for a task that waits, or stands still, anyway: no index has to be touched."""
SAVE_BLOCKED = plain(
    "UPDATE task SET version = :version, state = :state, pending = :pending, "
    "updated_ms = :updated_ms WHERE id = :id"
)
"""The same for one that was ready."""
SET_PENDING = plain("UPDATE task SET pending = :pending WHERE id = :id")
SET_SOFT_PENDING = plain("UPDATE task SET soft_pending = :soft_pending WHERE id = :id")
RENEW = plain(
    "UPDATE task SET lease_until_ms = :until_ms WHERE id = :id AND session_id = :session_id "
    "AND fence = :fence AND grip = :grip AND state IN ('active', 'review')"
)

INSERT_TEXT = insert(table_of(tables.TaskText))
TEXT = query(f"SELECT {columns(TextRow)} FROM task_text WHERE task_id = :task_id", TextRow)
SAVE_TEXT = update_all("task_text", TextRow, key="task_id")

# The queue: one index delivers the claim order within a lane.
LANES = plain("SELECT name FROM lane WHERE board_id = :board_id ORDER BY name")
ADD_LANE = plain(
    "INSERT INTO lane (board_id, name) VALUES (:board_id, :name) ON CONFLICT DO NOTHING"
)
READY = query(
    f"SELECT {_TASK} FROM task WHERE state = 'ready' AND due_ms = 0 AND blocker_id = 0 "
    "AND board_id = :board_id AND lane = :lane ORDER BY bucket, neg_rank, soft_pending, id "
    "LIMIT :count OFFSET :skip",
    TaskRow,
)
DUE = query(
    f"SELECT {_TASK} FROM task WHERE due_ms > 0 AND due_ms <= :now_ms AND board_id = :board_id "
    "ORDER BY due_ms LIMIT :count",
    TaskRow,
)
NEXT_DUE = plain(
    "SELECT due_ms, key FROM task WHERE due_ms > 0 AND board_id = :board_id ORDER BY due_ms LIMIT 1"
)
DUE_COUNT = plain(
    "SELECT count(*) FROM task WHERE due_ms > 0 AND board_id = :board_id AND state = 'ready'"
)


class Chores(NamedTuple):
    """What a claim has to look into; most claims find nothing of it, by one statement."""

    expired: int
    due: int
    ranks: int
    handed_over: int
    """Is any task of the board handed to an agent or to anyone?"""
    holding: int
    """Does the session hold a lease?"""


CHORES = query(
    "SELECT EXISTS (SELECT 1 FROM task WHERE session_id > 0 AND board_id = :board_id "
    "AND lease_until_ms <= :now_ms), "
    "EXISTS (SELECT 1 FROM task WHERE due_ms > 0 AND due_ms <= :now_ms AND board_id = :board_id), "
    "EXISTS (SELECT 1 FROM rank_todo WHERE board_id = :board_id), "
    "EXISTS (SELECT 1 FROM task WHERE board_id = :board_id AND handoff <> ''), "
    "EXISTS (SELECT 1 FROM task WHERE session_id = :session_id AND session_id > 0)",
    Chores,
)
EXPIRED = query(
    f"SELECT {_TASK} FROM task WHERE session_id > 0 AND board_id = :board_id "
    "AND lease_until_ms <= :now_ms ORDER BY lease_until_ms LIMIT :count",
    TaskRow,
)
NEXT_EXPIRY = plain(
    "SELECT lease_until_ms, key FROM task WHERE session_id > 0 AND board_id = :board_id "
    "ORDER BY lease_until_ms LIMIT 1"
)
HELD_BY = query(
    f"SELECT {_TASK} FROM task WHERE session_id = :session_id AND session_id > 0 ORDER BY id",
    TaskRow,
)
LAPSED_BY = query(
    f"SELECT {_TASK} FROM task WHERE lapsed_session_id = :session_id AND lapsed_session_id > 0 "
    "ORDER BY id",
    TaskRow,
)
IN_STATE = query(
    f"SELECT {_TASK} FROM task WHERE board_id = :board_id AND state = :state "
    "AND state IN ('active', 'review', 'held', 'failed') ORDER BY id LIMIT :count",
    TaskRow,
)
REVIEWABLE = query(
    f"SELECT {_TASK} FROM task WHERE board_id = :board_id AND state = 'review' "
    "AND state IN ('active', 'review', 'held', 'failed') AND gate = 'review' AND session_id = 0 "
    "ORDER BY id LIMIT :count",
    TaskRow,
)
HANDED_TO = query(
    f"SELECT {_TASK} FROM task WHERE board_id = :board_id AND handoff <> '' "
    "AND handoff IN (:agent, '*') "
    "AND state = 'ready' AND due_ms = 0 AND blocker_id = 0 ORDER BY id LIMIT :count",
    TaskRow,
)

REBUCKET = plain(
    "UPDATE task SET bucket = ready_ms / :ageing_ms - priority "
    "WHERE board_id = :board_id AND state = 'ready'"
)
"""The ageing interval was changed."""

# Counting down and up by edges.
COUNT = plain(
    "UPDATE task SET "
    "pending = pending + CASE WHEN e.kind = 'hard' THEN :change ELSE 0 END, "
    "soft_pending = soft_pending + CASE WHEN e.kind = 'hard' THEN 0 ELSE :change END "
    "FROM edge e WHERE e.upstream_id = :id AND e.task_id = task.id "
    "AND e.kind IN ('hard', 'soft', 'candidate') RETURNING id, state, pending, gate"
)
"""An upstream was accepted (-1) or reopened (+1): the consumers, with their new counts."""
COUNT_PART = plain(
    "UPDATE task SET parts_open = parts_open + :change WHERE id = :id RETURNING parts_open"
)
CHILDREN = query(
    f"SELECT {_TASK} FROM task WHERE parent_id = :parent_id AND parent_id > 0 ORDER BY id",
    TaskRow,
)

# Order labels and ranks.
ORD = plain("SELECT ord, id FROM task WHERE id = :id")
SET_ORD = plain("UPDATE task SET ord = :ord WHERE id = :id")
BELOW = plain(
    "WITH RECURSIVE below(id) AS (SELECT :id UNION SELECT e.task_id FROM below b "
    "JOIN edge e ON e.upstream_id = b.id JOIN task t ON t.id = e.task_id WHERE t.ord <= :ord) "
    "SELECT t.ord, t.id FROM below b JOIN task t ON t.id = b.id"
)
ABOVE = plain(
    "WITH RECURSIVE above(id) AS (SELECT :id UNION SELECT e.upstream_id FROM above a "
    "JOIN edge e ON e.task_id = a.id JOIN task t ON t.id = e.upstream_id WHERE t.ord >= :ord) "
    "SELECT t.ord, t.id FROM above a JOIN task t ON t.id = a.id"
)
RANK_NEXT = plain(
    "SELECT task_id FROM rank_todo WHERE board_id = :board_id ORDER BY neg_rank DESC LIMIT :count"
)
RANK_LEFT = plain("SELECT count(*) FROM rank_todo WHERE board_id = :board_id")
SET_RANK = plain("UPDATE task SET neg_rank = :neg_rank WHERE id = :id")
_edge = table_of(tables.Edge)
_todo = table_of(tables.RankTodo)
_consumer = _table.alias("consumer")
_RANKING = _edge.c.kind.in_([literal_column("'hard'"), literal_column("'part'")])
RANK_POP = Sql(delete(_todo).where(_todo.c.task_id.in_(members("ids"))))
RANKS_OF = Sql(
    select(
        _table.c.id,
        _table.c.neg_rank,
        _table.c.estimate_ms,
        select(func.min(_consumer.c.neg_rank))
        .select_from(_edge.join(_consumer, _consumer.c.id == _edge.c.task_id))
        .where(
            _edge.c.upstream_id == _table.c.id,
            _RANKING,
            _consumer.c.state != literal_column("'cancelled'"),
        )
        .correlate(_table)
        .scalar_subquery(),
    ).where(_table.c.id.in_(members("ids")))
)
_WAITS_ALREADY = select(_todo.c.task_id).where(_todo.c.task_id == _table.c.id).exists()
_RANKED = select(_table.c.id, _table.c.board_id, _table.c.neg_rank).where(~_WAITS_ALREADY)


def _put_into_todo(tasks: Select[Any, Any, Any]) -> Sql[Plain]:
    return Sql(insert_rows(_todo).from_select(["task_id", "board_id", "neg_rank"], tasks))


RANK_TODO = _put_into_todo(_RANKED.where(_table.c.id.in_(members("ids"))))
RANK_TODO_PARENTS = _put_into_todo(
    _RANKED.distinct()
    .select_from(_edge.join(_table, _table.c.id == _edge.c.upstream_id))
    .where(_edge.c.task_id.in_(members("ids")), _RANKING)
)
"""The upstreams of tasks whose ranks have changed."""
ORD_BELOW = plain("SELECT max(ord) FROM task WHERE board_id = :board_id AND ord < :ord")
