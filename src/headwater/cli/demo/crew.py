"""The demo's worker processes: started, watched, started again after a crash, always stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

from headwater.errors import HeadwaterError

STOP_S = 3.0


class DemoFailedError(HeadwaterError):
    """A worker of the demo ended with an error."""

    code = "demo_failed"


@dataclass
class Crew:
    """Worker processes by name. Use as a context manager: leaving it stops them all."""

    store: str | Path
    board: str
    logs: Path
    """A folder for what they write to standard error."""
    running: dict[str, subprocess.Popen[bytes]] = field(
        default_factory=dict[str, subprocess.Popen[bytes]]
    )

    def start(self, name: str) -> None:
        with self._log(name).open("ab") as errors:
            self.running[name] = self._spawn(name, errors)

    def _spawn(self, name: str, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            [
                sys.executable,
                "-m",
                "headwater.cli.demo.worker",
                name,
                str(self.store),
                self.board,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )

    def look_after(self) -> list[str]:
        """The names of those that were killed since the last look.

        Raises:
            DemoFailedError: a worker ended with an error of its own.
        """
        killed: list[str] = []
        for name, process in list(self.running.items()):
            code = process.poll()
            if code is None:
                continue
            del self.running[name]
            if code == -signal.SIGKILL:
                killed.append(name)
            elif code != 0:
                raise DemoFailedError(
                    f"the worker {name} ended with code {code}: {self._last_words(name)}",
                    next="headwater doctor",
                )
        return killed

    def _last_words(self, name: str) -> str:
        lines = self._log(name).read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def stop(self) -> None:
        """Ask them to end, wait a little, then insist."""
        for process in self.running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_S
        for process in self.running.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
