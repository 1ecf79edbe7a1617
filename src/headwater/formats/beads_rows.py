"""The lines of a beads export: issues and dependencies, with their types checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from pydantic import JsonValue

from headwater.formats.plan import Place
from headwater.formats.report import Problems, shown

TEXTS: Final = (
    "description",
    "design",
    "notes",
    "acceptance_criteria",
    "close_reason",
    "assignee",
    "external_ref",
    "defer_until",
)
USED: Final = frozenset(
    {
        "id", "title", "status", "issue_type", "priority", "estimated_minutes", "labels",
        "comments", "dependencies", "is_template", "deleted_at", "delete_reason", *TEXTS,
    }
)  # fmt: skip
TOP_PRIORITY, BOTTOM_PRIORITY = 0, 4


@dataclass
class Issue:
    """One issue, as the file has it."""

    id: str
    place: Place
    title: str = ""
    status: str = "open"
    issue_type: str = "task"
    priority: int = 2
    minutes: float = 0
    is_template: bool = False
    texts: dict[str, str] = field(default_factory=dict[str, str])
    labels: list[str] = field(default_factory=list[str])
    comments: list[str] = field(default_factory=list[str])
    other_fields: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Link:
    """`issue` depends on `target`; what that means is in `type`."""

    issue: str
    target: str
    type: str
    place: Place


class _Row:
    """One parsed line: its fields by type. A wrong type is a problem and reads as empty."""

    def __init__(self, values: Mapping[str, object], place: Place, problems: Problems) -> None:
        self.values = values
        self.place = place
        self._problems = problems

    def wrong(self, name: str, what: str) -> None:
        self._problems.add(f"{self.place}, field {shown(name)}", what)

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.values.get(name)
        if isinstance(value, str) and (value or not required):
            return value
        if required or value is not None:
            self.wrong(name, "text is expected" if value is not None else "missing")
        return ""

    def number(self, name: str, default: int, low: int, high: int | None = None) -> int:
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and value >= low:
            if high is None or value <= high:
                return value
            self.wrong(name, f"{value} is more than {high}")
        else:
            self.wrong(name, f"a whole number, at least {low}, is expected")
        return default

    def items(self, name: str) -> list[object]:
        value = self.values.get(name)
        if isinstance(value, list):
            return cast("list[object]", value)
        if value is not None:
            self.wrong(name, "a list is expected")
        return []

    def rows(self, name: str) -> Iterator[_Row]:
        for index, item in enumerate(self.items(name)):
            if isinstance(item, dict):
                yield _Row(cast("dict[str, object]", item), self.place, self._problems)
            else:
                self.wrong(f"{name}[{index}]", "an object is expected")


def read_lines(name: str, text: str, problems: Problems) -> tuple[list[Issue], list[Link]]:
    """The issues and dependencies of one file; what is wrong is added to `problems`."""
    issues: list[Issue] = []
    links: list[Link] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = Place(name, number)
        values = _parse(line, place, problems)
        if values is None:
            continue
        row = _Row(values, place, problems)
        if "title" in values:
            issues.append(_issue(row))
            links += [_link(inner, default=issues[-1].id) for inner in row.rows("dependencies")]
        elif "depends_on_id" in values:
            links.append(_link(row))
        else:
            problems.add(
                str(place),
                "neither an issue (field title) nor a dependency (field depends_on_id)",
            )
    return issues, links


def _parse(line: str, place: Place, problems: Problems) -> dict[str, JsonValue] | None:
    try:
        values: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        column = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        problems.add(str(place), f"not JSON{column}")
        return None
    if not isinstance(values, dict):
        problems.add(str(place), "a JSON object is expected")
        return None
    return cast("dict[str, JsonValue]", values)


def _issue(row: _Row) -> Issue:
    estimate = row.number("estimated_minutes", 0, 0)
    labels = row.items("labels")
    if not all(isinstance(label, str) for label in labels):
        row.wrong("labels", "a list of texts is expected")
    comments = [
        (inner.text("author"), inner.text("created_at"), inner.text("text"))
        for inner in row.rows("comments")
    ]
    return Issue(
        id=row.text("id", required=True),
        place=row.place,
        title=row.text("title", required=True),
        status=row.text("status") or "open",
        issue_type=row.text("issue_type") or "task",
        priority=row.number("priority", 2, TOP_PRIORITY, BOTTOM_PRIORITY),
        minutes=float(estimate),
        is_template=bool(row.values.get("is_template")),
        texts={name: value for name in TEXTS if (value := row.text(name))},
        labels=[label for label in labels if isinstance(label, str)],
        comments=[f"{author or 'someone'}, {when}: {text}" for author, when, text in comments],
        other_fields=[
            name
            for name, value in row.values.items()
            if name not in USED and value not in (None, "", 0, False, "{}", [], {})
        ],
    )


def _link(row: _Row, default: str = "") -> Link:
    return Link(
        issue=row.text("issue_id") or default,
        target=row.text("depends_on_id", required=True),
        type=(row.text("type") or "blocks").replace("_", "-"),
        place=row.place,
    )
