"""The tasks and subtasks of task-master's file as it has them, and what each depends on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from headwater.formats.fields import Fields
from headwater.formats.report import Problems, Report

MAIN: Final = "master"
"""The tag of a file without tags."""
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


@dataclass
class Item:
    """A task or subtask; `name` is unique in the file: `1`, `1.2`, `loop/1.2`."""

    name: str
    tag: str
    id: str
    row: Fields
    status: str
    priority: str
    parent: Item | None = None
    needs: list[str] = field(default_factory=list[str])
    twins: int = 0
    """How many others were given its id."""

    @property
    def state(self) -> str:
        return STATUSES.get(self.status, "held")

    @property
    def finished(self) -> bool:
        return self.state in ("done", "cancelled")


def read_items(
    sections: Mapping[str, Fields], problems: Problems, report: Report
) -> dict[str, Item]:
    """Every item of some tags by its name, with the names of those that it depends on. What is
    there twice, or nowhere, is added to `problems`.

    Raises:
        BadPlan: there are no items, or some that cannot be read.
    """
    items = [item for tag, section in sections.items() for item in _items(tag, section, report)]
    if not items:
        problems.add(next(iter(sections.values())).place.file, "no tasks")
    problems.raise_if_any()
    by_name = _by_name(items, report)
    _take_dependencies(by_name, report)
    return by_name


def _items(tag: str, section: Fields, report: Report) -> Iterator[Item]:
    """The tasks of a tag, each before its subtasks, which may have subtasks of their own."""
    section.drop_others({"tasks"}, report, f"tag {tag}")
    for task in section.rows("tasks"):
        left: list[tuple[Fields, Item | None]] = [(task, None)]
        while left:
            row, parent = left.pop()
            item = _item(tag, row, parent)
            yield item
            left += reversed([(inner, item) for inner in row.rows("subtasks")])


def _item(tag: str, row: Fields, parent: Item | None) -> Item:
    id = row.word("id")
    if parent is not None:
        id = id if id.startswith(f"{parent.id}.") else f"{parent.id}.{id}"
    return Item(
        name=id if tag == MAIN else f"{tag}/{id}",
        tag=tag,
        id=id,
        row=row,
        status=(row.text("status") or "pending").strip().lower().replace("_", "-"),
        priority=row.text("priority") or (parent.priority if parent else ""),
        parent=parent,
    )


def _by_name(items: list[Item], report: Report) -> dict[str, Item]:
    """Items by name. Subtasks of one id, which task-master has been known to write, are told apart
    by their order; that a dependency means one of them is found later."""
    found: dict[str, Item] = {}
    for item in items:
        first = found.get(item.name)
        if first is not None and item.parent is not None:
            first.twins += 1
            item.name = f"{item.name}-{first.twins + 1}"
            report.map("a subtask whose id is taken was given another", item.name)
            first = found.get(item.name)
        if first is not None:
            item.row.wrong("id", f"'{item.name}' is there twice")
            item.name += f" at {item.row.itself.item}"  # what else is wrong is said of both
        found[item.name] = item
    return found


def _take_dependencies(items: dict[str, Item], report: Report) -> None:
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


def _target(item: Item, id: str, items: dict[str, Item], report: Report) -> Item | None:
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
