"""Statements that read a whole board as a plan."""

from __future__ import annotations

from typing import NamedTuple

from headwater.store.queries.build import query


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


class PlanEdge(NamedTuple):
    """`task_id` needs `upstream_id`."""

    task_id: int
    upstream_id: int
    kind: str
    expect: str
    promise: str
    keys: str


TASKS = query(
    "SELECT t.id, t.key, t.title, t.state, t.capabilities, t.priority, t.estimate_ms, t.review, "
    "t.attempts, t.grouping, t.supersedes_id, t.superseded_by_id, x.spec, x.acceptance, x.paths, "
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
    PlanEdge,
)
