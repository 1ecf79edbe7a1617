"""Does the size of the board matter? Claim and finish at 100 and at 100,000 tasks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks import plans
from benchmarks.measure import Options, Result, spread_ms
from headwater import Board

_SMALL_WIDTH = 45
"""Three layers of about 100 tasks: 40 claims stay in the first open one, as on the large board."""
_CLAIMS = 35


class Timed:
    """A worker whose every claim and finish is timed."""

    def __init__(self) -> None:
        self.claims: list[float] = []
        self.finishes: list[float] = []
        self.held: tuple[str, str] = ("", "")

    def claim(self, worker: plans.Worker, *, counted: bool) -> None:
        begun = perf_counter()
        self.held = worker.claim()
        if counted:
            self.claims.append(perf_counter() - begun)

    def finish(self, worker: plans.Worker, *, counted: bool) -> None:
        begun = perf_counter()
        worker.finish(*self.held)
        if counted:
            self.finishes.append(perf_counter() - begun)


def claim_and_finish(options: Options) -> list[Result]:
    """On boards as they are by default."""
    return _compare(options, plans.build, {}, bar=1.3, note="")


def with_every_rule(options: Options) -> list[Result]:
    """On boards that have switched on whatever can be."""
    evidence = {"1": "test_records.py passes", "2": "a run with two of 150 fails"}
    return _compare(options, plans.build_with_every_rule, evidence, bar=2, note=", every rule on")


Build = Callable[[Path, list[dict[str, Any]]], Path]


def _compare(
    options: Options, build: Build, evidence: dict[str, str], *, bar: float, note: str
) -> list[Result]:
    """A pair on the one board, a pair on the other, and so on; the small one is often made anew."""
    count = options.count(100_000, 5_000)
    large_base = build(options.folder / "large.db", plans.layered(count, count // 50))
    small_base = build(options.folder / "small-base.db", plans.layered(100, _SMALL_WIDTH))
    small, large = Timed(), Timed()
    with ExitStack() as stack:
        board = stack.enter_context(Board.open(large_base))
        large_worker = plans.Worker(board, "one", evidence)
        for at in range(options.count(8, 2)):
            path = plans.copy(small_base, f"small-{at}.db")
            with Board.open(path) as board:
                small_worker = plans.Worker(board, "one", evidence)
                for turn in range(_CLAIMS):
                    counted = turn >= 5
                    small.claim(small_worker, counted=counted)
                    large.claim(large_worker, counted=counted)
                    small.finish(small_worker, counted=counted)
                    large.finish(large_worker, counted=counted)
    return [
        _result(f"claim{note}", count, large.claims, small.claims, large_base, bar),
        _result(f"finish{note}", count, large.finishes, small.finishes, large_base, bar),
    ]


def _result(
    name: str, count: int, large: list[float], small: list[float], path: Path, bar: float
) -> Result:
    return Result(
        f"{name} at {count:,} tasks / at 100",
        median(large) / median(small),
        bar=bar,
        sense="at most",
        raw={
            f"{name}_large": spread_ms(large),
            f"{name}_small": spread_ms(small),
            "large_file_mib": round(path.stat().st_size / 2**20),
        },
    )
