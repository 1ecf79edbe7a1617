"""A command imports what it needs: hooks and shells run them all the time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_runs import Cli

HEAVY = ("sqlalchemy", "sqlmodel", "alembic", "mcp", "anyio", "asyncio", "psycopg", "rich")
PROBE = """
import sys
from headwater.cli.main import main
try:
    main()
finally:
    print("LOADED", *(name for name in sys.modules if "." not in name), file=sys.stderr)
    print("COMMANDS", *(name.rpartition(".")[2] for name in sys.modules
                        if name.startswith("headwater.cli.commands.")), file=sys.stderr)
"""


def probe(environment: dict[str, str], cwd: Path, *arguments: str) -> dict[str, set[str]]:
    """What a run of the command has imported: packages, and modules of commands."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
    )
    lines = (line.split() for line in done.stderr.splitlines())
    return {words[0]: set(words[1:]) for words in lines if words[:1] in (["LOADED"], ["COMMANDS"])}


def test_the_version_needs_the_standard_library_only(
    environment: dict[str, str], tmp_path: Path
) -> None:
    found = probe(environment, tmp_path, "--version")
    assert not found["LOADED"] & {*HEAVY, "pydantic", "typer"}
    assert not found["COMMANDS"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("claim", "--json"),
        ("check",),
        ("history", "--json"),
        ("graph", "--json"),
        ("add", "b"),
    ],
    ids=" ".join,
)
def test_a_verb_imports_neither_schema_nor_server(
    environment: dict[str, str], tmp_path: Path, cli: Cli, arguments: tuple[str, ...]
) -> None:
    cli("add", "a")
    found = probe(environment, tmp_path, *arguments)
    assert not found["LOADED"] & set(HEAVY)
    assert len(found["COMMANDS"]) == 1


def test_serving_imports_the_store_when_it_is_called(
    environment: dict[str, str], tmp_path: Path
) -> None:
    loaded = probe(environment, tmp_path, "serve", "--help")["LOADED"]
    assert not loaded & {"rich", "sqlmodel", "sqlalchemy", "mcp"}


def test_every_module_of_commands_says_which_it_registers() -> None:
    code = (
        "import sys; from typer.main import get_group; from headwater.cli.app import app\n"
        "from headwater.cli.main import COMMANDS, register\n"
        "for module, names in COMMANDS.items():\n"
        "    before = set(get_group(app).commands) if app.registered_commands else set()\n"
        "    register(module)\n"
        "    assert set(get_group(app).commands) - before == set(names.split()), module\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))
