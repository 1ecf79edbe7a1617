"""The examples of docs/python.md run, and print what the page says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from examples import printed

PAGE = (Path(__file__).resolve().parents[2] / "docs/python.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize(("number", "wanted"), [(0, "app done\nall_done\n"), (1, "done\n")])
def test_the_examples_print_what_the_page_says(tmp_path: Path, number: int, wanted: str) -> None:
    assert printed(tmp_path, sys.executable, "-c", EXAMPLES[number]) == wanted


def test_the_page_has_no_other_examples() -> None:
    assert len(EXAMPLES) == 2
