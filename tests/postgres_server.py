"""A real PostgreSQL for tests: one server a process, and a pool of databases in it.

The server is the one that HEADWATER_TEST_PG names (its user must be allowed to create databases),
else one of our own, in memory and without fsync (`postgres_programs`). Tests are skipped only where
there is neither; a server that does not start is a failure.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote, urlsplit, urlunsplit

import pytest

from headwater.store.location import path_beside, shown
from patience import PATIENCE_S
from postgres_programs import NoPostgres, folder_while_we_live, open_place, programs

VARIABLE = "HEADWATER_TEST_PG"
on_sqlite = pytest.mark.parametrize("database", ["sqlite"])
"""For a test of something that only SQLite has."""
_NUMBERS = count()
_ROOM_BYTES = 2 * 2**30
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "listen_addresses": "",
}


@dataclass
class Server:
    """A server of our own in a folder of its own; it can be stopped and started again."""

    settings: dict[str, str] = field(default_factory=dict[str, str])
    """Beside those that make tests fast; `DURABLE` for a server that shall survive a crash."""
    folder: Path = Path()
    """Where it is made; by default in memory."""
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self._programs = programs()
        base = _in_memory() if self.folder == Path() else self.folder.absolute()
        self.folder = folder_while_we_live("headwater-pg-", base)
        # PostgreSQL refuses to run as root.
        self._as: dict[str, str] = {}
        if os.geteuid() == 0:
            self._as = {"user": "nobody"}
            shutil.chown(self.folder, user="nobody")
        atexit.register(self.remove)
        made = subprocess.run(
            [
                self._programs / "initdb", "--pgdata", self.folder / "data", "--username=headwater",
                "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync",
            ],
            cwd=self.folder, capture_output=True, text=True, check=False, **self._as,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"initdb fails here: {made.stderr.strip()[-300:]}")
        self.start()

    def start(self) -> None:
        assigned = [f"--{name}={value}" for name, value in (_FAST | self.settings).items()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self._programs / "postgres", "-D", "data", "-k", self.folder, *assigned],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._as,
            )  # fmt: skip
        until = monotonic() + PATIENCE_S
        while not self._answers():
            if self.process.poll() is not None or monotonic() > until:
                raise RuntimeError((self.folder / "log").read_text()[-500:])
            sleep(0.02)

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        return f"postgresql://headwater@/{database}?host={quote(str(self.folder), safe='')}"

    def stop(self, sign: int = signal.SIGINT) -> None:
        """SIGINT: a fast shutdown. SIGQUIT: at once, as in a crash; its children end, too."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(sign)
            self.process.wait(PATIENCE_S)
        self.process = None

    def remove(self) -> None:
        atexit.unregister(self.remove)
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)


def _in_memory() -> Path:
    """A folder in memory if there is room (a container may have 64 MB), else one on disk."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM_BYTES:
        return memory
    return open_place()


class Databases:
    """Databases with an empty store each: emptied after use and used again."""

    TEMPLATE = "headwater_template"

    def __init__(self, base: str) -> None:
        import psycopg

        self._base = base
        self._prefix = f"headwater_test_{os.getpid()}_{next(_NUMBERS)}"
        self._made = 0
        self._free: list[str] = []
        self._admin = psycopg.connect(base, autocommit=True)
        self.template = self.create()
        self._prepare(self.template)

    def create(self, template: str = "template0") -> str:
        """A new database; its URL."""
        name = f"{self._prefix}_{self._made}"
        self._made += 1
        self._admin.execute(
            f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\''.encode()
        )
        parts = urlsplit(self._base)
        return urlunsplit(parts._replace(path=f"/{name}"))

    def _prepare(self, url: str) -> None:
        from headwater.store.postgres.store import PostgresStore

        PostgresStore.upgrade(url)

    def copy_of_template(self) -> str:
        """A new database with an empty store."""
        return self.create(urlsplit(self.template).path[1:])

    @contextlib.contextmanager
    def empty_store(self) -> Iterator[str]:
        """The URL of a store without boards."""
        url = self._free.pop() if self._free else self.copy_of_template()
        yield url
        self._clear(url)
        beside = path_beside(shown(url))
        for file in beside.parent.glob(beside.name + ".*"):
            file.unlink()
        self._free.append(url)

    def _clear(self, url: str) -> None:
        import psycopg

        from headwater.store.tables import Table

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")  # no triggers
            names = [name for name in Table.metadata.tables if name != "meta"]
            known = [*Table.metadata.tables, "recall_words", "alembic_version"]
            added = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
                "AND tablename <> ALL(%s)",
                [known],
            ).fetchall()
            with connection.pipeline():
                for (name,) in added:
                    connection.execute(f'DROP TABLE "{name}"'.encode())
                for name in names:
                    connection.execute(f'DELETE FROM "{name}"'.encode())
                connection.execute("DELETE FROM recall_words")
                connection.execute("DELETE FROM meta WHERE name NOT IN ('secret', 'now_ms')")
                connection.execute("UPDATE meta SET value = '0' WHERE name = 'now_ms'")
                for name, table in Table.metadata.tables.items():
                    if table.autoincrement_column is not None:
                        connection.execute(f'ALTER SEQUENCE "{name}_id_seq" RESTART'.encode())

    def close(self) -> None:
        """Leave the databases to the end of their server."""
        self._admin.close()

    def drop_all(self) -> None:
        for number in range(self._made):
            self._admin.execute(
                f'DROP DATABASE IF EXISTS "{self._prefix}_{number}" WITH (FORCE)'.encode()
            )
        self._admin.close()


@cache
def databases() -> Databases | str:
    """The databases of this process, or why there are none."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed"
    given = os.environ.get(VARIABLE, "")
    try:
        found = Databases(given or Server().url("postgres"))
    except NoPostgres as reason:
        return f"{reason}, and {VARIABLE} names none"
    atexit.register(found.drop_all if given else found.close)
    return found


def databases_or_skip() -> Databases:
    found = databases()
    if isinstance(found, str):
        pytest.skip(found)
    return found


@contextlib.contextmanager
def own_server_or_skip(what: str, settings: Mapping[str, str] = {}) -> Iterator[Server]:
    """A server for one purpose alone, `what`: stopping, killing or damaging it."""
    databases_or_skip()
    try:
        server = Server(dict(settings))
    except NoPostgres as reason:
        pytest.skip(f"{what} needs a server of our own: {reason}")
    yield server
    server.remove()
