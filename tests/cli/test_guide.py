"""The commands of the guide, run in their order, print what the guide shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from cli_runs import Cli
from typer.main import get_group

from headwater.cli.app import app
from headwater.cli.commands.work import NOTHING_TO_CLAIM
from headwater.cli.main import COMMANDS

GUIDE = Path(__file__).resolve().parents[2] / "docs/guide.md"
CUT = "…"


def steps() -> Iterator[tuple[str, list[str]]]:
    """Each command with the lines shown below it, those of `cat FILE` included."""
    blocks = re.findall(r"```console\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    for one in re.split(r"^\$ ", "".join(blocks), flags=re.MULTILINE)[1:]:
        command, *lines = one.splitlines()
        yield command, lines


def follows(shown: list[str], out: str) -> str | None:
    """The first line that is shown and was not printed after those before it."""
    printed = iter(out.splitlines())
    for line in shown:
        wanted = re.compile(".*".join(map(re.escape, line.split(CUT))))
        if not any(wanted.fullmatch(one.rstrip()) for one in printed):
            return line
    return None


def test_the_guide_shows_what_its_commands_print(cli: Cli, tmp_path: Path) -> None:
    ran = 0
    for command, shown in steps():
        words = shlex.split(command)
        if words[0] == "cat":
            (tmp_path / words[1]).write_text("\n".join(shown))
            continue
        settings = dict(word.split("=", 1) for word in words[: words.index("headwater")])
        arguments = words[words.index("headwater") + 1 :]
        code = NOTHING_TO_CLAIM if shown[:1] == ["nothing to claim: all done"] else 0
        said = {"HEADWATER_AGENT": "", "COLUMNS": "100"} | settings
        out = cli(*arguments, code=code, **said).out
        missing = follows(shown, out)
        assert missing is None, f"$ {command}\n{out}\nmissing: {missing}"
        ran += 1
    assert ran > 20


def test_a_line_that_was_not_printed_or_out_of_order_is_noticed() -> None:
    assert follows(["a", f"lease: {CUT} left"], "a\nb\nlease: x#1 left\n") is None
    assert follows(["lease", "a"], "a\nlease\n") == "a"
    assert follows([f"lease: {CUT}."], "lease: x\n") == f"lease: {CUT}."


@pytest.mark.parametrize("pattern", [r"^headwater (\S+)", r"`headwater ([a-z]+)[ `]"])
def test_every_command_that_the_guide_names_exists(pattern: str) -> None:
    for module in COMMANDS:
        import_module(f"headwater.cli.commands.{module}")
    known = get_group(app).commands
    named = set(re.findall(pattern, GUIDE.read_text(), re.MULTILINE))
    assert named
    assert not [name for name in named if name not in known]
