"""Headwater's stdio server with one more tool, `ping`: the floor of a call. Not in the product."""

from __future__ import annotations

import sys
from typing import Any

from mcp import types

from headwater.server.adapter import Adapter
from headwater.server.stdio import serve_stdio


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
    sys.exit(serve_stdio(sys.argv[1]))
