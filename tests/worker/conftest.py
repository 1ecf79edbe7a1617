"""A real board in a file; after every test it verifies clean and nobody holds anything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater import Board


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "board.db"


@pytest.fixture
def board(db: Path) -> Iterator[Board]:
    with Board.open(db, "default") as opened:
        yield opened
        assert opened.verify() == []
        assert not [one.name for one in threading.enumerate() if one.name == "headwater-job"]
