"""The schema: one SQLModel class per table.

Conventions: integer `*_ms` are milliseconds since the epoch, 0 means "not set"; booleans are 0 or
1; an integer reference of 0 means "none"; JSON is text that the operations encode and decode, so
that both databases hold the same bytes. `event`, `image`, `delivery` and `blob` are append-only:
triggers refuse UPDATE and DELETE, except while a redaction is under way, and but for events and
images that an archive has taken over.

Derived columns, kept true in the transaction that changes what they derive from:
`task.pending` (unfinished hard upstreams), `task.soft_pending`, `task.parts_open` (open children
of a container), `task.purse` (what a claim reserves), `task.neg_rank` (minus the longest remaining
chain, in milliseconds), `task.ord` (a topological label), `task.bucket` (the ageing
bucket), `task.has_paths`, the paths of active tasks (`claimed_path`), what `pool` has reserved and
spent, and the counters of `board`. `task.blocker_id` is set as claims come upon it.
"""

from __future__ import annotations

from headwater.store.tables.base import NAMING_CONVENTION, Table
from headwater.store.tables.log import Archive, Baseline, Event, Image, Recall, Recalled
from headwater.store.tables.plan import ClaimedPath, Edge, Lane, Pool, RankTodo, Task, TaskText
from headwater.store.tables.products import Attempt, Blob, Delivery, Fingerprint, Reading
from headwater.store.tables.stores import AccessToken, Board, Idempotency, Meta
from headwater.store.tables.workers import Avoid, Notice, Session

__all__ = [
    "APPEND_ONLY",
    "NAMING_CONVENTION",
    "AccessToken",
    "Archive",
    "Attempt",
    "Avoid",
    "Baseline",
    "Blob",
    "Board",
    "ClaimedPath",
    "Delivery",
    "Edge",
    "Event",
    "Fingerprint",
    "Idempotency",
    "Image",
    "Lane",
    "Meta",
    "Notice",
    "Pool",
    "RankTodo",
    "Reading",
    "Recall",
    "Recalled",
    "Session",
    "Table",
    "Task",
    "TaskText",
]

APPEND_ONLY = ("event", "image", "delivery", "blob")
