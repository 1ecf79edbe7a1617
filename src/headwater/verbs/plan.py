"""Verbs that shape the plan: add, split, edit, rework, cancel."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from headwater import limits
from headwater.graph.paths import normal
from headwater.verbs.base import (
    Capabilities,
    Counter,
    Key,
    Line,
    Model,
    Name,
    OptionalKey,
    Part,
    Reply,
    Request,
    Text,
)

Estimate = Annotated[float, Field(ge=0, le=limits.ESTIMATE_MINUTES)]
Priority = Annotated[int, Field(ge=-limits.PRIORITY, le=limits.PRIORITY)]
Keys = Annotated[list[Key], Field(max_length=limits.NEEDS_PER_TASK)]


PathGlob = Annotated[Line, AfterValidator(normal)]
Paths = Annotated[list[PathGlob], Field(max_length=limits.PATHS)]
Acceptance = Annotated[list[Line], Field(max_length=limits.ACCEPTANCE_ITEMS)]
Title = Annotated[Line, Field(max_length=limits.TITLE_CHARS)]


class Contract(Model):
    """What flows over one hard edge."""

    task: Key
    """The upstream."""
    expect: Text = ""
    """What the consumer needs from it."""
    promise: Text = ""
    """What the producer delivers."""
    keys: list[Name] = Field(default=[], max_length=limits.CONTRACT_KEYS)
    """The critical keys the consumer uses; empty means all."""


def _one_each(contracts: list[Contract]) -> list[Contract]:
    if len({contract.task for contract in contracts}) < len(contracts):
        raise ValueError("two contracts with the same task; put all of it into one")
    return contracts


Contracts = Annotated[
    list[Contract], Field(max_length=limits.NEEDS_PER_TASK), AfterValidator(_one_each)
]


class Budget(Model):
    """A limit of one task. Zero means none."""

    minutes: float = Field(default=0, ge=0, le=limits.BUDGET_MINUTES)
    tokens: int = Field(default=0, ge=0, le=limits.BUDGET_TOKENS)
    usd: float = Field(default=0, ge=0, le=limits.BUDGET_USD)


class TaskSpec(Model):
    """A task to be added."""

    # They come by the thousand: an empty list by a factory is much cheaper than pydantic's copy.

    key: Key
    title: Title = ""
    spec: Text = ""
    acceptance: Acceptance = Field(default_factory=list[str])
    needs: Keys = Field(default_factory=list[str])
    """Hard upstreams: this task waits for them."""
    soft: Keys = Field(default_factory=list[str])
    """Upstreams that help if they are done, and never block."""
    candidates: Keys = Field(default_factory=list[str])
    """Upstreams that it perhaps needs: soft until edit confirms or drops them."""
    contracts: Contracts = Field(default_factory=list[Contract])
    before: Keys = Field(default_factory=list[str])
    """Existing tasks that shall need this one."""
    supersedes: OptionalKey = ""
    """A task whose consumers this one takes over."""
    priority: Priority = 0
    estimate: Estimate = 0
    """Minutes; 0 is unset."""
    capabilities: Capabilities = Field(default_factory=list[str])
    paths: Paths = Field(default_factory=list[str])
    review: bool = False
    attempts: int = Field(default=3, ge=1, le=limits.ATTEMPTS)
    budget: Budget = Budget()
    group: Name = ""


class ChildSpec(TaskSpec):
    """A task that a container is split into."""

    answers: Keys = []
    """The consumers of the container whose promises this child answers."""


class AddRequest(Request):
    verb: ClassVar[str] = "add"
    tasks: list[TaskSpec] = Field(min_length=1)
    reuse: Literal["", "exact", "normalised"] = ""
    """Finish each at once with what an accepted task delivered that asked the same, with the same
    inputs: to the letter, or but for white space."""
    session: Name = ""
    request: Name = ""


class Added(Part):
    key: str
    state: str
    reused_from: str | None = None
    """The task whose delivery it was finished with."""


class AddReply(Reply):
    tasks: list[Added]
    """At most 200 of a large batch: those that were reused first, then the first of the others."""
    edges: list[str]
    """The first 200, each as a sentence, as directions are easily reversed: "b needs a"."""
    warnings: list[str] | None = None
    unread: int | None = None
    """Notices that wait for the session that called."""
    revision: int
    next: str


class SplitRequest(Request):
    verb: ClassVar[str] = "split"
    task: Key
    into: list[ChildSpec] = Field(min_length=1)
    lease: Line = ""
    reason: Line = ""
    expect_version: Counter = 0
    session: Name = ""
    request: Name = ""


class SplitReply(Reply):
    task: str
    state: str
    children: list[Added]
    edges: list[str]
    """The first 200."""
    warnings: list[str] | None = None
    unread: int | None = None
    revision: int
    next: str


class TaskChanges(Model):
    """Fields of a task to set; what is absent stays."""

    title: Title | None = None
    spec: Text | None = None
    acceptance: Acceptance | None = None
    priority: Priority | None = None
    estimate: Estimate | None = None
    capabilities: Capabilities | None = None
    paths: Paths | None = None
    review: bool | None = None
    attempts: int | None = Field(default=None, ge=1, le=limits.ATTEMPTS)
    budget: Budget | None = None
    group: Name | None = None


class TaskAdditions(Model):
    """What is added to fields of a task, as far as it is not there already."""

    spec: Annotated[Text, AfterValidator(lambda value: value.strip("\n"))] = ""
    """A paragraph at its end."""
    acceptance: Acceptance = []
    paths: Paths = []


class EditRequest(Request):
    verb: ClassVar[str] = "edit"
    task: Key
    set: TaskChanges = TaskChanges()
    append: TaskAdditions = TaskAdditions()
    add_needs: Keys = []
    """Hard upstreams; a soft or candidate one becomes hard."""
    add_soft: Keys = []
    drop_needs: Keys = []
    """Upstreams of any kind that the task shall no longer need."""
    contracts: Contracts = []
    lease: Line = ""
    reason: Line = ""
    expect_version: Counter = 0
    session: Name = ""


class EditReply(Reply):
    task: str
    state: str
    version: int
    changed: list[str]
    edges: list[str] | None = None
    warnings: list[str] | None = None
    unread: int | None = None
    revision: int
    next: str


class ReworkRequest(Request):
    verb: ClassVar[str] = "rework"
    task: Key
    feedback: Text = Field(min_length=1)
    lease: Line = ""
    """The requester's own lease, when a worker asks an ancestor for rework. It ends with that, and
    sends more of them back as long as nobody has claimed the task again."""
    consumers: Literal["changed", "all", "none"] = "changed"
    add_needs: Keys = []
    """Hard upstreams that the new round waits for, too. It takes the right to plan."""
    reason: Line = ""
    expect_version: Counter = 0
    session: Name = ""


class ReworkReply(Reply):
    task: str
    state: str
    round: int
    waiting: list[str]
    """Consumers that wait for the new round."""
    active: list[str]
    """Consumers that are being worked on and were told."""
    done: list[str]
    """Finished consumers, looked at again when this task finishes."""
    requester: str | None = None
    taken_from: str | None = None
    """Who was working on it, or reviewing it."""
    edges: list[str] | None = None
    """What `add_needs` made it need, as sentences."""
    warnings: list[str] | None = None
    unread: int | None = None
    revision: int
    next: str


class CancelRequest(Request):
    verb: ClassVar[str] = "cancel"
    tasks: list[Key] = Field(min_length=1, max_length=limits.TASKS_PER_CALL)
    dependents: Literal["refuse", "cancel", "release"] = "refuse"
    reason: Line = ""
    expect_version: Counter = 0
    session: Name = ""


class CancelReply(Reply):
    cancelled: list[str]
    spared: list[str]
    """Finished dependents, which stay as they are."""
    released: list[str]
    """Dependents that no longer need the cancelled tasks."""
    warnings: list[str] | None = None
    unread: int | None = None
    revision: int
    next: str
