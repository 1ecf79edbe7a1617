"""Statements about boards, the idempotency records and the store's own facts."""

from __future__ import annotations

from headwater.store import tables
from headwater.store.queries.build import columns, plain, query, table_of, update_all
from headwater.store.rows import BoardRow
from headwater.store.sql import insert, insert_id

INSERT = insert_id(table_of(tables.Board))
BY_NAME = query(f"SELECT {columns(BoardRow)} FROM board WHERE name = :name", BoardRow)
BY_ID = query(f"SELECT {columns(BoardRow)} FROM board WHERE id = :id", BoardRow)
ALL = query(f"SELECT {columns(BoardRow)} FROM board ORDER BY id", BoardRow)
REVISION = plain("SELECT revision FROM board WHERE id = :id")
SAVE = update_all("board", BoardRow, key="id", skip=("name", "created_ms"))

REPLY = plain(
    "SELECT arguments, reply FROM idempotency WHERE scope = :scope AND request = :request"
)
REMEMBER = insert(table_of(tables.Idempotency))
FORGET = plain("DELETE FROM idempotency WHERE at_ms < :before")
