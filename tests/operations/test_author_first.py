"""What a reviewer rejected goes to others first: its author was told, and knows the work."""

from __future__ import annotations

from hands import lease, worker

from headwater import Board, limits
from headwater.clock import ManualClock


def rejected(board: Board) -> tuple[str, str]:
    """The author's and the reviewer's sessions, after one rejection."""
    board.add([{"key": "a", "review": True, "priority": 5}])
    author, reviewer = worker(board, "ann"), worker(board, "rob")
    board.finish(lease(board, "a", author), summary="first try")
    board.finish(lease(board, "a", reviewer), outcome="reject", notes="not yet")
    return author, reviewer


def test_who_rejected_takes_something_else_or_waits(board: Board) -> None:
    author, reviewer = rejected(board)
    found = board.claim(reviewer)
    assert found.none
    assert found.none.reason == "not_for_you"
    assert "rejected by you" in found.next
    assert found.none.soonest == {"reason": "handoff", "in_s": limits.AUTHOR_FIRST_MS // 1000}
    board.add([{"key": "b"}])
    assert board.claim(reviewer).task == "b"
    assert board.claim(author).task == "a"


def test_who_rejected_may_take_it_by_name(board: Board) -> None:
    _, reviewer = rejected(board)
    assert board.claim(reviewer, task="a").task == "a"


def test_who_rejected_gets_it_after_a_while(board: Board, clock: ManualClock) -> None:
    _, reviewer = rejected(board)
    clock.advance(seconds=limits.AUTHOR_FIRST_MS / 1000 - 1)
    assert board.claim(reviewer).none
    clock.advance(seconds=1)
    assert board.claim(reviewer).task == "a"


def test_who_rejected_gets_it_at_once_where_nobody_else_is(board: Board) -> None:
    author, reviewer = rejected(board)
    board.check(session=author, leave=True)
    assert board.claim(reviewer).task == "a"


def test_who_rejected_gets_it_at_once_where_nobody_else_can_do_it(board: Board) -> None:
    board.add([{"key": "a", "review": True, "capabilities": ["gpu"]}])
    author, reviewer = worker(board, "ann", "gpu"), worker(board, "rob", "gpu")
    board.finish(lease(board, "a", author), summary="first try")
    board.finish(lease(board, "a", reviewer), outcome="reject", notes="not yet")
    board.check(session=author, leave=True)
    worker(board, "eve", "cpu")
    assert board.claim(reviewer).task == "a"


def test_who_rejected_reviews_the_next_try(board: Board) -> None:
    author, reviewer = rejected(board)
    board.finish(lease(board, "a", author), summary="second try")
    board.add([{"key": "b", "priority": 9}])
    found = board.claim(reviewer)
    assert (found.task, found.kind) == ("a", "review")


def test_a_third_session_gets_it_at_once(board: Board) -> None:
    rejected(board)
    assert board.claim(worker(board, "eve")).task == "a"
