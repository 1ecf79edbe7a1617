"""The store's time: the wall clock, but never backwards, for all processes of a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from headwater.clock import Clock

SAVE_STEP_MS = 1000
"""How far the time runs on before it is stored again; the most it can fall back by after a wall
clock that was set back, when all processes are new."""

SEEN = (
    "(SELECT value FROM meta WHERE name = 'now_ms'), "
    "(SELECT value FROM meta WHERE name = 'wall_ms')"
)
"""The newest time in the store, and what the wall clock showed then if it was behind."""
Execute: TypeAlias = Callable[[str], Any]


class StoreTime:
    """max(wall clock, newest time in the store, what this process saw plus the time since).

    The last term keeps leases running out after the wall clock was set back: time does not stand
    still until the wall clock has caught up. For processes that live too short to see time pass,
    the store remembers what the wall clock showed at its newest time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = (0, clock.monotonic_s())

    def after(self, stored_ms: int, marked_ms: int = 0) -> int:
        """Now, given the newest time that the store holds, and its `mark`."""
        seen_ms, at_s = self._seen
        monotonic_s, wall_ms = self._clock.monotonic_s(), self._clock.wall_ms()
        ran_on = seen_ms + int((monotonic_s - at_s) * 1000)
        if 0 < marked_ms < wall_ms < stored_ms:
            stored_ms += wall_ms - marked_ms
        now_ms = max(wall_ms, stored_ms, seen_ms, ran_on)
        if now_ms > ran_on:
            self._seen = (now_ms, monotonic_s)
        return now_ms

    def mark(self, now_ms: int) -> int:
        """What is to be stored beside the time `now_ms`: the wall clock if it is behind, else 0."""
        wall_ms = self._clock.wall_ms()
        return wall_ms if now_ms - wall_ms > SAVE_STEP_MS else 0

    def now_ms(self, execute: Execute) -> int:
        """Now, reading what the store holds by `execute`."""
        stored_ms, marked_ms = execute(f"SELECT {SEEN}").fetchall()[0]
        return self.after(int(stored_ms or 0), int(marked_ms or 0))
