"""Statements that read a whole board as a plan."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, func, literal_column, select

from headwater.store import tables
from headwater.store.dialect import names
from headwater.store.queries.build import query, table_of
from headwater.store.rows import EdgeRow
from headwater.store.sql import Sql


class PlanRow(NamedTuple):
    """A task as a plan has it, with what dependents read of it."""

    id: int
    key: str
    title: str
    state: str
    capabilities: str
    priority: int
    estimate_ms: int
    review: int
    attempts: int
    grouping: str
    created_ms: int
    updated_ms: int
    supersedes_id: int
    superseded_by_id: int
    spec: str
    acceptance: str
    paths: str
    budget: str
    feedback: str
    question: str
    note: str
    summary: str
    critical: str
    artifacts: str
    delivered: str
    evidence: str


TASKS = query(
    "SELECT t.id, t.key, t.title, t.state, t.capabilities, t.priority, t.estimate_ms, t.review, "
    "t.attempts, t.grouping, t.created_ms, t.updated_ms, t.supersedes_id, t.superseded_by_id, "
    "x.spec, x.acceptance, x.paths, "
    "x.budget, x.feedback, x.question, x.note, coalesce(d.summary, ''), "
    "coalesce(d.critical, '{}'), coalesce(d.artifacts, '[]'), coalesce(d.delivered, '{}'), "
    "coalesce(d.evidence, '{}') "
    "FROM task t JOIN task_text x ON x.task_id = t.id "
    "LEFT JOIN delivery d ON d.id = t.delivery_id AND t.delivery_id > 0 "
    "WHERE t.board_id = :board_id ORDER BY t.id",
    PlanRow,
)
EDGES = query(
    "SELECT e.task_id, e.upstream_id, e.kind, e.expect, e.promise, e.keys FROM edge e "
    "JOIN task t ON t.id = e.task_id WHERE t.board_id = :board_id "
    "ORDER BY e.task_id, e.upstream_id",
    EdgeRow,
)

_task, _image, _event = table_of(tables.Task), table_of(tables.Image), table_of(tables.Event)


class Authored(NamedTuple):
    """What a task said of itself at a revision, and the event that made it so; the kind is empty
    where that was archived."""

    key: str
    aspect: str
    image: str
    kind: str
    reason: str


AUTHORS = Sql(
    select(
        _task.c.key,
        _image.c.aspect,
        _image.c.image,
        func.coalesce(_event.c.kind, literal_column("''")),
        func.coalesce(_event.c.reason, literal_column("''")),
    )
    .select_from(
        _task.join(_image, _image.c.task_id == _task.c.id).outerjoin(
            _event,
            (_event.c.board_id == _image.c.board_id) & (_event.c.revision == _image.c.revision),
        )
    )
    .where(
        _task.c.board_id == bindparam("board_id"),
        _task.c.key.in_(names("keys")),
        _image.c.aspect.in_([literal_column("'spec'"), literal_column("'edges'")]),
    )
    .order_by(_task.c.id, _image.c.revision),
    row=Authored,
)
"""Of the tasks of a list of keys, all that their plans said, oldest first."""


class SessionLine(NamedTuple):
    """A session, for a person to read: never its token."""

    id: int
    agent: str
    capabilities: str
    host: str
    workspace: str
    branch: str
    parent_id: int
    created_ms: int
    seen_ms: int
    ended_ms: int


SESSIONS = query(
    "SELECT id, agent, capabilities, host, workspace, branch, parent_id, created_ms, seen_ms, "
    "ended_ms FROM session WHERE board_id = :board_id ORDER BY id DESC LIMIT :count",
    SessionLine,
)


class NoticeLine(NamedTuple):
    """A notice, for a person to read."""

    id: int
    target: str
    kind: str
    task: str
    topic: str
    by: str
    body: str
    at_ms: int


NOTICES = query(
    "SELECT id, target, kind, task, topic, by, body, at_ms FROM notice "
    "WHERE board_id = :board_id ORDER BY id DESC LIMIT :count",
    NoticeLine,
)
