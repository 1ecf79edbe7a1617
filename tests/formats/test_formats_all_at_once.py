"""Whatever is wrong with the edges of a file is said at once, in every format that has edges."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from reading import problems

ROWS = (("1", "2"), ("2", "1"), ("3", "1"), ("4", "9"), ("4", "3"))
"""A circle, and a task that is there twice, at first with a need that is nowhere."""


def taskmaster() -> str:
    return json.dumps(
        {"tasks": [{"id": int(a), "title": a, "dependencies": [int(b)]} for a, b in ROWS]}
    )


def beads() -> str:
    return "\n".join(
        json.dumps({"id": a, "title": a, "dependencies": [{"depends_on_id": b}]}) for a, b in ROWS
    )


def checklist() -> str:
    return "".join(f"- [ ] Do {a} {{#{a}}} (needs: {b})\n" for a, b in ROWS)


def wfformat() -> str:
    rows = [{"id": a, "name": a, "parents": [b], "children": []} for a, b in ROWS]
    return json.dumps({"schemaVersion": "1.5", "workflow": {"specification": {"tasks": rows}}})


def headwater() -> str:
    return json.dumps({"headwater": 1, "tasks": [{"key": a, "needs": [b]} for a, b in ROWS]})


@pytest.mark.parametrize("text", [taskmaster, beads, checklist, wfformat, headwater])
def test_a_circle_a_dangling_need_and_a_duplicate_are_found_together(
    text: Callable[[], str],
) -> None:
    found = problems(text())
    assert len(found) == 3, found
    said = "\n".join(found)
    assert "needs 1 needs 2" in said or "needs 2 needs 1" in said
    assert "9" in said
    assert "is there twice" in said


FIELDS = {
    "headwater": (headwater, '"key": "3"', '"key": "3", "estimate": "long"', "estimate"),
    "taskmaster": (taskmaster, '"title": "3"', '"title": ""', "title"),
    "beads": (
        beads,
        '"title": "3"',
        '"title": "3", "estimated_minutes": 999999999',
        "estimated_minutes",
    ),
    "checklist": (checklist, "{#3} (", "{#3} (estimate: long) (", "estimate"),
    "wfformat": (wfformat, '"name": "3"', '"name": "3", "inputFiles": 7', "inputFiles"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_what_is_wrong_with_fields_is_found_together_with_that_of_edges(name: str) -> None:
    text, right, wrong, field = FIELDS[name]
    assert right in text()
    found = problems(text().replace(right, wrong))
    assert len(found) == 4, found
    assert sum(f"{field}: " in one for one in found) == 1


def test_a_key_that_cannot_be_read_may_be_the_one_that_seems_to_be_missing() -> None:
    rows = [{"key": "Ä"}, {"key": "a", "needs": ["b"]}, {"key": "c", "needs": ["c"]}]
    found = problems(json.dumps({"headwater": 1, "tasks": rows}))
    assert len(found) == 2, found
    assert "key" in found[0]
    assert "needs itself" in found[1]


ODD = {
    "headwater": '{"headwater": 1, "tasks": [{"key": "a", "estimate": %s}]}',
    "task-master": '{"tasks": [{"id": 1, "title": "A", "subtasks": [{"id": 1, "title": %s}]}]}',
    "dispatch": '{"batches": [{"id": 1, "agents": [{"subagent_type": "main", "prompt": %s}]}]}',
    "beads": '{"id": "a", "title": "A", "estimated_minutes": %s, "comments": [{"text": "c"}]}',
    "comment": '{"id": "a", "title": "A", "comments": [{"text": %s}]}',
    "wfformat": '{"schemaVersion": "1.5", "workflow": {"specification": {"tasks": '
    '[{"id": "a", "name": "a"}]}, "execution": {"tasks": [{"id": "a", "runtimeInSeconds": %s}]}}}',
    "files": '{"schemaVersion": "1.5", "workflow": {"specification": {"tasks": '
    '[{"id": "a", "name": "a", "inputFiles": [%s]}]}}}',
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("value", ["NaN", "1e999", r'"\ud800"'])
def test_values_that_no_task_can_have_are_named_as_problems(text: str, value: str) -> None:
    assert problems(text % value)


@pytest.mark.parametrize("name", ["headwater", "beads", "wfformat"])
def test_a_number_that_no_machine_can_hold_is_named_as_a_problem(name: str) -> None:
    assert problems(ODD[name] % ("1" + "0" * 400))


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_a_field_that_is_there_twice_is_refused_because_one_would_be_lost(text: str) -> None:
    head, _, tail = (text % '"x"').rpartition('": ')
    name = head.rpartition('"')[2]
    assert any(
        f"the field {name} is there twice" in one
        for one in problems(f'{head}": null, "{name}": {tail}')
    )
