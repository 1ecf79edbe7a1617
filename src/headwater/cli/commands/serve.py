"""The command `serve`. It imports no more than it needs: an agent's host waits for it to start."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from headwater.cli.app import command
from headwater.cli.invocation import Invocation
from headwater.cli.output import warn
from headwater.errors import BadRequest


@command(
    "serve",
    examples=(
        "headwater serve                            # what a host starts for a window",
        "headwater serve --transport http --open    # this machine only, no tokens",
        "headwater serve --transport http --host 0.0.0.0 --name tasks.example.com",
    ),
)
def serve(
    run: Invocation,
    transport: Annotated[
        Literal["stdio", "http"], typer.Option(help="For one window, or for many.")
    ] = "stdio",
    host: Annotated[str, typer.Option(help="Address to listen on (http).")] = "",
    port: Annotated[
        int | None, typer.Option(help="Port to listen on (http); 0 takes a free one.")
    ] = None,
    open_access: Annotated[
        bool, typer.Option("--open", help="Serve this machine without access tokens (http).")
    ] = False,
    name: Annotated[
        list[str] | None, typer.Option(help="A further name clients reach it by (http).")
    ] = None,
    tls_cert: Annotated[str, typer.Option(help="Certificate chain, a PEM file (http).")] = "",
    tls_key: Annotated[str, typer.Option(help="Its private key, a PEM file (http).")] = "",
    oauth_issuer: Annotated[
        str, typer.Option(help="Accept this authorization server's tokens, too (http).")
    ] = "",
    oauth_audience: Annotated[
        str, typer.Option(help="This server's URL, as those tokens name it (http).")
    ] = "",
    oauth_jwks: Annotated[str, typer.Option(help="Where its keys are, if not announced.")] = "",
) -> None:
    """Serve MCP: over stdio to one host window, or over HTTP to many."""
    store = str(run.location) if run.db else None
    if transport == "stdio":
        asked = (
            host,
            open_access,
            name,
            tls_cert,
            tls_key,
            oauth_issuer,
            oauth_audience,
            oauth_jwks,
        )
        if port is not None or any(asked):
            raise BadRequest(
                "these options belong to --transport http", next="add --transport http"
            )
        from headwater.server.stdio import serve_stdio

        raise typer.Exit(serve_stdio(store, run.board))
    from headwater.server.http import DEFAULT_PORT, HttpOptions, OAuth, serve_http

    if bool(oauth_issuer) != bool(oauth_audience) or (oauth_jwks and not oauth_issuer):
        raise BadRequest(
            "an issuer needs an audience, and an audience an issuer",
            next="--oauth-issuer https://ISSUER --oauth-audience https://THIS-SERVER/mcp",
        )
    options = HttpOptions(
        host=host or "127.0.0.1",
        port=DEFAULT_PORT if port is None else port,
        open_access=open_access,
        names=tuple(name or ()),
        tls_cert=tls_cert,
        tls_key=tls_key,
        oauth=OAuth(oauth_issuer, oauth_audience, oauth_jwks) if oauth_issuer else None,
    )

    def tell(url: str) -> None:
        if sys.stderr.isatty():  # programs read the log there, which says it, too
            warn(f"serving MCP at {url} (Ctrl-C stops it)")

    raise typer.Exit(serve_http(store, run.board, options, ready=tell))
