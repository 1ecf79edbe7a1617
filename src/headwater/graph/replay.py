"""Replay: from the log to what it says of tasks, edges, other rows and the board.

An event carries the after-images of what it changed: of tasks as images by aspect, of rows of
other tables in its data. So the newest image wins, a state at any revision is the replay of the
events up to it, and an event kind that this code does not know is no obstacle.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from headwater.graph.images import DEFAULTS, TaskImage

HARD: Final = "hard"
Values: TypeAlias = dict[str, int | str]
_ADDED_TO_ATTEMPTS: Final[Values] = {"account": ""}
_ADDED_TO_DELIVERIES: Final[Values] = {"reused_from_id": 0}
"""What images of version 0.1.0 leave out, and what its rows were given for it."""


class Need(NamedTuple):
    """An edge as the log has it: what a task needs, and the contract."""

    upstream_id: int
    kind: str = HARD
    expect: str = ""
    promise: str = ""
    keys: str = "[]"


class Record(NamedTuple):
    """The after-image of a row outside the task tables; `values` is None where it was dropped."""

    table: Literal["attempt", "delivery", "policy", "paused", "pool"]
    id: int
    values: Values | None


@dataclass(slots=True)
class Settings:
    """What the log says of the board itself."""

    policy: Values = field(default_factory=dict[str, int | str])
    paused: int = 0
    pools: dict[int, Values] = field(default_factory=dict[int, Values])
    """The limits of the budget pools, by id."""


def task_of(task_id: int, aspects: Mapping[str, str]) -> TaskImage:
    """A task from its newest images by aspect. Fields that this code does not know are skipped."""
    values: Values = {}
    for aspect in ("spec", "state", "talk"):
        image = aspects.get(aspect)
        if image:
            values.update(json.loads(image))
    known = {name: value for name, value in values.items() if name in DEFAULTS}
    return TaskImage(task_id, **known)  # pyright: ignore[reportArgumentType]


def needs_of(image: str) -> tuple[Need, ...]:
    """A task's edges from their image, which may be missing."""
    return tuple(Need(*edge[:5]) for edge in json.loads(image)) if image else ()


def records(data: str) -> Iterator[Record]:
    """The after-images of rows in an event's data, in the order in which they apply."""
    if data in ("", "{}"):
        return
    found = json.loads(data)
    for image in (*_listed(found, "attempt"), *_listed(found, "attempts")):
        yield Record("attempt", int(image["id"]), _ADDED_TO_ATTEMPTS | image)
    for image in (*_listed(found, "delivery"), *_listed(found, "deliveries")):
        yield Record("delivery", int(image["id"]), _ADDED_TO_DELIVERIES | image)
    if "dropped_attempt" in found:
        dropped: int | Values = found["dropped_attempt"]
        yield Record("attempt", int(dropped["id"]) if isinstance(dropped, dict) else dropped, None)
    if "policy" in found:
        policy = found["policy"]
        yield Record("policy", 0, json.loads(policy) if isinstance(policy, str) else policy)
    if "paused" in found:
        yield Record("paused", 0, {"paused": int(found["paused"])})
    for image in _listed(found, "pool"):
        yield Record("pool", int(image["id"]), image)


def _listed(found: dict[str, list[Values] | Values], name: str) -> list[Values]:
    value = found.get(name)
    if not value:
        return []
    return value if isinstance(value, list) else [value]


def apply(settings: Settings, record: Record) -> None:
    """Carry one record into the settings; attempts and deliveries are none."""
    match record:
        case Record("policy", _, values) if values is not None:
            settings.policy = values
        case Record("paused", _, values) if values is not None:
            settings.paused = int(values["paused"])
        case Record("pool", found, values) if values is not None:
            settings.pools[found] = values
        case _:
            pass
