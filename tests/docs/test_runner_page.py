"""The example of the page on the runner runs as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from patience import PATIENCE_S

PAGE = (Path(__file__).resolve().parents[2] / "docs/runner.md").read_text()


def test_the_example_prints_what_the_page_says(tmp_path: Path) -> None:
    script = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)[1]
    clean = {name: value for name, value in os.environ.items() if "HEADWATER" not in name}
    clean["PATH"] = f"{Path(sys.executable).parent}:{clean['PATH']}"
    clean["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("join.txt\nparse.txt\nrender.txt\n")
    assert "```\njoin.txt\nparse.txt\nrender.txt\n```" in PAGE
