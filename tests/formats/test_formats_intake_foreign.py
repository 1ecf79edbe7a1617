"""Results of the CI that are larger or odder than a task has room for."""

from __future__ import annotations

import json

import pytest

from headwater import limits
from headwater.errors import BadPlan
from headwater.formats.intake import outcome, propose

CUT = "dropped, 1: the end of a text that is too long for a spec"


def failed(name: str, *steps: str) -> str:
    said = [{"name": step, "conclusion": "failure"} for step in steps]
    return json.dumps({"jobs": [{"name": name, "conclusion": "failure", "steps": said}]})


STEPS = [f"{'x' * 300} {number}" for number in range(400)]
BROKEN = f'<testcase name="{"テスト" * 50}"><failure message="{"失敗した" * 100}"/></testcase>' * 41


@pytest.mark.parametrize(
    ("files", "result"),
    [
        ({}, failed("test", *STEPS)),
        ({".gitlab-ci.yml": "test:\n  script: x\n"}, failed("test", *STEPS)),
        ({}, f"<testsuite>{BROKEN}</testsuite>"),
    ],
    ids=["foreign job", "job", "tests"],
)
def test_what_a_spec_has_no_room_for_is_cut_off_and_said(
    files: dict[str, str], result: str
) -> None:
    plan = propose(files, outcome.read("result", result))
    (task,) = plan.tasks
    assert limits.TEXT_BYTES - 10 < len(task.spec.encode()) <= limits.TEXT_BYTES
    assert task.spec.endswith(" [...]")
    assert any(line.startswith(CUT) for line in plan.report.lines())


def test_what_just_fits_is_whole() -> None:
    head = "The job test failed.\n\n"
    steps = ["x" * 386] * 163  # 400 bytes a line
    rest = limits.TEXT_BYTES - len(head) - 163 * 400 - len("failed step: ")
    plan = propose({}, outcome.read("result", failed("test", *steps, "y" * rest)))
    assert plan.tasks[0].spec == head + "\n".join(
        f"failed step: {step}" for step in [*steps, "y" * rest]
    )
    assert not plan.report.dropped


@pytest.mark.parametrize(
    ("result", "field"),
    [
        (failed("\ud800"), "jobs[0].name"),
        (failed("test", "\udfff"), "jobs[0].steps[0].name"),
        (json.dumps({"jobs": [], "workflowName": "a\ud83d"}), "workflowName"),
    ],
    ids=["job", "step", "workflow"],
)
def test_half_a_character_is_a_problem_of_its_field(result: str, field: str) -> None:
    with pytest.raises(BadPlan) as caught:
        outcome.read("result", result)
    assert caught.value.state == {
        "problems": [f"result, field {field}: half a character is no text"]
    }
