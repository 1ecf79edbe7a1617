"""Tasks proposed from a repository's files."""

from __future__ import annotations

import json

import pytest

from headwater import formats
from headwater.errors import BadPlan
from headwater.formats import Plan, headwater_json
from headwater.formats.intake import outcome, propose
from headwater.verbs.importing import ImportedTask

WORKFLOW = """\
name: CI
on: [push]
jobs:
  lint:  # quick
    runs-on: ubuntu-latest
    steps:
      - name: needs: nothing
        run: make lint
  "unit-tests":
    needs: lint
    runs-on: x
  docs:
    needs: [lint, 'unit-tests']
  release:
    needs:
      - docs
      - unit-tests
    if: always()
permissions:
  contents: read
"""
GITLAB = """\
stages: [build, test]
.base:
  image: python
compile:
  stage: build
test:
  stage: test
  needs: ["compile"]
deploy:
  needs:
    - job: test
      artifacts: true
"""


def of(path: str, text: str, **more: str) -> dict[str, ImportedTask]:
    return {task.key: task for task in propose({path: text, **more}).tasks}


def test_open_checklist_items_are_proposed_with_their_order() -> None:
    found = of("docs/PLAN.md", "- [x] Design\n- [ ] Build (needs: design)\n  - [ ] Parse\n")
    assert {key: task.needs for key, task in found.items()} == {
        "docs-plan-parse": [],
        "docs-plan-build": ["docs-plan-parse"],
    }
    assert found["docs-plan-parse"].notes == "Proposed from docs/PLAN.md."


def test_templates_and_prose_propose_nothing() -> None:
    assert not of(".github/PULL_REQUEST_TEMPLATE.md", "- [ ] tests\n")
    assert not of("notes.md", "# TODO: later\n")
    assert not of("app.py", 'x = "a TODO in a string"\nTODO = 3\n')


def test_comments_are_proposed_with_their_file_and_the_lines_around() -> None:
    text = "def f():\n    # TODO(ann): handle empty input\n    return 1\n\n/* FIXME: leaks */\n"
    todo, fixme = of("src/a.py", text).values()
    assert (todo.title, fixme.title) == ("TODO: handle empty input", "FIXME: leaks")
    assert todo.key.startswith("todo-src-a.py-")
    assert (todo.paths, fixme.priority, todo.priority) == (["src/a.py"], 10, 0)
    assert todo.spec.startswith("src/a.py, line 2:\n\ndef f():\n")


def test_a_comment_keeps_its_key_when_lines_move_and_twins_are_told_apart() -> None:
    before = of("a.c", "// TODO: one\n// TODO: one\n")
    assert len(before) == 2
    assert of("a.c", "int x;\n\n// TODO: one\n// TODO: one\n").keys() == before.keys()


def test_jobs_of_workflows_have_their_needs_as_candidates() -> None:
    found = of(".github/workflows/ci.yml", WORKFLOW)
    assert {key: task.candidates for key, task in found.items()} == {
        "ci-ci-lint": [],
        "ci-ci-unit-tests": ["ci-ci-lint"],
        "ci-ci-docs": ["ci-ci-lint", "ci-ci-unit-tests"],
        "ci-ci-release": ["ci-ci-docs", "ci-ci-unit-tests"],
    }
    assert found["ci-ci-lint"].needs == []
    assert found["ci-ci-lint"].paths == [".github/workflows/ci.yml"]


def test_jobs_of_gitlab_are_found_among_its_other_words() -> None:
    found = of(".gitlab-ci.yml", GITLAB)
    assert {key: task.candidates for key, task in found.items()} == {
        "ci-gitlab-ci-compile": [],
        "ci-gitlab-ci-test": ["ci-gitlab-ci-compile"],
        "ci-gitlab-ci-deploy": ["ci-gitlab-ci-test"],
    }


def test_stages_order_the_jobs_of_gitlab_that_name_no_needs() -> None:
    text = "stages: [a, b, c]\none: {stage: a}\n" + "".join(
        f"{name}:\n  stage: {stage}\n  {more}\n"
        for name, stage, more in (
            ("two", "a", "script: x"),
            ("three", "c", "script: x"),
            ("four", "c", "needs: []"),
            ("five", ".post", "needs: [{job: two, artifacts: true}]"),
        )
    )
    found = of(".gitlab-ci.yml", text.replace("one: {stage: a}", "one:\n  stage: a"))
    assert {key.rpartition("-")[2]: task.candidates for key, task in found.items()} == {
        "one": [],
        "two": [],
        "three": ["ci-gitlab-ci-one", "ci-gitlab-ci-two"],
        "four": [],
        "five": ["ci-gitlab-ci-two"],
    }


ODD = """\
jobs:
  a:
    steps:
    - run: |
        jobs:
          needs: [b
      name: x
  b: # why
    needs: [
      a,
      c  # also
    ]
  c:
    needs: # many
    - a
    - *other
"""


def test_other_ways_to_write_yaml_do_not_mislead_it() -> None:
    found = of(".github/workflows/x.yaml", ODD)
    assert {key: task.candidates for key, task in found.items()} == {
        "ci-x-a": [],
        "ci-x-c": ["ci-x-a"],
        "ci-x-b": ["ci-x-a", "ci-x-c"],
    }


MATRIX = WORKFLOW.replace(
    "    needs: lint\n", "    needs: lint\n    name: Unit on ${{ matrix.os }}\n"
)
RUN: dict[str, object] = {
    "workflowName": "CI",
    "jobs": [
        {"name": "lint", "status": "completed", "conclusion": "success"},
        {
            "name": "Unit on linux (3.12)",
            "status": "completed",
            "conclusion": "failure",
            "url": "https://example.org/log",
            "steps": [
                {"name": "Set up", "conclusion": "success"},
                {"name": "Run tests", "conclusion": "failure"},
            ],
        },
        {"name": "Unit on mac", "status": "completed", "conclusion": "failure"},
        {"name": "docs", "status": "completed", "conclusion": "skipped"},
    ],
}


def failing(path: str, text: str, results: object) -> Plan:
    return propose({path: text}, outcome.read("results", json.dumps(results)))


def test_only_jobs_that_failed_and_what_needs_them_are_proposed() -> None:
    plan = failing(".github/workflows/ci.yml", MATRIX, RUN)
    found = {task.key: task for task in plan.tasks}
    assert {key: (task.candidates, task.priority) for key, task in found.items()} == {
        "ci-ci-unit-tests": ([], 10),
        "ci-ci-docs": (["ci-ci-unit-tests"], 0),
        "ci-ci-release": (["ci-ci-docs", "ci-ci-unit-tests"], 0),
    }
    spec = found["ci-ci-unit-tests"].spec
    assert "unit-tests of .github/workflows/ci.yml failed" in spec
    assert "failed step: Run tests\nlog: https://example.org/log" in spec
    assert "once what it needs does" in found["ci-ci-docs"].spec
    assert plan.report.dropped["a job of the CI that did not fail"] == [
        ".github/workflows/ci.yml: lint"
    ]


def test_what_could_not_run_is_found_however_far_down() -> None:
    text = "jobs:\n  a:\n  b:\n    needs: a\n  c:\n    needs: b\n  d:\n"
    plan = failing(".github/workflows/x.yml", text, {"jobs": [{"name": "a", "state": "FAILURE"}]})
    assert [task.key for task in plan.tasks] == ["ci-x-a", "ci-x-b", "ci-x-c"]


def test_a_pipeline_of_gitlab_tells_what_failed() -> None:
    row = {"status": "failed", "failure_reason": "script_failure", "web_url": "https://x/1"}
    rows = [
        row | {"name": "test 2/3"},
        row | {"name": "compile", "allow_failure": True},
        row | {"name": "trivy"},
    ]
    found = {t.key: t for t in failing(".gitlab-ci.yml", GITLAB, rows).tasks}
    assert {key: task.candidates for key, task in found.items()} == {
        "ci-gitlab-ci-test": [],
        "ci-gitlab-ci-deploy": ["ci-gitlab-ci-test"],
        "ci-trivy": [],
    }
    assert "reason: script_failure" in found["ci-trivy"].spec


def test_nothing_is_proposed_of_a_run_in_which_nothing_failed() -> None:
    assert failing(".github/workflows/ci.yml", WORKFLOW, {"jobs": []}).tasks == []


def test_another_workflow_s_failure_is_not_this_ones() -> None:
    jobs = {"jobs": [{"name": "lint", "conclusion": "failure", "workflow_name": "Nightly"}]}
    (task,) = failing(".github/workflows/ci.yml", WORKFLOW, jobs).tasks
    assert (task.key, task.paths) == ("ci-Nightly-lint".lower(), [])


JUNIT = """\
<?xml version="1.0"?>
<testsuites><testsuite name="pytest">
  <testcase classname="tests.test_a.TestX" name="test_one">
    <failure message="assert 1 == 2"/>
  </testcase>
  <testcase classname="tests.test_a" name="test_two"><error>Trace
KeyError: 'x'</error></testcase>
  <testcase classname="tests.test_a" name="test_fine"/>
  <testcase file="web/b.spec.ts" classname="b" name="says &lt;b&gt;"><failure/></testcase>
  <testcase classname="Elsewhere" name="x"><failure message="no"/></testcase>
</testsuite></testsuites>
"""


def test_tests_that_failed_are_a_task_for_each_file() -> None:
    files = {"src/tests/test_a.py": "", "web/b.spec.ts": ""}
    found = {t.key: t for t in propose(files, outcome.read("junit.xml", JUNIT)).tasks}
    assert list(found) == [
        "tests-src-tests-test_a.py", "tests-web-b.spec.ts", "tests-elsewhere",
    ]  # fmt: skip
    one = found["tests-src-tests-test_a.py"]
    assert one.paths == ["src/tests/test_a.py"]
    assert one.acceptance == ["test_one passes", "test_two passes"]
    assert one.spec == "2 failed:\n\n- test_one: assert 1 == 2\n- test_two: KeyError: 'x'"
    assert found["tests-elsewhere"].paths == []


@pytest.mark.parametrize(
    "text",
    ["nonsense", "{}", "3", '{"jobs": 3}', '{"jobs": [{"conclusion": "failure"}]}', "<a>", "<a/>",
     '<!DOCTYPE x [<!ENTITY a "aa">]><testsuite/>'],
)  # fmt: skip
def test_results_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(BadPlan):
        outcome.read("results", text)


def test_an_item_that_names_a_file_may_need_what_is_left_to_do_there() -> None:
    found = of("PLAN.md", "- [ ] Ship `src/a.py`\n", **{"src/a.py": "# FIXME: broken\n"})
    (fixme,) = [key for key in found if key.startswith("fixme-")]
    assert found["plan-ship-src-a-py"].candidates == [fixme]
    assert found["plan-ship-src-a-py"].paths == ["src/a.py"]


def test_jobs_in_a_circle_lose_one_candidate_and_it_is_said() -> None:
    plan = propose({".gitlab-ci.yml": "a:\n  needs: [b]\nb:\n  needs: [a, gone]\n"})
    assert [task.candidates for task in plan.tasks] == [[], ["ci-gitlab-ci-b"]]
    assert len(plan.report.dropped) == 2


def test_what_cannot_be_read_is_said_and_the_rest_is_proposed() -> None:
    plan = propose({"A.md": "- [ ] a (needs: nobody)\n", "B.md": "- [ ] b\n"})
    assert [task.key for task in plan.tasks] == ["b-b"]
    assert plan.report.dropped == {
        "a checklist that cannot be read": [
            "A.md, line 1, field needs: there is no item 'nobody': write its whole title here, or "
            "{#nobody} at its end"
        ]
    }


def test_a_long_line_beside_a_comment_is_cut() -> None:
    (task,) = of("a.min.js", "// TODO: shrink\n" + "x" * 200_000).values()
    assert task.spec.startswith("a.min.js, line 1:\n\n// TODO: shrink\nxxx")
    assert len(task.spec) < 1000


@pytest.mark.parametrize("heading", ["todo", "tests", "docs"])
def test_a_heading_makes_no_comment_of_an_item(heading: str) -> None:
    text = f"## {heading}\n- [ ] A `x.py` {{#a}}\n- [ ] B `x.py` {{#b}} (soft: a)\n"
    plan = propose({"TODO.md": text, "x.py": "# TODO: mend\n"})
    found = {task.key: task for task in plan.tasks}
    (todo,) = (key for key in found if key.startswith("todo-x.py"))
    assert found["todo-a"].candidates == found["todo-b"].candidates == [todo]
    assert formats.read({"proposed.json": headwater_json.write(plan.tasks).encode()}).tasks
