"""Headwater's own plan file: `{"headwater": 1, "tasks": [...]}`. See docs/formats.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast, get_args

from pydantic import TypeAdapter, ValidationError

from headwater.errors import BadPlan
from headwater.formats.plan import Place, Plan, check_edges, make_task
from headwater.formats.report import Problems, Report, shown
from headwater.verbs.base import Text
from headwater.verbs.importing import ImportedTask, PlanField

NAME: Final = "headwater"
VERSION: Final = 1
_FIELDS: Final = {"headwater", "rules", "tasks"}
_RULES: Final[TypeAdapter[str]] = TypeAdapter(Text)


def recognises(document: Mapping[str, object]) -> bool:
    """Whether a parsed JSON document claims to be a Headwater plan."""
    return "headwater" in document


def read(name: str, document: dict[str, Any]) -> Plan:
    """The plan in a parsed document.

    Raises:
        BadPlan: with every problem found.
    """
    version = document["headwater"]
    if isinstance(version, bool) or version != VERSION:
        raise BadPlan(
            f"{name}: field headwater: this release reads version {VERSION} of the format",
            next="import it with the release that wrote it",
        )
    problems = Problems()
    for field in document.keys() - _FIELDS:
        problems.add(
            f"{name}, field {shown(field)}", "no such field; allowed: headwater, rules, tasks"
        )
    rules = _rules(document.get("rules", ""), f"{name}, field rules", problems)
    items = document.get("tasks")
    if not isinstance(items, list) or not items:
        problems.add(f"{name}, field tasks", "a list with at least one task")
        items = []
    tasks: list[tuple[ImportedTask, Place]] = []
    for index, item in enumerate(cast("list[object]", items)):
        place = Place(name, item=f"tasks[{index}]")
        tasks.append((make_task(item, place, problems, {}), place))
    check_edges(tasks, problems)
    problems.raise_if_any()
    report = Report(NAME)
    for task, _ in tasks:
        report.keep("every field as it stands", task.key)
    return Plan([task for task, _ in tasks], report, get_args(PlanField), rules)


def _rules(value: object, where: str, problems: Problems) -> str:
    try:
        return _RULES.validate_python(value)
    except ValidationError as error:
        (wrong,) = error.errors(include_url=False, include_input=False, include_context=False)
        problems.add(where, wrong["msg"].removeprefix("Value error, "))
        return ""


def write(tasks: Sequence[ImportedTask], rules: str = "") -> str:
    """`tasks` as a file that `read` gives back: one task a line, defaults left out."""
    lines = ",\n".join(json.dumps(_said(task), ensure_ascii=False) for task in tasks)
    said = f'"rules": {json.dumps(rules, ensure_ascii=False)}, ' if rules else ""
    return f'{{"headwater": {VERSION}, {said}"tasks": [\n{lines}\n]}}\n'


def _said(task: ImportedTask) -> dict[str, Any]:
    """Also that there is no review, if it is said: a board may review what does not say it."""
    said = task.model_dump(mode="json", exclude_defaults=True)
    return said | {"review": task.review} if "review" in task.model_fields_set else said
