"""What exactly is said of each decision about a file of task-master, and its boundaries."""

from __future__ import annotations

from typing import Any

import pytest
from reading import needs, problems, read, tasks


def task(id: int | str, *needed: int | str, **more: Any) -> dict[str, Any]:
    return {"id": id, "title": f"Task {id}", "dependencies": list(needed)} | more


def tagged(**tags: list[dict[str, Any]]) -> dict[str, Any]:
    return {tag: {"tasks": rows} for tag, rows in tags.items()}


def test_every_decision_is_in_the_report() -> None:
    rows = [
        task(1, status="in-progress", priority="High "),
        task(2, status="review", complexityScore=7),
        task(3, status="cancelled"),
        task(4, 1, 1, 3, status="blocked"),
        task(5, status="blocked"),
        task(6, 9, status="done"),
        task(7, priority="medium", subtasks=[task(1), task(1)]),
    ]
    plan = read({"v1": {"tasks": rows, "metadata": {"version": 3}}})
    assert plan.report.kept == {
        "status cancelled becomes cancelled": ["v1/3"],
        "status blocked becomes open": ["v1/4"],
        "status done becomes done": ["v1/6"],
        "status pending becomes open": ["v1/7.1", "v1/7.1-2", "v1/7"],
    }
    said = dict(plan.report.mapped)
    assert said.pop("the id is not a legal key and was changed") == [
        f"v1/{id} -> v1-{id}" for id in ("1", "2", "3", "4", "5", "6", "7", "7.1", "7.1-2")
    ]
    assert said == {
        "status in-progress becomes open: nobody holds a lease here": ["v1/1"],
        "priority high becomes 10": ["v1/1"],
        "held, because a person has to decide": [
            "v1/2: its status was review",
            "v1/5: blocked, but by nothing unfinished in the file",
        ],
        "a subtask whose id is taken was given another": ["v1/7.1-2"],
        "a parent needs its children and is worked on last": ["v1/7", "v1/7"],
    }
    assert plan.report.dropped == {
        "field complexityScore: no place for it": ["v1/2"],
        "field metadata: no place for it": ["tag v1"],
        "a dependency that is there twice": ["v1/4 -> 1"],
        "a dependency on a cancelled task": ["v1/4 -> v1/3"],
        "a dependency that is not in the file": ["v1/6 -> 9"],
    }


def test_why_it_is_held_stands_in_the_notes_of_that_task_alone() -> None:
    found = tasks({"tasks": [task(1), task(2, status="deferred"), task(3, status="blocked")]})
    assert {key: one.notes for key, one in found.items()} == {
        "1": "",
        "2": "Held at import: its status was deferred.",
        "3": "Held at import: blocked, but by nothing unfinished in the file.",
    }


def test_of_several_tags_each_task_is_in_the_group_of_its_own() -> None:
    plan = tagged(master=[task(1)], v3=[task(2, 1)])
    found = read(plan)
    assert found.report.mapped["a dependency on a task of the tag master"] == ["v3/2 needs 1"]
    assert "group" in found.says
    assert "group" not in read(tagged(v3=[task(2)]), tag="v3").says
    alone = read({"tasks": [task(1)]})
    assert ("group" in alone.says, alone.tasks[0].group) == (False, "")


def test_what_another_tag_holds_is_reported_where_one_is_picked() -> None:
    plan = read(tagged(v1=[task(1)], v2=[task(1)]), tag="v1")
    assert plan.report.dropped == {"another tag": ["v2"]}


def test_a_tag_depends_on_master_and_on_no_other() -> None:
    assert problems(tagged(v1=[task(1)], v2=[task(2, 1)])) == [
        "plan, field v2.tasks[0].dependencies[0]: 'v2/2' needs '1', which is not there"
    ]
    assert problems({"tasks": [task(2, 1)]}) == [
        "plan, field tasks[0].dependencies[0]: '2' needs '1', which is not there"
    ]


def test_a_file_without_any_task_is_refused() -> None:
    assert problems({"tasks": []}) == ["plan: no tasks"]
    assert problems(tagged(v1=[], v2=[])) == ["plan: no tasks"]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"v1": {"tasks": [task(1)]}, "v2": 3},
        {"v1": {"tasks": [{"name": "x"}]}},
        {"tasks": ["video", 3]},
    ],
)
def test_what_is_no_file_of_task_master_is_not_taken_for_one(document: Any) -> None:
    assert problems(document) == ["plan: not in a format that Headwater reads"]


def test_criteria_may_be_a_list_or_a_text() -> None:
    rows = [task(1, acceptanceCriteria=["works", "- fast"]), task(2, acceptanceCriteria=3)]
    assert tasks({"tasks": rows[:1]})["1"].acceptance == ["works", "fast"]
    assert problems({"tasks": rows}) == [
        "plan, field tasks[1].acceptanceCriteria: text is expected"
    ]


def test_an_id_of_a_subtask_may_have_that_of_its_task() -> None:
    rows = [task(1), task(2, subtasks=[task("2.1"), task("2", "2.1", "1"), task(3, 9)])]
    assert problems({"tasks": rows}) == [
        "plan, field tasks[1].subtasks[2].dependencies[0]: '2.3' needs '9', which is not there"
    ]
    del rows[1]["subtasks"][2]
    assert needs({"tasks": rows}) == {"1": [], "2": ["2.1", "2.2"], "2.1": [], "2.2": ["2.1"]}


def test_a_number_is_a_sibling_or_a_task_and_one_with_a_dot_is_what_it_says() -> None:
    inner = [task(1, subtasks=[task(2)]), task(2), task(3, "1.2"), task(4, 9)]
    found = needs({"tasks": [task(1, subtasks=inner), task(9)]})
    assert (found["1.3"], found["1.4"]) == (["1.2"], ["9"])


def test_finished_work_keeps_what_it_depended_on() -> None:
    rows = [task(1, status="cancelled"), task(2, 1, status="done")]
    assert needs({"tasks": rows})["2"] == ["1"]
    rows = [task(1, subtasks=[task(1, status="cancelled"), task(2)])]
    assert needs({"tasks": rows})["1"] == ["1.2"], "what is cancelled would never come"


def test_a_priority_that_is_none_counts_as_none() -> None:
    found = tasks({"tasks": [task(1, priority=""), task(2, priority="low")]})
    assert (found["1"].priority, found["2"].priority) == (0, -10)
