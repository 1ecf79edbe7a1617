"""Statements that collect what a briefing shows."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select

from headwater.store import tables
from headwater.store.queries.build import plain, table_of
from headwater.store.sql import Sql, members

_task = table_of(tables.Task)
_edge = table_of(tables.Edge)
_delivery = table_of(tables.Delivery)
_session = table_of(tables.Session)


class UpstreamRow(NamedTuple):
    """An edge, the upstream behind it, and what that delivered (if it did)."""

    task_id: int
    upstream_id: int
    kind: str
    expect: str
    promise: str
    keys: str
    key: str
    title: str
    state: str
    round: int
    superseded_by_id: int
    delivery_id: int
    summary: str | None
    critical: str
    artifacts: str
    delivered: str
    digests: str
    agent: str | None
    session_id: int
    reused_from_id: int | None


_OF_LEVEL = (
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
        _task.c.superseded_by_id,
        _task.c.delivery_id,
        _delivery.c.summary,
        _delivery.c.critical,
        _delivery.c.artifacts,
        _delivery.c.delivered,
        _delivery.c.digests,
        _session.c.agent,
        _delivery.c.session_id,
        _delivery.c.reused_from_id,
    )
    .select_from(
        _edge.join(_task, _task.c.id == _edge.c.upstream_id)
        .outerjoin(_delivery, _delivery.c.id == _task.c.delivery_id)
        .outerjoin(_session, _session.c.id == _delivery.c.session_id)
    )
    .order_by(_edge.c.upstream_id, _edge.c.task_id)
)
UPSTREAMS = Sql(_OF_LEVEL.where(_edge.c.task_id.in_(members("ids"))), UpstreamRow)
"""The upstreams of a level of the graph, with their contracts and deliveries."""
UPSTREAMS_OF = Sql(_OF_LEVEL.where(_edge.c.task_id == bindparam("task_id")), UpstreamRow)
"""The same of one task, which costs half."""

OWED = plain(
    "SELECT t.key, e.expect, e.promise, e.keys, t.state FROM edge e "
    "JOIN task t ON t.id = e.task_id WHERE e.upstream_id = :upstream_id "
    "AND (e.promise <> '' OR e.keys <> '[]') AND e.kind IN ('hard', 'answers') "
    "AND t.state NOT IN ('cancelled') ORDER BY t.id"
)
"""Contracts with something to answer: a promise, or keys that the consumer relies on."""
CONSUMERS = plain(
    "SELECT t.key, t.state FROM edge e JOIN task t ON t.id = e.task_id "
    "WHERE e.upstream_id = :upstream_id AND e.kind <> 'part' ORDER BY t.id"
)
