"""Operations on their way through the writer, alone and as a batch."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

from headwater.store.transaction import Tx


class Job:
    """One operation, from its caller to a batch and back.

    Whoever may `claim` it runs it or withdraws it. When `done` is released it is its caller's
    again, who may tell nobody of it before `transaction` is on the disk.
    """

    __slots__ = ("_claimed", "done", "error", "operation", "result", "transaction")

    def __init__(self, operation: Callable[[Tx], Any]) -> None:
        self.operation = operation
        self.transaction = 0  # the one that stored it; 0: none did
        self.result: Any = None
        self.error: BaseException | None = None
        self._claimed = threading.Lock()
        self.done = threading.Lock()
        self.done.acquire()

    def claim(self) -> bool:
        """True once: either for a batch or for the caller."""
        return self._claimed.acquire(blocking=False)

    @property
    def is_claimed(self) -> bool:
        return self._claimed.locked()


class Batch:
    """The operations of one transaction. What it has claimed it gives back, whatever happens."""

    __slots__ = ("changed", "first", "jobs", "more", "most")

    def __init__(self, first: Job, more: Callable[[], Job | None], most: int) -> None:
        self.first = first
        self.more = more  # gives what else is queued, or None
        self.most = most
        self.jobs: list[Job] = []  # those that have begun
        self.changed = False

    def take(self, job: Job) -> bool:
        """Claim `job`. False: its caller has withdrawn it."""
        claimed = job.claim()
        if claimed:
            self.jobs.append(job)
        return claimed

    def committed(self, transaction: int) -> None:
        """Each caller is to see that transaction on the disk before he tells of his job."""
        for job in self.jobs:
            job.transaction = transaction

    def give_back(self) -> None:
        """Let the callers go on."""
        for job in self.jobs:
            job.done.release()


class NoGarbageCollection:
    """A collection of a large heap takes tens of milliseconds: not in this block, while others
    wait. A class, as a generator would cost three times as much in every write."""

    __slots__ = ("_enabled",)

    def __enter__(self) -> None:
        self._enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._enabled:
            gc.enable()
