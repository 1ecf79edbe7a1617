"""The claim order: ageing bucket, critical path, unfinished soft upstreams, insertion."""

from __future__ import annotations

import random
from pathlib import Path

from hands import claim, finish, lease, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.operations import overview

DAY = 24 * 60


def _order(board: Board) -> list[str]:
    """The keys in the order in which one worker gets them."""
    session = worker(board)
    found: list[str] = []
    got = board.claim(session)
    while got.none is None:
        found.append(got.task or "")
        got = board.finish(got.lease or "", summary="x", claim_next=True).claimed or got
    return found


def test_equal_tasks_go_in_the_order_in_which_they_were_added(board: Board) -> None:
    board.add([{"key": key} for key in "cab"])
    assert _order(board) == ["c", "a", "b"]


def test_that_order_counts_also_for_tasks_given_before_what_they_need(board: Board) -> None:
    board.add(
        [
            {"key": "x", "needs": ["for-x"]},
            {"key": "y", "needs": ["for-y"]},
            {"key": "for-y"},
            {"key": "for-x"},
        ]
    )
    assert _order(board) == ["for-y", "for-x", "x", "y"]


def test_the_head_of_the_longest_remaining_chain_goes_first(board: Board) -> None:
    board.add(
        [
            {"key": "short"},
            {"key": "long"},
            {"key": "middle", "needs": ["long"]},
            {"key": "end", "needs": ["middle"]},
        ]
    )
    assert _order(board)[0] == "long"


def test_the_chain_is_weighted_by_the_estimate(board: Board) -> None:
    board.add(
        [
            {"key": "many"},
            {"key": "after", "needs": ["many"]},
            {"key": "heavy", "estimate": 30},
        ]
    )
    assert _order(board)[0] == "heavy"


def test_finished_work_does_not_count_toward_a_chain(board: Board) -> None:
    board.add(
        [
            {"key": "was", "estimate": 500},
            {"key": "tail", "needs": ["was"]},
            {"key": "two"},
            {"key": "three", "needs": ["two"]},
        ]
    )
    finish(board, "was")
    assert _order(board)[0] == "two"


def test_a_priority_beats_the_critical_path(board: Board) -> None:
    board.add(
        [
            {"key": "head"},
            {"key": "tail", "needs": ["head"]},
            {"key": "urgent", "priority": 1},
        ]
    )
    assert _order(board)[0] == "urgent"


def test_a_day_in_the_queue_is_worth_one_step_of_priority(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "old"}])
    clock.advance(minutes=2 * DAY)
    board.add([{"key": "new", "priority": 1}])
    assert _order(board) == ["old", "new"]


def test_a_higher_priority_still_wins_over_a_shorter_wait(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "old"}])
    clock.advance(minutes=2 * DAY)
    board.add([{"key": "new", "priority": 3}])
    assert _order(board) == ["new", "old"]


def test_a_task_whose_soft_upstreams_are_finished_goes_before_one_whose_are_not(
    board: Board,
) -> None:
    board.add(
        [
            {"key": "hint"},
            {"key": "hinted", "soft": ["hint"]},
            {"key": "plain"},
        ]
    )
    lease(board, "hint")
    assert _order(board)[:2] == ["plain", "hinted"]


def test_a_soft_upstream_never_blocks(board: Board) -> None:
    board.add([{"key": "hint"}, {"key": "hinted", "soft": ["hint"]}])
    lease(board, "hint")
    assert board.claim(worker(board)).task == "hinted"


def test_lanes_are_merged_into_one_order(board: Board) -> None:
    board.add(
        [
            {"key": "plain"},
            {"key": "gpu", "capabilities": ["gpu"], "priority": 2},
            {"key": "both", "capabilities": ["gpu", "rust"], "priority": 1},
        ]
    )
    session = worker(board, "w", "gpu", "rust")
    found = []
    for _ in range(3):
        got = board.claim(session)
        found.append(got.task)
        board.finish(got.lease or "", summary="x")
    assert found == ["gpu", "both", "plain"]


def test_within_merged_lanes_the_longer_chain_and_then_the_settled_hints_go_first(
    board: Board,
) -> None:
    board.add(
        [
            {"key": "hint"},
            {"key": "hinted", "soft": ["hint"]},
            {"key": "plain", "capabilities": ["gpu"]},
            {"key": "head", "capabilities": ["rust"]},
            {"key": "tail", "needs": ["head"]},
        ]
    )
    lease(board, "hint")
    session = worker(board, "w", "gpu", "rust")
    found = []
    for _ in range(3):
        got = board.claim(session)
        found.append(got.task)
        board.finish(got.lease or "", "blocked", summary="leave it")
    assert found == ["head", "plain", "hinted"]


def test_what_people_see_as_upcoming_is_what_claims_will_give(board: Board) -> None:
    board.policy(paths="refuse")
    board.add([{"key": "taken", "paths": ["a.py"]}, {"key": "flaky"}])
    finish(board, "flaky", outcome="failed", summary="no")
    lease(board, "taken")
    board.add([{"key": "parked", "paths": ["a.py"], "priority": 2}])
    board.add([{"key": "soft", "soft": ["taken"]}, {"key": "plain"}, {"key": "twin"}])
    board.add([{"key": "long", "soft": ["taken"]}, {"key": "end", "needs": ["long"]}])
    board.add([{"key": "urgent", "priority": 1}])
    board.undo_claim(lease(board))
    found = board.store.read(lambda tx: overview.now(tx, board.name))
    assert found is not None
    assert [one.key for one in found.held] == ["taken"]
    upcoming = [one.key for one in found.upcoming]
    assert upcoming == ["urgent", "long", "plain", "twin", "soft"]
    assert [claim(board).task for _ in upcoming] == upcoming


def test_two_boards_built_alike_are_worked_off_alike(tmp_path: Path) -> None:
    pick = random.Random(7)
    plan = []
    for at in range(60):
        needs = sorted(pick.sample(range(at), min(at, pick.randrange(3))))
        plan.append(
            {
                "key": f"t{at}",
                "needs": [f"t{one}" for one in needs],
                "priority": pick.randrange(-2, 3),
                "estimate": pick.randrange(90),
            }
        )
    orders = []
    for name in ("one", "two"):
        with Board.open(tmp_path / f"{name}.db", "default", clock=ManualClock()) as board:
            board.add(plan)
            orders.append(_order(board))
    assert orders[0] == orders[1]
    assert len(orders[0]) == 60
