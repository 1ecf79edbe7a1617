"""`GET /events`: the board's log as server-sent events, for programs that do not speak MCP.

Each event's id is its revision, so that a client that was cut off goes on where it was
(`Last-Event-ID`, as browsers send it by themselves). Without an id it begins with what comes next.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Final

import anyio
import anyio.lowlevel
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse, SendTimeoutError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from headwater import limits
from headwater.errors import Archived, BadRequest, HeadwaterError, StoreError
from headwater.graph.events import KINDS
from headwater.server.gate import away
from headwater.verbs.look import GraphReply, GraphRequest

if TYPE_CHECKING:
    from headwater.board import Board
    from headwater.operations.caller import Caller
    from headwater.server.board_servers import BoardServer
    from headwater.server.keys import Visitor

log = logging.getLogger(__name__)

PING_S: Final = 15
UNREAD_S: Final = 60
IDLE_S: Final = 3600.0


class Filters:
    """What a client wants to hear of: `?since=REVISION&task=KEY&kinds=finished,failed`."""

    def __init__(self, request: Request) -> None:
        """Raises BadRequest for what cannot be."""
        allowed = {"since", "task", "kinds"}
        strange = sorted(set(request.query_params) - allowed)
        if strange:
            raise BadRequest("no such filter", next="filters: since, task, kinds")
        asked = request.headers.get("last-event-id") or request.query_params.get("since", "")
        if asked and not (asked.isascii() and asked.isdigit() and len(asked) <= 18):
            raise BadRequest(
                "since and Last-Event-ID are revisions", next="leave it out to begin with now"
            )
        self.since = int(asked) if asked else None
        self.task = request.query_params.get("task", "")
        self.kinds = frozenset(filter(None, request.query_params.get("kinds", "").split(",")))
        unknown = sorted(self.kinds.difference(KINDS))
        if unknown:
            raise BadRequest(
                f"no such kind: {unknown[0][:40]!r}", next=f"kinds: {', '.join(KINDS)}"
            )

    def page(self, after: int) -> GraphRequest:
        return GraphRequest.parse(
            {"view": "history", "task": self.task, "cursor": str(after), "limit": limits.PAGE}
        )


async def serve_events(
    server: BoardServer, visitor: Visitor, scope: Scope, receive: Receive, send: Send
) -> None:
    """The endpoint behind the gate."""
    request = Request(scope, receive)
    if request.method != "GET":
        wrong = BadRequest("events are read with GET", next="GET /events?since=REVISION")
        await JSONResponse(wrong.as_dict(), 405, {"Allow": "GET"})(scope, receive, send)
        return
    try:
        filters = Filters(request)
        board = await server.service.boards.get()
        # The first page is read before the answer begins, so that a refusal is one.
        after = filters.since
        if after is None:
            after = await server.service.boards.run(board.revision)
        first = await _page(server, board, visitor.caller, filters, after)
        if after > first.revision:  # as after a restored backup: all until then would be missed
            raise BadRequest(
                f"revision {after} is not there yet: the board is at {first.revision}",
                next="leave it out to begin with now",
            )
    except HeadwaterError as error:
        status = 410 if isinstance(error, Archived) else 400
        refusal = JSONResponse(error.as_dict(), status)
        await (away(error) if isinstance(error, StoreError) else refusal)(scope, receive, send)
        return
    stream = EventSourceResponse(
        _events(server, board, visitor.caller, filters, after),
        # A proxy that compresses would hold it back until there is enough of it.
        headers={"Cache-Control": "no-store, no-transform"},
        ping=PING_S,
        send_timeout=UNREAD_S,
    )
    try:
        await stream(scope, receive, send)
    except SendTimeoutError:
        log.warning("a client that does not read its events is left")


async def _events(
    server: BoardServer, board: Board, caller: Caller, filters: Filters, after: int
) -> AsyncGenerator[ServerSentEvent]:
    """Every event past `after`, for as long as the client listens and the server runs."""
    changes = server.service.changes
    with changes.watch(board):
        # Some proxies keep the head of an answer until there is something of its body.
        yield ServerSentEvent(comment=f"after revision {after}")
        while not changes.stopping:
            try:
                reply = await _page(server, board, caller, filters, after)
            except (Archived, StoreError):  # while it read; it is told when it comes again
                return
            for event in reply.events or []:
                if not filters.kinds or event["kind"] in filters.kinds:
                    yield ServerSentEvent(
                        # Many a reader of lines ends one at the separators of Unicode, too.
                        json.dumps(event, ensure_ascii=True, separators=(",", ":")),
                        event="headwater",
                        id=str(event["revision"]),
                    )
            if reply.cursor is not None:
                after = int(reply.cursor)
                continue
            after = max(after, reply.revision)
            await changes.beyond(after, IDLE_S)
            await anyio.lowlevel.checkpoint()


async def _page(
    server: BoardServer, board: Board, caller: Caller, filters: Filters, after: int
) -> GraphReply:
    """Raises Archived where events are missing that would come next."""
    request = filters.page(after)
    reply = await server.service.boards.run(lambda: board.step(request, caller))
    assert isinstance(reply, GraphReply)
    if reply.note:
        raise Archived(
            reply.note,
            next="begin with the last archived revision, or leave it out to begin with now",
        )
    return reply
