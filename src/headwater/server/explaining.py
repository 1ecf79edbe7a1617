"""What is wrong with a request that does not fit the protocol: the SDK says only that it is so."""

from __future__ import annotations

from typing import Any, Final

from mcp import types
from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from headwater.errors import BadRequest, HeadwaterError
from headwater.verbs.base import Request, bad_arguments

_LISTS: Final = {"tools/list", "prompts/list", "resources/list", "resources/templates/list"}
_TOO_EARLY: Final = "Invalid request parameters"
"""What the SDK says, without more, to all requests before `initialize`."""


async def explained(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware of the server: every refusal of the protocol names the reason and what to do."""
    if ctx.request_id is None:  # a notification: nobody waits for a reason
        return await call_next(ctx)
    if ctx.method in _LISTS and ctx.params and ctx.params.get("cursor"):
        raise refused(BadRequest("there is no such page", next=f"{ctx.method} without a cursor"))
    try:
        return await call_next(ctx)
    except ValidationError as error:
        raise refused(bad_arguments(error, Request)) from error
    except MCPError as error:
        if error.error.message != _TOO_EARLY:
            raise
        advice = "send `initialize`, and then `notifications/initialized`; nothing was changed"
        early = BadRequest("this connection is not initialized", next=advice)
        raise refused(early) from error


def refused(error: HeadwaterError) -> MCPError:
    """A refusal as an error of the protocol."""
    return MCPError(types.INVALID_PARAMS, error.message, error.as_dict())
