"""A real board on a manual clock; after every test it must verify clean."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater import Board
from headwater.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def board(tmp_path: Path, clock: ManualClock) -> Iterator[Board]:
    """An empty board in a file of its own."""
    with Board.open(tmp_path / "board.db", "default", clock=clock) as opened:
        yield opened


@pytest.fixture(autouse=True)
def clean_afterwards(board: Board) -> Iterator[None]:
    """Whatever a test did: the tables agree with each other, with the rules and with the log."""
    yield
    assert board.verify() == []
