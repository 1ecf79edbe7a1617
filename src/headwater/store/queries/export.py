"""Statements that read a whole board as a plan."""

from __future__ import annotations

from typing import NamedTuple

from headwater.store.queries.build import plain, query
from headwater.store.rows import EdgeRow


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


TOUCHED = plain(
    "SELECT t.key FROM image i JOIN task t ON t.id = i.task_id "
    "WHERE i.board_id = :board_id AND i.revision > :after "
    "UNION SELECT task FROM event WHERE board_id = :board_id AND revision > :after"
)
"""Keys of tasks that have new images, or events that leave none (a late delivery)."""


class Authored(NamedTuple):
    """What a task said of itself at a revision, and the event that made it so; the kind is empty
    where that was archived."""

    key: str
    aspect: str
    image: str
    kind: str
    reason: str


AUTHORS = query(
    "SELECT t.key, i.aspect, i.image, coalesce(e.kind, ''), coalesce(e.reason, '') FROM task t "
    "JOIN image i ON i.task_id = t.id "
    "LEFT JOIN event e ON e.board_id = i.board_id AND e.revision = i.revision "
    "WHERE t.board_id = :board_id AND t.key IN (names(:keys)) AND i.aspect IN ('spec', 'edges') "
    "ORDER BY t.id, i.revision",
    Authored,
)
"""Of the tasks of a list of keys, all that their plans said, oldest first."""

BROUGHT_WITH = plain(
    "SELECT t.key FROM task t WHERE t.state NOT IN ('done', 'cancelled') AND t.id IN "
    "(SELECT i.task_id FROM image i JOIN event e "
    "ON e.board_id = i.board_id AND e.revision = i.revision AND e.kind = 'imported' "
    "WHERE i.board_id = :board_id AND i.revision IN "
    "(SELECT s.revision FROM image s JOIN task b ON b.id = s.task_id "
    "WHERE b.board_id = :board_id AND b.key IN (names(:keys)) AND s.aspect = 'spec')) "
    "ORDER BY t.id"
)
"""Open tasks that came with the same imports as those of a list of keys, oldest first."""


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


SESSION_COUNT = plain("SELECT count(*) FROM session WHERE board_id = :board_id")


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
