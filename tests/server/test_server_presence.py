"""What lasts over HTTP ends with its client, or with its token."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from server_clients import call, client_with, http_process, stream, until_waiting, waiting_calls
from starlette.types import Message

from headwater import Board
from headwater.operations import access
from headwater.server.keys import KeysUnavailable
from headwater.server.presence import Guests, Presence
from patience import PATIENCE_S

SOON = "import headwater.server.presence as presence; presence.LOOK_AGAIN_S = 0.05\n"


class Handmade:
    """A client of the older protocol that can vanish, as one does whose process is killed."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self._headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }
        hello = {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "handmade", "version": "0"},
        }
        with self.ask("initialize", hello) as reply:
            self._headers["Mcp-Session-Id"] = reply.headers["Mcp-Session-Id"]
            reply.read()

    def ask(self, method: str, params: dict[str, Any]) -> http.client.HTTPResponse:
        """Send a request on a connection of its own, and do not wait for its answer."""
        connection = http.client.HTTPConnection(
            self._address.hostname or "", self._address.port, timeout=PATIENCE_S
        )
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self._headers["Connection"] = "close"
        connection.request("POST", self._address.path, json.dumps(body), self._headers)
        return connection.getresponse()


async def test_a_client_of_the_older_protocol_that_is_gone_waits_no_more(tmp_path: Path) -> None:
    with http_process(tmp_path / "board.db") as (url, _):
        async with Client(url) as other:
            me = (await call(other, "join", agent="ann"))["session"]
            handmade = await anyio.to_thread.run_sync(Handmade, url)
            claim = {"name": "claim", "arguments": {"session": me, "wait": 45}}
            with anyio.fail_after(PATIENCE_S):
                reply = await anyio.to_thread.run_sync(handmade.ask, "tools/call", claim)
                await until_waiting(url, 1)
                reply.close()
                await until_waiting(url, 0)
            await call(other, "add", tasks=[{"key": "a"}])
            assert (await call(other, "graph"))["counts"] == {"ready": 1}


async def test_what_a_token_has_open_ends_when_it_is_revoked(tmp_path: Path, mode: str) -> None:
    db = tmp_path / "board.db"
    with Board.open(db) as board:
        lasting, doomed = [
            access.create(board.store, name, "admin")[1] for name in ("lasting", "doomed")
        ]
        with http_process(db, prelude=SOON, host="127.0.0.1") as (url, process):
            with anyio.fail_after(PATIENCE_S):
                async with client_with(doomed, url, mode) as client:
                    me = (await call(client, "join", agent="ann"))["session"]
                    with stream(url, "/events", Authorization=f"Bearer {doomed}") as following:
                        async with anyio.create_task_group() as tasks:
                            tasks.start_soon(refused_claim, client, me)
                            await until_waiting(url, 1, lasting)
                            access.revoke(board.store, "doomed")
                        said = await anyio.to_thread.run_sync(following.read)
                        assert said == b": after revision 1\r\n\r\n"  # no event, and it has ended
            board.add([{"key": "a"}])
            assert board.graph().counts == {"ready": 1}
            assert waiting_calls(url, lasting) == 0
            process.terminate()
            assert process.stderr is not None
            assert "rror" not in process.stderr.read()


async def refused_claim(client: Client, session: str) -> None:
    with pytest.raises(MCPError):
        await client.call_tool("claim", {"session": session, "wait": 45})


async def test_who_cannot_be_looked_up_keeps_nobody_else_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As while an identity provider is away: the store's own tokens are known all the same."""
    monkeypatch.setattr("headwater.server.presence.LOOK_AGAIN_S", 0.001)

    async def may_stay(token: str) -> bool:
        if token == "provider":
            raise KeysUnavailable("away")
        return False

    async def receive() -> Message:
        raise AssertionError("nobody reads")

    async def send(message: Message) -> None:
        said.append(message["type"])

    said: list[str] = []
    guests = Guests(may_stay)
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(guests.receive, "provider", Presence({}, receive, send), forever())
            await anyio.lowlevel.checkpoint()
            tasks.start_soon(guests.look_after)
            await guests.receive("revoked", Presence({}, receive, send), forever())
            tasks.cancel_scope.cancel()
    assert said == ["http.response.start", "http.response.body"]


async def forever() -> None:
    await anyio.sleep_forever()
