"""Markdown checklists as a plan; `checklist_items.py` says how an item is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from headwater.formats import fit
from headwater.formats.acyclic import AcyclicEdges
from headwater.formats.checklist_items import Item, is_checklist, items
from headwater.formats.families import add_families
from headwater.formats.keys import map_keys
from headwater.formats.plan import STAND_IN, Plan, demand_acyclic, make_task
from headwater.formats.report import Problems, Report, shown
from headwater.verbs.importing import ImportedTask, PlanField

NAME: Final = "checklist"
_SAYS: Final[tuple[PlanField, ...]] = (
    "title",
    "spec",
    "priority",
    "estimate",
    "capabilities",
    "paths",
    "group",
)
recognises = is_checklist
_NEEDS: Final = ("needs", "soft")
_WORDS: Final = 48
"""Characters of a title that make a key, where they tell it from the others."""
_MINUTES: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(m|min|minutes?|h|hours?|d|days?)?$")
_UNIT: Final = {"m": 1, "h": 60, "d": 8 * 60}
_FILE_NAMES: Final = {"spec": "text"}


def read(name: str, text: str) -> Plan:
    """The plan in a Markdown document.

    Raises:
        BadPlan: with every problem found, each with its line.
    """
    return _Reading(name, text).plan()


class _Reading:
    def __init__(self, name: str, text: str) -> None:
        self.report = Report(NAME)
        self.problems = Problems()
        found = items(name, text, self.report)
        self._use_labels(found)
        self._give_keys(found)
        self.items = {item.name: item for item in found}

    def plan(self) -> Plan:
        known = self._names()
        hard = {key: self._named(item, "needs", known) for key, item in self.items.items()}
        soft = {key: self._named(item, "soft", known) for key, item in self.items.items()}
        self._follow_numbers(hard)
        edges = demand_acyclic(
            hard,
            self.problems,
            lambda key: str(self.items[key].place),
            lambda key: self._task(self.items[key], STAND_IN, [], []),
        )
        parents = {
            key: [item.parent.name] if item.parent and item.state != "cancelled" else []
            for key, item in self.items.items()
        }
        finished = {key for key, item in self.items.items() if item.finished}
        add_families(edges, hard, parents, finished, self.report)
        for key, ups in soft.items():
            soft[key] = [up for up in ups if self._soft(key, up, hard, edges)]
        tasks = [self._task(self.items[k], k, hard[k], soft[k]) for k in edges.order()]
        self.problems.raise_if_any()
        return Plan(tasks, self.report, _SAYS)

    def _use_labels(self, found: list[Item]) -> None:
        """What titles begin with are the items' names if something is said to depend on one."""
        labels = _once(item.label for item in found)
        sure = labels | {item.key for item in found} | _once(item.title for item in found)
        used = False
        for item in found:
            words = {word.casefold() for word in _words(item.depends)}
            if not words.isdisjoint(sure):
                needs = [item.fields["needs"]] if item.fields.get("needs") else []
                item.fields["needs"] = ", ".join([*needs, item.depends])
            for name in _NEEDS:
                words.update(word.casefold() for word in _words(item.fields.get(name, "")))
            used = used or not words.isdisjoint(labels)
        for item in found:
            if not used or item.label.casefold() not in labels:
                item.label = ""

    def _give_keys(self, found: list[Item]) -> None:
        """A key for each item: the one it gives, or its label, or one from its title."""
        count = Counter(_name(item) for item in found)
        for item in found:
            item.name = _name(item)
            if not item.key and count[item.name] > 1:  # more of it, and what it is part of
                item.name = f"{item.parent.title} {item.title}" if item.parent else item.title
        keys = map_keys(item.name for item in found)
        seen: dict[str, Item] = {}
        for item in found:
            key = keys[item.name]
            if item.key and key != item.key:
                self.problems.add(
                    str(item.place), f"'{item.key}' is no key: lower-case letters, digits, . _ -"
                )
            first = seen.setdefault(item.name, item)
            if first is not item:
                self.problems.add(
                    str(item.place),
                    f"the item is there twice, first at line {first.place.line}; give one a "
                    "key of its own, as {#key}",
                )
                key += f" at {item.place}"  # what else is wrong is said of both
            item.name = key

    def _names(self) -> dict[str, str]:
        """What an item may be called where another needs it: its key, its title, or its label."""
        titles = {key: item.title.casefold() for key, item in self.items.items()}
        count = Counter(titles.values())
        labels = {item.label.casefold(): key for key, item in self.items.items() if item.label}
        known = {title: key for key, title in titles.items() if count[title] == 1}
        return labels | known | {key: key for key in self.items}

    def _named(self, item: Item, name: str, known: dict[str, str]) -> list[str]:
        found: dict[str, None] = {}
        for word in _words(item.fields.get(name, "")):
            key = known.get(word.casefold())
            if key is None:
                self.problems.add(
                    f"{item.place}, field {name}",
                    f"there is no item '{shown(word)}': write its whole title here, "
                    f"or {{#{shown(word)}}} at its end",
                )
            else:
                found[key] = None
        return list(found)

    def _follow_numbers(self, hard: dict[str, list[str]]) -> None:
        last: dict[str, Item | None] = {}  # each item, or of cancelled ones the last before it
        for key, item in self.items.items():
            after = last[item.after.name] if item.after else None
            last[key] = after if item.state == "cancelled" else item
            if after is not None and after.name not in hard[key]:
                hard[key].append(after.name)
                self.report.map("a numbered item needs the one before it", key)
            if item.finished:
                continue
            for up in [up for up in hard[key] if self.items[up].state == "cancelled"]:
                hard[key].remove(up)
                self.report.drop("a need of a cancelled item", f"{key} -> {up}")

    def _soft(
        self, key: str, upstream: str, hard: dict[str, list[str]], edges: AcyclicEdges
    ) -> bool:
        if upstream not in hard[key] and edges.add(key, upstream):
            return True
        self.report.drop(
            "a soft need that is hard already, or would close a circle", f"{key} -> {upstream}"
        )
        return False

    def _task(self, item: Item, key: str, needs: list[str], soft: list[str]) -> ImportedTask:
        title, whole = fit.title(item.title, key, self.report)
        globs = _words(item.fields.get("paths", ""))
        paths, others = fit.paths((glob.strip("`") for glob in globs), key, "paths", self.report)
        values: dict[str, Any] = {
            "key": key,
            "title": title,
            "spec": fit.spec(whole, "\n".join(item.text), others),
            "needs": needs,
            "soft": soft,
            "priority": self._whole(item, "priority"),
            "estimate": self._estimate(item),
            "capabilities": _words(item.fields.get("capabilities", "")),
            "paths": paths,
            "group": item.group[:100],
            "state": item.state,
        }
        if item.box == "/":
            self.report.map("an item in progress becomes open: nobody holds a lease here", key)
        else:
            self.report.keep(f"[{item.box}] becomes {item.state}", key)
        return make_task(values, item.place, self.problems, _FILE_NAMES)

    def _whole(self, item: Item, name: str) -> int:
        value = item.fields.get(name, "0") or "0"
        if re.fullmatch(r"-?\d{1,6}", value):
            return int(value)
        self.problems.add(f"{item.place}, field {name}", "a whole number is expected")
        return 0

    def _estimate(self, item: Item) -> float:
        value = item.fields.get("estimate", "").lower()
        match = _MINUTES.match(value)
        if match:
            return float(match[1]) * _UNIT[(match[2] or "m")[0]]
        if value:
            self.problems.add(
                f"{item.place}, field estimate", "minutes are expected, or 90m, 2h, 1d (8 hours)"
            )
        return 0


def _words(value: str) -> list[str]:
    """Names joined by commas; the marks of code and references around them do not count."""
    return [word for word in (part.strip().strip("`#") for part in value.split(",")) if word]


def _once(names: Iterable[str]) -> set[str]:
    """Those that are there once, whatever their case."""
    count = Counter(name.casefold() for name in names)
    return {name for name, times in count.items() if times == 1}


def _name(item: Item) -> str:
    return item.key or item.label.lower() or _short(item.title)


def _short(title: str) -> str:
    """The first words of a title, as a slug."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    if len(slug) <= _WORDS:
        return slug or title
    return slug[:_WORDS].rpartition("-")[0] or slug[:_WORDS]
