"""A bare MCP client over pipes: as little as possible between the clock and the server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any, cast

_VERSION = "2025-06-18"


class Client:
    """One server process. The handshake is done when the constructor returns."""

    def __init__(self, arguments: list[str], folder: Path) -> None:
        begun = perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        self._number = 0
        self.opening = self.ask(
            "initialize",
            {
                "protocolVersion": _VERSION,
                "capabilities": {},
                "clientInfo": {"name": "benchmark", "version": "1"},
            },
        )
        self.started_s = perf_counter() - begun
        """From the spawn to the first reply."""
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """A request's result. Raises RuntimeError if the server refuses or ends."""
        self._number += 1
        self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            message: dict[str, Any] = json.loads(line)
            if message.get("id") == self._number:
                if "result" not in message:
                    raise RuntimeError(f"{method}: {message}")
                return cast("dict[str, Any]", message["result"])
        raise RuntimeError(f"the server ended during {method}")

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """A tool's structured reply."""
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})
        if result.get("isError"):
            raise RuntimeError(f"{tool}: {result}")
        return cast("dict[str, Any]", result["structuredContent"])

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """End the input, as a host does, and wait for the end of the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
