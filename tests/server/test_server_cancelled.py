"""A call that is cancelled after its commit, followed at once by another call of its session.

What the lost reply handed out must be taken back before the next call looks, on every transport
and in both protocol eras.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
from held_step import Hold
from mcp import Client
from server_clients import call, http_process, stdio_server

OVERTAKES_WITHIN_S = 0.3
"""A call that does not wait for its turn is answered by then."""


@dataclass
class Place:
    """A server that steps can be held in."""

    transport: str
    hold: Hold
    url: str
    folder: Path

    @asynccontextmanager
    async def client(self, mode: str) -> AsyncGenerator[Client]:
        server = self.url or stdio_server(
            self.folder / f"{mode}.db", prelude=self.hold.prelude, HEADWATER_AGENT="ann"
        )
        async with Client(server, mode=mode) as client:
            yield client


@pytest.fixture(scope="module", params=["stdio", "http"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("held")
    hold = Hold(folder)
    if request.param == "stdio":
        yield Place("stdio", hold, "", folder)
        return
    with http_process(folder / "http.db", prelude=hold.prelude) as (url, _):
        yield Place("http", hold, url, folder)


async def after_one_cancelled(
    client: Client, hold: Hold, cancelled: tuple[str, dict[str, Any]], **following: Any
) -> dict[str, Any]:
    """The reply to a call that arrives while another, cancelled after its commit, has not ended."""
    verb, arguments = cancelled
    reply: dict[str, Any] = {}

    async def follow() -> None:
        reply.update(await call(client, **following))

    hold.next(verb)
    async with anyio.create_task_group() as doomed:
        doomed.start_soon(client.call_tool, verb, arguments)
        await hold.committed()
        doomed.cancel_scope.cancel()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(follow)
        await anyio.sleep(OVERTAKES_WITHIN_S)
        assert not reply, "a session's next call waits for the end of the cancelled one"
        await hold.release()
    return reply


@pytest.mark.parametrize("verb", ["check", "claim", "finish"])
async def test_notices_of_a_cancelled_call_come_with_the_next_check(
    place: Place, mode: str, verb: str
) -> None:
    async with place.client(mode) as client:
        me = (await call(client, "join", agent=f"ann-{mode}"))["session"]
        bob = (await call(client, "join", agent="bob"))["session"]
        cancelled: dict[str, Any] = {"session": me}
        if verb == "claim":
            cancelled |= {"kind": "handoff"}
        if verb == "finish":
            await call(client, "add", tasks=[{"key": f"last-{mode}"}])
            lease = (await call(client, "claim", session=me))["lease"]
            cancelled = {"lease": lease, "claim_next": True}
        await call(client, "tell", session=bob, to=f"agent:ann-{mode}", text="stand up")
        again = await after_one_cancelled(
            client, place.hold, (verb, cancelled), name="check", session=me
        )
        assert [one["text"] for one in again["notices"]] == ["stand up"]
        assert "notices" not in await call(client, "check", session=me)


async def test_a_cancelled_claim_is_undone_before_the_next_and_charges_no_attempt(
    place: Place, mode: str
) -> None:
    async with place.client(mode) as client:
        await call(client, "add", tasks=[{"key": f"once-{mode}", "attempts": 1}])
        me = (await call(client, "join", agent="ann"))["session"]
        claim = {"session": me, "task": f"once-{mode}"}
        job = await after_one_cancelled(client, place.hold, ("claim", claim), name="claim", **claim)
        assert (job["attempt"], job["fence"], job.get("already_holding")) == (1, 2, None)
        assert (await call(client, "finish", lease=job["lease"]))["state"] == "done"


async def test_the_claim_of_a_cancelled_finish_is_undone_before_the_next(
    place: Place, mode: str
) -> None:
    async with place.client(mode) as client:
        await call(client, "add", tasks=[{"key": f"{mode}-a"}, {"key": f"{mode}-b"}])
        me = (await call(client, "join", agent="ann"))["session"]
        lease = (await call(client, "claim", session=me, task=f"{mode}-a"))["lease"]
        finish = {"lease": lease, "claim_next": True}
        job = await after_one_cancelled(
            client, place.hold, ("finish", finish), name="claim", session=me
        )
        assert (job["task"], job["fence"], job.get("already_holding")) == (f"{mode}-b", 2, None)
        assert (await call(client, "finish", lease=job["lease"]))["state"] == "done"


async def test_sessions_do_not_wait_for_each_other(place: Place, mode: str) -> None:
    async with place.client(mode) as client:
        ann, bob = [(await call(client, "join", agent=name))["session"] for name in ("ann", "bob")]
        place.hold.next("claim")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, "claim", {"session": ann})
            await place.hold.committed()
            assert (await call(client, "claim", session=bob))["none"]
            await place.hold.release()
