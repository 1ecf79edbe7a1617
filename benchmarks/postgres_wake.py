"""How soon a finish wakes a waiting claim through PostgreSQL: in another process, and between two
HTTP servers as they are started for people."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks import plans, wake
from benchmarks.http_client import Connection
from benchmarks.measure import Options, Result, spread_ms
from headwater import Board

_BAR_MS = 50
_SETTLE_S = 0.05
"""How long the waiting claim is left alone before the finish."""


def between_processes(options: Options, server: Any) -> list[Result]:
    """One process finishes, a claim waits in another."""
    often, rarely = options.count(100, 15), options.count(15, 1)
    busy, idle = wake.times(_store(server, often + rarely), often, rarely)
    raw = {"busy_board": spread_ms(busy), "idle_board": spread_ms(idle)}
    name = "PostgreSQL, finish acknowledged -> waiting claim elsewhere returned, p50"
    return [_result(name, busy, raw)]


def between_servers(options: Options, server: Any) -> list[Result]:
    """A finish through one `headwater serve`, a claim that waits at another."""
    often = options.count(100, 15)
    store = _store(server, often)
    with _serving(store) as here, _serving(store) as there:
        times = asyncio.run(_rounds(here, there, often))
    name = "PostgreSQL, two HTTP servers: finish answered -> waiting claim answered, p50"
    return [_result(name, times, {"busy_board": spread_ms(times)})]


def _store(server: Any, count: int) -> str:
    url: str = server.copy_of_template()
    with Board.open(url) as board:
        board.import_tasks(wake.couples(count))
    return url


def _result(name: str, times: list[float], raw: dict[str, Any]) -> Result:
    return Result(name, median(times) * 1e3, unit="ms", bar=_BAR_MS, sense="at most", raw=raw)


async def _rounds(here: str, there: str, count: int) -> list[float]:
    """Seconds from the one answer to the other; both are read by this process."""
    producer, consumer = await Connection.open(here), await Connection.open(there)
    making = (await producer.call("join", agent="producer", capabilities=["produce"]))["session"]
    using = (await consumer.call("join", agent="consumer", capabilities=["consume"]))["session"]
    times: list[float] = []
    for _ in range(count):
        made = await producer.call("claim", session=making)
        waiting = asyncio.create_task(_timed(consumer.call("claim", session=using, wait=45)))
        await asyncio.sleep(_SETTLE_S)
        _, answered = await _timed(
            producer.call("finish", lease=made["lease"], **plans.outcome(made["task"]))
        )
        got, returned = await waiting
        times.append(returned - answered)
        await consumer.call("finish", lease=got["lease"], **plans.outcome(got["task"]))
    await producer.close()
    await consumer.close()
    return times


async def _timed(call: Any) -> tuple[dict[str, Any], float]:
    """The reply, and when it was there."""
    reply: dict[str, Any] = await call
    return reply, perf_counter()


@contextmanager
def _serving(store: str) -> Iterator[str]:
    """The URL of `headwater serve` on a free port."""
    program = [sys.executable, "-m", "headwater", "--db", store]
    options = ["serve", "--transport", "http", "--port", "0", "--open"]
    process = subprocess.Popen([*program, *options], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        found = (re.search(r'serving MCP at ([^\s"]+)', line) for line in process.stderr)
        url = next((one[1] for one in found if one), "")
        if not url:
            raise RuntimeError("the server did not start")
        yield url
    finally:
        process.terminate()
        process.wait(10)
        process.stderr.close()
