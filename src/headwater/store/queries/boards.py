"""Statements about boards, the idempotency records and the store's own facts."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from headwater.store import tables
from headwater.store.queries.build import columns, plain, query, table_of, update_all
from headwater.store.rows import BoardRow, column_names
from headwater.store.sql import Sql, insert

INSERT = plain(
    "INSERT INTO board (name, created_ms) VALUES (:name, :created_ms) ON CONFLICT (name) DO NOTHING"
)
BY_NAME = query(f"SELECT {columns(BoardRow)} FROM board WHERE name = :name", BoardRow)
BY_ID = query(f"SELECT {columns(BoardRow)} FROM board WHERE id = :id", BoardRow)
_board = table_of(tables.Board)
TAKE = Sql(
    select(*[_board.c[name] for name in column_names(BoardRow)])
    .where(_board.c.id == bindparam("id"))
    .with_for_update(key_share=True),
    BoardRow,
)
"""`BY_ID` for a mutation: on PostgreSQL it waits for whoever else changes this board."""
TAKE_ALL = Sql(select(_board.c.id).order_by(_board.c.id).with_for_update(key_share=True))
ALL = query(f"SELECT {columns(BoardRow)} FROM board ORDER BY id", BoardRow)
REVISION = plain("SELECT revision FROM board WHERE id = :id")
SAVE = update_all("board", BoardRow, key="id", skip=("name", "created_ms"))

REPLY = plain(
    "SELECT arguments, reply FROM idempotency WHERE scope = :scope AND request = :request"
)
REMEMBER = insert(table_of(tables.Idempotency))
FORGET = plain("DELETE FROM idempotency WHERE at_ms < :before")
