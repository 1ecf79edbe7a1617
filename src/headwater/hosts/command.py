"""How a host starts the stdio server of this very installation."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def default_command() -> tuple[str, ...]:
    """Program and arguments: the installed script by its absolute path, or the runner's name.

    `uvx` and `pipx run` put the script into a cache that they may clear, so hosts are told to
    call them again instead.
    """
    return command_of(Path(sys.prefix), Path(sys.executable).parent)


def command_of(prefix: Path, scripts: Path) -> tuple[str, ...]:
    """As `default_command`, for an environment at `prefix` with its programs in `scripts`."""
    parts = prefix.parts
    if "uv" in parts and any(part.startswith(("archive-v", "environments-v")) for part in parts):
        return ("uvx", "headwater", "serve")
    if "pipx" in parts and (".cache" in parts or "cache" in parts):
        return ("pipx", "run", "headwater", "serve")
    for name in ("headwater", "headwater.exe"):
        if os.path.isfile(scripts / name):  # noqa: PTH113  # never raises
            return (str(scripts / name), "serve")
    return (shutil.which("headwater") or "headwater", "serve")
