"""What leases are made with."""

from __future__ import annotations

from typing import Final, NamedTuple

_BEGIN_MS: Final = 1_767_225_600_000
"""2026-01-01: fences after a restore count from the seconds since then."""


class LeaseKey(NamedTuple):
    """A store's secret, and when it was last put back to a backup."""

    secret: bytes = b""
    restored_ms: int = 0
    """0 if it never was."""

    @property
    def fences_above(self) -> int:
        """New fences are higher. What was claimed after the backup was taken is forgotten, but not
        by those who claimed it, or who were shown its fence: it must not be given out again. A
        task is claimed less than once in a second, so that the time is above all its fences."""
        return max(0, self.restored_ms - _BEGIN_MS) // 1000
