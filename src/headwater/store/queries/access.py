"""Statements about access tokens."""

from __future__ import annotations

from headwater.store.queries.build import columns, plain, query
from headwater.store.rows import AccessRow

_ACCESS = columns(AccessRow)

INSERT = plain(
    "INSERT INTO access_token (name, handle, digest, rights, boards, created_ms, expires_ms) "
    "VALUES (:name, :handle, :digest, :rights, :boards, :created_ms, :expires_ms)"
)
BY_NAME = query(f"SELECT {_ACCESS} FROM access_token WHERE name = :name", AccessRow)
BY_HANDLE = query(f"SELECT {_ACCESS} FROM access_token WHERE handle = :handle", AccessRow)
ALL = query(f"SELECT {_ACCESS} FROM access_token ORDER BY id", AccessRow)
REVOKE = plain("UPDATE access_token SET revoked_ms = :now_ms WHERE name = :name AND revoked_ms = 0")
HELD = plain(
    "SELECT b.name, t.key FROM board b "
    "JOIN session s ON s.board_id = b.id AND s.credential = :credential "
    "JOIN task t ON t.session_id = s.id AND t.session_id > 0"
)
