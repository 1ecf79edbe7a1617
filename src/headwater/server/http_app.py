"""The HTTP application and the server that can stop.

Answers are event streams, not plain JSON: only they carry progress, and only they let a client
that goes away cancel its call. Host and Origin are checked against the names that this server is
known by, so that a web page cannot reach it through a browser.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Final

import anyio
import uvicorn
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from pydantic import AnyHttpUrl
from sse_starlette.sse import AppStatus
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from headwater import __version__, limits
from headwater.board import Board
from headwater.errors import BadRequest
from headwater.operations import access
from headwater.server import health
from headwater.server.board_servers import BoardServers
from headwater.server.events import serve_events
from headwater.server.gate import Gate
from headwater.server.http import PATH, HttpOptions, is_loopback
from headwater.server.http_connection import Connection
from headwater.server.keys import AnyOf, Keys, StoreKeys
from headwater.server.names import bracketed, security
from headwater.server.throttle import Throttle
from headwater.store.location import default_location
from headwater.store.store import Store

log = logging.getLogger(__name__)

ANSWERED_WITHIN_S: Final = 1
"""So long after a signal, streams that are still open are ended."""
GRACE_S: Final = 2
"""Time for calls in flight after a signal; with its clean-up the process ends within 3 s."""
KEEP_ALIVE_S: Final = 65
"""Idle connections stay open a little longer than those of usual proxies (60 s)."""
VANISHED_S: Final = 60
"""So long a client may leave unacknowledged what it was sent; after that it is taken for gone."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


def keys_for(store: Store, options: HttpOptions) -> Keys | None:
    """What opens the door; None if a person asked for a server without tokens.

    Raises:
        BadRequest: if nobody could come in.
    """
    if options.open_access:
        return None
    own = StoreKeys(store)
    if options.oauth is not None:
        from headwater.server.oauth import ProviderKeys

        return AnyOf(own, ProviderKeys(options.oauth))
    if not access.is_any_valid(store):
        advice = "make one: headwater token create --name me --role plan"
        if is_loopback(options.host):
            advice += "; or serve this machine without tokens: --open"
        raise BadRequest("there is no valid access token, so nobody could come in", next=advice)
    return own


def application(servers: BoardServers, gate: Gate, options: HttpOptions) -> Starlette:
    """The ASGI application, with the boards' clean-up at its end."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with servers.running(), anyio.create_task_group() as tasks:
            tasks.start_soon(gate.guests.look_after)
            yield
            tasks.cancel_scope.cancel()

    routes: list[BaseRoute] = list(health.routes(servers, gate))
    if options.oauth is not None:
        routes += create_protected_resource_routes(
            resource_url=AnyHttpUrl(options.oauth.audience),
            authorization_servers=[AnyHttpUrl(options.oauth.issuer)],
            scopes_supported=[f"headwater:{right}" for right in access.RIGHTS],
        )
    return Starlette(routes=[*routes, Mount("/", app=gate)], lifespan=lifespan)


class Server(uvicorn.Server):
    """Ends waiting calls and listen streams on a signal: it would wait for them otherwise.

    Answers travel in streams of server-sent events too, which sse-starlette would cut off within
    half a second of the signal, whatever is still to be said: here they get time for it.
    """

    def __init__(
        self, config: uvicorn.Config, servers: BoardServers, ready: Callable[[], None] | None
    ) -> None:
        super().__init__(config)
        self._servers = servers
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        AppStatus.disable_automatic_graceful_drain()
        AppStatus.should_exit = False
        await super().startup(sockets)
        if self.started and self._ready is not None:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Handle signals, and do not raise them again at the end: a clean stop is no failure."""
        self._loop = asyncio.get_running_loop()
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._servers.stop()
        name = signal.Signals(sig).name
        self._loop.call_soon_threadsafe(log.info, "%s: stopping", name)  # no handler may log
        self._loop.call_soon_threadsafe(self._loop.call_later, ANSWERED_WITHIN_S, _end_streams)
        super().handle_exit(sig, frame)


def _end_streams() -> None:
    AppStatus.should_exit = True


def run(
    db: str | None, board: str, options: HttpOptions, ready: Callable[[str], None] | None
) -> int:
    """Serve until a signal; the exit code."""
    _allow_many_clients()
    name = board or os.environ.get("HEADWATER_BOARD", "") or "default"
    names = security(options)
    with Store.open(db or default_location(Path.cwd())) as store:
        Board(store, name)  # the one at /mcp is there from the start
        servers = BoardServers(store)
        gate = Gate(
            servers,
            name,
            keys_for(store, options),
            names,
            Throttle(options.calls_per_second, 5 * options.calls_per_second),
            endpoints={"events": serve_events},
            challenge=_metadata(options),
        )
        return _serve(servers, application(servers, gate, options), options, ready)


def _serve(
    servers: BoardServers,
    app: Starlette,
    options: HttpOptions,
    ready: Callable[[str], None] | None,
) -> int:
    bound = bind(options.host, options.port)
    scheme = "https" if options.tls_cert else "http"
    url = f"{scheme}://{bracketed(options.host)}:{bound.getsockname()[1]}{PATH}"

    def started() -> None:
        log.info("headwater %s, process %d: serving MCP at %s", __version__, os.getpid(), url)
        if ready is not None:
            ready(url)

    config = uvicorn.Config(
        app,
        http=Connection,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        ssl_certfile=options.tls_cert or None,
        ssl_keyfile=options.tls_key or None,
        ws="none",
    )
    server = Server(config, servers, started)
    server.run(sockets=[bound])
    log.info("stopped")
    return 0 if server.started else 1


def _allow_many_clients() -> None:
    """Raise the number of files that may be open from the usual 1,024 to what is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = limits.OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, limits.OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):  # a system may allow less than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _metadata(options: HttpOptions) -> str:
    """Where a client without a token learns of the authorization server (RFC 9728)."""
    if options.oauth is None:
        return ""
    place = build_resource_metadata_url(AnyHttpUrl(options.oauth.audience))
    return f'resource_metadata="{place}"'


def bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        BadRequest: if the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on: every answer would wait 40 ms for an
    # acknowledgement.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _look_for_vanished_clients(bound)
        bound.bind((host, port))
    except (OSError, OverflowError) as error:
        bound.close()
        reason = error.strerror if isinstance(error, OSError) else "ports are 0 to 65535"
        raise BadRequest(
            f"{host}:{port} cannot be used: {reason}",
            next="choose another port, or 0 for a free one",
        ) from error
    return bound


def _look_for_vanished_clients(bound: socket.socket) -> None:
    """A client that crashes or loses its network says no farewell. Left to itself, the system gives
    up what it was sent after a quarter of an hour, and a silent connection never.

    The connections inherit this from the socket that listens.
    """
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", VANISHED_S),
        ("TCP_KEEPINTVL", VANISHED_S // 4),
        ("TCP_KEEPCNT", 4),
        ("TCP_USER_TIMEOUT", VANISHED_S * 1_000),
    ):
        option = getattr(socket, name, None)  # not every system has all of them
        if option is not None:
            bound.setsockopt(socket.IPPROTO_TCP, option, value)
