"""Run below `failing_writes.c`: a story is told once without a fault, and then once for every write
and flush of it, which fails. Prints how many there were, and the errors by their codes, as JSON."""

from __future__ import annotations

import ctypes
import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from headwater.board import Board
from headwater.clock import ManualClock
from headwater.errors import HeadwaterError, StoreError

Step = Callable[[Board, dict[str, Any]], Any]
BIG = "x" * 6_000


def steps() -> list[Step]:
    """Each can be repeated: by its request, by its lease, or because it changes nothing twice."""
    specs = [{"key": "a"}, {"key": "b", "needs": ["a"], "spec": BIG}, {"key": "c", "needs": ["a"]}]
    parts = [{"key": "c1"}, {"key": "c2"}]

    def claim(board: Board, known: dict[str, Any]) -> str:
        """The same lease however often it is asked for."""
        return str(board.claim(known["me"], request="first").lease)

    def deliver(board: Board, known: dict[str, Any]) -> None:
        made = [{"name": "out", "text": BIG}]
        board.finish(claim(board, known), summary="made", artifacts=made)

    return [
        lambda b, known: b.add(specs, request="plan"),
        claim,
        lambda b, known: b.check(claim(b, known), note="half way"),
        deliver,
        lambda b, known: b.split("c", parts, request="parts"),
        lambda b, known: b.edit("b", set={"title": "another"}),
        lambda b, known: b.rework("a", "once more") if b.graph(task="a").state == "done" else None,
        lambda b, known: b.cancel(["b"], reason="not needed"),
        lambda b, known: b.tell("all", "that was it", request="end"),
    ]


def tell(folder: Path, name: str, fault: Callable[[], None]) -> tuple[Any, Counter[str]]:
    """The story, each step repeated until it succeeds; the board afterwards, and the errors."""
    codes: Counter[str] = Counter()
    file = folder / f"{name}.db"
    shutil.copy(folder / "start.db", file)
    with Board.open(file, "default", clock=ManualClock()) as board:
        known: dict[str, Any] = {"me": board.join("me").session}
        fault()
        for step in steps():
            before = board.revision()
            try:
                step(board, known)
            except StoreError as error:
                codes[error.code] += 1
                stored = board.revision() > before  # whole, as verify and the history say
                uncertain = "not certain" in error.message
                assert uncertain or not stored, f"{name}: half of it is there"
                assert board.verify() == [], name
                if not stored:
                    step(board, known)
            except HeadwaterError as error:
                raise AssertionError(f"{name}: {error.code} {error}") from error
        assert board.verify() == [], name
        assert board.store.integrity_check() == [], name
        tasks = board.graph(limit=100).tasks
        told = [event["kind"] for event in board.graph("history", limit=100).events or []]
    for _ in range(2):  # the fault may have waited for this
        try:
            with Board.open(file, "default", clock=ManualClock()) as board:
                assert board.verify() == [], f"{name}: after opening it again"
        except StoreError as error:
            codes[error.code] += 1
    for one in folder.glob(f"{name}.db*"):
        one.unlink()
    return (tasks, told), codes


def main(library: str, folder: Path, code: int) -> None:
    faults = ctypes.CDLL(library)
    Board.open(folder / "start.db", "default", clock=ManualClock()).close()
    wanted, _ = tell(folder, "whole", lambda: faults.fail_at(0, code))
    count = int(faults.writes_seen())
    codes: Counter[str] = Counter()
    for number in range(1, count + 1):
        fault = partial(faults.fail_at, number, code)
        found, errors = tell(folder, f"fault-{number}", fault)
        faults.fail_at(0, code)
        assert found == wanted, f"fault {number}: {found} instead of {wanted}"
        codes += errors
    print(json.dumps({"writes": count, "codes": codes}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
