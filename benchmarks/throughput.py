"""How many claim+finish pairs a second, against a bare loop of the same statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median
from threading import Thread

from benchmarks import minimal, plans
from benchmarks.measure import Options, Result, interleaved, ratio, seconds
from benchmarks.recording import Replay, Statement, record, replaying, transactions
from headwater import Board
from headwater.store import engine

FREE_FSYNC = 0.5
"""A disk on which durable commits reach this share of the speed of non-durable ones."""


class Floor:
    """The recorded statements of `pairs` claims and finishes on a store."""

    def __init__(self, base: Path, pairs: int) -> None:
        self.base = base
        self.recorded: list[list[Statement]] = []
        path = plans.copy(base, "recorded.db")
        found = transactions(record(path, lambda board: plans.Worker(board, "one").pairs(pairs)))
        self._before = len(found) - 2 * pairs
        self.recorded = found

    @contextmanager
    def replay(self, name: str, synchronous: str = "FULL") -> Iterator[Replay]:
        """A bare loop on a copy of its own, past what comes before the first claim."""
        path = plans.copy(self.base, name)
        with replaying(path, self.recorded, synchronous=synchronous) as found:
            found.run(self._before)
            yield found


def one_thread(options: Options) -> list[Result]:
    """One thread: the board, the replay (durable and not), and a minimal hand-written loop."""
    rounds, pairs = options.count(15, 3), options.count(40, 10)
    base = _base(options)
    with ExitStack() as stack:
        floor = Floor(base, rounds * pairs)
        board = stack.enter_context(Board.open(plans.copy(base, "board.db")))
        worker = plans.Worker(board, "one")
        durable = stack.enter_context(floor.replay("durable.db"))
        fast = stack.enter_context(floor.replay("fast.db", "OFF"))
        small = stack.enter_context(closing(minimal.Loop(options.folder / "minimal.db", 2000)))
        ours, raw, off, least = interleaved(
            rounds,
            lambda _: seconds(lambda: worker.pairs(pairs)),
            lambda _: durable.run(2 * pairs),
            lambda _: fast.run(2 * pairs),
            lambda _: seconds(lambda: small.pairs(pairs)),
        )
    statements = sum(map(len, floor.recorded[-2 * pairs :])) / pairs
    figures = {
        "board_pairs_per_s": round(pairs / median(ours)),
        "same_sql_pairs_per_s": round(pairs / median(raw)),
        "same_sql_off_pairs_per_s": round(pairs / median(off)),
        "minimal_pairs_per_s": round(pairs / median(least)),
        "statements_a_pair": round(statements, 1),
        "n_pairs": rounds * pairs,
    }
    return [
        Result("1 thread / raw loop of the same SQL", ratio(raw, ours), bar=0.5, raw=figures),
        Result("1 thread / minimal hand-written loop", ratio(least, ours), raw=figures),
        Result("raw loop FULL / raw loop OFF (how dear is fsync)", ratio(off, raw), raw=figures),
    ]


def threads(options: Options) -> list[Result]:
    """Many threads of one process share commits."""
    rounds, pairs = options.count(9, 2), options.count(96, 32)
    base = _base(options)
    with ExitStack() as stack:
        floor = Floor(base, rounds * pairs)
        durable = stack.enter_context(floor.replay("durable.db"))
        fast = stack.enter_context(floor.replay("fast.db", "OFF"))
        eight = stack.enter_context(_crew(base, 8, pairs))
        many = stack.enter_context(_crew(base, 32, pairs))
        ours8, ours32, raw, off = interleaved(
            rounds,
            lambda _: seconds(eight),
            lambda _: seconds(many),
            lambda _: durable.run(2 * pairs),
            lambda _: fast.run(2 * pairs),
        )
    cheap = ratio(off, raw)
    figures = {
        "board_8_pairs_per_s": round(pairs / median(ours8)),
        "board_32_pairs_per_s": round(pairs / median(ours32)),
        "same_sql_pairs_per_s": round(pairs / median(raw)),
        "raw_full_by_off": round(cheap, 2),
        "n_pairs_a_side": rounds * pairs,
    }
    bar = 0.5 if cheap > FREE_FSYNC else 1.2
    return [
        Result("8 threads / raw loop of the same SQL", ratio(raw, ours8), bar=bar, raw=figures),
        Result("32 threads / raw loop of the same SQL", ratio(raw, ours32), raw=figures),
    ]


def _base(options: Options) -> Path:
    """A wide board: the claims of a run stay in its first open layers."""
    width = options.count(1000, 150)
    return plans.build(options.folder / "base.db", plans.layered(3 * width, width))


@contextmanager
def _crew(base: Path, count: int, pairs: int) -> Iterator[Callable[[], None]]:
    """`count` threads that share `pairs` claims and finishes on a copy of `base`."""
    with Board.open(plans.copy(base, f"crew-{count}.db")) as board:
        workers = [plans.Worker(board, f"agent-{at}") for at in range(count)]
        failures: list[BaseException] = []

        def work(worker: plans.Worker) -> None:
            try:
                worker.pairs(pairs // count)
            except (sqlite3.Error, engine.driver().error, RuntimeError) as error:
                failures.append(error)

        def run() -> None:
            crew = [Thread(target=work, args=(worker,)) for worker in workers]
            for thread in crew:
                thread.start()
            for thread in crew:
                thread.join()
            if failures:
                raise failures[0]

        yield run
