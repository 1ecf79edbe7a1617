"""Two HTTP servers on one PostgreSQL are one service: either may be asked, and either may die."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread
import pytest
from mcp import Client
from server_clients import call, environment, waiting_calls

from patience import PATIENCE_S, WOKEN_S
from postgres_server import databases_or_skip


@dataclass
class Serving:
    """`headwater serve` in a process of its own."""

    process: subprocess.Popen[str]
    url: str = ""

    @classmethod
    def start(cls, store: str) -> Serving:
        program = [sys.executable, "-m", "headwater", "--db", store]
        options = ["serve", "--transport", "http", "--port", "0", "--open"]
        return cls(
            subprocess.Popen(
                [*program, *options], stderr=subprocess.PIPE, text=True, env=environment()
            )
        )

    def ready(self) -> Serving:
        assert self.process.stderr is not None
        said: list[str] = []
        for line in self.process.stderr:
            said.append(line)
            if found := re.search(r'serving MCP at ([^\s"]+)', line):
                self.url = found[1]
                return self
        pytest.fail("".join(said))

    def end(self) -> None:
        self.process.kill()
        with self.process:
            pass


@pytest.fixture
def pair() -> Iterator[list[Serving]]:
    with databases_or_skip().empty_store() as store:
        started = [Serving.start(store) for _ in range(2)]
        try:
            yield [one.ready() for one in started]
        finally:
            for one in started:
                one.end()


async def test_a_finish_on_one_server_wakes_a_waiting_claim_on_the_other(
    pair: list[Serving],
) -> None:
    here, there = pair
    async with Client(here.url) as ann, Client(there.url) as bob:
        await call(ann, "add", tasks=[{"key": "a"}, {"key": "b", "needs": ["a"]}])
        mine = (await call(ann, "join", agent="ann"))["session"]
        theirs = (await call(bob, "join", agent="bob"))["session"]
        lease = (await call(ann, "claim", session=mine))["lease"]
        job: dict[str, Any] = {}

        async def wait() -> None:
            job.update(await call(bob, "claim", session=theirs, wait=45))

        with anyio.fail_after(PATIENCE_S) as patience:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(wait)
                while not await anyio.to_thread.run_sync(waiting_calls, there.url):
                    pass
                await call(ann, "finish", lease=lease, summary="there you are")
                patience.deadline = anyio.current_time() + WOKEN_S
        assert job["task"] == "b"
        assert job["upstream"][0]["summary"] == "there you are"


async def test_what_was_claimed_through_a_server_that_died_is_finished_through_the_other(
    pair: list[Serving],
) -> None:
    here, there = pair
    async with Client(there.url) as bob:
        async with Client(here.url) as ann:
            await call(ann, "add", tasks=[{"key": "a"}])
            mine = (await call(ann, "join", agent="ann"))["session"]
            lease = (await call(ann, "claim", session=mine))["lease"]
            here.process.kill()
        await call(bob, "finish", lease=lease, summary="it is in the database")
        assert (await call(bob, "graph"))["counts"] == {"done": 1}
