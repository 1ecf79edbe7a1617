"""A whole store moves between files and databases, and nothing changes on the way."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from headwater import Board
from headwater.errors import StoreCorrupt, StoreError
from headwater.store import copying, schema
from headwater.store.beside import left_beside, made_beside
from headwater.store.copying import copy
from headwater.store.restoring import restore
from headwater.store.sql import Sql
from headwater.store.store import Store
from headwater.store.tables import Table
from patience import PATIENCE_S
from postgres_server import databases_or_skip


def make(location: str, stack: ExitStack, tmp_path: Path, name: str) -> str:
    if location == "sqlite":
        return str(tmp_path / name / "board.db")
    return stack.enter_context(databases_or_skip().empty_store())


@pytest.fixture(
    params=[
        ("sqlite", "postgresql"),
        ("postgresql", "sqlite"),
        ("postgresql", "postgresql"),
        ("sqlite", "sqlite"),
    ],
    ids=" to ".join,
)
def ends(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    source, target = request.param
    with ExitStack() as stack:
        yield make(source, stack, tmp_path, "from"), make(target, stack, tmp_path, "to")


def work_a_little(location: str) -> tuple[str, str]:
    """Two boards with a history; a session and a lease that is open."""
    with Board.open(location, "other") as other:
        other.add([{"key": "elsewhere", "title": "ünïcode ✓ 設計"}])
    with Board.open(location, "default") as board:
        board.add(
            [
                {"key": "design", "spec": 'It\'s a \\ "plan"\n\t%s $1 :x ?'},
                {"key": "build", "needs": ["design"]},
                {"key": "test", "needs": ["build"], "review": True},
            ]
        )
        session = board.join("ann").session
        got = board.claim(session)
        made = {"name": "code", "path": "src/a.py", "commit": "ann@1a2b3c4", "git_object": "1" * 40}
        artifacts = [{"name": "a", "text": "x"}, made]
        board.finish(got.lease, summary="made", critical={"n": 1}, artifacts=artifacts)
        board.graph("search", query="plan")
        lease = board.claim(session).lease
        assert lease
        return session, lease


def contents(location: str) -> dict[str, list[Any]]:
    with Store.open(location) as store:
        return {
            name: sorted(
                store.read(lambda tx, name=name: tx.all(Sql(f'SELECT * FROM "{name}"'))),
                key=repr,
            )
            for name in Table.metadata.tables
        }


def test_a_copy_has_the_same_rows_and_work_goes_on_there(ends: tuple[str, str]) -> None:
    source, target = ends
    session, lease = work_a_little(source)
    told: list[tuple[str, int, int]] = []
    rows = copy(source, target, lambda *progress: told.append(progress))
    before, after = contents(source), contents(target)
    for found in (before, after):
        found["meta"] = [row for row in found["meta"] if row[0] != "now_ms"]
    assert after == before
    assert rows == sum(len(found) for found in after.values()) + 1
    assert ("event", len(after["event"]), len(after["event"])) in told
    with Board.open(target, "default") as board:
        assert board.verify() == []
        assert board.verify_index() == []
        assert [hit["task"] for hit in board.graph("search", query="plan").hits] == ["design"]
        board.finish(lease, summary="the lease is good there, too")
        board.add([{"key": "more"}])
        assert board.join("bob").session != session
        assert board.verify() == []
        assert {one["key"] for one in board.graph().tasks} == {"design", "build", "test", "more"}


def test_what_could_be_found_is_found_in_a_copy_before_anything_changes(
    ends: tuple[str, str],
) -> None:
    source, target = ends
    work_a_little(source)
    with Board.open(source, "default") as board:
        board.graph("search", query="plan")
    copy(source, target)
    with Board.open(target, "default") as board:
        assert [hit["task"] for hit in board.graph("search", query="plan").hits] == ["design"]


def test_a_target_that_holds_something_is_refused_and_left_alone(ends: tuple[str, str]) -> None:
    source, target = ends
    work_a_little(source)
    with Board.open(target, "mine") as board:
        board.add([{"key": "precious"}])
    before = contents(target)
    with pytest.raises(StoreError, match=r"exists already|is not empty"):
        copy(source, target)
    assert contents(target) == before


def test_a_copy_that_differs_is_undone(
    ends: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = ends
    work_a_little(source)
    insert_many = copying._Rows.copy

    def lose_a_row(self: Any, tx: Any, to: Any, progress: Any) -> int:
        if self.name == "image":
            put = to.many
            lossy = type("Lossy", (), {"many": staticmethod(lambda sql, rows: put(sql, rows[:-1]))})
            return insert_many(self, tx, _Both(lossy, to), progress)
        return insert_many(self, tx, to, progress)

    monkeypatch.setattr(copying._Rows, "copy", lose_a_row)
    with pytest.raises(StoreCorrupt, match="rows of image"):
        copy(source, target)
    monkeypatch.undo()
    copy(source, target)  # nothing was left there


def test_a_copy_that_fails_removes_nothing_but_what_it_made(tmp_path: Path) -> None:
    source, target = tmp_path / "from.db", tmp_path / "plans"
    work_a_little(str(source))
    for name in ("plans-2025.db", "plans.db", "plans.before-restore-1"):
        (tmp_path / name).write_text("precious")
    before = sorted(tmp_path.iterdir())

    def fail(table: str, done: int, every: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(source, target, fail)
    assert sorted(tmp_path.iterdir()) == before


def test_a_store_that_is_begun_at_the_target_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "from.db", tmp_path / "to.db"
    work_a_little(str(source))

    def begun_just_after(path: Path) -> None:
        monkeypatch.undo()
        with Board.open(path) as board:
            board.add([{"key": "precious"}])

    monkeypatch.setattr(copying, "demand_free", begun_just_after)
    with pytest.raises(StoreError, match=r"exists already|is not empty"):
        copy(source, target)
    with Board.open(target) as board:
        assert [task["key"] for task in board.graph().tasks] == ["precious"]
    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["from.db", "to.db"]


def test_a_copy_may_take_longer_than_a_transaction_may_be_idle() -> None:
    databases = databases_or_skip()
    with databases.empty_store() as source, databases.empty_store() as target:
        work_a_little(source)
        paused: list[str] = []

        def pause(table: str, done: int, every: int) -> None:
            if not paused:
                sleep(1.2)  # what the database measures
            paused.append(table)

        assert copy(f"{source}&idle_timeout=1", f"{target}&idle_timeout=1", pause)
        assert len(paused) == len(set(paused))


class _Both:
    """Asks the one first, then the other."""

    def __init__(self, *parts: Any) -> None:
        self._parts = parts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parts[0] if hasattr(self._parts[0], name) else self._parts[1], name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return request.param


def test_a_backup_of_either_database_is_restored_and_work_goes_on(
    location: str, tmp_path: Path
) -> None:
    _, lease = work_a_little(location)
    backup, path = tmp_path / "backup.db", tmp_path / "restored.db"
    with Store.open(location) as store:
        store.backup(backup)
    assert restore(backup, path) is None
    with Board.open(path, "default") as board:
        board.finish(lease, summary="goes on")
        assert board.verify() == []


def test_a_restored_file_takes_the_place_of_the_old_one_which_is_kept(tmp_path: Path) -> None:
    path, backup = tmp_path / "board.db", tmp_path / "backup.db"
    work_a_little(str(path))
    with Board.open(path, "default") as board:
        board.store.backup(backup)
        board.add([{"key": "later"}])  # in the log of a store that is still open
        aside = restore(backup, path)
        with pytest.raises(StoreError, match="replaced while it was in use"):
            board.add([{"key": "lost"}])
    assert aside == tmp_path / "board.db.before-restore-1"
    with Board.open(path, "default") as board:
        assert "later" not in {one["key"] for one in board.graph().tasks}
        assert board.verify() == []
    with Board.open(aside, "default") as board:
        assert "later" in {one["key"] for one in board.graph().tasks}
        assert board.verify() == []


def test_the_log_of_a_store_that_was_moved_away_is_not_taken_for_the_backups(
    tmp_path: Path,
) -> None:
    path, backup, left = tmp_path / "board.db", tmp_path / "backup.db", tmp_path / "board.db-wal"
    work_a_little(str(path))
    with Board.open(path, "default") as board:
        board.store.backup(backup)
        board.add([{"key": "later"}])
        log = left.read_bytes()
    path.rename(tmp_path / "away.db")
    left.write_bytes(log)  # as after a kill
    with Store.open(backup) as store, pytest.raises(StoreError, match=r"board\.db-wal exists"):
        store.backup(path)
    with pytest.raises(StoreError, match=r"board\.db-wal exists"):
        copy(backup, path)
    aside = restore(backup, path)
    assert aside is not None
    assert aside.with_name(aside.name + "-wal").read_bytes() == log
    with Board.open(path, "default") as board:
        assert "later" not in {one["key"] for one in board.graph().tasks}
        assert board.verify() == []


KILLED_WHILE_RESTORING = """
import os, sys
from pathlib import Path
from headwater.store import schema
from headwater.store.restoring import restore

copied = schema.back_up
schema.back_up = lambda *arguments: (copied(*arguments), os._exit(9))
restore(Path(sys.argv[1]), sys.argv[2])
"""


def test_a_restore_that_is_killed_leaves_the_store_where_it_was(tmp_path: Path) -> None:
    path, backup = tmp_path / "board.db", tmp_path / "backup.db"
    work_a_little(str(path))
    with Store.open(path) as store:
        store.backup(backup)
    before = contents(str(path))
    run = [sys.executable, "-c", KILLED_WHILE_RESTORING, backup, path]
    assert subprocess.run(run, check=False, timeout=PATIENCE_S).returncode == 9
    assert contents(str(path)) == before
    assert len(list(left_beside(path))) == 1
    assert restore(backup, path) == tmp_path / "board.db.before-restore-1"
    assert not list(tmp_path.glob(".*")), "what the killed one left is gone"


def test_what_others_are_making_at_the_same_place_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "board.db"
    (tmp_path / ".board.db.settings").mkdir()
    (tmp_path / ".board.db.settings" / "mine").touch()
    with made_beside(path) as one:
        one.touch()
        with made_beside(path) as other:
            assert not list(left_beside(path))
            assert one.exists()
            assert other != one
    assert [entry.name for entry in tmp_path.iterdir()] == [".board.db.settings"]


def test_of_two_backups_to_one_place_the_first_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, to = tmp_path / "board.db", tmp_path / "copy.db"
    work_a_little(str(path))
    (tmp_path / "copy.db.partial").write_text("somebody's own")
    real = schema.back_up
    with Store.open(path) as store:

        def slow(connection: sqlite3.Connection, fresh: Path) -> None:
            monkeypatch.setattr(schema, "back_up", real)
            store.backup(to)
            real(connection, fresh)

        monkeypatch.setattr(schema, "back_up", slow)
        with pytest.raises(StoreError, match="exists already"):
            store.backup(to)
    assert contents(str(to)) == contents(str(path))
    assert (tmp_path / "copy.db.partial").read_text() == "somebody's own"


def test_a_backup_of_any_name_survives_its_restore(tmp_path: Path) -> None:
    path, backup = tmp_path / "board.db", tmp_path / "board.db.restored"
    work_a_little(str(path))
    with Store.open(path) as store:
        store.backup(backup)
    files = {entry.name for entry in tmp_path.iterdir()}
    held = backup.read_bytes()
    restore(backup, path)
    assert backup.read_bytes() == held
    moved = {entry.name for entry in tmp_path.iterdir()} - files
    assert {name.removesuffix("-wal").removesuffix("-shm") for name in moved} == {
        "board.db.before-restore-1"
    }


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            "CREATE TRIGGER more AFTER INSERT ON access_token BEGIN "
            "UPDATE access_token SET rights = 'admin'; END",
            "trigger more",
        ),
        (
            "ALTER TABLE notice RENAME TO old; CREATE VIEW notice AS SELECT * FROM old",
            "view notice",
        ),
    ],
    ids=["trigger", "view"],
)
def test_what_acts_on_a_store_and_is_not_ours_is_found(
    tmp_path: Path, change: str, named: str
) -> None:
    path, backup = tmp_path / "board.db", tmp_path / "backup.db"
    work_a_little(str(path))
    with Store.open(path) as store:
        store.backup(backup)
    for file in (path, backup):
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(change)
    with Store.open(path) as store:
        assert f"the {named} is none of Headwater's" in store.integrity_check()
    with pytest.raises(StoreCorrupt, match=f"the {named} is none of Headwater's"):
        restore(backup, tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("key", ["", "no key", "00" * 100])
def test_a_store_with_a_key_that_is_none_is_refused(tmp_path: Path, key: str) -> None:
    """With an empty one anybody could make a lease."""
    path = tmp_path / "board.db"
    work_a_little(str(path))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'secret'", (key,))
        connection.commit()
    with pytest.raises(StoreError, match="the store has no key") as refused:
        Store.open(path)
    assert "headwater restore" in refused.value.next


def test_what_is_no_backup_is_refused_and_the_store_stays(tmp_path: Path) -> None:
    path = tmp_path / "board.db"
    work_a_little(str(path))
    before = contents(str(path))
    (tmp_path / "text").write_text("no database, but long enough to look at" * 100)
    (tmp_path / "empty").touch()
    for name in ("text", "empty", "absent"):
        with pytest.raises(StoreError):
            restore(tmp_path / name, path)
    assert contents(str(path)) == before
