"""The one source of time. Everything that needs the time is given a `Clock`."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for what is stored, monotonic time for waiting."""

    def wall_ms(self) -> int:
        """Milliseconds since the epoch. May jump; the store never lets it run backwards."""
        ...

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary point, never backwards; for deadlines inside one process."""
        ...


class SystemClock:
    """The machine's clocks."""

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves when it is told to: for tests and simulations."""

    def __init__(self, start_ms: int = 1_800_000_000_000) -> None:
        self._now_ms = start_ms

    def wall_ms(self) -> int:
        return self._now_ms

    def monotonic_s(self) -> float:
        return self._now_ms / 1000

    def advance(self, *, minutes: float = 0, seconds: float = 0) -> None:
        """Move forward (or, with negative values, step the wall clock back)."""
        self._now_ms += round((minutes * 60 + seconds) * 1000)


def seconds_left(ms: int) -> int:
    """Of a time that is running out: never more than there are."""
    return max(0, ms // 1000)


def seconds_until(ms: int) -> int:
    """To wait for something: never less than it takes."""
    return max(0, -(-ms // 1000))
