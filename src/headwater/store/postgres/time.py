"""The time of a store on PostgreSQL: the database's clock, never backwards."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final, TypeAlias

from headwater.clock import Clock
from headwater.store.storetime import StoreTime

STATE: Final = (
    b"SELECT (SELECT version_num FROM alembic_version), "
    b"(SELECT value FROM meta WHERE name = 'now_ms'), "
    b"floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
)
"""The schema's version, the newest time that was stored, the database's clock in ms."""
SAVE_NOW: Final = (
    b"UPDATE meta SET value = $1 "
    b"WHERE name = 'now_ms' AND CAST(value AS bigint) < CAST($1 AS bigint)"
)

SET_BACK_MS: Final = 1000
"""What the database's clock may be behind, as another thread has seen it later."""

Now: TypeAlias = Callable[[int, int], int]
"""The time, given the newest one that was stored and the database's clock."""


class DatabaseTime:
    """max(the database's clock, the newest time in the store, what this process has seen).

    When the database's clock was set back, as after a failover, time runs on by this machine's
    until that has caught up: leases go on running out.
    """

    def __init__(self, monotonic_s: Callable[[], float] = monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._seen = (0, monotonic_s())

    def __call__(self, stored_ms: int, database_ms: int) -> int:
        seen_ms, at_s = self._seen
        now_s = self._monotonic_s()
        now_ms = max(database_ms, stored_ms, seen_ms)
        if seen_ms - database_ms > SET_BACK_MS:
            now_ms = max(now_ms, seen_ms + int((now_s - at_s) * 1000))
        if now_ms > seen_ms:
            self._seen = (now_ms, now_s)
        return now_ms


def time_of(clock: Clock | None) -> Now:
    """The database's time, unless another clock is given (in tests)."""
    if clock is None:
        return DatabaseTime()
    time = StoreTime(clock)
    return lambda stored_ms, _: time.after(stored_ms)
