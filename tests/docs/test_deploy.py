"""What deploy/ runs is what the command takes."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer.main

from headwater.cli.app import app
from headwater.cli.main import register

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def command() -> Any:
    register()
    return typer.main.get_command(app)


def started() -> list[list[str]]:
    """The arguments of every `headwater` that a file of deploy/ starts or tells to start."""
    found = re.findall(
        r'(?:CMD|command:) (\[(?:"[^"]*",? ?)+\])', _text("Dockerfile", "compose.yaml")
    )
    lists = [re.findall(r'"([^"]*)"', one) for one in found]
    lines = re.findall(r"bin/headwater (.+)", _text("headwater.service"))
    lines += re.findall(
        r"(?:headwater|--rm) headwater (token .+)", _text("headwater.service", "compose.yaml")
    )
    return [one for one in lists if one[0] in ("serve", "db")] + [shlex.split(one) for one in lines]


def _text(*names: str) -> str:
    return "\n".join((DEPLOY / name).read_text() for name in names)


def test_there_is_something_to_check() -> None:
    verbs = [one[0] for one in started()]
    assert verbs.count("serve") == 3
    assert {"db", "token"} <= set(verbs)


@pytest.mark.parametrize("arguments", started(), ids=" ".join)
def test_a_command_of_the_deployment_is_one_that_exists(arguments: list[str]) -> None:
    found, rest = command(), arguments
    while hasattr(found, "commands"):
        found, rest = found.commands[rest[0]], rest[1:]
    # parsing refuses options that are not there
    found.make_context("headwater", list(rest), resilient_parsing=False).close()


def test_the_unit_is_one_that_systemd_reads(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / "headwater.service"
    program = shutil.which("true")
    unit.write_text(
        _text("headwater.service").replace("/opt/headwater/bin/headwater", str(program))
    )
    done = subprocess.run(
        [analyze, "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert "Unknown key" not in done.stderr
    assert "headwater.service" not in done.stderr, done.stderr


def test_the_container_does_not_run_as_root_and_is_looked_after() -> None:
    text = _text("Dockerfile")
    assert re.search(r"^USER headwater$", text, re.MULTILINE)
    assert "HEALTHCHECK" in text
    assert "/health" in text
