"""Serving many clients over streamable HTTP."""

from __future__ import annotations

import gc
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

from headwater.errors import BadRequest

DEFAULT_PORT: Final = 8765
PATH: Final = "/mcp"


def serve_http(
    db: str | None = None,
    board: str = "",
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    *,
    ready: Callable[[str], None] | None = None,
) -> int:
    """Serve MCP at http://HOST:PORT/mcp until SIGTERM or SIGINT. Returns the exit code.

    `port` 0 takes a free one; `ready` is called with the URL once clients can connect.

    Raises:
        BadRequest: if `host` is not this machine's loopback, or the port cannot be had.
    """
    if not is_loopback(host):
        raise BadRequest(
            f"{host} is not a loopback address, and there are no access tokens yet",
            next="use --host 127.0.0.1, or reach it through an SSH tunnel",
        )
    gc.disable()
    from headwater.server.http_app import run
    from headwater.server.logs import configure

    gc.freeze()
    gc.enable()
    configure()
    return run(db, board, host, port, ready)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
