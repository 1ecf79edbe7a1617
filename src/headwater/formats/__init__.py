"""Plans in and out: other tools' files as Headwater tasks.

The format is found from the content, not from the file's name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from headwater import limits
from headwater.errors import BadPlan, LimitExceeded
from headwater.formats import adm, beads, checklist, fields, headwater_json, taskmaster, wfformat
from headwater.formats.plan import Plan
from headwater.formats.report import Report

__all__ = ["FORMATS", "Plan", "Report", "read"]

FORMATS: Final = {
    headwater_json.NAME: 'Headwater JSON: {"headwater": 1, "tasks": [...]}',
    beads.NAME: "beads JSONL: an issue a line, dependencies inside or as a second file",
    taskmaster.NAME: "task-master's tasks.json",
    adm.NAME: "Markdown with an Agent Dispatch Manifest, fenced as `json dispatch`",
    checklist.NAME: "Markdown with checklist items: - [ ] Title (needs: key)",
    wfformat.NAME: "WfFormat 1.5",
}
FILE_BYTES: Final = 512 * 1024 * 1024


def read(files: Mapping[str, bytes], *, tag: str = "") -> Plan:
    """The plan in one file, or in several that belong together; `files` is content by name.

    `tag` picks one of the tags of a task-master file.

    Raises:
        BadPlan: no format fits, or the content is broken; lists every problem.
        LimitExceeded: more than a board takes in one import.
    """
    size = sum(len(content) for content in files.values())
    if size > FILE_BYTES:
        raise LimitExceeded(
            f"the files hold {size} bytes; the limit is {FILE_BYTES}", next="split the plan"
        )
    texts = {name: _decode(name, content) for name, content in files.items()}
    plan = _read_texts(texts, tag)
    if tag and plan.report.format != taskmaster.NAME:
        raise BadPlan(
            f"only task-master's files have tags; this was read as {plan.report.format}",
            next="import it without --tag",
        )
    if not plan.tasks:
        raise BadPlan(
            "nothing in it is work: " + "; ".join(plan.report.losses()),
            next="name a file with issues that are to be done, or were",
        )
    if len(plan.tasks) > limits.TASKS_PER_IMPORT:
        raise LimitExceeded(
            f"{len(plan.tasks)} tasks; an import takes at most {limits.TASKS_PER_IMPORT}",
            next="split the plan",
        )
    return plan


def _read_texts(texts: Mapping[str, str], tag: str) -> Plan:
    if len(texts) == 1:
        ((name, text),) = texts.items()
        plan = _read_document(name, text, tag) or _read_markdown(name, text)
        if plan is not None:
            return plan
    several = len(texts) > 1
    said = {name: text for name, text in texts.items() if text.strip()}
    for name, text in (said or texts).items():
        first = _first_line(text)
        if not (beads.recognises(first) or (several and beads.is_event(first))):
            raise _not_beads(name) if several and said else _unread(name, text, first)
    return beads.read(said)


def _read_document(name: str, text: str, tag: str) -> Plan | None:
    """The plan in one JSON document, if it is one and of a known kind."""
    values = _whole(name, text)
    if values is None:
        return None
    if headwater_json.recognises(values):
        return headwater_json.read(name, values)
    if wfformat.recognises(values):
        return wfformat.read(name, values)
    if adm.is_manifest(values):
        return adm.read_manifest(name, values)
    if taskmaster.recognises(values):
        return taskmaster.read(name, values, tag)
    return None


def _read_markdown(name: str, text: str) -> Plan | None:
    if text.lstrip().startswith("{"):
        return None
    if adm.recognises(text):
        return adm.read(name, text)
    if checklist.recognises(text):
        return checklist.read(name, text)
    return None


def _decode(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadPlan(
            f"{name}, line {line}: not UTF-8", next="save the file as UTF-8 and import it again"
        ) from error


def _whole(name: str, text: str) -> dict[str, Any] | None:
    """`text` as one JSON document, or None: then it may be lines of JSON, or no JSON at all.

    Raises:
        BadPlan: it is meant to be a document, and is broken.
    """
    if not text.lstrip().startswith("{"):
        return None
    try:
        return cast("dict[str, Any]", fields.document(text))
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" or isinstance(_first_line(text), dict):
            return None  # lines of JSON
        raise BadPlan(
            f"{name}, line {error.lineno}: not JSON at column {error.colno}: {error.msg}",
            next="mend the file and import it again",
        ) from error
    except fields.NamedTwice as error:
        raise BadPlan(f"{name}: {error}", next="mend the file and import it again") from error
    except (ValueError, RecursionError):
        return None


def _first_line(text: str) -> object:
    line = next((line for line in text.split("\n") if line.strip()), "")
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _not_beads(name: str) -> BadPlan:
    return BadPlan(
        f"{name}: not issues, dependencies or events of beads, the one format of several files",
        next="import one file at a time",
    )


def _unread(name: str, text: str, first: object) -> BadPlan:
    if beads.is_event(first):
        return BadPlan(
            f"{name}: events of beads, without the issues that they are about",
            next="name both files: headwater import ISSUES.jsonl EVENTS.jsonl",
        )
    why = "not in a format that Headwater reads" if text.strip() else "the file is empty"
    return BadPlan(f"{name}: {why}", next="formats: " + "; ".join(FORMATS.values()))
