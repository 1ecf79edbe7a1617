"""How an attempt of a run ends: what its agent said becomes a delivery, a question or a failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from headwater import limits
from headwater.committed import with_objects
from headwater.errors import BadRequest, Conflict, HeadwaterError, StaleLease, StoreError
from headwater.graph.briefing import cut, size_bytes
from headwater.graph.gates import Gate
from headwater.graph.states import State
from headwater.operations.work import Work
from headwater.runner import for_review, result
from headwater.runner.crew import Crew
from headwater.runner.events import Event, Kind
from headwater.runner.machine import MachineFault, why_of
from headwater.runner.traces import traces
from headwater.runner.workspace import BaseGone
from headwater.store.rows import DeliveryRow
from headwater.verbs.look import TaskReply
from headwater.verbs.work import Finished
from headwater.worker.job import Delivery, Job
from headwater.worker.watch import read

_REASON_CHARS: Final = 1_500
_UNDONE: Final[Mapping[str, Kind]] = {
    "failed": "failed",
    "blocked": "blocked",
    "release": "released",
    "handoff": "handed_on",
}


def unreviewed(work: Work, task: str) -> DeliveryRow | None:
    """What a task has delivered, if no reviewer has taken it yet."""
    row = work.task(task)
    waits = row.state == State.REVIEW and row.gate == Gate.REVIEW and not row.session_id
    return work.delivery(row.delivery_id) if waits else None


class Ending:
    """Ends the attempts of one worker."""

    def __init__(self, crew: Crew, worker: str) -> None:
        self.crew = crew
        self.worker = worker

    def demand_at_fault(self, error: HeadwaterError | OSError | None = None) -> None:
        """Raises what ended an attempt, or what is behind it, if no task is to blame for it."""
        if isinstance(error, MachineFault | BaseGone) or (
            isinstance(error, StoreError) and error.retryable
        ):
            raise error
        self.crew.machine.demand_innocent(error)

    def conclude(self, job: Job, shown: TaskReply, code: int, log: Path) -> None:
        """End the attempt by what the command said, whose exit code and log these are."""
        task = shown.key
        if shown.review and (made := self._delivered_itself(task)):
            notes = self._for_its_reviewer(shown, made.notes)
            self.end(job, task, lambda: job.finish("amend", notes=notes), log=log, code=code)
            return
        said = result.tail(log)
        if code:
            self.demand_at_fault()
            reason = f"exit code {code}: {said.strip()[-_REASON_CHARS:]}"
            self.end(job, task, lambda: job.fail(reason), log=log, code=code)
            return
        try:
            found = result.from_file(log.with_name("result.json"))
        except BadRequest as error:
            self.demand_at_fault()
            self.fail(job, task, why_of(error), log=log, code=code)
            return
        repository = self.crew.workspace.repository
        found = found or result.from_output(said) or self._unsaid(task, said)
        given = with_objects(found.request, repository.root).model_dump(
            include=set(Delivery.__annotations__), exclude_defaults=True, mode="json"
        )
        if shown.review and found.outcome == "done":
            given["notes"] = self._for_its_reviewer(shown, found.request.notes)
        self.end(
            job,
            task,
            lambda: job.finish(found.outcome, **Delivery(**given)),
            said=found.said,
            log=log,
            code=code,
        )

    def _delivered_itself(self, task: str) -> DeliveryRow | None:
        """What the agent has delivered by a call of its own, which counts, if it waits for a
        reviewer."""
        board = self.crew.board
        return self.crew.patiently(lambda: read(board, lambda work: unreviewed(work, task)))

    def _for_its_reviewer(self, shown: TaskReply, notes: str) -> str:
        """The notes, and before them where the work is: who reviews it stands beside the run."""
        place = for_review.note(self.crew.workspace, shown)
        return f"{place}\n\n{cut(notes, limits.TEXT_BYTES - size_bytes(place))}".strip()

    def _unsaid(self, task: str, output: str) -> result.Result:
        """The result of a command that ended well without a word on it."""
        workspace, branch = self.crew.workspace, self.crew.workspace.places.branch(task)
        found = result.plain(output, traces(workspace.repository, workspace.base, branch, task))
        now: TaskReply = self.crew.patiently(lambda: self.crew.board.graph(view="task", task=task))
        has_reported = now.state != "active"  # by a call of its own, which counts
        return replace(found, said="") if has_reported else found

    def fail(
        self, job: Job, task: str, reason: str, *, log: Path | None = None, code: int | None = None
    ) -> None:
        """End it as failed."""
        self.end(job, task, lambda: job.fail(reason), reason=reason, log=log, code=code)

    def end(
        self,
        job: Job,
        task: str,
        end: Callable[[], Finished],
        *,
        reason: str = "",
        said: str = "",
        log: Path | None = None,
        code: int | None = None,
    ) -> None:
        """End the attempt; the agent may have done so itself, then its own word counts. `reason` is
        why it fails, where its output does not say so; `said` is for the person who watches."""
        try:
            try:
                reply = self.crew.patiently(end)
            except StaleLease:
                raise
            except Conflict as refusal:  # a promise or an acceptance item is unanswered
                reason = why = why_of(refusal)
                reply = self.crew.patiently(lambda: job.fail(why))
        except StaleLease as lost:
            self.crew.emit(Event("lost", task, self.worker, text=lost.message))
            return
        kind = _UNDONE.get(reply.outcome)
        path = str(log) if log else ""
        if kind == "failed":
            why = reason or (result.tail(log, _REASON_CHARS) if log else "")
            failed = Event("failed", task, self.worker, text=why, log=path, code=code)
            self.crew.emit(replace(failed.of_attempt(job.briefing), again_s=reply.retry_in_s))
            if reply.state == "failed":
                self.crew.emit(Event("exhausted", task))
        elif kind == "blocked":
            self.crew.emit(Event("blocked", task, self.worker, said=said, log=path))
        elif kind:
            self.crew.emit(Event(kind, task, self.worker, log=path))
        else:
            done = Event("finished", task, self.worker, text=reply.state, said=said, log=path)
            self.crew.emit(replace(done, review=job.briefing.review))
