"""Runs what a page of the documentation shows, as a user would."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from patience import PATIENCE_S


def printed(folder: Path, *command: str, **environment: str) -> str:
    """What a command prints that must succeed, in a folder and without the machine's settings."""
    clean = {name: value for name, value in os.environ.items() if "HEADWATER" not in name}
    done = subprocess.run(
        command,
        cwd=folder,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
