"""The store's time: the wall clock, but never backwards, for all processes of a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from headwater.clock import Clock

SAVE_STEP_MS = 1000
"""How far the time runs on before it is stored again; the most it can fall back by after a wall
clock that was set back, when all processes are new."""

_SEEN = "SELECT value FROM meta WHERE name = 'now_ms'"
Execute: TypeAlias = Callable[[str], Any]


class StoreTime:
    """max(wall clock, newest time in the store, what this process saw plus the time since).

    The last term keeps leases running out after the wall clock was set back: time does not stand
    still until the wall clock has caught up.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = (0, clock.monotonic_s())

    def after(self, stored_ms: int) -> int:
        """Now, given the newest time that the store holds."""
        seen_ms, at_s = self._seen
        monotonic_s = self._clock.monotonic_s()
        ran_on = seen_ms + int((monotonic_s - at_s) * 1000)
        now_ms = max(self._clock.wall_ms(), stored_ms, seen_ms, ran_on)
        if now_ms > ran_on:
            self._seen = (now_ms, monotonic_s)
        return now_ms

    def now_ms(self, execute: Execute) -> int:
        """Now, reading what the store holds by `execute`."""
        rows = execute(_SEEN).fetchall()
        return self.after(int(rows[0][0]) if rows else 0)
