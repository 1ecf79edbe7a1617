"""A transaction on PostgreSQL, in pipeline mode: changes travel with the next question.

Only what returns something waits for the server. The error of a change is raised by whatever waits
next, at the latest by the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from headwater.store.postgres.connection import Connection
from headwater.store.postgres.time import STATE, Now
from headwater.store.sql import Compiled, Plain, Sql, Value
from headwater.store.transaction import Tx

if TYPE_CHECKING:
    from psycopg import Cursor, Pipeline

R = TypeVar("R")
_Question: TypeAlias = tuple[bytes, Plain]
"""A statement and its values."""


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
                self._state = self._send(STATE, ())
            version, stored, database_ms = self._rows(self._state)[0]
            self._check(version)
            self.stored_ms = int(stored or 0)
            self._now_ms = self._now(self.stored_ms, database_ms)
        return self._now_ms

    def all(self, sql: Sql[R], **params: Value) -> list[R]:
        compiled = sql.postgresql
        rows = self._rows(self._ask(compiled, compiled.values(params)))
        make = compiled.make
        return rows if make is None else [make(row) for row in rows]

    def one(self, sql: Sql[R], **params: Value) -> R | None:
        compiled = sql.postgresql
        rows = self._rows(self._ask(compiled, compiled.values(params)))
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

    def add(self, sql: Sql[R], row: object) -> int:
        compiled = sql.postgresql
        asked = compiled._replace(numbered=f"{compiled.numbered} RETURNING id")
        return int(self._rows(self._ask(asked, compiled.attributes(row)))[0][0])

    def put(self, sql: Sql[R], row: object) -> None:
        compiled = sql.postgresql
        self._ask(compiled, compiled.attributes(row))

    def put_many(self, sql: Sql[R], rows: Sequence[object]) -> None:
        compiled = sql.postgresql
        for row in rows:
            self._ask(compiled, compiled.attributes(row))

    def many(self, sql: Sql[R], rows: Sequence[Mapping[str, Value]]) -> None:
        compiled = sql.postgresql
        for row in rows:
            self._ask(compiled, compiled.values(row))

    def _ask(self, compiled: Compiled, values: Plain) -> Cursor[Any]:
        return self._send(compiled.numbered.encode(), values)

    def _send(self, text: bytes, values: Plain) -> Cursor[Any]:
        return self._live().execute(text, values)

    def _rows(self, cursor: Cursor[Any]) -> list[Any]:
        """Wait for an answer, and with it for those to all that was sent before."""
        return cursor.fetchall()

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

    __slots__ = ("_ahead", "_behind", "_refuse", "changed")

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
        self._behind: list[_Question] = []
        self._ahead: dict[_Question, Cursor[Any]] = {}
        self.changed = False
        """Whether it executed any change."""

    def ahead(self, sql: Sql[R], **params: Value) -> None:
        compiled = sql.postgresql
        question = compiled.numbered.encode(), compiled.values(params)
        if self._state is None:
            self._behind.append(question)
        else:
            self._ahead[question] = self._send(*question)

    def _ask(self, compiled: Compiled, values: Plain) -> Cursor[Any]:
        question = compiled.numbered.encode(), values
        if compiled.changes:
            self.changed = True
            self._ahead.clear()
        elif (sent := self._ahead.pop(question, None)) is not None:
            return sent
        cursor = self._send(*question)
        if self._state is None:
            # Behind the first statement, which takes the board's row and may have to wait for it:
            # the time is read when it is ours, so that times rise with revisions.
            self._state = self._send(STATE, ())
            for other in self._behind:
                self._ahead[other] = self._send(*other)
        return cursor

    def _rows(self, cursor: Cursor[Any]) -> list[Any]:
        if cursor.pgresult is None:
            # The server counts a transaction as idle only behind a Sync. This one holds a board:
            # `idle_timeout` must end it if its client does not go on.
            self._pipeline.sync()
        return super()._rows(cursor)

    def _check(self, version: str) -> None:
        self._refuse(version)
