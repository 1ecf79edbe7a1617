"""What `doctor` finds wrong with a PostgreSQL database itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headwater import Board
from headwater.errors import StoreCorrupt
from postgres_server import Databases, Server, databases_or_skip, own_server_or_skip

psycopg = pytest.importorskip("psycopg")


@pytest.fixture
def url() -> str:
    """A store of its own: its tables are changed."""
    url = databases_or_skip().copy_of_template()
    with Board.open(url) as board:
        board.add([{"key": "a", "spec": "words " * 2000}])
    return url


def changed(url: str, statement: str) -> list[str]:
    """What is found after somebody has changed the database by hand."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
    with Board.open(url) as board:
        return board.store.integrity_check()


def test_a_database_as_it_was_made_is_sound(url: str) -> None:
    assert changed(url, "SELECT 1") == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP INDEX ix_task_ready", "the index ix_task_ready of the table task is missing"),
        (
            "DROP INDEX ix_recall_words_words",
            "the index ix_recall_words_words of the table recall_words is missing",
        ),
        (
            "ALTER TABLE board DROP CONSTRAINT uq_board_name",
            "the constraint uq_board_name of the table board is missing",
        ),
        (
            "ALTER TABLE recall_words DROP CONSTRAINT recall_words_pkey",
            "the constraint recall_words_pkey of the table recall_words is missing",
        ),
        (
            "DROP TRIGGER event_append_only ON event",
            "the trigger event_append_only of the table event is missing",
        ),
        (
            "ALTER TABLE event DISABLE TRIGGER event_append_only",
            "the trigger event_append_only of the table event is not in force",
        ),
        (
            "ALTER TABLE task ADD CONSTRAINT never CHECK (id < 0) NOT VALID",
            "the constraint never of the table task is not in force",
        ),
    ],
)
def test_what_is_missing_or_switched_off_is_named(url: str, statement: str, said: str) -> None:
    assert changed(url, statement) == [said]


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server whose files may be damaged."""
    with own_server_or_skip("damaging") as server:
        yield server


def test_a_damaged_page_is_found_and_the_other_tables_are_looked_at(own_server: Server) -> None:
    made = Databases(own_server.url("postgres"))
    made.close()
    with Board.open(made.template) as board:
        board.add([{"key": "a", "spec": "some words"}])
    with psycopg.connect(made.template) as connection:
        row = connection.execute("SELECT pg_relation_filepath('task_text')").fetchone()
    assert row
    own_server.stop()
    with (own_server.folder / "data" / row[0]).open("r+b") as file:
        file.write(b"\x55" * 64)
    own_server.start()
    with Board.open(made.template) as board:
        (found,) = board.store.integrity_check()
        assert found.startswith("the table task_text is damaged: invalid page in block 0")
        with pytest.raises(StoreCorrupt, match="is damaged"):
            board.verify()
