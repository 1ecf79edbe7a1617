"""The schema: one SQLModel class per table.

Conventions: integer `*_ms` are milliseconds since the epoch, 0 means "not set"; booleans are 0 or
1; an integer reference of 0 means "none"; JSON is text that the operations encode and decode, so
that both databases hold the same bytes. `event`, `image`, `delivery` and `blob` are append-only:
triggers refuse UPDATE and DELETE, except while a redaction is under way, and but for events and
images that an archive has taken over.

Derived columns, kept true in the transaction that changes what they derive from:
`task.pending` (unfinished hard upstreams), `task.soft_pending`, `task.parts_open` (open children
of a container), `task.purse` (what a claim reserves), `task.neg_rank` (minus the longest remaining
chain, in thousandths of a minute), `task.ord` (a topological label), `task.bucket` (the ageing
bucket), `task.has_paths`, the paths of active tasks (`claimed_path`), what `pool` has reserved and
spent, and the counters of `board`. `task.blocker_id` is set as claims come upon it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, Integer, MetaData, Text, text
from sqlmodel import Field, SQLModel

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

_BIG = BigInteger().with_variant(Integer(), "sqlite")
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Ordered by code point on both databases, whatever the language of a PostgreSQL database."""

_QUEUED = "state = 'ready' AND due_ms = 0 AND blocker_id = 0"
"""In the queue: not in its backoff, and nobody in its files."""


class Table(SQLModel):
    """The base of all tables: their own metadata, with constraint names that migrations need."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


def _string(default: str = "") -> Any:
    return Field(default=default, sa_type=_TEXT, sa_column_kwargs={"server_default": default})


def _number(default: int = 0) -> Any:
    return Field(
        default=default, sa_type=_BIG, sa_column_kwargs={"server_default": text(str(default))}
    )


def _key_number() -> Any:
    return Field(sa_type=_BIG, primary_key=True, sa_column_kwargs={"autoincrement": False})


def _id() -> Any:
    return Field(default=None, sa_type=_BIG, primary_key=True)


class Meta(Table, table=True):
    """Facts of the store: its key, the newest time it has seen."""

    name: str = Field(sa_type=_TEXT, primary_key=True)
    value: str = _string()


class Board(Table, table=True):
    """One namespace of tasks. Its row is taken first by every mutation."""

    id: int | None = _id()
    name: str = Field(sa_type=_TEXT, unique=True)
    revision: int = _number()
    policy: str = _string("{}")
    paused: int = _number()
    next_ord: int = _number(1)
    last_call_ms: int = _number()
    expiry_floor_ms: int = _number()
    """No lease expires before this: set after a gap of all calls (a laptop that slept)."""
    waiting: int = _number()
    ready: int = _number()
    active: int = _number()
    review: int = _number()
    held: int = _number()
    done: int = _number()
    failed: int = _number()
    cancelled: int = _number()
    split: int = _number()
    pools: int = _number()
    """How many budget pools it has: without any, a claim reads none."""
    reuse: int = _number()
    """1 once a task was added with `reuse`: from then on fingerprints are kept."""
    created_ms: int = _number()


class Task(Table, table=True):
    id: int | None = _id()
    board_id: int = _number()
    key: str = _string()
    # what it is
    title: str = _string()
    capabilities: str = _string("[]")
    priority: int = _number()
    estimate_ms: int = _number()
    review: int = _number()
    attempts: int = _number(3)
    grouping: str = _string()
    parent_id: int = _number()
    supersedes_id: int = _number()
    superseded_by_id: int = _number()
    reuse: str = _string()
    """`exact` or `normalised`: finish it from an identical accepted task, if there is one."""
    version: int = _number(1)
    # where it stands
    state: str = _string("ready")
    gate: str = _string()
    """Why it is in review: `review`, `inputs`, or `approved` (and its inputs were reopened)."""
    round: int = _number()
    """0 until the first claim, then +1 at every rework."""
    attempt: int = _number()
    fence: int = _number()
    grip: int = _number()
    releases: int = _number()
    reworks: int = _number()
    session_id: int = _number()
    """The holder of the lease, 0 if nobody holds it."""
    lapsed_session_id: int = _number()
    """Whose lease expired while its fence is still current."""
    attempt_id: int = _number()
    """The attempt (or review) that is open, or was the last one."""
    delivery_id: int = _number()
    """The delivery that dependents read (or, in review, that waits for acceptance)."""
    lease_until_ms: int = _number()
    due_ms: int = _number()
    """Backoff: out of the queue until then."""
    handoff: str = _string()
    """The agent it is handed to; `*` is anyone."""
    consumers: str = _string("changed")
    """What happens to finished consumers when the round ends: changed, all or none."""
    progress: int = _number(-1)
    # derived
    pending: int = _number()
    soft_pending: int = _number()
    parts_open: int = _number()
    lane: str = _string()
    purse: str = _string()
    """What a claim reserves and for which group; empty without a limit and without pools."""
    bucket: int = _number()
    neg_rank: int = _number()
    ord: int = _number()
    has_paths: int = _number()
    blocker_id: int = _number()
    """The active task whose paths overlap: out of the queue until that is active no more."""
    ready_ms: int = _number()
    created_ms: int = _number()
    updated_ms: int = _number()

    __table_args__ = (
        Index("uq_task_board_id_key", "board_id", "key", unique=True),
        Index(
            "ix_task_ready",
            "board_id",
            "lane",
            "bucket",
            "neg_rank",
            "soft_pending",
            "id",
            sqlite_where=text(_QUEUED),
            postgresql_where=text(_QUEUED),
        ),
        Index(
            "ix_task_purse",
            "board_id",
            "purse",
            "lane",
            "bucket",
            "neg_rank",
            "soft_pending",
            "id",
            sqlite_where=text(f"{_QUEUED} AND purse <> ''"),
            postgresql_where=text(f"{_QUEUED} AND purse <> ''"),
        ),
        Index(
            "ix_task_due",
            "board_id",
            "due_ms",
            sqlite_where=text("due_ms > 0"),
            postgresql_where=text("due_ms > 0"),
        ),
        Index(
            "ix_task_lease",
            "board_id",
            "lease_until_ms",
            sqlite_where=text("session_id > 0"),
            postgresql_where=text("session_id > 0"),
        ),
        Index(
            "ix_task_holder",
            "session_id",
            sqlite_where=text("session_id > 0"),
            postgresql_where=text("session_id > 0"),
        ),
        Index(
            "ix_task_open_end",
            "board_id",
            "state",
            "id",
            sqlite_where=text("state IN ('active', 'review', 'held', 'failed')"),
            postgresql_where=text("state IN ('active', 'review', 'held', 'failed')"),
        ),
        Index("ix_task_board_id_ord", "board_id", "ord"),
        Index(
            "ix_task_handoff",
            "board_id",
            "handoff",
            "id",
            sqlite_where=text("handoff <> ''"),
            postgresql_where=text("handoff <> ''"),
        ),
        Index(
            "ix_task_lapsed",
            "lapsed_session_id",
            sqlite_where=text("lapsed_session_id > 0"),
            postgresql_where=text("lapsed_session_id > 0"),
        ),
        Index(
            "ix_task_blocker",
            "board_id",
            "blocker_id",
            sqlite_where=text("blocker_id > 0"),
            postgresql_where=text("blocker_id > 0"),
        ),
        Index(
            "ix_task_parent",
            "parent_id",
            sqlite_where=text("parent_id > 0"),
            postgresql_where=text("parent_id > 0"),
        ),
    )


class TaskText(Table, table=True):
    """The long texts of a task, apart from the row that every transition rewrites."""

    __tablename__ = "task_text"  # pyright: ignore[reportAssignmentType]
    task_id: int = _key_number()
    spec: str = _string()
    acceptance: str = _string("[]")
    paths: str = _string("[]")
    budget: str = _string("{}")
    feedback: str = _string("[]")
    """The feedback of the open round: a list of `{by, text, at_ms}`."""
    question: str = _string()
    note: str = _string()
    """The newest progress note, for a successor."""


class ClaimedPath(Table, table=True):
    """Where the paths of an active task lie: the directories of its globs, and all above those.

    Two globs can only meet if the directory of one is the other's or lies above it. So what may
    overlap is found by equality alone, at both ends.
    """

    __tablename__ = "claimed_path"  # pyright: ignore[reportAssignmentType]
    board_id: int = _key_number()
    directory: str = Field(sa_type=_TEXT, primary_key=True)
    """Case-folded."""
    own: int = _key_number()
    """1 for the directory of a glob, 0 for one above it."""
    task_id: int = _key_number()

    __table_args__ = (Index("ix_claimed_path_task_id", "task_id"),)


class Edge(Table, table=True):
    """`task_id` needs `upstream_id`. Kinds: hard, soft, candidate (an unconfirmed soft), part
    (a container needs its child)."""

    task_id: int = _key_number()
    upstream_id: int = _key_number()
    kind: str = _string("hard")
    expect: str = _string()
    promise: str = _string()
    keys: str = _string("[]")

    __table_args__ = (Index("ix_edge_upstream_id_task_id", "upstream_id", "task_id"),)


class Lane(Table, table=True):
    """The capability sets that occur on a board; each is a lane of the ready index."""

    board_id: int = _key_number()
    name: str = Field(sa_type=_TEXT, primary_key=True)


class Pool(Table, table=True):
    """A budget of a board (`grouping` empty) or of a group. Limits of 0 are none.

    What is reserved and spent derives from the accounts of the attempts.
    """

    id: int | None = _id()
    board_id: int = _number()
    grouping: str = _string()
    limit_ms: int = _number()
    limit_tokens: int = _number()
    limit_micro_usd: int = _number()
    spent_ms: int = _number()
    spent_tokens: int = _number()
    spent_micro_usd: int = _number()
    reserved_ms: int = _number()
    reserved_tokens: int = _number()
    reserved_micro_usd: int = _number()

    __table_args__ = (Index("uq_pool_board_id_grouping", "board_id", "grouping", unique=True),)


class RankTodo(Table, table=True):
    """Tasks whose rank is to be looked at again."""

    __tablename__ = "rank_todo"  # pyright: ignore[reportAssignmentType]
    task_id: int = _key_number()
    board_id: int = _number()
    neg_rank: int = _number()

    __table_args__ = (Index("ix_rank_todo_board_id_neg_rank", "board_id", "neg_rank"),)


class Session(Table, table=True):
    id: int | None = _id()
    board_id: int = _number()
    token: str = _string()
    credential: str = _string()
    agent: str = _string()
    capabilities: str = _string("[]")
    parent_id: int = _number()
    window_name: str = _string()
    host: str = _string()
    workspace: str = _string()
    branch: str = _string()
    head: str = _string()
    """The commit it stood on when it joined."""
    process: str = _string()
    """The host process in which it lives, where that is known (see `processes`)."""
    epoch: int = _number(1)
    """+1 whenever another window takes the session over."""
    lease_ms: int = _number()
    renewed: int = _number()
    """1 while the server that it lives in renews its leases in the background."""
    cursor: int = _number()
    """The newest notice that it is known to have received."""
    offered: int = _number()
    """The newest notice in its last reply, which may have been lost on the way."""
    avoid_until_ms: int = _number()
    created_ms: int = _number()
    seen_ms: int = _number()
    ended_ms: int = _number()

    __table_args__ = (
        Index("uq_session_token", "token", unique=True),
        Index("ix_session_board_id_credential_agent", "board_id", "credential", "agent"),
        Index(
            "ix_session_idle",
            "board_id",
            "seen_ms",
            sqlite_where=text("ended_ms = 0"),
            postgresql_where=text("ended_ms = 0"),
        ),
    )


class Avoid(Table, table=True):
    """Tasks that a session gave back and shall not be offered again for a while."""

    session_id: int = _key_number()
    task_id: int = _key_number()
    until_ms: int = _number()


class Attempt(Table, table=True):
    """One lease on a task: an attempt at its work, or a review of it."""

    id: int | None = _id()
    task_id: int = _number()
    kind: str = _string("work")
    round: int = _number()
    number: int = _number()
    fence: int = _number()
    session_id: int = _number()
    started_ms: int = _number()
    ended_ms: int = _number()
    outcome: str = _string()
    reason: str = _string()
    notes: str = _string()
    cost: str = _string("{}")
    account: str = _string()
    """What it reserved and used of which budget pools; empty without budgets."""
    delivery_id: int = _number()
    reply: str = _string()
    """The reply of the finish, for a repeated one."""

    __table_args__ = (Index("ix_attempt_task_id_fence", "task_id", "fence"),)


class Delivery(Table, table=True):
    """What an attempt produced. Append-only; whether it is accepted is the task's business."""

    id: int | None = _id()
    task_id: int = _number()
    attempt_id: int = _number()
    round: int = _number()
    salvage: int = _number()
    session_id: int = _number()
    summary: str = _string()
    critical: str = _string("{}")
    artifacts: str = _string("[]")
    delivered: str = _string("{}")
    evidence: str = _string("{}")
    notes: str = _string()
    changed: str = _string("[]")
    digests: str = _string("{}")
    """Critical key or `artifact:NAME` -> digest of its value."""
    revision: int = _number()
    created_ms: int = _number()
    reused_from_id: int = _number()
    """The task whose accepted delivery this is a copy of."""

    __table_args__ = (Index("ix_delivery_task_id_salvage", "task_id", "salvage"),)


class Fingerprint(Table, table=True):
    """What an accepted task asked for and read, as digests: for `reuse`. Not history."""

    task_id: int = _key_number()
    board_id: int = _number()
    delivery_id: int = _number()
    exact: str = _string()
    normalised: str = _string()
    promises: str = _string("[]")
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

    hash: str = Field(sa_type=_TEXT, primary_key=True)
    content: str = _string()
    size_bytes: int = _number()


class Reading(Table, table=True):
    """What a claim showed of a source: for early cutoff when that source finishes again."""

    task_id: int = _key_number()
    source_id: int = _key_number()
    round: int = _number()
    """The round of the source that was read."""
    delivery_id: int = _number()
    """What the reader was given last: by its briefing, or by a check that told it of a change."""
    shown_id: int = _number()
    """The delivery that its briefing showed."""
    digests: str = _string("{}")
    """Critical key or `artifact:NAME` -> digest of the value that it was given last."""
    soft: int = _number()
    """1 if only soft dependencies lead there: its reader is told of changes, never redone."""

    __table_args__ = (Index("ix_reading_source_id_task_id", "source_id", "task_id"),)


class Event(Table, table=True):
    """The log: one row per committed mutation, in the order of `revision`."""

    board_id: int = _key_number()
    revision: int = _key_number()
    kind: str = _string()
    task: str = _string()
    actor: str = _string()
    at_ms: int = _number()
    reason: str = _string()
    data: str = _string("{}")


class Image(Table, table=True):
    """The after-image of one aspect (`spec`, `state` or `edges`) of a task that an event changed.

    The last row at or before a revision is the task as it was then.
    """

    task_id: int = _key_number()
    aspect: str = Field(sa_type=_TEXT, primary_key=True)
    revision: int = _key_number()
    board_id: int = _number()
    image: str = _string("{}")

    __table_args__ = (Index("ix_image_board_id_revision", "board_id", "revision"),)


class Notice(Table, table=True):
    """Something addressed to a session, agent, capability, group or topic."""

    id: int | None = _id()
    board_id: int = _number()
    target: str = _string()
    kind: str = _string()
    task: str = _string()
    topic: str = _string()
    by: str = _string()
    body: str = _string()
    data: str = _string("{}")
    revision: int = _number()
    at_ms: int = _number()

    __table_args__ = (
        Index("ix_notice_board_id_target_id", "board_id", "target", "id"),
        Index("ix_notice_board_id_id", "board_id", "id"),
    )


class Archive(Table, table=True):
    """A file that old events and images were moved to; each links to the one before it."""

    board_id: int = _key_number()
    number: int = _key_number()
    file: str = _string()
    first: int = _number()
    until: int = _number()
    """The file holds the events `first` to `until`; `until` is the oldest revision still shown."""
    events: int = _number()
    images: int = _number()
    head: str = _string()
    """The hash of its last line, which the next file begins with."""
    at_ms: int = _number()


class Baseline(Table, table=True):
    """What the archived events recorded last of a row outside the task tables.

    Replay starts from it, and from the images that the archive has left in place.
    """

    board_id: int = _key_number()
    kind: str = Field(sa_type=_TEXT, primary_key=True)
    """attempt, delivery, policy or paused."""
    row_id: int = _key_number()
    digest: str = _string()
    image: str = _string()
    """Empty for a delivery: its row never changes, and the digest tells."""


class Recall(Table, table=True):
    """A text that can be searched for, and where it comes from. Derived; brought up to date by
    whoever searches. Characters of scripts without blanks are parted by U+200B."""

    id: int | None = _id()
    board_id: int = _number()
    task_id: int = _number()
    kind: str = _string()
    """spec, note, delivery, attempt or feedback."""
    source_id: int = _number()
    """The id of the delivery or attempt, the revision of the feedback."""
    round: int = _number()
    outcome: str = _string()
    by: str = _string()
    revision: int = _number()
    at_ms: int = _number()
    head: str = _string()
    body: str = _string()

    __table_args__ = (
        Index("uq_recall_task_id_kind_source_id", "task_id", "kind", "source_id", unique=True),
        Index("ix_recall_board_id_revision", "board_id", "revision"),
    )


class Recalled(Table, table=True):
    """How far a board's texts are in `recall`."""

    board_id: int = _key_number()
    revision: int = _number()
    task_id: int = _number()
    """While the whole board is being read: up to this task. -1: all tasks were."""


class Idempotency(Table, table=True):
    """Replies of calls that carried a `request`."""

    scope: str = Field(sa_type=_TEXT, primary_key=True)
    request: str = Field(sa_type=_TEXT, primary_key=True)
    arguments: str = _string()
    """Digest of the arguments, to tell a repeat from a reuse."""
    reply: str = _string()
    at_ms: int = _number()

    __table_args__ = (Index("ix_idempotency_at_ms", "at_ms"),)


class AccessToken(Table, table=True):
    """A credential for HTTP. Of the token only a digest is kept."""

    __tablename__ = "access_token"  # pyright: ignore[reportAssignmentType]
    id: int | None = _id()
    name: str = _string()
    handle: str = _string()
    """The public part of the token, by which it is found."""
    digest: str = _string()
    """SHA-256 of the whole token."""
    rights: str = _string("work")
    boards: str = _string("[]")
    """The boards it may use; empty is all."""
    created_ms: int = _number()
    expires_ms: int = _number()
    revoked_ms: int = _number()

    __table_args__ = (
        Index("uq_access_token_name", "name", unique=True),
        Index("uq_access_token_handle", "handle", unique=True),
    )


STATES = (
    "waiting",
    "ready",
    "active",
    "review",
    "held",
    "done",
    "failed",
    "cancelled",
    "split",
)
APPEND_ONLY = ("event", "image", "delivery", "blob")
