"""The floor: the very statements that the board runs, replayed in a bare loop.

A board is run once on a copy of its store with a connection that writes down every statement and
its parameters. Another copy of the same store then takes the same statements, in the same
transactions, from a loop that does nothing else. Identifiers agree because both began alike.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any, NamedTuple, cast

from headwater import Board
from headwater.store import engine
from headwater.store.store import Store


class Statement(NamedTuple):
    text: str
    parameters: Any
    many: bool


Log = Callable[[Statement], None]


def _recorder(log: Log) -> type[sqlite3.Connection]:
    """A connection class of the store's driver whose cursors report to `log` what they ran."""
    with closing(engine.driver().connect(":memory:")) as connection:
        connection_type, cursor_type = type(connection), type(connection.cursor())

    class Cursor(cursor_type):  # type: ignore[misc,valid-type]
        def execute(self, text: str, parameters: Any = ()) -> Any:
            found = super().execute(text, parameters)
            log(Statement(text, parameters, many=False))
            return found

        def executemany(self, text: str, rows: Any) -> Any:
            rows = list(rows)
            found = super().executemany(text, rows)
            log(Statement(text, rows, many=True))
            return found

    class Connection(connection_type):  # type: ignore[misc,valid-type]
        def cursor(self) -> Any:
            return super().cursor(Cursor)

    return cast("type[sqlite3.Connection]", Connection)


def observe(store: Store, log: Log) -> None:
    """From now on tell `log` of every statement of the store's writer. The writer must rest."""
    writing = store._connection
    connect = partial(writing._driver.connect, factory=_recorder(log))
    writing._driver = writing._driver._replace(connect=connect)
    writing.close()


def record(path: Path, work: Callable[[Board], None]) -> list[Statement]:
    """The statements of `work`, from the first BEGIN to the last COMMIT."""
    found: list[Statement] = []
    with Board.open(path) as board:
        observe(board.store, found.append)
        work(board)
    return found


def transactions(statements: list[Statement]) -> list[list[Statement]]:
    """Statements by transaction; what ran outside of one (pragmas) is left out."""
    found: list[list[Statement]] = []
    inside = False
    for one in statements:
        if one.text.startswith("BEGIN"):
            found.append([])
            inside = True
        if inside:
            found[-1].append(one)
        if one.text.startswith(("COMMIT", "ROLLBACK")):
            inside = False
    return found


class Replay:
    """A bare loop over recorded transactions, on a copy of the store they were recorded on."""

    def __init__(
        self, path: Path, recorded: list[list[Statement]], *, synchronous: str = "FULL"
    ) -> None:
        self._recorded = recorded
        self._at = 0
        self._connection = engine.connect(engine.driver(), path, busy_s=10)
        self._connection.execute(f"PRAGMA synchronous={synchronous}")

    def run(self, count: int) -> float:
        """Execute the next `count` transactions; the seconds that took."""
        part = self._recorded[self._at : self._at + count]
        if len(part) < count:
            raise RuntimeError("too few transactions were recorded")
        self._at += count
        cursor = self._connection.cursor()
        begun = perf_counter()
        for transaction in part:
            for text, parameters, many in transaction:
                if many:
                    cursor.executemany(text, parameters)
                else:
                    cursor.execute(text, parameters)
                    if cursor.description is not None:
                        cursor.fetchall()
        return perf_counter() - begun

    def close(self) -> None:
        self._connection.close()


@contextmanager
def replaying(
    path: Path, recorded: list[list[Statement]], *, synchronous: str = "FULL"
) -> Iterator[Replay]:
    """A replay that is closed afterwards."""
    with closing(Replay(path, recorded, synchronous=synchronous)) as replay:
        yield replay


class Holds:
    """How long each transaction held the write lock: from BEGIN's return to COMMIT's."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.cpu: list[float] = []
        """The writer thread's own time, which other programs on the machine do not lengthen."""
        self._begun = (0.0, 0.0)

    def __call__(self, statement: Statement) -> None:
        if statement.text.startswith("BEGIN"):
            self._begun = (perf_counter(), thread_time())
        elif statement.text.startswith("COMMIT"):
            self.times.append(perf_counter() - self._begun[0])
            self.cpu.append(thread_time() - self._begun[1])
