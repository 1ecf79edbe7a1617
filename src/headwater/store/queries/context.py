"""Statements that collect what a briefing shows."""

from __future__ import annotations

from typing import NamedTuple

from headwater.store.queries.build import plain, query


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
    remarks_id: int | None
    """The review in which it was approved with remarks."""


_REMARKS = (
    "CASE WHEN t.review = 1 AND t.state = 'done' THEN (SELECT max(a.id) FROM attempt a "
    "WHERE a.task_id = t.id AND a.round = t.round AND a.outcome = 'approved' AND a.notes <> '') END"
)
_UPSTREAMS = (
    "SELECT e.task_id, e.upstream_id, e.kind, e.expect, e.promise, e.keys, "
    "t.key, t.title, t.state, t.round, t.superseded_by_id, t.delivery_id, "
    "d.summary, d.critical, d.artifacts, d.delivered, d.digests, "
    f"s.agent, d.session_id, d.reused_from_id, {_REMARKS} "
    "FROM {} JOIN task t ON t.id = e.upstream_id "
    "LEFT JOIN delivery d ON d.id = t.delivery_id LEFT JOIN session s ON s.id = d.session_id "
    "WHERE {} ORDER BY e.upstream_id, e.task_id"
)
UPSTREAMS = query(
    _UPSTREAMS.format("(members(:ids)) level CROSS JOIN edge e", "e.task_id = level.value"),
    UpstreamRow,
)
"""The upstreams of a level of the graph, with their contracts and deliveries."""
UPSTREAMS_OF = query(_UPSTREAMS.format("edge e", "e.task_id = :task_id"), UpstreamRow)
"""The same of one task, which costs half."""


REMARKS = plain(
    "SELECT a.id, coalesce(s.agent || '/' || s.id, ''), a.notes FROM (members(:ids)) found "
    "CROSS JOIN attempt a LEFT JOIN session s ON s.id = a.session_id WHERE a.id = found.value "
    "ORDER BY a.id"
)
"""What reviewers remarked, by their attempts."""
SUMMARIES = plain(
    "SELECT d.task_id, d.round, d.summary FROM (members(:ids)) found CROSS JOIN delivery d "
    "WHERE d.task_id = found.value AND d.salvage = 0 ORDER BY d.task_id, d.id"
)
"""What tasks delivered in all rounds, oldest first."""


class OwedRow(NamedTuple):
    """A consumer with its contract."""

    id: int
    key: str
    parent_id: int
    state: str
    kind: str
    expect: str
    promise: str
    keys: str


OWED = query(
    "SELECT t.id, t.key, t.parent_id, t.state, e.kind, e.expect, e.promise, e.keys FROM edge e "
    "JOIN task t ON t.id = e.task_id WHERE e.upstream_id = :upstream_id "
    "AND (e.promise <> '' OR e.keys <> '[]' OR e.expect <> '') AND e.kind IN ('hard', 'answers') "
    "AND t.state <> 'cancelled' ORDER BY e.task_id",
    OwedRow,
)
"""Contracts with something to answer: a promise, keys that the consumer relies on, or what it
expects."""
PROMISED_TO_PARTS = plain(
    "SELECT e.promise FROM edge e JOIN task t ON t.id = e.task_id "
    "WHERE e.upstream_id = :upstream_id AND e.kind IN ('hard', 'answers') "
    "AND t.parent_id = :parent_id AND t.state <> 'cancelled'"
)
"""What an upstream promised to each part of a container that reads it."""
OTHERS_ANSWER = plain(
    "SELECT 1 FROM edge e JOIN task t ON t.id = e.upstream_id "
    "WHERE e.task_id = :consumer_id AND e.kind = 'answers' AND t.parent_id = :parent_id "
    "AND t.id <> :task_id AND t.state <> 'cancelled' LIMIT 1"
)
"""Does another part of a container answer the same consumer?"""
CONSUMERS = plain(
    "SELECT t.key, t.state FROM edge e JOIN task t ON t.id = e.task_id "
    "WHERE e.upstream_id = :upstream_id AND e.kind <> 'part' ORDER BY e.task_id"
)
