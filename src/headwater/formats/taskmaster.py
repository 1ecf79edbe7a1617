"""task-master's tasks.json: tasks under tags (or, in old files, without), with subtasks.

A tag becomes a group, so that the tags of one file can share a board; `tag` picks one of them for
a board of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from headwater.errors import BadPlan
from headwater.formats import fit
from headwater.formats.acyclic import AcyclicEdges
from headwater.formats.families import add_families
from headwater.formats.fields import Fields
from headwater.formats.keys import keys_for
from headwater.formats.plan import STAND_IN, Place, Plan, demand_acyclic, make_task
from headwater.formats.report import Problems, Report, shown
from headwater.formats.taskmaster_items import MAIN, Item, read_items
from headwater.verbs.importing import ImportedTask, PlanField

NAME: Final = "task-master"
_SAYS: Final[tuple[PlanField, ...]] = ("title", "spec", "acceptance", "priority")
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


def recognises(document: Mapping[str, object]) -> bool:
    """Whether a parsed JSON document is a file of task-master."""
    if _are_tasks(document.get("tasks")):
        return True
    tags = [cast("dict[str, object]", v) for v in document.values() if isinstance(v, dict)]
    return 0 < len(tags) == len(document) and all(_are_tasks(tag.get("tasks")) for tag in tags)


def _are_tasks(value: object) -> bool:
    if not isinstance(value, list):
        return False
    items = cast("list[object]", value)
    return not items or any(isinstance(item, dict) and "id" in item for item in items)


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
    items = read_items(picked, problems, report)
    return _Reading(items, report, problems, grouped=tagged and not tag).plan()


@dataclass
class _Reading:
    """The items as tasks."""

    items: dict[str, Item]
    report: Report
    problems: Problems
    grouped: bool

    def plan(self) -> Plan:
        keys = keys_for(self.items, self.report)
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
        edges = demand_acyclic(hard, self.problems, self._dependencies_of, self._check)
        for item in self.items.values():
            for up in item.needs if item.finished else []:
                if edges.add(item.name, up):
                    hard[item.name].append(up)
                else:
                    self.report.drop(
                        "a dependency of finished work that closes a circle", f"{item.name} -> {up}"
                    )
        return edges, hard

    def _check(self, name: str) -> None:
        self._task(self.items[name], STAND_IN, [], blocked=False)

    def _dependencies_of(self, name: str) -> str:
        row = self.items[name].row
        return f"{row.place}, field {row.path}dependencies"

    def _task(self, item: Item, key: str, needs: list[str], *, blocked: bool) -> ImportedTask:
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
        return make_task(values, row.itself, self.problems, _FILE_NAMES)

    def _acceptance(self, item: Item) -> tuple[list[str], str]:
        value = item.row.values.get("acceptanceCriteria")
        lines = (
            "\n".join(item.row.words("acceptanceCriteria"))
            if isinstance(value, list)
            else item.row.text("acceptanceCriteria")
        )
        return fit.acceptance(lines, item.name, "acceptanceCriteria", self.report)

    def _state(self, item: Item, *, blocked: bool) -> tuple[str, str]:
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

    def _priority(self, item: Item) -> int:
        if not item.priority:
            return 0
        found = PRIORITIES.get(item.priority.strip().lower())
        if found is None:
            item.row.wrong("priority", "critical, high, medium or low is expected")
            return 0
        if found:
            self.report.map(f"priority {item.priority.strip().lower()} becomes {found}", item.name)
        return found
