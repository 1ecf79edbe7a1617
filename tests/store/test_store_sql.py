"""Statements: how each database is asked, and how they bind."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pytest

from headwater.store.dialect import Either
from headwater.store.queries import boards
from headwater.store.queries.build import insert, insert_id, plain
from headwater.store.rows import BoardRow
from headwater.store.sql import Sql
from headwater.store.store import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return request.param


class Named(NamedTuple):
    id: int
    name: str


ALL = Sql("SELECT id, name FROM board ORDER BY id", Named)
ADD = insert("board", ["name"])
INSERT = Sql("INSERT INTO board (name) VALUES (:name) RETURNING id")


def test_rows_have_the_type_of_the_statement(store: Store) -> None:
    store.write(lambda tx: tx.one(INSERT, name="a"))
    row = store.read(lambda tx: tx.one(ALL))
    assert row == Named(1, "a")
    assert isinstance(row, Named)


def test_a_missing_parameter_is_an_error(store: Store) -> None:
    with pytest.raises(TypeError, match="no value for binding parameter 'name'"):
        store.write(lambda tx: tx.run(ADD))


def test_a_parameter_may_occur_twice_and_a_literal_may_look_like_one(store: Store) -> None:
    store.write(lambda tx: tx.many(ADD, [{"name": n} for n in (":name", "b")]))
    query = Sql("SELECT id FROM board WHERE name = ':name' OR name = :name OR :name = ''")
    assert store.read(lambda tx: tx.all(query, name="b")) == [(1,), (2,)]


def test_many_inserts_every_row(store: Store) -> None:
    rows = [{"name": f"b{n}"} for n in range(100)]
    store.write(lambda tx: tx.many(ADD, rows))
    assert [row.name for row in store.read(lambda tx: tx.all(ALL))] == [r["name"] for r in rows]


def test_members_matches_the_integers_of_a_json_list(store: Store) -> None:
    store.write(lambda tx: tx.many(ADD, [{"name": n} for n in "abc"]))
    among = plain("SELECT name FROM board WHERE id IN (members(:ids)) ORDER BY id")
    assert store.read(lambda tx: tx.all(among, ids="[1, 3, 9]")) == [("a",), ("c",)]
    assert store.read(lambda tx: tx.all(among, ids="[]")) == []


def test_names_matches_the_texts_of_a_json_list(store: Store) -> None:
    store.write(lambda tx: tx.many(ADD, [{"name": n} for n in ("a", "it's", "1")]))
    among = plain("SELECT name FROM board WHERE name IN (names(:names)) ORDER BY id")
    assert store.read(lambda tx: tx.all(among, names='["it\'s", "1", "x"]')) == [("it's",), ("1",)]


def test_each_database_is_asked_in_its_own_words() -> None:
    among = Sql("SELECT name FROM board WHERE id IN (members(:ids))")
    assert "json_each(?1)" in among.sqlite.numbered
    assert "json_array_elements_text(CAST($1 AS JSON))" in among.postgresql.numbered
    either = Sql(Either(sqlite="SELECT 1", postgresql="SELECT 2"))
    assert (either.sqlite.text, either.postgresql.text) == ("SELECT 1", "SELECT 2")


def test_a_bound_limit_is_an_expression() -> None:
    page = Sql("SELECT id FROM task ORDER BY id LIMIT :count OFFSET :skip")
    assert page.sqlite.numbered.endswith("LIMIT (?1 + 0) OFFSET (?2 + 0)")


def test_count_tells_how_many_rows_a_change_touched(store: Store) -> None:
    store.write(lambda tx: tx.many(ADD, [{"name": n} for n in "abc"]))
    pause = Sql("UPDATE board SET paused = 1 WHERE id > :above")
    assert store.write(lambda tx: tx.count(pause, above=1)) == 2
    assert store.write(lambda tx: tx.count(pause, above=9)) == 0


def test_a_number_is_0_where_nothing_is_found_and_1_where_something_holds(store: Store) -> None:
    store.write(lambda tx: tx.many(ADD, [{"name": n} for n in "ab"]))

    def number(statement: str) -> int:
        return store.read(lambda tx: tx.number(plain(statement)))

    assert number("SELECT count(*) FROM board") == 2
    assert number("SELECT id FROM board WHERE name = 'b'") == 2
    assert number("SELECT id FROM board WHERE name = 'c'") == 0
    assert number("SELECT max(id) FROM board WHERE name = 'c'") == 0
    assert number("SELECT EXISTS (SELECT 1 FROM board WHERE name = 'b')") == 1


def test_a_returning_statement_may_be_run_for_its_effect_alone(store: Store) -> None:
    store.write(lambda tx: tx.run(INSERT, name="a"))
    assert store.read(lambda tx: tx.one(ALL)) == (1, "a")


ODD = "quotes \" ' \\, lines \n\r\t, \x01\x7f, é, \u2028, \U0001f600"


def test_a_wide_row_comes_back_as_it_was_written(store: Store) -> None:
    large = 2**62 + 1
    odd = insert("board", ["name", "done", "revision"])
    store.write(lambda tx: tx.run(odd, name=ODD, done=large, revision=-large))
    row = store.read(lambda tx: tx.one(boards.BY_NAME, name=ODD))
    assert row is not None
    assert (row.name, row.done, row.revision, row.policy) == (ODD, large, -large, "{}")


def test_a_wide_row_travels_as_one_column_on_sqlite() -> None:
    assert boards.BY_ID.sqlite.numbered.startswith("SELECT json_array(id, name, ")
    assert boards.BY_ID.postgresql.numbered.startswith("SELECT id, name, ")


def test_rows_that_stood_side_by_side_come_apart(store: Store) -> None:
    triples = Sql(
        "SELECT a.id, a.name, b.id, b.name, a.id, a.name FROM board a JOIN board b ON b.id > a.id",
        (Named, Named, Named),
    )
    store.write(lambda tx: tx.many(ADD, [{"name": "a"}, {"name": "b"}]))
    one, other = Named(1, "a"), Named(2, "b")
    assert store.read(lambda tx: tx.all(triples)) == [(one, other, one)]


def test_adding_a_row_tells_its_id(store: Store) -> None:
    store.write(lambda tx: tx.run(ADD, name="a"))
    row = store.read(lambda tx: tx.one(boards.BY_NAME, name="a"))
    assert row is not None
    add, other = insert_id("board", BoardRow), replace(row, name="b")
    assert store.write(lambda tx: tx.add(add, other)) == row.id + 1
    assert store.read(lambda tx: tx.all(ALL)) == [(row.id, "a"), (row.id + 1, "b")]
