"""Locks between runners: a file that the kernel locks, and unlocks when its last holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Final

_ASK_AGAIN_S: Final = 0.05


class FileLock:
    """An exclusive lock. A child that inherits `descriptor` holds it as well."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def try_take(self) -> bool:
        """Take the lock if nobody has it."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Give it up. Children that inherited it still hold it."""
        os.close(self.descriptor)


@contextmanager
def taken(path: Path, stop: Event) -> Generator[FileLock | None]:
    """Wait for the lock and hold it for a block; None if `stop` was set meanwhile."""
    lock = FileLock(path)
    try:
        while not lock.try_take():
            if stop.wait(_ASK_AGAIN_S):
                yield None
                return
        yield lock
    finally:
        lock.close()


@contextmanager
def tried(path: Path) -> Generator[FileLock | None]:
    """Hold the lock for a block if it is free; None if it is not."""
    lock = FileLock(path)
    try:
        yield lock if lock.try_take() else None
    finally:
        lock.close()
