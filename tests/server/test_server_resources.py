"""Resources: read, not found, and followed in both eras while another process changes the board."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from mcp import Client, MCPError
from mcp.types import ResourceUpdatedNotification
from server_clients import call, http_process, in_another_process, stdio_server

from headwater import Board, limits
from headwater.errors import StoreBusy, StoreUnavailable
from headwater.server import changes, updates
from headwater.server.opening import LazyBoard
from headwater.server.service import Service
from patience import PATIENCE_S, WOKEN_S

PLAN = (
    "board.add([{'key': 'a'}, {'key': 'b', 'needs': ['a']}, {'key': 'c'}]); "
    "s = board.join('ann').session; j = board.claim(s, 'a'); "
    "board.finish(j.lease, summary='s', artifacts=[{'name': 'dir/report.md', 'text': '# hi'}])"
)


async def change(db: Path, code: str) -> None:
    await anyio.to_thread.run_sync(in_another_process, db, code)


async def read(client: Client, uri: str) -> Any:
    (content,) = (await client.read_resource(uri, cache_mode="bypass")).contents
    text: str = content.text  # pyright: ignore[reportAttributeAccessIssue]
    return json.loads(text) if content.mime_type == "application/json" else text


async def test_every_listed_resource_can_be_read(client: Client, db: Path) -> None:
    await change(db, PLAN)
    uris = [resource.uri for resource in (await client.list_resources()).resources]
    assert uris == [
        "headwater://graph",
        "headwater://graph.mmd",
        "headwater://history",
        "headwater://sessions",
    ]
    assert {task["key"] for task in (await read(client, uris[0]))["tasks"]} == {"a", "b", "c"}
    assert (await read(client, uris[1])).startswith(("flowchart", "graph"))
    assert (await read(client, uris[2]))["events"]
    assert (await read(client, uris[3]))["agents"][0]["agent"] == "ann"


async def test_every_template_can_be_read(client: Client, db: Path) -> None:
    await change(db, PLAN)
    templates = (await client.list_resource_templates()).resource_templates
    assert [template.uri_template for template in templates] == [
        "headwater://task/{key}",
        "headwater://task/{key}/artifacts/{name}",
        "headwater://history{?since,limit}",
    ]
    assert (await read(client, "headwater://task/a"))["key"] == "a"
    for name in ("dir/report.md", "dir%2Freport.md"):
        artifact = await read(client, f"headwater://task/a/artifacts/{name}")
        assert artifact["artifact"]["text"] == "# hi"
    events = (await read(client, "headwater://history?since=1&limit=2"))["events"]
    assert [event["revision"] for event in events] == [2, 3]


async def test_a_long_artifact_is_read_whole_as_a_resource_and_by_pages_as_a_tool(
    client: Client, db: Path
) -> None:
    long = "board.finish(j.lease, artifacts=[{'name': 'log', 'text': 'x' * 100_000}])"
    await change(db, PLAN.replace("board.finish(j.lease", f"{long}; board.finish(j.lease", 1))
    uri = "headwater://task/a/artifacts/log"
    assert len((await read(client, uri))["artifact"]["text"]) == 100_000
    page = await call(client, "graph", task="a", artifact="log")
    rest = await call(client, "graph", task="a", artifact="log", cursor=page["cursor"])
    assert len(page["artifact"]["text"] + rest["artifact"]["text"]) == 100_000


async def test_a_resource_is_what_graph_answers(client: Client, db: Path) -> None:
    await change(db, PLAN)
    assert await read(client, "headwater://task/b") == await call(client, "graph", task="b")


@pytest.mark.parametrize(
    "uri",
    [
        "headwater://task/nobody",
        "headwater://task/",
        "headwater://task/a/artifacts/none",
        "headwater://task/a/other/x",
        "headwater://task/..%2f..%2fetc",
        "headwater://task/A",
        "headwater://task/a?x=1",
        "headwater://task/a#part",
        "headwater://graph?x=1",
        "headwater://history?since=-1",
        "headwater://history?limit=100000",
        "headwater://history?evil=1",
        "headwater://nothing",
        "file:///etc/passwd",
        "http://[::1",
    ],
)
async def test_an_unknown_resource_is_not_found(client: Client, db: Path, uri: str) -> None:
    await change(db, PLAN)
    with pytest.raises(MCPError) as caught:
        await client.read_resource(uri)
    assert caught.value.error.code == -32602
    assert caught.value.error.data["uri"] == uri


async def test_a_change_by_another_process_reaches_a_listen_stream(
    service: Service, db: Path
) -> None:
    await change(db, PLAN)
    uris = ["headwater://graph", "headwater://task/c", "headwater://task/a"]
    async with (
        Client(service.adapter.server) as client,
        client.listen(resource_subscriptions=uris) as stream,
    ):
        await change(db, "board.edit('c', set={'title': 'new'})")
        told: set[str] = set()
        with anyio.fail_after(PATIENCE_S):
            async for event in stream:
                told.add(event.uri)  # pyright: ignore[reportAttributeAccessIssue]
                if told == {"headwater://graph", "headwater://task/c"}:
                    break
        await change(db, "board.edit('c', set={'title': 'newer'})")
        with anyio.fail_after(PATIENCE_S):
            async for event in stream:
                assert event.uri != "headwater://task/a"  # pyright: ignore[reportAttributeAccessIssue]
                if event.uri == "headwater://task/c":  # pyright: ignore[reportAttributeAccessIssue]
                    break


async def test_a_task_whose_upstream_finished_is_told_as_changed(
    service: Service, db: Path
) -> None:
    await change(db, "board.add([{'key': 'a'}, {'key': 'b', 'needs': ['a']}])")
    async with (
        Client(service.adapter.server) as client,
        client.listen(resource_subscriptions=["headwater://task/b"]) as stream,
    ):
        job = await call(client, "claim")
        await call(client, "finish", lease=job["lease"])
        with anyio.fail_after(PATIENCE_S):
            async for event in stream:
                assert event.uri == "headwater://task/b"  # pyright: ignore[reportAttributeAccessIssue]
                break


@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")
@pytest.mark.parametrize("transport", ["memory", "stdio", "http"])
async def test_a_change_by_another_process_reaches_an_older_subscriber(
    service: Service, tmp_path: Path, transport: str
) -> None:
    db = tmp_path / "board.db"
    told = anyio.Event()
    seen: list[str] = []

    async def on_message(message: object) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            seen.append(str(message.params.uri))
            told.set()

    async def follow(server: Any) -> None:
        async with Client(server, mode="legacy", message_handler=on_message) as client:
            assert client.server_capabilities.resources.subscribe  # pyright: ignore[reportOptionalMemberAccess]
            await client.subscribe_resource("headwater://task/x")
            await client.subscribe_resource("headwater://graph")
            await client.unsubscribe_resource("headwater://graph")
            await change(db, "board.add([{'key': 'x'}])")
            with anyio.fail_after(PATIENCE_S):
                await told.wait()

    if transport == "memory":
        await follow(service.adapter.server)
    elif transport == "stdio":
        await follow(stdio_server(db))
    else:
        with http_process(db) as (url, _):
            await follow(url)
    assert set(seen) == {"headwater://task/x"}


@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")
async def test_an_older_subscriber_that_leaves_is_forgotten(service: Service) -> None:
    async with Client(service.adapter.server, mode="legacy") as client:
        await client.subscribe_resource("headwater://graph")
        with anyio.fail_after(PATIENCE_S):
            while not service.changes.watchers:
                await call(client, "graph")
    async with Client(service.adapter.server) as client:
        with anyio.fail_after(PATIENCE_S):
            while service.changes.watchers:
                await call(client, "graph")


async def test_nobody_is_watched_for_when_nobody_follows(service: Service, db: Path) -> None:
    async with Client(service.adapter.server) as client:
        async with client.listen(tools_list_changed=True):
            await call(client, "graph")
            assert service.changes.watchers == 0
        async with client.listen(resource_subscriptions=["headwater://graph"]):
            assert service.changes.watchers == 1
        with anyio.fail_after(PATIENCE_S):
            while service.changes.watchers:
                await call(client, "graph")


@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")
async def test_nothing_is_looked_at_any_more_once_the_server_stops(service: Service) -> None:
    async with Client(service.adapter.server, mode="legacy") as client:
        await client.subscribe_resource("headwater://graph")
        with anyio.fail_after(PATIENCE_S):
            while not service.changes.watchers:
                await call(client, "graph")
            service.changes.stop()
            while service.changes.watchers:
                await call(client, "graph")


@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")
async def test_a_subscriber_that_does_not_read_keeps_nobody_waiting(
    service: Service, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.server.adapter.UNREAD_S", 0.1)
    told: list[str] = []

    async def never(_message: object) -> None:
        await anyio.sleep_forever()

    async def on_message(message: object) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            told.append(str(message.params.uri))

    server = service.adapter.server
    async with (
        Client(server, mode="legacy", message_handler=never) as deaf,
        Client(server, mode="legacy", message_handler=on_message) as other,
    ):
        for number in range(50):
            await deaf.subscribe_resource(f"headwater://task/t{number}")
        await other.subscribe_resource("headwater://graph")
        many = "[{'key': f't{n}'} for n in range(50)]"
        with anyio.fail_after(PATIENCE_S):
            for code in (f"board.add({many})", "board.add([{'key': 'last'}])"):
                known = len(told)
                await change(db, code)
                while len(told) == known:
                    await call(other, "graph")


@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")
@pytest.mark.parametrize("uri", ["headwater://nothing", "file:///etc/passwd", "headwater://task/"])
async def test_what_is_no_resource_cannot_be_followed(service: Service, uri: str) -> None:
    async with Client(service.adapter.server, mode="legacy") as client:
        with pytest.raises(MCPError, match="no such resource"):
            await client.subscribe_resource(uri)
    async with Client(service.adapter.server) as client:
        with pytest.raises(MCPError, match="no such resource"):
            async with client.listen(resource_subscriptions=["headwater://graph", uri]):
                pass
    assert service.changes.watchers == 0


@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")
async def test_a_connection_follows_so_many_resources_and_no_more(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SUBSCRIPTIONS", 3)
    three = [f"headwater://task/t{number}" for number in range(3)]
    async with Client(service.adapter.server, mode="legacy") as client:
        for uri in [*three, *three]:
            await client.subscribe_resource(uri)
        with pytest.raises(MCPError, match="4 resources are more than the 3"):
            await client.subscribe_resource("headwater://graph")
        await client.unsubscribe_resource(three[0])
        await client.subscribe_resource("headwater://graph")
    async with Client(service.adapter.server) as client:
        with pytest.raises(MCPError, match="4 resources are more than the 3"):
            async with client.listen(resource_subscriptions=[*three, "headwater://graph"]):
                pass


async def test_a_change_that_came_while_the_store_was_away_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "RETRY_S", 0.01)
    with Board.open(tmp_path / "board.db") as board:
        seen = changes.Changes(LazyBoard(lambda: board))
        revision = board.revision
        failures = [StoreBusy("busy"), StoreBusy("busy")]

        def read() -> int:
            if failures:
                raise failures.pop()
            return revision()

        monkeypatch.setattr(board, "revision", read)
        with seen.watch(board):
            board.add([{"key": "a"}])
            assert await seen.beyond(0, WOKEN_S)


async def test_followers_are_told_of_what_happened_while_the_store_was_away(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates, "RETRY_S", 0.01)
    board = await service.boards.get()
    board.add([{"key": "first"}])
    step = board.step
    failures = [StoreUnavailable("away"), StoreUnavailable("away")]

    def away(request: Any, caller: Any = None) -> Any:
        if failures and request.verb == "graph":
            raise failures.pop()
        return step(request, caller)

    async with (
        Client(service.adapter.server) as client,
        client.listen(resource_subscriptions=["headwater://task/a"]) as stream,
    ):
        monkeypatch.setattr(board, "step", away)
        board.add([{"key": "a"}])
        with anyio.fail_after(WOKEN_S):
            async for event in stream:
                assert event.uri == "headwater://task/a"  # pyright: ignore[reportAttributeAccessIssue]
                break
    assert not failures
