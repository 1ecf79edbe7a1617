"""task-master's tasks.json."""

from __future__ import annotations

from typing import Any

import pytest
from reading import lines, needs, problems, read, tasks

from headwater import formats
from headwater.errors import BadPlan
from real_plans import REAL, needs_real_plans


def task(id: int | str, *needed: int | str, **more: Any) -> dict[str, Any]:
    return {"id": id, "title": f"Task {id}", "dependencies": list(needed)} | more


def test_tasks_and_subtasks_keep_their_order_and_the_parent_comes_last() -> None:
    sub = [task(1), task(2, 1), task(3, "1.2", "2.1")]
    plan = {"tasks": [task(1, subtasks=[task(1), task(2)]), task(2, 1, subtasks=sub)]}
    assert needs(plan) == {
        "1": ["1.1", "1.2"],
        "1.1": [],
        "1.2": [],
        "2": ["1", "2.1", "2.2", "2.3"],
        "2.1": ["1"],
        "2.2": ["1", "2.1"],
        "2.3": ["1", "1.2", "2.1"],
    }


def test_subtasks_may_have_subtasks() -> None:
    innermost = task(1, priority="high", subtasks=[task("1.1.1.1")])
    plan = {"tasks": [task(1, subtasks=[task(1, subtasks=[innermost, task(2, 1)]), task(2, 1)])]}
    assert needs(plan) == {
        "1": ["1.1", "1.2"],
        "1.1": ["1.1.1", "1.1.2"],
        "1.1.1": ["1.1.1.1"],
        "1.1.1.1": [],
        "1.1.2": ["1.1.1"],
        "1.2": ["1.1"],
    }
    assert tasks(plan)["1.1.1.1"].priority == 10, "that of the subtask that it is part of"


def test_tags_are_groups_or_a_board_of_their_own() -> None:
    plan = {"master": {"tasks": [task(1)]}, "v2": {"tasks": [task(1), task(2, 1)]}}
    assert {key: found.group for key, found in tasks(plan).items()} == {
        "1": "master",
        "v2-1": "v2",
        "v2-2": "v2",
    }
    assert needs(plan)["v2-2"] == ["v2-1"]
    assert {key: found.group for key, found in tasks(plan, tag="v2").items()} == {
        "v2-1": "",
        "v2-2": "",
    }
    with pytest.raises(BadPlan, match="no tag v3"):
        read(plan, tag="v3")
    with pytest.raises(BadPlan, match="only task-master's files have tags"):
        read({"headwater": 1, "tasks": [{"key": "a"}]}, tag="v2")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", "open"),
        ("in-progress", "open"),
        ("in_progress", "open"),
        ("done", "done"),
        ("completed", "done"),
        ("cancelled", "cancelled"),
        ("review", "held"),
        ("deferred", "held"),
        ("blocked", "held"),
        ("invented", "held"),
    ],
)
def test_each_status_becomes_a_state(status: str, state: str) -> None:
    assert tasks({"tasks": [task(1, status=status)]})["1"].state == state


def test_something_blocked_by_unfinished_work_just_waits() -> None:
    assert tasks({"tasks": [task(1), task(2, 1, status="blocked")]})["2"].state == "open"


def test_texts_and_priorities_are_kept() -> None:
    found = tasks(
        {
            "tasks": [
                task(
                    7,
                    description="What.",
                    details="How.",
                    testStrategy="Try it.",
                    priority="high",
                    subtasks=[task(1, acceptanceCriteria="- it works\n- it is fast")],
                )
            ]
        }
    )
    assert found["7"].spec == "What.\n\nHow.\n\n## Test strategy\n\nTry it."
    assert found["7"].priority == 10
    assert found["7.1"].priority == 10
    assert found["7.1"].acceptance == ["it works", "it is fast"]


def test_dangling_dependencies_doubles_and_bad_fields_are_all_said_at_once() -> None:
    assert problems({"tasks": [task(1, 9, 1), task(2, "1.7", dependencies=[True])]}) == [
        "plan, field tasks[0].dependencies[0]: '1' needs '9', which is not there",
        "plan, field tasks[0].dependencies[1]: '1' needs itself",
        "plan, field tasks[1].dependencies[0]: text is expected",
    ]
    assert problems({"tasks": [task(1), {"title": "no id"}, "no task"]}) == [
        "plan, field tasks[1].id: missing",
        "plan, field tasks[2]: an object is expected",
    ]
    assert problems({"tasks": [task(1), task(1)]}) == [
        "plan, field tasks[1].id: '1' is there twice"
    ]
    assert problems({"tasks": [task(1, priority="urgent"), task(2, title=3)]}) == [
        "plan, field tasks[0].priority: critical, high, medium or low is expected",
        "plan, field tasks[1].title: text is expected",
    ]


def test_a_circle_is_refused_among_open_tasks_and_dropped_among_finished_ones() -> None:
    assert problems({"tasks": [task(1, 2), task(2, 1)]}) == [
        "plan, field tasks[0].dependencies: a circle: 1 needs 2 needs 1"
    ]
    plan = read({"tasks": [task(1, 2, status="done"), task(2, 1, status="done")]})
    assert [found.needs for found in plan.tasks] == [[], ["2"]]
    assert lines(plan, "dropped") == [
        "dropped, 1: a dependency of finished work that closes a circle (2 -> 1)"
    ]


def test_a_cancelled_task_blocks_nothing() -> None:
    plan = {"tasks": [task(1, status="cancelled"), task(2, 1)]}
    assert needs(plan)["2"] == []
    assert any("cancelled" in line for line in lines(read(plan), "dropped"))


def test_subtasks_of_one_id_are_told_apart_unless_something_depends_on_one() -> None:
    plan = {"tasks": [task(1, subtasks=[task(1), task(1), task(1)])]}
    assert sorted(needs(plan)) == ["1", "1.1", "1.1-2", "1.1-3"]
    plan["tasks"].append(task(2, "1.1"))
    assert problems(plan) == ["plan, field tasks[1].dependencies[0]: '1.1' is the id of 3 subtasks"]


def test_a_tag_may_depend_on_a_task_of_master() -> None:
    plan = {"master": {"tasks": [task(5)]}, "next": {"tasks": [task(1, 5)]}}
    assert needs(plan)["next-1"] == ["5"]


@needs_real_plans
def test_a_real_file_of_nine_tags_is_read_whole() -> None:
    plan = formats.read({"tasks.json": (REAL / "taskmaster" / "tasks.json").read_bytes()})
    assert len(plan.tasks) == 182 + 535 + 50 + 55 + 104 + 50 + 50 + 70
    assert len({found.group for found in plan.tasks}) == 9
