"""The real command in real processes, each test with a store of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_runs import Cli, Ran
from typer.main import get_group
from typer.testing import CliRunner

from headwater.cli.app import app
from headwater.cli.main import register
from patience import PATIENCE_S


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment without the machine's own settings."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HEADWATER_", "XDG_"))}
    return kept | {
        "HOME": str(home),
        "HEADWATER_DB": str(tmp_path / "board.db"),
        "HEADWATER_AGENT": "tester",
        "GIT_CEILING_DIRECTORIES": str(tmp_path),
    }


@pytest.fixture
def cold(tmp_path: Path, environment: dict[str, str]) -> Cli:
    """Runs `python -m headwater ARGUMENTS`; `code` is the exit code to expect."""

    def run(
        *arguments: str, code: int = 0, stdin: str = "", cwd: Path | None = None, **env: str
    ) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "headwater", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=cwd or tmp_path,
            env={k: v for k, v in (environment | env).items() if v},
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def zygote() -> Iterator[Callable[[str], int]]:
    script = Path(__file__).with_name("zygote.py")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def run(order: str) -> int:
            stdin.write(order + "\n")
            stdin.flush()
            return int(stdout.readline())

        yield run
        stdin.close()


@pytest.fixture
def cli(tmp_path: Path, environment: dict[str, str], zygote: Callable[[str], int]) -> Cli:
    """Like `cold`, in a process forked from one that has imported the libraries already."""
    streams = tmp_path / "streams"
    streams.mkdir()

    def run(
        *arguments: str, code: int = 0, stdin: str = "", cwd: Path | None = None, **env: str
    ) -> Ran:
        names = {name: str(streams / name) for name in ("stdin", "stdout", "stderr")}
        Path(names["stdin"]).write_text(stdin, encoding="utf-8")
        order = names | {
            "arguments": arguments,
            "cwd": str(cwd or tmp_path),
            "env": {k: v for k, v in (environment | env).items() if v},
        }
        found = zygote(json.dumps(order))
        out, err = (Path(names[name]).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
        assert found == code, (found, out, err)
        return Ran(found, out, err)

    return run


@pytest.fixture(scope="session")
def pages() -> dict[str, str]:
    """The help of each command, and under "" that of all."""
    register()
    names = [name for name, one in get_group(app).commands.items() if not one.hidden]
    runner = CliRunner(env={"COLUMNS": "80", "TERM": "dumb"})
    return {
        name: runner.invoke(app, [*filter(None, [name]), "--help"]).output for name in ["", *names]
    }
