"""The schema of a store on PostgreSQL: made and upgraded when asked, compared when opened."""

from __future__ import annotations

import secrets
from typing import Final

import psycopg

from headwater.errors import StoreError, StoreMismatch
from headwater.store.postgres.connection import Connection, connect
from headwater.store.postgres.settings import Settings
from headwater.store.schema import HEAD, KNOWN

LOCK_S: Final = 60.0
"""How long an upgrade waits for others."""
_LOCK: Final = 0x48445752
"""The advisory lock under which schemas are made: "HDWR"."""


def version_of(connection: Connection) -> str | None:
    """The migration that the store stands at, None for an empty database."""
    (found,) = connection.execute(b"SELECT to_regclass('alembic_version')::text").fetchall()[0]
    if found is None:
        return None
    rows = connection.execute(b"SELECT version_num FROM alembic_version").fetchall()
    return str(rows[0][0]) if rows else None


def check(connection: Connection, settings: Settings) -> None:
    """Raise StoreMismatch unless the schema is the one that this code knows."""
    version = version_of(connection)
    if version == HEAD:
        return
    if version is None:
        _demand_schema(connection, settings)
        raise StoreMismatch(
            f"{settings.shown} has no Headwater tables yet",
            next="make them: headwater db upgrade --db URL",
        )
    _refuse_unknown(connection, settings, version)
    raise StoreMismatch(
        f"{settings.shown} has schema {version}, this Headwater needs {HEAD}",
        next="stop the other servers, make a backup, then: headwater db upgrade --db URL",
        state={"schema": version, "known": HEAD},
    )


def _demand_schema(connection: Connection, settings: Settings) -> None:
    ((schema, path),) = connection.execute(
        b"SELECT current_schema(), current_setting('search_path')"
    ).fetchall()
    if schema is None:
        raise StoreError(
            f"{settings.shown} has no schema that this user may use: search_path is {path}",
            next="CREATE SCHEMA it, GRANT USAGE ON it, or correct search_path",
        )


def _demand_unicode(connection: Connection, settings: Settings) -> None:
    ((encoding,),) = connection.execute(b"SHOW server_encoding").fetchall()
    if encoding != "UTF8":
        raise StoreError(
            f"{settings.shown} has the encoding {encoding}; texts need UTF8",
            next="make another: CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'",
        )


def outgrown(settings: Settings, version: str) -> StoreMismatch:
    return StoreMismatch(
        f"{settings.shown} has schema {version}, this Headwater knows {HEAD}",
        next="restart this window; if that does not help, upgrade Headwater",
        state={"schema": version, "known": HEAD},
    )


def _refuse_unknown(connection: Connection, settings: Settings, version: str) -> None:
    if version in KNOWN:
        return
    (ours,) = connection.execute(b"SELECT to_regclass('rank_todo') IS NOT NULL").fetchall()[0]
    if ours:
        raise outgrown(settings, version)
    raise StoreMismatch(
        f"{settings.shown} is a database of another program",
        next="give Headwater a database of its own",
    )


def upgrade(connection: Connection, settings: Settings) -> tuple[str, str]:
    """Bring the store to `HEAD`, wholly or not at all; the versions before ("": none) and after.

    Raises StoreMismatch for a store of a newer version or of another program.
    """
    connection.execute(b"SELECT pg_advisory_lock($1)", [_LOCK])  # until this connection ends
    version = version_of(connection)
    if version == HEAD:
        return HEAD, HEAD
    if version is None:
        _demand_unicode(connection, settings)
        try:
            with connection.transaction():
                create(connection)
        except psycopg.errors.DuplicateTable as error:
            raise StoreMismatch(
                f"{settings.shown} has tables of another program ({error})",
                next="give Headwater a database of its own",
            ) from error
        return "", HEAD
    _refuse_unknown(connection, settings, version)
    _migrate(settings)
    return version, HEAD


def create(connection: Connection) -> None:
    """Make the whole schema."""
    from headwater.store.ddl import statements

    for statement in statements("postgresql"):
        connection.execute(statement.encode())
    connection.execute(b"INSERT INTO alembic_version VALUES ($1)", [HEAD])
    connection.execute(
        b"INSERT INTO meta (name, value) VALUES ('secret', $1), ('now_ms', '0')",
        [secrets.token_hex(32)],
    )


def _migrate(settings: Settings) -> None:
    # Alembic and SQLAlchemy take longer to import than everything else, and are rarely needed.
    from alembic import command
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    from headwater.store.migrations import propose

    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: _for_sqlalchemy(connect(settings, lock_s=LOCK_S)),
        poolclass=NullPool,
    )
    config = propose.configuration()
    config.attributes["place"] = settings.shown
    try:
        with engine.begin() as connection:
            # An older server that still runs must write nothing that the migrations have passed by.
            # The board first, as every write of a board takes it; then what every write reads.
            for table in ("board", "alembic_version"):
                connection.exec_driver_sql(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:
        raise error.orig or error from error  # what the database says is known by it


def _for_sqlalchemy(connection: Connection) -> Connection:
    connection.autocommit = False
    connection.cursor_factory = psycopg.Cursor
    connection.prepare_threshold = None
    return connection
