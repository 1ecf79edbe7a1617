"""What a view that waits for changes counts as one: `graph` with `wait`."""

from __future__ import annotations

from typing import Final

from headwater.errors import BadRequest
from headwater.operations.look.reading import Reading
from headwater.store.queries import look
from headwater.store.rows import BoardRow
from headwater.store.transaction import Tx
from headwater.verbs.look import GraphReply, GraphRequest

_VIEWS: Final = ("history", "diff", "deliveries")
"""The views of what came after a revision."""


def demand_waitable(reading: Reading) -> None:
    """Refuse to wait where nothing could end it.

    Raises:
        BadRequest: for another view, or where it is not said since when.
    """
    request = reading.request
    if request.wait and (request.view not in _VIEWS or "since" not in request.model_fields_set):
        raise BadRequest(
            f"wait is for what comes after a revision, since: views {', '.join(_VIEWS)}",
            next=f'graph(view="history", since={reading.board.revision}, wait=45) waits for '
            "whatever happens next; claim and check wait for tasks and notices",
        )


def is_there(request: GraphRequest, reply: GraphReply) -> bool:
    """Is there something after `since`, or can nothing come any more? A page may be empty that
    another follows."""
    if request.at or request.cursor or reply.cursor:
        return True
    return bool(reply.events or reply.diff or reply.settings or reply.deliveries or reply.note)


def may_come(tx: Tx, board: BoardRow, request: GraphRequest, seen: int) -> bool:
    """Can the view be another than at revision `seen`, which the board has left? Every event is
    history; the others show only what became of tasks and settings."""
    if request.view == "history":
        return True
    after = {"board_id": board.id, "since": seen, "at": board.revision}
    return tx.one(look.ANY_IMAGE, **after) is not None or bool(tx.all(look.SETTINGS, **after))
