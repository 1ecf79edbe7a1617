"""The visible aspects of a task as they go into the log: what `graph(at=)` and replay read.

Defaults are left out, so an image of a fresh task is short and old images stay readable when a
field is added.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from headwater.store.rows import EdgeRow, TaskRow, TextRow

SPEC_FIELDS = (
    "key",
    "title",
    "capabilities",
    "priority",
    "estimate_ms",
    "review",
    "attempts",
    "grouping",
    "parent_id",
    "supersedes_id",
    "superseded_by_id",
)
SPEC_TEXTS = ("spec", "acceptance", "paths", "budget")
STATE_FIELDS = (
    "version",
    "state",
    "gate",
    "round",
    "attempt",
    "fence",
    "grip",
    "releases",
    "reworks",
    "session_id",
    "lapsed_session_id",
    "attempt_id",
    "delivery_id",
    "due_ms",
    "handoff",
    "consumers",
    "progress",
    "ready_ms",
)
TALK_TEXTS = ("feedback", "question", "note")

DEFAULTS: dict[str, int | str] = {
    "capabilities": "[]",
    "acceptance": "[]",
    "paths": "[]",
    "budget": "{}",
    "feedback": "[]",
    "attempts": 3,
    "version": 1,
    "consumers": "changed",
    "progress": -1,
}
_MISSING = ("", 0)


def compact(value: Any) -> str:
    """JSON as Headwater stores and sends it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _image(row: object, names: Iterable[str], into: dict[str, Any]) -> dict[str, Any]:
    for name in names:
        value = getattr(row, name)
        default = DEFAULTS.get(name)
        if value != default and (default is not None or value not in _MISSING):
            into[name] = value
    return into


def spec_image(task: TaskRow, text: TextRow) -> str:
    return compact(_image(text, SPEC_TEXTS, _image(task, SPEC_FIELDS, {})))


def state_image(task: TaskRow) -> str:
    return compact(_image(task, STATE_FIELDS, {}))


def talk_image(text: TextRow) -> str:
    return compact(_image(text, TALK_TEXTS, {}))


def edges_image(edges: Iterable[EdgeRow]) -> str:
    return compact([[e.upstream_id, e.kind, e.expect, e.promise, e.keys] for e in edges])


def default_of(name: str) -> int | str:
    """What a field is when an image leaves it out."""
    if name in DEFAULTS:
        return DEFAULTS[name]
    return "" if name in _STRINGS else 0


_STRINGS = frozenset(
    {"key", "title", "grouping", "spec", "state", "gate", "handoff", "question", "note"}
)
