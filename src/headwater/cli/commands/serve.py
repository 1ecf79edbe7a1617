"""The command `serve`. It imports no more than it needs: an agent's host waits for it to start."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from headwater.cli.app import command
from headwater.cli.invocation import Invocation
from headwater.cli.output import warn
from headwater.errors import BadRequest


@command("serve")
def serve(
    run: Invocation,
    transport: Annotated[Literal["stdio", "http"], typer.Option()] = "stdio",
    host: Annotated[str, typer.Option(help="Address to listen on (http).")] = "",
    port: Annotated[
        int | None, typer.Option(help="Port to listen on (http); 0 takes a free one.")
    ] = None,
) -> None:
    """Serve MCP: over stdio to one host window, or over HTTP to many."""
    store = str(run.path) if run.db else None
    if transport == "stdio":
        if host or port is not None:
            raise BadRequest(
                "--host and --port belong to --transport http", next="add --transport http"
            )
        from headwater.server.stdio import serve_stdio

        code = serve_stdio(store, run.board)
    else:
        from headwater.server.http import DEFAULT_PORT, serve_http

        code = serve_http(
            store,
            run.board,
            host or "127.0.0.1",
            DEFAULT_PORT if port is None else port,
            ready=lambda url: warn(f"serving MCP at {url} (Ctrl-C stops it)"),
        )
    raise typer.Exit(code)
