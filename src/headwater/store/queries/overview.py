"""Statements behind the command line's pictures of a whole board."""

from __future__ import annotations

from typing import NamedTuple

from headwater.store.queries.build import query

_HOLDER = "(SELECT s.agent || '/' || s.id FROM session s WHERE s.id = t.session_id)"


class Node(NamedTuple):
    """A task in a picture. Without a holder `since_ms` is 0."""

    id: int
    key: str
    title: str
    state: str
    round: int
    estimate_ms: int
    holder: str | None
    since_ms: int
    lease_until_ms: int
    review: int = 0
    """1 if it is accepted only after a review."""
    approved: int = 0
    """1 if a reviewer approved what is accepted."""
    renewed: int = 0
    """1 if the window of its holder renews its lease in the background."""


class Link(NamedTuple):
    """`task_id` needs `upstream_id`."""

    task_id: int
    upstream_id: int
    kind: str


_APPROVED = (
    "CASE WHEN t.review = 1 AND t.state = 'done' AND EXISTS (SELECT 1 FROM attempt a "
    "WHERE a.task_id = t.id AND a.round = t.round AND a.outcome = 'approved') THEN 1 ELSE 0 END"
)
_NODE = (
    f"SELECT t.id, t.key, t.title, t.state, t.round, t.estimate_ms, {_HOLDER}, "
    "coalesce((SELECT a.started_ms FROM attempt a WHERE a.id = t.attempt_id "
    f"AND t.session_id > 0), 0), t.lease_until_ms, t.review, {_APPROVED}, "
    "coalesce((SELECT s.renewed FROM session s WHERE s.id = t.session_id), 0) FROM task t "
)
NODES = query(f"{_NODE} WHERE t.board_id = :board_id ORDER BY t.id LIMIT :count", Node)
NODES_BY_IDS = query(f"{_NODE} WHERE t.id IN (members(:ids)) ORDER BY t.id", Node)
HELD = query(
    f"{_NODE} WHERE t.board_id = :board_id AND t.session_id > 0 ORDER BY t.id LIMIT :count", Node
)
UPCOMING = query(
    f"{_NODE} WHERE t.board_id = :board_id AND t.state = 'ready' AND t.due_ms = 0 "
    "AND t.blocker_id = 0 ORDER BY t.bucket, t.neg_rank, t.soft_pending, t.id LIMIT :count",
    Node,
)
LINKS = query(
    "SELECT e.task_id, e.upstream_id, e.kind FROM edge e JOIN task t ON t.id = e.task_id "
    "WHERE t.board_id = :board_id ORDER BY e.task_id, e.upstream_id",
    Link,
)
