"""One worker of a run: claims, runs the command in the task's worktree, and ends the attempt."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from headwater.errors import Conflict, HeadwaterError, StoreError
from headwater.runner import conflicts, foreword, given, result, reviewing
from headwater.runner.agent import Agent
from headwater.runner.beside import OWN_EDIT
from headwater.runner.commits import MergeConflict
from headwater.runner.crew import HALTING, Crew
from headwater.runner.ending import Ending
from headwater.runner.events import Event
from headwater.runner.locks import FileLock, taken
from headwater.runner.machine import why_halted, why_of
from headwater.runner.merging import in_state
from headwater.runner.places import PREFIX, conclude
from headwater.runner.workspace import KEPT, WORK, Begun, Unresolved
from headwater.verbs.look import GraphReply, TaskReply
from headwater.verbs.sessions import Notice
from headwater.verbs.work import Nothing
from headwater.worker.job import Job, claim

_WAIT_S: Final = 1.0
"""How long one claim waits; between two of them the worker looks whether it shall stop."""


class Worker:
    """Works until nothing more can be done. `wanted` picks the tasks of its stream; None is any."""

    def __init__(
        self,
        crew: Crew,
        name: str,
        session: str,
        wanted: Callable[[Sequence[str]], list[str]] | None = None,
    ) -> None:
        self.crew = crew
        self.name = name
        self.session = session
        self.wanted = wanted
        if wanted is not None:
            crew.found_nothing[name] = -1
        self._told: list[Notice] = []
        """For the next agent: what its worker was told since the last."""
        self._heard = 0
        """The newest notice that the worker has had."""
        self._agent: Agent | None = None
        self._starting = threading.Lock()
        self.ending = Ending(crew, name)

    def run(self) -> None:
        """Work, task by task."""
        try:
            self._run()
        finally:
            self.crew.found_nothing.pop(self.name, None)

    def _run(self) -> None:
        wait_s = 0.0
        while not self.crew.is_over:
            job = self.crew.patiently(lambda wait_s=wait_s: self._next(wait_s))
            self._hear(job.briefing.notices)
            self.crew.paused = job.none is not None and job.none.reason == "paused"
            if job.none is not None:
                none = job.none
                if self.crew.patiently(lambda none=none: self._is_over(none)):
                    return
                wait_s = _WAIT_S
                continue
            try:
                self._attempt(job)
            finally:
                job.close()
            wait_s = 0.0

    def stop(self) -> None:
        """End the command that runs now, if one does."""
        with self._starting:
            if self._agent is not None:
                self._agent.stop()

    # -- claiming ------------------------------------------------------------------------------

    def _next(self, wait_s: float) -> Job:
        """What to do next, when all that is accepted is merged."""
        self.crew.merger.merge_all()
        return self._claim(wait_s)

    def _claim(self, wait_s: float) -> Job:
        """The next task, of its own stream if it has one."""
        if self.wanted is None:
            return claim(self.crew.board, self.session, {"kind": "work", "brief": "full"}, wait_s)
        self.crew.stopping.wait(wait_s)
        checked = self.crew.board.check(session=self.session)
        self._hear(checked.notices)
        if checked.leases:
            return claim(self.crew.board, self.session, {"brief": "full"}, 0)
        before: GraphReply = self.crew.board.graph(view="list", limit=1)
        for key in self.wanted([str(item["key"]) for item in in_state(self.crew.board, "ready")]):
            try:
                return claim(self.crew.board, self.session, {"task": key, "brief": "full"}, 0)
            except Conflict:  # another runner has it, or it is not for these workers, or busy files
                continue
        self.crew.found_nothing[self.name] = before.revision
        return claim(self.crew.board, self.session, {"kind": "handoff", "brief": "full"}, 0)

    def _is_over(self, none: Nothing) -> bool:
        """Nothing will ever be claimable again without somebody from outside."""
        if none.reason in ("all_done", "empty"):
            return True
        if none.reason in ("paused", "partial") or "backoff" in none.counts:
            return False
        page: GraphReply = self.crew.board.graph(view="list", limit=1)
        counts = page.counts or {}
        if any(at != page.revision for at in self.crew.found_nothing.values()):
            return False  # what is ready may be for the other stream
        merges = set(self.crew.merger.waiting())
        if counts.get("active") or not merges <= self.crew.merger.stuck.keys():
            return False
        self.crew.in_review = reviewing.awaited(self.crew.board) if counts.get("review") else ""
        return not self.crew.in_review

    # -- one attempt ---------------------------------------------------------------------------

    def _attempt(self, job: Job) -> None:
        task = job.briefing.task or ""
        lock_path = self.crew.workspace.places.task_lock(task)
        try:
            self.crew.machine.demand_ready()
            with taken(lock_path, self.crew.stopping) as lock:
                if lock is None or self.crew.is_over or job.cancelled.is_set():
                    self._give_back(job)
                    return
                try:
                    self._work(job, task, lock)
                except (HeadwaterError, OSError) as error:
                    self.ending.demand_at_fault(error)
                    self.ending.fail(job, task, why_of(error))
        except HALTING as error:
            self.crew.halt(why_halted(error))
            self._give_back(job)
        except StoreError as error:
            if not error.retryable:
                raise
            self._give_back(job)

    def _work(self, job: Job, task: str, lock: FileLock) -> None:
        shown: TaskReply = self.crew.board.graph(view="task", task=task)
        upstreams = [link.task for link in shown.needs or [] if link.state == "done"]
        wholes = list(self._wholes(shown))
        workspace = self.crew.workspace.holding(lock)
        try:
            begun = workspace.prepare(task, upstreams, wholes)
        except MergeConflict as conflict:
            self._wait_for_conflict(job, shown, conflict)
            return
        left = workspace.places.interrupted_logs(task)
        known = foreword.interrupted(left) if left else ""
        while (ended := self._once(job, shown, begun, lock, known)) is not None:
            code, logs = ended
            changed = self._edited(job) if not code else ()
            if not changed:
                if not code:
                    workspace.demand_kept(task, begun.commit)
                self.ending.conclude(job, shown, code, logs / "output.log")
                return
            self.crew.emit(Event("edited", task, self.name, text=", ".join(changed)))
            known = foreword.once_more(changed, result.summary(logs))
            shown = self.crew.board.graph(view="task", task=task)
            begun = workspace.prepare(task, upstreams, wholes)
        self._give_back(job)

    def _once(
        self, job: Job, shown: TaskReply, begun: Begun, lock: FileLock, known: str
    ) -> tuple[int, Path] | None:
        """Have it done by an agent, and commit what that left: its exit code and the folder of its
        logs; None if the runner itself ended it. `known`: what it must know first."""
        task, workspace = shown.key, self.crew.workspace.holding(lock)
        logs = workspace.places.new_log_folder(task, job.briefing.fence or 0)
        log = str(logs / "output.log")
        begins = Event("claimed", task, self.name, branch=self._branch(task), log=log)
        self.crew.emit(begins.of_attempt(job.briefing))
        first = foreword.written(self.crew.board, workspace, task, begun, known)
        code = self._run_command(job, shown, begun, logs, lock, first)
        if code is None:
            with suppress(Unresolved):  # it stays as it is, for the next attempt
                workspace.save(task, f"{KEPT} {task}")
            return None
        conclude(logs)
        workspace.save(task, f"{WORK} {task}")
        return code, logs

    def _edited(self, job: Job) -> Sequence[str]:
        """What of the task was edited while its agent worked, which never asks; its briefing says
        it now."""
        checked = self.crew.patiently(lambda: self.crew.board.check(session=self.session))
        task = job.briefing.task or ""
        changed = foreword.edited(task, self._hear([*job.notices, *(checked.notices or ())]))
        if changed and any(held.task == task for held in checked.leases):
            job.briefing = self.crew.patiently(
                lambda: self.crew.board.claim(self.session, task, brief="full")
            )
            self._hear(job.briefing.notices)
            return changed
        return ()

    def _hear(self, notices: Sequence[Notice] | None) -> list[Notice]:
        """Those that are new, kept for the next agent."""
        news = [one for one in notices or () if one.id > self._heard]
        self._heard = max([self._heard, *(one.id for one in news)])
        self._told += news
        return news

    def _wholes(self, part: TaskReply) -> Iterator[str]:
        """The tasks that were split into this one, innermost first: it goes on with what their
        holders had begun, once that is committed."""
        while part.parent:
            with taken(self.crew.workspace.places.task_lock(part.parent), self.crew.stopping):
                yield part.parent
            part = self.crew.board.graph(view="task", task=part.parent)

    def _run_command(
        self,
        job: Job,
        shown: TaskReply,
        begun: Begun,
        logs: Path,
        lock: FileLock,
        first: str,
    ) -> int | None:
        """The exit code; None if the runner itself ended the command."""
        briefing = job.briefing.model_copy(update={"notices": self._told or None})
        text = given.briefing(self.crew, briefing, shown, begun, logs, first)
        self._told = []
        variables = given.environment(self.crew, self.name, job.lease, shown, logs)
        with self._starting:
            if self.crew.stopping.is_set():
                return None
            agent = self._agent = Agent(
                self.crew.command,
                folder=begun.folder,
                briefing=text,
                log=logs / "output.log",
                environment=variables,
                lock=lock,
                grace_s=self.crew.grace_s,
            )
        job.cancelled.add_callback(lambda _lost: agent.stop())
        code = agent.wait()
        with self._starting:
            self._agent = None
        return None if agent.stopped else code

    def _give_back(self, job: Job) -> None:
        """As if it had not been claimed: no attempt is charged. What was done is on the branch."""
        task = job.briefing.task or ""
        if job.cancelled.is_set():
            lost = job.cancelled.lost
            self.crew.emit(Event("lost", task, self.name, text=lost.why if lost else ""))
            return
        self.crew.patiently(lambda: self.crew.board.undo_claim(job.lease))
        shown: TaskReply = self.crew.patiently(
            lambda: self.crew.board.graph(view="task", task=task)
        )
        if shown.state in ("ready", "waiting"):
            self.crew.emit(Event("released", task, self.name))
        else:  # the agent had ended its attempt itself
            self.crew.emit(Event("lost", task, self.name, text=f"it is {shown.state} already"))

    def _wait_for_conflict(self, job: Job, shown: TaskReply, conflict: MergeConflict) -> None:
        """What the task builds on does not merge: a conflict task becomes its upstream."""
        workspace, task = self.crew.workspace, shown.key
        upstreams = [link.task for link in shown.needs or []]
        existing = workspace.repository.branches(f"{PREFIX}/{workspace.places.name}/")
        branches = {b: existing[b] for b in map(self._branch, upstreams) if b in existing}
        key = conflicts.add(
            self.crew.board, task, branches, workspace.base, conflict.files, lambda: upstreams
        )
        files = tuple(conflict.files)
        if not key:
            by_hand = " and ".join(f"git merge {branch}" for branch in branches)
            reason = (
                "what it builds on does not merge, and its conflict task did not resolve it; "
                f"answer after {by_hand} into {workspace.base}"
            )
            self.ending.end(job, task, lambda: job.finish("blocked", summary=reason))
            return
        job.close()
        self.crew.board.edit(task, add_needs=[key], lease=job.lease, reason=OWN_EDIT)
        self.crew.emit(
            Event("conflict", task, self.name, text=f"{key} is to resolve it", files=files)
        )

    def _branch(self, task: str) -> str:
        return self.crew.workspace.places.branch(task)
