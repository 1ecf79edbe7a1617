"""A run on the terminal: a live table, plain lines where nobody watches, or JSON events."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Final

from headwater.cli.output import clean, console, is_plain, one_line, say, say_json, warn
from headwater.errors import BadRequest, HeadwaterError
from headwater.runner.events import Event, Sink
from headwater.runner.forecast import Forecast, forecast
from headwater.runner.streams import batches_of, is_first

if TYPE_CHECKING:
    from rich.table import Table

    from headwater.board import Board
    from headwater.cli.invocation import Invocation
    from headwater.verbs.importing import ImportedTask
    from headwater.verbs.look import GraphReply
    from headwater.verbs.people import BudgetPool

_REFRESHES_PER_SECOND: Final = 2
_TAIL_LINES: Final = 15
_SHOWN: Final = 12
_WORDS: Final[Mapping[str, str]] = {
    "started": "working plan {text}, merging into {branch}",
    "recovered": "{worker} goes on with what a runner left that died",
    "claimed": "{task}: {worker} begins",
    "finished": "{task}: delivered",
    "failed": "{task}: the attempt failed",
    "blocked": "{task}: has a question (headwater answer {task} ...)",
    "lost": "{task}: taken away from {worker}: {text}",
    "released": "{task}: given back",
    "merged": "{task}: merged",
    "conflict": "{task}: does not merge: {text}",
    "stuck": "{task}{worker}: {text}",
    "kept": "{task}: kept unmerged on {branch}: {text}",
    "stopping": "{text}: stopping; unmerged work is kept",
    "ended": "ended: {text}",
}


@contextmanager
def progress(run: Invocation, board: Board) -> Generator[Sink]:
    """What shows the events of a run while the block lasts."""
    lock = threading.Lock()

    def in_turn(event: Event) -> None:
        with lock, suppress(BrokenPipeError):  # nobody reads any more; the work goes on
            if run.as_json:
                say_json(event.as_dict())
            else:
                for line in lines(event):
                    say(line)

    if run.as_json or is_plain():
        yield in_turn
        return
    from rich.live import Live

    table = Progress(board)
    out = console()
    with Live(
        get_renderable=table.drawn, console=out, refresh_per_second=_REFRESHES_PER_SECOND
    ) as live:

        def above(event: Event) -> None:
            table.note(event)
            for line in lines(event):
                live.console.print(line, markup=False)

        yield above


def lines(event: Event) -> list[str]:
    """An event in words. A failure has the end of the agent's output below it."""
    facts = {name: one_line(str(value)) for name, value in event.as_dict().items()}
    blank = {"task": "", "worker": "", "text": "", "branch": ""}
    found = [_WORDS[event.kind].format(**{**blank, **facts}).rstrip(": ")]
    if event.files:
        found += [f"    {one_line(file)}" for file in event.files[:_SHOWN]]
    if event.kind == "failed":
        if event.code is not None:
            found[0] += f" with exit code {event.code}"
        found += [f"    | {line}" for line in clean(event.text).splitlines()[-_TAIL_LINES:]]
        found += [f"    log: {one_line(event.log, 400)}"] if event.log else []
    return found


class Progress:
    """Who works on what, and how far the plan is."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._busy: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._started_s = monotonic()
        self._workers: set[str] = set()

    def note(self, event: Event) -> None:
        """Follow who has what."""
        with self._lock:
            if event.worker:
                self._workers.add(event.worker)
                if event.kind == "claimed":
                    self._busy[event.worker] = (event.task, monotonic())
                else:
                    self._busy.pop(event.worker, None)

    def drawn(self) -> Table:
        """The table as it is now."""
        from rich.table import Table

        table = Table(caption=clean(self._caption()), caption_justify="left")
        for name in ("worker", "task", "since"):
            table.add_column(name)
        with self._lock:
            for worker in sorted(self._workers):
                task, since_s = self._busy.get(worker, ("waits", 0.0))
                passed = _span(monotonic() - since_s) if since_s else ""
                table.add_row(clean(worker), clean(task), passed)
        return table

    def _caption(self) -> str:
        passed = _span(monotonic() - self._started_s)
        try:
            critical: GraphReply = self._board.graph(view="critical", limit=1)
            listed: GraphReply = self._board.graph(view="list", limit=1)
        except HeadwaterError:  # busy for the moment: the next drawing will have it
            return passed
        states = ", ".join(f"{count} {state}" for state, count in (listed.counts or {}).items())
        left = f"at least {critical.minutes:.0f} min left" if critical.minutes else "nothing left"
        return f"{passed}; {states}; critical path: {left}"


def _span(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def show_forecast(run: Invocation, tasks: Sequence[ImportedTask], agents: int, split: int) -> None:
    """What the plan will take, without starting anything."""
    if not tasks:
        raise BadRequest("--dry-run needs a plan", next="headwater run PLAN --dry-run")
    streams: dict[str, int] = {}
    if split:
        batches = dict(batches_of(tasks))
        streams = {task.key: int(not is_first(batches, task.key, split)) for task in tasks}
    found = forecast(tasks, agents, streams)
    pools = _pools(run)
    if run.as_json:
        said = {"pools": [pool.model_dump(exclude_none=True) for pool in pools]} if pools else {}
        say_json(found.as_dict() | said)
        return
    _say_forecast(found, pools)


def _say_forecast(found: Forecast, pools: list[BudgetPool]) -> None:
    for number, wave in enumerate(found.waves, start=1):
        say(f"wave {number}: {_some(wave)}")
    for number, stream in enumerate(found.streams, start=1):
        say(f"stream {number}: {_some(stream)}")
    say(f"critical path: {found.critical_minutes:g} min: {_some(found.critical, ' -> ')}")
    say(f"makespan: about {found.makespan_minutes:g} min with {found.agents} agent(s)")
    cost = [f"{found.total_minutes:g} agent minutes"]
    cost += [f"{value:g} {unit} of task budgets" for unit, value in found.budget.items() if value]
    say(f"cost: {', '.join(cost)}")
    for pool in pools:
        limit = pool.limit.get("minutes", 0)
        free = limit - pool.spent.get("minutes", 0) - pool.reserved.get("minutes", 0)
        name = f"budget of group {pool.group}" if pool.group else "budget of the board"
        if limit:
            say(f"{name}: {free:g} of {limit:g} minutes are free")
        if limit and not pool.group and found.total_minutes > free:
            warn(f"the plan needs {found.total_minutes - free:g} minutes more than its budget has")
    if found.unset:
        say(f"{found.unset} task(s) have no estimate and count as one minute")


def _some(keys: list[str], between: str = ", ") -> str:
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return between.join(keys[:_SHOWN]) + more


def _pools(run: Invocation) -> list[BudgetPool]:
    """The budgets of the board; none if it is not there yet."""
    try:
        with run.opened() as board:
            return board.budget().pools
    except HeadwaterError:
        return []
