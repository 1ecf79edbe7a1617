"""Every error Headwater raises, in one tree.

    HeadwaterError
    ├── BadRequest            the call itself is wrong; nothing was changed
    │   ├── UnknownTask       no such task on this board
    │   ├── UnknownSession    no such session for this caller
    │   ├── DuplicateKey      a task of that key exists already
    │   ├── Cycle             the edges would close a circle (it is named)
    │   ├── LimitExceeded     a size or count is over its limit
    │   ├── Archived          that part of the history was moved to a file
    │   ├── RequestReused     the idempotency key was used with other arguments
    │   └── BadPlan           a plan file cannot be read; every problem is listed
    ├── Conflict              the call is well formed, the board's state refuses it
    │   ├── WrongState        the task is in a state that does not allow this
    │   ├── VersionConflict   the task changed since `expect_version`
    │   ├── TaskHeld          another session holds the task
    │   ├── PathsBusy         an active task owns paths that overlap (policy paths=refuse)
    │   ├── AlreadyHolding    this session holds a lease already
    │   ├── MissingPromises   a contracted promise or key is unanswered
    │   ├── MissingEvidence   an acceptance item has no evidence, and the policy asks for it
    │   ├── OverBudget        what the task would reserve does not fit its budget
    │   ├── OpenDependents    unfinished tasks depend on it
    │   ├── SessionElsewhere  the session is alive in another window
    │   ├── WrongPlace        the session stands in another workspace or on another branch
    │   └── StaleLease        the lease is no longer current
    ├── Forbidden             the credential does not carry that right
    └── StoreError            the store cannot serve this now
        ├── StoreBusy         another process held the store too long; retry
        ├── StoreUnavailable  the database server cannot be reached; retry
        │   └── StoreRefused  it can, but lets nobody in under this name; correct the URL
        ├── DiskFull          no room left; free some, then retry
        ├── StoreCorrupt      the file is damaged; restore or repair
        └── StoreMismatch     the store's schema is another version's

A message says what is wrong; `state` adds the present facts; `next` names the call to make.
An error never carries text that an agent wrote.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

Fact: TypeAlias = (
    str | int | float | bool | list[str] | list[dict[str, str]] | dict[str, str | int | float]
)


def counted(number: int, thing: str) -> str:
    """1 task, 2 tasks."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


_WORD = re.compile(r"[A-Za-z0-9_.\[\]-]{1,100}\Z")
_ALIKE = 0.7


def is_word(name: str) -> bool:
    """May an error repeat that name, which somebody made up? One word that reads as nothing else
    may; what could be a sentence could be read as Headwater's own."""
    return _WORD.match(name) is not None


def in_a_hint(name: str, otherwise: str) -> str:
    """Somebody's name, or NAME/NUMBER, as a hint may say it; `otherwise` if that could be read as
    a sentence of Headwater's own."""
    return name if is_word(name.replace("/", "-")) else otherwise


def in_a_list(names: Iterable[str], otherwise: str) -> str:
    """The same of several; `otherwise` stands once for all that it stands for."""
    return ", ".join(dict.fromkeys(in_a_hint(name, otherwise) for name in names))


def guess(wrong: Iterable[str], known: Collection[str]) -> str:
    """The end of a sentence about misspelt names: which of the known ones may have been meant.
    Empty if none is like them."""
    from difflib import get_close_matches

    found = (get_close_matches(name, known, n=1, cutoff=_ALIKE) for name in wrong)
    meant = dict.fromkeys(name for close in found for name in close)
    return f"; did you mean {', '.join(meant)}?" if meant else ""


class HeadwaterError(Exception):
    """Something Headwater refused or could not do."""

    code = "error"
    retryable = False

    def __init__(
        self,
        message: str = "",
        *,
        next: str = "",
        state: Mapping[str, Fact] | None = None,
        keeps_changes: bool = False,
    ) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.next = next
        self.state: dict[str, Fact] = dict(state or {})
        self.keeps_changes = keeps_changes
        """True when what the operation wrote before it raised is to be committed (salvage)."""
        super().__init__(self.message)

    def as_dict(self) -> dict[str, Fact]:
        """The error as it travels to a client: code, sentence, facts, next call."""
        reply: dict[str, Fact] = {"code": self.code, "error": self.message}
        reply.update(self.state)
        if self.retryable:
            reply["retryable"] = True
        if self.next:
            reply["next"] = self.next
        return reply


class BadRequest(HeadwaterError):
    """The call is malformed."""

    code = "bad_request"


class UnknownTask(BadRequest):
    """There is no such task on this board."""

    code = "unknown_task"


class UnknownSession(BadRequest):
    """There is no such session for this caller."""

    code = "unknown_session"


class DuplicateKey(BadRequest):
    """A task of that key exists already."""

    code = "duplicate_key"


class Cycle(BadRequest):
    """The edges would close a circle."""

    code = "cycle"


class LimitExceeded(BadRequest):
    """A size or count is over its limit."""

    code = "limit_exceeded"


class Archived(BadRequest):
    """That part of the history was moved to a file."""

    code = "archived"


class RequestReused(BadRequest):
    """The `request` key was used before with other arguments."""

    code = "request_reused"


class BadPlan(BadRequest):
    """The plan file cannot be imported."""

    code = "bad_plan"


class Conflict(HeadwaterError):
    """The state of the board refuses the call."""

    code = "conflict"


class WrongState(Conflict):
    """The task is in a state that does not allow this."""

    code = "wrong_state"


class VersionConflict(Conflict):
    """The task changed since the version you expect."""

    code = "version_conflict"


class TaskHeld(Conflict):
    """Another session holds the task."""

    code = "task_held"


class PathsBusy(Conflict):
    """An active task owns paths that overlap."""

    code = "paths_busy"


class AlreadyHolding(Conflict):
    """This session holds a lease already."""

    code = "already_holding"


class MissingPromises(Conflict):
    """A contracted promise is unanswered, or a contracted key not delivered."""

    code = "missing_promises"


class MissingEvidence(Conflict):
    """An acceptance item has no evidence."""

    code = "missing_evidence"


class OverBudget(Conflict):
    """What the task would reserve does not fit its budget."""

    code = "over_budget"


class OpenDependents(Conflict):
    """Unfinished tasks depend on it."""

    code = "open_dependents"


class SessionElsewhere(Conflict):
    """The session is alive in another window."""

    code = "session_elsewhere"


class WrongPlace(Conflict):
    """The session stands in another workspace or on another branch than the board wants."""

    code = "wrong_place"


class StaleLease(Conflict):
    """The lease is no longer current."""

    code = "stale_lease"


class Forbidden(HeadwaterError):
    """The credential does not carry that right."""

    code = "forbidden"


class StoreError(HeadwaterError):
    """The store cannot serve this now."""

    code = "store_error"


class StoreBusy(StoreError):
    """Another process held the store too long."""

    code = "store_busy"
    retryable = True


class StoreUnavailable(StoreError):
    """The database server cannot be reached now."""

    code = "store_unavailable"
    retryable = True


class StoreRefused(StoreUnavailable):
    """The database server does not let this user in, or has no such database."""

    code = "store_refused"
    retryable = False


class DiskFull(StoreError):
    """There is no room left on the disk of the store."""

    code = "disk_full"
    retryable = True


class StoreCorrupt(StoreError):
    """The store's file is damaged."""

    code = "store_corrupt"


class StoreMismatch(StoreError):
    """The store's schema is another version's."""

    code = "store_mismatch"
