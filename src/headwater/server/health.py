"""Pages for those who run the server: is it alive, is it ready, how is it doing.

`/health` and `/health/live` say nothing that a stranger may not know; `/metrics` is behind the
gate.
"""

from __future__ import annotations

import logging

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from headwater import __version__
from headwater.errors import HeadwaterError, StoreError
from headwater.server import meter
from headwater.server.board_servers import BoardServers
from headwater.server.gate import Gate, RefusedError, away, nothing_here
from headwater.server.keys import KeysUnavailable
from headwater.store.queries import boards

log = logging.getLogger(__name__)

READY_WITHIN_S = 2.0


def routes(servers: BoardServers, gate: Gate) -> list[Route]:
    """The pages, for the application in front of the boards."""

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> Response:
        if await _can_read(servers):
            trouble = servers.troubles.present
            status = f"calls fail with {trouble}" if trouble else "ok"
            return JSONResponse({"status": status, "version": __version__})
        return JSONResponse({"status": "store unavailable"}, 503)

    async def metrics(request: Request) -> Response:
        try:
            visitor = await gate.visitor_of(request)
            if visitor.boards:
                # Figures of all boards are not for a credential that may use some.
                raise nothing_here()
            text = await anyio.to_thread.run_sync(servers.meter.text)
        except RefusedError as refused:
            return refused.answer
        except (StoreError, KeysUnavailable) as error:
            return away(error)
        return Response(text, media_type=meter.CONTENT_TYPE)

    return [
        Route("/health", ready),
        Route("/health/ready", ready),
        Route("/health/live", live),
        Route("/metrics", metrics),
    ]


async def _can_read(servers: BoardServers) -> bool:
    """Can the store be read, within a time that a load balancer waits?"""
    with anyio.move_on_after(READY_WITHIN_S):
        try:
            await anyio.to_thread.run_sync(
                lambda: servers.store.read(lambda tx: tx.all(boards.ALL)), abandon_on_cancel=True
            )
        except HeadwaterError as error:
            log.warning("not ready: %s", error.message)
            return False
        return True
    return False
