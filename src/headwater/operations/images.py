"""The visible aspects of a task as they go into the log: what `graph(at=)` and replay read.

Which fields there are, and their defaults, is said in `headwater.graph.images`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from headwater.graph.images import DEFAULTS, SPEC_FIELDS, SPEC_TEXTS, STATE_FIELDS, TALK_TEXTS
from headwater.store.rows import EdgeRow, TaskRow, TextRow

_MISSING = ("", 0)
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def compact(value: Any) -> str:
    """JSON as Headwater stores and sends it."""
    return _ENCODE(value)


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
