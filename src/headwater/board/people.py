"""The verbs of people and programs: whole plans, settings, and keeping the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from headwater.board.core import BoardCore, Values, given
from headwater.errors import BadRequest
from headwater.operations import (
    archive,
    archive_check,
    exporting,
    recall,
    redact,
    repairing,
    verify,
)
from headwater.operations.exporting import Outgoing
from headwater.operations.work import Work
from headwater.store.job import NoGarbageCollection
from headwater.verbs.importing import ImportedTask, ImportReply, ImportRequest, PlanField
from headwater.verbs.keeping import Archived, Repaired
from headwater.verbs.people import (
    BoardRequest,
    BudgetReply,
    BudgetRequest,
    PersonReply,
    PersonRequest,
    RedactRequest,
)

T = TypeVar("T")
_AGE_DAYS: Final = 100_000


class PeopleVerbs(BoardCore):
    """What those do who run a board."""

    def import_tasks(
        self,
        tasks: Sequence[ImportedTask | Values],
        *,
        existing: str = "refuse",
        says: Sequence[PlanField] | None = None,
        rules: str = "",
        dry_run: bool = False,
    ) -> ImportReply:
        """Add a whole plan with the states it has reached elsewhere, all or nothing.

        `existing` says what becomes of tasks that the board has: refuse, skip or update. `says`
        are the fields that the plan could fill (None: all); an update clears what it leaves empty
        of those, where it was an import that filled it. `rules` hold for all tasks; a board that
        has other rules keeps them, but on an update.
        """
        arguments = given(locals())
        with NoGarbageCollection():  # it would walk over all of a large plan, again and again
            return self.do(ImportRequest, ImportReply, arguments)

    def plan(self) -> Outgoing:
        """The board as a plan, which `import_tasks` takes, and what a plan cannot hold of it."""
        return self.store.read(lambda tx: exporting.plan_of(tx, self.id))

    def pause(self, reason: str = "") -> PersonReply:
        """Hand out no more tasks until `resume`."""
        return self.do(BoardRequest, PersonReply, {"action": "pause", "reason": reason})

    def resume(self) -> PersonReply:
        return self.do(BoardRequest, PersonReply, {"action": "resume"})

    def policy(self, **settings: float | str) -> PersonReply:
        """Read the policy, or change settings of it."""
        return self.do(BoardRequest, PersonReply, {"action": "policy", "policy": settings})

    def budget(
        self,
        group: str = "",
        *,
        minutes: float | None = None,
        tokens: int | None = None,
        usd: float | None = None,
        reason: str = "",
    ) -> BudgetReply:
        """Set limits of the board's budget pool or of a group's (0 is none), or show all pools."""
        return self.do(BudgetRequest, BudgetReply, given(locals()))

    def done(self, task: str, text: str = "") -> PersonReply:
        """I did it myself."""
        return self.do(PersonRequest, PersonReply, {"action": "done", "task": task, "text": text})

    def release(self, task: str) -> PersonReply:
        """Free a stuck holder."""
        return self.do(PersonRequest, PersonReply, {"action": "release", "task": task})

    def answer(self, task: str, text: str) -> PersonReply:
        """Answer a held task's question."""
        return self.do(PersonRequest, PersonReply, {"action": "answer", "task": task, "text": text})

    def merged(self, task: str, text: str = "") -> PersonReply:
        """The branch of an accepted task is merged (policy `release_on=merged`): it is done."""
        arguments = {"action": "merged", "task": task, "text": text}
        return self.do(PersonRequest, PersonReply, arguments)

    def redact(self, secret: str, reason: str = "") -> PersonReply:
        """Replace a secret, wherever it was written, by a tombstone."""
        self.caller.demand("admin", "redact")
        request = RedactRequest.parse({"secret": secret, "reason": reason})
        return redact.redact(self.store, request, self._settle)

    def archive(
        self,
        *,
        before: int = 0,
        older_than_days: float | None = None,
        to: str | Path | None = None,
        dry_run: bool = False,
    ) -> Archived:
        """Move old history into a file: what happened before a revision, or so many days ago.

        `older_than_days`: 0 moves all until now. `to`: the file; by default one beside the store.
        What is left is shown exactly as before.
        """
        self.caller.demand("admin", "archive")
        if (before != 0) == (older_than_days is not None):
            raise BadRequest("give either a revision or an age", next="headwater archive --help")
        if older_than_days is not None and not 0 <= older_than_days <= _AGE_DAYS:
            raise BadRequest(f"an age is 0 to {_AGE_DAYS} days", next="headwater archive --help")

        return archive.archive(
            self.store,
            self.id,
            before=before,
            older_than_days=older_than_days,
            to=Path(to) if to else None,
            dry_run=dry_run,
            settle=self._settle,
        )

    def _settle(self, change: Callable[[Work], T]) -> T:
        """The last part of what was prepared without the lock, as one operation."""
        found: list[T] = []
        self.write(lambda work: found.append(change(work)), None)
        return found[0]

    def verify(self) -> list[str]:
        """Recompute every invariant and replay the log: a sentence per problem, none if clean."""
        return self.store.read(lambda tx: verify.verify(tx, self.id))

    def verify_index(self) -> list[str]:
        """The same for what `search` looks in, which is derived and may lag behind."""
        return self.store.write(lambda tx: recall.problems(tx, self.id))

    def verify_archive(self, *files: str | Path) -> list[str]:
        """The same for archive files: their chain, and that the store goes on from their end."""
        return self.store.read(lambda tx: archive_check.check(tx, self.id, map(Path, files)))

    def repair(self) -> Repaired:
        """Rebuild from the log what `verify` finds wrong, after a backup, in one transaction.

        Raises:
            Conflict: the log itself does not allow it; nothing was changed.
        """
        self.caller.demand("admin", "repair")
        return repairing.repair(self.store, self.id, self.caller)
