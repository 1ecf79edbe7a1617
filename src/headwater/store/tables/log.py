"""The log, where it was cut off, and the index of what it says."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from headwater.store.tables.base import TEXT, Table, integer, key_integer, row_id, text_column


class Event(Table, table=True):
    """The log: one row per committed mutation, in the order of `revision`."""

    board_id: int = key_integer()
    revision: int = key_integer()
    kind: str = text_column()
    task: str = text_column()
    actor: str = text_column()
    at_ms: int = integer()
    reason: str = text_column()
    data: str = text_column("{}")


class Image(Table, table=True):
    """The after-image of one aspect (`spec`, `state`, `edges`, `talk`) of a task that an event
    changed.

    The last row at or before a revision is the task as it was then.
    """

    task_id: int = key_integer()
    aspect: str = Field(sa_type=TEXT, primary_key=True)
    revision: int = key_integer()
    board_id: int = integer()
    image: str = text_column("{}")

    __table_args__ = (Index("ix_image_board_id_revision", "board_id", "revision"),)


class Archive(Table, table=True):
    """A file that old events and images were moved to; each links to the one before it."""

    board_id: int = key_integer()
    number: int = key_integer()
    file: str = text_column()
    first: int = integer()
    until: int = integer()
    """The file holds the events `first` to `until`; `until` is the oldest revision still shown."""
    events: int = integer()
    images: int = integer()
    head: str = text_column()
    """The hash of its last line, which the next file begins with."""
    at_ms: int = integer()


class Baseline(Table, table=True):
    """What the archived events recorded last of a row outside the task tables.

    Replay starts from it, and from the images that the archive has left in place.
    """

    board_id: int = key_integer()
    kind: str = Field(sa_type=TEXT, primary_key=True)
    """attempt, delivery, policy, paused or pool."""
    row_id: int = key_integer()
    digest: str = text_column()
    image: str = text_column()
    """Empty for a delivery: its row never changes, and the digest tells."""


class Recall(Table, table=True):
    """A text that can be searched for, and where it comes from. Derived; brought up to date by
    whoever searches. Characters of scripts without blanks are parted by U+200B."""

    id: int | None = row_id()
    board_id: int = integer()
    task_id: int = integer()
    kind: str = text_column()
    """spec, note, delivery, attempt or feedback."""
    source_id: int = integer()
    """The id of the delivery or attempt, the revision of the feedback."""
    round: int = integer()
    outcome: str = text_column()
    by: str = text_column()
    revision: int = integer()
    at_ms: int = integer()
    head: str = text_column()
    body: str = text_column()

    __table_args__ = (
        Index("uq_recall_task_id_kind_source_id", "task_id", "kind", "source_id", unique=True),
        Index("ix_recall_board_id_revision", "board_id", "revision"),
    )


class Recalled(Table, table=True):
    """How far a board's texts are in `recall`."""

    board_id: int = key_integer()
    revision: int = integer()
    task_id: int = integer()
    """While the whole board is being read: up to this task. -1: all tasks were."""
