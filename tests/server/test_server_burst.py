"""More calls than the server serves: each is answered or told when to come again; others are
served meanwhile, memory is bounded, and all is well afterwards."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from raw_http import Line
from server_clients import http_process
from test_server_access import post

from headwater import Board
from headwater.operations import access

LINES = 20
PER_SECOND = 20
"""Of one credential; so few that the slowest machine serves more."""
MIB = 2**20
GROWTH_MIB = 64


@dataclass
class Door:
    url: str
    server: psutil.Process
    eager: str
    calm: str


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    db = tmp_path_factory.mktemp("burst") / "board.db"
    with Board.open(db) as board:
        board.add([{"key": "a"}])
        eager, calm = (access.create(board.store, name, "work")[1] for name in ("eager", "calm"))
    with http_process(db, calls_per_second=PER_SECOND) as (url, process):
        yield Door(url, psutil.Process(process.pid), eager, calm)


async def flood(door: Door, token: str, count: int) -> tuple[Counter[int], list[str]]:
    """The statuses of so many calls at once, and the times that refusals named."""
    statuses: Counter[int] = Counter()
    waits: list[str] = []

    async def pour() -> None:
        async with Line(door.url, token) as line:
            async for answer in line.burst(line.tool("graph", limit=1), count // LINES):
                statuses[answer.status] += 1
                if answer.status == 429:
                    waits.append(answer.headers["retry-after"])
                    assert json.loads(answer.body)["next"]

    async with asyncio.TaskGroup() as tasks:
        for _ in range(LINES):
            tasks.create_task(pour())
    return statuses, waits


async def serve_calmly(door: Door, over: asyncio.Event) -> int:
    """Another credential's calls meanwhile, one after the other; how many were served."""
    served = 0
    async with Line(door.url, door.calm) as line:
        while not over.is_set():
            assert (await line.call("graph")).result["counts"] == {"ready": 1}
            served += 1
            await asyncio.sleep(2 / PER_SECOND)
    return served


async def withstand(door: Door, count: int) -> None:
    before = door.server.memory_info().rss
    over = asyncio.Event()
    calm = asyncio.create_task(serve_calmly(door, over))
    statuses, waits = await flood(door, door.eager, count)
    strangers, _ = await flood(door, "hw_000000000000_" + "A" * 43, count // 3)
    over.set()
    assert await calm > 0
    assert statuses.total() == count // LINES * LINES
    assert set(statuses) == {200, 429}
    assert statuses[200] >= 5 * PER_SECOND
    assert all(1 <= int(wait) <= 10 for wait in waits)
    assert set(strangers) == {401, 429}
    assert (door.server.memory_info().rss - before) / MIB < GROWTH_MIB
    await asyncio.sleep(int(waits[-1]))  # as it was told
    async with Line(door.url, door.eager) as line:
        assert (await line.call("graph")).result["counts"] == {"ready": 1}


async def test_a_burst_is_answered_or_told_when_to_come_again(door: Door) -> None:
    await withstand(door, 3_000)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_burst_of_a_hundred_thousand_calls_is_withstood(door: Door) -> None:
    await withstand(door, 100_000)


def test_a_credential_cannot_open_connections_without_end(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    with Board.open(db) as board:
        eager, calm = (access.create(board.store, name, "work")[1] for name in ("eager", "calm"))
    few = "import headwater.limits; headwater.limits.CONNECTIONS_PER_CREDENTIAL = 5\n"
    with http_process(db, prelude=few, names=["tasks.example"]) as (url, _):
        opened = [post(url, eager) for _ in range(5)]
        assert [status for status, _, _ in opened] == [200] * 5
        status, body, headers = post(url, eager)
        assert (status, body["code"]) == (429, "too_many_connections")
        assert int(headers["Retry-After"])
        assert "DELETE" in body["next"]
        assert post(url, calm)[0] == 200
        name = opened[0][2]["mcp-session-id"]
        assert post(url, eager, "DELETE", **{"mcp-session-id": name})[0] == 200
        assert post(url, eager)[0] == 200


def test_a_connection_that_is_not_used_ends(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    soon = "import headwater.limits; headwater.limits.CONNECTION_IDLE_HOURS = 0.1 / 3600\n"
    soon += "import logging; logging.basicConfig(level='INFO')\n"
    with http_process(db, prelude=soon) as (url, process):
        name = post(url)[2]["mcp-session-id"]
        assert process.stderr is not None
        assert any("idle timeout" in line for line in process.stderr)
        later = {"mcp-session-id": name, "mcp-protocol-version": "2025-11-25"}
        assert post(url, **later)[0] == 404
