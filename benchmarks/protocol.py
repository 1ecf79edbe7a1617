"""What Headwater adds to the cost of MCP: latency over stdio, start-up, bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

from benchmarks import plans
from benchmarks.measure import Options, Result, interleaved, ratio, spread_ms
from benchmarks.stdio_client import Client
from headwater.store import engine

T = TypeVar("T")

_HERE = Path(__file__).parent


class _Watch:
    """Times of named calls."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}

    def time(self, name: str, work: Callable[[], T]) -> T:
        begun = perf_counter()
        found = work()
        self.times.setdefault(name, []).append(perf_counter() - begun)
        return found


def latency(options: Options) -> list[Result]:
    """A claim and a finish over stdio, beside a ping of the same server and a durable commit."""
    turns = options.count(300, 30)
    width = turns + 20
    base = plans.build(options.folder / "board.db", plans.layered(3 * width, width))
    other = plans.copy(base, "commits.db")
    watch = _Watch()
    with (
        closing(Client([str(_HERE / "ping_server.py"), str(base)], options.folder)) as client,
        closing(engine.connect(engine.driver(), other, busy_s=10)) as connection,
    ):

        def commit() -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE board SET revision = revision + 1 WHERE id = 1")
            connection.execute("COMMIT")

        client.call("join", agent="one")
        for turn in range(turns + 10):
            if turn == 10:  # the first calls warm the caches
                watch.times.clear()
            watch.time("ping", lambda: client.call("ping"))
            job = watch.time("claim", lambda: client.call("claim"))
            watch.time("commit", commit)
            watch.time(
                "finish",
                lambda job=job: client.call(
                    "finish", lease=job["lease"], **plans.outcome(job["task"])
                ),
            )
    floor = median(watch.times["ping"]) + median(watch.times["commit"])
    raw = {name: spread_ms(found) for name, found in watch.times.items()}
    return [
        Result(
            f"MCP stdio: {name} p50 / (ping + one durable commit)",
            median(watch.times[name]) / floor,
            bar=2.0,
            sense="at most",
            raw=raw,
        )
        for name in ("claim", "finish")
    ]


def startup(options: Options) -> list[Result]:
    """Spawn to first reply, beside the SDK's smallest server."""
    store = options.folder / "board.db"

    def ours(_: int) -> float:
        return _start(["-m", "headwater", "--db", str(store), "serve"], options.folder)

    def bare(_: int) -> float:
        return _start([str(_HERE / "hello_server.py")], options.folder)

    ours(0)  # makes the store and the byte code
    bare(0)
    headwater, hello = interleaved(options.count(11, 2), ours, bare)
    return [
        Result(
            "MCP stdio: start to first reply / bare MCPServer",
            ratio(headwater, hello),
            bar=1.4,
            sense="at most",
            raw={"headwater": spread_ms(headwater), "bare": spread_ms(hello)},
        )
    ]


def _start(arguments: list[str], folder: Path) -> float:
    with closing(Client(arguments, folder)) as client:
        return client.started_s


def sizes(options: Options) -> list[Result]:
    """Bytes that every window pays: the listing, and a cycle beside what agents wrote."""
    store = plans.build(options.folder / "board.db", plans.layered(4, 2, first_done=False))
    with closing(
        Client(["-m", "headwater", "--db", str(store), "serve"], options.folder)
    ) as client:
        tools = client.ask("tools/list", {})["tools"]
        listing = _bytes(tools) + len(str(client.opening.get("instructions", "")).encode())
        client.call("join", agent="one")
        for _ in range(2):  # the second layer's tasks need both of the first
            job = client.call("claim")
            client.call("finish", lease=job["lease"], **plans.outcome(job["task"]))
        job = client.call("claim")
        said = plans.outcome(job["task"])
        ended = client.call("finish", lease=job["lease"], **said)
    cycle = {
        "claim_arguments": 2,
        "claim_reply": _bytes(job),
        "finish_arguments": _bytes({"lease": job["lease"], **said}),
        "finish_reply": _bytes(ended),
    }
    texts = sum(_texts(part) for part in (job, said))
    figures = {**cycle, "of_it_agents_text": texts, "upstreams": len(job["upstream"])}
    by_tool = {tool["name"]: _bytes(tool) for tool in tools}
    return [
        Result(
            "tools/list and instructions",
            listing,
            unit="bytes",
            bar=12_000,
            sense="at most",
            raw={"aim_bytes": 9_500, "by_tool": by_tool},
        ),
        Result(
            "claim + finish with two upstreams, beside agents' text",
            sum(cycle.values()) - texts,
            unit="bytes",
            bar=1_800,
            sense="at most",
            raw=figures,
        ),
    ]


def _bytes(value: object) -> int:
    """As the server sends it and a model reads it: compact JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


_AGENTS_WORDS = frozenset({"title", "spec", "summary"})
_AGENTS_VALUES = frozenset({"acceptance", "paths", "critical"})


def _texts(value: Any) -> int:
    """The bytes that agents and planners wrote: texts without their quotes, values as JSON."""
    if isinstance(value, list):
        return sum(_texts(item) for item in value)
    if not isinstance(value, dict):
        return 0
    found = 0
    for name, item in value.items():
        if name in _AGENTS_WORDS and isinstance(item, str):
            found += len(item.encode())
        elif name in _AGENTS_VALUES:
            found += _bytes(item)
        else:
            found += _texts(item)
    return found
