"""An agent as a program: a real MCP client with a real server process of its own.

    python agent.py DB NAME NOTES SEED

It works until it is told that everything is done, and notes every claim and finish, with the
moments before and after the call, one JSON object a line.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

ALONE = 3
"""So many tasks an agent does at most before another has got one."""


class Agent:
    def __init__(self, client: Client, notes: Path, seed: int) -> None:
        self.client = client
        self.finished = 0
        self.folder = notes.parent
        self.notes = notes.open("a", buffering=1)
        self.chance = random.Random(seed)
        self.session = ""

    async def call(self, tool: str, **arguments: Any) -> tuple[dict[str, Any], int, int]:
        began = perf_counter_ns()
        result = await self.client.call_tool(tool, arguments)
        ended = perf_counter_ns()
        if result.is_error:
            raise RuntimeError(f"{tool} was refused: {result.structured_content}")
        return dict(result.structured_content or {}), began, ended

    def note(self, kind: str, began: int, ended: int, **facts: Any) -> None:
        line = {"kind": kind, "began_ns": began, "ended_ns": ended} | facts
        self.notes.write(json.dumps(line) + "\n")

    async def claim(self) -> dict[str, Any]:
        """The next task; waits until there is one, or everything is done."""
        while self.finished >= ALONE and self.is_alone():  # noqa: ASYNC110 (others are processes)
            await anyio.sleep(0.01)
        while True:
            got, began, ended = await self.call("claim", session=self.session, wait=10)
            if "none" not in got:
                self.note("claim", began, ended, task=got["task"], fence=got["fence"])
                return got
            if got["none"]["reason"] == "all_done":
                return {}
            if got["none"]["reason"] not in ("paused", "wait", "backoff", "partial"):
                raise RuntimeError(f"nothing to do: {got['none']}")

    def is_alone(self) -> bool:
        return sum(file.stat().st_size > 0 for file in self.folder.glob("notes-*.jsonl")) == 1

    async def finish(self, job: dict[str, Any]) -> dict[str, Any]:
        """Finish the task, or now and then give it back; the next task, if one came along."""
        outcome = "done" if self.chance.random() < 0.95 else "release"
        chain = self.chance.random() < 0.5
        reply, began, ended = await self.call(
            "finish",
            lease=job["lease"],
            outcome=outcome,
            summary=f"what {job['task']} came to",
            claim_next=chain,
        )
        self.finished += 1
        facts = {"task": job["task"], "fence": job["fence"], "outcome": outcome}
        self.note("finish", began, ended, **facts)
        claimed = reply.get("claimed", {})
        if "task" in claimed:
            facts = {"task": claimed["task"], "fence": claimed["fence"]}
            self.note("claim", began, ended, **facts)
            return claimed
        return {}

    async def work(self, name: str) -> None:
        joined, _, _ = await self.call("join", agent=name)
        self.session = joined["session"]
        print("joined", flush=True)
        job = await self.claim()
        while job:
            await self.call("graph", view="task", task=job["task"])
            await self.call("check", lease=job["lease"], note="half way", progress=50)
            job = await self.finish(job) or await self.claim()
        await self.call("check", session=self.session, leave=True)


async def main(db: str, name: str, notes: str, seed: str) -> None:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "headwater", "serve", "--db", db], env=dict(os.environ)
    )
    async with Client(server) as client:
        await Agent(client, Path(notes), int(seed)).work(name)


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
