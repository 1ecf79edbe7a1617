"""Statements that collect what a briefing shows."""

from __future__ import annotations

from sqlalchemy import select

from headwater.store import tables
from headwater.store.queries.build import plain, table_of
from headwater.store.sql import Sql, members

_task = table_of(tables.Task)
_edge = table_of(tables.Edge)
_delivery = table_of(tables.Delivery)
_session = table_of(tables.Session)

UPSTREAMS = Sql(
    select(
        _edge.c.task_id,
        _edge.c.upstream_id,
        _edge.c.kind,
        _edge.c.expect,
        _edge.c.promise,
        _edge.c["keys"],
        _task.c.key,
        _task.c.title,
        _task.c.state,
        _task.c.round,
        _task.c.delivery_id,
        _task.c.parts_open,
    )
    .select_from(_edge.join(_task, _task.c.id == _edge.c.upstream_id))
    .where(_edge.c.task_id.in_(members("ids")))
    .order_by(_task.c.id, _edge.c.task_id)
)
"""The upstreams of a level of the graph, with their contracts."""

DELIVERIES = Sql(
    select(
        _delivery.c.id,
        _delivery.c.summary,
        _delivery.c.critical,
        _delivery.c.artifacts,
        _delivery.c.delivered,
        _delivery.c.digests,
        _session.c.agent,
        _session.c.id.label("session_id"),
    )
    .select_from(_delivery.outerjoin(_session, _session.c.id == _delivery.c.session_id))
    .where(_delivery.c.id.in_(members("ids")))
    .order_by(_delivery.c.id)
)

OWED = plain(
    "SELECT t.key, e.expect, e.promise, e.keys, t.state FROM edge e "
    "JOIN task t ON t.id = e.task_id WHERE e.upstream_id = :upstream_id "
    "AND e.promise <> '' AND e.kind IN ('hard', 'answers') "
    "AND t.state NOT IN ('cancelled') ORDER BY t.id"
)
CONSUMERS = plain(
    "SELECT t.key, t.state FROM edge e JOIN task t ON t.id = e.task_id "
    "WHERE e.upstream_id = :upstream_id AND e.kind <> 'part' ORDER BY t.id"
)
