"""The store itself and what belongs to no task: boards, credentials, repeated calls."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from headwater.store.tables.base import TEXT, Table, integer, row_id, text_column


class Meta(Table, table=True):
    """Facts of the store: its key, the newest time it has seen."""

    name: str = Field(sa_type=TEXT, primary_key=True)
    value: str = text_column()


class Board(Table, table=True):
    """One namespace of tasks. Its row is taken first by every mutation."""

    id: int | None = row_id()
    name: str = Field(sa_type=TEXT, unique=True)
    revision: int = integer()
    policy: str = text_column("{}")
    paused: int = integer()
    next_ord: int = integer(1)
    last_call_ms: int = integer()
    expiry_floor_ms: int = integer()
    """No lease expires before this: set after a gap of all calls (a laptop that slept)."""
    waiting: int = integer()
    ready: int = integer()
    active: int = integer()
    review: int = integer()
    held: int = integer()
    done: int = integer()
    failed: int = integer()
    cancelled: int = integer()
    split: int = integer()
    pools: int = integer()
    """How many budget pools it has: without any, a claim reads none."""
    reuse: int = integer()
    """1 once a task was added with `reuse`: from then on fingerprints are kept."""
    created_ms: int = integer()


class AccessToken(Table, table=True):
    """A credential for HTTP. Of the token only a digest is kept."""

    __tablename__ = "access_token"  # pyright: ignore[reportAssignmentType]
    id: int | None = row_id()
    name: str = text_column()
    handle: str = text_column()
    """The public part of the token, by which it is found."""
    digest: str = text_column()
    """SHA-256 of the whole token."""
    rights: str = text_column("work")
    boards: str = text_column("[]")
    """The boards it may use; empty is all."""
    created_ms: int = integer()
    expires_ms: int = integer()
    revoked_ms: int = integer()

    __table_args__ = (
        Index("uq_access_token_name", "name", unique=True),
        Index("uq_access_token_handle", "handle", unique=True),
    )


class Idempotency(Table, table=True):
    """Replies of calls that carried a `request`."""

    scope: str = Field(sa_type=TEXT, primary_key=True)
    request: str = Field(sa_type=TEXT, primary_key=True)
    arguments: str = text_column()
    """Digest of the arguments, to tell a repeat from a reuse."""
    reply: str = text_column()
    at_ms: int = integer()

    __table_args__ = (Index("ix_idempotency_at_ms", "at_ms"),)
