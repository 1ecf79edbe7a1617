"""Statements about the log and what attempts produced: events, images, attempts, deliveries."""

from __future__ import annotations

from headwater.store import tables
from headwater.store.queries.build import columns, plain, query, table_of, update_all
from headwater.store.rows import (
    AttemptRow,
    DeliveryRow,
    EventRow,
    ImageRow,
    SessionRow,
    column_names,
)
from headwater.store.sql import insert, insert_id

_EVENT = columns(EventRow)
_ATTEMPT = columns(AttemptRow)
_DELIVERY = columns(DeliveryRow)

ADD_EVENT = insert(table_of(tables.Event))
ADD_IMAGE = insert(table_of(tables.Image))
EVENTS = query(
    f"SELECT {_EVENT} FROM event WHERE board_id = :board_id AND revision > :since "
    "ORDER BY revision LIMIT :count",
    EventRow,
)
NEWEST_EVENTS = query(
    f"SELECT {_EVENT} FROM event WHERE board_id = :board_id AND revision < :before "
    "ORDER BY revision DESC LIMIT :count",
    EventRow,
)
TASK_EVENTS = query(
    f"SELECT {columns(EventRow, 'e')} FROM event e WHERE e.board_id = :board_id "
    "AND e.revision > :since AND (e.task = :key OR e.revision IN "
    "(SELECT i.revision FROM image i WHERE i.task_id = :task_id)) "
    "ORDER BY e.revision LIMIT :count",
    EventRow,
)
IMAGES_SINCE = query(
    f"SELECT {columns(ImageRow)} FROM image WHERE board_id = :board_id AND revision > :since "
    "AND revision <= :until ORDER BY revision, task_id, aspect",
    ImageRow,
)
IMAGE_AT = plain(
    "SELECT image, revision FROM image WHERE task_id = :task_id AND aspect = :aspect "
    "AND revision <= :at ORDER BY revision DESC LIMIT 1"
)
CHANGED_KEYS = plain(
    "SELECT DISTINCT t.key FROM image i JOIN task t ON t.id = i.task_id "
    "WHERE i.board_id = :board_id AND i.revision > :since ORDER BY t.key LIMIT :count"
)

ADD_ATTEMPT = insert_id(table_of(tables.Attempt))
ATTEMPT = query(f"SELECT {_ATTEMPT} FROM attempt WHERE id = :id", AttemptRow)
ATTEMPT_AND_SESSION = plain(
    f"SELECT {columns(AttemptRow, 'a')}, {columns(SessionRow, 's')} FROM attempt a "
    "JOIN session s ON s.id = a.session_id "
    "WHERE a.task_id = :task_id AND a.fence = :fence ORDER BY a.id DESC LIMIT 1"
)
"""The columns of the attempt that a fence began, then those of its session."""
SAVE_ATTEMPT = update_all(
    "attempt",
    AttemptRow,
    key="id",
    skip=("task_id", "kind", "round", "number", "fence", "started_ms"),
)
DROP_ATTEMPT = plain("DELETE FROM attempt WHERE id = :id")
PAST_ATTEMPTS = query(
    f"SELECT {_ATTEMPT} FROM attempt WHERE task_id = :task_id AND ended_ms > 0 "
    "ORDER BY id DESC LIMIT :count",
    AttemptRow,
)
WORKED_IN_ROUND = plain(
    "SELECT DISTINCT a.session_id, s.agent, s.parent_id FROM attempt a JOIN session s "
    "ON s.id = a.session_id WHERE a.task_id = :task_id AND a.round = :round AND a.kind = 'work'"
)

ADD_DELIVERY = insert_id(table_of(tables.Delivery))
_NAMES = column_names(DeliveryRow)
ADD_DELIVERY_WITH_ID = plain(
    f"INSERT INTO delivery ({', '.join(_NAMES)}) "
    f"VALUES ({', '.join(':' + name for name in _NAMES)})"
)
DELIVERY = query(f"SELECT {_DELIVERY} FROM delivery WHERE id = :id", DeliveryRow)
SALVAGE = query(
    f"SELECT {_DELIVERY} FROM delivery WHERE task_id = :task_id AND salvage = 1 AND id > :after "
    "ORDER BY id DESC LIMIT :count",
    DeliveryRow,
)

ADD_BLOB = plain(
    "INSERT INTO blob (hash, content, size_bytes) VALUES (:hash, :content, :size_bytes) "
    "ON CONFLICT DO NOTHING"
)
BLOB = plain("SELECT content, size_bytes FROM blob WHERE hash = :hash")
