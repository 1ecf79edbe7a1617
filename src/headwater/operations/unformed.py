"""Replies that are formed after their transaction.

Whatever a reply says is read and written inside, but to form it takes time, and others wait for
the lock. So an operation may answer with one that is unformed; whoever ran it forms it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from headwater.store.rows import TaskRow
from headwater.verbs.base import Reply
from headwater.verbs.work import Briefing

R_co = TypeVar("R_co", bound=Reply, covariant=True)


@dataclass(slots=True)
class Unformed(Generic[R_co]):
    """A reply to come."""

    reply: Callable[[], R_co]
    """Forms it. Reads nothing any more: the transaction may be over."""


@dataclass(slots=True)
class Claimed(Unformed[Briefing]):
    """What a claim found."""

    task: TaskRow | None = None
    """None: there was nothing."""
    fresh: bool = False
    """False if the session held it before."""


Answer: TypeAlias = Reply | Unformed[Reply]


def formed(answer: Answer) -> Reply:
    """The reply itself."""
    return answer.reply() if isinstance(answer, Unformed) else answer
