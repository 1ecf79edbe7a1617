"""Verbs of people, from the command line and from programs: they are no tools."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, JsonValue

from headwater import limits
from headwater.verbs.base import (
    Key,
    Line,
    Name,
    Part,
    Reply,
    Request,
    Text,
)


class PersonRequest(Request):
    """What people do from the command line to one task: done, release, answer, merged."""

    verb: ClassVar[str] = "person"
    action: Literal["done", "release", "answer", "merged"]
    task: Key
    text: Text = ""


class BoardRequest(Request):
    """What people do to a whole board: pause, resume, policy."""

    verb: ClassVar[str] = "board"
    action: Literal["pause", "resume", "policy"]
    reason: Line = ""
    policy: dict[str, JsonValue] = {}


class RedactRequest(Request):
    """Replace a secret, wherever it was written, by a tombstone."""

    verb: ClassVar[str] = "redact"
    secret: str = Field(min_length=4, max_length=limits.TEXT_BYTES)
    reason: Line = ""


class PersonReply(Reply):
    task: str | None = None
    state: str | None = None
    unblocked: list[str] | None = None
    changed: int | None = None
    policy: dict[str, JsonValue] | None = None
    warnings: list[str] | None = None
    revision: int
    next: str


class BudgetRequest(Request):
    """Set the limits of a budget pool, or with none of them only look. Zero is no limit."""

    verb: ClassVar[str] = "budget"
    group: Name = ""
    """The group whose pool it is; empty is the board's."""
    minutes: float | None = Field(default=None, ge=0, le=limits.BUDGET_MINUTES)
    tokens: int | None = Field(default=None, ge=0, le=limits.BUDGET_TOKENS)
    usd: float | None = Field(default=None, ge=0, le=limits.BUDGET_USD)
    reason: Line = ""


class BudgetPool(Part):
    """A pool. The figures are by unit: minutes, tokens, usd; a unit that is 0 is left out."""

    group: str | None = None
    """Whose it is; absent for the board's."""
    limit: dict[str, int | float]
    spent: dict[str, int | float]
    reserved: dict[str, int | float]


class BudgetReply(Reply):
    pools: list[BudgetPool]
    revision: int
    next: str
