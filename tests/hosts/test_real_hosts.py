"""Real hosts, installed from npm, connect to a real server by the configs that bootstrap writes.

Opt-in: `pytest -m hosts`. Needs node >= 20, npm and a registry; no login and no model.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from codex_client import CodexAppServer

from headwater.hosts import bootstrap

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(900)]

HEADWATER = Path(sys.executable).parent / "headwater"
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Desk:
    """A user with an empty home directory, a project and a store."""

    programs: Path
    home: Path
    project: Path
    db: Path
    extra: dict[str, str]

    @property
    def env(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return kept | {"HOME": str(self.home), "NO_COLOR": "1"} | self.extra

    def run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.project,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        return ANSI.sub("", done.stdout + done.stderr)

    def bootstrap(self, host: str, **options: object) -> None:
        wanted: dict[str, object] = {
            "transport": "stdio",
            "scope": "user",
            "db": str(self.db),
            "project_dir": self.project,
            "home": self.home,
        }
        [outcome] = bootstrap([host], **(wanted | options))  # type: ignore[arg-type]
        assert outcome.action == "created", outcome

    def tasks(self) -> str:
        """What the store holds, as another process sees it."""
        command = [str(HEADWATER), "--db", str(self.db), "--json", "graph"]
        return subprocess.run(
            command, env=self.env, capture_output=True, text=True, timeout=30, check=True
        ).stdout


@pytest.fixture
def desk(programs: Path, tmp_path: Path) -> Desk:
    for name in ("home", "project"):
        (tmp_path / name).mkdir()
    return Desk(programs, tmp_path / "home", tmp_path / "project", tmp_path / "tasks.db", {})


@pytest.fixture
def http_server(desk: Desk) -> Iterator[str]:
    """The URL of a real server on a free port."""
    command = [
        str(HEADWATER),
        "--db",
        str(desk.db),
        "serve",
        "--transport",
        "http",
        "--open",
        "--port",
        "0",
    ]
    process = subprocess.Popen(command, env=desk.env, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            found = re.search(r"http://\S+/mcp", line)
            if found:
                break
        else:
            raise AssertionError("the server ended before it was ready")
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield found[0]
    finally:
        process.terminate()
        process.wait(20)
        process.stderr.close()


@pytest.fixture
def gate() -> Iterator[tuple[str, list[str]]]:
    """A URL that refuses every request, and the Authorization headers that arrived there."""
    seen: list[str] = []

    class Refuse(BaseHTTPRequestHandler):
        def refuse(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append(self.headers.get("Authorization", ""))
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_DELETE = refuse  # noqa: N815 - the names that the base class calls

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refuse)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/mcp", seen
    server.shutdown()
    thread.join()
    server.server_close()


def trust_project_servers(desk: Desk) -> None:
    """What a user answers once when Claude Code asks about a project's servers."""
    settings = desk.home / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"enableAllProjectMcpServers": True}))


@pytest.mark.parametrize("scope", ["project", "user"])
def test_claude_code_connects_over_stdio(desk: Desk, scope: str) -> None:
    trust_project_servers(desk)
    desk.bootstrap("claude-code", scope=scope)
    assert re.search(
        r"headwater: .*headwater serve - . Connected", desk.run("claude", "mcp", "list")
    )


def test_claude_code_reports_a_server_that_cannot_start(desk: Desk) -> None:
    desk.bootstrap("claude-code", command=["/nonexistent/headwater", "serve"])
    shown = desk.run("claude", "mcp", "list")
    assert "headwater" in shown
    assert "Connected" not in shown


def test_claude_code_connects_over_http(desk: Desk, http_server: str) -> None:
    desk.bootstrap("claude-code", transport="http", url=http_server)
    assert re.search(r"headwater: .*HTTP.* - . Connected", desk.run("claude", "mcp", "list"))


@pytest.mark.parametrize("scope", ["project", "user"])
def test_opencode_connects_over_stdio(desk: Desk, scope: str) -> None:
    desk.bootstrap("opencode", scope=scope)
    assert re.search(r"headwater\s+connected", desk.run("opencode", "mcp", "list"))


def test_opencode_connects_over_http(desk: Desk, http_server: str) -> None:
    desk.bootstrap("opencode", transport="http", url=http_server)
    assert re.search(r"headwater\s+connected", desk.run("opencode", "mcp", "list"))


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_codex_lists_the_tools_and_adds_a_task(
    desk: Desk, transport: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("http_server") if transport == "http" else "http://127.0.0.1:1"
    desk.bootstrap("codex", transport=transport, url=url)
    with CodexAppServer(desk.programs / "codex", desk.project, desk.env) as codex:
        thread = codex.call("thread/start", {"cwd": str(desk.project)})["thread"]["id"]
        servers = codex.call("mcpServerStatus/list", {})["data"]
        [headwater] = [server for server in servers if server["name"] == "headwater"]
        assert {"join", "claim", "finish"} <= headwater["tools"].keys()
        task = {"key": "from-codex", "title": "Made by way of Codex"}
        reply = codex.call(
            "mcpServer/tool/call",
            {
                "threadId": thread,
                "server": "headwater",
                "tool": "add",
                "arguments": {"tasks": [task]},
            },
        )
    assert not reply.get("isError"), reply
    assert "from-codex" in desk.tasks()


def test_each_host_fills_the_token_into_the_header_from_the_environment(
    desk: Desk, gate: tuple[str, list[str]]
) -> None:
    url, seen = gate
    desk.extra = {"TASKS_TOKEN": "opensesame"}
    for host in ("claude-code", "opencode", "codex"):
        desk.bootstrap(host, transport="http", url=url, token_env="TASKS_TOKEN")
    asked = {
        "claude-code": lambda: desk.run("claude", "mcp", "list"),
        "opencode": lambda: desk.run("opencode", "mcp", "list"),
        "codex": lambda: _codex_status(desk),
    }
    for host, ask in asked.items():
        seen.clear()
        ask()
        assert "Bearer opensesame" in seen, (host, seen)


def _codex_status(desk: Desk) -> None:
    with CodexAppServer(desk.programs / "codex", desk.project, desk.env) as codex:
        codex.call("thread/start", {"cwd": str(desk.project)})
        codex.call("mcpServerStatus/list", {})
