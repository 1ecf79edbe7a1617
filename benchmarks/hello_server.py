"""The smallest server of the SDK: what starting one costs before any work of ours."""

from mcp.server import MCPServer

server = MCPServer("hello")


@server.tool()
def hello() -> str:
    """Say hello."""
    return "hello"


if __name__ == "__main__":
    server.run("stdio")
