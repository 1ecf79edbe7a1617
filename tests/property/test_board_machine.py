"""All operations at once, by several sessions, against a naive model in plain Python.

After every step the store must agree with the model: who holds what, fences, hard edges, readiness,
legal moves only, one acceptance a round; every few steps and at the end `verify` finds nothing,
which includes that the log replays to the tables. HEADWATER_EXAMPLES sets the number of examples.
"""

from __future__ import annotations

import os
from typing import ClassVar

import pytest
from board_machine import BoardMachine
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

EXAMPLES = int(os.environ.get("HEADWATER_EXAMPLES", "300"))
SHRINK = os.environ.get("HEADWATER_SHRINK", "") == "1"
PROFILE = settings(
    max_examples=max(1, EXAMPLES // 2),
    stateful_step_count=50,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink] if SHRINK else [Phase.generate],
    report_multiple_bugs=False,
    print_blob=True,
)


class OneLease(BoardMachine):
    """Each session may hold one lease, as by default."""


class SeveralLeases(BoardMachine):
    """Each session may hold three, and tasks are held after two releases."""

    policy: ClassVar[dict[str, float]] = {"leases_per_session": 3, "releases": 2}


@pytest.mark.timeout(600)
def test_any_calls_by_sessions_with_one_lease_each_keep_the_board_true() -> None:
    run_state_machine_as_test(OneLease, settings=PROFILE)


@pytest.mark.timeout(600)
def test_any_calls_by_sessions_with_several_leases_keep_the_board_true() -> None:
    run_state_machine_as_test(SeveralLeases, settings=PROFILE)
