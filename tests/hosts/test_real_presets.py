"""The presets of `headwater run`, tried with the real programs.

Opt-in: `pytest -m hosts`. In place of a model there is a server that refuses what the programs ask
it; what they ask shows what they have read and which tools they have.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from headwater.runner.presets import NAMES, Preset, Server, preset

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(900)]

HELP = {
    "claude": ["--help"],
    "codex": ["exec", "--help"],
    "gemini": ["--help"],
    "opencode": ["run", "--help"],
}
VALUES = {"acceptEdits", "workspace-write", "auto_edit"}
TOOL = re.compile(r'"(mcp__?headwater__?|headwater_)claim"|"mcp__headwater".*"claim"')
BRIEFING = "# b7261: the task that the agent shall do"
REFUSAL = json.dumps(
    {"error": {"message": "no", "type": "invalid_request_error", "code": 400}}
).encode()


@pytest.fixture
def home() -> Iterator[Path]:
    """Not below /tmp: Gemini CLI reads no config from below a folder that others can write to."""
    with tempfile.TemporaryDirectory(prefix="headwater-", dir=Path.home()) as folder:
        yield Path(folder)


@pytest.fixture
def model() -> Iterator[tuple[str, list[str]]]:
    """The URL of what stands for a model, and what it was asked."""
    asked: list[str] = []

    class Refuse(BaseHTTPRequestHandler):
        def refuse(self) -> None:
            body = self._body()
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            asked.append(body.decode("utf-8", "replace"))
            self.send_response(400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(REFUSAL)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(REFUSAL)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found = b""
            while size := int(self.rfile.readline(), 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            return found

        do_GET = do_POST = do_HEAD = refuse  # noqa: N815 - the names that the base class calls

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refuse)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {"HOME": str(home), "NO_COLOR": "1"}


def made_for(name: str, home: Path) -> Preset:
    headwater = str(Path(sys.executable).parent / "headwater")
    server = Server((headwater, "serve"), str(home / "board.db"), "plan")
    return preset(name, server, home / "presets")


def log_in(name: str, home: Path, url: str) -> dict[str, str]:
    """Have a program take `url` for its model; what that needs in the environment."""
    files: dict[str, str] = {}
    if name == "codex":
        provider = f'name="m"\nbase_url="{url}/v1"\nwire_api="responses"\nrequest_max_retries=0\n'
        files[".codex/config.toml"] = (
            f'model="gpt-5"\nmodel_provider="m"\n[model_providers.m]\n{provider}'
        )
    if name == "gemini":
        auth = {"selectedType": "gemini-api-key"}
        files[".gemini/settings.json"] = json.dumps({"security": {"auth": auth}})
    if name == "opencode":
        options = {"baseURL": f"{url}/v1", "apiKey": "x"}
        models: dict[str, dict[str, str]] = {"m": {}}
        entry = {"npm": "@ai-sdk/openai-compatible", "options": options, "models": models}
        config = {"model": "m/m", "provider": {"m": entry}}
        files[".config/opencode/opencode.json"] = json.dumps(config)
    for path, text in files.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text)
    return {
        "claude": {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "x"},
        "gemini": {"GOOGLE_GEMINI_BASE_URL": url, "GEMINI_API_KEY": "x"},
    }.get(name, {})


@pytest.mark.parametrize("name", NAMES)
def test_every_option_of_a_preset_is_in_the_programs_help(
    programs: Path, home: Path, name: str
) -> None:
    shown = subprocess.run(
        [programs / name, *HELP[name]],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    words = set(re.findall(r"[\w-]+", shown.stdout + shown.stderr))
    told = made_for(name, home).command
    options = {word for word in told if word.startswith("-") and word != "-"} | VALUES & set(told)
    assert options <= words, options - words


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_gives_its_model_the_briefing_and_headwaters_tools(
    programs: Path, home: Path, model: tuple[str, list[str]], tmp_path: Path, name: str
) -> None:
    url, asked = model
    made = made_for(name, home)
    board = {"HEADWATER_DB": str(home / "board.db"), "HEADWATER_BOARD": "plan"}
    login = log_in(name, home, url)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    program, *arguments = made.command
    done = subprocess.run(
        [programs / program, *arguments],
        cwd=tmp_path,
        env=environment(home) | board | dict(made.variables) | login,
        input=BRIEFING,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    said = done.stdout + done.stderr
    assert any(BRIEFING in text and TOOL.search(text) for text in asked), said
    assert not re.search("not trusted|insecure", said), said
