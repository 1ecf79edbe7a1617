"""The time of a store on PostgreSQL: the database's clock, never backwards."""

from __future__ import annotations

from collections.abc import Callable
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

Now: TypeAlias = Callable[[int, int], int]
"""The time, given the newest one that was stored and the database's clock."""


class DatabaseTime:
    """max(the database's clock, the newest time in the store, what this process has seen)."""

    def __init__(self) -> None:
        self._seen_ms = 0

    def __call__(self, stored_ms: int, database_ms: int) -> int:
        self._seen_ms = max(database_ms, stored_ms, self._seen_ms)
        return self._seen_ms


def time_of(clock: Clock | None) -> Now:
    """The database's time, unless another clock is given (in tests)."""
    if clock is None:
        return DatabaseTime()
    time = StoreTime(clock)
    return lambda stored_ms, _: time.after(stored_ms)
