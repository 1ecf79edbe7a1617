"""Presets: the non-interactive command line of known agents, with Headwater as an MCP server.

Each reads the briefing from standard input, is given the same board, and may edit files in its
worktree and call Headwater's tools without asking. None is allowed to do more than its own sandbox
lets it; who wants another mode writes the command after `--`.

`pytest -m hosts` starts the real programs. Sources: Claude Code, CLI reference (`-p`,
`--mcp-config`, `--permission-mode`); Codex, non-interactive mode (`codex exec -`, `-c key=value` in
TOML); Gemini CLI, configuration (system-defaults file, GEMINI_CLI_SYSTEM_DEFAULTS_PATH); opencode,
config (OPENCODE_CONFIG).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from headwater.errors import BadRequest

_CALL_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class Preset:
    """How to start an agent: its command, and variables for its environment."""

    command: tuple[str, ...]
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """How an agent starts Headwater's stdio server for this board."""

    command: Sequence[str]
    store: str
    board: str

    @property
    def variables(self) -> dict[str, str]:
        return {"HEADWATER_DB": self.store, "HEADWATER_BOARD": self.board}


def preset(name: str, server: Server, folder: Path) -> Preset:
    """The preset for an agent; its config file, if it needs one, is written into `folder`.

    Gemini CLI reads none that somebody else could write, or below a folder where that is so.

    Raises:
        BadRequest: there is none of that name.
    """
    make = _PRESETS.get(name)
    if make is None:
        raise BadRequest(
            f"no preset {name!r}",
            next=f"presets: {', '.join(_PRESETS)}; or give a command: headwater run PLAN -- ...",
        )
    return make(server, folder)


def _claude(server: Server, folder: Path) -> Preset:
    program, *arguments = server.command
    entry = {"type": "stdio", "command": program, "args": arguments, "env": server.variables}
    config = _written(folder / "claude.json", {"mcpServers": {"headwater": entry}})
    return Preset(
        ("claude", "-p", "--permission-mode", "acceptEdits", "--mcp-config", str(config),
         "--allowedTools", "mcp__headwater"),
        (("MCP_CONNECTION_NONBLOCKING", "0"),),  # the first turn waits until the server has started
    )  # fmt: skip


def _codex(server: Server, folder: Path) -> Preset:
    del folder  # everything is said on the command line
    program, *arguments = server.command
    settings = {
        "command": json.dumps(program, ensure_ascii=False),  # TOML has no surrogate pairs
        "args": json.dumps(arguments, ensure_ascii=False),
        "env_vars": json.dumps(list(server.variables)),  # by name: others can read a command line
        "tool_timeout_sec": str(_CALL_SECONDS),
        "required": "true",  # else the first turn begins before the server has started
        "default_tools_approval_mode": json.dumps("approve"),  # nobody is there to be asked
    }
    told = [
        part
        for key, value in settings.items()
        for part in ("-c", f"mcp_servers.headwater.{key}={value}")
    ]
    return Preset(("codex", "exec", "--sandbox", "workspace-write", *told, "-"))


def _gemini(server: Server, folder: Path) -> Preset:
    program, *arguments = server.command
    entry = {
        "command": program,
        "args": arguments,
        "env": server.variables,
        "timeout": _CALL_SECONDS * 1000,
        "trust": True,
    }
    config = _written(folder / "gemini.json", {"mcpServers": {"headwater": entry}})
    return Preset(
        ("gemini", "--approval-mode", "auto_edit"),
        (
            ("GEMINI_CLI_SYSTEM_DEFAULTS_PATH", str(config)),
            # It trusts no new worktree by itself, and there it would ask before every edit.
            ("GEMINI_CLI_TRUST_WORKSPACE", "true"),
        ),
    )


def _opencode(server: Server, folder: Path) -> Preset:
    entry = {
        "type": "local",
        "command": list(server.command),
        "environment": server.variables,
        "enabled": True,
        "timeout": _CALL_SECONDS * 1000,
    }
    config = _written(folder / "opencode.json", {"mcp": {"headwater": entry}})
    return Preset(("opencode", "run"), (("OPENCODE_CONFIG", str(config)),))


def _written(path: Path, value: Mapping[str, object]) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(json.dumps(value, indent=2) + "\n")
    return path


_PRESETS: Final[Mapping[str, Callable[[Server, Path], Preset]]] = {
    "claude": _claude,
    "codex": _codex,
    "gemini": _gemini,
    "opencode": _opencode,
}
NAMES: Final = tuple(_PRESETS)
