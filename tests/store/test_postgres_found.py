"""PostgreSQL as others have set it up: roles, schemas, settings, encodings, several servers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from store_workers import GET, SET, get, put

from headwater import Board
from headwater.errors import StoreError, StoreMismatch, StoreRefused, StoreUnavailable
from headwater.store.copying import copy
from headwater.store.store import Store
from headwater.store.transaction import Tx
from postgres_server import databases_or_skip

psycopg = pytest.importorskip("psycopg")

SETTINGS = {
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "timezone": "Asia/Kathmandu",
    "datestyle": "German, DMY",
    "intervalstyle": "sql_standard",
    "bytea_output": "escape",
    "extra_float_digits": "0",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "quote_all_identifiers": "on",
    "row_security": "off",
    "lock_timeout": "10ms",
    "idle_in_transaction_session_timeout": "10ms",
}
GRANTS = """
CREATE SCHEMA plans;
CREATE ROLE {role} LOGIN;
GRANT USAGE ON SCHEMA plans TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA plans
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA plans GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {role};
"""
"""As docs/operations.md has them."""


def upgrade(url: str) -> tuple[str, str]:
    from headwater.store.postgres.store import PostgresStore

    return PostgresStore.upgrade(url)


def name_of(url: str) -> str:
    return url.split("/")[3].partition("?")[0]


def work_on(url: str) -> None:
    with Board.open(url) as board:
        board.add([{"key": "a", "spec": "größer → kleiner"}, {"key": "b", "needs": ["a"]}])
        session = board.join("ann").session
        for key in "ab":
            held = board.claim(session)
            assert held.task == key
            board.finish(held.lease or "", summary="done")
        assert board.verify() == []
        assert board.verify_index() == []
        assert board.store.integrity_check() == []


def unhurried(tx: Tx) -> None:
    tx.run(SET, name="slow", value="done")
    tx.one(GET, name="slow")
    sleep(0.5)
    tx.one(GET, name="slow")


@pytest.fixture
def database() -> str:
    """The URL of an empty database, without tables."""
    return databases_or_skip().create()


@pytest.fixture
def admin(database: str) -> Iterator[Any]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def test_settings_of_a_database_change_nothing(database: str, admin: Any, tmp_path: Path) -> None:
    bounds = {"transaction_timeout": "400ms"} if admin.info.server_version >= 17_00_00 else {}
    for name, value in (SETTINGS | bounds).items():
        admin.execute(f"ALTER DATABASE \"{name_of(database)}\" SET {name} = '{value}'")
    upgrade(database)
    work_on(database)
    assert copy(database, tmp_path / "copy.db") > 10
    with Store.open(database) as store:
        store.write(unhurried)
        assert get(store, "slow") is not None


def test_one_role_makes_the_tables_and_another_works_on_them(
    database: str, admin: Any, tmp_path: Path
) -> None:
    role = f"worker_of_{name_of(database)}"
    admin.execute(GRANTS.format(role=role))
    owners = f"{database}&options=-csearch_path%3Dplans"
    workers = owners.replace("headwater@", f"{role}@")
    try:
        with pytest.raises(StoreMismatch, match="no Headwater tables yet"):
            Store.open(workers)
        with pytest.raises(StoreError, match="may not do that") as refused:
            upgrade(workers)
        assert "docs/operations.md" in refused.value.next
        upgrade(owners)
        assert upgrade(workers)[0] != ""
        work_on(workers)
        assert copy(workers, tmp_path / "copy.db") > 10
        admin.execute(f"REVOKE USAGE ON SCHEMA plans FROM {role}")
        with pytest.raises(StoreError, match="no schema that this user may use") as refused:
            Store.open(workers)
        assert "GRANT USAGE" in refused.value.next
    finally:
        admin.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_two_stores_in_one_database_have_nothing_in_common(database: str, admin: Any) -> None:
    places: set[Path] = set()
    for schema in ("one", "two"):
        admin.execute(f"CREATE SCHEMA {schema}")
        url = f"{database}&options=-csearch_path%3D{schema}"
        upgrade(url)
        work_on(url)
        with Store.open(url) as store:
            assert schema in store.place
            places.add(store.path)
    assert len(places) == 2


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_of_another_encoding_is_refused_before_it_has_tables(
    encoding: str, admin: Any
) -> None:
    url = databases_or_skip().create()
    name = f"{name_of(url)}_{encoding.lower()}"
    admin.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING '{encoding}'")
    try:
        with pytest.raises(StoreError, match=f"encoding {encoding}") as refused:
            upgrade(url.replace(name_of(url), name))
        assert "ENCODING 'UTF8'" in refused.value.next
    finally:
        admin.execute(f'DROP DATABASE "{name}"')


def test_a_connection_that_leads_to_a_former_primary_is_left_for_a_new_one(
    database: str, admin: Any
) -> None:
    upgrade(database)
    readonly = f'ALTER DATABASE "{name_of(database)}" SET default_transaction_read_only'
    admin.execute(f"{readonly} = on")
    with Store.open(database) as store:
        with pytest.raises(StoreUnavailable, match="readonly: a standby, or") as refused:
            put(store, "a")
        assert "target_session_attrs=read-write" in refused.value.next
        assert get(store, "a") is None
        admin.execute(f"{readonly} = off")
        put(store, "a")
        assert get(store, "a") is not None


def test_hosts_none_of_which_is_the_primary_yet_are_away_for_a_moment(url: str) -> None:
    standby = (
        url.replace("host=", "host=%2Fnowhere,")
        + "&target_session_attrs=read-write&options=-cdefault_transaction_read_only%3Don"
    )
    with pytest.raises(StoreUnavailable, match=r"nowhere.*; .*session is read-only") as away:
        Store.open(standby)
    assert away.value.retryable


@pytest.mark.parametrize("tail", ["sslmode=perhaps", "service=not-defined"])
def test_what_libpq_refuses_is_not_a_server_that_is_away(tail: str, url: str) -> None:
    with pytest.raises(StoreRefused, match=tail.partition("=")[2]):
        Store.open(f"{url}&{tail}")


def test_a_connection_that_the_server_ended_is_nothing_to_warn_of(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Store.open(url) as store, psycopg.connect(url, autocommit=True) as connection:
        put(store, "a")
        ended = connection.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
            "WHERE application_name = 'headwater' AND datname = current_database()"
        ).fetchone()
        assert ended is not None
        assert ended[0] >= 1
        with caplog.at_level(logging.WARNING):
            put(store, "b")
            assert get(store, "b") is not None
    assert caplog.records == []
