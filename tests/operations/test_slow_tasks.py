"""Where a task takes far longer than estimated, planners see how long both are."""

from __future__ import annotations

from typing import Any

from hands import finish, lease, worker

from headwater import Board
from headwater.clock import ManualClock


def slow(board: Board) -> list[dict[str, Any]]:
    return [one for one in board.graph("stuck").stuck if one["why"] == "slow"]


def test_a_task_beyond_twice_its_estimate_is_named_with_both_times(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "estimate": 9}, {"key": "b"}, {"key": "c", "needs": ["a"]}])
    ann = worker(board, "ann")
    held = lease(board, "a", ann)
    lease(board, "b", worker(board, "ben"))
    clock.advance(minutes=18)
    board.check(held)
    assert slow(board) == []
    clock.advance(minutes=6)
    board.check(held)
    found = {"why": "slow", "task": "a", "holder": "ann/1"}
    assert slow(board) == [{**found, "minutes": 24, "estimate": 9, "waiting": 1}]
    board.finish(held, summary="x")
    assert slow(board) == []


def test_a_slow_task_whose_holder_makes_no_calls_is_named_once(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "estimate": 9}])
    lease(board, "a", worker(board, "ann"))
    clock.advance(minutes=24)
    assert [one["why"] for one in board.graph("stuck").stuck] == ["quiet"]


def test_agents_that_hold_an_estimated_task_say_how_long(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a", "estimate": 9}, {"key": "r", "review": True, "estimate": 9}])
    lease(board, "a", worker(board, "ann"))
    clock.advance(minutes=4)
    finish(board, "r")
    lease(board, "r", worker(board, "rev"))
    holds = {one["agent"]: one["holds"] for one in board.graph("agents").agents}
    assert holds["ann"] == [
        {"task": "a", "kind": "work", "until_s": 56 * 60, "minutes": 4, "estimate": 9}
    ]
    assert holds["rev"] == [{"task": "r", "kind": "review", "until_s": 60 * 60}]
