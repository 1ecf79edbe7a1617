"""Counters in a store, and processes that work on them."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import re
import sqlite3
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any

from headwater.board import Board
from headwater.store import engine, schema
from headwater.store.engine import LIBRARY_VARIABLE
from headwater.store.migrations import propose
from headwater.store.sql import Sql
from headwater.store.store import Store
from headwater.store.transaction import Tx

SET = Sql("INSERT INTO meta (name, value) VALUES (:name, :value)")
GET = Sql("SELECT value FROM meta WHERE name = :name")
ADD = Sql("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = :name")
LIKE = Sql("SELECT name FROM meta WHERE name LIKE :pattern")

# Each child starts from a server process without threads that has everything imported.
_CONTEXT = multiprocessing.get_context("forkserver")
_PRELOADED = ["headwater.board", "headwater.store.sqlite"]
if importlib.util.find_spec("psycopg") is not None:
    _PRELOADED.append("headwater.store.postgres.store")
_CONTEXT.set_forkserver_preload(_PRELOADED)


def raw(path: Path) -> sqlite3.Connection:
    """A connection past the store, in autocommit mode.

    By the same library as the store's: two copies of SQLite in one process do not see each
    other's locks.
    """
    return engine.driver().connect(path, isolation_level=None)


def described(path: Path) -> dict[str, list[str]]:
    """Every object of a database and its definition, without accidents of layout. A column that is
    added to a table is its last."""
    connection = raw(path)
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"
    ).fetchall()
    connection.close()
    plain = {
        name: re.sub(r"\s+", " ", sql).replace("( ", "(").replace(" )", ")") for name, sql in rows
    }
    return {
        name: sorted(sql.split(", ")) if sql.startswith("CREATE TABLE") else [sql]
        for name, sql in plain.items()
    }


def put(store: Store, name: str, value: str = "0") -> None:
    store.write(lambda tx: tx.run(SET, name=name, value=value))


def get(store: Store, name: str) -> str | None:
    def query(tx: Tx) -> str | None:
        row = tx.one(GET, name=name)
        return row[0] if row else None

    return store.read(query)


def add(store: Store, name: str) -> None:
    store.write(lambda tx: tx.run(ADD, name=name))


class Worker:
    """A process that runs `work(pipe, *arguments)`."""

    def __init__(self, work: Callable[..., None], library: str, *arguments: object) -> None:
        self.pipe, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(
            target=_enter, args=(work, library, theirs, *arguments), daemon=True
        )
        self.process.start()
        theirs.close()

    def result(self, timeout_s: float = 120) -> Any:
        """The next thing that the worker sends."""
        if not self.pipe.poll(timeout_s):
            raise TimeoutError("the worker says nothing")
        return self.pipe.recv()

    def everything_sent(self) -> list[Any]:
        """What a worker that is dead managed to send."""
        sent: list[Any] = []
        try:
            while self.pipe.poll(1):
                sent.append(self.pipe.recv())
        except EOFError:
            pass
        return sent

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def end(self) -> None:
        self.process.join(120)
        assert self.process.exitcode == 0


def _enter(work: Callable[..., None], library: str, pipe: Connection, *arguments: object) -> None:
    os.environ[LIBRARY_VARIABLE] = library
    work(pipe, *arguments)


def create(pipe: Connection, path: Path) -> None:
    """Open the store at the same moment as the others."""
    pipe.send("here")
    pipe.recv()
    with Store.open(path) as store:
        pipe.send(store.lease_key.secret.hex())


def increment(pipe: Connection, path: Path, times: int) -> None:
    """Add one, `times` times; say when this one was finished and the longest wait, in s."""
    with Store.open(path) as store:
        pipe.send("here")
        pipe.recv()
        longest_s = 0.0
        for _ in range(times):
            before_s = perf_counter()
            add(store, "counter")
            longest_s = max(longest_s, perf_counter() - before_s)
        pipe.send((perf_counter(), longest_s))


def acknowledge(pipe: Connection, path: Path, name: str) -> None:
    """Store rows without end and report each one after its commit."""
    with Store.open(path) as store:
        pipe.send("here")
        pipe.recv()
        number = 0
        while True:
            number += 1
            key = f"{name}-{number}"
            put(store, key)
            pipe.send(key)


def add_when_told(pipe: Connection, path: Path, name: str) -> None:
    """Add one for every message until told to stop."""
    with Store.open(path) as store:
        pipe.send("here")
        while pipe.recv() != "stop":
            add(store, name)
            pipe.send("done")


def claim_all(pipe: Connection, location: str, name: str) -> None:
    """Claim and finish until nothing is left; send every claim."""
    with Board.open(location, "default") as board:
        session = board.join(name).session
        pipe.send("here")
        pipe.recv()
        while (got := board.claim(session)).none is None:
            pipe.send((got.task, got.fence))
            board.finish(got.lease or "", summary="x")
        pipe.send(None)


_OLDER = """
revision = "0000"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
"""

_NEWER = """
from alembic import op

revision = "{head}"
down_revision = "0000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("INSERT INTO meta (name, value) VALUES ('upgraded', '1')")
    op.execute("CREATE TABLE added (x INTEGER)")
    {last}
"""


def other_migrations(folder: Path, last: str = "pass") -> Path:
    """Migrations with an older version 0000, and one from there to that of the code."""
    versions = folder / "versions"
    versions.mkdir()
    (versions / "0000_old.py").write_text(_OLDER)
    newer = _NEWER.format(head=schema.HEAD, last=last)
    (versions / f"{schema.HEAD}_new.py").write_text(newer)
    return versions


def use_migrations(versions: Path, set_attribute: Callable[[object, str, object], None]) -> None:
    """Let the code have `versions` instead of its own migrations."""
    config = propose.configuration()
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "newline")
    set_attribute(propose, "configuration", lambda: config)
    set_attribute(schema, "KNOWN", ("0000", schema.HEAD))


def open_with_migrations(pipe: Connection, path: Path, versions: Path) -> None:
    """Open, and so upgrade, an older store at the same moment as the others."""
    use_migrations(versions, setattr)
    pipe.send("here")
    pipe.recv()
    with Store.open(path) as store:
        pipe.send(get(store, "upgraded"))
