"""Statements about the texts that can be searched for, and where they come from."""

from __future__ import annotations

from headwater.store.queries.build import columns, insert, plain, query
from headwater.store.rows import (
    AttemptRow,
    DeliveryRow,
    RecallRow,
    TextRow,
    column_names,
)

STATE = plain("SELECT revision, task_id FROM recalled WHERE board_id = :board_id")
SET_STATE = plain(
    "INSERT INTO recalled (board_id, revision, task_id) VALUES (:board_id, :revision, :task_id) "
    "ON CONFLICT (board_id) DO UPDATE SET revision = :revision, task_id = :task_id"
)

TOUCHED = plain(
    "SELECT revision, task_id FROM image WHERE board_id = :board_id AND revision > :after "
    "ORDER BY revision LIMIT :count"
)
SALVAGED = plain(
    "SELECT t.id FROM event e JOIN task t ON t.board_id = e.board_id AND t.key = e.task "
    "WHERE e.board_id = :board_id AND e.revision > :after AND e.revision <= :until "
    "AND e.kind = 'salvaged'"
)
"""Tasks that were given a late delivery, which no image shows."""
NEXT_TASKS = plain(
    "SELECT id FROM task WHERE +board_id = :board_id AND id > :after ORDER BY id LIMIT :count"
)

TEXTS = query(f"SELECT {columns(TextRow)} FROM task_text WHERE task_id IN (members(:ids))", TextRow)
DELIVERIES = query(
    f"SELECT {columns(DeliveryRow)} FROM delivery WHERE task_id IN (members(:ids)) ORDER BY id",
    DeliveryRow,
)
ENDED = query(
    f"SELECT {columns(AttemptRow)} FROM attempt WHERE task_id IN (members(:ids)) "
    "AND ended_ms > 0 AND outcome <> 'done' ORDER BY id",
    AttemptRow,
)
TALK = plain(
    "SELECT i.task_id, i.revision, i.image, coalesce(e.kind, ''), coalesce(e.at_ms, 0) "
    "FROM image i LEFT JOIN event e ON e.board_id = i.board_id AND e.revision = i.revision "
    "WHERE i.task_id IN (members(:ids)) AND i.aspect = 'talk' ORDER BY i.task_id, i.revision"
)
"""Without a kind and a time, where the event was archived."""
STATES = plain(
    "SELECT task_id, revision, image FROM image WHERE task_id IN (members(:ids)) "
    "AND aspect = 'state' ORDER BY task_id, revision"
)
NEWEST_SPECS = plain(
    "SELECT n.task_id, n.revision, coalesce(e.at_ms, 0) FROM (SELECT task_id, board_id, "
    "max(revision) AS revision FROM image WHERE task_id IN (members(:ids)) AND aspect = 'spec' "
    "GROUP BY task_id, board_id) n "
    "LEFT JOIN event e ON e.board_id = n.board_id AND e.revision = n.revision"
)
"""When each spec became what it is; without a time, where the event was archived."""
LABELS = plain("SELECT id, agent FROM session WHERE id IN (members(:ids))")

ADD = insert("recall", column_names(RecallRow))
REPLACE = plain("UPDATE recall SET head = :head, body = :body WHERE id = :id")
OF_SEARCHED = plain(
    "SELECT t.id FROM task t JOIN recalled r ON r.board_id = t.board_id "
    "WHERE t.id IN (members(:ids))"
)
"""Those tasks that are on a board which somebody has searched."""
LAST_ID = plain("SELECT max(id) FROM recall WHERE id >= :first AND id < :end")
OF_TASKS = query(
    f"SELECT {columns(RecallRow)} FROM recall WHERE task_id IN (members(:ids))", RecallRow
)
BY_IDS = query(f"SELECT {columns(RecallRow)} FROM recall WHERE id IN (members(:ids))", RecallRow)
DROP = plain("DELETE FROM recall WHERE id IN (members(:ids))")
PAGE = query(
    f"SELECT {columns(RecallRow)} FROM recall WHERE id > :after ORDER BY id LIMIT :count", RecallRow
)
