"""What replies over the wire say can be done as it is written, by whoever is on that connection."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import anyio.from_thread
import anyio.to_thread
from mcp import Client
from server_clients import http_process, payload, stdio_server

from headwater.board import Board
from headwater.operations.caller import Caller
from headwater.server.tools import BY_NAME
from hint_follower import Follower
from story import Facts, Story

STEPS = 60


async def told_over(client: Client, db: Path, *, says_session: bool) -> list[str]:
    """The faults of a story that is told through a client; hints are tried on the store itself."""
    faults: list[str] = []
    follower = Follower(says_session=says_session)
    with Board.open(db) as board:

        def face(verb: str, arguments: Facts) -> Facts:
            result = anyio.from_thread.run(client.call_tool, verb, arguments)
            facts = payload(result)
            request = BY_NAME[verb].request.parse(arguments)
            faults.extend(follower.faults(board, request, Caller(rights="plan"), facts))
            return facts

        await anyio.to_thread.run_sync(partial(Story(3, face, board).tell, STEPS))
    return faults


async def test_what_replies_over_stdio_say_can_be_done(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    async with Client(stdio_server(db)) as client:
        faults = await told_over(client, db, says_session=False)
    assert not faults, "\n\n".join(faults[:3])


async def test_what_replies_over_http_say_can_be_done(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    with http_process(db) as (url, _):
        async with Client(url) as client:
            faults = await told_over(client, db, says_session=True)
    assert not faults, "\n\n".join(faults[:3])
