"""Headwater's server with one more tool, `ping`: the floor of a call. Not in the product.

`ping_server.py STORE` serves stdio; with `http` as a second argument HTTP on a free port, whose URL
is printed. With `http-small` its page caches are small: what grows then is no cache that fills.
"""

from __future__ import annotations

import sys
from typing import Any

from mcp import types

from headwater.server.adapter import Adapter
from headwater.server.http import HttpOptions, serve_http
from headwater.server.stdio import serve_stdio
from headwater.store import engine


def _with_ping() -> None:
    """Let every adapter made from now on list and answer `ping`."""
    build, call = Adapter.__init__, Adapter._call_tool

    def init(self: Adapter, *arguments: Any) -> None:
        build(self, *arguments)
        self._tools.append(types.Tool(name="ping", input_schema={"type": "object"}))

    async def answer(self: Adapter, ctx: Any, params: Any) -> types.CallToolResult:
        if params.name != "ping":
            return await call(self, ctx, params)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text='{"pong":true}')],
            structured_content={"pong": True},
        )

    Adapter.__init__ = init  # type: ignore[method-assign]
    Adapter._call_tool = answer  # type: ignore[method-assign]


if __name__ == "__main__":
    _with_ping()
    if sys.argv[2:] == ["http-small"]:
        engine.WRITER_CACHE_KIB, engine.READER_CACHE_KIB = 1024, 256  # type: ignore[misc]
    if sys.argv[2:]:
        asked = HttpOptions(port=0, open_access=True, calls_per_second=1e6)
        sys.exit(serve_http(sys.argv[1], options=asked, ready=lambda url: print(url, flush=True)))
    sys.exit(serve_stdio(sys.argv[1]))
