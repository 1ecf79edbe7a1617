"""The graph: tasks, their texts, what needs what, and what is derived for the queue."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field

from headwater.store.queries.build import OPEN_END
from headwater.store.tables.base import (
    QUEUED,
    TEXT,
    Table,
    integer,
    key_integer,
    row_id,
    text_column,
)


class Task(Table, table=True):
    id: int | None = row_id()
    board_id: int = integer()
    key: str = text_column()
    # what it is
    title: str = text_column()
    capabilities: str = text_column("[]")
    priority: int = integer()
    estimate_ms: int = integer()
    review: int = integer()
    attempts: int = integer(3)
    grouping: str = text_column()
    parent_id: int = integer()
    supersedes_id: int = integer()
    superseded_by_id: int = integer()
    reuse: str = text_column()
    """`exact` or `normalised`: finish it from an identical accepted task, if there is one."""
    version: int = integer(1)
    # where it stands
    state: str = text_column("ready")
    gate: str = text_column()
    """Why it is in review: `review`, `inputs`, `approved` (and its inputs were reopened), `merge`;
    or `changed` on an active task whose holder must still be told of a changed input."""
    round: int = integer()
    """0 until the first claim, then +1 at every rework."""
    attempt: int = integer()
    fence: int = integer()
    grip: int = integer()
    releases: int = integer()
    reworks: int = integer()
    session_id: int = integer()
    """The holder of the lease, 0 if nobody holds it."""
    lapsed_session_id: int = integer()
    """Whose lease expired while its fence is still current."""
    attempt_id: int = integer()
    """The attempt (or review) that is open, or was the last one."""
    delivery_id: int = integer()
    """The delivery that dependents read (or, in review, that waits for acceptance)."""
    lease_until_ms: int = integer()
    due_ms: int = integer()
    """Backoff: out of the queue until then."""
    handoff: str = text_column()
    """The agent it is handed to; `*` is anyone."""
    consumers: str = text_column("changed")
    """What happens to finished consumers when the round ends: changed, all or none."""
    progress: int = integer(-1)
    # derived
    pending: int = integer()
    soft_pending: int = integer()
    parts_open: int = integer()
    lane: str = text_column()
    purse: str = text_column()
    """What a claim reserves and for which group; empty without a limit and without pools."""
    bucket: int = integer()
    neg_rank: int = integer()
    ord: int = integer()
    has_paths: int = integer()
    blocker_id: int = integer()
    """The active task whose paths overlap: out of the queue until that is active no more."""
    ready_ms: int = integer()
    created_ms: int = integer()
    updated_ms: int = integer()

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
            sqlite_where=text(QUEUED),
            postgresql_where=text(QUEUED),
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
            sqlite_where=text(f"{QUEUED} AND purse <> ''"),
            postgresql_where=text(f"{QUEUED} AND purse <> ''"),
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
            sqlite_where=text(OPEN_END),
            postgresql_where=text(OPEN_END),
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
    task_id: int = key_integer()
    spec: str = text_column()
    acceptance: str = text_column("[]")
    paths: str = text_column("[]")
    budget: str = text_column("{}")
    feedback: str = text_column("[]")
    """The feedback of the open round: a list of `{by, text, at_ms, inputs}`."""
    question: str = text_column()
    note: str = text_column()
    """The newest progress note, for a successor."""


class ClaimedPath(Table, table=True):
    """Where the paths of an active task lie: the directories of its globs, and all above those.

    Two globs can only meet if the directory of one is the other's or lies above it. So what may
    overlap is found by equality alone, at both ends.
    """

    __tablename__ = "claimed_path"  # pyright: ignore[reportAssignmentType]
    board_id: int = key_integer()
    directory: str = Field(sa_type=TEXT, primary_key=True)
    """Case-folded."""
    own: int = key_integer()
    """1 for the directory of a glob, 0 for one above it."""
    task_id: int = key_integer()

    __table_args__ = (Index("ix_claimed_path_task_id", "task_id"),)


class Edge(Table, table=True):
    """`task_id` needs `upstream_id`. Kinds: hard, soft, candidate (an unconfirmed soft), part
    (a container needs its child), answers (a consumer hears from the child that answers it)."""

    task_id: int = key_integer()
    upstream_id: int = key_integer()
    kind: str = text_column("hard")
    expect: str = text_column()
    promise: str = text_column()
    keys: str = text_column("[]")

    __table_args__ = (Index("ix_edge_upstream_id_task_id", "upstream_id", "task_id"),)


class Lane(Table, table=True):
    """The capability sets that occur on a board; each is a lane of the ready index."""

    board_id: int = key_integer()
    name: str = Field(sa_type=TEXT, primary_key=True)


class Pool(Table, table=True):
    """A budget of a board (`grouping` empty) or of a group. Limits of 0 are none.

    What is reserved and spent derives from the accounts of the attempts.
    """

    id: int | None = row_id()
    board_id: int = integer()
    grouping: str = text_column()
    limit_ms: int = integer()
    limit_tokens: int = integer()
    limit_micro_usd: int = integer()
    spent_ms: int = integer()
    spent_tokens: int = integer()
    spent_micro_usd: int = integer()
    reserved_ms: int = integer()
    reserved_tokens: int = integer()
    reserved_micro_usd: int = integer()

    __table_args__ = (Index("uq_pool_board_id_grouping", "board_id", "grouping", unique=True),)


class RankTodo(Table, table=True):
    """Tasks whose rank is to be looked at again."""

    __tablename__ = "rank_todo"  # pyright: ignore[reportAssignmentType]
    task_id: int = key_integer()
    board_id: int = integer()
    neg_rank: int = integer()

    __table_args__ = (Index("ix_rank_todo_board_id_neg_rank", "board_id", "neg_rank"),)
