"""The programs of real hosts, for the tests marked `hosts`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGES = ["@anthropic-ai/claude-code", "opencode-ai", "@openai/codex", "@google/gemini-cli"]


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The directory with the hosts' programs: HEADWATER_HOSTS, or where npm installs them."""
    there = os.environ.get("HEADWATER_HOSTS")
    if there:
        yield Path(there)
        return
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    where = tmp_path_factory.mktemp("npm")
    command = [npm, "install", "--no-fund", "--no-audit", "--prefix", str(where), *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    yield where / "node_modules" / ".bin"
    shutil.rmtree(where)  # some 700 MB
