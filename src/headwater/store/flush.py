"""Making commits durable after the write lock is free again.

A commit with `synchronous=FULL` waits for the disk while it holds the lock, and all processes wait
with it. Here a commit only writes its frames to the log (`synchronous=NORMAL`), the lock goes to
the next writer, and the caller waits for a flush of the log before it is told that the operation
is done. Frames are written in the order of commits and a flush covers all that stand before, so
what somebody was told is on disk together with everything it was built on; who asks while a flush
is under way shares the next one, and so do processes in the kernel.

The technique is early lock release with group commit (DeWitt et al., 1984; Johnson et al.,
"Aether", 2010). After a loss of power the log ends at its last whole commit, which may be one that
nobody was told of yet.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from time import monotonic
from typing import Final

from headwater.errors import StoreError

QUICK_S: Final = 0.002
"""A flush that takes no longer is worth no change of threads."""

_FULL_FLUSH = getattr(fcntl, "F_FULLFSYNC", None)
"""macOS: `fsync` may stop at the drive's cache."""


class LogFlush:
    """Flushes the log (`-wal`) of one database for all threads of this process."""

    def __init__(self, database: Path) -> None:
        self._log = database.with_name(database.name + "-wal")
        self._descriptor = -1
        self._flushing = threading.Lock()
        self._ended = 0
        self._flushed = 0
        self._failure: OSError | None = None
        self._took_s = 0.0  # the newest flush

    def ended(self) -> int:
        """A transaction has ended; its number. Called by one thread at a time."""
        self._ended += 1
        return self._ended

    def reach(self, number: int) -> None:
        """Return when the transaction of that number, and all before it, are on the disk.

        A transaction that changed nothing counts too: what it read may be on its way to the disk.

        Raises:
            StoreError: the disk refused, now or before. What it lost is not known after that, so
                no later flush is believed until the log has been `mended`.
        """
        if self._flushed >= number:
            return
        with self._flushing:
            if self._flushed < number:
                self._flush()
            if self._flushed < number:
                raise self.refusal()

    def reach_last(self) -> None:
        """`reach` for the newest transaction."""
        self.reach(self._ended)

    def _flush(self) -> None:
        """Flush what has ended by now. A failure stays: `_flushed` does not move any more."""
        if self._failure is not None:
            return
        upto = self._ended
        begun_s = monotonic()
        try:
            if self._descriptor < 0:
                self._descriptor = os.open(self._log, os.O_RDWR | os.O_CLOEXEC)
            if _FULL_FLUSH is not None:
                fcntl.fcntl(self._descriptor, _FULL_FLUSH)
            else:
                os.fdatasync(self._descriptor)
        except OSError as error:
            self._failure = error
        else:
            self._flushed = upto
            self._took_s = monotonic() - begun_s

    @property
    def quick(self) -> bool:
        """Did the newest flush take next to no time?"""
        return self._failure is None and self._took_s <= QUICK_S

    @property
    def failed(self) -> bool:
        """Has a flush failed, and nothing mended it since?"""
        return self._failure is not None

    @property
    def is_gone(self) -> bool:
        """Was the log removed? What is written to it ends with the processes that have it open.

        Its name tells, and not its status: on Linux 6.18 the flush after a look at that takes half
        as long again.
        """
        if self._descriptor < 0:
            return False
        try:
            name = os.readlink(f"/proc/self/fd/{self._descriptor}")  # noqa: PTH115
        except OSError:  # no /proc
            return os.fstat(self._descriptor).st_nlink == 0
        return name.endswith(" (deleted)")

    @property
    def has_follower(self) -> bool:
        """Has somebody else begun another log in its place?"""
        return self._log.exists() and self._log.stat().st_size > 0

    def mended(self) -> None:
        """All that was committed is in the database file and flushed there; the log is empty."""
        with self._flushing:
            self._failure = None
            self._flushed = self._ended

    def refusal(self) -> StoreError:
        """What is said to a caller whose transaction may not be on the disk."""
        why = self._failure.strerror if self._failure is not None else "unknown"
        return StoreError(
            f"{self._log} could not be flushed to the disk ({why}); whether this call is stored "
            "is not certain",
            next="check the disk, look whether it is stored, then repeat the call",
        )

    def close(self) -> None:
        """Close the log, flushed: it may be deleted next. It is opened again when needed."""
        with self._flushing:
            if self._flushed < self._ended:
                self._flush()
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1

    def after_fork(self) -> None:
        """In the child: whoever flushed stayed behind."""
        self._flushing = threading.Lock()
        self._descriptor = -1
