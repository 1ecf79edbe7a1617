"""Creating the schema, upgrading it, and refusing one that this code does not know."""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from headwater.errors import StoreMismatch
from headwater.store.beside import made_beside
from headwater.store.engine import driver
from headwater.store.filesystem import give_name
from headwater.store.lease_key import LeaseKey
from headwater.store.migrations.released import has_additions
from headwater.store.sql import Sql
from headwater.store.transaction import Tx

HEAD: Final = "0002"
"""The newest migration; a test compares it with the files."""
_LEASE_KEY = Sql("SELECT name, value FROM meta WHERE name IN ('secret', 'restored_ms')")
_INTEGRITY = Sql("PRAGMA integrity_check")
_PARTS = Sql("SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'")
_JOURNAL_MODE = Sql("PRAGMA journal_mode")
_KEY: Final = re.compile(r"[0-9a-f]{64}")
APPLICATION_ID: Final = 0x48445752  # "HDWR"

KNOWN = tuple(
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


def version_at(path: Path) -> str:
    """The migration that the file at `path` stands at; empty if there is none, or no store."""
    library = driver()
    with suppress(library.error):
        address = f"{path.absolute().as_uri()}?mode=ro"
        with closing(library.connect(address, uri=True)) as connection:
            return version_of(connection) or ""
    return ""


def is_current(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the store can be used as it is. Raises StoreMismatch for one of a newer version."""
    version = version_of(connection)
    if version is not None and version not in KNOWN:
        marked = connection.execute("PRAGMA application_id").fetchall()[0][0]
        raise outgrown(path, version) if marked == APPLICATION_ID else _foreign(path)
    mode = connection.execute("PRAGMA journal_mode").fetchall()[0][0]
    return version == HEAD and mode == "wal"


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the store to `HEAD`. The caller holds the ticket, no transaction is open.

    Raises StoreMismatch for a store of a newer version or of another program.
    """
    if is_current(connection, path):
        return
    version = version_of(connection)
    if version is None and connection.execute("SELECT 1 FROM sqlite_schema").fetchall():
        raise _foreign(path)
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    if version is None:
        _create(connection)
    elif version != HEAD:
        demand_released(connection, path)
        backup = path.with_name(f"{path.name}.backup-{version}")
        with made_beside(backup) as fresh:
            back_up(connection, fresh)
            give_name(fresh, backup)
        upgrade(connection, path)


def back_up(connection: sqlite3.Connection, to: Path) -> None:
    """Write a consistent, durable copy to `to`, which is nobody else's, while others go on
    writing."""
    to.touch(mode=0o600)
    connection.execute("VACUUM INTO ?", (str(to),)).close()
    descriptor = os.open(to, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None]:
    connection.execute("BEGIN IMMEDIATE").close()
    try:
        yield
        connection.execute("COMMIT").close()
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK").close()


def _create(connection: sqlite3.Connection) -> None:
    from headwater.store.ddl import statements

    with _transaction(connection):
        for statement in statements("sqlite"):
            connection.execute(statement).close()
        connection.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,)).close()
        facts = [("secret", secrets.token_hex(32)), ("now_ms", "0")]
        connection.executemany("INSERT INTO meta (name, value) VALUES (?, ?)", facts).close()
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}").close()


def demand_released(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StoreMismatch for what no migration leads on from: before anything is made of it."""

    def columns(table: str) -> list[str]:
        return [row[1] for row in connection.execute(f"PRAGMA table_info({table})").fetchall()]

    if version_of(connection) == "0001":
        has_additions(str(path), columns)


def upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """Run the missing migrations, all in one transaction."""
    # Alembic and SQLAlchemy take longer to import than everything else, and are rarely needed.
    from alembic import command
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import StaticPool

    from headwater.store.migrations import propose

    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    config = propose.configuration()
    config.attributes["place"] = str(path)
    try:
        # SQLAlchemy rolls back once when it meets a connection: the transaction begins after that.
        with engine.connect() as wrapped, wrapped.begin(), _transaction(connection):
            config.attributes["connection"] = wrapped
            command.upgrade(config, "head")
    except DBAPIError as error:
        raise error.orig or error from error  # a full disk is known by it


def lease_key(tx: Tx) -> LeaseKey:
    """What the store's leases are made with."""
    facts = {str(name): str(value) for name, value in tx.all(_LEASE_KEY)}
    key = facts.get("secret", "")
    if not _KEY.fullmatch(key):
        raise StoreMismatch(
            "the store has no key: it is damaged, or was not made by Headwater",
            next="headwater restore FILE sets it aside and puts a backup in its place",
        )
    return LeaseKey(bytes.fromhex(key), int(facts.get("restored_ms", "0")))


def defects(tx: Tx) -> list[str]:
    """What SQLite's integrity check finds, what of the schema is not there, and what acts on the
    store that is none of it."""
    damage = [str(row[0]) for row in tx.all(_INTEGRITY) if row[0] != "ok"]
    whole = _whole_schema()
    found = {(str(kind), str(name)) for kind, name in tx.all(_PARTS)}
    missing = [f"the {kind} {name} is missing" for kind, name in sorted(whole - found)]
    return damage + missing + _strange(found - whole)


def strange(connection: sqlite3.Connection) -> list[str]:
    """What acts on the store and is none of its schema."""
    found: set[tuple[str, str]] = set(connection.execute(_PARTS.sqlite.numbered).fetchall())
    return _strange(found - _whole_schema())


def _strange(added: set[tuple[str, str]]) -> list[str]:
    """A table or index that somebody added does nothing."""
    acting = sorted(part for part in added if part[0] in ("trigger", "view"))
    return [f"the {kind} {name} is none of Headwater's" for kind, name in acting]


def _whole_schema() -> set[tuple[str, str]]:
    """Kind and name of all that a new store has."""
    from headwater.store.ddl import statements

    with closing(driver().connect(":memory:")) as fresh:
        for statement in statements("sqlite"):
            fresh.execute(statement).close()
        return set(fresh.execute(_PARTS.sqlite.numbered).fetchall())


def journal_mode(tx: Tx) -> str:
    row = tx.one(_JOURNAL_MODE)
    return str(row[0]) if row else "unknown"


def outgrown(path: Path, version: str | None) -> StoreMismatch:
    return StoreMismatch(
        f"{path} has schema {version}, this Headwater knows {HEAD}",
        next="restart this window; if that does not help, upgrade Headwater",
        state={"schema": str(version), "known": HEAD},
    )


def _foreign(path: Path) -> StoreMismatch:
    return StoreMismatch(
        f"{path} is a database of another program",
        next="give Headwater a file of its own with --db or HEADWATER_DB",
    )
