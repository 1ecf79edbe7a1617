"""The lines of a beads export: issues and dependencies, with their types checked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final, cast

from pydantic import JsonValue

from headwater.formats import beads_lines
from headwater.formats.fields import Fields, NamedTwice, document
from headwater.formats.plan import Place
from headwater.formats.report import Problems, Report, shown

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
    said: dict[str, Any] = field(default_factory=dict[str, Any])
    """Fields of a task that its description ends with."""
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


def read_lines(
    name: str, text: str, problems: Problems, report: Report
) -> tuple[list[Issue], list[Link]]:
    """The issues and dependencies of one file; what is wrong is added to `problems`.

    Events are left out: what came of them stands in the issues.
    """
    issues: list[Issue] = []
    links: list[Link] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = Place(name, number)
        values = _parse(line, place, problems)
        if values is None:
            continue
        row = Fields(values, place, problems)
        if "title" in values:
            issues.append(_issue(row))
            links += [_link(inner, default=issues[-1].id) for inner in row.rows("dependencies")]
        elif "depends_on_id" in values:
            links.append(_link(row))
        elif "event_type" in values:
            kind = shown(row.text("event_type"))
            report.drop(
                f"an event ({kind}): what came of it stands in the issue", row.word("issue_id")
            )
        else:
            problems.add(
                str(place),
                "neither an issue (field title) nor a dependency (field depends_on_id)",
            )
    return issues, links


def _parse(line: str, place: Place, problems: Problems) -> dict[str, JsonValue] | None:
    try:
        values = document(line)
    except NamedTwice as error:
        problems.add(str(place), str(error))
        return None
    except (ValueError, RecursionError) as error:
        column = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        problems.add(str(place), f"not JSON{column}")
        return None
    if not isinstance(values, dict):
        problems.add(str(place), "a JSON object is expected")
        return None
    return cast("dict[str, JsonValue]", values)


def _issue(row: Fields) -> Issue:
    estimate = row.number("estimated_minutes", 0, 0)
    labels = row.items("labels")
    if not all(isinstance(label, str) for label in labels):
        row.wrong("labels", "a list of texts is expected")
    comments = [
        (inner.text("author"), inner.text("created_at"), inner.text("text"))
        for inner in row.rows("comments")
    ]
    texts = {name: value for name in TEXTS if (value := row.text(name))}
    texts["description"], said = beads_lines.read(texts.get("description", ""))
    return Issue(
        id=row.text("id", required=True),
        place=row.place,
        title=row.text("title", required=True),
        status=row.text("status") or "open",
        issue_type=row.text("issue_type") or "task",
        priority=row.number("priority", 2, TOP_PRIORITY, BOTTOM_PRIORITY),
        minutes=estimate,
        is_template=bool(row.values.get("is_template")),
        texts=texts,
        said=said,
        labels=[label for label in labels if isinstance(label, str)],
        comments=[f"{author or 'someone'}, {when}: {text}" for author, when, text in comments],
        other_fields=row.others(USED),
    )


def _link(row: Fields, default: str = "") -> Link:
    return Link(
        issue=row.text("issue_id") or default,
        target=row.text("depends_on_id", required=True),
        type=(row.text("type") or "blocks").replace("_", "-"),
        place=row.place,
    )
