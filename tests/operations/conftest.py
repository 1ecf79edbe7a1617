"""A real board on a manual clock; after every test it must verify clean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headwater import Board
from headwater.clock import ManualClock


@pytest.fixture
def board(location: str, clock: ManualClock) -> Iterator[Board]:
    """An empty board in a store of its own."""
    with Board.open(location, "default", clock=clock) as opened:
        yield opened


@pytest.fixture(autouse=True)
def clean_afterwards(board: Board) -> Iterator[None]:
    """Whatever a test did: the tables agree with each other, with the rules and with the log."""
    yield
    assert board.verify() == []
