"""Resources: what `graph` answers, under addresses that can be read and followed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from headwater import limits
from headwater.errors import BadRequest
from headwater.server.results import compact_json
from headwater.verbs.base import Reply
from headwater.verbs.look import GraphRequest

SCHEME: Final = "headwater"
GRAPH: Final = "headwater://graph"
MERMAID: Final = "headwater://graph.mmd"
HISTORY: Final = "headwater://history"
SESSIONS: Final = "headwater://sessions"

JSON_TYPE: Final = "application/json"
MERMAID_TYPE: Final = "text/vnd.mermaid"


@dataclass(frozen=True, slots=True)
class ResourceFace:
    """A resource, or a family of them, as it is listed."""

    uri: str
    name: str
    description: str
    mime_type: str = JSON_TYPE


RESOURCES: Final = (
    ResourceFace(GRAPH, "graph", "All tasks with their states; the first page of graph()."),
    ResourceFace(MERMAID, "graph.mmd", "The graph as a Mermaid diagram.", MERMAID_TYPE),
    ResourceFace(HISTORY, "history", "The newest events of the board."),
    ResourceFace(SESSIONS, "sessions", "Who is there, and what each holds."),
)
TEMPLATES: Final = (
    ResourceFace("headwater://task/{key}", "task", "One task whole."),
    ResourceFace(
        "headwater://task/{key}/artifacts/{name}", "artifact", "What a task delivered by name."
    ),
    ResourceFace("headwater://history{?since,limit}", "history since", "Events since a revision."),
)

_FIXED: Final = {
    GRAPH: {"view": "list", "limit": limits.PAGE},
    MERMAID: {"view": "mermaid", "limit": limits.PAGE},
    SESSIONS: {"view": "agents", "limit": limits.PAGE},
}
_NUMBER: Final = re.compile(r"^\d{1,18}$")


def request_for(uri: str) -> GraphRequest:
    """What to ask the board for a resource.

    Raises:
        BadRequest: if there is no such resource.
    """
    fixed = _FIXED.get(uri)
    if fixed is not None:
        return GraphRequest.parse(dict(fixed))
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise _unknown() from error
    path = [unquote(part) for part in parts.path.split("/")[1:]]
    if parts.scheme != SCHEME or parts.fragment:
        raise _unknown()
    if parts.netloc == "history" and not path:
        return GraphRequest.parse({"view": "history", **_history_query(parts.query)})
    if parts.netloc != "task" or parts.query or not path or not path[0]:
        raise _unknown()
    arguments: dict[str, Any] = {"view": "task", "task": path[0]}
    if len(path) == 1:
        return GraphRequest.parse(arguments)
    if len(path) < 3 or path[1] != "artifacts" or not path[2]:
        raise _unknown()
    # The name of an artifact may be a path: what follows belongs to it.
    return GraphRequest.parse({**arguments, "artifact": "/".join(path[2:]), "cursor": "all"})


def task_of(uri: str) -> str:
    """The key of the task that a resource shows; empty if it shows no single task."""
    found = re.match(r"^headwater://task/([^/?#]+)", uri)
    return unquote(found[1]) if found else ""


def content_of(request: GraphRequest, reply: Reply) -> tuple[str, str]:
    """The text of a resource and its media type."""
    data = reply.as_dict()
    if request.view == "mermaid":
        return str(data.get("mermaid", "")), MERMAID_TYPE
    return compact_json(data), JSON_TYPE


def _history_query(query: str) -> dict[str, int]:
    given = parse_qsl(query, keep_blank_values=True)
    if any(name not in ("since", "limit") or not _NUMBER.match(value) for name, value in given):
        raise _unknown()
    return {name: int(value) for name, value in given}


def _unknown() -> BadRequest:
    return BadRequest("no such resource", next="resources/list and resources/templates/list")
