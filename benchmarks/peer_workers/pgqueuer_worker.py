"""pgqueuer's own worker on one asyncpg connection; it fetches and reports jobs in batches.

`pgqueuer_worker.py URL BATCH`: for each line with a number, that many empty jobs are added and
worked off; the answer is a line with the seconds from the start of the first to that of the last.
"""
# Runs in pgqueuer's own environment, where its types can be found.
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import asyncio
import sys
from time import perf_counter

import asyncpg
from pgqueuer import AsyncpgDriver, Job, PgQueuer, Queries
from pgqueuer.types import QueueExecutionMode


async def main(url: str, batch: int) -> None:
    await Queries(AsyncpgDriver(await asyncpg.connect(url))).install()
    for line in sys.stdin:
        count = int(line)
        print(await worked_off(url, count, batch), flush=True)


async def worked_off(url: str, count: int, batch: int) -> float:
    begun: list[float] = []
    driver = AsyncpgDriver(await asyncpg.connect(url))
    await Queries(driver).enqueue(["empty"] * count, [None] * count, [0] * count)
    worker = PgQueuer(driver)

    @worker.entrypoint("empty")
    async def empty(_: Job) -> None:
        begun.append(perf_counter())

    await worker.run(batch_size=batch, mode=QueueExecutionMode.drain)
    assert len(begun) == count, "a job was not done, or done twice"
    return begun[-1] - begun[0]


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
