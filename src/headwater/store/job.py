"""An operation on its way through the writer."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from headwater.store.transaction import Tx


class Job:
    """An operation on its way: who takes `claimed` decides whether it runs or is withdrawn."""

    __slots__ = ("claimed", "done", "error", "operation", "result", "transaction")

    def __init__(self, operation: Callable[[Tx], Any]) -> None:
        self.operation = operation
        self.transaction = 0  # the one that stored it; 0: none did
        self.result: Any = None
        self.error: BaseException | None = None
        self.claimed = threading.Lock()
        self.done = threading.Lock()
        self.done.acquire()


@contextmanager
def no_garbage_collection() -> Generator[None]:
    """A collection of a large heap takes tens of milliseconds: not while others wait."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
