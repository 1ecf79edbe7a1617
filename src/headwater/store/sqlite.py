"""The store on SQLite: one file, opened for all threads of this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from headwater.clock import Clock, SystemClock
from headwater.errors import StoreCorrupt, StoreError
from headwater.store import engine, schema
from headwater.store.batch import Batches
from headwater.store.beside import made_beside
from headwater.store.connection import WriteConnection
from headwater.store.feed import SqliteFeed
from headwater.store.filesystem import Presence, demand_free, give_name, make_file, refuse_network
from headwater.store.forking import forget, watch
from headwater.store.readers import Readers
from headwater.store.store import Store
from headwater.store.storetime import StoreTime
from headwater.store.ticket import Ticket, exclusively
from headwater.store.transaction import Tx
from headwater.store.writer import Writer

T = TypeVar("T")
FORK_PATIENCE_S: Final = 5.0


class SqliteStore(Store):
    """One file, with one write path per process and a ticket across processes."""

    examined = "the file is whole, no table, index or trigger is missing"

    def __init__(self, path: Path, clock: Clock, busy_s: float) -> None:
        """Use `Store.open`."""
        self._driver = engine.driver()
        self._feed = SqliteFeed(self._driver, path)
        super().__init__(str(path), path, self._feed)
        self._busy_s = busy_s
        self._ticket = Ticket(path)
        self._time = StoreTime(clock)
        presence = Presence(path)
        self._readers = Readers(self._driver, path, presence, self._time, busy_s)
        self._connection = WriteConnection(self._driver, path, presence)
        self._batches = Batches(self._driver, path, self._connection, self._time, schema.HEAD)
        self._writer = Writer(
            path,
            self._ticket,
            self._connection,
            self._batches,
            busy_s=busy_s,
            committed=self._feed.committed,
        )
        self._torn = False

    @classmethod
    def at(cls, path: Path, *, clock: Clock | None, create: bool, busy_s: float) -> SqliteStore:
        """Open the file; see `Store.open`."""
        refuse_network(path)
        make_file(path, create=create)
        store = cls(path, clock or SystemClock(), busy_s)
        try:
            store._prepare()
        except store._driver.error as error:
            store.close()
            raise engine.translate(error, path) or error from error
        except OSError as error:  # of the ticket's file, or a circle of links
            store.close()
            raise engine.unusable(path, error.strerror or str(error)) from error
        except BaseException:
            store.close()
            raise
        watch(store)
        return store

    def _prepare(self) -> None:
        """Bring the schema up to date; the connection for that becomes the writer's."""
        is_new = self.path.stat().st_size == 0
        if is_new or not schema.is_current(self._connection.get(), self.path):
            # Not by the writer's own ticket: that would let its lock go.
            with (
                exclusively(self.path, self._busy_s),
                self._connection.flushing() as connection,
            ):
                schema.prepare(connection, self.path)
        self.lease_key = self._readers.read(schema.lease_key)

    def write(self, operation: Callable[[Tx], T]) -> T:
        if self._torn:
            self._refuse_torn()
        return self._writer.submit(operation)

    def at_once(self, operation: Callable[[Tx], T]) -> T | None:
        return None if self._torn else self._writer.at_once(operation)

    def read(self, query: Callable[[Tx], T]) -> T:
        if self._torn:
            self._refuse_torn()
        return self._readers.read(query)

    def describe(self) -> dict[str, str]:
        safe = "this SQLite is free of the WAL-reset bug"
        if self._driver.has_reset_bug:
            safe = (
                "this SQLite has the WAL-reset bug; the write ticket, held during every commit, "
                "checkpoint and close, keeps it from happening"
            )
        version = ".".join(map(str, self._driver.version))
        mode = self.read(schema.journal_mode)
        return {
            "database": f"SQLite {version} by {self._driver.name}, journal {mode}, "
            f"flushed before every answer, schema {schema.HEAD}",
            "safe_because": safe,
        }

    def backup(self, to: Path) -> None:
        demand_free(to)
        try:
            with made_beside(to) as fresh:
                self._readers.whole(lambda connection: schema.back_up(connection, fresh))
                demand_free(to)
                give_name(fresh, to)
        except self._driver.error as error:
            typed = engine.translate(error, to)
            if isinstance(typed, StoreCorrupt):  # what is new cannot be
                typed = engine.corrupt(self.path, str(error))
            raise typed or error from error

    def integrity_check(self) -> list[str]:
        try:
            return self._readers.read(schema.defects)
        except StoreCorrupt as error:
            return [error.message]

    def close(self) -> None:
        if self._torn:
            return
        self.feed.stop()
        drained = self._writer.stop(self._busy_s)
        self._readers.close()
        idle = self._readers.stop(self._busy_s)
        if drained and idle:
            # Otherwise something still runs, and the end of the process has to do.
            self._close_connections(self._busy_s)
            forget(self)

    def _close_connections(self, within_s: float) -> bool:
        try:
            with self._ticket.held(within_s):
                self._readers.close_idle()
                self._feed.close_connection()
                self._connection.close()
        except OSError:  # a timeout, or the folder is gone
            return False
        self._ticket.close()
        return True

    def before_fork(self) -> None:
        """Come to rest and close everything (see `forking`)."""
        rested = self._writer.pause(FORK_PATIENCE_S) and self._readers.stop(FORK_PATIENCE_S)
        self.feed.pause()
        self._torn = not (rested and self._close_connections(FORK_PATIENCE_S))

    def after_fork_in_parent(self) -> None:
        """Go on; connections are opened again when they are needed."""
        self.feed.resume()
        self._readers.resume()
        self._writer.resume()
        self._torn = False

    def after_fork_in_child(self) -> None:
        """Begin anew, without the parent's threads, waiters and queued operations."""
        self.feed.after_fork(usable=not self._torn)
        self._readers.after_fork()
        self._writer.after_fork()
        self._connection.log.after_fork()
        self._ticket.close()

    def _refuse_torn(self) -> None:
        if self._torn:
            raise StoreError(
                "this process was forked while its parent was using the store",
                next="open the store after the fork",
            )
