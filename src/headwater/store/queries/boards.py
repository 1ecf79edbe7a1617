"""Statements about boards, the idempotency records and the store's own facts."""

from __future__ import annotations

from headwater.store.dialect import to_change
from headwater.store.queries.build import columns, plain, query, update_all
from headwater.store.rows import BoardRow
from headwater.store.sql import Sql

INSERT = plain(
    "INSERT INTO board (name, created_ms) VALUES (:name, :created_ms) ON CONFLICT (name) DO NOTHING"
)
BY_NAME = query(f"SELECT {columns(BoardRow)} FROM board WHERE name = :name", BoardRow)
_BY_ID = f"SELECT {columns(BoardRow)} FROM board WHERE id = :id"
BY_ID = query(_BY_ID, BoardRow)
TAKE = Sql(to_change(_BY_ID), BoardRow)
"""`BY_ID` for a mutation: on PostgreSQL it waits for whoever else changes this board."""
TAKE_ALL = Sql(to_change("SELECT id FROM board ORDER BY id"))
ALL = query(f"SELECT {columns(BoardRow)} FROM board ORDER BY id", BoardRow)
REVISION = plain("SELECT revision FROM board WHERE id = :id")
SAVE = update_all("board", BoardRow, key="id", skip=("name", "created_ms"))

REPLY = plain(
    "SELECT arguments, reply FROM idempotency WHERE scope = :scope AND request = :request"
)
REMEMBER = plain(
    "INSERT INTO idempotency (scope, request, arguments, reply, at_ms) "
    "VALUES (:scope, :request, :arguments, :reply, :at_ms)"
)
FORGET = plain("DELETE FROM idempotency WHERE at_ms < :before")
