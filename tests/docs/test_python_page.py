"""The examples of docs/python.md run, and print what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from patience import PATIENCE_S

PAGE = (Path(__file__).resolve().parents[2] / "docs/python.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize(("number", "printed"), [(0, "app done\nall_done\n"), (1, "done\n")])
def test_the_examples_print_what_the_page_says(tmp_path: Path, number: int, printed: str) -> None:
    clean = {name: value for name, value in os.environ.items() if "HEADWATER" not in name}
    done = subprocess.run(
        [sys.executable, "-c", EXAMPLES[number]],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == printed


def test_the_page_has_no_other_examples() -> None:
    assert len(EXAMPLES) == 2
