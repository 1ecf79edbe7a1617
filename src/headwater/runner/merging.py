"""Merging: accepted work goes into the base branch, one merge at a time.

The queue is the board: tasks in `review` behind the gate `merge` (policy `release_on=merged`).
Their dependents are released by the merge, so branches go in in the order of dependencies. A runner
may die anywhere: a branch that is in the base branch already is not merged again, only reported.

While somebody resolves a conflict, nothing else that changes the same files is merged: else the
resolution would not merge in its turn.

Where that policy was switched off meanwhile, nothing waits for a merge: such work is merged at the
end of the run.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from headwater import Board, limits
from headwater.errors import Conflict, HeadwaterError, WrongState
from headwater.graph.gates import Gate
from headwater.runner import conflicts, submodules
from headwater.runner.commits import MergeConflict
from headwater.runner.events import Event, Sink
from headwater.runner.git import Repository
from headwater.runner.git_command import GitError
from headwater.runner.locks import FileLock, taken, tried
from headwater.runner.places import PREFIX, ref_part
from headwater.runner.pruning import left_behind
from headwater.runner.workspace import TRAILER, WORK, Unresolved, Workspace
from headwater.verbs.look import GraphReply, TaskReply

_TRIES: Final = 3
_ACCEPTED: Final = frozenset({"finished", "approved", "accepted"})
_BY_HAND: Final = "done_by_hand"
_NOT_BY_ITS_BRANCH: Final = frozenset({"merged", _BY_HAND, "parts_done"})
"""The newest of these events tells whether the branch of a task that is done is to be merged."""


def in_state(board: Board, state: str) -> Iterator[dict[str, JsonValue]]:
    """The tasks in a state, page by page."""
    cursor: str | None = ""
    while cursor is not None:
        page: GraphReply = board.graph(view="list", state=state, limit=limits.PAGE, cursor=cursor)
        yield from page.tasks or []
        cursor = page.cursor or None


@dataclass
class Merger:
    """Merges for one runner; any of its threads may call `merge_all`."""

    board: Board
    workspace: Workspace
    emit: Sink
    keep: bool = False
    """Leave worktrees and branches that are merged."""
    stop: threading.Event = field(default_factory=threading.Event)
    stuck: dict[str, str] = field(default_factory=dict[str, str])
    """Tasks that wait to be merged and cannot be, with the reason."""
    _contested: dict[str, tuple[str, set[str]]] = field(
        default_factory=dict[str, tuple[str, set[str]]]
    )
    """Tasks that do not merge: the conflict task of each, and the files that it is about."""
    _said: dict[str, Event] = field(default_factory=dict[str, Event])
    _one: threading.Lock = field(default_factory=threading.Lock)

    def merge_all(self) -> None:
        """Merge whatever is accepted and not worked on any more."""
        with self._one:
            if not self.waiting():
                return
            with taken(self.workspace.places.merge_lock, self.stop) as lock:
                if lock is None:
                    return
                merged = True
                while merged:  # a merge may settle what conflicted before
                    waiting = sorted(self.waiting(), key=conflicts.is_one, reverse=True)
                    merged = sum(self._try(task, lock) for task in waiting) > 0

    def merge_released(self) -> None:
        """Merge what was accepted without waiting for it, when nobody works any more."""
        with self._one, taken(self.workspace.places.merge_lock, self.stop) as lock:
            if lock is not None:
                for task in self.released():
                    self._try(task, lock, reported=True)

    def waiting(self) -> list[str]:
        """The tasks that are accepted and not merged."""
        return [
            str(item["key"])
            for item in in_state(self.board, "review")
            if item.get("gate") == Gate.MERGE and not item.get("pending")
        ]

    def released(self) -> list[str]:
        """The tasks that are done by work on their branch, which is not merged."""
        return [task for task, by_branch in self.done_unmerged().items() if by_branch]

    def done_unmerged(self) -> dict[str, bool]:
        """The tasks that are done and whose branch is not merged: whether they are by the work on
        it, or a person did them instead."""
        places = self.workspace.places
        left = {
            one.branch
            for one in left_behind(self.workspace.repository)
            if one.base == self.workspace.base and (one.commits or one.changes)
        }
        found = {
            task: self._became_done(task)
            for item in (in_state(self.board, "done") if left else ())
            if places.branch(task := str(item["key"])) in left
        }
        return {
            task: kind in _ACCEPTED
            for task, kind in found.items()
            if kind in _ACCEPTED | {_BY_HAND}
        }

    def _became_done(self, task: str) -> str:
        page: GraphReply = self.board.graph(view="history", task=task, limit=limits.PAGE)
        kinds = (str(event["kind"]) for event in reversed(page.events or []))
        return next((kind for kind in kinds if kind in _ACCEPTED | _NOT_BY_ITS_BRANCH), "")

    def _in_the_way(self, task: str, files: Collection[str]) -> Iterator[TaskReply]:
        """The conflict tasks of others, under way, that are about some of the same files."""
        if conflicts.is_one(task):
            return
        for other, (key, theirs) in self._contested.items():
            if other != task and theirs.intersection(files):
                shown: TaskReply = self.board.graph(view="task", task=key)
                if shown.state in conflicts.UNDER_WAY:
                    yield shown

    def _would_spoil(self, task: str) -> bool:
        """Whether somebody is resolving, or has just resolved, a conflict in what it changes."""
        if not self._contested:
            return False
        git, branch = self.workspace.repository, self.workspace.places.branch(task)
        files = git.files_of(self.workspace.base, branch) if git.branches(branch) else ()
        return any(
            shown.state == "active" or shown.gate == Gate.MERGE
            for shown in self._in_the_way(task, files)
        )

    def _try(self, task: str, merging: FileLock, *, reported: bool = False) -> bool:
        """Whether the task's branch was merged. `reported`: the board has it as done already."""
        with tried(self.workspace.places.task_lock(task)) as mine:
            if mine is None:  # its agent is still there
                return False
            workspace = self.workspace.holding(merging, mine)
            try:
                if self._would_spoil(task):
                    return False
                commit, tip = self._merge(task, workspace)
                if not reported:
                    self.board.merged(task, f"{commit[:12]} on {workspace.base}")
            except MergeConflict as conflict:
                if reported:  # no task waits for its resolution, and nobody works any more
                    self._give_up(task, conflict)
                else:
                    self._hand_on(task, conflict)
                return False
            except WrongState:  # sent back, or merged by another runner, meanwhile
                return False
            except (GitError, Conflict) as error:
                self._give_up(task, error)
                return False
            self.stuck.pop(task, None)
            self._contested.pop(task, None)
            conflicts.settle(self.board, task)
            branch = workspace.places.branch(task)
            text = "" if tip else f"there is no branch {branch}, and nothing to do"
            self.emit(Event("merged", task, text=text, branch=branch, commit=commit))
            if tip and not self.keep:
                self._clear(task, tip, workspace)
        return True

    def _merge(self, task: str, workspace: Workspace) -> tuple[str, str]:
        """The commit of the base branch that has the task's work, and the tip of the task's branch,
        empty if it has none."""
        git, branch = workspace.repository, workspace.places.branch(task)
        workspace.save(task, f"{WORK} {task}")
        for attempt in range(1, _TRIES + 1):
            tips = git.branches(workspace.base, branch)
            base, tip = workspace.base_among(tips), tips.get(branch)
            if tip is None:
                self._demand_on_no_other_branch(task, git)
                return base, ""
            new = git.merge(base, tip, branch, f"Merge {branch}\n\n{TRAILER}: {task}")
            try:
                if new != base:
                    tree = git.advance(workspace.base, base, new)
                    self._follow(task, git, tree, base, new)
                return new, tip
            except GitError:
                moved = git.branch_commit(workspace.base) != base
                if not moved or attempt == _TRIES:
                    raise
        raise AssertionError("unreachable")

    def _demand_on_no_other_branch(self, task: str, git: Repository) -> None:
        """The board was moved since another run's worker delivered this: a run is known by where
        its store is, so this one has another name, and the work is on a branch of the old name.

        Raises:
            Unresolved: with that branch; it is not merged.
        """
        shown: TaskReply = self.board.graph(view="task", task=task)
        worker = (shown.delivery.by if shown.delivery else None) or ""
        branch = f"{PREFIX}/{worker.rpartition('-')[0]}/{ref_part(task)}"
        if git.branches(branch) and git.count(self.workspace.base, branch):
            raise Unresolved(
                f"its work is on {branch}, of a run of this board when its store was elsewhere",
                next=f"git merge {branch}, then headwater merged {task}",
            )

    def _follow(self, task: str, git: Repository, tree: Path | None, old: str, new: str) -> None:
        behind = submodules.follow(git, tree, old, new) if tree else []
        if behind:
            text = f"in {tree}: git submodule update --recursive"
            self.emit(Event("behind", task, text=text, files=tuple(behind)))

    def _clear(self, task: str, tip: str, workspace: Workspace) -> None:
        try:
            workspace.clear(task, tip)
        except HeadwaterError as error:  # it is merged; `headwater worktrees --prune` tidies up
            self.emit(Event("uncleared", task, text=error.message))

    def _hand_on(self, task: str, conflict: MergeConflict) -> None:
        """What does not merge is for an agent to resolve, one after the other in the same files."""
        branch, files = self.workspace.places.branch(task), tuple(conflict.files)
        known = "" if task in self._contested else conflicts.resolving(self.board, task)
        is_stuck = False
        if before := next(self._in_the_way(task, files), None):
            text = f"it waits for {before.key}, which is about the same files"
        elif conflicts.is_one(task):
            conflicts.again(self.board, task, self.workspace.base, files, self._others(conflict))
            text = f"{self.workspace.base} has moved on: it is to be resolved once more"
        elif key := self._conflict_task(task, conflict):
            self._contested[task] = key, set(files)
            text = f"{key} is to resolve it"
            if is_stuck := conflicts.waits_for_a_reviewer(self.board, key):
                text = f"{key}, which has resolved it, waits for a reviewer"
        else:
            self._contested.pop(task, None)
            is_stuck, text = True, self._why_in_vain(task, branch)
        if is_stuck:
            self.stuck[task] = text
        else:
            self.stuck.pop(task, None)
        event = Event("conflict", task, branch=branch, files=files, text=text)
        if known and not is_stuck:  # a runner before this one, or beside it, has said so
            self._said[task] = event
        self._say(event)

    def _conflict_task(self, task: str, conflict: MergeConflict) -> str:
        """The key of the one that is to resolve it; empty if one did so in vain."""
        return conflicts.add(
            self.board,
            task,
            {conflict.theirs: self.workspace.tip(task)},
            self.workspace.base,
            conflict.files,
            lambda: self._others(conflict),
            lambda: self._is_reviewed(task),
        )

    def _is_reviewed(self, task: str) -> bool:
        shown: TaskReply = self.board.graph(view="task", task=task)
        return bool(shown.review)

    def _others(self, conflict: MergeConflict) -> list[str]:
        """The tasks that are merged and changed the files in which a branch does not merge."""
        return self.workspace.merged_beside(conflict.theirs, conflict.files)

    def _why_in_vain(self, task: str, branch: str) -> str:
        asking = conflicts.asking(self.board, task)
        if asking:
            return f"{asking} has a question (headwater answer {asking} ...)"
        return f"its conflict task did not resolve it; it may go on after git merge {branch}"

    def _give_up(self, task: str, error: HeadwaterError) -> None:
        self.stuck[task] = text = f"{error.message}; {error.next}".rstrip("; ")
        self._say(Event("stuck", task, text=text))

    def _say(self, event: Event) -> None:
        """Emit what is new: the same conflict is met again at every look."""
        if self._said.get(event.task) != event:
            self._said[event.task] = event
            self.emit(event)
