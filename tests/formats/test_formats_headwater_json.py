"""Headwater's own plan file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headwater import formats
from headwater.errors import BadPlan
from headwater.formats import headwater_json


def read(document: Any) -> formats.Plan:
    return formats.read({"plan.json": json.dumps(document).encode()})


def problems(document: Any) -> list[str]:
    with pytest.raises(BadPlan) as caught:
        read(document)
    found = caught.value.state["problems"]
    assert isinstance(found, list)
    return [str(problem) for problem in found]


def test_what_is_written_reads_back_the_same() -> None:
    plan = read(
        {
            "headwater": 1,
            "tasks": [
                {"key": "a", "title": "Grüße 🚀", "state": "done", "summary": "Done."},
                {
                    "key": "b",
                    "needs": ["a"],
                    "soft": ["c"],
                    "contracts": [{"task": "a", "expect": "x", "promise": "y", "keys": ["k"]}],
                    "budget": {"minutes": 5},
                    "notes": "line\nline",
                },
                {"key": "c", "state": "held", "acceptance": ["it works"], "priority": -3},
            ],
        }
    )
    text = headwater_json.write(plan.tasks)
    assert formats.read({"again": text.encode()}).tasks == plan.tasks


def test_what_holds_for_all_tasks_is_a_field_of_the_plan() -> None:
    plan = read({"headwater": 1, "rules": "- Grüße\n- 🚀", "tasks": [{"key": "a"}]})
    assert plan.rules == "- Grüße\n- 🚀"
    text = headwater_json.write(plan.tasks, plan.rules)
    assert formats.read({"again": text.encode()}) == plan


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        (["x"], "valid string"),
        ("a\0b", "must not contain NUL"),
        ("\ud800", "surrogates not allowed"),
        ("x" * 65_537, "65537 bytes; the limit is 65536"),
    ],
    ids=["list", "NUL", "half", "long"],
)
def test_rules_that_are_no_text_are_a_problem_of_the_file(rules: Any, what: str) -> None:
    found = problems({"headwater": 1, "rules": rules, "tasks": [{"key": "a"}, {"key": "a"}]})
    (problem,) = (one for one in found if what in one)
    assert problem.startswith("plan.json, field rules: ")
    assert len(found) == 2, "what else is wrong is said, too"


def test_a_byte_order_mark_and_layout_do_not_matter() -> None:
    text = '\ufeff\n{\n "tasks": [{"key": "a"}],\n "headwater": 1}'
    assert [task.key for task in formats.read({"p": text.encode()}).tasks] == ["a"]


def test_every_problem_of_a_file_is_reported_at_once() -> None:
    assert problems(
        {
            "headwater": 1,
            "extra": 1,
            "tasks": [{"key": "Not A Key"}, {"key": "b", "colour": "red"}, "c"],
        }
    ) == [
        "plan.json, field extra: no such field; allowed: headwater, rules, tasks",
        "plan.json, tasks[0], field key: a key is a slug of 1 to 100 characters: lower-case "
        "letters, digits, '.', '_', '-', starting with a letter or digit",
        "plan.json, tasks[1], field colour: no such field",
        "plan.json, tasks[2], field task: Input should be a valid dictionary or instance of "
        "ImportedTask",
    ]


def test_wrong_edges_are_reported_together() -> None:
    found = problems(
        {
            "headwater": 1,
            "tasks": [
                {"key": "a", "needs": ["b", "b"]},
                {"key": "b", "needs": ["c"], "soft": ["nowhere"]},
                {"key": "c", "needs": ["a", "c"]},
                {"key": "c"},
                {"key": "d", "soft": ["a"], "contracts": [{"task": "a", "promise": "p"}]},
            ],
        }
    )
    assert [problem.removeprefix("plan.json, ") for problem in found] == [
        "tasks[3]: the key 'c' is there twice",
        "tasks[0], field needs: an upstream is named twice",
        "tasks[1], field soft: there is no task 'nowhere' in the file",
        "tasks[2], field needs: 'c' needs itself",
        "tasks[4], field contracts: 'a' is soft; a contract needs a hard edge",
        "tasks[0]: a circle: a needs b needs c needs a",
    ]


@pytest.mark.parametrize("version", [2, "1", True, None])
def test_another_version_of_the_format_is_refused(version: object) -> None:
    with pytest.raises(BadPlan, match="reads version 1"):
        read({"headwater": version, "tasks": [{"key": "a", "title": "A"}]})


def test_a_plan_without_tasks_is_refused() -> None:
    for said in ({}, {"tasks": []}, {"tasks": {"key": "a"}}, {"tasks": "a"}):
        assert problems({"headwater": 1} | said) == [
            "plan.json, field tasks: a list with at least one task"
        ]


def test_a_file_says_no_more_than_the_plan() -> None:
    tasks = [{"key": "a"}, {"key": "b", "needs": ["a"], "review": False}]
    plan = read({"headwater": 1, "tasks": tasks})
    assert json.loads(headwater_json.write(plan.tasks)) == {"headwater": 1, "tasks": tasks}
    assert plan.report.kept == {"every field as it stands": ["a", "b"]}


def test_an_upstream_has_one_kind_of_edge() -> None:
    rows = [
        {"key": "a"},
        {"key": "b", "needs": ["a"], "soft": ["a"], "candidates": ["a"]},
        {"key": "c", "soft": ["a"], "contracts": [{"task": "a", "expect": "x"}]},
    ]
    assert problems({"headwater": 1, "tasks": rows}) == [
        "plan.json, tasks[1], field soft: 'a' is under needs already",
        "plan.json, tasks[1], field candidates: 'a' is under needs or soft already",
        "plan.json, tasks[2], field contracts: 'a' is soft; a contract needs a hard edge",
    ]


def test_broken_json_names_line_and_column() -> None:
    with pytest.raises(BadPlan, match="line 2: not JSON at column 10"):
        formats.read({"plan": b'{"headwater": 1,\n"tasks": ]}'})


def test_half_a_character_in_the_name_of_evidence_is_a_problem_of_the_file() -> None:
    (problem,) = problems({"headwater": 1, "tasks": [{"key": "a", "evidence": {"\ud800": "x"}}]})
    assert problem.startswith("plan.json, tasks[0], field evidence.")
