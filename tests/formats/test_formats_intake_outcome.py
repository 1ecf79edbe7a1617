"""What is read of a run's outcome, and of the configuration that it is of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headwater.errors import BadPlan
from headwater.formats.intake import ci, outcome
from headwater.formats.intake.outcome import BrokenTest, Failure, Outcome


def failures(*jobs: dict[str, Any], **more: Any) -> list[Failure]:
    found = outcome.read("r", json.dumps({"jobs": list(jobs)} | more)).jobs
    assert found is not None
    return found


def test_a_job_that_failed_is_told_with_what_is_known_of_it() -> None:
    steps = [
        {"name": "build", "conclusion": "success"},
        {"name": "try", "conclusion": "FAILURE"},
        {"name": "later"},
    ]
    (found,) = failures(
        {"name": "a", "conclusion": "failure", "steps": steps, "html_url": "h", "web_url": "w"},
        {"name": "b", "conclusion": "success", "status": "failed"},
        {"name": "c", "status": "failed", "allow_failure": True},
        {"name": "d"},
    )
    assert found == Failure("a", steps=("try",), link="h")
    assert found.details() == "failed step: try\nlog: h"
    assert failures(
        {"name": "a", "state": "error", "steps": None, "failure_reason": "r" * 500}
    ) == [Failure("a", reason="r" * 500)]
    assert Failure("a", reason="r" * 500).details() == "reason: " + "r" * 392
    assert Failure("a").details() == ""


def test_the_workflow_of_a_job_is_its_own_or_that_of_the_run() -> None:
    rows = [
        {"name": "a", "status": "failed", "workflow_name": "x", "workflow": "y"},
        {"name": "b", "status": "failed", "workflow": "y"},
        {"name": "c", "status": "failed"},
    ]
    assert [one.workflow for one in failures(*rows, workflowName="z")] == ["x", "y", "z"]


def test_outcomes_of_several_files_are_one() -> None:
    whole = Outcome()
    whole.add(Outcome(tests=[BrokenTest("f", "s", "n", "no")]))
    assert (whole.jobs, len(whole.tests)) == (None, 1)
    whole.add(Outcome(jobs=[]))
    assert whole.jobs == []
    whole.add(Outcome(jobs=[Failure("a")]))
    whole.add(Outcome(jobs=[Failure("b")], tests=[BrokenTest("f", "s", "m", "no")]))
    assert [one.job for one in whole.jobs] == ["a", "b"]
    assert [one.name for one in whole.tests] == ["n", "m"]


def test_tests_that_failed_say_why_and_others_are_none() -> None:
    text = f"""<testsuites><testsuite>
    <testcase file="f" classname="s" name="a"><failure message="{"m" * 401}">x</failure></testcase>
    <testcase name="b"><system-out/><error>first
    last\t</error></testcase>
    <testcase name="c"><skipped/></testcase><testcase name="d"/>
    </testsuite></testsuites>"""
    assert outcome.read("r", text).tests == [
        BrokenTest("f", "s", "a", "m" * 400),
        BrokenTest("", "", "b", "last"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<!DOCTYPE x><testsuite/>", "a document type has no place"),
        ('<!ENTITY x "y"><testsuite/>', "a document type has no place"),
        ("<testsuite>\n<a>\n</testsuite>", "r, line 3: not XML"),
        ("<html/>", "<html> is no JUnit XML"),
        ("3", "there are no jobs in it"),
        ("{", "neither JSON nor XML"),
    ],
)
def test_what_is_no_outcome_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadPlan, match=says):
        outcome.read("r", text)


def needs(text: str) -> dict[str, list[str]]:
    found = ci.jobs(".gitlab-ci.yml", text)
    assert found is not None
    return {id: list(job.needs) for id, job in found.items()}


@pytest.mark.parametrize(
    ("said", "needed"),
    [
        ("needs: []", []),
        ("needs: [a, *b, 'c']", ["a", "c"]),
        ("needs: a", ["a"]),
        ("needs:\n    - a  # and\n    - &x b\n    - pipeline: other", ["a"]),
        ("needs:\n    - job: a\n      artifacts: true\n    - job: b", ["a", "b"]),
        ("needs: [{job: a}, b]", ["a", "b"]),
        ("needs: [\n    a,  # one\n    b\n  ]", ["a", "b"]),
        ("needs:\n    - a\n    - a", ["a"]),
        ("script: |\n    needs: [a]\n\n    x:\n  needs: [b]", ["b"]),
        ("script: >-\n    needs: a\n  needs:\n  - b", ["b"]),
        ("needs:\n    - artifacts: true\n      job: b", ["b"]),
    ],
)
def test_what_a_job_needs_is_found_however_it_is_written(said: str, needed: list[str]) -> None:
    assert needs(f"x:\n  stage: odd\n  {said}\n\ny:\n  stage: odd\n")["x"] == needed
