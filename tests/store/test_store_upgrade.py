"""The way from 0.1.0 to the tables of today: from what it begins, what may interrupt it, and that
nobody changes it again."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from store_workers import Worker, described, get, put, raw

from headwater import Board
from headwater.errors import DiskFull, StoreMismatch
from headwater.store import connection as writing
from headwater.store import migrations, schema
from headwater.store.restoring import restore
from headwater.store.store import Store
from released_store import BOARDS, put_released_store

RELEASED = {
    "released.py": "fd3938a0f11c56f07b9e177e29ed4c44",
    "carried.py": "ab9135e67ae2d81d7cf0a4aa7feaf483",
    "versions/0001_first_schema.py": "a63bf7904629ee90caa020b6bc8ccb33",
    "versions/0002_after_0_1_0.py": "c9db36d22fc4c607f4a7581ecada451c",
}
"""What stores were made and upgraded by. Stores of all of them are out there: if this fails, undo
the change, and write the next migration."""


def test_nobody_edits_a_migration_that_is_out() -> None:
    folder = Path(migrations.__file__).parent
    found = {str(one.relative_to(folder)) for one in folder.glob("versions/[0-9]*.py")}
    assert found == {name for name in RELEASED if name.startswith("versions/")}
    for name, digest in RELEASED.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest()[:32] == digest, name


def stamp(path: Path, *changes: str) -> None:
    """Make a store one of a build from the sources, of before there was a second migration."""
    connection = raw(path)
    for change in ("UPDATE alembic_version SET version_num = '0001'", *changes):
        connection.execute(change)
    connection.close()


IN_PLACE = (
    "DROP INDEX ix_task_open_end",
    "CREATE INDEX ix_task_open_end ON task (board_id, state, id) "
    "WHERE state IN ('active', 'review', 'held', 'failed')",
)
"""As the first builds with all tables of today had it."""


@pytest.mark.parametrize("changes", [(), IN_PLACE])
def test_a_store_that_has_the_tables_already_gets_the_number(
    changes: tuple[str, ...], tmp_path: Path, library: str
) -> None:
    path = tmp_path / "board.db"
    with Board.open(path) as board:
        board.add([{"key": "a", "paths": ["src/"], "budget": {"minutes": 5}}])
        board.claim(board.join("me").session)
        secret = board.store.lease_key
    before = described(path)
    stamp(path, *changes)
    with Board.open(path) as board:
        assert board.store.lease_key == secret
        assert board.verify() == []
        assert board.store.integrity_check() == []
        assert board.graph("list", state="active").tasks[0]["key"] == "a"
    assert described(path) == before
    assert path.with_name("board.db.backup-0001").exists()


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        (["ALTER TABLE session ADD COLUMN offered INTEGER DEFAULT 0 NOT NULL"], "pool.reserved_ms"),
        (["ALTER TABLE session DROP COLUMN process"], "session.process"),
        (["DROP TABLE rank_todo", "DROP TABLE task"], "task.ord"),
    ],
)
def test_the_store_of_a_build_in_between_is_refused_and_left_alone(
    changes: list[str], missing: str, tmp_path: Path, library: str
) -> None:
    path = put_released_store(tmp_path / "board.db", *changes)
    before = described(path)
    for _ in range(2):
        with pytest.raises(StoreMismatch, match="never released") as refused:
            Store.open(path)
        assert missing in str(refused.value.state["missing"])
        assert "go on with the build that made it" in refused.value.next
    assert described(path) == before
    assert [one.name for one in tmp_path.glob("*backup*")] == []
    with Board.open(tmp_path / "other.db") as board:
        board.add([{"key": "a"}])
    with pytest.raises(StoreMismatch, match="never released"):
        restore(path, tmp_path / "other.db")
    with Board.open(tmp_path / "other.db") as board:
        assert board.graph("list").tasks[0]["key"] == "a"


def test_a_process_of_then_that_still_runs_writes_no_more(
    tmp_path: Path, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "board.db"
    Store.open(path).close()
    stamp(path)
    with monkeypatch.context() as then:
        then.setattr(schema, "HEAD", "0001")
        window = Store.open(path)
    put(window, "a")
    Store.open(path).close()
    with pytest.raises(StoreMismatch, match="has schema 0002"):
        put(window, "b")
    assert get(window, "a") == "0"
    assert get(window, "b") is None
    window.close()


# -- interruptions -----------------------------------------------------------------------------


def open_it(pipe: Connection, path: Path) -> None:
    """Open, and so upgrade, a store at the same moment as the others."""
    pipe.send("here")
    pipe.recv()
    with Board.open(path, BOARDS[0]) as board:
        pipe.send(board.verify())


def test_processes_that_come_at_once_wait_for_the_one_that_upgrades(
    tmp_path: Path, library: str
) -> None:
    path = put_released_store(tmp_path / "board.db")
    workers = [Worker(open_it, library, path) for _ in range(4)]
    assert [worker.result() for worker in workers] == ["here"] * 4
    for worker in workers:
        worker.pipe.send("go")
    assert [worker.result() for worker in workers] == [[]] * 4
    for worker in workers:
        worker.end()


def each_statement(tell: Callable[[str], None]) -> None:
    """Let `tell` hear of every statement on the connections that write, before it runs."""
    connect = writing.connect

    def traced(*arguments: object, **options: object) -> sqlite3.Connection:
        connection = connect(*arguments, **options)  # pyright: ignore[reportArgumentType]
        connection.set_trace_callback(tell)
        return connection

    writing.connect = traced


def die_at(pipe: Connection, path: Path, beginning: str) -> None:
    """Be killed at the first statement that begins so."""

    def look(statement: str) -> None:
        if statement.lstrip().startswith(beginning):
            os.kill(os.getpid(), signal.SIGKILL)

    each_statement(look)
    Store.open(path)
    pipe.send("alive")


@pytest.mark.parametrize(
    "beginning",
    [
        "VACUUM INTO",
        "ALTER TABLE attempt",
        "CREATE TABLE pool",
        "DROP TRIGGER image",
        "INSERT INTO claimed_path",
        "UPDATE alembic_version",
        "COMMIT",
    ],
)
def test_a_kill_leaves_the_old_store_or_the_new_one(beginning: str, tmp_path: Path) -> None:
    library = "stdlib"
    path = put_released_store(tmp_path / "board.db")
    Store.open(tmp_path / "new.db").close()
    put_released_store(tmp_path / "old.db")
    worker = Worker(die_at, library, path, beginning)
    worker.process.join(120)
    assert worker.process.exitcode == -signal.SIGKILL
    assert described(path) in (described(tmp_path / "old.db"), described(tmp_path / "new.db"))
    for name in BOARDS:
        with Board.open(path, name) as board:
            assert board.verify() == []
            assert board.store.integrity_check() == []
    assert path.with_name("board.db.backup-0001").exists()
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_a_disk_that_is_full_meanwhile_leaves_the_old_store(
    tmp_path: Path, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put_released_store(tmp_path / "board.db")
    before = described(path)
    connect = writing.connect

    def cramped(*arguments: object, **options: object) -> sqlite3.Connection:
        connection = connect(*arguments, **options)  # pyright: ignore[reportArgumentType]
        pages = connection.execute("PRAGMA page_count").fetchall()[0][0]
        connection.execute(f"PRAGMA max_page_count={pages + 2}").close()
        return connection

    with monkeypatch.context() as full:
        full.setattr(writing, "connect", cramped)
        with pytest.raises(DiskFull, match="no room left"):
            Store.open(path)
    assert described(path) == before
    with Board.open(path, BOARDS[0]) as board:
        assert board.verify() == []
