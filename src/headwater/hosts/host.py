"""What a host is: where its config lies, how an entry looks there, what the user does next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from headwater.errors import BadRequest
from headwater.hosts.jsonc import Json

Scope: TypeAlias = Literal["project", "user"]
Transport: TypeAlias = Literal["stdio", "http"]

ENTRY: Final = "headwater"
"""The name of the entry in every host."""

AGENT: Final = "HEADWATER_AGENT"
"""The variable that tells a stdio server whose tasks these are; every such entry has it."""
DB: Final = "HEADWATER_DB"
BOARD: Final = "HEADWATER_BOARD"

DEFAULT_URL: Final = "http://127.0.0.1:8765/mcp"


@dataclass(frozen=True, slots=True)
class Place:
    """Where config files are looked for."""

    project: Path
    home: Path
    platform: str
    """As `sys.platform` says it."""
    env: Mapping[str, str]

    def variable(self, name: str, default: Path) -> Path:
        """The directory an environment variable names, or the default."""
        value = self.env.get(name, "")
        return Path(value) if value else default

    def app_data(self) -> Path:
        """Where desktop programs keep their settings."""
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        if self.platform == "win32":
            return self.variable("APPDATA", self.home / "AppData" / "Roaming")
        return self.variable("XDG_CONFIG_HOME", self.home / ".config")

    def xdg(self) -> Path:
        """Where command-line programs keep their settings."""
        return self.variable("XDG_CONFIG_HOME", self.home / ".config")


@dataclass(frozen=True, slots=True)
class Connection:
    """How hosts are to reach Headwater."""

    transport: Transport
    command: tuple[str, ...] = ("headwater", "serve")
    """Program and arguments of the stdio server."""
    url: str = DEFAULT_URL
    token_env: str | None = None
    """The environment variable that holds the bearer token; the token itself is never written."""
    db: str | None = None
    board: str | None = None

    def environment(self, agent: str) -> dict[str, Json]:
        """What the stdio server is told: whose tasks these are, store and board if named."""
        told: dict[str, Json | None] = {AGENT: agent, DB: self.db, BOARD: self.board}
        return {name: value for name, value in told.items() if value is not None}

    def headers(self, reference: str) -> dict[str, Json]:
        """The `headers` member with the token's reference (`{}` in it is the name), or nothing."""
        if self.token_env is None:
            return {}
        bearer = "Bearer " + reference.replace("{}", self.token_env)
        return {"headers": {"Authorization": bearer}}


class NotSupported(BadRequest):
    """This host cannot be configured that way; the text says why and what to do instead."""

    code = "not_supported"


@dataclass(frozen=True, slots=True)
class Host:
    """One MCP host and its config format."""

    name: str
    title: str
    format: Literal["json", "toml"]
    user: Callable[[Place], Path]
    entry: Callable[[Connection], dict[str, Json]]
    """Its entry for a connection. Raises `NotSupported`."""
    path: tuple[str, ...]
    """The keys that lead to the entry, the last of them `headwater`."""
    example: str
    """The file's path inside `host-configs/NAME/`."""
    next_step: str
    project: Callable[[Place], Path] | None = None
    """None where the host reads no project file."""
    alternate_path: tuple[str, ...] | None = None
    """Used instead of `path` where its parent exists already (a newer layout of the same file)."""
    prompt: Callable[[str], tuple[str, dict[str, Json]]] | None = None
    """Where it asks for the token and keeps it: a list under a top-level key, and the object with
    an `id` that it must hold, for a token of that name."""
    marks: tuple[Callable[[Place], Path], ...] = ()
    """Paths that show the host is used here."""
    programs: tuple[str, ...] = ()

    def file(self, scope: Scope, place: Place) -> Path | None:
        """Its config file in that scope, or None where it has none."""
        if scope == "user":
            return self.user(place)
        return self.project(place) if self.project else None
