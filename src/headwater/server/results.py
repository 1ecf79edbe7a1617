"""How a reply and an error look to a client: one compact JSON object, the same in both halves.

Most hosts give the model only the structured half, some only the text; neither may know more.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from typing import Any

from mcp.types import CallToolResult, TextContent
from pydantic_core import PydanticSerializationError, from_json

from headwater.errors import HeadwaterError
from headwater.verbs.base import Reply

log = logging.getLogger(__name__)


def success(reply: Reply) -> CallToolResult:
    try:
        text = reply.as_json()
    except PydanticSerializationError:
        return _result(reply.as_dict(), is_error=False)
    return _halves(text, from_json(text, cache_strings="keys"), is_error=False)


def refusal(error: HeadwaterError) -> CallToolResult:
    return _result(error.as_dict(), is_error=True)


def crash(verb: str, error: BaseException) -> CallToolResult:
    """An unexpected failure: the details go to the log, the client gets a number to find them."""
    return _result(internal(verb, error), is_error=True)


def internal(what: str, error: BaseException) -> dict[str, Any]:
    """Log an unexpected failure; what the client may know of it."""
    incident = secrets.token_hex(4)
    log.error("%s failed unexpectedly, incident %s", what, incident, exc_info=error)
    return {
        "code": "internal",
        "error": f"Headwater failed unexpectedly; its log has the details under {incident}.",
        "incident": incident,
        "next": "try again once; if it repeats, tell the person who runs Headwater",
    }


def compact_json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _result(data: Mapping[str, Any], *, is_error: bool) -> CallToolResult:
    text = compact_json(data)
    structured: dict[str, Any] = dict(data)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which no JSON text may carry
        text = text.encode(errors="replace").decode()
        structured = json.loads(text)
    return _halves(text, structured, is_error=is_error)


def _halves(text: str, structured: dict[str, Any], *, is_error: bool) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)],
        structured_content=structured,
        is_error=is_error,
    )
