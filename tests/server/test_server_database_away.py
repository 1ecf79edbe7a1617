"""A server on PostgreSQL, while the database goes away and comes back. It is not restarted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import anyio
import anyio.to_thread
import pytest
from mcp import Client
from server_clients import call, http_process, refused

from patience import PATIENCE_S
from postgres_server import DURABLE, Databases, Server, own_server_or_skip


@pytest.fixture
def server() -> Iterator[Server]:
    """A database server that may be stopped."""
    with own_server_or_skip("stopping", DURABLE) as server:
        yield server


def health(url: str, page: str) -> int:
    try:
        with urlopen(url.removesuffix("/mcp") + page) as reply:
            return reply.status
    except HTTPError as error:
        return error.code


async def test_calls_are_refused_with_a_reason_while_it_is_away_and_served_after(
    server: Server,
) -> None:
    made = Databases(server.url("postgres"))
    made.close()
    with http_process(made.template) as (url, process):
        async with Client(url) as client:
            await call(client, "add", tasks=[{"key": "a"}, {"key": "b", "needs": ["a"]}])
            me, other = [
                (await call(client, "join", agent=name))["session"] for name in ("ann", "bob")
            ]
            lease = (await call(client, "claim", session=me))["lease"]
            waited: list[dict[str, Any]] = []

            async def wait() -> None:
                result = await client.call_tool("claim", {"session": other, "wait": 45})
                waited.append(result.structured_content or {})

            with anyio.fail_after(PATIENCE_S):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(wait)
                    await anyio.to_thread.run_sync(server.stop)
                    for verb, arguments in [
                        ("finish", {"lease": lease, "summary": "made"}),
                        ("graph", {}),
                        ("add", {"tasks": [{"key": "c"}]}),
                    ]:
                        error = await refused(client, verb, **arguments)
                        assert error["code"] == "store_unavailable", error
                        assert error["next"]
                    assert await anyio.to_thread.run_sync(health, url, "/health/live") == 200
                    assert await anyio.to_thread.run_sync(health, url, "/health/ready") == 503
                    await anyio.to_thread.run_sync(server.start)
                    await call(client, "finish", lease=lease, summary="made")
            (answer,) = waited
            assert answer.get("task") == "b" or answer["code"] == "store_unavailable"
            assert (await call(client, "graph"))["counts"]["done"] == 1
            assert await anyio.to_thread.run_sync(health, url, "/health/ready") == 200
        process.terminate()
        process.wait(PATIENCE_S)
        assert process.stderr is not None
        log = process.stderr.read()
    assert "Traceback" not in log
    assert all(json.loads(line) for line in log.splitlines())
