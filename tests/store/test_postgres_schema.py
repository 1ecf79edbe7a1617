"""The schema on PostgreSQL: what is made at once is what the migrations make."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from store_workers import other_migrations, use_migrations

from headwater import Board
from headwater.errors import StoreBusy, StoreMismatch
from headwater.store import tables
from headwater.store.migrations.propose import configuration
from headwater.store.schema import HEAD
from headwater.store.store import Store
from patience import PATIENCE_S
from postgres_server import databases_or_skip

psycopg = pytest.importorskip("psycopg")

_OBJECTS = """
SELECT 'column', table_name || '.' || column_name, data_type || ' ' || is_nullable || ' ' ||
  coalesce(column_default, '') || ' ' || coalesce(collation_name, '')
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, prosrc FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'
UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'options', relname, array_to_string(reloptions, ' ') FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL
"""


def described(url: str) -> set[Any]:
    """Every object of a database and its definition."""
    with psycopg.connect(url) as connection:
        return set(connection.execute(_OBJECTS).fetchall())


def upgrade(url: str) -> tuple[str, str]:
    from headwater.store.postgres.store import PostgresStore

    return PostgresStore.upgrade(url)


def migrated() -> str:
    """A database that Alembic made, from nothing."""
    url = databases_or_skip().create()
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
    return url


def test_a_new_store_is_what_the_migrations_make() -> None:
    expected = described(migrated())
    assert described(databases_or_skip().template) == expected
    assert {f"{table}_append_only" for table in tables.APPEND_ONLY} <= {one[1] for one in expected}


def test_the_migrations_make_what_the_tables_say() -> None:
    url = migrated()
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: name != "recall_words"}
        )
        assert compare_metadata(context, tables.Table.metadata) == []
    engine.dispose()


def test_every_text_is_ordered_by_code_point() -> None:
    texts = [one for one in described(databases_or_skip().template) if one[2].startswith("text ")]
    assert len(texts) > 50
    assert [one for one in texts if not one[2].endswith(" C")] == []


SLOW = "op.execute('SELECT pg_sleep(0.2)')"


@pytest.mark.parametrize("last", ["pass", SLOW, "raise ValueError('half way')"])
def test_an_older_database_is_upgraded_when_asked_and_wholly_or_not_at_all(
    last: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = databases_or_skip().create()
    upgrade(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
        use_migrations(other_migrations(tmp_path, last), monkeypatch.setattr)
        monkeypatch.setattr("headwater.store.postgres.schema.KNOWN", ("0000", HEAD))
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE \"{name}\" SET statement_timeout = '100ms'".encode())
        with pytest.raises(StoreMismatch, match="has schema 0000") as refused:
            Store.open(url)
        assert "headwater db upgrade" in refused.value.next
        if last in ("pass", SLOW):
            assert upgrade(url) == ("0000", HEAD)
            Store.open(url).close()
        else:
            with pytest.raises(ValueError, match="half way"):
                upgrade(url)
        upgraded = connection.execute("SELECT 1 FROM meta WHERE name = 'upgraded'").fetchall()
    assert upgraded == ([(1,)] if last in ("pass", SLOW) else [])


def test_what_an_older_server_writes_during_an_upgrade_is_refused(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its migrations would have passed it by."""
    url = databases_or_skip().create()
    upgrade(url)
    pause = "op.execute('SELECT pg_advisory_xact_lock(7)')"
    blocked = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = $1"
    )
    with (
        Board.open(url) as board,
        psycopg.connect(url, autocommit=True, cursor_factory=psycopg.RawCursor) as connection,
        ThreadPoolExecutor() as pool,
    ):
        board.add([{"key": "before"}])
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
        use_migrations(other_migrations(tmp_path, pause), monkeypatch.setattr)
        monkeypatch.setattr("headwater.store.postgres.schema.KNOWN", ("0000", HEAD))
        monkeypatch.setattr("headwater.store.postgres.store.HEAD", "0000")
        connection.execute("SELECT pg_advisory_lock(7)")

        def until_blocked(count: int, job: Future[Any]) -> None:
            name = connection.info.dbname
            while not job.done():
                if connection.execute(blocked, [name]).fetchone() == (count,):
                    return

        upgraded = pool.submit(upgrade, url)
        until_blocked(1, upgraded)
        written = pool.submit(board.add, [{"key": "during"}])
        until_blocked(2, written)
        connection.execute("SELECT pg_advisory_unlock(7)")
        assert upgraded.result(PATIENCE_S) == ("0000", HEAD)
        with pytest.raises(StoreMismatch, match=f"has schema {HEAD}"):
            written.result(PATIENCE_S)


def stamped(url: str, *changes: bytes) -> None:
    """Make a database one of a build from the sources, of before there was a second migration."""
    with psycopg.connect(url, autocommit=True) as connection:
        for change in (b"UPDATE alembic_version SET version_num = '0001'", *changes):
            connection.execute(change)


def test_a_database_that_has_the_tables_already_gets_the_number() -> None:
    url = databases_or_skip().create()
    upgrade(url)
    with Board.open(url) as board:
        board.add([{"key": "a", "paths": ["src/"]}])
    stamped(url)
    with pytest.raises(StoreMismatch, match="has schema 0001") as refused:
        Store.open(url)
    assert "headwater db upgrade" in refused.value.next
    assert upgrade(url) == ("0001", HEAD)
    assert described(url) == described(databases_or_skip().template)
    with Board.open(url) as board:
        assert board.claim(board.join("me").session).task == "a"
        assert board.verify() == []
        assert board.store.integrity_check() == []


def test_the_database_of_a_build_in_between_is_refused_and_left_alone() -> None:
    url = databases_or_skip().create()
    upgrade(url)
    stamped(url, b"DROP TABLE claimed_path")
    before = described(url)
    with pytest.raises(StoreMismatch, match="never released") as refused:
        upgrade(url)
    assert refused.value.state["missing"] == ["claimed_path.own"]
    assert described(url) == before


def test_an_upgrade_that_cannot_have_the_tables_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    url = databases_or_skip().create()
    upgrade(url)
    stamped(url)
    monkeypatch.setattr("headwater.store.postgres.schema.LOCK_S", 0.2)
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE board")
        with pytest.raises(StoreBusy):
            upgrade(url)
    assert upgrade(url) == ("0001", HEAD)
