"""Reviews beside a run: whether one is to be waited for."""

from __future__ import annotations

from typing import Final

from headwater import Board
from headwater.graph.gates import Gate
from headwater.runner.merging import in_state
from headwater.verbs.look import GraphReply
from headwater.verbs.sessions import RUN_WINDOW

_SHOWN: Final = 5


def awaited(board: Board) -> str:
    """Which deliveries wait for a review, and who is there that may do it; empty if none does, or
    nobody was seen lately but workers of runs, which review nothing."""
    waiting = [
        str(item["key"]) for item in in_state(board, "review") if item.get("gate") == Gate.REVIEW
    ]
    if not waiting:
        return ""
    page: GraphReply = board.graph(view="agents")
    there = [
        str(agent["session"])
        for agent in page.agents or []
        if not str(agent.get("window", "")).startswith(RUN_WINDOW)
    ]
    return f"{_listed(waiting)}; here beside the run: {_listed(there)}" if there else ""


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
