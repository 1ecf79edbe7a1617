"""PostgreSQL: a board against a bare psycopg loop of the same statements, and boards side by side.

On a real server of its own with durable commits, made by the programs that the tests use.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple, Self
from unittest import mock
from urllib.parse import urlsplit

from benchmarks import plans, postgres_wake
from benchmarks.databases import databases
from benchmarks.measure import Options, Result, interleaved, ratio, seconds
from headwater import Board

BOARDS = 4


class Sent(NamedTuple):
    """A statement as the board sent it."""

    text: bytes
    values: Any
    fetched: bool = False
    """Whether the board looked at its rows."""
    waited: bool = False
    """Whether the board waited here for all answers so far."""


def postgres(options: Options) -> list[Result]:
    """One worker against the bare loops; then four workers on one board and on four."""
    with databases(options) as server:
        if server is None:
            return []
        return [
            *_one_board(options, server),
            *_four_boards(options, server),
            *postgres_wake.between_processes(options, server),
            *postgres_wake.between_servers(options, server),
        ]


def _one_board(options: Options, server: Any) -> list[Result]:
    rounds, pairs = options.count(15, 3), options.count(40, 10)
    width = options.count(1000, 60)
    base = server.copy_of_template()
    with Board.open(base, "default") as board:
        board.import_tasks(plans.layered(3 * width, width))
    copies = [server.create(urlsplit(base).path[1:]) for _ in range(4)]
    recorded = _record(copies[0], rounds * pairs)
    with ExitStack() as stack:
        board = stack.enter_context(Board.open(copies[1], "default"))
        worker = plans.Worker(board, "one")
        plain = stack.enter_context(_replay(copies[2], recorded, pipelined=False))
        piped = stack.enter_context(_replay(copies[3], recorded, pipelined=True))
        plain(1)  # the session that the worker joined
        piped(1)
        ours, raw, quick = interleaved(
            rounds,
            lambda _: seconds(lambda: worker.pairs(pairs)),
            lambda _: seconds(lambda: plain(2 * pairs)),
            lambda _: seconds(lambda: piped(2 * pairs)),
        )
    sent = [one for transaction in recorded[1:] for one in transaction]
    count = rounds * pairs
    figures = {
        "board_pairs_per_s": round(pairs / median(ours)),
        "same_sql_pairs_per_s": round(pairs / median(raw)),
        "same_sql_pipelined_pairs_per_s": round(pairs / median(quick)),
        "statements_a_pair": round(len(sent) / count, 1),
        "round_trips_a_pair": round(sum(one.waited for one in sent) / count + 2, 1),
        "n_pairs": count,
    }
    return [
        Result("PostgreSQL, 1 worker / psycopg loop of the same SQL", ratio(raw, ours), bar=0.5,
               raw=figures),
        Result("PostgreSQL, 1 worker / the same, pipelined", ratio(quick, ours), raw=figures),
    ]  # fmt: skip


def _record(url: str, pairs: int) -> list[list[Sent]]:
    """What joining, claiming and finishing sends, by transaction."""
    from headwater.store.postgres.transaction import WritingTx

    found: list[list[Sent]] = []
    places: dict[Any, tuple[int, int]] = {}

    class Recording(WritingTx):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            found.append([])
            places.clear()

        def _send(self, text: bytes, values: Any) -> Any:
            cursor = super()._send(text, values)
            places[cursor] = len(found) - 1, len(found[-1])
            found[-1].append(Sent(text, tuple(values)))
            return cursor

        def _rows(self, cursor: Any) -> Any:
            if cursor.pgresult is None:
                found[-1][-1] = found[-1][-1]._replace(waited=True)
            at, number = places[cursor]
            found[at][number] = found[at][number]._replace(fetched=True)
            return super()._rows(cursor)

    patched = mock.patch("headwater.store.postgres.store.WritingTx", Recording)
    with patched, Board.open(url, "default") as board:
        plans.Worker(board, "one").pairs(pairs)
    return found


@contextmanager
def _replay(
    url: str, recorded: list[list[Sent]], *, pipelined: bool
) -> Iterator[Callable[[int], None]]:
    """A bare loop: BEGIN, the statements, COMMIT; prepared, each answer fetched."""
    from headwater.store.postgres.connection import connect
    from headwater.store.postgres.settings import Settings

    connection = connect(Settings.of(url), lock_s=10)
    transactions = iter(recorded)

    def one(transaction: list[Sent]) -> None:
        connection.execute(b"BEGIN")
        cursors: list[Any] = []
        for sent in transaction:
            cursor = connection.execute(sent.text, sent.values)
            if sent.fetched:
                cursors.append(cursor)
            if sent.waited:
                while cursors:
                    cursors.pop().fetchall()
        connection.execute(b"COMMIT")
        connection.execute(b"NOTIFY headwater")

    def run(count: int) -> None:
        for _ in range(count):
            if pipelined:
                with connection.pipeline():
                    one(next(transactions))
            else:
                one(next(transactions))

    try:
        yield run
    finally:
        connection.close()


def _four_boards(options: Options, server: Any) -> list[Result]:
    rounds, pairs = options.count(5, 2), options.count(60, 15)
    width = options.count(800, 100)
    tasks = plans.layered(3 * width, width)
    url = server.copy_of_template()
    names = ["shared", *(f"own-{at}" for at in range(BOARDS))]
    for name in names:
        with Board.open(url, name) as board:
            board.import_tasks(tasks)
    with ExitStack() as stack:
        on_one = [stack.enter_context(_Process(url, names[0], at)) for at in range(BOARDS)]
        apart = [stack.enter_context(_Process(url, names[1 + at], at)) for at in range(BOARDS)]
        for crew in (on_one, apart):
            _together(crew, 2)
        shared, own, alone = interleaved(
            rounds,
            lambda _: _together(on_one, pairs),
            lambda _: _together(apart, pairs),
            lambda _: _together(on_one[:1], pairs),
        )
    figures = {
        "one_board_4_workers_pairs_per_s": round(BOARDS * pairs / median(shared)),
        "four_boards_pairs_per_s": round(BOARDS * pairs / median(own)),
        "one_board_1_worker_pairs_per_s": round(pairs / median(alone)),
        "n_pairs_a_side": rounds * BOARDS * pairs,
    }
    quicker = [BOARDS * a / b for a, b in zip(alone, own, strict=True)]
    return [
        Result("PostgreSQL, 4 boards / 1 board, 4 workers", ratio(shared, own), bar=1.5,
               raw=figures),
        Result("PostgreSQL, 4 boards / 1 board with 1 worker", median(quicker), raw=figures),
    ]  # fmt: skip


def _together(crew: list[_Process], pairs: int) -> float:
    begun = perf_counter()
    for one in crew:
        one.pipe.send(pairs)
    for one in crew:
        if one.pipe.recv() != "done":
            raise RuntimeError("a worker of the benchmark failed")
    return perf_counter() - begun


class _Process:
    """A worker in a process of its own."""

    def __init__(self, url: str, board: str, number: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, url, board, number))

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.pipe.send(0)
        self._process.join(30)


def _work(pipe: Connection, url: str, board: str, number: int) -> None:
    with Board.open(url, board) as opened:
        worker = plans.Worker(opened, f"w{number}")
        while pairs := pipe.recv():
            worker.pairs(pairs)
            pipe.send("done")
