"""The ticket: a file lock that decides which process may write.

SQLite's own lock has no queue: a process that waits long loses to one that has just come, and
under load one of eight processes got nearly nothing. `flock` in the kernel is close to first come,
first served. It also keeps checkpoints and writers apart, which closes the WAL-reset bug of SQLite
before 3.51.3, and the kernel drops it when its holder dies.

The wait is a plain blocking `flock` on the writer thread: a polled one would lose its place in the
queue. Its bound is kept by the callers: each waits for its own operation with a deadline and
withdraws what has not begun (`writer.py`), so nobody has to break off the lock.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from headwater.store.engine import busy
from headwater.store.filesystem import new_file

ASK_AGAIN_S: Final = 0.005
LOCK: Final = ".lock"


class Ticket:
    """The lock on `<database>.lock`. One per store object; not reentrant."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(database.name + LOCK)
        self._descriptor = -1

    def take(self, *, wait: bool) -> Hold | None:
        """Take the ticket. None: somebody else has it, and `wait` is False."""
        descriptor = self._open()
        hold = Hold(self)  # before the lock: what is made may cause a collection of garbage
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                return None
            hold.contended = True
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        return hold

    def release(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close this process's descriptor; a copy in another process keeps its own lock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    @contextmanager
    def held(self, within_s: float) -> Generator[None]:
        """Hold the ticket for something rare: opening, closing, a checkpoint.

        Asks again and again, which is unfair to the asker but can be given up: raises TimeoutError.
        """
        until_s = monotonic() + within_s
        while (hold := self.take(wait=False)) is None:
            if monotonic() >= until_s:
                raise TimeoutError
            sleep(ASK_AGAIN_S)
        with hold:
            yield

    def _open(self) -> int:
        if self._descriptor < 0:
            with suppress(FileExistsError):
                self._descriptor = new_file(self._path, self._database)
                return self._descriptor
            # Not made here: a link that leads nowhere would say where.
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        return self._descriptor


@contextmanager
def exclusively(database: Path, within_s: float) -> Generator[None]:
    """Hold the ticket of a database by a lock of its own. Raises StoreBusy."""
    ticket = Ticket(database)
    with closing(ticket), ExitStack() as stack:
        try:
            stack.enter_context(ticket.held(within_s))
        except TimeoutError:
            raise busy(database) from None
        yield


class Hold:
    """The ticket in somebody's hand: a block that lets it go at its end."""

    __slots__ = ("_ticket", "contended")

    def __init__(self, ticket: Ticket) -> None:
        self._ticket = ticket
        self.contended = False
        """Whether somebody else had it before, and so may wait for it again."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._ticket.release()
