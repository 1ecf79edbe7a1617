"""Serving many clients over streamable HTTP."""

from __future__ import annotations

import gc
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from headwater import limits
from headwater.errors import BadRequest

DEFAULT_PORT: Final = 8765
PATH: Final = "/mcp"


@dataclass(frozen=True, slots=True)
class OAuth:
    """An authorization server whose access tokens are accepted beside the store's own."""

    issuer: str
    audience: str
    """What the tokens must be meant for: the URL of this server."""
    jwks: str = ""
    """Where its keys are; by default what its metadata say."""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How to serve. `open_access` asks for no tokens, on this machine's loopback only."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    open_access: bool = False
    names: tuple[str, ...] = ()
    """Further names under which clients reach this server (the Host header)."""
    tls_cert: str = ""
    tls_key: str = ""
    oauth: OAuth | None = None
    calls_per_second: float = limits.CALLS_PER_SECOND


def serve_http(
    db: str | None = None,
    board: str = "",
    options: HttpOptions | None = None,
    *,
    ready: Callable[[str], None] | None = None,
) -> int:
    """Serve MCP at http://HOST:PORT/mcp until SIGTERM or SIGINT. Returns the exit code.

    `port` 0 takes a free one; `ready` is called with the URL once clients can connect.

    Raises:
        BadRequest: if the options cannot be, nobody could come in, or the port cannot be had.
        StoreError: if the store cannot be opened.
    """
    options = options or HttpOptions()
    if options.open_access and not is_loopback(options.host):
        raise BadRequest(
            f"{options.host} is not a loopback address: it is never served without tokens",
            next="leave out --open, and make a token: headwater token create --name me --role plan",
        )
    if bool(options.tls_cert) != bool(options.tls_key):
        raise BadRequest(
            "TLS needs both a certificate and its key", next="--tls-cert and --tls-key"
        )
    if options.tls_cert:
        _demand_pair(options.tls_cert, options.tls_key)
    from headwater.server.heap import share_one_heap

    share_one_heap()
    gc.disable()
    from headwater.server.http_app import run
    from headwater.server.logs import configure

    gc.freeze()
    gc.enable()
    configure()
    return run(db, board, options, ready)


def _demand_pair(cert: str, key: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key)
    except OSError as error:  # an SSLError is one
        raise BadRequest(
            f"{cert} and {key} cannot be used for TLS: {error.strerror or error}",
            next="a certificate (with its chain) and its private key, as PEM files one may read",
        ) from error


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
