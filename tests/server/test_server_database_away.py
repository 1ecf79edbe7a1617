"""A server on PostgreSQL, while the database goes away and comes back. It is not restarted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import anyio
import anyio.to_thread
import pytest
from server_clients import call, client_with, http_process, refused

from headwater.operations import access
from headwater.store.store import Store
from patience import PATIENCE_S
from postgres_server import DURABLE, Databases, Server, own_server_or_skip

STRANGER = "Bearer hw_000000000000_" + "A" * 43
"""A token that only the store can tell to be none."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A database server that may be stopped."""
    with own_server_or_skip("stopping", DURABLE) as server:
        yield server


def health(url: str, page: str) -> int:
    try:
        request = Request(url.removesuffix("/mcp") + page, headers={"Authorization": STRANGER})
        with urlopen(request) as reply:
            return reply.status
    except HTTPError as error:
        with error:
            return error.code


async def test_calls_are_refused_with_a_reason_while_it_is_away_and_served_after(
    server: Server,
) -> None:
    made = Databases(server.url("postgres"))
    made.close()
    with Store.open(made.template) as store:
        _, token = access.create(store, "ann", "plan")
    with http_process(made.template, host="127.0.0.1") as (url, process):
        async with client_with(token, url) as client:
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
                    for page in ("/health/ready", "/metrics", "/mcp", "/events"):
                        assert await anyio.to_thread.run_sync(health, url, page) == 503
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
