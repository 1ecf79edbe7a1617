"""What one host window counts as its sessions while other windows, and restarts, change them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from server_clients import call, in_another_process, refused, stdio_server

from headwater import limits
from headwater.server import renewal
from headwater.server.service import Service
from patience import PATIENCE_S


async def leave(db: Path, **who: str) -> None:
    """Another window ends a session."""
    async with Client(stdio_server(db)) as other:
        assert (await call(other, "check", leave=True, **who))["left"]


async def test_a_session_that_another_window_ended_no_longer_counts(db: Path, mode: str) -> None:
    async with Client(stdio_server(db), mode=mode) as client:
        await call(client, "add", tasks=[{"key": "a"}])
        gone = (await call(client, "join", agent="ann"))["session"]
        await leave(db, session=gone)
        error = await refused(client, "claim")
        assert (error["code"], error["next"][:6]) == ("unknown_session", "join()")
        await call(client, "join", agent="ann")
        assert (await call(client, "claim"))["task"] == "a"


async def test_a_session_that_was_taken_over_elsewhere_no_longer_counts(
    db: Path, mode: str
) -> None:
    async with Client(stdio_server(db), mode=mode) as client, Client(stdio_server(db)) as other:
        await call(client, "add", tasks=[{"key": "a"}, {"key": "b"}])
        mine = (await call(client, "join", agent="ann"))["session"]
        await call(client, "claim")
        taken = (await call(other, "join", session=mine, take=True))["session"]
        assert (await refused(client, "claim"))["code"] == "session_elsewhere"
        await call(client, "join", agent="bob")
        assert (await call(client, "claim"))["task"] == "b"
        back = await call(client, "join", session=mine, take=True)
        assert back["session"] != taken
        listed = (await refused(client, "claim"))["sessions"]
        assert [one.partition("(")[2].partition("/")[0] for one in listed] == ["bob", "ann"]
        assert (await refused(other, "claim"))["code"] == "session_elsewhere"


async def test_a_session_without_a_name_that_has_ended_is_replaced(db: Path) -> None:
    async with Client(stdio_server(db)) as client:
        await call(client, "add", tasks=[{"key": "a"}])
        job = await call(client, "claim")
        await leave(db, lease=job["lease"])
        assert (await refused(client, "check"))["code"] == "unknown_session"
        assert (await call(client, "check"))["leases"] == []
        assert (await call(client, "claim"))["task"] == "a"


async def test_an_ended_session_keeps_nobody_from_calls_that_need_none(db: Path) -> None:
    async with Client(stdio_server(db)) as client:
        gone = (await call(client, "join", agent="ann"))["session"]
        await leave(db, session=gone)
        assert (await refused(client, "claim"))["code"] == "unknown_session"
        await call(client, "add", tasks=[{"key": "a"}])


async def test_sessions_that_have_ended_are_not_renewed_for_ever(
    client: Client, service: Service, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined = [(await call(client, "join", agent=name))["session"] for name in ("ann", "bob")]
    in_another_process(db, f"board.check(session={joined[0]!r}, leave=True)")
    board = await service.boards.get()
    renewed: list[list[str]] = []
    once = anyio.Event()

    def renew(tokens: list[str], lease_ms: int = 0) -> None:
        renewed.append(tokens)
        anyio.from_thread.run_sync(once.set)

    monkeypatch.setattr(board, "renew", renew)
    monkeypatch.setattr(limits, "STDIO_RENEW_MS", 10)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(renewal.renew_forever, service.boards, service.identity)
        with anyio.fail_after(PATIENCE_S):
            await once.wait()
        tasks.cancel_scope.cancel()
    assert renewed[0] == [joined[1]]


async def lease_before_a_restart(db: Path) -> dict[str, Any]:
    async with Client(stdio_server(db)) as before:
        await call(before, "add", tasks=[{"key": key} for key in "abc"])
        await call(before, "join", agent="ann")
        return await call(before, "claim")


async def test_after_a_restart_whoever_goes_on_with_a_lease_is_known_by_it(
    db: Path, mode: str
) -> None:
    job = await lease_before_a_restart(db)
    async with Client(stdio_server(db), mode=mode) as after:
        assert (await call(after, "check", lease=job["lease"]))["leases"][0]["task"] == "a"
        again = await call(after, "claim")
        assert (again["lease"], again["already_holding"]) == (job["lease"], True)
    async with Client(stdio_server(db), mode=mode) as after:
        done = await call(after, "finish", lease=job["lease"], summary="x", claim_next=True)
        assert (await call(after, "claim"))["lease"] == done["claimed"]["lease"]
    agents = in_another_process(db, "print([a['agent'] for a in board.graph('agents').agents])")
    assert agents == "['ann']"


async def test_after_a_restart_a_lease_of_another_session_is_renewed_too(
    client: Client, service: Service, db: Path
) -> None:
    job = await lease_before_a_restart(db)
    await call(client, "join", agent="bob")
    await call(client, "check", lease=job["lease"])
    await service.identity.look_again(service.boards)  # type: ignore[attr-defined]
    assert len((await refused(client, "claim"))["sessions"]) == 2


async def test_after_a_restart_a_check_without_a_join_says_what_to_go_on_with(db: Path) -> None:
    async with Client(stdio_server(db)) as before:
        await call(before, "add", tasks=[{"key": "a"}])
        await call(before, "claim")
    async with Client(stdio_server(db)) as after:
        told = await call(after, "check")
        assert told["next"].startswith('join(session="s-')
        assert "goes on with a," in told["next"]
        assert (await call(after, "check"))["next"] == "claim() takes the next task"
