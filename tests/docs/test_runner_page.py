"""The example of the page on the runner runs as it stands."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from examples import printed

PAGE = (Path(__file__).resolve().parents[2] / "docs/runner.md").read_text()


def test_the_example_prints_what_the_page_says(tmp_path: Path) -> None:
    script = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)[1]
    out = printed(
        tmp_path,
        *("sh", "-e", "-c", script),
        PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        XDG_CACHE_HOME=str(tmp_path / "cache"),
    )
    assert out.endswith("join.txt\nparse.txt\nrender.txt\n")
    assert "```\njoin.txt\nparse.txt\nrender.txt\n```" in PAGE
