"""What the tests of the server share: clients, server processes, and other processes' changes."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import anyio
import anyio.to_thread
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.types import CallToolResult

from patience import PATIENCE_S

STDIO = (
    "import sys; from headwater.server.stdio import serve_stdio; sys.exit(serve_stdio(sys.argv[1]))"
)
HTTP = """
import json, sys
from headwater.server.http import HttpOptions, OAuth, serve_http
given = json.loads(sys.argv[2])
if "oauth" in given:
    given["oauth"] = OAuth(**given["oauth"])
options = HttpOptions(port=0, **given)
sys.exit(serve_http(sys.argv[1], options=options, ready=lambda url: print(url, flush=True)))
"""
TOOLS = [
    "join",
    "add",
    "split",
    "edit",
    "rework",
    "cancel",
    "claim",
    "check",
    "finish",
    "graph",
    "tell",
]


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER")}
    return {**kept, **changes}


def stdio_server(db: Path, prelude: str = "", **changes: str) -> StdioServerParameters:
    """How a host starts a stdio server; `prelude` is code that it runs first."""
    return StdioServerParameters(
        command=sys.executable, args=["-c", prelude + STDIO, str(db)], env=environment(**changes)
    )


@contextmanager
def stdio_process(db: Path, prelude: str = "", **changes: str) -> Iterator[subprocess.Popen[bytes]]:
    """A stdio server on raw pipes; `prelude` is code that it runs first."""
    process = subprocess.Popen(
        [sys.executable, "-c", prelude + STDIO, str(db)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**changes),
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def http_process(
    db: Path | str, prelude: str = "", **options: Any
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """An HTTP server on a free port, and its URL. Without options it asks for no tokens;
    `prelude` is code that it runs first."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            prelude + HTTP,
            str(db),
            json.dumps(options or {"open_access": True}),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    with process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url, process.stderr.read() if process.stderr else ""
            yield url, process
        finally:
            process.kill()


@asynccontextmanager
async def client_with(token: str, url: str, mode: str = "auto") -> AsyncIterator[Client]:
    """A client that shows an access token."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        create_mcp_http_client(headers=headers) as http_client,
        Client(streamable_http_client(url, http_client=http_client), mode=mode) as client,
    ):
        yield client


async def lease_s(client: Client) -> int:
    """How long the lease of a claim lasts, in seconds."""
    await call(client, "add", tasks=[{"key": "leased"}])
    me = (await call(client, "join", agent="ann"))["session"]
    job = await call(client, "claim", session=me)
    await call(client, "finish", lease=job["lease"])
    return job["expires_in_s"]


def waiting_calls(url: str, token: str = "") -> int:
    """How many calls wait, as an HTTP server itself says."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urlopen(Request(url.removesuffix("/mcp") + "/metrics", headers=headers)) as reply:
        found = re.search(r"^headwater_waiting_calls\S* (\S+)", reply.read().decode(), re.M)
    return round(float(found[1])) if found else 0


async def until_waiting(url: str, count: int, token: str = "") -> None:
    while (  # noqa: ASYNC110  # nothing tells of it
        await anyio.to_thread.run_sync(waiting_calls, url, token) != count
    ):
        await anyio.sleep(0.02)


@contextmanager
def stream(url: str, path: str, **headers: str) -> Iterator[http.client.HTTPResponse]:
    """A page of the server, as it comes."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=PATIENCE_S
    )
    connection.request("GET", path, headers=headers)
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def in_another_process(db: Path, code: str) -> str:
    """Run code with `board` open in a process of its own; what it printed."""
    script = (
        "import sys\nfrom headwater.board import Board\n"
        f"with Board.open(sys.argv[1]) as board:\n    {code}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(db)],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    return done.stdout.strip()


def payload(result: CallToolResult) -> dict[str, Any]:
    """A result's object, which must be the same in both halves, compact and without nulls."""
    (content,) = result.content
    text = content.text  # pyright: ignore[reportAttributeAccessIssue]
    assert json.loads(text) == result.structured_content
    assert text == json.dumps(result.structured_content, separators=(",", ":"), ensure_ascii=False)
    assert None not in result.structured_content.values()
    return result.structured_content


async def call(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    """A call that must succeed."""
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    return payload(result)


async def refused(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    """A call that must be refused."""
    result = await client.call_tool(name, arguments)
    assert result.is_error, result.content
    return payload(result)
