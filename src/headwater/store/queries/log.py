"""Statements about the log and what attempts produced: events, images, attempts, deliveries."""

from __future__ import annotations

from headwater import limits
from headwater.store.queries.build import columns, insert, insert_id, plain, query, update_all
from headwater.store.rows import (
    AttemptRow,
    DeliveryRow,
    EventRow,
    ImageRow,
    SessionRow,
    SpecRow,
    TaskRow,
    column_names,
)
from headwater.store.sql import Sql

_ATTEMPT = columns(AttemptRow)
_DELIVERY = columns(DeliveryRow)

ADD_EVENT = insert("event", column_names(EventRow))
ADD_IMAGE = insert("image", column_names(ImageRow))

STATES_OF = plain(
    "SELECT image FROM image WHERE task_id = :task_id AND aspect = 'state' "
    "ORDER BY revision DESC LIMIT :count"
)
"""Where a task stood of late, newest first."""

SPECS_OF = query(
    "SELECT i.image, i.revision, coalesce(e.actor, ''), coalesce(e.reason, ''), "
    "coalesce(e.at_ms, 0) "
    "FROM image i LEFT JOIN event e ON e.board_id = i.board_id AND e.revision = i.revision "
    "WHERE i.task_id = :task_id AND i.aspect = 'spec' ORDER BY i.revision DESC LIMIT :count",
    SpecRow,
)
"""Newest first."""

ADD_ATTEMPT = insert_id("attempt", AttemptRow)
ATTEMPT = query(f"SELECT {_ATTEMPT} FROM attempt WHERE id = :id", AttemptRow)
LEASE = Sql(
    f"SELECT {columns(TaskRow, 't')}, {columns(AttemptRow, 'a')}, {columns(SessionRow, 's')} "
    "FROM task t JOIN attempt a ON a.task_id = t.id AND a.fence = :fence "
    "JOIN session s ON s.id = a.session_id "
    "WHERE t.board_id = :board_id AND t.key = :key ORDER BY a.id DESC LIMIT 1",
    (TaskRow, AttemptRow, SessionRow),
)
"""A task, the attempt that a fence of it began, and that attempt's session, side by side."""
SAVE_ATTEMPT = update_all(
    "attempt",
    AttemptRow,
    key="id",
    skip=("task_id", "kind", "round", "number", "fence", "started_ms"),
)
PAST_ATTEMPTS = query(
    f"SELECT {_ATTEMPT} FROM attempt WHERE task_id = :task_id AND ended_ms > 0 "
    "AND outcome <> 'undone' "
    "AND (kind = 'work' OR outcome IN ('approved', 'rejected') OR :for_review = 1) "
    "ORDER BY fence DESC, id DESC LIMIT :count",
    AttemptRow,
)
"""Newest first: attempts at the work and reviews that judged it; for a reviewer all reviews. A
claim whose reply was lost is none."""
LAST_WORK = query(
    f"SELECT {_ATTEMPT} FROM attempt WHERE task_id = :task_id AND ended_ms > 0 "
    "AND kind = 'work' AND outcome <> 'undone' ORDER BY fence DESC, id DESC LIMIT 1",
    AttemptRow,
)
"""The newest attempt that has ended: no review, and no claim whose reply was lost."""
_WORKER = (
    "s.id, s.agent, s.parent_id, coalesce(p.agent, '') FROM session s "
    "LEFT JOIN session p ON p.id = s.parent_id"
)
WORKED_IN_ROUND = plain(
    f"SELECT {_WORKER} JOIN attempt a ON a.session_id = s.id WHERE a.task_id = :task_id "
    "AND a.round = :round AND a.kind = 'work' AND a.outcome <> 'undone' "
    f"AND NOT (a.outcome = 'released' AND a.ended_ms - a.started_ms < {limits.GLANCE_MS}) "
    f"UNION SELECT {_WORKER} JOIN delivery d ON d.session_id = s.id WHERE d.id = :delivery_id"
)
"""Whoever attempted a task in a round, but for a glance, or made what is delivered (for another
task, if reused), with the agent of the parent."""

ADD_DELIVERY = insert_id("delivery", DeliveryRow)
ADD_DELIVERY_WITH_ID = insert("delivery", column_names(DeliveryRow))
DELIVERY = query(f"SELECT {_DELIVERY} FROM delivery WHERE id = :id", DeliveryRow)
LAST_DELIVERY = query(
    f"SELECT {_DELIVERY} FROM delivery WHERE task_id = :task_id AND salvage = 0 "
    "ORDER BY id DESC LIMIT 1",
    DeliveryRow,
)
DELIVERY_BEFORE = query(
    f"SELECT {_DELIVERY} FROM delivery WHERE task_id = :task_id AND salvage = 0 "
    "AND id < :id AND (attempt_id <> :attempt_id OR attempt_id = 0) ORDER BY id DESC LIMIT 1",
    DeliveryRow,
)
"""What another attempt delivered before: an attempt that amends delivers twice."""
TEXTS_CHANGED = plain(
    "WITH RECURSIVE line(id) AS (SELECT id FROM task WHERE id IN "
    "(:task_id, (SELECT task_id FROM delivery WHERE id = :after)) UNION "
    "SELECT t.supersedes_id FROM line l JOIN task t ON t.id = l.id WHERE t.supersedes_id > 0) "
    "SELECT changed FROM delivery WHERE task_id IN (SELECT id FROM line) AND salvage = 0 "
    "AND id > :after AND id < :before AND changed <> '[]'"
)
"""Whose text the finishes between two deliveries said to have changed; the earlier one may be that
of a container, or of a task which this one supersedes, at first or at second hand."""
SALVAGE = query(
    f"SELECT {_DELIVERY} FROM delivery WHERE task_id = :task_id AND salvage = 1 "
    "ORDER BY id DESC LIMIT :count",
    DeliveryRow,
)

ADD_BLOB = plain(
    "INSERT INTO blob (hash, content, size_bytes) VALUES (:hash, :content, :size_bytes) "
    "ON CONFLICT DO NOTHING"
)
BLOB = plain("SELECT content, size_bytes FROM blob WHERE hash = :hash")
