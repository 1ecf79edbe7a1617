"""Whether a job's lease was taken away, and why: an event, callbacks, an exception."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from headwater.errors import Fact, StaleLease
from headwater.verbs.work import Lost

log = logging.getLogger(__name__)


class Cancellation:
    """Set once, when the lease is over by somebody else's doing: cancelled, taken over, reworked,
    split, done by a person, or expired and claimed by another. May be used from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[Lost], None]] = []
        self._lost: Lost | None = None

    @property
    def lost(self) -> Lost | None:
        """Why, by whom and with what reason; None while the lease is good."""
        return self._lost

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it is set, at most so long; True if it is."""
        return self._event.wait(timeout_s)

    def add_callback(self, callback: Callable[[Lost], None]) -> None:
        """Call it with the reason, on the thread that learns of it; at once if it is set already.

        What it raises is logged: it must not keep the others from being told.
        """
        with self._lock:
            if self._lost is None:
                self._callbacks.append(callback)
                return
        self._tell(callback, self._lost)

    def raise_if_cancelled(self) -> None:
        """Raises:
        StaleLease: the lease is over.
        """
        lost = self._lost
        if lost is not None:
            facts: dict[str, Fact] = {"task": lost.task, "why": lost.why}
            raise StaleLease(
                f"the lease on {lost.task} is over ({lost.why})",
                state=facts,
                next="stop working on it; claim() for other work",
            )

    def set(self, lost: Lost) -> None:
        """The lease is over. The first reason counts."""
        with self._lock:
            if self._lost is not None:
                return
            self._lost = lost
            callbacks, self._callbacks = self._callbacks, []
        self._event.set()
        for callback in callbacks:
            self._tell(callback, lost)

    def _tell(self, callback: Callable[[Lost], None], lost: Lost) -> None:
        try:
            callback(lost)
        except Exception:
            log.exception("a callback of a cancelled job failed")
