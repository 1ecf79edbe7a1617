"""A transaction on PostgreSQL, in pipeline mode: changes travel with the next question.

Only what returns something waits for the server. The error of a change is raised by whatever waits
next, at the latest by the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from headwater.store.postgres.connection import Connection
from headwater.store.postgres.time import STATE, Now
from headwater.store.sql import Compiled, Plain, Sql, Value
from headwater.store.transaction import Tx

if TYPE_CHECKING:
    from psycopg import Cursor, Pipeline

R = TypeVar("R")


class PostgresTx(Tx):
    """What a query or an operation is given."""

    __slots__ = ("_now", "_now_ms", "_pipeline", "_state", "connection", "stored_ms")

    dialect = "postgresql"

    def __init__(self, connection: Connection, pipeline: Pipeline, now: Now) -> None:
        self.connection: Connection | None = connection
        self._pipeline = pipeline
        self._now = now
        self._state: Cursor[Any] | None = None
        self._now_ms = 0
        self.stored_ms = 0
        """The newest time in the store, known with `now_ms`."""

    @property
    def now_ms(self) -> int:
        if not self._now_ms:
            if self._state is None:
                self._state = self._live().execute(STATE)
            version, stored, database_ms = self._state.fetchall()[0]
            self._check(version)
            self.stored_ms = int(stored or 0)
            self._now_ms = self._now(self.stored_ms, database_ms)
        return self._now_ms

    def all(self, sql: Sql[R], **params: Value) -> list[R]:
        compiled = sql.postgresql
        rows = self._ask(compiled, compiled.values(params)).fetchall()
        make = compiled.make
        return rows if make is None else [make(row) for row in rows]

    def one(self, sql: Sql[R], **params: Value) -> R | None:
        compiled = sql.postgresql
        rows = self._ask(compiled, compiled.values(params)).fetchall()
        if not rows:
            return None
        return rows[0] if compiled.make is None else compiled.make(rows[0])

    def run(self, sql: Sql[R], **params: Value) -> None:
        compiled = sql.postgresql
        self._ask(compiled, compiled.values(params))

    def count(self, sql: Sql[R], **params: Value) -> int:
        compiled = sql.postgresql
        cursor = self._ask(compiled, compiled.values(params))
        self._pipeline.sync()
        return cursor.rowcount

    def add(self, sql: Sql[R], row: object) -> R | None:
        compiled = sql.postgresql
        rows = self._ask(compiled, compiled.attributes(row)).fetchall()
        return rows[0] if rows else None

    def put(self, sql: Sql[R], row: object) -> None:
        compiled = sql.postgresql
        self._ask(compiled, compiled.attributes(row))

    def many(self, sql: Sql[R], rows: Sequence[Mapping[str, Value]]) -> None:
        compiled = sql.postgresql
        for row in rows:
            self._ask(compiled, compiled.values(row))

    def _ask(self, compiled: Compiled, values: Plain) -> Cursor[Any]:
        return self._live().execute(compiled.numbered.encode(), values)

    def _check(self, version: str) -> None:
        """Look at the schema's version."""

    def end(self) -> None:
        self.connection = None

    def _live(self) -> Connection:
        if self.connection is None:
            raise RuntimeError("this transaction has ended: use a Tx only inside its operation")
        return self.connection


class WritingTx(PostgresTx):
    """The transaction of an operation."""

    __slots__ = ("_refuse", "changed")

    def __init__(
        self,
        connection: Connection,
        pipeline: Pipeline,
        now: Now,
        refuse: Callable[[str], None],
    ) -> None:
        """`refuse`: raises if the schema's version is not the one that this code knows."""
        super().__init__(connection, pipeline, now)
        self._refuse = refuse
        self.changed = False
        """Whether it executed any change."""

    def _ask(self, compiled: Compiled, values: Plain) -> Cursor[Any]:
        connection = self._live()
        self.changed |= compiled.changes
        cursor = connection.execute(compiled.numbered.encode(), values)
        if self._state is None:
            # Behind the first statement, which takes the board's row and may have to wait for it:
            # the time is read when it is ours, so that times rise with revisions.
            self._state = connection.execute(STATE)
        return cursor

    def _check(self, version: str) -> None:
        self._refuse(version)
