"""One HTTP server: latency, a thousand waiting claims, a thousand clients that go away."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any

import psutil

from benchmarks import plans
from benchmarks.http_client import Connection, server
from benchmarks.latency import Course
from benchmarks.measure import Options, Result, quantile
from headwater import Board

MIB = 1024 * 1024


def latency(options: Options) -> list[Result]:
    """A claim and a finish over HTTP, beside their floor."""
    course = Course(options)

    async def run(url: str) -> None:
        client = await Connection.open(url)
        await course.run(client.call)
        await client.close()

    with server(course.store) as (url, _):
        asyncio.run(run(url))
    return course.results("HTTP", judged=("claim",))


def crowd(options: Options) -> list[Result]:
    """Claims that wait, and the tasks that end their wait, all at once."""
    count = options.count(1000, 50)
    store = plans.build(options.folder / "board.db", [{"key": "gate"}])
    with server(store) as (url, process):
        found = asyncio.run(_crowd(url, count, psutil.Process(process.pid)))
    return [
        Result(
            f"HTTP: {count} waiting claims, a task each at once: all served within",
            found["served_s"],
            unit="s",
            bar=5,
            sense="at most",
            raw=found,
        ),
        Result(
            "HTTP: memory of that server",
            found["memory_mib"],
            unit="MiB",
            bar=256,
            sense="at most",
            raw=found,
        ),
        Result(
            "HTTP: p99 of other calls meanwhile",
            found["others_p99_ms"],
            unit="ms",
            bar=500,
            sense="at most",
            raw=found,
        ),
    ]


async def _crowd(url: str, count: int, process: psutil.Process) -> dict[str, Any]:
    planner = await Connection.open(url)
    me = (await planner.call("join", agent="planner"))["session"]
    gate = (await planner.call("claim", session=me))["lease"]
    keys = [f"t{at}" for at in range(count - 1)]
    await planner.call("add", tasks=[{"key": key, "needs": ["gate"]} for key in keys])
    clients = [await Connection.open(url) for _ in range(count)]
    sessions = [
        (await client.call("join", agent=f"a{at}"))["session"] for at, client in enumerate(clients)
    ]
    arrived: list[float] = []
    got: list[str] = []

    async def wait(client: Connection, session: str) -> None:
        job = await client.call("claim", session=session, wait=45)
        arrived.append(perf_counter())
        got.append(job.get("task", ""))

    others: list[float] = []
    over = asyncio.Event()

    async def look() -> None:
        other = await Connection.open(url)
        while not over.is_set():
            begun = perf_counter()
            await other.call("graph", view="task", task="gate")
            others.append(perf_counter() - begun)
            await asyncio.sleep(0.02)
        await other.close()

    waiting = [asyncio.create_task(wait(*pair)) for pair in zip(clients, sessions, strict=True)]
    await asyncio.sleep(3)
    await planner.call("add", tasks=[{"key": "alone", "priority": 9}])
    await asyncio.sleep(1)
    assert got == ["alone"], "one task came, and not exactly one of those who wait was served"
    arrived.clear()
    looking = asyncio.create_task(look())
    released = perf_counter()
    await planner.call("finish", lease=gate, summary="open")
    await asyncio.gather(*waiting)
    over.set()
    await looking
    memory = process.memory_info().rss / MIB
    for client in [*clients, planner]:
        await client.close()
    assert sorted(got) == sorted([*keys, "alone"]), "a task was served twice or not at all"
    return {
        "served_s": round(max(arrived) - released, 3),
        "first_ms": round((min(arrived) - released) * 1e3, 1),
        "memory_mib": round(memory, 1),
        "others_p99_ms": round(quantile(others, 0.99) * 1e3, 1),
        "others_n": len(others),
        "n_waiting": count,
    }


def gone(options: Options) -> list[Result]:
    """Clients that vanish while they wait leave nothing behind."""
    count = options.count(1000, 50)
    store = options.folder / "board.db"
    with Board.open(store) as board:
        board.add([{"key": "gate"}])
    with server(store) as (url, process):
        found = asyncio.run(_gone(url, count, psutil.Process(process.pid)))
    with Board.open(store) as board:
        held = board.graph("list", state="active").tasks or []
    found["held_by_the_gone"] = len(held) - 1
    left = found["waiters_left"] + found["descriptors_left"] + found["held_by_the_gone"]
    return [
        Result(
            f"HTTP: {count} clients drop: waiters, descriptors, leases left after 2 s",
            left,
            unit="cases",
            bar=0,
            sense="at most",
            raw=found,
        )
    ]


async def _gone(url: str, count: int, process: psutil.Process) -> dict[str, Any]:
    planner = await Connection.open(url)
    me = (await planner.call("join", agent="planner"))["session"]
    gate = (await planner.call("claim", session=me))["lease"]
    await planner.call("add", tasks=[{"key": f"t{at}", "needs": ["gate"]} for at in range(count)])
    await _come_and_go(url, count)  # opens the connections to the store that stay open
    before = process.num_fds()
    await _come_and_go(url, count)
    after = process.num_fds()
    waiting = await _waiting(url)
    await planner.close()
    planner = await Connection.open(url)  # the server may have closed one that was idle for so long
    await planner.call("finish", lease=gate, summary="open")
    await asyncio.sleep(1)
    ended = await planner.call("claim", session=me)
    assert ended["task"].startswith("t")
    await planner.close()
    return {
        "waiters_left": waiting,
        "descriptors_left": max(0, after - before),
        "n_clients": count,
    }


async def _come_and_go(url: str, count: int) -> None:
    """Clients begin to wait, and vanish; two seconds later it is over."""
    clients = [await Connection.open(url) for _ in range(count)]
    for at, client in enumerate(clients):
        session = (await client.call("join", agent=f"a{at}"))["session"]
        await client.send("claim", session=session, wait=45)
    await asyncio.sleep(2)
    for client in clients:
        client.drop()
    await asyncio.sleep(2)


async def _waiting(url: str) -> int:
    """How many calls wait, as the server itself says."""
    reader, writer = await asyncio.open_connection(*url.split("/")[2].split(":"))
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    text = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    line = next(one for one in text.splitlines() if one.startswith("headwater_waiting_calls{"))
    return round(float(line.split()[-1]))
