"""The verb that takes a whole plan at once. Only programs and people import."""

from __future__ import annotations

from functools import cache
from typing import ClassVar, Literal, get_args

from pydantic import Field, JsonValue

from headwater import limits
from headwater.verbs.base import Content, CriticalValues, Key, Name, Part, Reply, Request, Text
from headwater.verbs.plan import TaskSpec
from headwater.verbs.work import Artifact


class ImportedTask(TaskSpec):
    """A task of a plan that was begun elsewhere, with the state it has reached there.

    Whether an `open` task is ready or waiting follows from its upstreams. What it delivered is
    that of a done task, and is shown to the tasks that need it.
    """

    state: Literal["open", "done", "held", "failed", "cancelled"] = "open"
    summary: Text = ""
    critical: CriticalValues = Field(default_factory=dict[str, JsonValue])
    artifacts: list[Artifact] = Field(default_factory=list[Artifact], max_length=limits.ARTIFACTS)
    delivered: dict[Key, Text] = Field(default_factory=dict[str, str])
    """Consumer key -> what it delivered to it."""
    evidence: dict[Content, Text] = Field(
        default_factory=dict[str, str], max_length=limits.ACCEPTANCE_ITEMS
    )
    notes: Text = ""
    """What earlier workers wrote down: shown to the next one."""

    @classmethod
    @cache
    def default_of(cls, name: str) -> object:
        """What a field is when a plan leaves it out."""
        return cls.model_fields[name].get_default(call_default_factory=True)

    @property
    def upstreams(self) -> set[str]:
        """What must be done first."""
        return {*self.needs, *(contract.task for contract in self.contracts)}

    @property
    def has_delivered(self) -> bool:
        return bool(
            self.summary or self.critical or self.artifacts or self.delivered or self.evidence
        )


PlanField = Literal[
    "title", "spec", "acceptance", "priority", "estimate", "capabilities", "paths", "review",
    "attempts", "budget", "group", "contracts",
]  # fmt: skip
"""What a plan may say of a task, beside its key, needs and progress."""


class ImportRequest(Request):
    """Many tasks at once, all or nothing."""

    verb: ClassVar[str] = "import"
    tasks: list[ImportedTask] = Field(min_length=1, max_length=limits.TASKS_PER_IMPORT)
    existing: Literal["refuse", "skip", "update"] = "refuse"
    """What to do about a key that the board has: refuse the whole import, leave that task as it
    is, or change it to what the plan says as far as `edit` could."""
    says: list[PlanField] = list(get_args(PlanField))
    """Fields that the plan's format has a place for. On an update one of these that the plan leaves
    empty is cleared, if it was an import that filled it."""
    rules: Text = ""
    """What holds for all tasks. A board that has other rules keeps them, but on an update."""
    dry_run: bool = False
    """Check everything, change nothing."""
    session: Name = ""
    request: Name = ""


class Left(Part):
    """Something that the plan says differently and that was left as it is on the board."""

    task: str
    field: str
    why: str


class ImportReply(Reply):
    added: int
    skipped: int
    """Tasks whose keys the board has already, and that were left as they are."""
    updated: list[str] | None = None
    """Tasks that the board had, and that were changed."""
    cleared: dict[str, list[str]] | None = None
    """Field -> tasks whose field the plan does not fill any more."""
    left: list[Left] | None = None
    absent: list[str] | None = None
    """Open tasks that came with the same import, and that the plan does not have any more: they
    stay as they are."""
    rules: Literal["set", "kept"] | None = None
    """What became of the plan's rules, if the board did not have the same: they are its own now, or
    it keeps those that it has."""
    edges: int
    states: dict[str, int]
    """How many of the added tasks are in each state."""
    dry_run: bool | None = None
    warnings: list[str] | None = None
    revision: int
    next: str
