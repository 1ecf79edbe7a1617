"""One worker of the demo: an MCP client over stdio, as a coding agent's host would be.

Run as `python -m headwater.cli.demo.worker NAME STORE BOARD`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any, cast

import anyio
from mcp import Client, MCPError, StdioServerParameters

from headwater.cli.demo import script

CLAIM_WAIT_S = 10
PASSED_ON = ("PYTHONPATH", "HEADWATER_SQLITE", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


class RefusedError(Exception):
    """The server answered a call with an error."""


class Worker:
    """Claims, works and finishes until the board says that all is done."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name
        self._session = ""

    async def run(self) -> None:
        await self._join()
        parent = os.getppid()
        while os.getppid() == parent:  # a demo that was killed takes its workers along
            briefing = await self._call("claim", session=self._session, wait=CLAIM_WAIT_S)
            if "task" in briefing:
                await self._work(briefing)
            elif briefing["none"]["reason"] == "all_done":
                return

    async def _join(self) -> None:
        """Join, and take up an earlier session of this name that still holds a task."""
        me = {"agent": self._name, "window": str(os.getpid())}
        joined = await self._call("join", **me)
        if earlier := joined.get("resumable"):
            joined = await self._call("join", **me, session=earlier[0]["session"], take=True)
        self._session = joined["session"]

    async def _work(self, briefing: dict[str, Any]) -> None:
        key, lease = briefing["task"], briefing["lease"]
        result = script.RESULTS[key]
        await anyio.sleep(result.seconds / 2)
        if key == script.CRASHES_AT and "note" not in briefing:
            await self._call("check", lease=lease, note="Client library chosen; keys are in place.")
            os.kill(os.getpid(), signal.SIGKILL)
        await anyio.sleep(result.seconds / 2)
        if key == script.TESTED_BY and _read(briefing, script.FAULT_IN, "rounding") == "truncate":
            await self._call(
                "rework", task=script.FAULT_IN, feedback=script.FEEDBACK, lease=lease,
                session=self._session,
            )  # fmt: skip
            return
        critical = dict(result.critical)
        if key == script.FAULT_IN and briefing.get("feedback"):
            critical["rounding"] = script.ROUNDING_MENDED
        await self._call(
            "finish", lease=lease, summary=result.summary, critical=critical,
            delivered=result.delivered,
        )  # fmt: skip

    async def _call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        reply = await self._client.call_tool(tool, arguments)
        content = cast("dict[str, Any]", reply.structured_content or {})
        if reply.is_error:
            raise RefusedError(f"{tool}: {json.dumps(content) if content else reply.content}")
        return content


def _read(briefing: dict[str, Any], upstream: str, name: str) -> object:
    """A critical value that the briefing shows of an upstream."""
    for entry in briefing.get("upstream", []):
        if entry["task"] == upstream:
            return entry.get("critical", {}).get(name)
    return None


async def _main(name: str, store: str, board: str) -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "headwater", "serve", "--db", store, "--board", board],
        env={"HEADWATER_AGENT": name}
        | {variable: os.environ[variable] for variable in PASSED_ON if variable in os.environ},
    )
    async with Client(server) as client:
        await Worker(client, name).run()


def _innermost(error: BaseException) -> BaseException:
    """The cause inside the groups that task groups wrap around it."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


if __name__ == "__main__":
    _, own_name, path, board_name = sys.argv
    try:
        anyio.run(_main, own_name, path, board_name)
    except* (RefusedError, MCPError, OSError) as group:
        cause = _innermost(group)
        sys.exit(f"{type(cause).__name__}: {cause}")
