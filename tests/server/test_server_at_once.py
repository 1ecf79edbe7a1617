"""A lone short call is carried out on the loop; whatever might hold the loop up takes a thread."""

from __future__ import annotations

import asyncio
import fcntl
import math
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from server_clients import call, payload, refused

from headwater.server import waiting
from headwater.server.adapter import CallContext
from headwater.server.service import Service
from headwater.store.transaction import Tx


@pytest.fixture
async def ran(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where each change of the board ran: `loop` or `thread`."""
    found: list[str] = []
    loop = threading.get_ident()
    store = (await service.boards.get()).store

    def noting(way: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def run(operation: Callable[[Tx], Any]) -> Any:
            def noted(tx: Tx) -> Any:
                found.append("loop" if threading.get_ident() == loop else "thread")
                return operation(tx)

            return way(noted)

        return run

    monkeypatch.setattr("headwater.store.flush.QUICK_S", math.inf)  # the disk has other users
    monkeypatch.setattr(store, "write", noting(store.write))
    monkeypatch.setattr(store, "at_once", noting(store.at_once))
    return found


async def test_a_lone_claim_check_and_finish_take_no_thread(client: Client, ran: list[str]) -> None:
    await call(client, "add", tasks=[{"key": "a"}])
    me = (await call(client, "join", agent="ann"))["session"]
    ran.clear()
    lease = (await call(client, "claim", session=me))["lease"]
    await call(client, "check", lease=lease, note="half")
    assert (await call(client, "finish", lease=lease))["state"] == "done"
    assert (await refused(client, "finish", lease="a#9.wrong"))["code"] == "bad_request"
    assert ran == ["loop"] * 4


async def test_calls_that_come_together_take_threads(
    service: Service, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unheard(_done: float, _total: float, _message: str) -> None: ...

    async def perform(name: str, **arguments: Any) -> dict[str, Any]:
        context = CallContext("ann", None, unheard)
        return payload(await service.call(name, arguments, context))

    monkeypatch.setattr(waiting, "CROWDED_S", 3600.0)
    monkeypatch.setattr("headwater.store.writer.CROWDED_S", 0.0)  # they may meet there, too
    await perform("add", tasks=[{"key": key} for key in "abcdef"])
    crew = [(await perform("join", agent=f"a{at}"))["session"] for at in range(6)]
    ran.clear()
    jobs = await asyncio.gather(*(perform("claim", session=one) for one in crew[:4]))
    assert sorted(job["task"] for job in jobs) == list("abcd")
    assert ran == ["thread"] * 4
    assert (await perform("claim", session=crew[4]))["task"] == "e"
    assert ran[4:] == ["thread"], "others may come again soon"
    monkeypatch.setattr(waiting, "CROWDED_S", 0.0)
    assert (await perform("claim", session=crew[5]))["task"] == "f"
    assert ran[5:] == ["loop"]


async def test_others_are_answered_while_another_process_keeps_a_claim_waiting(
    client: Client, db: Path, ran: list[str]
) -> None:
    await call(client, "add", tasks=[{"key": "a"}])
    me = (await call(client, "join", agent="ann"))["session"]
    ran.clear()
    job: dict[str, Any] = {}

    async def claim() -> None:
        job.update(await call(client, "claim", session=me))

    ticket = os.open(db.with_name("board.db.lock"), os.O_RDWR)
    fcntl.flock(ticket, fcntl.LOCK_EX)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(claim)
        assert (await call(client, "graph"))["counts"] == {"ready": 1}
        assert not job
        os.close(ticket)
    assert (job["task"], ran) == ("a", ["thread"])
