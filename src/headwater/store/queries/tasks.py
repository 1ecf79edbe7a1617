"""Statements about tasks: reading, saving, the queue, leases, containers and ranks."""

from __future__ import annotations

from typing import NamedTuple

from headwater.store.queries.build import OPEN_END, columns, insert, plain, query, update_all
from headwater.store.rows import TaskRow, TextRow, column_names

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

INSERT = insert("task", column_names(TaskRow))
"""With its id, which `store.ids` gave."""
BY_KEY = query(f"SELECT {_TASK} FROM task WHERE board_id = :board_id AND key = :key", TaskRow)
BY_ID = query(f"SELECT {_TASK} FROM task WHERE id = :id", TaskRow)
BY_IDS = query(f"SELECT {_TASK} FROM task WHERE id IN (members(:ids)) ORDER BY id", TaskRow)
KEYS_BY_IDS = plain("SELECT id, key FROM task WHERE id IN (members(:ids))")
PLACES = plain(
    "SELECT key, id, ord, state, neg_rank, superseded_by_id FROM task "
    "WHERE board_id = :board_id AND key IN (names(:keys))"
)
"""Where the tasks of a list of keys stand in the graph."""
_KEYS = "SELECT key FROM task WHERE board_id = :board_id AND key"
KEYS_FROM = plain(f"{_KEYS} >= :key ORDER BY key LIMIT :count")
KEYS_BEFORE = plain(f"{_KEYS} < :key ORDER BY key DESC LIMIT :count")
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
RENEW = plain("UPDATE task SET lease_until_ms = :until_ms WHERE id = :id")

INSERT_TEXT = insert("task_text", column_names(TextRow))
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
OFFERED_LANES = plain(
    "SELECT name FROM lane WHERE board_id = :board_id AND EXISTS (SELECT 1 FROM task "
    "WHERE state = 'ready' AND due_ms = 0 AND blocker_id = 0 AND board_id = :board_id "
    "AND lane = name) ORDER BY name"
)
"""Those in which something is ready."""
DUE = query(
    f"SELECT {_TASK} FROM task WHERE due_ms > 0 AND due_ms <= :now_ms AND board_id = :board_id "
    "ORDER BY due_ms LIMIT :count",
    TaskRow,
)
NEXT_DUE = plain(
    "SELECT due_ms, key, count(*) OVER () FROM task WHERE due_ms > 0 AND board_id = :board_id "
    "AND state = 'ready' ORDER BY due_ms, id LIMIT 1"
)
"""The first task whose backoff will be over, and how many there are. One that has to wait for an
upstream again is none of them."""


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
    "ORDER BY lease_until_ms, id LIMIT 1"
)
NEXT_UNRENEWED = plain(
    "SELECT lease_until_ms, key FROM task WHERE session_id > 0 AND board_id = :board_id "
    "AND (lease_until_ms <= :until_ms OR (SELECT s.seen_ms FROM session s "
    "WHERE s.id = task.session_id) < :since_ms) ORDER BY lease_until_ms, id LIMIT 1"
)
"""The first lease that ends before long, or whose holder was not seen since then."""
FREED = plain(
    "SELECT few.upstream_id, t.key FROM (SELECT upstream_id, task_id FROM edge "
    "WHERE upstream_id IN (members(:ids)) AND kind = 'hard' LIMIT :edges) few "
    "JOIN task t ON t.id = few.task_id AND t.state = 'waiting' AND t.pending = 1"
)
"""Among the first edges to these upstreams: the tasks that wait for nothing else."""
HELD_BY = query(
    f"SELECT {_TASK} FROM task WHERE session_id = :session_id AND session_id > 0 ORDER BY id",
    TaskRow,
)
HOLDERS = plain("SELECT key, session_id FROM task WHERE board_id = :board_id AND session_id > 0")
LAPSED_BY = query(
    f"SELECT {_TASK} FROM task WHERE lapsed_session_id = :session_id AND lapsed_session_id > 0 "
    "ORDER BY id",
    TaskRow,
)
IN_STATE = query(
    f"SELECT {_TASK} FROM task WHERE board_id = :board_id AND state = :state "
    f"AND {OPEN_END} ORDER BY id LIMIT :count",
    TaskRow,
)
REVIEWABLE = query(
    f"SELECT {_TASK} FROM task WHERE board_id = :board_id AND state = 'review' "
    f"AND {OPEN_END} AND gate = 'review' AND session_id = 0 "
    "ORDER BY id LIMIT :count",
    TaskRow,
)
AMENDABLE = query(
    f"SELECT {_TASK} FROM task WHERE board_id = :board_id AND state = 'review' "
    f"AND {OPEN_END} AND gate IN ('review', 'inputs') AND session_id = 0 AND EXISTS "
    "(SELECT 1 FROM delivery d WHERE d.id = task.delivery_id AND d.session_id = :session_id) "
    "ORDER BY id LIMIT :count",
    TaskRow,
)
"""What a session has delivered, and nobody has accepted or reviews."""
LAST_DELIVERED_BY = query(
    f"SELECT {_TASK} FROM task WHERE state = 'done' AND delivery_id = (SELECT a.delivery_id "
    "FROM attempt a WHERE a.session_id = :session_id AND a.outcome = 'done' "
    "ORDER BY a.id DESC LIMIT 1) AND delivery_id > 0 AND board_id = :board_id",
    TaskRow,
)
"""The last that it has delivered, if that is accepted."""
HANDED_TO = query(
    f"SELECT {_TASK} FROM task WHERE board_id = :board_id AND handoff <> '' "
    "AND handoff IN (:agent, '*') "
    "AND state = 'ready' AND blocker_id = 0 ORDER BY id LIMIT :count",
    TaskRow,
)

REBUCKET = plain(
    "UPDATE task SET bucket = ready_ms / :ageing_ms - priority "
    "WHERE board_id = :board_id AND state = 'ready'"
)
"""The ageing interval was changed."""

# Counting down and up by edges.
_COUNTED = "e.kind <> 'part' AND e.kind <> 'answers'"
COUNT_UP = plain(
    "UPDATE task SET "
    "pending = pending + CASE WHEN e.kind = 'hard' THEN 1 ELSE 0 END, "
    "soft_pending = soft_pending + CASE WHEN e.kind = 'hard' THEN 0 ELSE 1 END "
    "FROM edge e WHERE e.upstream_id = :id AND e.task_id = task.id "
    f"AND {_COUNTED} RETURNING id, state, pending"
)
"""An upstream was reopened: the consumers, with their new counts."""


class Consumer(NamedTuple):
    """A task that needs another one."""

    id: int
    kind: str
    pending: int
    soft_pending: int
    state: str
    gate: str


CONSUMERS = query(
    "SELECT t.id, e.kind, t.pending, t.soft_pending, t.state, t.gate FROM edge e "
    f"JOIN task t ON t.id = e.task_id WHERE e.upstream_id = :id AND {_COUNTED} ORDER BY e.task_id",
    Consumer,
)
"""To count them down when it was accepted: they are read anyway, and each `SET_PENDING` costs less
than the tables that SQLite builds for `COUNT_UP`."""
COUNT_PART = plain(
    "UPDATE task SET parts_open = parts_open + :change WHERE id = :id RETURNING parts_open"
)
CHILDREN = query(
    f"SELECT {_TASK} FROM task WHERE parent_id = :parent_id AND parent_id > 0 ORDER BY id",
    TaskRow,
)

# Order labels and ranks.
ORD = plain("SELECT ord FROM task WHERE id = :id")
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
RANK_POP = plain("DELETE FROM rank_todo WHERE task_id IN (members(:ids))")
HAS_PARTS = "EXISTS (SELECT 1 FROM edge p WHERE p.task_id = t.id AND p.kind = 'part')"
RANKS_OF = plain(
    "SELECT t.id, t.neg_rank, t.estimate_ms, (SELECT min(c.neg_rank) FROM edge e "
    "JOIN task c ON c.id = e.task_id WHERE e.upstream_id = t.id AND e.kind IN ('hard', 'part') "
    f"AND c.state <> 'cancelled'), {HAS_PARTS} FROM task t WHERE t.id IN (members(:ids))"
)
_NOT_YET = "NOT EXISTS (SELECT 1 FROM rank_todo r WHERE r.task_id = t.id)"
RANK_TODO = plain(
    "INSERT INTO rank_todo (task_id, board_id, neg_rank) "
    "SELECT t.id, t.board_id, t.neg_rank FROM task t "
    f"WHERE {_NOT_YET} AND t.id IN (members(:ids))"
)
RANK_TODO_PARENTS = plain(
    "INSERT INTO rank_todo (task_id, board_id, neg_rank) "
    "SELECT DISTINCT t.id, t.board_id, t.neg_rank FROM edge e JOIN task t ON t.id = e.upstream_id "
    f"WHERE {_NOT_YET} AND e.task_id IN (members(:ids)) AND e.kind IN ('hard', 'part')"
)
"""The upstreams of tasks whose ranks have changed."""
ORD_BELOW = plain("SELECT max(ord) FROM task WHERE board_id = :board_id AND ord < :ord")
