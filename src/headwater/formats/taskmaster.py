"""task-master's tasks.json: tasks under tags (or, in old files, without), with subtasks.

A tag becomes a group, so that the tags of one file can share a board; `tag` picks one of them for
a board of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

from pydantic import ValidationError

from headwater.errors import BadPlan
from headwater.formats import fit
from headwater.formats.acyclic import AcyclicEdges
from headwater.formats.families import add_families
from headwater.formats.fields import Fields
from headwater.formats.keys import map_keys
from headwater.formats.plan import Place, Plan, validation_problems
from headwater.formats.report import Problems, Report, shown
from headwater.graph.cycles import cycle_sentence, find_cycle
from headwater.verbs.importing import ImportedTask, PlanField

NAME: Final = "task-master"
MAIN: Final = "master"
_SAYS: Final[tuple[PlanField, ...]] = ("title", "spec", "acceptance", "priority")
STATUSES: Final = {
    "pending": "open",
    "in-progress": "open",
    "blocked": "open",
    "done": "done",
    "completed": "done",
    "cancelled": "cancelled",
    "review": "held",
    "deferred": "held",
}
PRIORITIES: Final = {"critical": 20, "high": 10, "medium": 0, "low": -10}
"""One step outweighs ten days of waiting in the queue."""
_TASK_FIELDS: Final = frozenset(
    {
        "id", "title", "description", "details", "testStrategy", "acceptanceCriteria", "status",
        "priority", "dependencies", "subtasks", "parentTaskId", "parentId", "parentTask",
        "isSubtask",
    }
)  # fmt: skip
_FILE_NAMES: Final = {"key": "id", "spec": "details", "needs": "dependencies", "group": "tag"}


@dataclass
class _Item:
    """A task or subtask; `name` is unique in the file: `1`, `1.2`, `loop/1.2`."""

    name: str
    tag: str
    id: str
    row: Fields
    status: str
    priority: str
    parent: _Item | None = None
    needs: list[str] = field(default_factory=list[str])
    twins: int = 0
    """How many others were given its id."""

    @property
    def state(self) -> str:
        return STATUSES.get(self.status, "held")

    @property
    def finished(self) -> bool:
        return self.state in ("done", "cancelled")


def recognises(document: object) -> bool:
    """Whether a parsed JSON document is a file of task-master."""
    if not isinstance(document, dict) or not document:
        return False
    values = cast("dict[str, object]", document)
    if _are_tasks(values.get("tasks")):
        return True
    tags = [cast("dict[str, object]", v) for v in values.values() if isinstance(v, dict)]
    return len(tags) == len(values) and all(_are_tasks(tag.get("tasks")) for tag in tags)


def _are_tasks(value: object) -> bool:
    if not isinstance(value, list):
        return False
    items = cast("list[object]", value)
    return all(isinstance(item, dict) and "id" in item for item in items)


def read(name: str, document: dict[str, object], tag: str = "") -> Plan:
    """The plan in a parsed document, or that under one tag of it.

    Raises:
        BadPlan: there is no such tag, or with every problem found.
    """
    problems, report = Problems(), Report(NAME)
    tagged = not _are_tasks(document.get("tasks"))
    root = Fields(document, Place(name), problems)
    sections = {one: root.row(one) for one in document} if tagged else {MAIN: root}
    if tag and tag not in sections:
        raise BadPlan(
            f"{name}: there is no tag {shown(tag)}",
            next="tags: " + ", ".join(shown(one) for one in sections),
        )
    picked = {tag: sections[tag]} if tag else sections
    for left in sections.keys() - picked.keys():
        report.drop("another tag", left)
    items = [item for one, row in picked.items() for item in _items(one, row, report)]
    if not items:
        problems.add(name, "no tasks")
    by_name = _by_name(items, report)
    problems.raise_if_any()
    _take_dependencies(by_name, report)
    problems.raise_if_any()
    return _Reading(by_name, report, problems, grouped=tagged and not tag).plan()


def _items(tag: str, section: Fields, report: Report) -> Iterator[_Item]:
    section.drop_others({"tasks"}, report, f"tag {tag}")
    for row in section.rows("tasks"):
        task = _item(tag, row, None)
        yield task
        for inner in row.rows("subtasks"):
            yield _item(tag, inner, task)


def _item(tag: str, row: Fields, parent: _Item | None) -> _Item:
    id = row.word("id")
    if parent is not None:
        id = id if id.startswith(f"{parent.id}.") else f"{parent.id}.{id}"
    return _Item(
        name=id if tag == MAIN else f"{tag}/{id}",
        tag=tag,
        id=id,
        row=row,
        status=(row.text("status") or "pending").strip().lower().replace("_", "-"),
        priority=row.text("priority") or (parent.priority if parent else ""),
        parent=parent,
    )


def _by_name(items: list[_Item], report: Report) -> dict[str, _Item]:
    """Items by name. Subtasks of one id, which task-master has been known to write, are told apart
    by their order; that a dependency means one of them is found later."""
    found: dict[str, _Item] = {}
    for item in items:
        first = found.get(item.name)
        if first is not None and item.parent is not None:
            first.twins += 1
            item.name = f"{item.name}-{first.twins + 1}"
            report.map("a subtask whose id is taken was given another", item.name)
            first = found.get(item.name)
        if first is not None:
            item.row.wrong("id", f"'{item.name}' is there twice")
        found[item.name] = item
    return found


def _take_dependencies(items: dict[str, _Item], report: Report) -> None:
    """What each item depends on, by name. What is nowhere is a problem unless the item is
    finished; a cancelled task blocks nothing."""
    for item in items.values():
        for at, id in enumerate(item.row.words("dependencies")):
            target = _target(item, id, items, report)
            if target is None:
                if item.finished:
                    report.drop("a dependency that is not in the file", f"{item.name} -> {id}")
                else:
                    item.row.wrong(
                        f"dependencies[{at}]", f"'{item.name}' needs '{id}', which is not there"
                    )
            elif target.twins:
                item.row.wrong(
                    f"dependencies[{at}]", f"'{id}' is the id of {target.twins + 1} subtasks"
                )
            elif target is item:
                item.row.wrong(f"dependencies[{at}]", f"'{item.name}' needs itself")
            elif target.name in item.needs:
                report.drop("a dependency that is there twice", f"{item.name} -> {id}")
            elif target.state == "cancelled" and not item.finished:
                report.drop("a dependency on a cancelled task", f"{item.name} -> {target.name}")
            else:
                item.needs.append(target.name)


def _target(item: _Item, id: str, items: dict[str, _Item], report: Report) -> _Item | None:
    """A plain number in a subtask is its sibling, else a task. A tag may go on from `master`."""
    lead = "" if item.tag == MAIN else f"{item.tag}/"
    if item.parent is not None and "." not in id:
        sibling = items.get(f"{lead}{item.parent.id}.{id}")
        if sibling is not None:
            return sibling
    found = items.get(lead + id)
    if found is None and lead and id in items:
        found = items[id]
        report.map(f"a dependency on a task of the tag {MAIN}", f"{item.name} needs {id}")
    return found


@dataclass
class _Reading:
    """The items as tasks."""

    items: dict[str, _Item]
    report: Report
    problems: Problems
    grouped: bool

    def plan(self) -> Plan:
        keys = map_keys(self.items)
        for name, key in keys.items():
            if name != key:
                self.report.map("the id is not a legal key and was changed", f"{name} -> {key}")
        edges, hard = self._edges()
        # What is cancelled would keep its parent waiting for ever.
        parents = {
            name: [item.parent.name] if item.parent and item.state != "cancelled" else []
            for name, item in self.items.items()
        }
        finished = {name for name, item in self.items.items() if item.finished}
        add_families(edges, hard, parents, finished, self.report)
        tasks: list[ImportedTask] = []
        for name in edges.order():
            blocked = any(self.items[up].state != "done" for up in hard[name])
            needs = [keys[up] for up in hard[name]]
            tasks.append(self._task(self.items[name], keys[name], needs, blocked=blocked))
        self.problems.raise_if_any()
        return Plan(tasks, self.report, (*_SAYS, "group") if self.grouped else _SAYS)

    def _edges(self) -> tuple[AcyclicEdges, dict[str, list[str]]]:
        """The dependencies, of finished work as far as they make no circle."""
        hard = {n: [] if item.finished else list(item.needs) for n, item in self.items.items()}
        cycle = find_cycle((name, up) for name, ups in hard.items() for up in ups)
        if cycle:
            self.items[cycle[0]].row.wrong("dependencies", f"a circle: {cycle_sentence(cycle)}")
        self.problems.raise_if_any()
        edges = AcyclicEdges(list(self.items), hard)
        for item in self.items.values():
            for up in item.needs if item.finished else []:
                if edges.add(item.name, up):
                    hard[item.name].append(up)
                else:
                    self.report.drop(
                        "a dependency of finished work that closes a circle", f"{item.name} -> {up}"
                    )
        return edges, hard

    def _task(self, item: _Item, key: str, needs: list[str], *, blocked: bool) -> ImportedTask:
        row = item.row
        row.drop_others(_TASK_FIELDS, self.report, item.name)
        title, whole = fit.title(row.text("title", required=True), item.name, self.report)
        acceptance, too_long = self._acceptance(item)
        strategy = row.text("testStrategy")
        state, why = self._state(item, blocked=blocked)
        values: dict[str, Any] = {
            "key": key,
            "title": title,
            "spec": fit.spec(
                whole,
                row.text("description"),
                row.text("details"),
                too_long,
                f"## Test strategy\n\n{strategy}" if strategy else "",
            ),
            "acceptance": acceptance,
            "needs": needs,
            "priority": self._priority(item),
            "group": item.tag if self.grouped else "",
            "state": state,
            "notes": f"Held at import: {why}." if why else "",
        }
        try:
            return ImportedTask.model_validate(values)
        except ValidationError as error:
            place = Place(row.place.file, item=row.path.rstrip("."))
            validation_problems(error, place, self.problems, _FILE_NAMES)
            return ImportedTask.model_validate({"key": "unreadable"})

    def _acceptance(self, item: _Item) -> tuple[list[str], str]:
        value = item.row.values.get("acceptanceCriteria")
        lines = (
            "\n".join(item.row.words("acceptanceCriteria"))
            if isinstance(value, list)
            else item.row.text("acceptanceCriteria")
        )
        return fit.acceptance(lines, item.name, "acceptanceCriteria", self.report)

    def _state(self, item: _Item, *, blocked: bool) -> tuple[str, str]:
        state, why = item.state, ""
        if state == "held":
            why = f"its status was {shown(item.status)}"
        elif item.status == "blocked" and not blocked:
            state, why = "held", "blocked, but by nothing unfinished in the file"
        if why:
            self.report.map("held, because a person has to decide", f"{item.name}: {why}")
        elif item.status == "in-progress":
            self.report.map("status in-progress becomes open: nobody holds a lease here", item.name)
        else:
            self.report.keep(f"status {item.status} becomes {state}", item.name)
        return state, why

    def _priority(self, item: _Item) -> int:
        if not item.priority:
            return 0
        found = PRIORITIES.get(item.priority.strip().lower())
        if found is None:
            item.row.wrong("priority", "critical, high, medium or low is expected")
            return 0
        if found:
            self.report.map(f"priority {item.priority.strip().lower()} becomes {found}", item.name)
        return found
