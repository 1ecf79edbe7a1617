"""What an operation is given to work with: one open transaction."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, TypeVar

from headwater.store.sql import Plain, Sql, Value
from headwater.store.storetime import StoreTime

R = TypeVar("R")


class Tx(ABC):
    """One transaction, or one operation's part of a batch. Usable only inside the operation.

    Only what returns something waits for the database: where that is another machine, changes
    travel together with the next question.
    """

    __slots__ = ()
    dialect: ClassVar[str]
    """`sqlite` or `postgresql`."""

    @property
    @abstractmethod
    def now_ms(self) -> int:
        """The time of this operation, ms since the epoch; never less than a time already stored."""

    @abstractmethod
    def all(self, sql: Sql[R], **params: Value) -> list[R]:
        """Every row."""

    @abstractmethod
    def one(self, sql: Sql[R], **params: Value) -> R | None:
        """The first row, or None."""

    def number(self, sql: Sql[Plain], **params: Value) -> int:
        """What a statement counts or looks up; 0 if it finds nothing."""
        row = self.one(sql, **params)
        return int(row[0] or 0) if row else 0

    def ahead(self, sql: Sql[R], **params: Value) -> None:  # noqa: B027
        """This will be asked next or soon, by `one` or `all`: where the database is another
        machine, several questions then travel together. Any change makes it forgotten."""

    @abstractmethod
    def run(self, sql: Sql[R], **params: Value) -> None:
        """Execute a change."""

    @abstractmethod
    def count(self, sql: Sql[R], **params: Value) -> int:
        """Execute a change; the number of rows it touched."""

    @abstractmethod
    def add(self, sql: Sql[R], row: object) -> int:
        """`put` for an `insert` into a table that counts its rows: the new row's id."""

    @abstractmethod
    def put(self, sql: Sql[R], row: object) -> None:
        """Execute a change whose parameters are attributes of `row`."""

    @abstractmethod
    def put_many(self, sql: Sql[R], rows: Sequence[object]) -> None:
        """`put` for each row."""

    @abstractmethod
    def many(self, sql: Sql[R], rows: Sequence[Mapping[str, Value]]) -> None:
        """Execute a change once per row of parameters."""

    @abstractmethod
    def end(self) -> None:
        """The operation is over: a `Tx` that was kept must not write outside its transaction."""


class SqliteTx(Tx):
    """A transaction on SQLite."""

    __slots__ = ("_cursor", "_now_ms", "_time")
    dialect = "sqlite"

    def __init__(self, cursor: sqlite3.Cursor, time: StoreTime, now_ms: int = 0) -> None:
        self._cursor: sqlite3.Cursor | None = cursor
        self._time = time
        self._now_ms = now_ms

    @property
    def now_ms(self) -> int:
        if not self._now_ms:
            self._now_ms = self._time.now_ms(self._live().execute)
        return self._now_ms

    def all(self, sql: Sql[R], **params: Value) -> list[R]:
        compiled = sql.sqlite
        rows = self._execute(compiled.numbered, compiled.values(params)).fetchall()
        make = compiled.make
        return rows if make is None else [make(row) for row in rows]

    def one(self, sql: Sql[R], **params: Value) -> R | None:
        compiled = sql.sqlite
        # The rest is fetched too: an open cursor would block COMMIT.
        rows = self._execute(compiled.numbered, compiled.values(params)).fetchall()
        if not rows:
            return None
        return rows[0] if compiled.make is None else compiled.make(rows[0])

    def run(self, sql: Sql[R], **params: Value) -> None:
        compiled = sql.sqlite
        cursor = self._execute(compiled.numbered, compiled.values(params))
        if cursor.description is not None:
            cursor.fetchall()

    def count(self, sql: Sql[R], **params: Value) -> int:
        compiled = sql.sqlite
        cursor = self._execute(compiled.numbered, compiled.values(params))
        if cursor.description is not None:
            cursor.fetchall()
        return cursor.rowcount

    def add(self, sql: Sql[R], row: object) -> int:
        compiled = sql.sqlite
        # RETURNING would cost as much again: SQLite collects what it returns in a table.
        row_id = self._execute(compiled.numbered, compiled.attributes(row)).lastrowid
        assert row_id is not None
        return row_id

    def put(self, sql: Sql[R], row: object) -> None:
        compiled = sql.sqlite
        self._execute(compiled.numbered, compiled.attributes(row))

    def put_many(self, sql: Sql[R], rows: Sequence[object]) -> None:
        self._execute_many(sql.sqlite.numbered, map(sql.sqlite.attributes, rows))

    def many(self, sql: Sql[R], rows: Sequence[Mapping[str, Value]]) -> None:
        self._execute_many(sql.sqlite.numbered, map(sql.sqlite.values, rows))

    def _execute_many(self, text: str, rows: Iterable[Plain]) -> None:
        cursor = self._live()
        try:
            cursor.executemany(text, rows)
        except Exception:
            self._end_if_rolled_back(cursor)
            raise

    def _execute(self, text: str, values: Plain) -> sqlite3.Cursor:
        cursor = self._live()
        try:
            return cursor.execute(text, values)
        except Exception:
            self._end_if_rolled_back(cursor)
            raise

    def _end_if_rolled_back(self, cursor: sqlite3.Cursor) -> None:
        """After a full disk SQLite has ended the transaction: what came next would commit alone."""
        if not cursor.connection.in_transaction:
            self.end()

    def end(self) -> None:
        self._cursor = None

    def _live(self) -> sqlite3.Cursor:
        if self._cursor is None:
            raise RuntimeError("this transaction has ended: use a Tx only inside its operation")
        return self._cursor
