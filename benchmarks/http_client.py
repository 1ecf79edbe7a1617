"""A bare MCP client over HTTP: one connection, one call at a time, nothing kept in between."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

_VERSION = "2026-07-28"
_META = {
    "io.modelcontextprotocol/protocolVersion": _VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "benchmark", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@contextmanager
def server(store: Path, mode: str = "http") -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """An HTTP server with a `ping`, on a free port: its URL and process."""
    program = Path(__file__).with_name("ping_server.py")
    process = subprocess.Popen(
        [sys.executable, str(program), str(store), mode],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError("the server did not start")
        yield url, process
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


class Connection:
    """One TCP connection to the server."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, url: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._url = urlsplit(url)

    @classmethod
    async def open(cls, url: str) -> Self:
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        return cls(reader, writer, url)

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """A tool's structured reply. Raises RuntimeError if it is refused."""
        await self.send(tool, **arguments)
        result = await self._result()
        if result.get("isError"):
            raise RuntimeError(f"{tool}: {result}")
        return dict(result["structuredContent"])

    async def send(self, tool: str, **arguments: Any) -> None:
        params = {"name": tool, "arguments": arguments, "_meta": _META}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        head = (
            f"POST {self._url.path} HTTP/1.1\r\nHost: {self._url.netloc}\r\n"
            "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
            f"MCP-Protocol-Version: {_VERSION}\r\nMcp-Method: tools/call\r\nMcp-Name: {tool}\r\n"
            f"Content-Length: {len(body.encode())}\r\n\r\n"
        )
        self._writer.write((head + body).encode())
        await self._writer.drain()

    async def _result(self) -> dict[str, Any]:
        """The result in the event stream of one answer; the stream is read to its end."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        if " 200 " not in head.split("\r\n")[0]:
            raise RuntimeError(head.split("\r\n")[0])
        text = await self._body(head.lower())
        if "text/event-stream" not in head.lower():
            return dict(json.loads(text)["result"])
        data = [line[5:] for line in text.splitlines() if line.startswith("data:")]
        messages = [json.loads(one) for one in data if one.strip()]
        return dict(next(one["result"] for one in messages if "result" in one))

    async def _body(self, head: str) -> str:
        if "transfer-encoding: chunked" not in head:
            length = next(line for line in head.split("\r\n") if line.startswith("content-length:"))
            return (await self._reader.readexactly(int(length.split(":")[1]))).decode()
        found = b""
        while size := int((await self._reader.readline()).strip(), 16):
            found += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readline()
        return found.decode()

    def drop(self) -> None:
        """Go away without a word, as a client that was killed."""
        self._writer.transport.abort()

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()
