"""A client of `codex app-server`: requests and replies as JSON lines."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class CodexAppServer:
    """Codex without a model: it reads its config, starts MCP servers and calls their tools."""

    def __init__(self, program: Path, cwd: Path, env: dict[str, str]) -> None:
        self.last = 0
        self.process = subprocess.Popen(
            [program, "app-server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=env,
            cwd=cwd,
        )

    def __enter__(self) -> Self:
        self.call("initialize", {"clientInfo": {"name": "test", "version": "1"}})
        self.send({"method": "initialized"})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """The reply's `result`; notifications on the way are passed over."""
        self.last += 1
        self.send({"id": self.last, "method": method, "params": params})
        assert self.process.stdout is not None
        for line in self.process.stdout:
            message = json.loads(line)
            if message.get("id") == self.last and "method" not in message:
                assert "result" in message, message
                return message["result"]
        raise AssertionError(f"codex ended before it answered {method}")
