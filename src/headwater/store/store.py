"""The store: one SQLite file, opened for all threads of this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from headwater import limits
from headwater.clock import Clock, SystemClock
from headwater.errors import StoreError
from headwater.store import engine, schema
from headwater.store.feed import ChangeFeed
from headwater.store.readers import Readers
from headwater.store.storetime import StoreTime
from headwater.store.ticket import Ticket
from headwater.store.transaction import Tx
from headwater.store.writer import Writer

T = TypeVar("T")


class Store:
    """Durable state: `write` runs an operation in a transaction, `read` a query on a snapshot."""

    def __init__(self, path: Path, clock: Clock, busy_s: float) -> None:
        """Use `Store.open`."""
        self.path = path
        self._driver = engine.driver()
        self._busy_s = busy_s
        self._ticket = Ticket(path)
        self._time = StoreTime(clock)
        self.feed = ChangeFeed(self._driver, path)
        self._readers = Readers(self._driver, path, self._time, busy_s)
        self._writer = Writer(
            self._driver,
            path,
            self._ticket,
            self._time,
            version=schema.HEAD,
            busy_s=busy_s,
            committed=self.feed.committed,
        )
        self.secret = b""

    @classmethod
    def open(
        cls,
        url: str | Path,
        *,
        clock: Clock | None = None,
        create: bool = True,
        busy_s: float = limits.STORE_BUSY_SECONDS,
    ) -> Store:
        """Open the store at a path or `sqlite:///path`; create or upgrade its schema if needed.

        `busy_s`: how long a write may wait for other processes before StoreBusy.
        Raises StoreError (or StoreCorrupt, StoreMismatch, StoreBusy) when it cannot be used.
        """
        path = _path_of(url)
        _make_file(path, create)
        store = cls(path, clock or SystemClock(), busy_s)
        try:
            store._prepare()
        except store._driver.error as error:
            raise engine.translate(error, path) or error from error
        return store

    def _prepare(self) -> None:
        connection = engine.connect(self._driver, self.path, busy_s=self._busy_s)
        if schema.version_of(connection) == schema.HEAD:
            with self._ticket.held():
                connection.close()
        else:
            with self._ticket.held():
                try:
                    schema.prepare(connection, self.path)
                finally:
                    connection.close()
        self.secret = self._readers.read(schema.secret)

    def write(self, operation: Callable[[Tx], T]) -> T:
        """Run `operation` in a transaction of its own and return when it is durable.

        Raises what it raised, after undoing what it wrote (unless the error `keeps_changes`).
        """
        return self._writer.submit(operation)

    def read(self, query: Callable[[Tx], T]) -> T:
        """Run `query` on a snapshot. It may not write, and should be short."""
        return self._readers.read(query)

    @property
    def sqlite_version(self) -> str:
        return ".".join(map(str, self._driver.version))

    def describe(self) -> dict[str, str]:
        """For `doctor`: which SQLite this is, and why it is safe."""
        safe = "this SQLite is free of the WAL-reset bug"
        if self._driver.has_reset_bug:
            safe = (
                "this SQLite has the WAL-reset bug; the write ticket, held during every commit, "
                "checkpoint and close, keeps it from happening"
            )
        mode = self.read(schema.journal_mode)
        return {
            "path": str(self.path),
            "library": self._driver.name,
            "sqlite": self.sqlite_version,
            "journal_mode": mode,
            "synchronous": "full",
            "schema": schema.HEAD,
            "safe_because": safe,
        }

    def close(self) -> None:
        """Finish what is queued and close. Idempotent."""
        self.feed.stop()
        drained = self._writer.stop(self._busy_s)
        idle = self._readers.stop(self._busy_s)
        if drained and idle:
            self._close_connections()

    def _close_connections(self) -> None:
        with self._ticket.held():
            self._readers.close_idle()
            self.feed.close_connection()
            self._writer.close_connection()
        self._ticket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _path_of(url: str | Path) -> Path:
    text = str(url)
    if text.startswith(("postgresql:", "postgres:", "postgresql+")):
        raise StoreError(
            "PostgreSQL stores come in a later version",
            next="give a file path, for instance with --db or HEADWATER_DB",
        )
    text = text.removeprefix("sqlite:///")
    if text in {"", ":memory:", "sqlite://"}:
        raise StoreError(
            "a store in memory would be lost and could not be shared",
            next="give a file path",
        )
    if "://" in text:
        raise StoreError(f"{text.split('://')[0]}:// is no kind of store", next="give a file path")
    return Path(text).expanduser().absolute()


def _make_file(path: Path, create: bool) -> None:
    """Make the file, readable by its owner only, so that nobody else ever has it open."""
    if path.exists():
        return
    if not create:
        raise StoreError(f"there is no store at {path}", next="create it first")
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
