"""The examples of the README run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from examples import printed

from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_python_example_prints_what_it_says(tmp_path: Path) -> None:
    (example,) = blocks("python")
    assert printed(tmp_path, sys.executable, "-c", example) == "['build']\n"
    assert (tmp_path / ".headwater" / "board.db").exists()


def test_every_make_target_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    pages = README + (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"^make (\w+)", pages, flags=re.MULTILINE))
    assert {"demo", "test"} <= named
    assert not [target for target in named if f"\n{target}:" not in makefile]


def test_every_command_it_names_exists() -> None:
    shell = "\n".join(blocks("sh"))
    named = set(re.findall(r"^headwater (\w+)", shell, flags=re.MULTILINE))
    told = subprocess.run(
        [sys.executable, "-m", "headwater", "--help"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    ).stdout
    assert named
    assert not [name for name in named if not re.search(rf"^  {name}\b", told, flags=re.MULTILINE)]
