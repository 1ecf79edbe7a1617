"""The HTTP application and the server that can stop.

Answers are event streams, not plain JSON: only they carry progress, and only they let a client
that goes away cancel its call. Host and Origin are checked against loopback names, so that a web
page cannot reach this server through a browser.
"""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import Any, Final

import anyio
import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette

from headwater import __version__, limits
from headwater.errors import BadRequest
from headwater.server.http import PATH
from headwater.server.identity import HttpIdentity
from headwater.server.opening import LazyBoard
from headwater.server.service import Service

log = logging.getLogger(__name__)

GRACE_S: Final = 2
"""Time for calls in flight after a signal; with its clean-up the process ends within 3 s."""
_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


def security(host: str) -> TransportSecuritySettings:
    """Only this machine's names as Host, only pages from it as Origin."""
    names = [*_NAMES, *([host] if host not in ("localhost", "::1", "127.0.0.1") else [])]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[*names, *(f"{name}:*" for name in names)],
        allowed_origins=[
            f"{scheme}://{name}{port}"
            for scheme in ("http", "https")
            for name in names
            for port in ("", ":*")
        ],
    )


def application(service: Service, host: str) -> Starlette:
    """The ASGI application, with the board's clean-up at its end."""
    app = service.adapter.server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=False,
        stateless_http=False,
        max_request_body_size=limits.CALL_BYTES,
        transport_security=security(host),
    )
    sessions = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(starlette: Starlette) -> AsyncGenerator[Any]:
        async with sessions(starlette) as state:
            yield state
        with anyio.CancelScope(shield=True):
            await service.boards.close()

    app.router.lifespan_context = lifespan
    return app


class Server(uvicorn.Server):
    """Ends waiting calls and listen streams on a signal: it would wait for them otherwise."""

    def __init__(
        self, config: uvicorn.Config, service: Service, ready: Callable[[], None] | None
    ) -> None:
        super().__init__(config)
        self._service = service
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._ready is not None:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Handle signals, and do not raise them again at the end: a clean stop is no failure."""
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._service.stop()
        super().handle_exit(sig, frame)


def run(
    db: str | None, board: str, host: str, port: int, ready: Callable[[str], None] | None
) -> int:
    """Serve until a signal; the exit code."""
    bound = bind(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{bound.getsockname()[1]}{PATH}"

    def started() -> None:
        log.info("serving %s", url)
        if ready is not None:
            ready(url)

    service = Service(LazyBoard(db, board), HttpIdentity(), __version__)
    config = uvicorn.Config(
        application(service, host),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = Server(config, service, started)
    server.run(sockets=[bound])
    return 0 if server.started else 1


def bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        BadRequest: if the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise BadRequest(
            f"{host}:{port} cannot be used: {error.strerror}",
            next="choose another port, or 0 for a free one",
        ) from error
    return bound
