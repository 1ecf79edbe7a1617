"""The store on PostgreSQL: each write is a transaction, retried where the database asks for it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import sleep
from typing import Final, TypeVar, cast

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from headwater.clock import Clock
from headwater.errors import HeadwaterError
from headwater.store.forking import forget, watch
from headwater.store.location import path_beside
from headwater.store.postgres import schema, soundness
from headwater.store.postgres.connection import (
    RETRIED,
    Connection,
    busy,
    connect,
    in_doubt,
    is_lost,
    translate,
    unavailable,
    without_rows,
)
from headwater.store.postgres.feed import PostgresFeed
from headwater.store.postgres.pool import Pool
from headwater.store.postgres.settings import Settings
from headwater.store.postgres.time import SAVE_NOW, time_of
from headwater.store.postgres.transaction import PostgresTx, WritingTx
from headwater.store.schema import HEAD, lease_key
from headwater.store.store import Store
from headwater.store.storetime import SAVE_STEP_MS
from headwater.store.transaction import Tx

T = TypeVar("T")

RETRIES: Final = 6
RETRY_S: Final = 0.005


class PostgresStore(Store):
    """A database, through a pool of connections."""

    examined = "every row can be read, no index, constraint or trigger is missing or off"

    def __init__(self, url: str, clock: Clock | None, busy_s: float) -> None:
        """Use `Store.open`."""
        self._url = url
        self.settings = settings = Settings.of(url)
        self._now = time_of(clock)
        self._busy_s = busy_s
        self._pool = Pool(settings, busy_s)
        self._inside = threading.local()
        self._feed = PostgresFeed(settings)
        super().__init__(settings.shown, path_beside(settings.shown), self._feed)

    @classmethod
    def at(cls, url: str, *, clock: Clock | None, busy_s: float) -> PostgresStore:
        """Open the database; see `Store.open`."""
        store = cls(url, clock, busy_s)
        try:
            with store._pool.connection() as connection:
                schema.check(connection, store.settings)
            store.lease_key = store.read(lease_key)
        except psycopg.Error as error:
            store.close()
            raise translate(error, store.settings) or error from error
        except BaseException:
            store.close()
            raise
        watch(store)
        return store

    @staticmethod
    def upgrade(url: str) -> tuple[str, str]:
        """Make or upgrade the schema; its versions before ("" for none) and after.

        Raises StoreMismatch for a store of a newer version or of another program.
        """
        settings = replace(Settings.of(url), statement_timeout=0)
        connection = connect(settings, lock_s=schema.LOCK_S)
        try:
            return schema.upgrade(connection, settings)
        except psycopg.Error as error:
            raise translate(error, settings) or error from error
        finally:
            connection.close()

    def write(self, operation: Callable[[Tx], T]) -> T:
        if getattr(self._inside, "operation", False):
            raise RuntimeError("an operation must not write through the store it runs in")
        self._inside.operation = True
        try:
            return self._until_done(lambda connection: self._transaction(connection, operation))
        finally:
            self._inside.operation = False

    def read(self, query: Callable[[Tx], T]) -> T:
        return self._until_done(lambda connection: self._snapshot(connection, query))

    def _until_done(self, attempt: Callable[[Connection], T]) -> T:
        """Repeat what the database undid for the sake of others, or lost before it was stored.

        A connection that was idle may have been closed by the server: that is tried once more, on
        a new one. Beyond that an outage is the caller's to know.
        """
        fresh = False
        retries = 0
        while True:
            try:
                with self._pool.connection(fresh=fresh) as connection:
                    return attempt(connection)
            except _Lost as lost:
                if fresh:
                    raise unavailable(self.settings, lost) from lost.__cause__
                fresh = True
            except errors.ReadOnlySqlTransaction as error:
                # This connection may lead to a server that was the primary, a new one to its heir.
                if fresh:
                    raise translate(error, self.settings) or error from error
                fresh = True
            except RETRIED as error:
                if retries == RETRIES:
                    raise busy(self.settings) from error
                retries += 1
                sleep(RETRY_S * 2**retries * random.random())
            except psycopg.Error as error:
                raise translate(error, self.settings) or without_rows(error) from error

    def _transaction(self, connection: Connection, operation: Callable[[Tx], T]) -> T:
        """BEGIN to COMMIT, and the hint for others."""
        commit = None
        changed = False
        refusal: HeadwaterError | None = None
        result: T | None = None
        try:
            with connection.pipeline() as pipeline:
                connection.execute(b"BEGIN")
                tx = WritingTx(connection, pipeline, self._now, self._refuse)
                try:
                    result = operation(tx)
                except HeadwaterError as error:
                    if not error.keeps_changes:
                        raise
                    refusal = error
                now_ms = tx.now_ms
                tx.end()
                changed = tx.changed
                if changed and now_ms - tx.stored_ms >= SAVE_STEP_MS:
                    connection.execute(SAVE_NOW, [str(now_ms)])
                commit = connection.execute(b"COMMIT")
                if changed:
                    connection.execute(self._feed.hint)
        except psycopg.Error as error:
            if commit is None or commit.statusmessage != "COMMIT":
                self._undo(connection)
                if is_lost(connection, error):
                    raise (
                        _Lost(str(error)) if commit is None else in_doubt(self.settings)
                    ) from error
                raise
        except BaseException:
            self._undo(connection)
            raise
        if changed:
            self.feed.committed()
        if refusal is not None:
            raise refusal
        return cast("T", result)

    def _snapshot(self, connection: Connection, query: Callable[[Tx], T]) -> T:
        try:
            with connection.pipeline() as pipeline:
                connection.execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                tx = PostgresTx(connection, pipeline, self._now)
                try:
                    result = query(tx)
                finally:
                    tx.end()
                connection.execute(b"COMMIT")
        except BaseException as error:
            self._undo(connection)
            if isinstance(error, psycopg.Error) and is_lost(connection, error):
                raise _Lost(str(error)) from error
            raise
        return result

    def _undo(self, connection: Connection) -> None:
        """End a transaction that failed.

        Past psycopg, which would forget its prepared statements at a ROLLBACK.
        """
        if connection.pgconn.transaction_status in (
            TransactionStatus.INTRANS,
            TransactionStatus.INERROR,
        ):
            connection.pgconn.exec_(b"ROLLBACK")

    def _refuse(self, version: str) -> None:
        if version != HEAD:
            raise schema.outgrown(self.settings, version)

    def describe(self) -> dict[str, str]:
        durable = ("synchronous_commit", "fsync", "full_page_writes")
        readonly = ("in_hot_standby", "transaction_read_only")
        facts = self._until_done(
            lambda connection: {
                name: str(connection.execute(f"SHOW {name}".encode()).fetchall()[0][0])
                for name in ("server_version", "data_checksums", *readonly, *durable)
            }
        )
        unsafe = [name for name in durable if facts[name] == "off"]
        safety = {"safe_because": "a commit is on the server's disk before its call is answered"}
        if unsafe:
            what = " and ".join(unsafe)
            safety = {"unsafe_because": f"a crash of the server may lose commits: {what} off there"}
        if facts["in_hot_standby"] == "on":
            safety["readonly_because"] = "it is a standby"
        elif facts["transaction_read_only"] == "on":
            safety["readonly_because"] = "default_transaction_read_only is on there"
        return {
            "database": f"PostgreSQL {facts['server_version']}, synchronous_commit "
            f"{facts['synchronous_commit']}, fsync {facts['fsync']}, "
            f"data_checksums {facts['data_checksums']}, schema {HEAD}",
            **safety,
        }

    def integrity_check(self) -> list[str]:
        settings = replace(self.settings, statement_timeout=0)
        with closing(connect(settings, lock_s=self._busy_s)) as connection:
            try:
                return list(soundness.problems(connection))
            except psycopg.Error as error:
                raise translate(error, settings) or error from error

    def backup(self, to: Path) -> None:
        """Into a SQLite file. (`pg_dump` does it in PostgreSQL's own form.)"""
        from headwater.store.copying import copy

        copy(self._url, to)

    def close(self) -> None:
        self.feed.stop()
        self._pool.close(self._busy_s)
        forget(self)

    # -- forks -------------------------------------------------------------------------------------

    def before_fork(self) -> None:
        """Nothing of this process has to rest: the child will not touch its connections."""
        self.feed.pause()

    def after_fork_in_parent(self) -> None:
        self.feed.resume()

    def after_fork_in_child(self) -> None:
        """Begin anew with connections of our own."""
        self.feed.after_fork(usable=True)
        self._pool.after_fork()
        self._inside = threading.local()


class _Lost(Exception):
    """The connection broke before COMMIT was sent: nothing was stored."""
