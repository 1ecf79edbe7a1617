"""A token bucket per credential: bursts are welcome, floods wait."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Final

KNOWN: Final = 4096
"""Callers remembered at once; the one unseen for longest is forgotten."""


class Throttle:
    """Says how long a caller must wait before its next call.

    A bucket holds `burst` calls and fills at `per_second` (the token bucket of traffic shaping,
    as in RFC 2697).
    """

    def __init__(
        self,
        per_second: float,
        burst: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, caller: str) -> float:
        """0 if the call may go ahead, and it is counted; else the seconds until it may."""
        now_s = self._clock()
        level, at_s = self._buckets.pop(caller, (self._burst, now_s))
        level = min(self._burst, level + (now_s - at_s) * self._per_second)
        allowed = level >= 1
        self._buckets[caller] = (level - allowed, now_s)
        if len(self._buckets) > KNOWN:
            self._buckets.popitem(last=False)
        return 0 if allowed else (1 - level) / self._per_second
