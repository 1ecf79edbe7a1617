"""Processes whom the modes of files stop, also where tests run as root."""

from __future__ import annotations

import os
import shutil

import pytest

_WITHOUT = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def obeying() -> list[str]:
    """What to put before a command."""
    if os.geteuid():
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("nothing stops root")
    return _WITHOUT
