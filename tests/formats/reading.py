"""Reading plan files in tests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headwater import formats
from headwater.errors import BadPlan
from headwater.verbs.importing import ImportedTask


def read(content: Any, *, tag: str = "") -> formats.Plan:
    """The plan in a text, or in a document to be written as JSON."""
    text = content if isinstance(content, str) else json.dumps(content)
    return formats.read({"plan": text.encode()}, tag=tag)


def tasks(content: Any, *, tag: str = "") -> dict[str, ImportedTask]:
    return {task.key: task for task in read(content, tag=tag).tasks}


def needs(content: Any, *, tag: str = "") -> dict[str, list[str]]:
    return {key: sorted(task.needs) for key, task in tasks(content, tag=tag).items()}


def problems(content: Any) -> list[str]:
    """All that is wrong with it."""
    with pytest.raises(BadPlan) as caught:
        read(content)
    found = caught.value.state.get("problems", [caught.value.message])
    assert isinstance(found, list)
    return [str(problem) for problem in found]


def lines(plan: formats.Plan, kind: str) -> list[str]:
    """The sentences of the report of one kind: kept, mapped or dropped."""
    return [line for line in plan.report.lines() if line.startswith(kind)]
