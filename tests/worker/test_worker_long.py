"""A job that takes longer than a moment, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from worker_hands import state

from headwater import Board
from headwater.clock import ManualClock
from patience import WOKEN_S


@pytest.fixture
def board(location: str, clock: ManualClock) -> Iterator[Board]:
    with Board.open(location, "default", clock=clock) as opened:
        opened.add([{"key": "a"}])
        yield opened
        assert opened.verify() == []


def test_a_block_that_made_no_call_for_long_is_finished_all_the_same(
    board: Board, clock: ManualClock
) -> None:
    with board.work(agent="ann") as job:
        clock.advance(minutes=10)
        job.deliver(summary="built")
    assert state(board, "a") == "done"


def test_a_block_that_made_no_call_for_long_is_told_that_its_lease_is_gone(
    board: Board, clock: ManualClock
) -> None:
    with board.work(agent="ann") as job:
        clock.advance(minutes=10)
        board.cancel(["a"])
        assert job.cancelled.wait(WOKEN_S)
        assert job.cancelled.lost is not None
        assert job.cancelled.lost.why == "cancelled"
