"""The live table of a run: who works on what, how far the plan is, and how long it may take."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

from headwater.cli.output import one_line
from headwater.cli.render.sentences import seconds
from headwater.errors import HeadwaterError, counted
from headwater.runner.events import Event
from headwater.runner.forecast import forecast
from headwater.verbs.importing import ImportedTask

if TYPE_CHECKING:
    from rich.console import Group

    from headwater.board import Board
    from headwater.verbs.look import GraphReply

_WORKER_WIDTH: Final = 16
_LOOK_S: Final = 1.0
_REST: Final = 20
"""The whole plan is read again after so many times as long as it took, and `_LOOK_S` at least; the
counts are read for every drawing."""


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What is left of the plan, in minutes by its estimates."""

    tasks: dict[str, ImportedTask] = field(default_factory=dict[str, ImportedTask])
    critical: float = 0
    makespan: float = 0


class Progress:
    """Follows the events of a run; `drawn` may be called from another thread."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._lock = threading.Lock()
        self._workers: dict[str, tuple[str, float]] = {}
        """The task of each, empty if it has none, and since when."""
        self._started_s = monotonic()
        self._look_again_s = 0.0
        self._ahead = _Ahead()
        self._counts: dict[str, int] = {}

    def note(self, event: Event) -> None:
        """Follow who has what."""
        if event.worker:
            task = event.task if event.kind == "claimed" else ""
            with self._lock:
                self._workers[event.worker] = (task, monotonic())

    def drawn(self) -> Group:
        """The table as it is now."""
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        with self._lock:
            workers = sorted(self._workers.items())
        with suppress(HeadwaterError):  # busy for the moment: the next drawing will have it
            self._look(len(workers))
        table = Table(expand=True)
        table.add_column("worker", no_wrap=True, max_width=_WORKER_WIDTH)
        table.add_column("task", no_wrap=True, ratio=2)
        table.add_column("title", no_wrap=True, ratio=3)
        for name in ("since", "estimate"):
            table.add_column(name, no_wrap=True, justify="right", min_width=8)
        for worker, (task, since_s) in workers:
            said = self._ahead.tasks.get(task)
            minutes = seconds(said.estimate * 60) if said and said.estimate else ""
            passed = _clock(monotonic() - since_s)
            cells = [worker, task or "-", said.title if said else "", passed, minutes]
            table.add_row(*[Text(one_line(cell)) for cell in cells])
        return Group(table, *(Text(line) for line in self._lines(len(workers))))

    def _look(self, workers: int) -> None:
        page: GraphReply = self._board.graph(view="list", limit=1)
        self._counts = dict(page.counts or {})
        begun_s = monotonic()
        if self._ahead.tasks and begun_s < self._look_again_s:
            return
        tasks = self._board.plan().tasks
        found = forecast(_movable(tasks), max(1, workers))
        self._ahead = _Ahead(
            {task.key: task for task in tasks}, found.critical_minutes, found.makespan_minutes
        )
        now_s = monotonic()
        self._look_again_s = now_s + max(_LOOK_S, _REST * (now_s - begun_s))

    def _lines(self, workers: int) -> list[str]:
        counts = {state: count for state, count in self._counts.items() if state != "done"}
        others = "".join(f", {count} {state}" for state, count in counts.items())
        done = self._counts.get("done", 0)
        lines = [f"{done} of {sum(self._counts.values())} done{others}"]
        passed = f"{_clock(monotonic() - self._started_s)} passed"
        if not self._ahead.makespan:
            left = "nothing left to begin" if self._counts else "the plan is being read"
            return [*lines, f"{left}; {passed}"]
        critical, makespan = (
            seconds(minutes * 60) for minutes in (self._ahead.critical, self._ahead.makespan)
        )
        with_them = f"about {makespan} with {counted(workers, 'agent')}"
        return [*lines, f"critical path left: {critical}; {with_them}; {passed}"]


def _movable(tasks: Sequence[ImportedTask]) -> list[ImportedTask]:
    """Without what is held or failed, and without what waits for that. Tasks come after those that
    they need."""
    stuck: set[str] = set()
    for task in tasks:
        if task.state in ("held", "failed") or stuck & {*task.needs}:
            stuck.add(task.key)
    return [task for task in tasks if task.key not in stuck]


def _clock(passed_s: float) -> str:
    minutes, rest = divmod(int(passed_s), 60)
    return f"{minutes}:{rest:02}"
