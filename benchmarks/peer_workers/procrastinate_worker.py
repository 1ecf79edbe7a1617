"""procrastinate's own worker, as it comes: one job at a time, each set to done before the next.

`procrastinate_worker.py URL`: for each line with a number, that many empty jobs are added and
worked off; the answer is a line with the seconds from the start of the first to that of the last.
"""
# Runs in procrastinate's own environment, where its types can be found.
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import asyncio
import sys
from time import perf_counter

import procrastinate


async def main(url: str) -> None:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))
    begun: list[float] = []

    @app.task(name="empty")
    async def empty() -> None:
        begun.append(perf_counter())

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for line in sys.stdin:
            begun.clear()
            await empty.batch_defer_async(*[{} for _ in range(int(line))])
            await app.run_worker_async(wait=False)
            assert len(begun) == int(line), "a job was not done, or done twice"
            print(begun[-1] - begun[0], flush=True)


asyncio.run(main(sys.argv[1]))
