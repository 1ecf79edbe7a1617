"""Statements: what they compile to, and how they bind."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from sqlalchemy import bindparam, select, text, update

from headwater.store import tables
from headwater.store.sql import Sql, insert, insert_id, members
from headwater.store.store import Store
from postgres_server import on_sqlite

BOARD = tables.Board.__table__


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return request.param


class Named(NamedTuple):
    id: int
    name: str


ALL = Sql(select(BOARD.c.id, BOARD.c.name).order_by(BOARD.c.id), Named)
INSERT = insert_id(tables.Board)


def test_rows_have_the_type_of_the_statement(store: Store) -> None:
    store.write(lambda tx: tx.one(INSERT, name="a"))
    row = store.read(lambda tx: tx.one(ALL))
    assert row == Named(1, "a")
    assert isinstance(row, Named)


def test_a_row_type_of_another_width_is_refused() -> None:
    with pytest.raises(TypeError, match="2 fields, the statement 1 columns"):
        _ = Sql(select(BOARD.c.id), Named).sqlite


def test_insert_fills_in_the_defaults_of_the_columns(store: Store) -> None:
    (board_id,) = store.write(lambda tx: tx.one(INSERT, name="a", paused=1))
    query = Sql(text("SELECT name, paused, next_ord, policy FROM board WHERE id = :id"))
    assert store.read(lambda tx: tx.one(query, id=board_id)) == ("a", 1, 1, "{}")


def test_a_missing_parameter_without_default_is_an_error(store: Store) -> None:
    with pytest.raises(TypeError, match="no value for binding parameter 'name'"):
        store.write(lambda tx: tx.run(INSERT))


def test_a_parameter_may_occur_twice_and_a_literal_may_look_like_one(store: Store) -> None:
    store.write(lambda tx: tx.many(insert(tables.Board), [{"name": n} for n in (":name", "b")]))
    query = Sql(text("SELECT id FROM board WHERE name = ':name' OR name = :name OR :name = ''"))
    assert store.read(lambda tx: tx.all(query, name="b")) == [(1,), (2,)]


def test_many_inserts_every_row(store: Store) -> None:
    rows = [{"name": f"b{n}"} for n in range(100)]
    store.write(lambda tx: tx.many(insert(tables.Board), rows))
    assert [row.name for row in store.read(lambda tx: tx.all(ALL))] == [r["name"] for r in rows]


def test_members_matches_the_integers_of_a_json_list(store: Store) -> None:
    store.write(lambda tx: tx.many(insert(tables.Board), [{"name": n} for n in "abc"]))
    among = Sql(select(BOARD.c.name).where(BOARD.c.id.in_(members("ids"))).order_by(BOARD.c.id))
    assert store.read(lambda tx: tx.all(among, ids="[1, 3, 9]")) == [("a",), ("c",)]
    assert store.read(lambda tx: tx.all(among, ids="[]")) == []


def test_members_is_spelled_for_each_database() -> None:
    among = Sql(select(BOARD.c.name).where(BOARD.c.id.in_(members("ids"))))
    assert "json_each(:ids)" in among.sqlite.text
    assert "json_array_elements_text(CAST(:ids" in among.postgresql.text
    assert "AS BIGINT)" in among.postgresql.text
    assert "CAST($1" in among.postgresql.numbered


def test_constants_are_part_of_the_text_and_need_no_binding(store: Store) -> None:
    statement = Sql(
        select(BOARD.c.name).where(BOARD.c.name.in_(["it's", "b"]), BOARD.c.paused == 0).limit(1)
    )
    assert statement.sqlite.defaults == {}
    assert statement.postgresql.defaults == {}
    store.write(lambda tx: tx.one(INSERT, name="it's"))
    assert store.read(lambda tx: tx.all(statement)) == [("it's",)]


@on_sqlite
def test_a_partial_index_serves_a_statement_built_from_constants(store: Store) -> None:
    task = tables.Task.__table__
    ready = Sql(
        select(task.c.id)
        .where(task.c.state == "ready", task.c.due_ms == 0, task.c.blocker_id == 0)
        .where(task.c.board_id == bindparam("board_id"), task.c.lane == bindparam("lane"))
        .order_by(task.c.bucket)
        .limit(1)
    )
    plan = Sql(text("EXPLAIN QUERY PLAN " + ready.sqlite.text))
    steps = store.read(lambda tx: tx.all(plan, board_id=1, lane="[]"))
    assert any("ix_task_ready" in row[3] for row in steps)


def test_count_tells_how_many_rows_a_change_touched(store: Store) -> None:
    store.write(lambda tx: tx.many(insert(tables.Board), [{"name": n} for n in "abc"]))
    pause = Sql(update(BOARD).where(BOARD.c.id > bindparam("above")).values(paused=1))
    assert store.write(lambda tx: tx.count(pause, above=1)) == 2
    assert store.write(lambda tx: tx.count(pause, above=9)) == 0


def test_a_returning_statement_may_be_run_for_its_effect_alone(store: Store) -> None:
    store.write(lambda tx: tx.run(INSERT, name="a"))
    assert store.read(lambda tx: tx.one(ALL)) == (1, "a")
