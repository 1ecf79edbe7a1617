"""Statements that recompute what the tables only keep up to date, and return what differs.

Each compares in the database and returns only the differences, so a board of any size is checked
in bounded memory. A unary plus keeps a column out of the choice of an index where a pass over the
primary key is wanted.
"""

from __future__ import annotations

from headwater.store.queries.build import columns, plain, query
from headwater.store.queries.tasks import HAS_PARTS
from headwater.store.rows import (
    AttemptRow,
    DeliveryRow,
    EdgeRow,
    EventRow,
    ImageRow,
    TaskRow,
    TextRow,
)

COUNTS = plain("SELECT state, count(*) FROM task WHERE board_id = :board_id GROUP BY state")
REVISIONS = plain(
    "SELECT count(*), coalesce(min(revision), 0), coalesce(max(revision), 0) FROM event "
    "WHERE board_id = :board_id"
)
NEWEST_IMAGE = plain(
    "SELECT coalesce(max(revision), 0) FROM image WHERE board_id = :board_id AND revision > :at"
)

UNFINISHED = (
    "(SELECT count(*) FROM edge e JOIN task u ON u.id = e.upstream_id WHERE e.task_id = t.id "
    "AND e.kind IN ({kinds}) AND u.state <> 'done')"
)

PARTS_UNFINISHED = (
    "(SELECT count(*) FROM task p WHERE p.parent_id = t.id AND p.parent_id > 0 "
    "AND p.state NOT IN ('done', 'cancelled'))"
)


def _differs(column: str, wanted: str) -> str:
    return (
        f"SELECT key, {column}, wanted FROM (SELECT t.id, t.key, t.{column}, {wanted} AS wanted "
        f"FROM task t WHERE t.board_id = :board_id) x WHERE {column} <> wanted "
        "ORDER BY id LIMIT :count"
    )


PENDING = plain(_differs("pending", UNFINISHED.format(kinds="'hard'")))
SOFT_PENDING = plain(_differs("soft_pending", UNFINISHED.format(kinds="'soft', 'candidate'")))
PARTS_OPEN = plain(_differs("parts_open", PARTS_UNFINISHED))
RANKS = plain(
    _differs(
        "neg_rank",
        "(coalesce((SELECT min(c.neg_rank) FROM edge e JOIN task c ON c.id = e.task_id "
        "WHERE e.upstream_id = t.id AND e.kind IN ('hard', 'part') "
        "AND c.state <> 'cancelled'), 0) "
        f"- CASE WHEN {HAS_PARTS} THEN 0 WHEN t.estimate_ms = 0 THEN :unset_ms "
        "ELSE t.estimate_ms END)",
    )
)
MISPLACED = plain(
    "SELECT key, state, pending FROM task WHERE board_id = :board_id "
    "AND ((state = 'ready' AND pending > 0) OR (state = 'waiting' AND pending = 0)) "
    "ORDER BY id LIMIT :count"
)
ORDERS = plain(
    "SELECT t.key, u.key, t.ord, u.ord FROM edge e JOIN task t ON t.id = e.task_id "
    "JOIN task u ON u.id = e.upstream_id WHERE t.board_id = :board_id AND u.ord >= t.ord "
    "ORDER BY t.id, u.id LIMIT :count"
)
STRAY_EDGES = plain(
    "SELECT t.key, e.upstream_id FROM edge e JOIN task t ON t.id = e.task_id "
    "LEFT JOIN task u ON u.id = e.upstream_id WHERE t.board_id = :board_id "
    "AND (u.id IS NULL OR u.board_id <> t.board_id) ORDER BY t.id, e.upstream_id LIMIT :count"
)

# Leases.
UNHELD = plain(
    "SELECT key, state, session_id FROM task WHERE board_id = :board_id AND "
    "((state = 'active' AND session_id = 0) "
    "OR (session_id > 0 AND state NOT IN ('active', 'review')) "
    "OR (session_id > 0 AND state = 'review' AND gate <> 'review') "
    "OR (session_id > 0 AND lapsed_session_id > 0)) ORDER BY id LIMIT :count"
)
HOLDERS = plain(
    "SELECT t.key FROM task t LEFT JOIN session s ON s.id = t.session_id "
    "WHERE t.board_id = :board_id AND t.session_id > 0 AND "
    "(s.id IS NULL OR s.board_id <> t.board_id OR s.ended_ms > 0) ORDER BY t.id LIMIT :count"
)
HELD_ATTEMPTS = plain(
    "SELECT t.key FROM task t LEFT JOIN attempt a ON a.id = t.attempt_id "
    "WHERE t.board_id = :board_id AND t.session_id > 0 AND (a.id IS NULL OR a.task_id <> t.id "
    "OR a.fence <> t.fence OR a.session_id <> t.session_id OR a.ended_ms > 0) "
    "ORDER BY t.id LIMIT :count"
)
OPEN_ATTEMPTS = plain(
    "SELECT key, open, held FROM (SELECT t.id, t.key, "
    "(SELECT count(*) FROM attempt a WHERE a.task_id = t.id AND a.ended_ms = 0) AS open, "
    "CASE WHEN t.session_id > 0 THEN 1 ELSE 0 END AS held "
    "FROM task t WHERE t.board_id = :board_id) x WHERE open <> held ORDER BY id LIMIT :count"
)
FENCES = plain(
    "SELECT key, fence, attempts, highest FROM (SELECT t.id, t.key, t.fence, "
    "(SELECT count(*) FROM attempt a WHERE a.task_id = t.id) AS attempts, "
    "(SELECT coalesce(max(a.fence), 0) FROM attempt a WHERE a.task_id = t.id) AS highest "
    "FROM task t WHERE t.board_id = :board_id) x WHERE fence < attempts OR fence < highest "
    "ORDER BY id LIMIT :count"
)
DOUBLE_FENCES = plain(
    "SELECT t.key, a.fence FROM attempt a JOIN task t ON t.id = a.task_id "
    "WHERE t.board_id = :board_id GROUP BY t.id, t.key, a.fence HAVING count(*) > 1 "
    "ORDER BY t.id, a.fence LIMIT :count"
)

# Paths.
HAS_PATHS = plain(
    "SELECT t.key, t.has_paths FROM task t JOIN task_text x ON x.task_id = t.id "
    "WHERE t.board_id = :board_id AND t.has_paths <> (CASE x.paths WHEN '[]' THEN 0 ELSE 1 END) "
    "ORDER BY t.id LIMIT :count"
)
CLAIMED_PATHS = plain("SELECT task_id, directory, own FROM claimed_path WHERE board_id = :board_id")
PARKED = plain(
    "SELECT t.key, t.state, x.paths, b.key, y.paths FROM task t "
    "JOIN task_text x ON x.task_id = t.id "
    "LEFT JOIN task b ON b.id = t.blocker_id AND b.board_id = t.board_id AND b.state = 'active' "
    "LEFT JOIN task_text y ON y.task_id = b.id "
    "WHERE t.board_id = :board_id AND t.blocker_id > 0 ORDER BY t.id LIMIT :count"
)

# Passes over everything, in chunks.
TASKS = query(
    f"SELECT {columns(TaskRow)} FROM task WHERE +board_id = :board_id AND id > :after "
    "ORDER BY id LIMIT :count",
    TaskRow,
)
TEXTS = query(
    f"SELECT {columns(TextRow, 'x')} FROM task_text x JOIN task t ON t.id = x.task_id "
    "WHERE x.task_id > :after AND x.task_id <= :until AND +t.board_id = :board_id",
    TextRow,
)
EDGES = query(
    f"SELECT {columns(EdgeRow, 'e')} FROM edge e JOIN task t ON t.id = e.task_id "
    "WHERE e.task_id > :after AND e.task_id <= :until AND +t.board_id = :board_id "
    "ORDER BY e.task_id, e.upstream_id",
    EdgeRow,
)
READINGS = plain(
    "SELECT t.key, s.key, r.task_id, r.source_id, r.digests, coalesce(d.digests, '{}') "
    "FROM reading r JOIN task t ON t.id = r.task_id JOIN task s ON s.id = r.source_id "
    "LEFT JOIN delivery d ON d.id = r.delivery_id WHERE +t.board_id = :board_id "
    "AND (r.task_id, r.source_id) > (:task_id, :source_id) "
    "ORDER BY r.task_id, r.source_id LIMIT :count"
)
SET_READING = plain(
    "UPDATE reading SET digests = :digests WHERE task_id = :task_id AND source_id = :source_id"
)
NEWEST_IMAGES = query(
    f"SELECT {columns(ImageRow, 'i')} FROM image i WHERE i.task_id > :after "
    "AND i.task_id <= :until AND +i.board_id = :board_id AND i.revision = "
    "(SELECT max(n.revision) FROM image n WHERE n.task_id = i.task_id AND n.aspect = i.aspect)",
    ImageRow,
)
EVENTS = query(
    f"SELECT {columns(EventRow)} FROM event WHERE board_id = :board_id AND revision > :after "
    "ORDER BY revision LIMIT :count",
    EventRow,
)
ATTEMPTS = query(
    f"SELECT {columns(AttemptRow, 'a')} FROM attempt a JOIN task t ON t.id = a.task_id "
    "WHERE +t.board_id = :board_id AND a.id > :after ORDER BY a.id LIMIT :count",
    AttemptRow,
)
DELIVERIES = query(
    f"SELECT {columns(DeliveryRow, 'd')} FROM delivery d JOIN task t ON t.id = d.task_id "
    "WHERE +t.board_id = :board_id AND d.id > :after ORDER BY d.id LIMIT :count",
    DeliveryRow,
)
