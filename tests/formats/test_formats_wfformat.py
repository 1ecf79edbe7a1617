"""WfFormat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from reading import lines, problems, read, tasks

from headwater import formats
from real_plans import REAL, needs_real_plans

WORKFLOWS = sorted((REAL / "wfformat").glob("*.json"))


def workflow(*specified: dict[str, Any], **seconds: Any) -> dict[str, Any]:
    return {
        "schemaVersion": "1.5",
        "workflow": {
            "specification": {"tasks": [{"parents": [], "children": []} | s for s in specified]},
            "execution": {
                "tasks": [
                    {
                        "id": id,
                        "runtimeInSeconds": took,
                        "command": {"program": "run", "arguments": ["-x", id]},
                    }
                    for id, took in seconds.items()
                ]
            },
        },
    }


def test_runtimes_become_estimates_and_parents_needs() -> None:
    found = tasks(
        workflow(
            {"id": "A_1", "children": ["b"], "outputFiles": ["x.txt"]},
            {"id": "b", "name": "B", "parents": ["A_1"], "inputFiles": ["x.txt"]},
            A_1=90,
            b=0.6,
        )
    )
    assert (found["a_1"].estimate, found["a_1"].needs) == (1.5, [])
    assert (found["b"].estimate, found["b"].needs) == (0.01, ["a_1"])
    assert found["b"].spec == "command: run -x b\n\nreads: x.txt"


def test_an_edge_that_only_one_end_names_is_one() -> None:
    plan = read(workflow({"id": "a", "children": ["b"]}, {"id": "b"}, a=1, b=1))
    assert plan.tasks[1].needs == ["a"]
    assert "b needs a" in lines(plan, "mapped")[0]


def test_a_workflow_that_was_not_run_has_no_estimates() -> None:
    plan = workflow({"id": "a"})
    del plan["workflow"]["execution"]
    assert tasks(plan)["a"].estimate == 0
    assert lines(read(plan), "dropped") == ["dropped, 1: the estimate: the task was not run (a)"]


def test_everything_wrong_is_said_at_once() -> None:
    at = "plan, field workflow.specification.tasks"
    assert problems(
        workflow({"id": "a", "parents": ["x"]}, {"id": "b", "children": ["y"]}, {"id": "b"})
    ) == [
        f"{at}[2].id: 'b' is there twice",
        f"{at}[0].parents: there is no task 'x' in the file",
        f"{at}[1].children: there is no task 'y' in the file",
    ]
    assert problems(workflow({"id": "a"}, a="soon", b=1)) == [
        "plan, field workflow.execution.tasks[0].runtimeInSeconds: a number of seconds is expected",
        "plan, field workflow.execution.tasks[1].id: there is no task 'b' in the specification",
    ]
    assert problems(
        workflow({"id": "a", "parents": ["b"]}, {"id": "b", "parents": ["a"]}, a=1, b=1)
    ) == ["plan, workflow.specification.tasks[0]: a circle: a needs b needs a"]
    assert problems(workflow() | {"schemaVersion": "1.4"}) == [
        "plan, field schemaVersion: this release reads WfFormat 1.5, not 1.4"
    ]


@needs_real_plans
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_real_workflow_is_read_with_an_estimate_for_each_task(path: Path) -> None:
    plan = formats.read({path.name: path.read_bytes()})
    assert len(plan.tasks) > 40
    unset = [task.key for task in plan.tasks if not task.estimate]
    assert unset == plan.report.dropped.get("a runtime of 0 seconds: an estimate of 0 is none", [])


def test_every_decision_is_in_the_report() -> None:
    plan = workflow(
        {"id": "a", "files": [1], "children": ["b"]}, {"id": "b", "parents": ["a"]}, a=60
    )
    plan |= {"author": "me", "name": ""}
    plan["workflow"] |= {"machines": 3}
    plan["workflow"]["specification"] |= {"files": ["x"]}
    plan["workflow"]["execution"] |= {"makespanInSeconds": 9}
    plan["workflow"]["execution"]["tasks"][0] |= {"avgCPU": 3}
    report = read(plan).report
    assert report.mapped == {"runtimeInSeconds becomes the estimate in minutes": ["a"]}
    assert report.dropped == {
        "field author: no place for it": ["plan"],
        "field machines: no place for it": ["plan"],
        "field files: no place for it": ["plan", "a"],
        "field makespanInSeconds: no place for it": ["plan"],
        "field avgCPU: no place for it": ["a"],
        "the estimate: the task was not run": ["b"],
    }


def test_a_title_is_the_name_or_the_id() -> None:
    found = tasks(workflow({"id": "A", "name": "The first"}, {"id": "B"}, A=0, B=0))
    assert [task.title for task in found.values()] == ["The first", "B"]


def test_a_long_name_comes_before_the_command_and_that_before_the_files() -> None:
    row = {"id": "a", "name": "n" * 201, "inputFiles": ["in"], "outputFiles": ["out"]}
    spec = tasks(workflow(row, a=1))["a"].spec
    assert spec == "n" * 201 + "\n\ncommand: run -x a\n\nreads: in\n\nwrites: out"


def test_more_files_than_a_spec_holds_are_left_out_and_it_is_said() -> None:
    for length, kept in ((65_307, True), (65_308, False)):
        row = {"id": "a", "name": "n" * 201, "inputFiles": ["i" * length]}
        plan = read(workflow(row, a=1))
        assert ("reads" in plan.tasks[0].spec) is kept
        assert plan.tasks[0].spec.startswith("n" * 201 + "\n\ncommand: run -x a")
        said = {} if kept else {"inputFiles and outputFiles: too many for a spec": ["a"]}
        assert plan.report.dropped == said


def test_runs_that_are_odd_are_problems_and_none_is_dropped() -> None:
    plan = workflow({"id": "a"}, {"id": "b"}, a=True)
    plan["workflow"]["execution"]["tasks"] += [{"id": "b", "runtimeInSeconds": "1"}, {"id": "b"}]
    assert problems(plan) == [
        "plan, field workflow.execution.tasks[2].id: 'b' is there twice",
        "plan, field workflow.execution.tasks[0].runtimeInSeconds: a number of seconds is expected",
        "plan, field workflow.execution.tasks[2].runtimeInSeconds: a number of seconds is expected",
    ]
    twice = workflow({"id": "a", "children": ["b"]}, {"id": "b", "parents": ["a"]}, a=0, b=0)
    assert "mapped" not in str(read(twice).report.lines())


def test_what_is_no_workflow_is_not_taken_for_one() -> None:
    for document in ({"schemaVersion": "1.5"}, {"workflow": {}}):
        assert problems(document) == ["plan: not in a format that Headwater reads"]
    assert problems(workflow()) == [
        "plan, field workflow.specification.tasks: at least one is expected"
    ]
