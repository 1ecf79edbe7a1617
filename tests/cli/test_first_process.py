"""The command as the first process of a container."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from patience import WOKEN_S

ALONE = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
"""In a new namespace of processes, where it is number 1."""


def child_of(process: subprocess.Popen[bytes]) -> int | None:
    try:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    except OSError:
        return None
    return int(children[0]) if children else None


def test_a_command_that_is_the_first_process_ends_on_sigterm(environment: dict[str, str]) -> None:
    if (
        shutil.which("unshare") is None
        or subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("namespaces of processes cannot be made here")
    command = [*ALONE, sys.executable, "-m", "headwater", "import", "-"]  # which never comes
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE) as process:
        try:
            deadline = time.monotonic() + WOKEN_S
            while process.poll() is None:  # again and again: it has to start first
                assert time.monotonic() < deadline, "the signal is not heeded"
                if child := child_of(process):
                    os.kill(child, signal.SIGTERM)
                time.sleep(0.05)
        finally:
            process.kill()
    assert process.returncode == 128 + signal.SIGTERM
