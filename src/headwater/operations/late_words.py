"""Words for the next holder from one who has given the task up already.

A finish is final, and those who give a task up in a hurry forget to say where their work is. Until
somebody takes the task, the same call with notes adds them.
"""

from __future__ import annotations

from typing import Final

from headwater.graph.states import UNBEGUN, State
from headwater.operations.handoff import leave_note
from headwater.operations.leases import Lease
from headwater.operations.work import Work
from headwater.verbs.work import Finished, FinishRequest

_GIVEN_UP: Final = frozenset({"failed", "release", "handoff"})
SILENT: Final = (
    "the next holder is told nothing; the same call with notes adds them, until the task is taken"
)
_ADDED: Final = "what you say now is kept for the next holder; nothing else was changed"
_WAITING: Final = UNBEGUN | {State.HELD, State.FAILED}


def are_missing(work: Work, lease: Lease, request: FinishRequest) -> bool:
    """Does this finish give the task up without a word, and no check has left one?"""
    if request.outcome not in _GIVEN_UP or lease.attempt.kind == "review":
        return False
    said = request.notes.strip() or request.summary.strip()
    return not (said or work.text(lease.task).note)


def added(work: Work, lease: Lease, request: FinishRequest, first: Finished) -> Finished:
    """The first reply to a finish that is repeated; new words are kept as the task's note."""
    task, attempt = lease.task, lease.attempt
    words = request.notes.strip()
    if not words or request.outcome != first.outcome or first.outcome not in _GIVEN_UP:
        return first
    if attempt.kind == "review":
        return first
    if task.fence != attempt.fence or task.state not in _WAITING:
        return first
    if any(words in text for text in (attempt.reason, attempt.notes, work.text(task).note)):
        return first
    work.record("noted", task)
    leave_note(work, task, words)
    return first.model_copy(update={"warnings": [_ADDED]})
