"""The way in over HTTP: from a request's address and credential to a board's server.

The checks, in this order: Host and Origin (a web page must not reach this server through a
browser; this is the one place that checks them), the bearer token, the rate, the board. A board
that is not there and one that the credential may not use get the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from headwater import limits
from headwater.errors import HeadwaterError, StoreError
from headwater.server.adapter import connections_of
from headwater.server.board_servers import BoardServer, BoardServers
from headwater.server.identity import VISITOR
from headwater.server.keys import OPEN, Keys, KeysUnavailable, Visitor
from headwater.server.presence import Guests, Presence
from headwater.server.throttle import Throttle

_PATH: Final = re.compile(r"(?:/(?P<board>[^/]+))?/(?P<what>[a-z]+)/?\Z")
_BEARER: Final = re.compile(r"bearer +([!-~]{1,8192}) *\Z", re.IGNORECASE)

Endpoint = Callable[[BoardServer, Visitor, Scope, Receive, Send], Awaitable[None]]


class RefusedError(Exception):
    """A request goes no further."""

    def __init__(self, answer: Response) -> None:
        super().__init__(f"refused with {answer.status_code}")
        self.answer = answer


async def serve_mcp(
    server: BoardServer, visitor: Visitor, scope: Scope, receive: Receive, send: Send
) -> None:
    """MCP itself. The SDK binds a connection of the older protocol to the user it finds here."""
    name = visitor.caller.credential
    if _opens(scope) and connections_of(server.manager, name) >= limits.CONNECTIONS_PER_CREDENTIAL:
        await _too_many_connections().answer(scope, receive, send)
        return
    if scope["method"] == "GET":
        _begin_with_what_comes_next(scope)
    token = AccessToken(token="", client_id=name, scopes=[visitor.caller.rights])
    scope["user"] = AuthenticatedUser(token)
    await server.manager.handle_request(scope, receive, send)


def _begin_with_what_comes_next(scope: Scope) -> None:
    """Nothing is kept of a stream that was cut off, and the SDK fails when it is asked for that."""
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"last-event-id"]


class Gate:
    """The ASGI application in front of all boards."""

    def __init__(
        self,
        servers: BoardServers,
        board: str,
        keys: Keys | None,
        security: TransportSecuritySettings,
        throttle: Throttle,
        endpoints: dict[str, Endpoint],
        challenge: str,
    ) -> None:
        """`board` is the one at `/mcp`; without `keys` everybody is let in; `endpoints` are those
        beside MCP; `challenge` is added to the demand for a token (where an authorization server
        can be found), if there is one."""
        self._servers = servers
        self._board = board
        self._keys = keys
        self._security = TransportSecurityMiddleware(security)
        self._throttle = throttle
        self._strangers = Throttle(limits.STRANGERS_PER_SECOND, limits.STRANGERS_AT_ONCE)
        self._endpoints = {"mcp": serve_mcp, **endpoints}
        self.guests = Guests(self._may_stay)
        self._challenge = 'Bearer realm="headwater"' + (f", {challenge}" if challenge else "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            visitor = await self.visitor_of(request)
            server, endpoint = await self._room(request, visitor)
        except (RefusedError, StoreError, KeysUnavailable) as error:
            refusal = error.answer if isinstance(error, RefusedError) else away(error)
            await refusal(scope, receive, send)
            return
        scope[VISITOR] = visitor
        presence = Presence(scope, receive, send)
        answer = endpoint(server, visitor, scope, presence.receive, presence.send)
        await self.guests.receive(_token(request), presence, answer)

    async def visitor_of(self, request: Request) -> Visitor:
        """Who a request is from.

        Raises:
            RefusedError: nobody whom it may be from.
            StoreError, KeysUnavailable: if that cannot be known now.
        """
        await self._demand_ours(request)
        return await self._visitor(request)

    async def _demand_ours(self, request: Request) -> None:
        """Refuse a Host or Origin that is none of ours, in capitals or not."""
        headers = [
            (name, value.lower() if name in (b"host", b"origin") else value)
            for name, value in request.scope["headers"]
        ]
        seen = Request({**request.scope, "headers": headers})
        refusal = await self._security.validate_request(seen)
        if refusal is not None:
            raise _not_ours(refusal.status_code)

    async def _visitor(self, request: Request) -> Visitor:
        visitor = OPEN
        if self._keys is not None:
            address = request.client.host if request.client else ""
            token = _token(request)
            known = await self._keys.visitor(token) if token else None
            if known is None:
                wait_s = self._strangers.wait_s(address)
                raise _too_many(wait_s) if wait_s else self._unknown(given=bool(token))
            visitor = known
        if wait_s := self._throttle.wait_s(visitor.caller.credential):
            raise _too_many(wait_s)
        return visitor

    async def _may_stay(self, token: str) -> bool:
        return self._keys is None or await self._keys.visitor(token) is not None

    def _unknown(self, *, given: bool) -> RefusedError:
        what = "this access token is unknown, expired or revoked" if given else "no access token"
        problem = ', error="invalid_token"' if given else ""
        return _refuse(
            401,
            "unauthorized",
            what,
            "send the header `Authorization: Bearer TOKEN`; whoever runs the server makes one "
            "with `headwater token create`",
            {"WWW-Authenticate": self._challenge + problem},
        )

    async def _room(self, request: Request, visitor: Visitor) -> tuple[BoardServer, Endpoint]:
        match = _PATH.match(request.scope["path"])
        endpoint = self._endpoints.get(match["what"]) if match else None
        if match is None or endpoint is None:
            raise nothing_here()
        name = match["board"] or self._board
        server = None
        if visitor.may_use(name):
            server = await self._servers.of(name, found=visitor.may_found(name))
        if server is None:
            raise _refuse(
                404,
                "not_found",
                "no such board, or not for this credential",
                "`headwater token list` shows which boards a token opens",
            )
        return server, endpoint


def _token(request: Request) -> str:
    match = _BEARER.match(request.headers.get("authorization", ""))
    return match[1] if match else ""


def away(error: HeadwaterError) -> Response:
    """The answer while the store, or an identity provider, cannot be asked."""
    return JSONResponse(error.as_dict(), 503, {"Retry-After": "5"})


def nothing_here() -> RefusedError:
    """The answer for an address that leads nowhere, or not for this credential."""
    return _refuse(404, "not_found", "there is nothing here", "MCP is at /mcp or /BOARD/mcp")


def _not_ours(status: int) -> RefusedError:
    """The answer to a foreign Host (421) or Origin: the SDK names no way out."""
    add_name = "whoever runs it adds a name with `headwater serve --transport http --name NAME`"
    if status == 421:
        return _refuse(
            421,
            "foreign_host",
            "this server is not known by the name in the Host header",
            f"call it by a name it has (localhost, on its own machine); {add_name}",
        )
    return _refuse(
        status,
        "foreign_origin",
        "pages of another origin may not call this server",
        f"only pages under one of its own names may; {add_name}",
    )


def _opens(scope: Scope) -> bool:
    """Would this request open a connection of the older protocol?"""
    headers = Headers(scope=scope)
    version = headers.get("mcp-protocol-version")
    older = version is None or version in HANDSHAKE_PROTOCOL_VERSIONS
    return older and "mcp-session-id" not in headers


def _too_many_connections() -> RefusedError:
    return _refuse(
        429,
        "too_many_connections",
        f"this credential has {limits.CONNECTIONS_PER_CREDENTIAL} open connections to this board",
        "end one (HTTP DELETE, as clients do when they close), or try again later: one that is "
        f"not used for {limits.CONNECTION_IDLE_HOURS} hours is ended",
        {"Retry-After": "60"},
    )


def _too_many(wait_s: float) -> RefusedError:
    seconds = max(1, round(wait_s + 0.5))
    return _refuse(
        429,
        "too_many_calls",
        "this credential calls too often; nothing was changed",
        f"repeat the call in {seconds} s; wait for tasks with claim(session, wait=45) instead of "
        "asking again and again",
        {"Retry-After": str(seconds)},
    )


def _refuse(
    status: int, code: str, error: str, advice: str, headers: dict[str, str] | None = None
) -> RefusedError:
    body: dict[str, Any] = {"code": code, "error": error, "next": advice}
    return RefusedError(JSONResponse(body, status, headers))
