"""An agent: COMMAND as a child process behind its guard."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from headwater.runner.locks import FileLock

GRACE_S: Final = 10.0
"""Seconds between SIGTERM and SIGKILL."""
_GUARD: Final = str(Path(__file__).with_name("guard.py"))


class Agent:
    """A started command. It ends when the runner says so, and when the runner dies."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        briefing: Path,
        log: Path,
        environment: Mapping[str, str],
        lock: FileLock,
        grace_s: float = GRACE_S,
    ) -> None:
        """Start it in `folder`, with `briefing` as its standard input and all output in `log`."""
        reading, self._lifeline = os.pipe()
        self._closing = threading.Lock()
        self.stopped = False
        """Whether `stop` was called."""
        try:
            with briefing.open("rb") as stdin, log.open("ab") as output:
                self._guard = subprocess.Popen(  # noqa: S603 - the command is the user's own
                    [sys.executable, "-I", "-S", _GUARD, str(reading), str(lock.descriptor),
                     str(grace_s), *command],
                    cwd=folder,
                    env=dict(environment),
                    stdin=stdin,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=(reading, lock.descriptor),
                )  # fmt: skip
        except BaseException:
            self._close()
            raise
        finally:
            os.close(reading)

    def wait(self) -> int:
        """The exit code of the command, when nothing of its process group is left; 128 + N if
        signal N ended it."""
        try:
            return self._guard.wait()
        finally:
            self._close()

    def stop(self) -> None:
        """End it and all of its process group. May be called from any thread, at any time."""
        self.stopped = True
        self._close()

    def _close(self) -> None:
        with self._closing:
            if self._lifeline >= 0:
                os.close(self._lifeline)
                self._lifeline = -1
