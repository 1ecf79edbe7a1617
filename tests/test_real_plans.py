"""Whoever clones the repository alone has no real plans: their tests are skipped, and no others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from patience import PATIENCE_S
from real_plans import PLACE

TESTS = Path(__file__).parent


def test_without_the_real_plans_their_tests_are_skipped(tmp_path: Path) -> None:
    users = [
        path
        for path in sorted(TESTS.glob("*/test_*.py"))
        if "@needs_real_plans" in path.read_text()
    ]
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-q", "-k", "real", *users],
        env=os.environ | {PLACE: str(tmp_path / "nowhere")},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert found.returncode == 0, found.stdout
    skipped = set(re.findall(r"SKIPPED .*?(test_\w+\.py)", found.stdout))
    assert skipped == {path.name for path in users}
    assert "nowhere" in found.stdout
