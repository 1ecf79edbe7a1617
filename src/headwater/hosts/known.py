"""The hosts that Headwater knows, one record each. The formats are described in docs/hosts.md."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from headwater.hosts.files import is_there
from headwater.hosts.host import ENTRY, Connection, Host, NotSupported, Place
from headwater.hosts.jsonc import Json

_CALL_SECONDS: Final = 120
"""How long a host waits for one call; Headwater's own waits end after 45 seconds."""
_START_SECONDS: Final = 30
_TOKEN_INPUT: Final = "headwater-token"  # noqa: S105 - the name of a prompt


def _stdio(connection: Connection, agent: str) -> dict[str, Json]:
    program, *arguments = connection.command
    return {
        "command": program,
        "args": list[Json](arguments),
        "env": connection.environment(agent),
    }


def _claude_code(connection: Connection) -> dict[str, Json]:
    if connection.transport == "stdio":
        return {"type": "stdio", **_stdio(connection, "claude-code")}
    return {"type": "http", "url": connection.url, **connection.headers("${{}}")}


def _claude_desktop(connection: Connection) -> dict[str, Json]:
    if connection.transport == "http":
        raise NotSupported("its config file starts local servers only; use --transport stdio")
    return _stdio(connection, "claude-desktop")


def _codex(connection: Connection) -> dict[str, Json]:
    times: dict[str, Json] = {
        "startup_timeout_sec": _START_SECONDS,
        "tool_timeout_sec": _CALL_SECONDS,
    }
    if connection.transport == "stdio":
        return {**_stdio(connection, "codex"), **times}
    token: dict[str, Json] = {}
    if connection.token_env is not None:
        token = {"bearer_token_env_var": connection.token_env}
    return {"url": connection.url, **token, **times}


def _gemini_cli(connection: Connection) -> dict[str, Json]:
    wait: dict[str, Json] = {"timeout": _CALL_SECONDS * 1000}
    if connection.transport == "stdio":
        return {**_stdio(connection, "gemini-cli"), **wait}
    return {"type": "http", "url": connection.url, **connection.headers("${}"), **wait}


def _opencode(connection: Connection) -> dict[str, Json]:
    common: dict[str, Json] = {"enabled": True, "timeout": _CALL_SECONDS * 1000}
    if connection.transport == "stdio":
        environment = connection.environment("opencode")
        command = list[Json](connection.command)
        return {"type": "local", "command": command, "environment": environment, **common}
    remote: dict[str, Json] = {"type": "remote", "url": connection.url, "oauth": False}
    return {**remote, **connection.headers("{env:{}}"), **common}


def _cursor(connection: Connection) -> dict[str, Json]:
    if connection.transport == "stdio":
        return {"type": "stdio", **_stdio(connection, "cursor")}
    return {"url": connection.url, **connection.headers("${env:{}}")}


def _vscode(connection: Connection) -> dict[str, Json]:
    if connection.transport == "stdio":
        return {"type": "stdio", **_stdio(connection, "vscode")}
    # VS Code does not fill environment variables into headers (microsoft/vscode#336232).
    return {
        "type": "http",
        "url": connection.url,
        **connection.headers(f"${{input:{_TOKEN_INPUT}}}"),
    }


def _vscode_prompt(token_env: str) -> tuple[str, dict[str, Json]]:
    prompt = {
        "type": "promptString",
        "id": _TOKEN_INPUT,
        "description": f"Headwater token (the value of {token_env})",
        "password": True,
    }
    return "inputs", dict[str, Json](prompt)


def _windsurf(connection: Connection) -> dict[str, Json]:
    if connection.transport == "stdio":
        return _stdio(connection, "windsurf")
    return {"serverUrl": connection.url, **connection.headers("${env:{}}")}


def _zed(connection: Connection) -> dict[str, Json]:
    if connection.transport == "stdio":
        return _stdio(connection, "zed")
    if connection.token_env is not None:
        # zed-industries/zed#60459
        raise NotSupported(
            "it does not read environment variables in headers, and Headwater writes no token into"
            " a file; use --transport stdio, or add the header in Zed yourself"
        )
    return {"url": connection.url}


def _opencode_file(directory: Path) -> Path:
    """The file that is there already; opencode reads either."""
    commented = directory / "opencode.jsonc"
    return commented if is_there(commented) else directory / "opencode.json"


def _vscode_user(place: Place) -> Path:
    return place.app_data() / "Code" / "User" / "mcp.json"


def _claude_user(place: Place) -> Path:
    return place.variable("CLAUDE_CONFIG_DIR", place.home) / ".claude.json"


def _codex_home(place: Place) -> Path:
    return place.variable("CODEX_HOME", place.home / ".codex")


def _zed_home(place: Place) -> Path:
    return place.app_data() / "Zed" if place.platform == "win32" else place.xdg() / "zed"


HOSTS: Final[tuple[Host, ...]] = (
    Host(
        name="claude-code",
        title="Claude Code",
        format="json",
        project=lambda place: place.project / ".mcp.json",
        user=_claude_user,
        entry=_claude_code,
        path=("mcpServers", ENTRY),
        example=".mcp.json",
        marks=(_claude_user, lambda place: place.home / ".claude"),
        programs=("claude",),
        next_step="restart Claude Code, approve the project's server if asked, and see /mcp",
    ),
    Host(
        name="claude-desktop",
        title="Claude Desktop",
        format="json",
        user=lambda place: place.app_data() / "Claude" / "claude_desktop_config.json",
        entry=_claude_desktop,
        path=("mcpServers", ENTRY),
        example="claude_desktop_config.json",
        marks=(lambda place: place.app_data() / "Claude",),
        next_step="quit and restart Claude Desktop",
    ),
    Host(
        name="codex",
        title="Codex",
        format="toml",
        project=lambda place: place.project / ".codex" / "config.toml",
        user=lambda place: _codex_home(place) / "config.toml",
        entry=_codex,
        path=("mcp_servers", ENTRY),
        example=".codex/config.toml",
        marks=(_codex_home,),
        programs=("codex",),
        next_step="start a new Codex session (a project's file is read in trusted projects only)",
    ),
    Host(
        name="gemini-cli",
        title="Gemini CLI",
        format="json",
        project=lambda place: place.project / ".gemini" / "settings.json",
        user=lambda place: place.home / ".gemini" / "settings.json",
        entry=_gemini_cli,
        path=("mcpServers", ENTRY),
        example=".gemini/settings.json",
        marks=(lambda place: place.home / ".gemini",),
        programs=("gemini",),
        next_step="restart Gemini CLI in a trusted folder and see /mcp",
    ),
    Host(
        name="opencode",
        title="opencode",
        format="json",
        project=lambda place: _opencode_file(place.project),
        user=lambda place: _opencode_file(place.xdg() / "opencode"),
        entry=_opencode,
        path=("mcp", ENTRY),
        alternate_path=("mcp", "servers", ENTRY),
        example="opencode.json",
        marks=(lambda place: place.xdg() / "opencode",),
        programs=("opencode",),
        next_step="restart opencode; `opencode mcp list` shows the connection",
    ),
    Host(
        name="cursor",
        title="Cursor",
        format="json",
        project=lambda place: place.project / ".cursor" / "mcp.json",
        user=lambda place: place.home / ".cursor" / "mcp.json",
        entry=_cursor,
        path=("mcpServers", ENTRY),
        example=".cursor/mcp.json",
        marks=(lambda place: place.home / ".cursor",),
        programs=("cursor",),
        next_step="enable headwater in Cursor's settings under MCP",
    ),
    Host(
        name="vscode",
        title="VS Code",
        format="json",
        project=lambda place: place.project / ".vscode" / "mcp.json",
        user=_vscode_user,
        entry=_vscode,
        path=("servers", ENTRY),
        prompt=_vscode_prompt,
        example=".vscode/mcp.json",
        marks=(lambda place: place.app_data() / "Code",),
        programs=("code",),
        next_step="run `MCP: List Servers` and start headwater",
    ),
    Host(
        name="windsurf",
        title="Windsurf",
        format="json",
        user=lambda place: place.home / ".codeium" / "windsurf" / "mcp_config.json",
        entry=_windsurf,
        path=("mcpServers", ENTRY),
        example="mcp_config.json",
        marks=(lambda place: place.home / ".codeium" / "windsurf",),
        programs=("windsurf",),
        next_step="press refresh in Windsurf's MCP panel",
    ),
    Host(
        name="zed",
        title="Zed",
        format="json",
        project=lambda place: place.project / ".zed" / "settings.json",
        user=lambda place: _zed_home(place) / "settings.json",
        entry=_zed,
        path=("context_servers", ENTRY),
        example=".zed/settings.json",
        marks=(_zed_home,),
        programs=("zed",),
        next_step="open the agent panel's settings; headwater's dot turns green",
    ),
)
