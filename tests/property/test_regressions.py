"""What the state machine found, as short stories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headwater.board import Board
from headwater.clock import ManualClock
from headwater.errors import StaleLease


@pytest.fixture
def board(location: str, clock: ManualClock) -> Iterator[Board]:
    with Board.open(location, "default", clock=clock) as opened:
        yield opened
        assert opened.verify() == []


def test_a_dropped_need_with_a_new_contract_stays_a_need_with_that_contract(board: Board) -> None:
    board.add([{"key": "design"}, {"key": "build", "needs": ["design"]}])
    board.edit("build", drop_needs=["design"], contracts=[{"task": "design", "expect": "a plan"}])
    (need,) = board.graph(task="build").needs
    assert (need.task, need.expect) == ("design", "a plan")
    assert board.graph(task="build").state == "waiting"


def test_a_replaced_window_does_not_get_the_reply_of_the_window_that_finished(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    first = board.join("ann", window="first")
    old = board.claim(first.session).lease
    assert old
    new = board.join(session=first.session, window="second", take=True).leases[0].lease
    done = board.finish(new, summary="made", claim_next=True)
    assert done.claimed
    again = board.finish(new, summary="again", claim_next=True).claimed
    assert again
    assert again.lease == done.claimed.lease
    with pytest.raises(StaleLease, match="is over") as refused:
        board.finish(old, summary="by the old window")
    assert "salvage" not in refused.value.message
