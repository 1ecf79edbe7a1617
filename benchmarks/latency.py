"""The latency of a claim and a finish, beside a ping of the same server and a durable commit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks import plans
from benchmarks.measure import Options, Result, spread_ms
from headwater.store import engine

Call = Callable[..., Awaitable[dict[str, Any]]]
"""A tool's name and its arguments, to its structured reply."""

_WARMING = 10
_SPARE = 20


class Course:
    """A board with a task for every turn, and a store of the same size for bare commits."""

    def __init__(self, options: Options) -> None:
        self._turns = options.count(300, 30)
        width = self._turns + _SPARE
        self.store = plans.build(options.folder / "board.db", plans.layered(3 * width, width))
        self._other: Path = plans.copy(self.store, "commits.db")
        self._times: dict[str, list[float]] = {}

    async def run(self, call: Call) -> None:
        """Take turns: a ping, a claim, a commit, a finish."""
        session = (await call("join", agent="one"))["session"]
        with closing(engine.connect(engine.driver(), self._other, busy_s=10)) as connection:

            async def commit() -> None:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("UPDATE board SET revision = revision + 1 WHERE id = 1")
                connection.execute("COMMIT")

            for turn in range(self._turns + _WARMING):
                if turn == _WARMING:
                    self._times.clear()
                await self._timed("ping", call("ping"))
                job = await self._timed("claim", call("claim", session=session))
                await self._timed("commit", commit())
                said = plans.outcome(job["task"])
                await self._timed("finish", call("finish", lease=job["lease"], **said))

    async def _timed(self, name: str, work: Awaitable[Any]) -> Any:
        begun = perf_counter()
        found = await work
        self._times.setdefault(name, []).append(perf_counter() - begun)
        return found

    def results(self, transport: str, *, judged: tuple[str, ...]) -> list[Result]:
        """The ratios; those of `judged` have a bar."""
        floor = median(self._times["ping"]) + median(self._times["commit"])
        raw = {name: spread_ms(found) for name, found in self._times.items()}
        return [
            Result(
                f"{transport}: {name} p50 / (ping + one durable commit)",
                median(self._times[name]) / floor,
                bar=2.0 if name in judged else None,
                sense="at most",
                raw=raw,
            )
            for name in ("claim", "finish")
        ]
