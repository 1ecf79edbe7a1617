"""Turning options into the arguments of a request."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from headwater import limits
from headwater.errors import BadRequest, LimitExceeded


def known_lease(task: str = "") -> str:
    """The lease that `headwater run` tells its agents; empty if it is not on `task`."""
    lease = os.environ.get("HEADWATER_LEASE", "").strip()
    return lease if lease.partition("#")[0] == task or not task else ""


def names(values: Iterable[str]) -> list[str]:
    """A repeated option whose values may also be joined by commas: `--needs a,b --needs c`."""
    return [part for value in values for part in (p.strip() for p in value.split(",")) if part]


def pairs(values: Iterable[str], option: str) -> dict[str, str]:
    """A repeated option of the form `NAME=TEXT`.

    Raises:
        BadRequest: for a value without `=`.
    """
    found: dict[str, str] = {}
    for value in values:
        name, sign, text = value.partition("=")
        if not sign or not name:
            raise BadRequest(f"{option} takes NAME=TEXT", next=f"for instance {option} design=...")
        found[name] = text
    return found


def json_pairs(values: Iterable[str], option: str) -> dict[str, Any]:
    """Like `pairs`, with each text read as JSON where it is JSON: `port=8080` is a number. A value
    may also be a whole object, as the tool takes it: `{"port": 8080}`."""
    found: dict[str, Any] = {}
    for value in values:
        whole = _json_or_text(value)
        if isinstance(whole, dict):
            found |= cast("dict[str, Any]", whole)
        else:
            found |= {name: _json_or_text(text) for name, text in pairs([value], option).items()}
    return found


def contracts(expect: Iterable[str], promise: Iterable[str]) -> list[dict[str, Any]]:
    """`--expect UPSTREAM=TEXT` and `--promise UPSTREAM=TEXT` as contracts, one per upstream."""
    expected = pairs(expect, "--expect")
    promised = pairs(promise, "--promise")
    return [
        {"task": key, "expect": expected.get(key, ""), "promise": promised.get(key, "")}
        for key in {**expected, **promised}
    ]


def given(**values: Any) -> dict[str, Any]:
    """Only the arguments that were given: what is absent keeps the request's own default."""
    return {
        name: value
        for name, value in values.items()
        if value is not False and value not in (None, "", [], {})
    }


def read_text(path: str) -> str:
    """A file's text, or standard input's for `-`.

    Raises:
        BadRequest: it cannot be read, or is no text.
    """
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(f"{path} is no text in UTF-8", next="save it as UTF-8") from error


def read_bytes(path: str) -> bytes:
    """A file's content, or standard input's for `-`. Raises BadRequest if it cannot be read."""
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise BadRequest(f"{path} cannot be read: {error.strerror}", next="check the path") from (
            error
        )


def read_tasks(path: str) -> list[Any]:
    """The list of tasks in a JSON file: a list, or an object with `tasks`.

    Raises:
        BadRequest: it is neither.
        LimitExceeded: more than one call takes.
    """
    try:
        document: object = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        where = ""
        if isinstance(error, json.JSONDecodeError):
            where = f" at line {error.lineno}, column {error.colno}"
        raise BadRequest(f"{path}: not JSON{where}", next="a list of tasks is expected") from error
    if isinstance(document, dict):
        document = cast("dict[str, object]", document).get("tasks")
    if not isinstance(document, list):
        raise BadRequest(f"{path}: a list of tasks is expected", next='[{"key": "design", ...}]')
    tasks = cast("list[Any]", document)
    if len(tasks) > limits.TASKS_PER_CALL:
        raise LimitExceeded(
            f"{path}: {len(tasks)} tasks; one call takes {limits.TASKS_PER_CALL}",
            next="use `headwater import` for large plans",
        )
    return tasks


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
