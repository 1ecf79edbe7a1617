"""All operations at once, by several sessions, against a naive model in plain Python.

After every step the store must agree with the model: who holds what, fences, hard edges, readiness,
legal moves only, one acceptance a round; and `verify` finds nothing, which includes that the log
replays to the tables. At the end of each story a crew of good will brings the board to its end
(`crew.py`): nothing waits for what can never come. HEADWATER_EXAMPLES sets the number of examples
(200, of 50 steps each), and they are new ones then; HEADWATER_SHRINK=1 shrinks what fails to a
short story, which takes minutes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from importlib import import_module
from typing import ClassVar

import pytest
from board_machine import BoardMachine
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from headwater.operations import attempts, expiry, leases
from headwater.operations.work import Work
from headwater.store.queries import tasks
from headwater.store.rows import AttemptRow, SessionRow, TaskRow, TextRow
from postgres_server import databases_or_skip

EXAMPLES = int(os.environ.get("HEADWATER_EXAMPLES", "200"))
SHRINK = os.environ.get("HEADWATER_SHRINK", "") == "1"
PROFILE = settings(
    max_examples=max(1, EXAMPLES // 2),
    stateful_step_count=50,
    derandomize="HEADWATER_EXAMPLES" not in os.environ,
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
    """Each session may hold three, tasks are held after two releases, and a silent
    holder is soon taken over from."""

    policy: ClassVar[dict[str, float]] = {
        "leases_per_session": 3,
        "releases": 2,
        "check_minutes": 3,
    }


@pytest.mark.timeout(600)
def test_any_calls_by_sessions_with_one_lease_each_keep_the_board_true() -> None:
    run_state_machine_as_test(OneLease, settings=PROFILE)


@pytest.mark.timeout(600)
def test_any_calls_by_sessions_with_several_leases_keep_the_board_true() -> None:
    run_state_machine_as_test(SeveralLeases, settings=PROFILE)


class OnPostgres(BoardMachine):
    """The same on PostgreSQL, where fewer examples have to do."""

    database: ClassVar[str] = "postgresql"
    policy: ClassVar[dict[str, float]] = {"leases_per_session": 2}


@pytest.mark.timeout(600)
def test_any_calls_keep_the_board_true_on_postgresql() -> None:
    databases_or_skip()
    few = settings(PROFILE, max_examples=max(1, EXAMPLES // 20))
    run_state_machine_as_test(OnPostgres, settings=few)


def take_without_a_new_fence(patch: pytest.MonkeyPatch) -> None:
    def begin(work: Work, task: TaskRow, session: SessionRow, kind: str) -> AttemptRow:
        task.fence -= 1
        return begun(work, task, session, kind)

    begun = attempts.begin
    patch.setattr(attempts, "begin", begin)


def accept_a_lease_that_is_over(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(leases, "_standing", lambda task, attempt, fence, grip: "live")


def forget_that_a_need_was_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("headwater.operations.edit.follow_pending", lambda work, task: False)


def let_leases_run_out_early(patch: pytest.MonkeyPatch) -> None:
    upkeep = expiry.upkeep

    def expire_early(work: Work, session_id: int = 0) -> tasks.Chores:
        for task in work.tx.all(tasks.EXPIRED, board_id=work.board.id, now_ms=1 << 60, count=1):
            expiry.expire(work, task)
        return upkeep(work, session_id)

    patch.setattr("headwater.operations.claim.upkeep", expire_early)


def forget_the_log(patch: pytest.MonkeyPatch) -> None:
    """A progress note is written past the log."""
    patch.setattr(Work, "save_talk", lambda self, text: self.tx.run(tasks.SAVE_TEXT, **_text(text)))


def _text(row: TextRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in TextRow.__slots__}


def hide_what_somebody_is_to_judge_or_to_merge(patch: pytest.MonkeyPatch) -> None:
    def nothing(_: object) -> list[object]:
        return []

    patch.setattr(import_module("headwater.operations.look.stuck"), "_unreviewed", nothing)


@pytest.mark.parametrize(
    "bug",
    [
        take_without_a_new_fence,
        accept_a_lease_that_is_over,
        forget_that_a_need_was_dropped,
        let_leases_run_out_early,
        forget_the_log,
        hide_what_somebody_is_to_judge_or_to_merge,
    ],
)
def test_the_machine_finds_a_planted_bug(
    bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)
    quick = settings(PROFILE, max_examples=600, phases=[Phase.generate])
    with pytest.raises((AssertionError, sqlite3.Error)):
        run_state_machine_as_test(OneLease, settings=quick)
