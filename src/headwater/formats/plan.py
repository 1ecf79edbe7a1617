"""A plan as it was read from a file, and the checks that every format shares."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast

from pydantic import ValidationError

from headwater.formats.acyclic import AcyclicEdges
from headwater.formats.report import Problems, Report, shown
from headwater.graph.cycles import cycle_sentence, find_cycle
from headwater.verbs.importing import ImportedTask, PlanField

_EDGES: Final = frozenset({"key", "needs", "soft", "candidates", "contracts"})
STAND_IN: Final = "stand-in"
"""A key for a task of which only the fields are checked."""


@dataclass(frozen=True)
class Plan:
    """Tasks, in an order in which they can be added, with the report of how they were read."""

    tasks: list[ImportedTask]
    report: Report
    says: Sequence[PlanField]
    """Fields that the format has a place for: an empty one of these says that there is nothing."""
    rules: str = ""
    """What holds for all tasks."""


@dataclass(frozen=True)
class Place:
    """Where in a file something stands."""

    file: str
    line: int = 0
    item: str = ""

    def __str__(self) -> str:
        if self.line:
            return f"{self.file}, line {self.line}"
        return f"{self.file}, {self.item}" if self.item else self.file


def make_task(
    values: object, place: Place, problems: Problems, names: Mapping[str, str]
) -> ImportedTask:
    """A task from its fields. Each failure is added to `problems`, under the name that the file has
    for the field (`names`); what is returned then has what can be read of its key and edges."""
    try:
        return ImportedTask.model_validate(values)
    except ValidationError as error:
        wrong: set[str] = set()
        for item in error.errors(include_url=False, include_input=False, include_context=False):
            head, *rest = [str(part) for part in item["loc"]] or ["task"]
            wrong.add(head)
            field = ".".join([names.get(head, head), *rest])
            what = item["msg"].removeprefix("Value error, ")
            if item["type"] == "extra_forbidden":
                what = "no such field"
            problems.add(f"{place}, field {shown(field)}", what)
        return _edges_of(values, wrong)


def _edges_of(values: object, wrong: Collection[str]) -> ImportedTask:
    """Of a task that cannot be read, key and edges; without a key, which no task has, if that
    cannot be read either."""
    if isinstance(values, dict):
        fields = cast("dict[str, object]", values)
        readable = {name: fields[name] for name in _EDGES if name in fields and name not in wrong}
        with suppress(ValidationError):
            return ImportedTask.model_validate(readable)
    return ImportedTask.model_construct(key="")


def demand_acyclic(
    needs: Mapping[str, Sequence[str]],
    problems: Problems,
    where: Callable[[str], str],
    check: Callable[[str], object],
) -> AcyclicEdges:
    """The edges of every name, to add more to. `where` says where a name stands in its file.

    Raises:
        BadPlan: with every problem found, a circle among them, and what `check` adds for each name.
    """
    cycle = find_cycle((name, up) for name, ups in needs.items() for up in ups)
    if cycle:
        problems.add(where(cycle[0]), f"a circle: {cycle_sentence(cycle)}")
    if problems.found:
        for name in needs:
            check(name)
    problems.raise_if_any()
    return AcyclicEdges(list(needs), needs)


def check_edges(read: Sequence[tuple[ImportedTask, Place]], problems: Problems) -> None:
    """Duplicates, dangling references, self-edges and circles. Where a key could not be read, it
    may be the one that seems to be missing."""
    places: dict[str, Place] = {}
    for task, place in read:
        if task.key and task.key in places:
            problems.add(str(place), f"the key '{task.key}' is there twice")
        places.setdefault(task.key, place)
    known = None if "" in places else places.keys()
    for task, place in read:
        _check_references(task, known, str(place), problems)
    cycle = find_cycle(
        (task.key, upstream)
        for task, _ in read
        for upstream in _upstreams(task)
        if upstream != task.key and upstream in places
    )
    if cycle:
        problems.add(str(places[cycle[0]]), f"a circle: {cycle_sentence(cycle)}")


def _upstreams(task: ImportedTask) -> list[str]:
    contracted = [contract.task for contract in task.contracts]
    return [*task.needs, *task.soft, *task.candidates, *contracted]


def _check_references(
    task: ImportedTask, known: Collection[str] | None, where: str, problems: Problems
) -> None:
    contracted = [contract.task for contract in task.contracts]
    named = (
        ("needs", task.needs),
        ("soft", task.soft),
        ("candidates", task.candidates),
        ("contracts", contracted),
    )
    for field, keys in named:
        for key in keys:
            if key == task.key:
                problems.add(f"{where}, field {field}", f"'{key}' needs itself")
            elif known is not None and key not in known:
                problems.add(f"{where}, field {field}", f"there is no task '{key}' in the file")
        if len(set(keys)) != len(keys):
            problems.add(f"{where}, field {field}", "an upstream is named twice")
    for key in set(task.needs) & set(task.soft):
        problems.add(f"{where}, field soft", f"'{key}' is under needs already")
    for key in (set(task.needs) | set(task.soft)) & set(task.candidates):
        problems.add(f"{where}, field candidates", f"'{key}' is under needs or soft already")
    for key in set(contracted) & {*task.soft, *task.candidates} - set(task.needs):
        problems.add(f"{where}, field contracts", f"'{key}' is soft; a contract needs a hard edge")
