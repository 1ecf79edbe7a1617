"""An agent: COMMAND as a child process behind its guard."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from headwater.runner.locks import FileLock
from headwater.runner.machine import cannot_start

GRACE_S: Final = 10.0
"""Seconds between SIGTERM and SIGKILL."""
_WHY_BYTES: Final = 500
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
        """Start it in `folder`, with `briefing` as its standard input and all output in `log`.

        Raises:
            MachineFault: this Python, which guards it, cannot be started.
        """
        self._command = command
        lifeline, self._lifeline = socket.socketpair()
        self._closing = threading.Lock()
        self.stopped = False
        """Whether `stop` was called."""
        try:
            with briefing.open("rb") as stdin, log.open("ab") as output:
                self._guard = subprocess.Popen(  # noqa: S603 - the command is the user's own
                    [sys.executable, "-I", "-S", _GUARD, str(lifeline.fileno()),
                     str(lock.descriptor), str(grace_s), *command],
                    cwd=folder,
                    env=dict(environment),
                    stdin=stdin,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=(lifeline.fileno(), lock.descriptor),
                )  # fmt: skip
        except OSError as error:
            self._close()
            if error.filename == sys.executable:
                raise cannot_start([sys.executable], str(error.strerror)) from error
            raise
        finally:
            lifeline.close()

    def wait(self) -> int:
        """The exit code of the command, when nothing of its process group is left; 128 + N if
        signal N ended it.

        Raises:
            MachineFault: the command could not be started.
        """
        try:
            code = self._guard.wait()
            why = self._said()
        finally:
            self._close()
        if why:
            raise cannot_start(self._command, why)
        return code

    def _said(self) -> str:
        """Why the guard, which has ended, could not start the command."""
        with self._closing, suppress(BlockingIOError, ConnectionError):
            if self._lifeline.fileno() >= 0:
                said = self._lifeline.recv(_WHY_BYTES, socket.MSG_DONTWAIT)
                return said.decode(errors="replace")
        return ""

    def stop(self) -> None:
        """End it and all of its process group. May be called from any thread, at any time."""
        self.stopped = True
        self._close()

    def _close(self) -> None:
        with self._closing:
            self._lifeline.close()
