"""Whatever single write or flush of a file fails: its call is all there or not at all, says so by a
typed error, and works when it is repeated."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from programs import shim

from patience import PATIENCE_S

HERE = Path(__file__).parent


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """The shim between SQLite and the system, compiled."""
    return shim("failing_writes.c", tmp_path)


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where that can be: a store is written for every write of the story."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        yield Path(made)


@pytest.mark.parametrize(
    ("code", "known_as"),
    [
        (errno.EIO, "store_error"),
        pytest.param(errno.ENOSPC, "disk_full", marks=pytest.mark.slow),
    ],
)
def test_a_call_is_whole_or_absent_whichever_write_fails(
    library: Path, folder: Path, code: int, known_as: str
) -> None:
    script = HERE / "every_write_fails.py"
    done = subprocess.run(
        [sys.executable, str(script), str(library), str(folder), str(code)],
        env=os.environ | {"LD_PRELOAD": str(library)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["writes"] > 50
    assert told["codes"].get(known_as, 0) > told["writes"] / 3
