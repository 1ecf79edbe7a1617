"""Profiles: named sets of policies, and what deviates from them."""

from __future__ import annotations

import pytest
from hands import events, refused, row, rows

from headwater import Board
from headwater.graph.policy import Policy, policy_of
from headwater.graph.profiles import PROFILES, deviations


def policy(board: Board) -> Policy:
    return policy_of(rows(board, "SELECT policy FROM board")[0]["policy"])


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_sets_all_its_settings_at_once(board: Board, name: str) -> None:
    before = len(events(board))
    board.policy(profile=name)
    assert len(events(board)) == before + 1
    found = policy(board)
    assert {one: getattr(found, one) for one in PROFILES[name]} == PROFILES[name]
    assert deviations(found) == []


def test_every_profile_has_the_same_settings_so_that_switching_leaves_none_behind(
    board: Board,
) -> None:
    assert len({frozenset(settings) for settings in PROFILES.values()}) == 1
    board.policy(profile="safe")
    board.policy(profile="balanced")
    assert policy(board) == Policy(profile="balanced")


def test_a_setting_beside_a_profile_wins_and_is_a_deviation(board: Board) -> None:
    board.policy(profile="safe", lease_minutes=45)
    board.policy(reworks=7)
    assert deviations(policy(board)) == ["lease_minutes", "reworks"]


def test_a_deviation_to_a_default_is_kept(board: Board) -> None:
    board.policy(profile="safe")
    board.policy(paths=Policy().paths)
    assert policy(board).paths == "warn"
    assert deviations(policy(board)) == ["paths"]


def test_settings_that_no_profile_has_stay(board: Board) -> None:
    board.policy(releases=9)
    board.policy(profile="throughput")
    assert policy(board).releases == 9
    assert deviations(policy(board)) == ["releases"]


def test_an_unknown_profile_is_refused(board: Board) -> None:
    with refused(board, "bad_request", "safe, balanced, throughput"):
        board.policy(profile="fast")


def test_review_always_is_for_tasks_that_do_not_say_it_themselves(board: Board) -> None:
    board.policy(review="always")
    board.add([{"key": "a"}, {"key": "b", "review": False}, {"key": "c", "review": True}])
    assert [row(board, key)["review"] for key in "abc"] == [1, 0, 1]
