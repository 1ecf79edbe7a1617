"""One HTTP server under mixed load for a long time: does anything grow that should not?"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import linear_regression
from time import perf_counter
from typing import Any

import psutil

from benchmarks import plans
from benchmarks.http_client import Connection, server
from benchmarks.measure import Options, Result, quantile, spread_ms

AGENTS = 8
MIB = 1024 * 1024
_OPEN_TASKS = 40
_PAUSE_S = 0.5


@dataclass
class Load:
    """What the agents have in common, and what is measured while they work."""

    url: str
    ends: float
    times: list[float] = field(default_factory=list[float])
    added: int = 0
    finished: int = 0
    busy: int = 0
    """Answers that asked for the call to be repeated."""
    memory: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """Seconds since the start, MiB."""
    descriptors: list[int] = field(default_factory=list[int])
    log_mib: float = 0

    async def call(self, client: Connection, tool: str, **arguments: Any) -> dict[str, Any]:
        begun = perf_counter()
        found = await self.answered(client, tool, **arguments)
        self.times.append(perf_counter() - begun)
        return found

    async def answered(self, client: Connection, tool: str, **arguments: Any) -> dict[str, Any]:
        """Repeats what a machine too busy to serve it in time has refused, as an agent does."""
        while True:
            try:
                return await client.call(tool, **arguments)
            except RuntimeError as error:
                if '"retryable":true' not in str(error):
                    raise
                self.busy += 1


def soak(options: Options) -> list[Result]:
    """Eight agents for half an hour (HEADWATER_SOAK_MINUTES).

    Memory is judged by the second half, with small page caches: at their usual sizes (64 MiB for
    the writer, 4 for each reader) they go on filling for half an hour.
    """
    minutes = float(os.environ.get("HEADWATER_SOAK_MINUTES", "30"))
    seconds = 6.0 if options.quick else minutes * 60
    store = plans.build(options.folder / "board.db", [plans.task("first", [])])
    with server(store, "http-small") as (url, process):
        load = Load(url, perf_counter() + seconds)
        asyncio.run(_run(load, store, psutil.Process(process.pid), seconds))
    begun = load.memory[0][0]
    warm = [one for one in load.memory if one[0] - begun >= seconds / 2]
    slope = linear_regression(*zip(*warm, strict=True)).slope * 600
    raw = {
        "minutes": round(seconds / 60, 1),
        "agents": AGENTS,
        "calls": len(load.times),
        "tasks_finished": load.finished,
        "busy": load.busy,
        "memory_mib": round(load.memory[-1][1], 1),
        **spread_ms(load.times),
    }
    third = len(load.descriptors) // 3
    grown = max(0, max(load.descriptors[2 * third :]) - max(load.descriptors[: 2 * third]))
    p99_ms = quantile(load.times, 0.99) * 1e3
    found = [
        Result("soak: largest WAL", load.log_mib, unit="MiB", bar=64, sense="at most", raw=raw),
        Result("soak: descriptors grow by", grown, unit="", bar=AGENTS, sense="at most"),
        Result("soak: p99 of all calls", p99_ms, unit="ms", bar=250, sense="at most"),
    ]
    if not options.quick:  # what seconds say about memory is about its beginning
        name = "soak: memory grows in ten minutes by"
        found.append(Result(name, slope, unit="MiB", bar=1, sense="at most"))
    return found


async def _run(load: Load, store: Path, process: psutil.Process, seconds: float) -> None:
    agents = [asyncio.create_task(_agent(load, number)) for number in range(AGENTS)]
    log = store.with_name(store.name + "-wal")
    while perf_counter() < load.ends:
        await asyncio.sleep(min(5, seconds / 30))
        load.memory.append((perf_counter(), process.memory_info().rss / MIB))
        load.descriptors.append(process.num_fds())
        load.log_mib = max(load.log_mib, log.stat().st_size / MIB if log.exists() else 0)
    await asyncio.gather(*agents)


async def _agent(load: Load, number: int) -> None:
    """Plan, work, review, talk, look, wait, go away and come back."""
    chance = Random(number)
    client = await Connection.open(load.url)
    me = ""
    while perf_counter() < load.ends:
        if not me or chance.random() < 0.01:
            await client.close()
            client = await Connection.open(load.url)
            me = (await load.call(client, "join", agent=f"agent-{number}"))["session"]
        if load.added - load.finished < _OPEN_TASKS:
            await _plan(load, client)
        job = await load.call(client, "claim", session=me)
        if "lease" in job:
            await _work(load, client, chance, job)
        else:  # a wait is no measure of speed
            await load.answered(client, "claim", session=me, wait=0.2)
        if chance.random() < 0.1:
            await load.call(client, "tell", to="all", text="still here", session=me)
            await load.call(client, "check", session=me)
        if chance.random() < 0.05:
            await load.call(client, "graph", view="search", query="records stage")
            await load.call(client, "graph", state="ready")
        await asyncio.sleep(chance.random() * _PAUSE_S)
    await load.call(client, "check", session=me, leave=True)
    await client.close()


async def _plan(load: Load, client: Connection) -> None:
    first, second = f"s{load.added}", f"s{load.added + 1}"
    load.added += 2
    tasks = [plans.task(first, []), plans.task(second, [first], review=True)]
    await load.call(client, "add", tasks=tasks)


async def _work(load: Load, client: Connection, chance: Random, job: dict[str, Any]) -> None:
    lease = job["lease"]
    if job.get("kind") == "review":
        await load.call(client, "finish", lease=lease, outcome="approve")
        load.finished += 1
        return
    await load.call(client, "check", lease=lease, note="half way")
    if chance.random() < 0.05:
        await load.call(client, "finish", lease=lease, outcome="release", notes="not mine")
        return
    found = await load.call(client, "finish", lease=lease, **plans.outcome(job["task"]))
    load.finished += found["state"] == "done"
