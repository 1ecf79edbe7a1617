"""The eleven tools: a face for each verb, and nothing that depends on the board.

Names, descriptions and schemas are constants of the code. Nothing stored can reach them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from headwater.server.schema import Schema, compact_schema
from headwater.verbs.base import Request
from headwater.verbs.look import GraphRequest
from headwater.verbs.plan import (
    AddRequest,
    CancelRequest,
    EditRequest,
    ReworkRequest,
    SplitRequest,
)
from headwater.verbs.sessions import JoinRequest
from headwater.verbs.work import CheckRequest, ClaimRequest, FinishRequest, TellRequest

_CONTRACT: Final = "{task, expect, promise, keys}"
_TASK_HINTS: Final = {
    "key": "slug",
    "needs": "upstream keys that must be done first",
    "soft": "upstreams that help, never block",
    "candidates": "perhaps needed: soft until edit(add_needs) confirms",
    "contracts": "per need: what you expect of it, what it promises",
    "before": "existing tasks that shall need this one",
    "supersedes": "take over this task's consumers",
    "estimate": "minutes",
    "priority": "higher is sooner",
    "paths": "files it will touch: dir/**, dir/*.py",
    "review": "finish needs approval",
    "capabilities": "required of the worker",
}


@dataclass(frozen=True, slots=True)
class ToolFace:
    """How a verb looks as a tool."""

    request: type[Request]
    description: str
    read_only: bool = False
    destructive: bool = False
    idempotent: bool = False
    """True if a repetition of the same call has no further effect."""
    hints: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def name(self) -> str:
        return self.request.verb

    def schema(self) -> Schema:
        return compact_schema(self.request, self.hints)

    def annotations(self) -> dict[str, bool]:
        """The hints, without those that are the protocol's defaults."""
        hints = {"openWorldHint": False}
        if self.read_only:
            return {"readOnlyHint": True, **hints}
        if not self.destructive:
            hints = {"destructiveHint": False, **hints}
        if self.idempotent:
            hints = {"idempotentHint": True, **hints}
        return hints


FACES: Final = (
    ToolFace(
        JoinRequest,
        "Open your session, or resume one (session=...) after a restart or compaction. "
        "Returns session, leases you hold, notices.",
        hints={
            "agent": "your name",
            "capabilities": "what you can do",
            "window": "tells your windows apart",
            "workspace": "directory you work in",
            "take": "take over a session alive elsewhere",
        },
    ),
    ToolFace(
        AddRequest,
        "Add tasks atomically; they may need each other and existing tasks. "
        "Replies with each edge as a sentence: check its direction.",
        hints={f"tasks.{name}": text for name, text in _TASK_HINTS.items()}
        | {"request": "idempotency key"},
    ),
    ToolFace(
        SplitRequest,
        "Replace a task by children; it is done when they are. An active task is split only by "
        "its holder, with lease.",
        hints={
            "into": "{key, needs (siblings or others) ...} as in add, and answers: the consumers "
            "whose promise this child keeps",
        },
    ),
    ToolFace(
        EditRequest,
        "Change fields, edges or contracts of a task.",
        idempotent=True,
        hints={
            "set": "{title, spec, acceptance, priority, estimate, capabilities, paths, review, "
            "attempts, budget, group}: only what changes",
            "append": "{spec, acceptance, paths}: adds to what is there",
            "contracts": _CONTRACT,
            "drop_needs": "of any kind",
        },
    ),
    ToolFace(
        ReworkRequest,
        "Send a task back with feedback: a new round of a done, failed, held or cancelled task, "
        "or rejection of one in review; takes an active one from its holder. Also answers a held "
        "task's question.",
        hints={
            "lease": "yours, if an upstream of your task is wrong: your task then waits for it",
            "consumers": "which finished consumers to look at again",
            "add_needs": "what the new round waits for, too",
        },
    ),
    ToolFace(
        CancelRequest,
        "Cancel tasks; says what to do with unfinished dependents.",
        destructive=True,
        idempotent=True,
    ),
    ToolFace(
        ClaimRequest,
        "Take the next task with all its context and a lease, or `none` with reasons. "
        "Only all_done means stop.",
        hints={
            "task": "a certain task",
            "kind": "review: also beside your work",
            "wait": "seconds to wait for work or notices, max 45",
            "take_over": "take it from its holder: planners, or if it went silent",
            "request": "idempotency key",
        },
    ),
    ToolFace(
        CheckRequest,
        "Renew your lease, keep a progress note, learn of cancellations, changed inputs and "
        "notices.",
        hints={
            "note": "kept for whoever continues",
            "progress": "percent",
            "cost": "{tokens, usd} so far",
            "wait": "seconds to wait for notices, max 45",
            "seen": "newest notice id you have; newer ones come at once",
            "leave": "end the session, free its leases",
        },
    ),
    ToolFace(
        FinishRequest,
        "End your attempt or review. done must answer every promise in `owes`. amend corrects "
        "what nobody read yet.",
        idempotent=True,
        hints={
            "summary": "for downstream agents",
            "critical": "key-values that others rely on, first the keys in `owes`; a later round "
            "keeps the others",
            "artifacts": "each with text, path (and commit: BRANCH@COMMIT) or uri",
            "delivered": 'consumer key -> what it gets from you; "same" as before',
            "changed": "on rework: consumers whose text really changed",
            "evidence": "for done: acceptance item or its number (from 1) -> proof",
            "notes": "reason, unless done; a review's proof",
            "to": "agent, for handoff",
            "claim_next": "also claim the next task",
        },
    ),
    ToolFace(
        GraphRequest,
        "Read the board: tasks, one task whole, critical path, why nothing moves, agents, events, "
        "search in past results, changes since a revision, deliveries and commits, a picture.",
        read_only=True,
        idempotent=True,
        hints={
            "artifact": "its name; needs task",
            "query": "for search",
            "at": "a past revision",
            "since": "revision, for history, diff, deliveries",
            "wait": "seconds to wait for anything after since, max 45",
        },
    ),
    ToolFace(
        TellRequest,
        "Send a message: news, a question, an answer.",
        hints={
            "to": "agent:NAME, workers, workers:CAPABILITY, reviewers, reviewers:CAPABILITY, "
            "planners, all; or give topic. rules: added to every briefing from now on; "
            "rules:new replaces them",
            "session": "yours: it signs",
        },
    ),
)
"""In the order in which they are listed."""

BY_NAME: Final = {face.name: face for face in FACES}


@cache
def listing() -> tuple[dict[str, Any], ...]:
    """The `tools` array of `tools/list` in wire form. Do not change it."""
    return tuple(
        {
            "name": face.name,
            "description": face.description,
            "inputSchema": face.schema(),
            "annotations": face.annotations(),
        }
        for face in FACES
    )
