"""Short looks at a board."""

from __future__ import annotations

from headwater import Board
from headwater.verbs.look import Tried


def state(board: Board, key: str) -> str:
    found: str = board.graph(task=key).state
    return found


def tried(board: Board, key: str) -> list[tuple[str | None, str | None]]:
    """Outcome and reason of each attempt, newest first."""
    found: list[Tried] = board.graph(task=key).tried or []
    return [(one.outcome, one.reason) for one in found]
