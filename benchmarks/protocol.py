"""What Headwater adds to the cost of MCP: latency over stdio, start-up, bytes."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks import plans
from benchmarks.latency import Course
from benchmarks.measure import Options, Result, interleaved, ratio, spread_ms
from benchmarks.stdio_client import Client

_HERE = Path(__file__).parent


def latency(options: Options) -> list[Result]:
    """A claim and a finish over stdio, beside their floor."""
    course = Course(options)
    with closing(
        Client([str(_HERE / "ping_server.py"), str(course.store)], options.folder)
    ) as client:

        async def call(tool: str, **arguments: Any) -> dict[str, Any]:
            return client.call(tool, **arguments)  # one call at a time: nothing else has to run

        asyncio.run(course.run(call))
    return course.results("MCP stdio", judged=("claim", "finish"))


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
