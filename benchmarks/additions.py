"""Adding to a large board: how long the others have to wait. And importing a whole plan."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import plans
from benchmarks.measure import Options, Result, interleaved, ratio, seconds
from benchmarks.recording import Holds, observe
from headwater import Board
from headwater.store import engine

BATCH = 1000
_IMPORTED = ("task", "task_text", "edge", "event", "image", "lane", "delivery")


def add_hold(options: Options) -> list[Result]:
    """A batch of 1,000 on 100,000 tasks: behind the last ones, and in front of old ones."""
    count = options.count(100_000, 5_000)
    width = count // 50
    base = plans.build(options.folder / "base.db", plans.layered(count, width))
    rounds = options.count(5, 2)
    results: list[Result] = []
    cpu: list[float] = []
    for name, batches in (
        ("behind the last layer", [_at_the_end(turn, width) for turn in range(rounds)]),
        ("before the last layer", [_before_the_end(turn, width) for turn in range(rounds)]),
        ("before the first layers", [_before_the_start(turn, width) for turn in range(rounds)]),
    ):
        holds, whole, later = _add(plans.copy(base, "add.db"), batches)
        cpu += holds.cpu
        results.append(
            Result(
                f"add {BATCH:,} {name} of {count:,} tasks holds the lock",
                median(holds.times) * 1e3,
                unit="ms",
                bar=100,
                sense="at most",
                raw={
                    "held_ms": _ms(holds.times),
                    "held_cpu_ms": _ms(holds.cpu),
                    "whole_call_ms": _ms(whole),
                    "next_pair_ms": _ms(later),
                    "where": name,
                },
            )
        )
    results.append(
        Result(
            f"add {BATCH:,}, the slowest batch, CPU time inside the lock",
            max(cpu) * 1e3,
            unit="ms",
            bar=100,
            sense="at most",
            raw={"batches": len(cpu)},
        )
    )
    return results


def _ms(times: list[float]) -> list[float]:
    return [round(s * 1e3, 1) for s in times]


def _add(path: Path, batches: list[list[dict[str, Any]]]) -> tuple[Holds, list[float], list[float]]:
    """Hold, whole call, and the claim and finish that come after it, for each batch."""
    adding, ignored = Holds(), Holds()
    whole: list[float] = []
    later: list[float] = []
    with Board.open(path) as board:
        worker = plans.Worker(board, "one")
        worker.pairs(3)
        for batch in batches:
            observe(board.store, adding)
            whole.append(seconds(lambda batch=batch: board.add(batch)))
            observe(board.store, ignored)
            later.append(seconds(lambda: worker.pairs(1)))
    return adding, whole, later


def _at_the_end(turn: int, width: int) -> list[dict[str, Any]]:
    """New tasks that need two of the last layer: their ranks change those of all layers above."""
    return [
        plans.task(f"end{turn}-{at}", [f"l49-{at % width}", f"l49-{(at + 1) % width}"])
        for at in range(BATCH)
    ]


def _before_the_end(turn: int, width: int) -> list[dict[str, Any]]:
    """New tasks that tasks of the last layer shall need: labels have to fit before those."""
    return [
        plans.task(f"late{turn}-{at}", [f"l48-{at % width}"], before=[f"l49-{at % width}"])
        for at in range(BATCH)
    ]


def _before_the_start(turn: int, width: int) -> list[dict[str, Any]]:
    """New tasks in front of waiting ones near the start of the graph."""
    return [plans.task(f"early{turn}-{at}", [], before=[f"l3-{at % width}"]) for at in range(BATCH)]


def importing(options: Options) -> list[Result]:
    """A plan of 10,000 tasks and 30,000 edges, against the bare insert of the rows it makes."""
    count = options.count(10_000, 1_000)
    tasks = _three_needs(count)
    rows = _rows_of(plans.build(options.folder / "model.db", tasks))
    plan_only = {name: rows[name] for name in ("task", "task_text", "edge")}
    empty = options.folder / "empty.db"
    Board.open(empty).close()

    def ours(at: int) -> float:
        with Board.open(plans.copy(empty, f"import-{at}.db")) as board:
            return seconds(lambda: board.import_tasks(tasks))

    def raw(at: int) -> float:
        return _insert(plans.copy(empty, f"raw-{at}.db"), rows)

    def plan(at: int) -> float:
        return _insert(plans.copy(empty, f"plan-{at}.db"), plan_only)

    whole, bare, small = interleaved(options.count(5, 2), ours, raw, plan)
    figures = {
        "import_s": round(median(whole), 3),
        "insert_s": round(median(bare), 3),
        "insert_of_plan_only_s": round(median(small), 3),
        "rows": {name: len(found) for name, (_columns, found) in rows.items() if found},
    }
    edges = len(rows["edge"][1])
    name = f"import of {count:,} tasks, {edges:,} edges"
    return [
        Result(
            f"{name} / raw insert of its rows",
            ratio(whole, bare),
            bar=5,
            sense="at most",
            raw=figures,
        ),
        Result(f"{name} / raw insert without its log", ratio(whole, small), raw=figures),
    ]


def _three_needs(count: int) -> list[dict[str, Any]]:
    """Tasks that need three of those before them, except for the first few: all open."""
    return [
        plans.task(f"t{at}", [f"t{at - step}" for step in (1, 7, 50) if at >= 50])
        for at in range(count)
    ]


_Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


def _rows_of(path: Path) -> _Rows:
    """What an import has written, table by table."""
    with closing(engine.connect(engine.driver(), path, busy_s=10)) as connection:
        found: _Rows = {}
        for table in _IMPORTED:
            cursor = connection.execute(f"SELECT * FROM {table} ORDER BY rowid")
            found[table] = ([column[0] for column in cursor.description], cursor.fetchall())
        return found


def _insert(path: Path, rows: _Rows) -> float:
    """The seconds of inserting these rows in one durable transaction."""
    with closing(engine.connect(engine.driver(), path, busy_s=10)) as connection:
        return seconds(lambda: _insert_all(connection, rows))


def _insert_all(connection: sqlite3.Connection, rows: _Rows) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for table, (columns, found) in rows.items():
        marks = ", ".join("?" * len(columns))
        connection.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", found
        )
    connection.execute("COMMIT")
