"""The visible aspects of a task: which fields the log records, and what is left out.

An aspect's after-image is a JSON object of the fields that differ from their defaults (`edges` is
a list). So an image of a fresh task is short, and old images stay readable when a field is added.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

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
REQUESTED = {"estimate_ms": "estimate", "grouping": "group"}
"""What requests and replies call a field, where it is stored under another name."""
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


@dataclass(slots=True)
class TaskImage:
    """A task as the log has it; a field that its images leave out is as it is here."""

    id: int
    key: str = ""
    title: str = ""
    capabilities: str = "[]"
    priority: int = 0
    estimate_ms: int = 0
    review: int = 0
    attempts: int = 3
    grouping: str = ""
    parent_id: int = 0
    supersedes_id: int = 0
    superseded_by_id: int = 0
    reuse: str = ""
    spec: str = ""
    acceptance: str = "[]"
    paths: str = "[]"
    budget: str = "{}"
    version: int = 1
    state: str = ""
    gate: str = ""
    round: int = 0
    attempt: int = 0
    fence: int = 0
    grip: int = 0
    releases: int = 0
    reworks: int = 0
    session_id: int = 0
    lapsed_session_id: int = 0
    attempt_id: int = 0
    delivery_id: int = 0
    due_ms: int = 0
    handoff: str = ""
    consumers: str = "changed"
    progress: int = -1
    ready_ms: int = 0
    feedback: str = "[]"
    question: str = ""
    note: str = ""


DEFAULTS: dict[str, int | str] = {
    name: value for name, value in asdict(TaskImage(id=0)).items() if name != "id"
}


def lane_of(capabilities: Iterable[str]) -> str:
    """The canonical name of a capability set: a lane of the queue."""
    return ",".join(sorted(set(capabilities)))
