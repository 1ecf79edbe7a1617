"""Running `headwater` and other programs as processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from patience import PATIENCE_S


def environment(**changes: str) -> dict[str, str]:
    """This environment without what would point `headwater` elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER")}
    return {**kept, **changes}


def headwater(db: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command on a store; it must end with this exit code and without a traceback."""
    ran = subprocess.run(
        [sys.executable, "-m", "headwater", *arguments, "--db", str(db)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=environment(),
        cwd=db.parent,
        check=False,
    )
    assert ran.returncode == code, (ran.returncode, ran.stdout, ran.stderr)
    assert "Traceback" not in ran.stderr
    return ran


def shim(source: str, folder: Path) -> Path:
    """A library to preload (LD_PRELOAD) between a program and the system, compiled from a file
    here; without a compiler the test is skipped."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs Linux and a C compiler")
    made = (folder / source).with_suffix(".so")
    text = Path(__file__).with_name(source)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, text, "-ldl"], check=True)
    return made


def assert_sound(db: Path) -> None:
    """`headwater doctor` finds the file whole, the invariants held, the log equal to the tables."""
    ran = headwater(db, "doctor", "--json")
    assert '"ok":true' in ran.stdout.replace(" ", ""), ran.stdout
