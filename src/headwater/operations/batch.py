"""Checking many new tasks at once: what add, split and import share.

All or nothing. References may point forwards inside the batch, and every problem of a kind is
reported at once. What passes is written by `insertion.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from headwater import limits
from headwater.errors import BadRequest, DuplicateKey, LimitExceeded, UnknownTask, guess
from headwater.operations import standing
from headwater.operations.draft import Draft, Needs, NewTask, drafted
from headwater.operations.near import keys_near
from headwater.operations.work import Work
from headwater.store.rows import TaskRow
from headwater.verbs.plan import TaskSpec

_SHOWN = 20
_GUESSED = 3


@dataclass(slots=True)
class Known:
    """A task that a batch refers to: an old one, or one of the batch."""

    id: int
    ord: int
    state: str
    neg_rank: int
    is_new: bool = False


@dataclass(slots=True)
class Batch:
    """New tasks on their way into the store."""

    draft: Draft
    known: dict[str, Known] = field(default_factory=dict[str, Known])
    rows: dict[str, TaskRow] = field(default_factory=dict[str, TaskRow])
    """Of the new tasks, in topological order, once they are inserted."""
    warnings: list[str] = field(default_factory=list[str])

    @property
    def specs(self) -> Sequence[TaskSpec]:
        return self.draft.specs

    @property
    def tasks(self) -> dict[str, NewTask]:
        return self.draft.tasks

    @property
    def needs(self) -> dict[str, Needs]:
        """task -> upstream -> kind and contract, over edges whose task is new."""
        return self.draft.needs

    @property
    def sequence(self) -> list[str]:
        """Keys in topological order."""
        return self.draft.sequence


def prepare(work: Work, draft: Draft, *, most: int) -> Batch:
    """Check a batch against itself and the board, reporting every problem of a kind at once.

    Raises:
        LimitExceeded, DuplicateKey, UnknownTask, BadRequest, Cycle: nothing was changed.
    """
    _demand_room(work, len(draft.specs), most)
    batch = Batch(draft)
    _resolve(work, batch)
    _demand_apart(draft)
    if batch.draft.refusal is not None:
        raise batch.draft.refusal
    return batch


def _demand_room(work: Work, count: int, most: int) -> None:
    if count > most:
        raise LimitExceeded(
            f"{count} tasks in one call; the limit is {most}",
            next="send several calls, upstreams first",
        )
    if work.board.total() + count > limits.TASKS_PER_BOARD:
        raise LimitExceeded(f"a board holds at most {limits.TASKS_PER_BOARD} tasks")


def demand_once(draft: Draft) -> None:
    """Refuse a key that stands for two tasks of one call."""
    twice = sorted(set(draft.doubled))[:_SHOWN]
    if twice:
        raise DuplicateKey(
            f"these keys stand twice in this call: {', '.join(twice)}; nothing was added",
            state={"keys": twice},
            next="give each task a key of its own",
        )


def _resolve(work: Work, batch: Batch) -> None:
    draft = batch.draft
    new = draft.tasks
    found, instead = standing.places(work, list(dict.fromkeys([*new, *draft.mentioned])))
    batch.known = {key: Known(*place) for key, place in found.items()}
    demand_once(draft)
    taken = sorted(key for key in new if key in batch.known)
    if taken:
        raise DuplicateKey(
            f"these keys exist already on this board: {', '.join(taken[:_SHOWN])}; "
            "nothing was added",
            state={"keys": taken[:_SHOWN]},
            next="edit(task, ...) changes a task; choose other keys for new ones",
        )
    unknown = sorted(key for key in draft.mentioned if key not in batch.known and key not in new)
    if unknown:
        shown = unknown[:_SHOWN]
        few = unknown[:_GUESSED]
        meant = guess(few, [*new, *keys_near(work.tx, work.board.id, few)])
        raise UnknownTask(
            f"no tasks named {', '.join(shown)} on this board or in this call; "
            f"nothing was added{meant}",
            state={"unknown": shown},
            next="add them first or in the same call",
        )
    if instead:
        specs = [standing.redirected(spec, instead) for spec in draft.specs]
        batch.draft = drafted(specs, draft.reuse)
        batch.warnings = standing.said(instead)


def _demand_apart(draft: Draft) -> None:
    for spec in draft.specs:
        if spec.supersedes in draft.tasks:
            raise BadRequest(
                f"{spec.key} cannot supersede {spec.supersedes}, which is in the same call",
                next="supersede a task that is on the board",
            )
