"""What work leaves behind: attempts, deliveries, artifacts, and who read what."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from headwater.store.tables.base import TEXT, Table, integer, key_integer, row_id, text_column


class Attempt(Table, table=True):
    """One lease on a task: an attempt at its work, or a review of it."""

    id: int | None = row_id()
    task_id: int = integer()
    kind: str = text_column("work")
    round: int = integer()
    number: int = integer()
    fence: int = integer()
    session_id: int = integer()
    started_ms: int = integer()
    ended_ms: int = integer()
    outcome: str = text_column()
    reason: str = text_column()
    notes: str = text_column()
    cost: str = text_column("{}")
    account: str = text_column()
    """What it reserved and used of which budget pools; empty without budgets."""
    delivery_id: int = integer()
    reply: str = text_column()
    """The reply of the finish, for a repeated one."""

    __table_args__ = (Index("ix_attempt_task_id_fence", "task_id", "fence"),)


class Delivery(Table, table=True):
    """What an attempt produced. Append-only; whether it is accepted is the task's business."""

    id: int | None = row_id()
    task_id: int = integer()
    attempt_id: int = integer()
    round: int = integer()
    salvage: int = integer()
    session_id: int = integer()
    summary: str = text_column()
    critical: str = text_column("{}")
    artifacts: str = text_column("[]")
    delivered: str = text_column("{}")
    evidence: str = text_column("{}")
    notes: str = text_column()
    changed: str = text_column("[]")
    digests: str = text_column("{}")
    """Critical key or `artifact:NAME` -> digest of its value."""
    revision: int = integer()
    created_ms: int = integer()
    reused_from_id: int = integer()
    """The task whose accepted delivery this is a copy of."""

    __table_args__ = (Index("ix_delivery_task_id_salvage", "task_id", "salvage"),)


class Fingerprint(Table, table=True):
    """What an accepted task asked for and read, as digests: for `reuse`. Not history."""

    task_id: int = key_integer()
    board_id: int = integer()
    delivery_id: int = integer()
    exact: str = text_column()
    normalised: str = text_column()
    promises: str = text_column("[]")
    """What it owed: a list of `[consumer, expect, promise, keys]`."""

    __table_args__ = (
        Index(
            "ix_fingerprint_board_id_normalised_delivery_id",
            "board_id",
            "normalised",
            "delivery_id",
        ),
    )


class Blob(Table, table=True):
    """Artifact texts, once by content hash."""

    hash: str = Field(sa_type=TEXT, primary_key=True)
    content: str = text_column()
    size_bytes: int = integer()


class Reading(Table, table=True):
    """What a claim showed of a source: for early cutoff when that source finishes again."""

    task_id: int = key_integer()
    source_id: int = key_integer()
    round: int = integer()
    """The round of the source that was read."""
    delivery_id: int = integer()
    """What the reader was given last: by its briefing, or by a check that told it of a change."""
    shown_id: int = integer()
    """The delivery that its briefing showed."""
    digests: str = text_column("{}")
    """Critical key or `artifact:NAME` -> digest of the value that it was given last."""
    soft: int = integer()
    """1 if only soft dependencies lead there: its reader is told of changes, never redone."""

    __table_args__ = (Index("ix_reading_source_id_task_id", "source_id", "task_id"),)
