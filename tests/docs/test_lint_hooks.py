"""The hooks before a commit check what `make lint` checks, with the same tools."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHANGING = {"--check", "--fix", "--force-exclude", "."}
"""Words in which the two may differ: a hook is given files, and mends what can be mended."""


def _plain(command: str) -> str:
    return " ".join(word for word in command.split() if word not in CHANGING)


def test_the_hooks_before_a_commit_run_the_commands_of_make_lint() -> None:
    recipe = (ROOT / "Makefile").read_text().split("\nlint:", 1)[1].split("\n\n", 1)[0]
    commands = [line.strip() for line in recipe.splitlines()[1:]]
    wanted = {_plain(command.replace("$(BIN)", ".venv/bin")) for command in commands}
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert {_plain(entry) for entry in re.findall(r"entry: (.+)", hooks)} == wanted
    assert hooks.count("language: system") == len(commands)
