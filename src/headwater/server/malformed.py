"""What is answered to a line that is no message of the protocol: what is wrong, and to whom.

JSON-RPC wants an answer to everything but notifications and answers, with the id null where there
is none to be found: whoever sent the line would wait for ever otherwise.
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import Any, Final, cast

from mcp.types import INVALID_REQUEST, PARSE_ERROR

from headwater import limits

_END: Final = 300
"""Bytes of either end of a line that is too long."""
_CUT: Final = b"\x00"
_MOST: Final = 100
"""Requests in one line that are answered one by one: the answers are longer than they."""
_ID: Final = (
    rb'"jsonrpc"\s*:\s*"2\.0"\s*,\s*"id"\s*:\s*("[^"\\\x00-\x1f\x7f-\xff]{0,100}"|-?\d{1,18})\s*'
)
_METHOD_FIRST: Final = re.compile(rb'\s*\{\s*"method"\s*:')
_ID_FIRST: Final = re.compile(rb"\s*\{\s*" + _ID + rb',\s*"method"\s*:')
_ID_LAST: Final = re.compile(_ID + rb"\}\s*\Z")
_HOW: Final = (
    'Send every message as one line of JSON: {"jsonrpc": "2.0", "id": a string or an integer, '
    '"method": a string, "params": an object}. Nothing was changed.'
)


def cut(line: bytearray) -> None:
    """Keep the two ends of a line that is too long: its id is there. It is no JSON any more."""
    line[_END:-_END] = _CUT


def answers(line: bytes) -> list[bytes]:
    """The lines that answer it: one for each request in it; none if it is itself an answer."""
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        code = INVALID_REQUEST if _is_cut(line) else PARSE_ERROR
        return [_answer(_id_in(line), code, _why_no_json(line, error))]
    if isinstance(found, list):
        batch = cast("list[object]", found)
        ids = [_id_of(each) for each in batch if isinstance(each, dict) and "method" in each]
        if len(ids) > _MOST:
            ids = [None]
        wrong = "Several messages in one line (a batch) are not understood."
        return [_answer(given, INVALID_REQUEST, wrong) for given in ids or [None]]
    if not isinstance(found, dict):
        return [_answer(None, INVALID_REQUEST, "This is JSON, but no object.")]
    message = cast("dict[str, object]", found)
    if "method" not in message and ("result" in message or "error" in message):
        return []
    given = _id_of(message) if "method" in message else None
    return [_answer(given, INVALID_REQUEST, _why_no_message(line, message))]


def _is_cut(line: bytes) -> bool:
    return len(line) == 2 * _END + 1 and line[_END : _END + 1] == _CUT


def _why_no_json(line: bytes, error: ValueError | RecursionError) -> str:
    if _is_cut(line):
        return f"This line is too long: a message has at most {limits.CALL_BYTES} bytes."
    if isinstance(error, UnicodeDecodeError):
        return "This line is no UTF-8."
    if isinstance(error, RecursionError):
        return "This line is nested too deeply."
    if isinstance(error, json.JSONDecodeError):
        return f"This line is no JSON: {error.msg}, at character {error.pos + 1}."
    return f"This line has a number of over {limits.CRITICAL_DIGITS} digits in it."


def _why_no_message(line: bytes, message: dict[str, object]) -> str:
    if message.get("jsonrpc") != "2.0":
        return '"jsonrpc" is not "2.0".'
    if not isinstance(message.get("method"), str):
        return '"method" is no string.' if "method" in message else 'There is no "method".'
    if not isinstance(message.get("params", {}), dict):
        return '"params" is no object.'
    given = message.get("id", "")
    if isinstance(given, bool) or not isinstance(given, (str, int)):
        return '"id" is neither a string nor an integer; a notification has none at all.'
    if not line.lstrip().startswith(b"{"):
        return "This line does not begin with { in UTF-8, but with a mark of its byte order."
    return "It has half of a surrogate pair in it, or is nested too deeply."


def _id_of(request: Any) -> str | float | None:
    """The id of a request as it may be given back; None if it is nothing of the kind."""
    given: object = request.get("id")
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        return None
    return given if isinstance(given, (str, int)) or isfinite(given) else None


def _id_in(line: bytes) -> str | int | None:
    """The id of a request that is no JSON, if it stands where clients write it: before the method,
    or at the end. An id elsewhere might be an argument, and answer another request."""
    found = _ID_FIRST.match(line) or (_METHOD_FIRST.match(line) and _ID_LAST.search(line))
    return json.loads(found[1]) if found else None


def _answer(given: str | float | None, code: int, wrong: str) -> bytes:
    error = {"code": code, "message": f"{wrong} {_HOW}"}
    return json.dumps({"jsonrpc": "2.0", "id": given, "error": error}).encode() + b"\n"
