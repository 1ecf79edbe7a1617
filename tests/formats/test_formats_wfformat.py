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
