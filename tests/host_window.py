"""A host window for tests: a process that starts a stdio server and runs hooks, as hosts do.

Run as a script it is that process; `Window` drives it. Orders are lines of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROTOCOL = "2025-06-18"


@dataclass
class Ran:
    """What a hook answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Window:
    """One window of a host, with its own server."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._id = 0
        self.server = int(self._ask({"start": True}))
        info = {"name": "claude-code", "version": "1"}
        self._mcp("initialize", protocolVersion=PROTOCOL, capabilities={}, clientInfo=info)

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """A call of a tool; the object it replies."""
        answer = self._mcp("tools/call", name=tool, arguments=arguments)
        return answer["result"]["structuredContent"]

    def hook(self, name: str, event: dict[str, Any] | None = None, *more: str) -> Ran:
        """Run a hook as the host does: by a shell, below the host's process."""
        found = self._ask({"run": [name, *more], "stdin": json.dumps(event or {})})
        return Ran(found["code"], found["out"], found["err"])

    def kill(self) -> None:
        """As when the machine runs out of memory: host and server end at once."""
        os.kill(self.server, signal.SIGKILL)
        self._process.kill()
        self._process.wait()

    def _mcp(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._id += 1
        message = {"jsonrpc": "2.0", "id": self._id, "method": method, "params": parameters}
        return self._ask({"mcp": message})

    def _ask(self, order: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def window(folder: Path, db: Path | None = None, **variables: str) -> Generator[Window]:
    """A host window that works in `folder`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HEADWATER", "CLAUDE"))}
    named = {"HEADWATER_DB": str(db)} if db else {}
    process = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=kept | named | {"HEADWATER_AGENT": "claude-code"} | variables,
    )
    with process:
        opened = Window(process)
        try:
            yield opened
        finally:
            if process.poll() is None:
                opened.kill()


def _serve_orders() -> None:
    """The host itself."""
    server: subprocess.Popen[str] | None = None
    for line in sys.stdin:
        order = json.loads(line)
        if "start" in order:
            server = subprocess.Popen(
                [sys.executable, "-m", "headwater", "serve"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            answer: Any = server.pid
        elif "mcp" in order:
            assert server is not None
            answer = _forward(server, order["mcp"])
        else:
            answer = _run(order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _forward(server: subprocess.Popen[str], message: dict[str, Any]) -> Any:
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(message) + "\n")
    server.stdin.flush()
    while True:
        answer = json.loads(server.stdout.readline())
        if answer.get("id") == message["id"]:
            return answer


def _run(order: dict[str, Any]) -> Any:
    done = subprocess.run(
        ["sh", "-c", '"$@"', "sh", sys.executable, "-m", "headwater", "hook", *order["run"]],
        input=order["stdin"],
        capture_output=True,
        text=True,
        check=False,
    )
    return {"code": done.returncode, "out": done.stdout, "err": done.stderr}


if __name__ == "__main__":
    _serve_orders()
