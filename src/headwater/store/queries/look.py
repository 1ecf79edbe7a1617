"""Statements of the reading verb: pages of tasks, past images, events, recall.

Pages are keyset pages (`> :after ORDER BY ... LIMIT`), so a page costs the same wherever it
starts. Filters that no index holds are applied on the way, in the order of the index.
"""

from __future__ import annotations

from typing import NamedTuple

from headwater.store.queries.build import OPEN_END, columns, plain, query
from headwater.store.queries.overview import Link
from headwater.store.rows import AttemptRow, DeliveryRow, EventRow, SessionRow

_FOUND = "(:raw = '' OR lower({0}) LIKE :folded ESCAPE '\\' OR {0} LIKE :raw ESCAPE '\\')"


def _image_at(aspect: str, task_id: str = "t.id") -> str:
    return (
        f"(SELECT i.image FROM image i WHERE i.task_id = {task_id} AND i.aspect = '{aspect}' "
        "AND i.revision <= :at ORDER BY i.revision DESC LIMIT 1)"
    )


class Listed(NamedTuple):
    """A line of the list."""

    id: int
    key: str
    state: str
    version: int
    title: str
    priority: int
    review: int
    capabilities: str
    gate: str
    needs: int
    pending: int
    candidates: int
    session_id: int
    lease_until_ms: int
    due_ms: int
    grouping: str
    parent: str | None
    superseded_by: str | None


LIST = query(
    "SELECT t.id, t.key, t.state, t.version, t.title, t.priority, t.review, t.capabilities, "
    "t.gate, (SELECT count(*) FROM edge e WHERE e.task_id = t.id AND e.kind = 'hard'), t.pending, "
    "(SELECT count(*) FROM edge e WHERE e.task_id = t.id AND e.kind = 'candidate'), "
    "t.session_id, t.lease_until_ms, t.due_ms, t.grouping, p.key, s.key "
    "FROM task t LEFT JOIN task p ON p.id = t.parent_id "
    "LEFT JOIN task s ON s.id = t.superseded_by_id "
    "WHERE t.board_id = :board_id AND t.key > :after AND (:state = '' OR t.state = :state) "
    f"AND ({_FOUND.format('t.key')} OR {_FOUND.format('t.title')}) "
    "ORDER BY t.key LIMIT :count",
    Listed,
)


class Past(NamedTuple):
    """A task's images as they were; `spec` is None before it was added."""

    id: int
    key: str
    spec: str | None
    state: str | None
    edges: str | None


PAST_LIST = query(
    f"SELECT t.id, t.key, {_image_at('spec')}, {_image_at('state')}, {_image_at('edges')} "
    "FROM task t WHERE t.board_id = :board_id AND t.key > :after ORDER BY t.key LIMIT :count",
    Past,
)
PAST_TASK = plain(
    f"SELECT {_image_at('spec')}, {_image_at('state')}, {_image_at('talk')}, "
    f"{_image_at('edges')} FROM task t WHERE t.id = :id"
)
PAST_STATES = plain(
    f"SELECT t.id, t.key, {_image_at('state')} FROM task t WHERE t.id IN (members(:ids))"
)
PAST_STATES_BY_ID, PAST_EDGES_BY_ID = (
    plain(
        f"SELECT t.id, {_image_at(aspect)} FROM task t WHERE +t.board_id = :board_id "
        "AND t.id > :after ORDER BY t.id LIMIT :count"
    )
    for aspect in ("state", "edges")
)
EVER_NEEDED_BY = plain(
    f"SELECT o.task_id, {_image_at('edges', 'o.task_id')} FROM (SELECT DISTINCT i.task_id "
    "FROM image i WHERE i.board_id = :board_id AND i.aspect = 'edges' "
    "AND i.revision <= :at AND i.image LIKE :needle) o ORDER BY o.task_id"
)
"""The needle has the number of a task, which no other board uses: its board is for the index."""
CHANGED = plain(
    "SELECT DISTINCT t.key, t.id FROM image i JOIN task t ON t.id = i.task_id "
    "WHERE i.board_id = :board_id AND i.revision > :since AND i.revision <= :at "
    "AND t.key > :after ORDER BY t.key LIMIT :count"
)
ANY_IMAGE = plain(
    "SELECT revision FROM image WHERE board_id = :board_id AND revision > :since "
    "AND aspect <> 'talk' LIMIT 1"
)
"""Whether any task changed, but for what was said about it."""
SETTINGS = plain(
    "SELECT data FROM event WHERE board_id = :board_id AND revision > :since AND revision <= :at "
    "AND kind IN ('policy', 'paused', 'resumed', 'budget') ORDER BY revision"
)


class Delivered(NamedTuple):
    """A task with a delivery that is accepted or waits for that."""

    id: int
    key: str
    state: str
    gate: str
    pending: int
    delivery_id: int
    superseded_by_id: int
    was: str | None
    """Its state's image at a revision, if that is asked for."""


_DELIVERED = "t.id, t.key, t.state, t.gate, t.pending, t.delivery_id, t.superseded_by_id"
_IS_DELIVERED = (
    "t.delivery_id > 0 AND (t.state = 'done' OR t.state = 'review') "
    "AND (:state = '' OR t.state = :state) AND t.ord > :after ORDER BY t.ord LIMIT :count"
)
"""In the order of the topological labels: upstreams come before downstreams."""
DELIVERED = query(
    f"SELECT {_DELIVERED}, NULL FROM task t WHERE t.board_id = :board_id AND {_IS_DELIVERED}",
    Delivered,
)
DELIVERED_SINCE = query(
    f"SELECT {_DELIVERED}, {_image_at('state')} FROM (SELECT DISTINCT i.task_id FROM image i "
    "WHERE i.board_id = :board_id AND i.revision > :at AND i.aspect = 'state') c "
    f"JOIN task t ON t.id = c.task_id WHERE {_IS_DELIVERED}",
    Delivered,
)

MERGED = plain(
    "SELECT e.reason FROM image i JOIN event e ON e.board_id = i.board_id "
    "AND e.revision = i.revision WHERE i.task_id = :task_id AND i.aspect = 'state' "
    "AND i.revision > :since AND i.revision <= :at AND e.kind = 'merged' "
    "ORDER BY i.revision DESC LIMIT 1"
)
"""What was said of the merge of a delivery that was recorded at a revision."""

_EVENT = columns(EventRow, "e")
_OF_TASK = (
    "(:task_id = 0 OR e.task = :key OR e.revision IN "
    "(SELECT i.revision FROM image i WHERE i.task_id = :task_id))"
)
EVENTS_AFTER = query(
    f"SELECT {_EVENT} FROM event e WHERE e.board_id = :board_id AND e.revision > :after "
    f"AND e.revision <= :at AND {_OF_TASK} ORDER BY e.revision LIMIT :count",
    EventRow,
)
EVENTS_BEFORE = query(
    f"SELECT {_EVENT} FROM event e WHERE e.board_id = :board_id AND e.revision < :before "
    f"AND {_OF_TASK} ORDER BY e.revision DESC LIMIT :count",
    EventRow,
)

# The critical path.
LONGEST = plain(
    "SELECT t.id, t.key, t.state, t.estimate_ms FROM task t WHERE t.board_id = :board_id "
    "AND t.state NOT IN ('done', 'cancelled') ORDER BY t.neg_rank, t.id LIMIT 1"
)
LONGEST_NEXT = plain(
    "SELECT t.id, t.key, t.state, t.estimate_ms FROM edge e JOIN task t ON t.id = e.task_id "
    "WHERE e.upstream_id = :id AND e.kind IN ('hard', 'part') "
    "AND t.state NOT IN ('done', 'cancelled') ORDER BY t.neg_rank, t.id LIMIT 1"
)

# Why nothing moves.
_WAITING_ON = (
    "(SELECT count(*) FROM edge e JOIN task c ON c.id = e.task_id WHERE e.upstream_id = t.id "
    "AND e.kind = 'hard' AND c.state IN ('waiting', 'review', 'held', 'failed', 'split'))"
)
NEEDS_SOMEBODY = plain(
    f"SELECT t.id, t.round, t.key, t.state, x.question, {_WAITING_ON} "
    "FROM task t LEFT JOIN task_text x ON x.task_id = t.id "
    "WHERE t.board_id = :board_id AND t.state IN ('held', 'failed') "
    f"AND {OPEN_END} ORDER BY t.id LIMIT :count"
)
REASONS = query(
    f"SELECT {columns(AttemptRow)} FROM attempt WHERE task_id = :task_id AND round = :round "
    "AND ended_ms > 0 AND outcome <> 'undone' ORDER BY id DESC LIMIT :count",
    AttemptRow,
)
ON_CANCELLED = plain(
    "SELECT t.key, u.key FROM edge e JOIN task u ON u.id = e.upstream_id "
    "JOIN task t ON t.id = e.task_id WHERE u.board_id = :board_id AND u.state = 'cancelled' "
    "AND e.kind = 'hard' AND t.state IN ('waiting', 'held', 'failed', 'split', 'review') "
    "ORDER BY t.id, u.id LIMIT :count"
)
READY_LANES = plain(
    "SELECT t.lane, count(*), min(t.key) FROM task t WHERE t.state = 'ready' AND t.due_ms = 0 "
    "AND t.blocker_id = 0 AND t.board_id = :board_id GROUP BY t.lane ORDER BY t.lane"
)
KEPT_FOR_ABSENT = plain(
    "SELECT t.key, t.handoff, t.ready_ms FROM task t WHERE t.board_id = :board_id "
    "AND t.handoff <> '' AND t.handoff <> '*' AND t.state = 'ready' AND t.due_ms = 0 "
    "AND t.blocker_id = 0 AND t.ready_ms > :before_ms AND NOT EXISTS "
    "(SELECT 1 FROM session s WHERE s.board_id = t.board_id AND s.ended_ms = 0 "
    "AND s.seen_ms >= :since_ms AND s.agent = t.handoff) ORDER BY t.id LIMIT :count"
)
"""Handed to an agent that was not seen lately, and to nobody else before its time is up."""
UNREVIEWED = plain(
    f"SELECT t.key, {_WAITING_ON}, t.gate FROM task t WHERE t.board_id = :board_id "
    f"AND t.state = 'review' AND {OPEN_END} AND t.session_id = 0 "
    "AND (t.gate = 'review' OR (t.gate = 'merge' AND t.pending = 0)) ORDER BY t.id LIMIT :count"
)
"""Deliveries that somebody is to judge, or to merge."""
QUIET = plain(
    f"SELECT t.key, t.session_id, s.seen_ms, {_WAITING_ON}, t.estimate_ms FROM task t "
    "JOIN session s ON s.id = t.session_id WHERE t.board_id = :board_id AND t.state = 'active' "
    f"AND {OPEN_END} AND t.lease_until_ms > :now_ms AND s.seen_ms < :before_ms "
    "ORDER BY s.seen_ms, t.id LIMIT :count"
)
"""What is held by a session that has made no call since then."""
SLOW = plain(
    f"SELECT t.key, t.session_id, a.started_ms, t.estimate_ms, {_WAITING_ON} FROM task t "
    "JOIN attempt a ON a.id = t.attempt_id WHERE t.board_id = :board_id AND t.state = 'active' "
    f"AND {OPEN_END} AND t.lease_until_ms > :now_ms AND t.estimate_ms > 0 "
    "AND a.started_ms + :times * t.estimate_ms < :now_ms ORDER BY a.started_ms, t.id LIMIT :count"
)
"""What is worked on for so many times its estimate."""

# Who is there.
PRESENT = query(
    f"SELECT {columns(SessionRow)} FROM session WHERE board_id = :board_id AND ended_ms = 0 "
    "AND id > :after AND (seen_ms >= :since_ms OR id IN "
    "(SELECT t.session_id FROM task t WHERE t.session_id > 0 AND t.board_id = :board_id)) "
    "ORDER BY id LIMIT :count",
    SessionRow,
)
HOLDINGS = plain(
    "SELECT t.session_id, t.key, t.state, t.lease_until_ms, t.progress, "
    "(SELECT x.paths FROM task_text x WHERE x.task_id = t.id AND t.has_paths = 1 "
    "AND t.state = 'active'), t.estimate_ms, a.started_ms FROM task t "
    "JOIN attempt a ON a.id = t.attempt_id "
    "WHERE t.session_id > 0 AND t.board_id = :board_id ORDER BY t.session_id, t.id"
)
"""A session holds tasks of its own board only. Here, as in the lists of sessions, the board of the
tasks keeps other leases from being read; the answer would be the same without it."""
LIVE_CAPABILITIES = plain(
    "SELECT DISTINCT capabilities FROM session WHERE board_id = :board_id AND ended_ms = 0 "
    "AND (seen_ms >= :since_ms OR id IN "
    "(SELECT t.session_id FROM task t WHERE t.session_id > 0 AND t.board_id = :board_id))"
)


DELIVERIES_OF = query(
    f"SELECT {columns(DeliveryRow)} FROM delivery WHERE task_id = :task_id "
    "AND revision <= :revision ORDER BY id DESC LIMIT :count",
    DeliveryRow,
)
ATTEMPTS_OF = query(
    f"SELECT {columns(AttemptRow)} FROM attempt WHERE task_id = :task_id "
    "ORDER BY id DESC LIMIT :count",
    AttemptRow,
)
SALVAGE_COUNT = plain(
    "SELECT count(*) FROM delivery WHERE task_id = :task_id AND salvage = 1 AND revision <= :at"
)


class Node(NamedTuple):
    """A task in a picture."""

    id: int
    key: str
    title: str
    state: str


PICTURED = query(
    "SELECT id, key, title, state FROM task WHERE board_id = :board_id "
    "AND (:all = 1 OR state NOT IN ('done', 'cancelled')) ORDER BY id LIMIT :count",
    Node,
)
PICTURED_BY_IDS = query(
    "SELECT id, key, title, state FROM task WHERE id IN (members(:ids)) ORDER BY id", Node
)
EDGES_OF = query(
    "SELECT task_id, upstream_id, kind FROM edge WHERE task_id IN (members(:ids)) "
    "ORDER BY task_id, upstream_id",
    Link,
)
EDGES_INTO = query(
    "SELECT task_id, upstream_id, kind FROM edge WHERE upstream_id IN (members(:ids)) "
    "ORDER BY upstream_id, task_id",
    Link,
)
