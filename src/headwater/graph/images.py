"""The visible aspects of a task: which fields the log records, and what is left out.

An aspect's after-image is a JSON object of the fields that differ from their defaults (`edges` is
a list). So an image of a fresh task is short, and old images stay readable when a field is added.
"""

from __future__ import annotations

from collections.abc import Iterable

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
    "reuse",
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
_STRINGS = frozenset(
    {"key", "title", "grouping", "spec", "state", "gate", "handoff", "question", "note", "reuse"}
)


def default_of(name: str) -> int | str:
    """What a field is when an image leaves it out."""
    if name in DEFAULTS:
        return DEFAULTS[name]
    return "" if name in _STRINGS else 0


def lane_of(capabilities: Iterable[str]) -> str:
    """The canonical name of a capability set: a lane of the queue."""
    return ",".join(sorted(set(capabilities)))
