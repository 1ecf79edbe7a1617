"""What a plan will take, before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from headwater.cli.output import figure, one_line, say, say_json, warn
from headwater.cli.render.sentences import minutes
from headwater.errors import BadRequest, HeadwaterError, counted
from headwater.runner.forecast import SETTLED, Forecast, forecast
from headwater.runner.merging import in_state
from headwater.runner.streams import batches_of, is_first

if TYPE_CHECKING:
    from headwater.cli.invocation import Invocation
    from headwater.formats.plan import Plan
    from headwater.verbs.importing import ImportedTask
    from headwater.verbs.people import BudgetPool

_SHOWN: Final = 12


def show_forecast(run: Invocation, read: Plan | None, agents: int, split: int) -> None:
    """What is left of the plan will take, without starting anything."""
    if read is None:
        raise BadRequest("--dry-run needs a plan", next="headwater run PLAN --dry-run")
    tasks, pools = _on_board(run, read.tasks)
    streams: dict[str, int] = {}
    if split:
        batches = dict(batches_of(tasks))
        streams = {task.key: int(not is_first(batches, task.key, split)) for task in tasks}
    found = forecast(tasks, agents, streams)
    settled = sum(task.state in SETTLED for task in tasks)
    if run.as_json:
        said: dict[str, object] = {"settled": settled, "dropped": read.report.dropped}
        said["pools"] = [pool.model_dump(exclude_none=True) for pool in pools]
        say_json(found.as_dict() | {name: value for name, value in said.items() if value})
        return
    for line in read.report.losses():
        say(one_line(f"of the plan is dropped: {line}", 400))
    if settled:
        all_tasks = counted(len(tasks), "task")
        say(f"of {all_tasks} {settled} done or cancelled already, which do not count")
    if found.waves:
        _say_forecast(found, pools)
    else:
        say("nothing is left to do")


def _say_forecast(found: Forecast, pools: list[BudgetPool]) -> None:
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


def _on_board(
    run: Invocation, tasks: list[ImportedTask]
) -> tuple[list[ImportedTask], list[BudgetPool]]:
    """The tasks, those that the board has settled as such, and its budgets. The board may not be
    there yet."""
    try:
        with run.opened() as board:
            states = {
                str(item["key"]): state for state in SETTLED for item in in_state(board, state)
            }
            return [
                task.model_copy(update={"state": states[task.key]}) if task.key in states else task
                for task in tasks
            ], board.budget().pools
    except HeadwaterError:
        return tasks, []
