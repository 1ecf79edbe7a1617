"""Reviews beside a run: whether one is to be waited for."""

from __future__ import annotations

from typing import Final

from headwater import Board
from headwater.graph.gates import Gate
from headwater.runner.merging import in_state
from headwater.runner.quoting import first_of
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
    if not there:
        return ""
    return f"{first_of(waiting, _SHOWN)}; here beside the run: {first_of(there, _SHOWN)}"
