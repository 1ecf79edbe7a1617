"""Tasks proposed from a repository's files."""

from __future__ import annotations

from headwater.formats.intake import propose
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
        "a checklist that cannot be read": ["A.md, line 1, field needs: there is no item 'nobody'"]
    }
