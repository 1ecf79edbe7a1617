"""The policy of a board: defaults, bounds, and what each setting does."""

from __future__ import annotations

import pytest
from hands import claim, events, finish, lease, refused, row, rows, state, worker

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.operations.caller import Caller

BOUNDS = [
    ("lease_minutes", 0.1, 24 * 60 + 1),
    ("reworks", -1, 1001),
    ("releases", 0, 1001),
    ("ageing_minutes", 0, 365 * 24 * 60 + 1),
    ("avoid_minutes", -1, 24 * 60 + 1),
    ("backoff_first_ms", -1, 24 * 3_600_000 + 1),
    ("backoff_most_ms", -1, 24 * 3_600_000 + 1),
    ("leases_per_session", 0, 65),
]


def test_asking_for_the_policy_shows_the_defaults_and_changes_nothing(board: Board) -> None:
    before = board.revision()
    policy = board.policy().policy
    assert policy is not None
    assert policy["lease_minutes"] == limits.LEASE_MINUTES
    assert board.revision() == before


@pytest.mark.parametrize(("name", "low", "high"), BOUNDS)
def test_a_setting_out_of_bounds_is_refused(
    board: Board, name: str, low: float, high: float
) -> None:
    for value in (low, high):
        with refused(board, "bad_request", f"policy {name} lies between"):
            board.policy(**{name: value})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_nan_and_infinity_are_refused(board: Board, value: float) -> None:
    with refused(board, "bad_request", "polic"):
        board.policy(reworks=value)


@pytest.mark.parametrize("value", ["5", True, None, [5]])
def test_only_numbers_are_settings(board: Board, value: object) -> None:
    with refused(board, "bad_request", "policy reworks is a number"):
        board.policy(reworks=value)  # type: ignore[arg-type]


def test_an_unknown_setting_is_refused_with_the_known_ones(board: Board) -> None:
    with refused(
        board, "bad_request", "no policy", "leases_per_session, paths, paths_fold, profile"
    ):
        board.policy(speed=3)


def test_one_bad_setting_undoes_the_others(board: Board) -> None:
    with refused(board, "bad_request"):
        board.policy(reworks=1, releases=0)


def test_only_what_differs_from_the_defaults_is_stored(board: Board) -> None:
    board.policy(reworks=7, releases=limits.RELEASES_PER_ROUND)
    assert rows(board, "SELECT policy FROM board")[0]["policy"] == '{"reworks": 7}'
    board.policy(reworks=limits.REWORKS)
    assert rows(board, "SELECT policy FROM board")[0]["policy"] == "{}"
    assert events(board) == ["policy", "policy"]


def test_changing_the_policy_needs_the_right_to_plan(board: Board) -> None:
    weak = Board(board.store, board.name, Caller("weak", "work"))
    with refused(board, "forbidden"):
        weak.policy(reworks=1)


def test_lease_minutes_is_how_long_a_lease_lasts(board: Board) -> None:
    board.policy(lease_minutes=7)
    board.add([{"key": "a"}])
    assert claim(board, "a").expires_in_s == 7 * 60


def test_releases_is_how_often_a_task_may_be_given_back_in_a_round(board: Board) -> None:
    board.policy(releases=2)
    board.add([{"key": "a"}])
    finish(board, "a", outcome="release")
    assert state(board, "a") == "ready"
    finish(board, "a", outcome="release")
    assert state(board, "a") == "held"


def test_leases_per_session_lets_one_session_hold_several(board: Board) -> None:
    board.policy(leases_per_session=2)
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c"}])
    me = worker(board)
    assert [board.claim(me).task for _ in range(2)] == ["a", "b"]
    assert board.claim(me).already_holding


def test_backoff_is_how_long_a_failed_attempt_waits(board: Board) -> None:
    board.policy(backoff_first_ms=0)
    board.add([{"key": "a"}])
    finish(board, "a", outcome="failed")
    assert claim(board, "a").attempt == 2


def test_avoid_minutes_is_how_long_a_released_task_is_not_offered_again(board: Board) -> None:
    board.policy(avoid_minutes=0)
    board.add([{"key": "a"}, {"key": "b"}])
    me = worker(board)
    board.finish(lease(board, "a", me), "release")
    assert board.claim(me).task == "a"


def test_waiting_an_ageing_interval_is_worth_a_step_of_priority(
    board: Board, clock: ManualClock
) -> None:
    board.policy(ageing_minutes=10)
    board.add([{"key": "old"}])
    clock.advance(minutes=25)
    board.add([{"key": "new", "priority": 1}])
    assert claim(board).task == "old"


def test_a_new_ageing_interval_reorders_what_is_ready_already(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "old"}])
    clock.advance(minutes=25)
    board.add([{"key": "new", "priority": 1}])
    assert row(board, "new")["bucket"] < row(board, "old")["bucket"]
    board.policy(ageing_minutes=10)
    assert claim(board).task == "old"


def test_a_session_may_keep_more_leases_than_a_lowered_policy_allows(board: Board) -> None:
    board.policy(leases_per_session=2)
    board.add([{"key": "a"}, {"key": "b"}])
    session = worker(board)
    board.claim(session, count=2)
    board.policy(leases_per_session=1)
    assert board.verify() == []
    assert len(board.check(session=session).leases) == 2
