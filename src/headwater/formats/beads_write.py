"""A plan as beads' JSONL: an issue a line, in fields that `beads.py` reads back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from headwater.formats import beads_lines
from headwater.formats.beads_rows import BOTTOM_PRIORITY, TOP_PRIORITY
from headwater.formats.beads_task import PRIORITY_STEP
from headwater.formats.report import Report
from headwater.verbs.importing import ImportedTask

_STATUS: Final = {
    "open": "open",
    "done": "closed",
    "cancelled": "closed",
    "held": "deferred",
    "failed": "deferred",
}
_FINISHED: Final = ("done", "cancelled")
_NO_PLACE: Final = (
    "review", "attempts", "budget", "critical", "artifacts", "delivered", "evidence",
)  # fmt: skip


def write(
    tasks: Sequence[ImportedTask], times: Mapping[str, tuple[int, int]], report: Report
) -> str:
    """`times` is when each task was added and changed last, in milliseconds since 1970."""
    parents = _parents({task.key: task for task in tasks})
    return "".join(
        json.dumps(_issue(task, parents, times[task.key], report), ensure_ascii=False) + "\n"
        for task in tasks
    )


def _parents(known: Mapping[str, ImportedTask]) -> dict[str, str]:
    """Tasks whose group is a task that waits for them, and that task. It is their parent, unless it
    waits for what they do not: in beads what blocks a parent blocks its children."""
    found: dict[str, str] = {}
    for parent in known.values():
        parts = [up for up in parent.needs if known[up].group == parent.key]
        others = {up for up in parent.needs if known[up].state not in _FINISHED} - {*parts}
        left = (known[part] for part in parts if known[part].state not in _FINISHED)
        if all(others.issubset(part.needs) for part in left):
            found |= dict.fromkeys(parts, parent.key)
    return found


def _issue(
    task: ImportedTask, parents: Mapping[str, str], times: tuple[int, int], report: Report
) -> dict[str, Any]:
    for name in _NO_PLACE:
        value = getattr(task, name)
        if name in task.model_fields_set and value != ImportedTask.default_of(name):
            report.drop(f"{name}: an issue has no place for it", task.key)
    if task.state in ("failed", "cancelled"):
        report.map(f"state {task.state} becomes status {_STATUS[task.state]}", task.key)
    created, changed = (_time(at) for at in times)
    spec, lines = beads_lines.taken(task.spec, beads_lines.ISSUE)
    own = dict(lines)
    labels = [word.strip() for word in own.get("labels", "").split(",") if word.strip()]
    issue: dict[str, Any] = {
        "id": task.key,
        "title": task.title or task.key,
        "description": "\n\n".join(filter(None, (spec, _lines(task, parents, report)))),
        "acceptance_criteria": "\n".join(f"- {item}" for item in task.acceptance),
        "notes": task.notes,
        "status": _STATUS[task.state],
        "priority": _priority(task, report),
        "issue_type": own.get("issue_type", "task"),
        "external_ref": own.get("external_ref", ""),
        "estimated_minutes": max(1, round(task.estimate)) if task.estimate else 0,
        "labels": list(dict.fromkeys([*labels, *task.capabilities])),
        "created_at": created,
        "updated_at": changed,
    }
    if task.estimate and task.estimate != issue["estimated_minutes"]:
        report.map("the estimate is in whole minutes", task.key)
    if issue["status"] == "closed":
        issue["closed_at"] = changed
        issue["close_reason"] = task.summary if task.state == "done" else "cancelled"
    issue["dependencies"] = list(_dependencies(task, parents, created, report))
    return {
        name: value
        for name, value in issue.items()
        if value not in ("", 0, []) or name == "priority"
    }


def _lines(task: ImportedTask, parents: Mapping[str, str], report: Report) -> str:
    """What has no field of its own, as lines of the description."""
    lines = beads_lines.written(task, "" if task.key in parents else task.group)
    if task.capabilities:
        report.map("capabilities become labels", task.key)
    if lines:
        report.map("paths, contracts and groups are lines of the description", task.key)
    return lines


def _dependencies(
    task: ImportedTask, parents: Mapping[str, str], created: str, report: Report
) -> list[dict[str, str]]:
    contracted = [contract.task for contract in task.contracts]
    found = [
        (up, "blocks")
        for up in dict.fromkeys([*task.needs, *contracted])
        if parents.get(up) != task.key
    ]
    found += [(up, "related") for up in (*task.soft, *task.candidates)]
    if task.key in parents:
        found.append((parents[task.key], "parent-child"))
    for up in task.candidates:
        report.map("an unconfirmed dependency becomes related", f"{task.key} -> {up}")
    return [
        {"issue_id": task.key, "depends_on_id": up, "type": kind, "created_at": created}
        for up, kind in found
    ]


def _priority(task: ImportedTask, report: Report) -> int:
    exact = 2 - task.priority / PRIORITY_STEP
    found = min(max(round(exact), TOP_PRIORITY), BOTTOM_PRIORITY)
    if found != exact:
        report.map("a priority between two steps of beads becomes the nearest", task.key)
    return found


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
