"""What to do next after a change of the plan: it fits who asks and where the task stands."""

from __future__ import annotations

import pytest
from hands import claim, finish, lease, worker

from headwater import Board

WORKERS = "workers get what is ready by claim(session)"


def test_who_plans_is_not_told_to_claim_and_who_holds_a_task_goes_on_with_it(board: Board) -> None:
    added = board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c"}])
    assert added.next == f"read the edges; {WORKERS}"
    assert board.edit("b", set={"priority": 2}).next == WORKERS
    assert board.edit("b", add_soft=["c"]).next == f"read the edges; {WORKERS}"
    ann = worker(board, "ann")
    lease(board, "a", ann)
    assert board.edit("a", set={"priority": 2}).next == "its holder learns it at the next check"
    board.check(session=ann)
    assert board.edit("c", set={"priority": 2}, session=ann).next == "go on with a"
    assert board.add([{"key": "d"}], session=ann).next == "go on with a"
    assert board.cancel(["d"], session=ann).next == "nobody held them; go on with a"


def test_a_cancel_speaks_of_holders_where_there_are_any(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    assert board.cancel(["b"]).next == f"nobody held them; {WORKERS}"
    lease(board, "a")
    assert board.cancel(["a"]).next == "holders learn it at their next check"
    assert board.cancel(["a"]).next == "nothing was left to cancel"


def test_a_rework_says_when_the_task_is_worked_on_again(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a")
    finish(board, "b")
    assert board.rework("a", "again").next == "a is ready: claim(session) hands it out"
    assert board.rework("b", "again").next == (
        "b waits for 1 upstream: claim(session) hands it out when all are done"
    )


@pytest.mark.parametrize("outcome", ["release", "handoff"])
def test_attempts_of_one_round_and_number_are_told_apart_by_their_fence(
    board: Board, outcome: str
) -> None:
    board.add([{"key": "a"}])
    for reason in ("too large", "too small"):
        finish(board, "a", outcome=outcome, summary=reason)
    got = claim(board, "a")
    tried = {one.fence for one in got.tried or []}
    assert tried == {1, 2}
    shown = board.graph(task="a").tried
    assert [one.fence for one in shown] == [3, 2, 1]
    assert len({(one.round, one.number) for one in shown}) == 1
