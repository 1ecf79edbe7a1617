"""Replay: from the log to a snapshot of the board, and what can be derived from a snapshot.

An event carries the after-images of what it changed: of tasks as images by aspect, of rows of
other tables in its data. So the newest image wins, a state at any revision is the replay of the
events up to it, and an event kind that this code does not know is no obstacle.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

from headwater.graph.cycles import find_cycle
from headwater.graph.images import lane_of
from headwater.graph.states import CLOSED, UNBEGUN, State, opened

HARD: Final = "hard"
SOFT: Final = frozenset({"soft", "candidate"})
Values: TypeAlias = dict[str, int | str]


class Event(Protocol):
    """What replay reads of an event."""

    @property
    def revision(self) -> int: ...
    @property
    def data(self) -> str: ...


class Image(Protocol):
    """What replay reads of an after-image."""

    @property
    def task_id(self) -> int: ...
    @property
    def aspect(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def image(self) -> str: ...


@dataclass(slots=True)
class TaskImage:
    """A task as the log has it. The defaults are those of `headwater.graph.images`."""

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


_TASK_FIELDS = frozenset(one.name for one in fields(TaskImage)) - {"id"}


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
class Snapshot:
    """A board as the log has it."""

    revision: int = 0
    tasks: dict[int, TaskImage] = field(default_factory=dict[int, TaskImage])
    edges: dict[int, tuple[Need, ...]] = field(default_factory=dict[int, tuple[Need, ...]])
    attempts: dict[int, Values] = field(default_factory=dict[int, Values])
    deliveries: dict[int, Values] = field(default_factory=dict[int, Values])
    policy: Values = field(default_factory=dict[str, int | str])
    paused: int = 0
    pools: dict[int, Values] = field(default_factory=dict[int, Values])
    """The limits of the budget pools, by id."""


def replay(events: Iterable[Event], images: Iterable[Image]) -> Snapshot:
    """Fold a log into a snapshot. Both streams are in the order of their revisions.

    Images newer than the last event are left out: cut the events to see the past.
    """
    snapshot = Snapshot()
    newest: dict[int, dict[str, str]] = {}
    rest = iter(images)
    image = next(rest, None)
    for event in events:
        snapshot.revision = event.revision
        for record in records(event.data):
            apply(snapshot, record)
        while image is not None and image.revision <= event.revision:
            newest.setdefault(image.task_id, {})[image.aspect] = image.image
            image = next(rest, None)
    for task_id, aspects in newest.items():
        snapshot.tasks[task_id] = task_of(task_id, aspects)
        snapshot.edges[task_id] = needs_of(aspects.get("edges", ""))
    return snapshot


def task_of(task_id: int, aspects: Mapping[str, str]) -> TaskImage:
    """A task from its newest images by aspect. Fields that this code does not know are skipped."""
    values: Values = {}
    for aspect in ("spec", "state", "talk"):
        image = aspects.get(aspect)
        if image:
            values.update(json.loads(image))
    known = {name: value for name, value in values.items() if name in _TASK_FIELDS}
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
        yield Record("attempt", int(image["id"]), image)
    for image in (*_listed(found, "delivery"), *_listed(found, "deliveries")):
        yield Record("delivery", int(image["id"]), image)
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


def apply(snapshot: Snapshot, record: Record) -> None:
    """Carry one record into a snapshot."""
    match record:
        case Record("attempt", found, None):
            snapshot.attempts.pop(found, None)
        case Record("attempt", found, values) if values is not None:
            snapshot.attempts[found] = values
        case Record("delivery", found, values) if values is not None:
            snapshot.deliveries[found] = values
        case Record("policy", _, values) if values is not None:
            snapshot.policy = values
        case Record("paused", _, values) if values is not None:
            snapshot.paused = int(values["paused"])
        case Record("pool", found, values) if values is not None:
            snapshot.pools[found] = values
        case _:
            pass


@dataclass(slots=True)
class Derived:
    """What follows from a snapshot; the tables keep the same figures up to date in place."""

    pending: dict[int, int] = field(default_factory=dict[int, int])
    """Unfinished hard upstreams, by task id."""
    soft_pending: dict[int, int] = field(default_factory=dict[int, int])
    parts_open: dict[int, int] = field(default_factory=dict[int, int])
    lanes: dict[int, str] = field(default_factory=dict[int, str])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    """Tasks by state."""
    cycle: list[str] | None = None
    """A circle in the edges, by key."""
    misplaced: list[str] = field(default_factory=list[str])
    """Keys of tasks that have not begun and are `ready` or `waiting` against their `pending`."""


def derive(snapshot: Snapshot) -> Derived:
    """Compute what the tables only count."""
    result = Derived()
    for task_id, task in snapshot.tasks.items():
        unfinished = [need for need in snapshot.edges[task_id] if not _done(snapshot, need)]
        pending = sum(1 for need in unfinished if need.kind == HARD)
        result.pending[task_id] = pending
        result.soft_pending[task_id] = sum(1 for need in unfinished if need.kind in SOFT)
        result.parts_open.setdefault(task_id, 0)
        result.lanes[task_id] = lane_of(json.loads(task.capabilities))
        result.counts[task.state] = result.counts.get(task.state, 0) + 1
        if task.parent_id and task.state not in CLOSED:
            result.parts_open[task.parent_id] = result.parts_open.get(task.parent_id, 0) + 1
        if task.state in UNBEGUN and task.state != opened(pending):
            result.misplaced.append(task.key)
    result.cycle = find_cycle(
        (task.key, _key(snapshot, need.upstream_id))
        for task_id, task in snapshot.tasks.items()
        for need in snapshot.edges[task_id]
    )
    return result


def _done(snapshot: Snapshot, need: Need) -> bool:
    upstream = snapshot.tasks.get(need.upstream_id)
    return upstream is not None and upstream.state == State.DONE


def _key(snapshot: Snapshot, task_id: int) -> str:
    task = snapshot.tasks.get(task_id)
    return task.key if task else f"?{task_id}"
