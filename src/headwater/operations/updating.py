"""A plan that is imported again: what it says differently, as edits.

What a plan leaves out or empty stays. Edges between tasks of the plan become those of the plan;
edges to other tasks stay. What an edit may not change any more is left, and named.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from headwater.errors import Cycle, WrongState
from headwater.graph.cycles import cycle_sentence, find_cycle
from headwater.graph.states import UNBEGUN, State
from headwater.operations import edit, people
from headwater.operations.exporting import Outgoing, plan_of
from headwater.operations.structure import demand_needs
from headwater.operations.work import Work
from headwater.verbs.importing import ImportedTask, Left
from headwater.verbs.people import PersonRequest
from headwater.verbs.plan import EditRequest, TaskChanges

REASON: Final = "imported again"
_DELIVERED: Final = ("summary", "critical", "artifacts", "delivered", "evidence")
_BY_HAND: Final = frozenset({*UNBEGUN, State.HELD, State.FAILED})
"""States in which nobody works on a task: it may be said to be done."""


@dataclass(slots=True)
class Plans:
    """What is to be changed, and what is left."""

    edits: list[EditRequest] = field(default_factory=list[EditRequest])
    finished: list[ImportedTask] = field(default_factory=list[ImportedTask])
    """Tasks that the plan says are done, in its order."""
    left: list[Left] = field(default_factory=list[Left])

    @property
    def updated(self) -> list[str]:
        """The keys of the tasks that change."""
        keys = [request.task for request in self.edits]
        return list(dict.fromkeys([*keys, *(spec.key for spec in self.finished)]))


def plan(work: Work, old: list[ImportedTask], whole: list[ImportedTask]) -> Plans:
    """Compare the tasks that the board has with what the plan says of them. Nothing is changed.

    Raises:
        Cycle: the edges of the plan and of the board would close one.
    """
    found = Plans()
    if not old:
        return found
    now = plan_of(work.tx, work.board.id)
    board = {task.key: task for task in now.tasks}
    planned = {spec.key for spec in whole}
    for spec in old:
        _compare(work, spec, board[spec.key], now, planned, found)
    _demand_acyclic(board, [spec for spec in whole if spec.key not in board], found)
    return found


def carry_out(work: Work, plans: Plans) -> None:
    """Make the changes."""
    for request in plans.edits:
        edit.edit(work, request)
    for spec in plans.finished:
        if work.task(spec.key).state != State.DONE:
            people.person(work, PersonRequest(action="done", task=spec.key, text=spec.summary))


def _compare(
    work: Work,
    spec: ImportedTask,
    board: ImportedTask,
    now: Outgoing,
    planned: Collection[str],
    found: Plans,
) -> None:
    changes = {
        name: getattr(spec, name)
        for name in TaskChanges.model_fields
        if _differs(name, spec, board)
    }
    edges = _edges(work, spec, board, now, planned, found)
    if changes or edges:
        found.edits.append(
            EditRequest(task=spec.key, set=TaskChanges(**changes), reason=REASON, **edges)
        )
    state = now.states[spec.key]
    if spec.state == "done" and state in _BY_HAND:
        found.finished.append(spec)
        return
    if spec.state not in ("open", state):
        why = f"the board says {state}; `headwater done`, `cancel` or `rework` changes that"
        found.left.append(Left(task=spec.key, field="state", why=why))
    for name in _DELIVERED:
        if getattr(spec, name) and getattr(spec, name) != getattr(board, name):
            why = "what was delivered on the board stands; `headwater rework` begins a new round"
            found.left.append(Left(task=spec.key, field=name, why=why))
    if spec.notes and spec.notes not in board.notes:
        why = "notes are its workers' own; `headwater tell` reaches them"
        found.left.append(Left(task=spec.key, field="notes", why=why))


def _differs(name: str, spec: ImportedTask, board: ImportedTask) -> bool:
    """Whether the plan says something, and something else than the board."""
    if name == "capabilities":
        return bool(spec.capabilities) and set(spec.capabilities) != set(board.capabilities)
    if name == "estimate":  # the board counts in milliseconds
        return spec.estimate > 0 and round(spec.estimate * 60_000) != round(board.estimate * 60_000)
    said: object = getattr(spec, name)
    there: object = getattr(board, name)
    return said not in (ImportedTask.model_fields[name].default, there)


def _edges(
    work: Work,
    spec: ImportedTask,
    board: ImportedTask,
    now: Outgoing,
    planned: Collection[str],
    found: Plans,
) -> dict[str, Any]:
    """The edges to add and to drop, and the contracts to write."""

    def names(given: list[str]) -> list[str]:
        return [stand for one in given if (stand := now.instead.get(one, one)) != spec.key]

    contracts = {
        now.instead.get(one.task, one.task): one.model_copy(
            update={"task": now.instead.get(one.task, one.task)}
        )
        for one in spec.contracts
    }
    hard = dict.fromkeys([*names(spec.needs), *contracts])
    soft = dict.fromkeys(names([*spec.soft, *spec.candidates]))
    fixed = now.fixed.get(spec.key, set())
    there = {c.task: c for c in board.contracts}
    add = [up for up in hard if up not in board.needs and up not in there]
    add_soft = [up for up in soft if up not in _upstreams(board)]
    written = [one for up, one in contracts.items() if one != there.get(up) and up not in fixed]
    drop = [
        up
        for up in _upstreams(board)
        if up in planned and up not in hard and up not in soft and up not in fixed
    ]
    if add:
        try:
            demand_needs(work, work.task(spec.key), by_holder=False)
        except WrongState as refusal:
            found.left.append(Left(task=spec.key, field="needs", why=refusal.message))
            written = [one for one in written if one.task not in add]
            add = []
    wanted = {"add_needs": add, "add_soft": add_soft, "drop_needs": drop, "contracts": written}
    return {name: value for name, value in wanted.items() if value}


def _upstreams(task: ImportedTask) -> list[str]:
    return list(dict.fromkeys([*task.needs, *task.soft, *task.candidates]))


def _demand_acyclic(board: dict[str, ImportedTask], new: list[ImportedTask], found: Plans) -> None:
    """The edges as they will be; a dry run must find what a real one would."""
    edits = {request.task: request for request in found.edits}
    edges: list[tuple[str, str]] = []
    for key, task in board.items():
        request = edits.get(key)
        dropped = request.drop_needs if request else []
        edges += [(key, up) for up in _upstreams(task) if up not in dropped]
        if request:
            edges += [(key, up) for up in (*request.add_needs, *request.add_soft)]
    for spec in new:
        edges += [(spec.key, up) for up in _upstreams(spec)]
        edges += [(spec.key, contract.task) for contract in spec.contracts]
        edges += [(consumer, spec.key) for consumer in spec.before]
    cycle = find_cycle(edges)
    if cycle:
        raise Cycle(
            f"that would close a circle: {cycle_sentence(cycle)}; nothing was changed",
            state={"cycle": cycle[:20]},
            next="drop one of these edges first: headwater edit KEY --drop-needs UPSTREAM",
        )
