"""A run: a plan's tasks, worked by several agents in worktrees, merged into one branch.

A run works its whole board: what agents add or split meanwhile is worked as well. Several runners
may run one board; each leaves enough on disk (`record`) for the next to go on after a crash.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Final

from headwater import Board
from headwater.errors import BadRequest, HeadwaterError
from headwater.runner.beside import Beside
from headwater.runner.copies import demand_no_copy
from headwater.runner.crew import HALTING, Crew
from headwater.runner.events import Event, Sink
from headwater.runner.git import Repository
from headwater.runner.git_command import GitError
from headwater.runner.locks import taken, tried
from headwater.runner.machine import Machine, why_halted
from headwater.runner.merging import Merger
from headwater.runner.order import Order, settled
from headwater.runner.places import Places, folder_of_board, merge_lock, places_of
from headwater.runner.pruning import prune
from headwater.runner.record import ACTOR, Presence, write_run
from headwater.runner.sessions import let_go, open_session, taken_over
from headwater.runner.streams import Pick, picks
from headwater.runner.worker import Worker
from headwater.runner.workspace import Workspace
from headwater.verbs.importing import ImportReply
from headwater.verbs.look import GraphReply
from headwater.verbs.sessions import JoinReply

_JOIN_S: Final = 0.2
_LOOK_S: Final = 1.0
"""How often to look what somebody beside this runner did, and whether a runner has died."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    counts: Mapping[str, int]
    """Tasks by state."""
    unmerged: Mapping[str, str]
    """Accepted tasks that are not merged, with the reason."""
    interrupted: bool

    @property
    def ok(self) -> bool:
        """Everything is done and merged."""
        return not self.unmerged and set(self.counts) <= {"done", "cancelled"}


class Run:
    """One runner on one board."""

    def __init__(self, board: Board, store: str, folder: Path, order: Order, emit: Sink) -> None:
        """Settle what the run is, and put its plan on the board of whoever starts it.

        `store`: how agents find the store (HEADWATER_DB). `folder`: somewhere in the repository.

        Raises:
            BadRequest: the order cannot be carried out as it stands; nothing was changed.
            GitError: there is no git repository.
        """
        self.board = Board(board.store, board.name, replace(board.caller, name=ACTOR))
        self.emit = emit
        self.stopping = threading.Event()
        self._heard = 0
        self._failed = False
        git = Repository.find(folder)
        demand_no_copy(git)
        git.repair()  # it may have been moved since a run made worktrees of it
        common = git.common
        home = folder_of_board(common, store, board.name)
        with taken(merge_lock(common), self.stopping):
            self.record = settled(git, home, board.name, order)
            self.places: Places = places_of(common, home, self.record.name)
            _demand_folder(self.places.trees)
            self.presence = Presence(home)
            if order.tasks:
                brought = _bring(board, order, existing="skip")
                if brought.skipped or brought.rules == "kept":
                    self._tell_differences(order)
            write_run(home, self.record)
        if (board.policy().policy or {}).get("release_on") != "merged":
            self.board.policy(release_on="merged")
        workspace = Workspace(git, self.places, self.record.base)
        self.merger = Merger(self.board, workspace, emit, order.keep, self.stopping)
        self.crew = Crew(
            board=self.board,
            workspace=workspace,
            merger=self.merger,
            command=self.record.command,
            machine=Machine(git, self.places, self.record.command),
            emit=emit,
            stopping=self.stopping,
            variables={
                **dict(self.record.variables),
                "HEADWATER_DB": store,
                "HEADWATER_BOARD": board.name,
                "HEADWATER_RUN": self.record.name,
            },
            grace_s=order.grace_s,
        )
        self.beside = Beside(self.board, emit)
        self.workers: list[Worker] = []

    def _tell_differences(self, order: Order) -> None:
        """Of tasks that were on the board already: it goes on with what they are there."""
        with suppress(HeadwaterError):  # that the plan could not be taken over is no matter now
            found = _bring(self.board, order, existing="update", dry_run=True)
            differ = [*(found.updated or []), *(["its rules"] if found.rules else [])]
            if differ:
                self.emit(Event("differs", text=", ".join(differ)))

    def run(self) -> Ended:
        """Work until nothing more can be done, or until SIGINT or SIGTERM."""
        old = {name: signal.signal(name, self._hear) for name in _SIGNALS}
        try:
            self._hire()
            self._work()
            self._look_beside()
            if not self.crew.is_over:
                self.merger.merge_all()
                self.merger.merge_released()
                if not self.merger.keep:  # what a runner that died had merged, but not cleared
                    with suppress(GitError):
                        prune(self.crew.workspace.repository, self.record.name)
            return self._ended()
        finally:
            self.stop()  # whatever went wrong, no agent goes on without its runner
            self._leave()
            for name, handler in old.items():
                signal.signal(name, handler)

    def stop(self) -> None:
        """End all agents; leases are given back, unmerged work is kept."""
        self.stopping.set()
        for worker in self.workers:
            worker.stop()

    # -- the crew ------------------------------------------------------------------------------

    def _hire(self) -> None:
        """Workers with sessions; those of dead runners first, with what they hold."""
        with taken(self.places.presence_lock, self.stopping):
            holding = taken_over(self.board, self.presence.orphans())
            streams = self._streams()
            self._tell_start(len(streams))
            names = self._names(holding[-len(streams) :])
            for stream in streams:
                orphan = holding.pop() if holding else None
                name = next(names)
                session = orphan.session if orphan else open_session(self.board, name, self.record)
                self.workers.append(Worker(self.crew, name, session, stream))
                for lease in orphan.leases if orphan else ():
                    self.emit(Event("recovered", lease.task, worker=name))
            self.presence.write([worker.session for worker in self.workers])
            for one in holding:
                let_go(self.board, one.session)
            self.presence.bury()

    def _names(self, orphans: Sequence[JoinReply]) -> Iterator[str]:
        """Of the workers in their order: whose session is gone on with keeps its name."""
        kept = [orphan.agent.rpartition("/")[0] for orphan in reversed(orphans)]
        all_names = (f"{self.record.name[:60]}-{number}" for number in count(1))
        free = (name for name in all_names if name not in kept)
        for at, name in enumerate(kept):
            yield name if name not in kept[:at] else next(free)
        yield from free

    def _tell_start(self, agents: int) -> None:
        """What is worked, by whom, and where."""
        run, logs, trees = self.record, str(self.places.logs), str(self.places.trees)
        started = Event("started", text=run.name, branch=run.base, log=logs, trees=trees)
        self.emit(replace(started, agents=agents, command=run.command))

    def _free_orphans(self) -> None:
        """Give back what a runner held that died beside this one: who is idle goes on with it."""
        if not self.presence.orphans():
            return
        with tried(self.places.presence_lock) as mine, suppress(HeadwaterError):
            if mine is None:  # a runner that starts does it
                return
            for one in taken_over(self.board, self.presence.orphans()):
                let_go(self.board, one.session)
            self.presence.bury()

    def _streams(self) -> Sequence[Pick | None]:
        if self.record.split:
            return picks(self.record.batches, self.record.split)
        return [None] * self.record.agents

    def _work(self) -> None:
        threads = [
            threading.Thread(target=self._guarded, args=(worker,), name=worker.name)
            for worker in self.workers
        ]
        for thread in threads:
            thread.start()
        told = told_paused = False
        told_in_review = ""
        look_s = monotonic() + _LOOK_S
        while alive := [thread for thread in threads if thread.is_alive()]:
            alive[0].join(_JOIN_S)
            if self.crew.paused and not told_paused:
                self.emit(Event("paused"))
            told_paused = self.crew.paused
            if self.crew.in_review not in ("", told_in_review):
                self.emit(Event("in_review", text=self.crew.in_review))
            told_in_review = self.crew.in_review
            if monotonic() >= look_s and not self._heard:
                self._free_orphans()
                self._look_beside()
                look_s = monotonic() + _LOOK_S
            if self._heard and not told:
                told = True
                self.stop()
                self.emit(Event("stopping", text=signal.Signals(self._heard).name))

    def _look_beside(self) -> None:
        with suppress(HeadwaterError):  # busy for the moment: the next look will have it
            self.beside.look()

    def _guarded(self, worker: Worker) -> None:
        """A worker that cannot go on must not leave the others waiting for it."""
        try:
            worker.run()
        except HALTING as error:
            self.crew.halt(why_halted(error))
        except HeadwaterError as error:
            self.emit(Event("stuck", worker=worker.name, text=f"{error.message}; {error.next}"))
            self._failed = True
        finally:
            let_go(self.board, worker.session)

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self._heard = self._heard or number

    # -- the end -------------------------------------------------------------------------------

    def _leave(self) -> None:
        held = [worker for worker in self.workers if not let_go(self.board, worker.session)]
        if held:
            return
        for worker in self.workers:
            with suppress(HeadwaterError):  # it ends by itself, only later
                self.board.check(session=worker.session, leave=True)
        with suppress(OSError):  # then the next runner finds that this one is gone
            self.presence.end()

    def _ended(self) -> Ended:
        page: GraphReply = self.board.graph(view="list", limit=1)
        reasons = self.merger.stuck
        left = set(self.merger.waiting())
        done: dict[str, bool] = {}
        with suppress(GitError, OSError):
            done = self.merger.done_unmerged()
        left.update(task for task, by_branch in done.items() if by_branch)
        unmerged = {task: reasons.get(task, "not merged yet") for task in sorted(left)}
        for task in dict.fromkeys([*unmerged, *done]):
            folder: Path | None = None
            with suppress(GitError, OSError):
                folder = self.crew.workspace.folder(task)
            branch = self.places.branch(task)
            self.emit(Event("kept", task, branch=branch, text=str(folder) if folder else ""))
        counts = dict(page.counts or {})
        said = ", ".join(f"{count} {state}" for state, count in counts.items()) or "no tasks"
        self.emit(Event("ended", branch=self.record.base, text=said))
        broken_off = bool(self._heard) or self._failed or self.crew.halted
        return Ended(counts, unmerged, interrupted=broken_off)


def _bring(board: Board, order: Order, *, existing: str, dry_run: bool = False) -> ImportReply:
    return board.import_tasks(
        order.tasks, existing=existing, says=order.says, rules=order.rules, dry_run=dry_run
    )


def _demand_folder(trees: Path) -> None:
    """Raises BadRequest where no worktree could be made: every attempt at every task would fail."""
    try:
        trees.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadRequest(
            f"there can be no worktrees in {trees}: {error.strerror}",
            next="XDG_CACHE_HOME names another folder for them",
        ) from error
