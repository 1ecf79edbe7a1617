"""What a plan will take, before anything is started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from headwater.cli.output import figure, say, say_json, warn
from headwater.errors import BadRequest, HeadwaterError
from headwater.runner.forecast import Forecast, forecast
from headwater.runner.streams import batches_of, is_first

if TYPE_CHECKING:
    from headwater.cli.invocation import Invocation
    from headwater.verbs.importing import ImportedTask
    from headwater.verbs.people import BudgetPool

_SHOWN: Final = 12


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
    say(f"critical path: {figure(found.critical_minutes)} min: {_some(found.critical, ' -> ')}")
    say(f"makespan: about {figure(found.makespan_minutes)} min with {found.agents} agent(s)")
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
            say(f"{name}: {figure(free)} of {figure(limit)} minutes are free")
        if limit and not pool.group and found.total_minutes > free:
            short = figure(found.total_minutes - free)
            warn(f"the plan needs {short} minutes more than its budget has")
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
