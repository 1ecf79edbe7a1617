"""Does the age of the board matter? Claim and finish of tasks that were redone 500 times."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from benchmarks.measure import Options, Result, spread_ms
from headwater import Board

_WIDTH: Final = 6
_ROUNDS_BEFORE: Final = 500
_ROUNDS: Final = 40


class Plan:
    """One task, six that need it, one that needs those: redone whole in every round."""

    def __init__(self, path: Path) -> None:
        self.board = Board.open(path)
        self.board.policy(reworks=1000)
        middle = [f"middle-{at}" for at in range(_WIDTH)]
        self.board.add(
            [
                {"key": "first"},
                *({"key": key, "needs": ["first"]} for key in middle),
                {"key": "last", "needs": middle},
            ]
        )
        self._session = self.board.join("one").session
        self._round = 0
        self.claims: list[float] = []
        self.finishes: list[float] = []

    def go_round(self) -> None:
        """Do everything once more; what is delivered always differs."""
        if self._round:
            self.board.rework("first", f"round {self._round} was not good enough")
        self._round += 1
        for _ in range(_WIDTH + 2):
            begun = perf_counter()
            lease = self.board.claim(self._session).lease
            self.claims.append(perf_counter() - begun)
            assert lease is not None
            begun = perf_counter()
            self.board.finish(lease, summary="done again", critical={"round": self._round})
            self.finishes.append(perf_counter() - begun)

    def forget(self) -> None:
        """What was timed so far."""
        self.claims.clear()
        self.finishes.clear()


def age(options: Options) -> list[Result]:
    """A round on the old board, a round on the young one, and so on."""
    before = options.count(_ROUNDS_BEFORE, 20)
    old, young = Plan(options.folder / "old.db"), Plan(options.folder / "young.db")
    with old.board, young.board:
        for _ in range(before):
            old.go_round()
        young.go_round()
        for plan in (old, young):
            plan.forget()
        for _ in range(options.count(_ROUNDS, 5)):
            old.go_round()
            young.go_round()
    named = {"claim": (old.claims, young.claims), "finish": (old.finishes, young.finishes)}
    return [
        Result(
            f"{name} after {before} rounds of the same tasks / in the first {_ROUNDS}",
            median(later) / median(early),
            bar=1.3,
            sense="at most",
            raw={f"{name}_old": spread_ms(later), f"{name}_young": spread_ms(early)},
        )
        for name, (later, early) in named.items()
    ]
