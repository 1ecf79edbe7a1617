"""Which session a call belongs to, and how long its leases live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.types import Implementation
from server_clients import (
    call,
    http_process,
    in_another_process,
    lease_s,
    refused,
    stdio_process,
    stdio_server,
)

from headwater import Board, limits
from headwater.server import renewal
from headwater.server.identity import StdioIdentity
from headwater.server.opening import LazyBoard, open_board
from headwater.server.service import Service
from patience import PATIENCE_S


async def test_the_first_claim_over_stdio_joins_silently_and_once(client: Client) -> None:
    await call(client, "add", tasks=[{"key": "a"}, {"key": "b"}])
    job = await call(client, "claim")
    again = await call(client, "claim")
    assert again["lease"] == job["lease"]
    assert again["already_holding"] is True
    assert len((await call(client, "graph", view="agents"))["agents"]) == 1


async def test_a_silent_session_is_named_after_the_client(service: Service, mode: str) -> None:
    info = Implementation(name="some-host", version="1")
    async with Client(service.adapter.server, mode=mode, client_info=info) as client:
        await call(client, "claim")
        (agent,) = (await call(client, "graph", view="agents"))["agents"]
    assert (agent["agent"], agent["host"]) == ("some-host", "some-host")


async def test_the_environment_names_the_agent_and_limits_its_rights(tmp_path: Path) -> None:
    server = stdio_server(tmp_path / "board.db", HEADWATER_AGENT="builder", HEADWATER_RIGHTS="work")
    async with Client(server) as client:
        assert (await call(client, "join"))["agent"].startswith("builder")
        assert (await refused(client, "add", tasks=[{"key": "a"}]))["code"] == "forbidden"


async def test_wrong_rights_in_the_environment_are_refused_and_never_widened(db: Path) -> None:
    service = Service(
        LazyBoard(lambda: open_board(str(db))), StdioIdentity(rights="everything"), "0"
    )
    async with Client(service.adapter.server) as client:
        assert "HEADWATER_RIGHTS" in (await refused(client, "graph"))["error"]


async def test_a_session_joined_by_name_is_the_default_until_a_second_one(client: Client) -> None:
    await call(client, "add", tasks=[{"key": "a"}])
    await call(client, "join", agent="ann")
    assert (await call(client, "claim"))["task"] == "a"
    assert [a["agent"] for a in (await call(client, "graph", view="agents"))["agents"]] == ["ann"]
    bob = await call(client, "join", agent="bob")
    error = await refused(client, "claim")
    assert "2 sessions use this connection" in error["error"]
    assert any(bob["session"] in known for known in error["sessions"])
    assert "join(agent=" in error["next"]
    assert (await refused(client, "check"))["code"] == "bad_request"


async def test_the_first_join_by_name_names_the_session_that_claimed_before(
    client: Client,
) -> None:
    await call(client, "add", tasks=[{"key": "a"}, {"key": "b"}])
    job = await call(client, "claim")
    ann = await call(client, "join", agent="ann", window="w", capabilities=["gpu"])
    assert ann["resumed"]
    assert [(held["task"], held["lease"]) for held in ann["leases"]] == [("a", job["lease"])]
    assert "go on with a" in ann["next"]
    assert "parent=" in ann["next"]
    (agent,) = (await call(client, "graph", view="agents"))["agents"]
    assert (agent["session"], agent["agent"]) == (ann["agent"], "ann")
    assert (agent["window"], agent["capabilities"]) == ("w", ["gpu"])
    (held,) = (await call(client, "check"))["leases"]
    assert held["task"] == "a"
    assert (await call(client, "finish", lease=job["lease"], summary="x"))["state"] == "done"
    bob = await call(client, "join", agent="bob")
    assert (bob["resumed"], bob["leases"]) == (False, [])
    assert (await call(client, "claim", session=bob["session"]))["task"] == "b"


async def test_a_silent_session_that_holds_a_task_is_not_forgotten_at_a_join_without_a_name(
    client: Client,
) -> None:
    await call(client, "add", tasks=[{"key": "a"}])
    job = await call(client, "claim")
    joined = await call(client, "join")
    assert (joined["resumed"], joined["leases"]) == (False, [])
    assert joined["resumable"][0]["holds"] == ["a"]
    assert (await refused(client, "check"))["code"] == "bad_request"
    assert (await call(client, "check", lease=job["lease"]))["leases"][0]["task"] == "a"


async def test_two_first_joins_at_once_by_two_names_are_two_sessions(client: Client) -> None:
    await call(client, "add", tasks=[{"key": "a"}])
    await call(client, "claim")
    joined: list[dict[str, Any]] = []

    async def join(agent: str) -> None:
        joined.append(await call(client, "join", agent=agent))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(join, "ann")
        tasks.start_soon(join, "bob")
    assert len({one["session"] for one in joined}) == 2
    assert sorted(len(one["leases"]) for one in joined) == [0, 1]


async def test_a_session_that_left_no_longer_counts(client: Client) -> None:
    ann = await call(client, "join", agent="ann")
    await call(client, "join", agent="bob")
    await call(client, "check", session=ann["session"], leave=True)
    await call(client, "check")


async def test_claim_and_check_over_http_need_a_session_or_a_lease(tmp_path: Path) -> None:
    with http_process(tmp_path / "board.db") as (url, _):
        async with Client(url) as client:
            await call(client, "add", tasks=[{"key": "a"}])
            for verb in ("claim", "check"):
                error = await refused(client, verb)
                assert "needs a session over HTTP" in error["error"]
                assert "join(" in error["next"]
            me = (await call(client, "join", agent="ann"))["session"]
            job = await call(client, "claim", session=me)
            assert job["expires_in_s"] > 59 * 60
            assert await call(client, "check", lease=job["lease"])


async def test_leases_of_an_open_server_last_as_long_as_the_board_says(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    with Board.open(db) as board:
        board.policy(lease_minutes=5)
    with http_process(db) as (url, _):
        async with Client(url) as client:
            assert 290 < await lease_s(client) <= 300


async def test_leases_of_a_stdio_window_are_renewed_while_it_is_there(
    client: Client, service: Service, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await call(client, "add", tasks=[{"key": "a"}])
    monkeypatch.setattr(limits, "STDIO_LEASE_MS", 30_000)
    job = await call(client, "claim")
    assert job["expires_in_s"] <= 30
    board = await service.boards.get()
    renewed = anyio.Event()
    renew = board.renew

    def seen(tokens: Any, lease_ms: int = 0) -> None:
        renew(tokens, 100_000)
        anyio.from_thread.run_sync(renewed.set)

    monkeypatch.setattr(board, "renew", seen)
    monkeypatch.setattr(limits, "STDIO_RENEW_MS", 10)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(renewal.renew_forever, service.boards, service.identity)
        with anyio.fail_after(PATIENCE_S):
            await renewed.wait()
        tasks.cancel_scope.cancel()
    (agent,) = (await call(client, "graph", view="agents"))["agents"]
    assert agent["holds"][0]["until_s"] > 60


async def test_two_minutes_of_grace_remain_after_the_host_has_gone(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    async with Client(stdio_server(db)) as client:
        await call(client, "add", tasks=[{"key": "a"}])
        assert (await call(client, "claim"))["expires_in_s"] > 250
    left = int(
        in_another_process(db, "print(board.graph('agents').agents[0]['holds'][0]['until_s'])")
    )
    assert 100 < left <= limits.STDIO_GRACE_MS / 1000


def test_a_claim_is_undone_when_the_host_has_stopped_reading(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    in_another_process(db, "board.add([{'key': 'a', 'attempts': 1}])")
    with stdio_process(db) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stdin.write(
            b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
            b'"capabilities":{},"clientInfo":{"name":"t","version":"0"}}}\n'
        )
        process.stdin.flush()
        assert process.wait(PATIENCE_S) == 0
    with stdio_process(db) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(
            b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
            b'"capabilities":{},"clientInfo":{"name":"t","version":"0"}}}\n'
        )
        process.stdin.flush()
        assert process.stdout.readline()
        process.stdout.close()
        process.stdin.write(
            b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n'
            b'{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"claim","arguments":{}}}\n'
        )
        process.stdin.flush()
        assert process.wait(PATIENCE_S) == 0
        assert b"Traceback" not in process.stderr.read()
    assert in_another_process(db, "print(board.graph().counts)") == "{'ready': 1}"


async def test_a_silent_session_that_is_taken_over_here_is_not_counted_twice(
    client: Client,
) -> None:
    await call(client, "add", tasks=[{"key": "a"}])
    await call(client, "claim")
    (agent,) = (await call(client, "join"))["resumable"]
    mine = await call(client, "join", session=agent["session"], take=True)
    assert [held["task"] for held in mine["leases"]] == ["a"]
    error = await refused(client, "check")
    assert len(error["sessions"]) == 2
    assert any(known.startswith(f"{mine['session']} ") for known in error["sessions"])


async def test_a_hint_is_a_call_that_this_connection_can_make(tmp_path: Path) -> None:
    async with Client(stdio_server(tmp_path / "stdio.db")) as client:
        assert (await call(client, "claim"))["next"].startswith("claim(wait=45)")
        ann = await call(client, "join", agent="ann")
        assert (await call(client, "claim"))["next"].startswith("claim(wait=45)")
        await call(client, "join", agent="bob")
        none = await call(client, "claim", session=ann["session"])
        assert none["next"].startswith("claim(session, wait=45)")
    with http_process(tmp_path / "http.db") as (url, _):
        async with Client(url) as client:
            await call(client, "add", tasks=[{"key": "a"}, {"key": "b"}])
            joined = await call(client, "join", agent="ann")
            assert joined["next"].startswith("claim(session) takes")
            me = joined["session"]
            job = await call(client, "claim", session=me)
            bob = (await call(client, "join", agent="bob"))["session"]
            await call(client, "claim", session=bob)
            done = await call(client, "finish", lease=job["lease"], claim_next=True)
            assert done["claimed"]["next"].startswith("claim(session, wait=45)")
            held = await refused(client, "claim", session=me, task="b")
            assert held["next"].startswith("claim(session) for other work")
            assert "claim(session, task, take_over=true)" in held["next"]


async def test_of_many_sessions_on_a_connection_the_newest_are_listed(client: Client) -> None:
    joined = [await call(client, "join", agent=f"sub-{number}") for number in range(12)]
    error = await refused(client, "claim")
    assert "12 sessions use this connection" in error["error"]
    assert len(error["sessions"]) == 10
    assert error["sessions"][-1].startswith(joined[-1]["session"])


async def test_a_workspace_that_cannot_be_looked_into_is_believed(client: Client) -> None:
    workspace = f"/{'x' * 300}"
    await call(client, "join", agent="ann", workspace=workspace)
    (agent,) = (await call(client, "graph", view="agents"))["agents"]
    assert agent["workspace"] == workspace


async def test_a_session_that_left_by_its_lease_is_forgotten_too(client: Client) -> None:
    await call(client, "add", tasks=[{"key": "a"}, {"key": "b"}])
    job = await call(client, "claim")
    assert (await call(client, "check", lease=job["lease"], leave=True))["left"]
    ann = await call(client, "join", agent="ann")
    assert not ann.get("resumed")
    again = await call(client, "claim")
    assert (await call(client, "check", lease=again["lease"], leave=True))["left"]
    assert (await call(client, "claim"))["task"] == "a"
