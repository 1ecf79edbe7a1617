"""Statements about sessions, the tasks they avoid, and their notices."""

from __future__ import annotations

from headwater.store.queries.build import columns, insert_id, plain, query, update_all
from headwater.store.rows import NoticeRow, SessionRow

_SESSION = columns(SessionRow)

INSERT = insert_id("session", SessionRow)
BY_TOKEN = query(f"SELECT {_SESSION} FROM session WHERE token = :token", SessionRow)
SAVE = update_all("session", SessionRow, key="id", skip=("board_id", "token", "created_ms"))
BY_ID = query(f"SELECT {_SESSION} FROM session WHERE id = :id", SessionRow)
SEEN_MS = plain("SELECT seen_ms FROM session WHERE id = :id")
SEEN = plain("UPDATE session SET seen_ms = :seen_ms WHERE id = :id")
GIVEN = plain("UPDATE session SET cursor = :cursor, offered = :offered WHERE id = :id")
IDLE = query(
    f"SELECT {_SESSION} FROM session WHERE board_id = :board_id AND ended_ms = 0 "
    "AND seen_ms < :before_ms AND NOT EXISTS "
    "(SELECT 1 FROM task t WHERE t.session_id = session.id AND t.session_id > 0) AND NOT EXISTS "
    "(SELECT 1 FROM task t WHERE t.lapsed_session_id = session.id AND t.lapsed_session_id > 0) "
    "ORDER BY seen_ms LIMIT :count",
    SessionRow,
)
AGENT_SEEN = plain(
    "SELECT EXISTS (SELECT 1 FROM session WHERE board_id = :board_id AND ended_ms = 0 "
    "AND seen_ms >= :since_ms AND agent = :agent)"
)
THERE = query(
    f"SELECT {_SESSION} FROM session WHERE board_id = :board_id AND ended_ms = 0 "
    "AND seen_ms >= :since_ms ORDER BY seen_ms LIMIT :count",
    SessionRow,
)
END = plain("UPDATE session SET ended_ms = :now_ms WHERE id = :id")
RESUMABLE = query(
    f"SELECT {_SESSION} FROM session WHERE board_id = :board_id AND credential = :credential "
    "AND agent = :agent AND (:workspace = '' OR workspace = :workspace) AND ended_ms = 0 "
    "AND id <> :id AND seen_ms >= :since_ms AND (EXISTS "
    "(SELECT 1 FROM task t WHERE t.session_id = session.id AND t.session_id > 0) OR EXISTS "
    "(SELECT 1 FROM task t WHERE t.lapsed_session_id = session.id AND t.lapsed_session_id > 0)) "
    "ORDER BY seen_ms DESC LIMIT :count",
    SessionRow,
)
EARLIER = query(
    f"SELECT {_SESSION} FROM session WHERE board_id = :board_id AND credential = :credential "
    "AND agent = :agent AND id <> :id AND seen_ms >= :since_ms "
    "ORDER BY id DESC LIMIT :count",
    SessionRow,
)
LABEL = plain("SELECT agent, id FROM session WHERE id = :id")

AVOID = plain(
    "INSERT INTO avoid (session_id, task_id, until_ms) VALUES (:session_id, :task_id, :until_ms) "
    "ON CONFLICT (session_id, task_id) DO UPDATE SET until_ms = excluded.until_ms"
)
AVOIDED = plain("SELECT task_id FROM avoid WHERE session_id = :session_id AND until_ms > :now_ms")

AVOID_NO_MORE = plain("DELETE FROM avoid WHERE session_id = :session_id AND until_ms <= :now_ms")

NOTIFY = plain(
    "INSERT INTO notice (board_id, target, kind, task, topic, by, body, data, revision, at_ms) "
    "VALUES (:board_id, :target, :kind, :task, :topic, :by, :body, :data, :revision, :at_ms) "
    "RETURNING id"
)
NEWEST_NOTICE = plain(
    "SELECT id, revision FROM notice WHERE board_id = :board_id ORDER BY id DESC LIMIT 1"
)
PRUNE_NOTICES = plain(
    "DELETE FROM notice WHERE at_ms < :before_ms AND id IN "
    "(SELECT id FROM notice WHERE board_id = :board_id ORDER BY id LIMIT :count)"
)
"""The oldest few of a board, as far as they are that old."""
RESUMED_SINCE = plain(
    "SELECT EXISTS (SELECT 1 FROM event WHERE board_id = :board_id AND revision > :revision "
    "AND kind = 'resumed_elsewhere')"
)
UNREAD = query(
    f"SELECT {columns(NoticeRow)} FROM notice WHERE board_id = :board_id AND target = :target "
    "AND id > :cursor ORDER BY id LIMIT :count",
    NoticeRow,
)
UNREAD_ABOUT = plain(
    "SELECT data FROM notice WHERE board_id = :board_id AND target = :target AND id > :cursor "
    "AND kind = :kind AND task = :task ORDER BY id"
)
TOLD_PLANNERS = plain(
    "SELECT by FROM notice WHERE board_id = :board_id AND target = 'planners' "
    "AND kind = 'message' AND at_ms > :since_ms ORDER BY id DESC LIMIT 1"
)
AVOID_UNTIL = plain("UPDATE session SET avoid_until_ms = :until_ms WHERE id = :id")
