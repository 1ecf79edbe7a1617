"""What a plan will take, before anything is started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from headwater.cli.output import figure, one_line, say, say_json, warn
from headwater.cli.render.sentences import minutes
from headwater.errors import BadRequest, HeadwaterError, counted
from headwater.graph.policy import Policy
from headwater.graph.shared_files import Shared, shared_files
from headwater.runner.forecast import SETTLED, Forecast, forecast
from headwater.runner.merging import in_state
from headwater.runner.standing import standing
from headwater.runner.streams import batches_of, is_first

if TYPE_CHECKING:
    from headwater.board import Board
    from headwater.cli.invocation import Invocation
    from headwater.formats.plan import Plan
    from headwater.verbs.importing import ImportedTask
    from headwater.verbs.look import GraphReply
    from headwater.verbs.people import BudgetPool

_SHOWN: Final = 12
_REVIEWER: Final = "headwater claim --kind review --wait 600"
_AT_ONCE: Final = {
    "warn": "may be worked at once (headwater policy paths=refuse keeps them apart)",
    "refuse": "are not worked at once (policy paths=refuse), but may conflict",
    "off": "may be worked at once (policy paths=off)",
}
"""By the policy `paths`: tasks that share files."""


@dataclass
class _Ahead:
    """What is to be worked, and where."""

    tasks: Sequence[ImportedTask]
    agents: int
    streams: Mapping[str, int]
    policy: Policy = field(default_factory=Policy)
    pools: Sequence[BudgetPool] = ()
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    """The tasks of the board by state, where it is all of them that are looked at."""

    @property
    def open(self) -> list[ImportedTask]:
        return [task for task in self.tasks if task.state not in SETTLED]

    def reviewed(self) -> list[str]:
        """The tasks that somebody beside the run must approve."""
        always = self.policy.review == "always"
        return [
            task.key
            for task in self.open
            if task.review or (always and "review" not in task.model_fields_set)
        ]

    def shared(self) -> tuple[list[Shared], bool]:
        """The tasks in the same files that have no order between them; whether these are all."""
        if self.policy.paths == "off":
            return [], True
        paths = {task.key: task.paths for task in self.open}
        needs = {task.key: task.upstreams for task in self.open}
        return shared_files(paths, needs, fold=bool(self.policy.paths_fold))


def show_forecast(run: Invocation, read: Plan | None, agents: int, split: int) -> None:
    """What is left of the plan, or without one of the whole board, will take, without starting
    anything."""
    ahead = _of_plan(run, read.tasks, agents, split) if read else _of_board(run, agents, split)
    found = forecast(ahead.tasks, ahead.agents, ahead.streams)
    dropped = read.report.dropped if read else {}
    settled = len(ahead.tasks) - len(ahead.open)
    reviewed, (shared, are_all) = ahead.reviewed(), ahead.shared()
    if run.as_json:
        said: dict[str, object] = {"settled": settled, "dropped": dropped, "counts": ahead.counts}
        said |= {"reviewed": reviewed, "shared": [one._asdict() for one in shared]}
        said["pools"] = [pool.model_dump(exclude_none=True) for pool in ahead.pools]
        say_json(found.as_dict() | {name: value for name, value in said.items() if value})
        return
    for line in read.report.losses() if read else ():
        say(one_line(f"of the plan is dropped: {line}", 400))
    if ahead.counts:
        say(f"on the board: {', '.join(f'{n} {state}' for state, n in ahead.counts.items())}")
    elif settled:
        all_tasks = counted(len(ahead.tasks), "task")
        say(f"of {all_tasks} {settled} done or cancelled already, which do not count")
    if not found.waves:
        say("nothing is left to do")
        return
    _say_forecast(found, ahead.pools)
    if reviewed:
        they = f"{counted(len(reviewed), 'task')} by somebody beside the run"
        say(f"reviewed: {they} ({_REVIEWER}): {_some(reviewed)}")
    if shared:
        _say_shared(shared, ahead.policy.paths, "" if are_all else "at least ")


def _say_shared(shared: list[Shared], policy: str, least: str) -> None:
    pairs = [
        f"{one} and {other} ({' and '.join(dict.fromkeys(paths))})" for one, other, paths in shared
    ]
    say(
        f"files in common, without an order: {least}{counted(len(shared), 'pair')} of tasks, which "
        f"{_AT_ONCE[policy]}: {_some(pairs)}"
    )
    say("what does not merge is given to an agent as a conflict task")


def _say_forecast(found: Forecast, pools: Sequence[BudgetPool]) -> None:
    for number, wave in enumerate(found.waves, start=1):
        say(f"wave {number}: {_some(wave)}")
    for number, stream in enumerate(found.streams, start=1):
        say(f"stream {number}: {_some(stream)}")
    say(f"critical path: {figure(found.critical_minutes)} min: {_some(found.critical, ' -> ')}")
    agents = counted(found.agents, "agent")
    say(f"makespan: about {figure(found.makespan_minutes)} min with {agents}")
    cost = [f"{figure(found.total_minutes)} agent minutes"]
    cost += [
        f"{figure(value)} {unit} of task budgets" for unit, value in found.budget.items() if value
    ]
    say(f"cost: {', '.join(cost)}")
    for pool in pools:
        limit = pool.limit.get("minutes", 0)
        free = limit - pool.spent.get("minutes", 0) - pool.reserved.get("minutes", 0)
        name = f"budget of group {pool.group}" if pool.group else "budget of the board"
        if limit:
            say(f"{name}: {figure(free)} of {minutes(limit)} free")
        if limit and not pool.group and found.total_minutes > free:
            short = minutes(found.total_minutes - free)
            warn(f"the plan needs {short} more than its budget has")
    if found.unset:
        say(f"{counted(found.unset, 'task')} without an estimate, counted as one minute")


def _some(keys: list[str], between: str = ", ") -> str:
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return between.join(keys[:_SHOWN]) + more


def _of_plan(run: Invocation, tasks: list[ImportedTask], agents: int, split: int) -> _Ahead:
    """Its tasks, those that the board has settled as such, and what the board says. The board may
    not be there yet."""
    ahead = _Ahead(tasks, agents or 1, _streams(batches_of(tasks), tasks, split))
    with suppress(HeadwaterError), run.opened() as board:
        states = {str(item["key"]): state for state in SETTLED for item in in_state(board, state)}
        ahead.tasks = [
            task.model_copy(update={"state": states[task.key]}) if task.key in states else task
            for task in tasks
        ]
        ahead.policy, ahead.pools = _policy(board), board.budget().pools
    return ahead


def _of_board(run: Invocation, agents: int, split: int) -> _Ahead:
    """All tasks of the board, and how its run would go on.

    Raises:
        BadRequest: the board has no run in this repository.
    """
    found = standing(Path.cwd(), str(run.location), run.board)
    if found is None:
        raise BadRequest(
            "there is no run of this board here to go on with", next="headwater run PLAN --dry-run"
        )
    record = found.record
    split = split or (0 if agents else record.split)
    with run.opened() as board:
        tasks = board.plan().tasks
        page: GraphReply = board.graph(view="list", limit=1)
        return _Ahead(
            tasks,
            agents or record.agents,
            _streams(record.batches, tasks, split),
            _policy(board),
            board.budget().pools,
            page.counts or {},
        )


def _streams(
    batches: Sequence[tuple[str, int]], tasks: Sequence[ImportedTask], split: int
) -> dict[str, int]:
    numbers = dict(batches)
    return {task.key: int(not is_first(numbers, task.key, split)) for task in tasks if split}


def _policy(board: Board) -> Policy:
    return Policy().changed(board.policy().policy or {})
