"""The time of a store on PostgreSQL: the database's clock, never backwards, never at a stand."""

from __future__ import annotations

import pytest

from headwater.clock import ManualClock

pytest.importorskip("psycopg")
from headwater.store.postgres.time import DatabaseTime

HOUR_MS = 3_600_000


def test_it_is_the_databases_clock_and_no_older_than_what_was_stored() -> None:
    time = DatabaseTime(lambda: 0)
    assert time(0, 5_000) == 5_000
    assert time(7_000, 6_000) == 7_000
    assert time(0, 6_500) == 7_000


def test_it_runs_on_when_the_databases_clock_was_set_back() -> None:
    here = ManualClock()
    time = DatabaseTime(here.monotonic_s)
    assert time(0, 2 * HOUR_MS) == 2 * HOUR_MS
    for seconds in (0, 10, 20):
        stored = time(0, HOUR_MS)
        assert stored == 2 * HOUR_MS + seconds * 1000
        here.advance(seconds=10)
    assert DatabaseTime(here.monotonic_s)(stored, HOUR_MS) == stored  # of another process
    here.advance(seconds=3600)
    assert time(stored, 4 * HOUR_MS) == 4 * HOUR_MS  # it has caught up


def test_this_machines_clock_does_not_drive_it_while_the_databases_goes_on() -> None:
    here = ManualClock()
    time = DatabaseTime(here.monotonic_s)
    time(0, HOUR_MS)
    here.advance(seconds=60)
    assert time(0, HOUR_MS + 59_000) == HOUR_MS + 59_000
    assert time(0, HOUR_MS + 58_900) == HOUR_MS + 59_000  # asked before, answered after
