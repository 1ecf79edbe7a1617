"""The reading verb: graph."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, JsonValue

from headwater import limits
from headwater.verbs.base import Line, Name, OptionalKey, Reply, Request

View = Literal[
    "list", "task", "critical", "stuck", "agents", "history", "search", "diff", "mermaid"
]


class GraphRequest(Request):
    verb: ClassVar[str] = "graph"
    view: View = "list"
    task: OptionalKey = ""
    artifact: Name = ""
    state: Name = ""
    query: Line = ""
    at: int = Field(0, ge=0)
    """A past revision; 0 is now."""
    since: int = Field(0, ge=0)
    limit: int = Field(limits.PAGE_DEFAULT, ge=1, le=limits.PAGE)
    cursor: Name = ""


class GraphReply(Reply):
    """The keys that are present depend on the view."""

    view: str
    revision: int
    at: int | None = None
    tasks: list[dict[str, JsonValue]] | None = None
    counts: dict[str, int] | None = None
    cursor: str | None = None
    key: str | None = None
    state: str | None = None
    version: int | None = None
    task: dict[str, JsonValue] | None = None
    events: list[dict[str, JsonValue]] | None = None
    agents: list[dict[str, JsonValue]] | None = None
    critical: list[dict[str, JsonValue]] | None = None
    minutes: float | None = None
    stuck: list[dict[str, JsonValue]] | None = None
    artifact: dict[str, JsonValue] | None = None
    mermaid: str | None = None
    hits: list[dict[str, JsonValue]] | None = None
    diff: list[dict[str, JsonValue]] | None = None
    next: str | None = None
