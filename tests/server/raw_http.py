"""HTTP by hand: requests that are written all at once, and answers as they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

_VERSION = "2026-07-28"
_META = {
    "io.modelcontextprotocol/protocolVersion": _VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def result(self) -> dict[str, Any]:
        """What a tool replied. Raises AssertionError if it was refused."""
        assert self.status == 200, self.body
        result = json.loads(self.body)["result"]
        assert not result.get("isError"), result
        return result["structuredContent"]


class Line:
    """One connection. Requests may be written before their predecessors are answered."""

    def __init__(self, url: str, token: str = "") -> None:
        self._url = urlsplit(url)
        self._token = f"Authorization: Bearer {token}\r\n" if token else ""

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(
            self._url.hostname, self._url.port
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.transport.abort()

    def tool(self, name: str, **arguments: Any) -> bytes:
        """A call of a tool, as it is sent."""
        params = {"name": name, "arguments": arguments, "_meta": _META}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        return (
            f"POST {self._url.path} HTTP/1.1\r\nHost: {self._url.netloc}\r\n{self._token}"
            "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
            f"MCP-Protocol-Version: {_VERSION}\r\nMcp-Method: tools/call\r\nMcp-Name: {name}\r\n"
            f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
        ).encode()

    async def call(self, name: str, **arguments: Any) -> Answer:
        self._writer.write(self.tool(name, **arguments))
        return await self._answer()

    async def burst(self, request: bytes, count: int) -> AsyncGenerator[Answer]:
        """Send it so often without waiting, and read what comes."""

        async def write() -> None:
            for _ in range(count):
                self._writer.write(request)
                await self._writer.drain()

        writing = asyncio.create_task(write())
        for _ in range(count):
            yield await self._answer()
        await writing

    async def _answer(self) -> Answer:
        """Raises ConnectionError if the server has gone."""
        try:
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.split("\r\n")
            pairs = [line.split(": ", 1) for line in lines if line]
            headers = {name.lower(): value for name, value in pairs}
            body = await self._reader.readexactly(int(headers["content-length"]))
        except asyncio.IncompleteReadError as end:
            raise ConnectionError("the server has gone") from end
        return Answer(int(first.split()[1]), headers, body)
