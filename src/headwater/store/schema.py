"""Creating the schema, upgrading it, and refusing one that this code does not know."""

from __future__ import annotations

import os
import secrets
import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, text
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateIndex, CreateTable

from headwater.errors import StoreMismatch
from headwater.store import tables
from headwater.store.dialect import append_only
from headwater.store.sql import Sql
from headwater.store.transaction import Tx

HEAD: Final = "0001"
"""The newest migration; a test compares it with the files."""
_SECRET = Sql(text("SELECT value FROM meta WHERE name = 'secret'"))
_INTEGRITY = Sql(text("PRAGMA integrity_check"))
_JOURNAL_MODE = Sql(text("PRAGMA journal_mode"))
APPLICATION_ID: Final = 0x48445752  # "HDWR"

_KNOWN = tuple(
    path.name.split("_")[0]
    for path in (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py")
)


def version_of(connection: sqlite3.Connection) -> str | None:
    """The migration that the store stands at, None for an empty file."""
    found = connection.execute(
        "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'alembic_version'"
    ).fetchall()
    if not found:
        return None
    rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return str(rows[0][0]) if rows else None


def is_current(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the store can be used as it is. Raises StoreMismatch for a newer one."""
    version = version_of(connection)
    if version is not None and version not in _KNOWN:
        raise outgrown(path, version)
    mode = connection.execute("PRAGMA journal_mode").fetchall()[0][0]
    return version == HEAD and mode == "wal"


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the store to `HEAD`. The caller holds the ticket, no transaction is open.

    Raises StoreMismatch for a store of a newer version or of another program.
    """
    if is_current(connection, path):
        return
    version = version_of(connection)
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    if version == HEAD:
        return
    if version is not None:
        back_up(connection, path.with_name(f"{path.name}.backup-{version}"))
    connection.execute("BEGIN IMMEDIATE").close()
    try:
        if version is None:
            _create(connection, path)
            connection.execute("COMMIT").close()
        else:
            upgrade(connection)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK").close()


def back_up(connection: sqlite3.Connection, to: Path) -> None:
    """Write a consistent, durable copy to `to`, while others go on writing."""
    partial = to.with_name(to.name + ".partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    try:
        connection.execute("VACUUM INTO ?", (str(partial),)).close()
        descriptor = os.open(partial, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        partial.replace(to)
    finally:
        partial.unlink(missing_ok=True)


def _create(connection: sqlite3.Connection, path: Path) -> None:
    """The whole schema from the tables; a test shows that the migrations make the same."""
    if connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall():
        raise StoreMismatch(
            f"{path} is a database of another program",
            next="give Headwater a file of its own with --db or HEADWATER_DB",
        )
    dialect = sqlite_dialect.dialect()
    for table in tables.Table.metadata.sorted_tables:
        connection.execute(str(CreateTable(table).compile(dialect=dialect))).close()
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            connection.execute(str(CreateIndex(index).compile(dialect=dialect))).close()
    for table in tables.APPEND_ONLY:
        for statement in append_only("sqlite", table):
            connection.execute(statement).close()
    connection.execute(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    ).close()
    connection.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,)).close()
    add_facts(connection)


def add_facts(connection: sqlite3.Connection) -> None:
    """What a new store is born with: its key and its time."""
    connection.executemany(
        "INSERT INTO meta (name, value) VALUES (?, ?)",
        [("secret", secrets.token_hex(32)), ("now_ms", "0")],
    ).close()
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}").close()


def upgrade(connection: sqlite3.Connection) -> None:
    """Run the missing migrations inside the open transaction, and commit it."""
    # Alembic takes longer to import than everything else at start-up, and is rarely needed.
    from alembic import command

    from headwater.store.migrations.propose import configuration

    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    config = configuration()
    with engine.connect() as wrapped, wrapped.begin():
        config.attributes["connection"] = wrapped
        command.upgrade(config, "head")


def secret(tx: Tx) -> bytes:
    """The store's key."""
    row = tx.one(_SECRET)
    if row is None:
        raise StoreMismatch("the store has no key: it was not made by Headwater")
    return bytes.fromhex(row[0])


def defects(tx: Tx) -> list[str]:
    """What SQLite's integrity check finds."""
    return [str(row[0]) for row in tx.all(_INTEGRITY) if row[0] != "ok"]


def journal_mode(tx: Tx) -> str:
    row = tx.one(_JOURNAL_MODE)
    return str(row[0]) if row else "unknown"


def outgrown(path: Path, version: str | None) -> StoreMismatch:
    return StoreMismatch(
        f"{path} has schema {version}, this Headwater knows {HEAD}",
        next="restart this window; if that does not help, upgrade Headwater",
        state={"schema": str(version), "known": HEAD},
    )
