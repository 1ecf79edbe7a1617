"""Statements about the texts that can be searched for, and where they come from."""

from __future__ import annotations

from sqlalchemy import delete, func, literal_column, select

from headwater.store import tables
from headwater.store.queries.build import columns, plain, query, table_of
from headwater.store.rows import (
    AttemptRow,
    DeliveryRow,
    RecallRow,
    TextRow,
    column_names,
)
from headwater.store.sql import Sql, members

STATE = plain("SELECT revision, task_id FROM recalled WHERE board_id = :board_id")
SET_STATE = plain(
    "INSERT INTO recalled (board_id, revision, task_id) VALUES (:board_id, :revision, :task_id) "
    "ON CONFLICT (board_id) DO UPDATE SET revision = :revision, task_id = :task_id"
)
FORGET_STATES = plain("DELETE FROM recalled")

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

_delivery, _attempt = table_of(tables.Delivery), table_of(tables.Attempt)
_text, _image, _event = table_of(tables.TaskText), table_of(tables.Image), table_of(tables.Event)
_recall, _session = table_of(tables.Recall), table_of(tables.Session)

TEXTS = Sql(
    select(*[_text.c[name] for name in column_names(TextRow)]).where(
        _text.c.task_id.in_(members("ids"))
    ),
    row=TextRow,
)
DELIVERIES = Sql(
    select(*[_delivery.c[name] for name in column_names(DeliveryRow)])
    .where(_delivery.c.task_id.in_(members("ids")))
    .order_by(_delivery.c.id),
    row=DeliveryRow,
)
ENDED = Sql(
    select(*[_attempt.c[name] for name in column_names(AttemptRow)])
    .where(
        _attempt.c.task_id.in_(members("ids")),
        _attempt.c.ended_ms > literal_column("0"),
        _attempt.c.outcome != literal_column("'done'"),
    )
    .order_by(_attempt.c.id),
    row=AttemptRow,
)
TALK = Sql(
    select(_image.c.task_id, _image.c.revision, _image.c.image, _event.c.kind, _event.c.at_ms)
    .select_from(
        _image.join(
            _event,
            (_event.c.board_id == _image.c.board_id) & (_event.c.revision == _image.c.revision),
        )
    )
    .where(
        _image.c.task_id.in_(members("ids")),
        _image.c.aspect == literal_column("'talk'"),
    )
    .order_by(_image.c.task_id, _image.c.revision)
)
STATES = Sql(
    select(_image.c.task_id, _image.c.revision, _image.c.image)
    .where(
        _image.c.task_id.in_(members("ids")),
        _image.c.aspect == literal_column("'state'"),
    )
    .order_by(_image.c.task_id, _image.c.revision)
)
NEWEST_IMAGES = Sql(
    select(_image.c.task_id, _image.c.aspect, func.max(_image.c.revision))
    .where(
        _image.c.task_id.in_(members("ids")),
        _image.c.aspect.in_([literal_column("'spec'"), literal_column("'talk'")]),
    )
    .group_by(_image.c.task_id, _image.c.aspect)
)
LABELS = Sql(select(_session.c.id, _session.c.agent).where(_session.c.id.in_(members("ids"))))

_NAMES = column_names(RecallRow)
ADD = plain(
    f"INSERT INTO recall ({', '.join(_NAMES)}) VALUES ({', '.join(':' + name for name in _NAMES)})"
)
LAST_ID = plain("SELECT max(id) FROM recall WHERE id >= :first AND id < :end")
OF_TASKS = Sql(
    select(*[_recall.c[name] for name in column_names(RecallRow)]).where(
        _recall.c.task_id.in_(members("ids"))
    ),
    row=RecallRow,
)
DROP = Sql(delete(_recall).where(_recall.c.id.in_(members("ids"))))
PAGE = query(
    f"SELECT {columns(RecallRow)} FROM recall WHERE id > :after ORDER BY id LIMIT :count", RecallRow
)
