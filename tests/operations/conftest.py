"""A real board on a manual clock; after every test it must verify clean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from headwater import Board
from headwater.clock import ManualClock
from headwater.store.transaction import Tx


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


@pytest.fixture
def statements(board: Board, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every call of a statement from now on."""
    seen: list[str] = []
    kinds = {board.store.write(type), board.store.read(type)}

    def count(kind: type[Tx], name: str) -> None:
        real = getattr(kind, name)

        def counted(self: Tx, *arguments: Any, **named: Any) -> Any:
            seen.append(name)
            return real(self, *arguments, **named)

        monkeypatch.setattr(kind, name, counted)

    for kind in kinds:
        for name in {"all", "one", "run", "add", "put"} & vars(kind).keys():
            count(kind, name)
    return seen
