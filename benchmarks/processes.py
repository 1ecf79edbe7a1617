"""Eight processes on one board: throughput, fairness, latency, and whether anything went wrong."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Self

from benchmarks import plans
from benchmarks.measure import Options, Result, ratio, spread_ms
from benchmarks.throughput import Floor
from headwater import Board
from headwater.errors import HeadwaterError

PROCESSES = 8


@dataclass(slots=True)
class Report:
    """What one process did in one round."""

    taken: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Every task claimed, with the fence part of its lease."""
    finished: list[str] = field(default_factory=list[str])
    """Every task whose finish was acknowledged."""
    claim_s: list[float] = field(default_factory=list[float])
    errors: list[str] = field(default_factory=list[str])


def processes(options: Options) -> list[Result]:
    """Rounds of all processes working at once, each beside a round of the bare loop."""
    rounds, round_s = options.count(6, 2), options.count(2, 1)
    width = options.count(6000, 900)
    floor_pairs = options.count(250, 30)
    base = plans.build(options.folder / "base.db", plans.layered(3 * width, width))
    shared = plans.copy(base, "shared.db")
    reports: list[list[Report]] = []
    raw: list[float] = []
    with ExitStack() as stack:
        floor = Floor(base, rounds * floor_pairs)
        bare = stack.enter_context(floor.replay("bare.db"))
        crew = [stack.enter_context(_Process(shared, at)) for at in range(PROCESSES)]
        _round(crew, 0.3)  # the first calls of a process warm its caches
        for _ in range(rounds):
            raw.append(floor_pairs / bare.run(2 * floor_pairs))
            reports.append(_round(crew, round_s))
    ours = [sum(len(one.finished) for one in found) / round_s for found in reports]
    each = [sum(len(found[at].finished) for found in reports) for at in range(PROCESSES)]
    claims = [s for found in reports for one in found for s in one.claim_s]
    wrong = _faults(shared, [one for found in reports for one in found])
    figures = {
        "board_pairs_per_s": [round(rate) for rate in ours],
        "same_sql_pairs_per_s": [round(rate) for rate in raw],
        "pairs_by_process": each,
        "claim": spread_ms(claims),
        **{name: value for name, value in wrong.items() if name != "sample"},
    }
    if wrong["sample"]:
        figures["sample_of_errors"] = wrong["sample"]
    name = f"{PROCESSES} processes x 1 thread"
    return [
        Result(f"{name} / raw loop of the same SQL", ratio(ours, raw), bar=0.4, raw=figures),
        Result(f"{name}, slowest / fastest", min(each) / max(each), bar=0.8, raw=figures),
        Result(
            f"{name}, claim p99",
            spread_ms(claims)["p99_ms"],
            unit="ms",
            bar=50,
            sense="at most",
            raw=figures,
        ),
        Result(
            f"{name}, double claims + lost finishes + errors",
            wrong["double_claims"] + wrong["lost_finishes"] + wrong["errors"],
            unit="cases",
            bar=0,
            sense="at most",
            raw=figures,
        ),
    ]


def _faults(path: Path, reports: list[Report]) -> dict[str, int | list[str]]:
    """Compare what the processes were told with what the store holds."""
    taken = Counter(task for one in reports for task, _fence in one.taken)
    acknowledged = [task for one in reports for task in one.finished]
    errors = [text for one in reports for text in one.errors]
    with Board.open(path) as board:
        rows = board.store.read(
            lambda tx: tx._live().execute("SELECT key FROM task WHERE state = 'done'").fetchall()
        )
        done = {row[0] for row in rows}
    return {
        "double_claims": sum(count - 1 for count in taken.values() if count > 1),
        "lost_finishes": sum(task not in done for task in acknowledged),
        "acknowledged_finishes": len(acknowledged),
        "errors": len(errors),
        "sample": errors[:3],
    }


class _Process:
    """A process with a board of its own, told over a pipe when to work and for how long."""

    def __init__(self, path: Path, number: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(path, number, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        self.pipe.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self.pipe.send(0.0)
        self._process.join(30)


def _round(crew: list[_Process], for_s: float) -> list[Report]:
    for one in crew:
        one.pipe.send(for_s)
    return [one.pipe.recv() for one in crew]


def _serve(path: Path, number: int, pipe: Connection) -> None:
    with Board.open(path) as board:
        worker = plans.Worker(board, f"process-{number}")
        pipe.send(None)
        while for_s := pipe.recv():
            pipe.send(_work(worker, for_s))


def _work(worker: plans.Worker, for_s: float) -> Report:
    report = Report()
    until = perf_counter() + for_s
    while (begun := perf_counter()) < until:
        try:
            key, lease = worker.claim()
            report.claim_s.append(perf_counter() - begun)
            report.taken.append((key, lease.partition(".")[0]))
            worker.finish(key, lease)
            report.finished.append(key)
        except (HeadwaterError, RuntimeError) as error:
            report.errors.append(f"{type(error).__name__}: {error}")
    return report
