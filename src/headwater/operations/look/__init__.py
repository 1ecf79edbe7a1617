"""Graph: the reading verb. One function a view; every reply is bounded and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from headwater.errors import BadRequest
from headwater.operations.caller import Caller
from headwater.operations.look.agents import agents
from headwater.operations.look.artifact import artifact
from headwater.operations.look.critical import critical
from headwater.operations.look.deliveries import deliveries
from headwater.operations.look.diff import diff
from headwater.operations.look.history import history
from headwater.operations.look.listing import listing
from headwater.operations.look.mermaid import mermaid
from headwater.operations.look.news import demand_waitable
from headwater.operations.look.reading import Reading
from headwater.operations.look.search import search
from headwater.operations.look.stuck import stuck
from headwater.operations.look.task import task
from headwater.store.transaction import Tx
from headwater.verbs.base import Reply
from headwater.verbs.look import GraphRequest

_VIEWS: Final[dict[str, Callable[[Reading], Reply]]] = {
    "list": listing,
    "task": task,
    "critical": critical,
    "stuck": stuck,
    "agents": agents,
    "history": history,
    "search": search,
    "diff": diff,
    "deliveries": deliveries,
    "mermaid": mermaid,
}
PAST_VIEWS: Final = ("list", "task", "history", "diff", "mermaid")
"""The views that can show a past revision."""


def look(tx: Tx, board_id: int, caller: Caller, request: GraphRequest) -> Reply:
    """Read the board. A `task` without a view shows that task.

    Raises:
        BadRequest, UnknownTask, Forbidden.
    """
    caller.demand("observe", "graph")
    reading = Reading(tx, board_id, request, caller)
    view = "task" if request.view == "list" and (request.task or request.artifact) else request.view
    if request.at and view not in PAST_VIEWS:
        raise BadRequest(
            f"view {view!r} shows only the present",
            next=f"leave `at` out, or use a view that shows the past: {', '.join(PAST_VIEWS)}",
        )
    demand_waitable(reading)
    if view == "task" and request.artifact:
        return artifact(reading)
    return _VIEWS[view](reading)
