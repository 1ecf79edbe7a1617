"""The schema: created, migrated, backed up, refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from store_workers import (
    Worker,
    acknowledge,
    described,
    get,
    open_with_migrations,
    other_migrations,
    put,
    raw,
    use_migrations,
)

from headwater.errors import StoreError, StoreMismatch
from headwater.store import schema, tables
from headwater.store.migrations.propose import configuration
from headwater.store.store import Store


def migrated(path: Path) -> None:
    """A database that Alembic made, from nothing."""
    config = configuration()
    with create_engine(f"sqlite:///{path}").connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    connection.engine.dispose()


def test_a_new_store_is_what_the_migrations_make(tmp_path: Path) -> None:
    migrated(tmp_path / "migrated.db")
    Store.open(tmp_path / "created.db").close()
    expected = described(tmp_path / "migrated.db")
    assert described(tmp_path / "created.db") == expected
    assert {f"{table}_no_delete" for table in tables.APPEND_ONLY} < set(expected)


def test_the_migrations_make_what_the_tables_say(tmp_path: Path) -> None:
    migrated(tmp_path / "board.db")
    engine = create_engine(f"sqlite:///{tmp_path / 'board.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, tables.Table.metadata) == []
    engine.dispose()


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    script = ScriptDirectory.from_config(configuration())
    assert script.get_heads() == [schema.HEAD]
    assert {revision.revision for revision in script.walk_revisions()} == set(schema.KNOWN)


def age(path: Path) -> None:
    """Make a store look like one of an older version that the code knows."""
    connection = raw(path)
    connection.execute("UPDATE alembic_version SET version_num = '0000'")
    connection.close()


def test_an_older_store_is_backed_up_and_upgraded(
    tmp_path: Path, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "board.db"
    with Store.open(path) as store:
        put(store, "mine", "precious")
        secret = store.lease_key.secret
    age(path)
    versions = other_migrations(tmp_path)
    use_migrations(versions, monkeypatch.setattr)
    with Store.open(path) as store:
        assert get(store, "upgraded") == "1"
        assert get(store, "mine") == "precious"
        assert store.lease_key.secret == secret
        put(store, "more")
    backup = tmp_path / "board.db.backup-0000"
    assert backup.stat().st_mode & 0o777 == 0o600
    copy = raw(backup)
    assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [("0000",)]
    assert copy.execute("SELECT value FROM meta WHERE name = 'mine'").fetchall() == [("precious",)]
    copy.close()


def test_eight_processes_upgrade_the_store_once(tmp_path: Path, library: str) -> None:
    path = tmp_path / "board.db"
    with Store.open(path) as store:
        put(store, "upgrades")
    age(path)
    versions = other_migrations(tmp_path)
    workers = [Worker(open_with_migrations, library, path, versions) for _ in range(8)]
    for worker in workers:
        assert worker.result() == "here"
    for worker in workers:
        worker.pipe.send("go")
    assert {worker.result() for worker in workers} == {"1"}
    for worker in workers:
        worker.end()


def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "board.db"
    Store.open(path).close()
    age(path)
    before = described(path)
    versions = other_migrations(tmp_path, last="raise ValueError('half way')")
    use_migrations(versions, monkeypatch.setattr)
    with pytest.raises(ValueError, match="half way"):
        Store.open(path)
    assert described(path) == before
    connection = raw(path)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0000",)]
    assert connection.execute("SELECT 1 FROM meta WHERE name = 'upgraded'").fetchall() == []
    connection.close()


def newer(path: Path) -> None:
    connection = raw(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def test_a_newer_store_is_refused(tmp_path: Path, library: str) -> None:
    path = tmp_path / "board.db"
    Store.open(path).close()
    newer(path)
    with pytest.raises(StoreMismatch, match="9999") as raised:
        Store.open(path)
    assert "restart this window" in raised.value.next


def test_a_store_that_was_upgraded_meanwhile_is_not_written(store: Store) -> None:
    put(store, "a")
    newer(store.path)
    for _ in range(2):
        with pytest.raises(StoreMismatch) as raised:
            put(store, "b")
        assert "restart this window" in raised.value.next
    assert get(store, "b") is None


def test_a_backup_taken_while_others_write_is_whole(
    store: Store, library: str, tmp_path: Path
) -> None:
    writer = Worker(acknowledge, library, store.path, "row")
    assert writer.result() == "here"
    writer.pipe.send("go")
    first = writer.result()
    to = tmp_path / "copy.db"
    store.backup(to)
    writer.kill()
    assert to.stat().st_mode & 0o777 == 0o600
    with Store.open(to) as copy:
        assert copy.integrity_check() == []
        assert get(copy, first) == "0"
        assert copy.lease_key.secret == store.lease_key.secret
        put(copy, "goes on")
    with pytest.raises(StoreError, match="exists already"):
        store.backup(to)


def test_describe_says_which_sqlite_this_is_and_why_it_is_safe(
    tmp_path: Path, library: str
) -> None:
    with Store.open(tmp_path / "board.db") as store:
        facts = store.describe()
    name = "pysqlite3" if library == "pysqlite3" else "sqlite3"
    assert f" by {name}, journal wal, " in facts["database"]
    assert facts["database"].endswith(f"schema {schema.HEAD}")
    assert "WAL-reset bug" in facts["safe_because"]


@pytest.mark.parametrize(
    ("version", "bug"),
    [
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
    ],
)
def test_versions_with_the_wal_reset_bug_are_known(
    store: Store, version: tuple[int, ...], bug: bool
) -> None:
    assert store._driver._replace(version=version).has_reset_bug is bug
