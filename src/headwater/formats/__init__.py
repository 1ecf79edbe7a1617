"""Plans in and out: other tools' files as Headwater tasks.

The format is found from the content, not from the file's name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from headwater import limits
from headwater.errors import BadPlan, LimitExceeded
from headwater.formats import beads, headwater_json
from headwater.formats.plan import Plan
from headwater.formats.report import Report

__all__ = ["FORMATS", "Plan", "Report", "read"]

FORMATS: Final = {
    headwater_json.NAME: 'Headwater JSON: {"headwater": 1, "tasks": [...]}',
    beads.NAME: "beads JSONL: an issue a line, dependencies inside or as a second file",
}
FILE_BYTES: Final = 512 * 1024 * 1024


def read(files: Mapping[str, bytes]) -> Plan:
    """The plan in one file, or in several that belong together; `files` is content by name.

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
    plan = _read_texts(texts)
    if len(plan.tasks) > limits.TASKS_PER_IMPORT:
        raise LimitExceeded(
            f"{len(plan.tasks)} tasks; an import takes at most {limits.TASKS_PER_IMPORT}",
            next="split the plan",
        )
    return plan


def _read_texts(texts: Mapping[str, str]) -> Plan:
    if len(texts) == 1:
        ((name, text),) = texts.items()
        document = _whole(text)
        if headwater_json.recognises(document):
            return headwater_json.read(name, cast("dict[str, Any]", document))
    for name, text in texts.items():
        if not beads.recognises(_first_line(text)):
            raise BadPlan(f"{name}: {_guess(text)}", next="formats: " + "; ".join(FORMATS.values()))
    return beads.read(texts)


def _decode(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadPlan(
            f"{name}, line {line}: not UTF-8", next="save the file as UTF-8 and import it again"
        ) from error


def _whole(text: str) -> object:
    """`text` as one JSON document, or None. A file of many lines of JSON is not parsed twice."""
    if '"headwater"' not in text[:4096]:
        return None
    try:
        return json.loads(text)
    except RecursionError:
        return None
    except json.JSONDecodeError as error:
        if text.lstrip().startswith('{"headwater"'):
            raise BadPlan(
                f"not JSON at line {error.lineno}, column {error.colno}",
                next="mend the file and import it again",
            ) from error
        return None


def _first_line(text: str) -> object:
    line = next((line for line in text.split("\n") if line.strip()), "")
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _guess(text: str) -> str:
    if not text.strip():
        return "the file is empty"
    first = _first_line(text)
    if isinstance(first, dict) and "event_type" in first:
        return "events of beads, not issues"
    return "not in a format that Headwater reads"
