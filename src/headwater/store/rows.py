"""Rows as plain, typed, mutable records: what the operations read, change and save.

They mirror the columns of `tables` (a test proves it) without the weight of an ORM instance.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from typing import NamedTuple

from headwater.graph.states import CLOSED, STATES, State

_open_counts = attrgetter(*[state.value for state in State if state not in CLOSED])


@dataclass(slots=True)
class BoardRow:
    id: int
    name: str
    revision: int
    policy: str
    paused: int
    next_ord: int
    last_call_ms: int
    expiry_floor_ms: int
    waiting: int
    ready: int
    active: int
    review: int
    held: int
    done: int
    failed: int
    cancelled: int
    split: int
    pools: int
    reuse: int
    created_ms: int

    def counts(self) -> dict[str, int]:
        """Tasks by state, those that occur."""
        return {state: count for state in STATES if (count := getattr(self, state))}

    @property
    def unfinished(self) -> int:
        """How many tasks are neither done nor cancelled."""
        return sum(_open_counts(self))

    def total(self) -> int:
        """How many tasks there are."""
        return sum(self.counts().values())


@dataclass(slots=True)
class TaskRow:
    id: int
    board_id: int
    key: str
    title: str
    capabilities: str
    priority: int
    estimate_ms: int
    review: int
    attempts: int
    grouping: str
    parent_id: int
    supersedes_id: int
    superseded_by_id: int
    reuse: str
    version: int
    state: str
    gate: str
    round: int
    attempt: int
    fence: int
    grip: int
    releases: int
    reworks: int
    session_id: int
    lapsed_session_id: int
    attempt_id: int
    delivery_id: int
    lease_until_ms: int
    due_ms: int
    handoff: str
    consumers: str
    progress: int
    pending: int
    soft_pending: int
    parts_open: int
    lane: str
    purse: str
    bucket: int
    neg_rank: int
    ord: int
    has_paths: int
    blocker_id: int
    ready_ms: int
    created_ms: int
    updated_ms: int


@dataclass(slots=True)
class TextRow:
    task_id: int
    spec: str = ""
    acceptance: str = "[]"
    paths: str = "[]"
    budget: str = "{}"
    feedback: str = "[]"
    question: str = ""
    note: str = ""


class EdgeRow(NamedTuple):
    task_id: int
    upstream_id: int
    kind: str
    expect: str
    promise: str
    keys: str


@dataclass(slots=True)
class SessionRow:
    id: int
    board_id: int
    token: str
    credential: str
    agent: str
    capabilities: str
    parent_id: int
    window_name: str
    host: str
    workspace: str
    branch: str
    head: str
    process: str
    epoch: int
    lease_ms: int
    renewed: int
    cursor: int
    offered: int
    avoid_until_ms: int
    created_ms: int
    seen_ms: int
    ended_ms: int

    @property
    def label(self) -> str:
        """How others see this session: the agent's name and a number, never the token."""
        return f"{self.agent}/{self.id}"


@dataclass(slots=True)
class PoolRow:
    id: int
    board_id: int
    grouping: str
    limit_ms: int
    limit_tokens: int
    limit_micro_usd: int
    spent_ms: int
    spent_tokens: int
    spent_micro_usd: int
    reserved_ms: int
    reserved_tokens: int
    reserved_micro_usd: int


@dataclass(slots=True)
class AttemptRow:
    id: int
    task_id: int
    kind: str
    round: int
    number: int
    fence: int
    session_id: int
    started_ms: int
    ended_ms: int
    outcome: str
    reason: str
    notes: str
    cost: str
    account: str
    delivery_id: int
    reply: str


@dataclass(slots=True)
class DeliveryRow:
    id: int
    task_id: int
    attempt_id: int
    round: int
    salvage: int
    session_id: int
    summary: str
    critical: str
    artifacts: str
    delivered: str
    evidence: str
    notes: str
    changed: str
    digests: str
    revision: int
    created_ms: int
    reused_from_id: int = 0


class NoticeRow(NamedTuple):
    id: int
    target: str
    kind: str
    task: str
    topic: str
    by: str
    body: str
    data: str


class AccessRow(NamedTuple):
    id: int
    name: str
    handle: str
    digest: str
    rights: str
    boards: str
    created_ms: int
    expires_ms: int
    revoked_ms: int


class EventRow(NamedTuple):
    board_id: int
    revision: int
    kind: str
    task: str
    actor: str
    at_ms: int
    reason: str
    data: str


class ImageRow(NamedTuple):
    task_id: int
    aspect: str
    revision: int
    board_id: int
    image: str


class SpecRow(NamedTuple):
    """What a task asked for, and who changed it; without what an archive has taken away."""

    image: str
    revision: int
    actor: str
    reason: str
    at_ms: int


class RecallRow(NamedTuple):
    id: int
    board_id: int
    task_id: int
    kind: str
    source_id: int
    round: int
    outcome: str
    by: str
    revision: int
    at_ms: int
    head: str
    body: str


class ArchiveRow(NamedTuple):
    board_id: int
    number: int
    file: str
    first: int
    until: int
    events: int
    images: int
    head: str
    at_ms: int


class BaselineRow(NamedTuple):
    board_id: int
    kind: str
    row_id: int
    digest: str
    image: str


@cache
def column_names(row: type) -> tuple[str, ...]:
    """The columns of a row class, in order."""
    named: tuple[str, ...] | None = getattr(row, "_fields", None)
    return named if named is not None else tuple(field.name for field in fields(row))
