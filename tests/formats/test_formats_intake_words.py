"""What exactly a proposal says, and what the report of an intake does."""

from __future__ import annotations

import json
from typing import Any

from headwater.formats import Plan
from headwater.formats.intake import MOST_CANDIDATES, outcome, propose
from headwater.verbs.importing import ImportedTask

WORKFLOW = ".github/workflows/ci.yml"


def said(task: ImportedTask) -> dict[str, Any]:
    return task.model_dump(exclude_defaults=True)


def run(result: str, files: dict[str, str] | None = None) -> Plan:
    return propose(files or {}, outcome.read("result", result))


def failed(*names: str, **more: Any) -> str:
    jobs = [{"name": name, "conclusion": "failure"} | more for name in names]
    return json.dumps({"jobs": jobs})


def junit(*cases: tuple[str, str, str]) -> str:
    rows = (
        f'<testcase file="{file}" classname="{suite}" name="{name}"><error>no</error></testcase>'
        for file, suite, name in cases
    )
    return f"<testsuite>{''.join(rows)}</testsuite>"


def test_a_comment_says_where_it_stands_and_what_is_around() -> None:
    lines = [f"line {number}" for number in range(1, 10)]
    lines[4] = "x = 1  # FIXME(me): mend it -->"
    plan = propose({"src/a.py": "\n".join(lines), "b.py": "# TODO\n"})
    assert {key.rpartition("-")[0]: said(task) for key, task in tasks(plan).items()} == {
        "fixme-src-a.py": {
            "title": "FIXME: mend it",
            "spec": "src/a.py, line 5:\n\nline 2\nline 3\nline 4\nx = 1  # FIXME(me): mend it -->\n"
            "line 6\nline 7\nline 8",
            "key": "fixme-src-a.py-6cfe88c1",
            "priority": 10,
            "paths": ["src/a.py"],
            "group": "todo",
            "notes": "Proposed from src/a.py.",
        },
        "todo-b.py": {
            "title": "TODO: what the comment in b.py is about",
            "spec": "b.py, line 1:\n\n# TODO",
            "key": "todo-b.py-80648be1",
            "paths": ["b.py"],
            "group": "todo",
            "notes": "Proposed from b.py.",
        },
    }
    assert plan.report.kept == {"a FIXME comment": ["src/a.py:5"], "a TODO comment": ["b.py:1"]}


def tasks(plan: Plan) -> dict[str, ImportedTask]:
    return {task.key: task for task in plan.tasks}


def test_equal_comments_of_a_file_are_three_tasks_whose_keys_stay() -> None:
    two = tasks(propose({"a.py": "# TODO x\n# TODO x\n"})).keys()
    three = tasks(propose({"a.py": "\n# TODO x\n\n# TODO x\n# TODO x\n"})).keys()
    assert (len(two), len(three)) == (2, 3)
    assert two < three


def test_a_comment_on_a_line_of_400_characters_is_one_and_on_a_longer_none() -> None:
    for length, count in ((400, 1), (401, 0)):
        assert len(propose({"a.py": "# TODO ".ljust(length, "x")}).tasks) == count


def test_jobs_say_what_failed_and_what_is_left_out() -> None:
    text = "jobs:\n  lint:\n  test:\n    needs: [lint]\n  ship:\n    needs: [test, lint]\n"
    plan = run(failed("test", "odd", url="https://x/1", steps=[]), {WORKFLOW: text, "b.yml": text})
    assert {key: said(task) for key, task in tasks(plan).items()} == {
        "ci-ci-test": {
            "key": "ci-ci-test",
            "title": "CI: test passes",
            "spec": f"The job test of {WORKFLOW} failed.\n\nlog: https://x/1",
            "acceptance": ["test succeeds"],
            "priority": 10,
            "paths": [WORKFLOW],
            "group": "ci",
            "notes": f"Proposed from {WORKFLOW}.",
        },
        "ci-ci-ship": {
            "key": "ci-ci-ship",
            "title": "CI: ship passes",
            "spec": f"The job ship of {WORKFLOW} succeeds, once what it needs does.",
            "acceptance": ["ship succeeds"],
            "candidates": ["ci-ci-test"],
            "paths": [WORKFLOW],
            "group": "ci",
            "notes": f"Proposed from {WORKFLOW}.",
        },
        "ci-odd": {
            "key": "ci-odd",
            "title": "CI: odd passes",
            "spec": "The job odd failed.\n\nlog: https://x/1",
            "acceptance": ["odd succeeds"],
            "priority": 10,
            "group": "ci",
            "notes": "Proposed from the outcome of a CI run.",
        },
    }
    assert plan.report.kept == {
        "a job of the CI that failed": [f"{WORKFLOW}: test"],
        "a job of the CI": [f"{WORKFLOW}: ship"],
    }
    assert plan.report.mapped == {"a job that no configuration here names": ["odd"]}
    assert plan.report.dropped == {
        "a job of the CI that did not fail": [f"{WORKFLOW}: lint"],
        "a need of a job that is not proposed": [
            f"{WORKFLOW}: test -> lint",
            f"{WORKFLOW}: ship -> lint",
        ],
    }


def test_without_an_outcome_each_job_may_succeed_already() -> None:
    plan = propose({WORKFLOW: f"jobs:\n  {'j' * 101}:\n", ".gitlab-ci.yml": "stages: [a]\n"})
    (task,) = plan.tasks
    assert task.spec.endswith("succeeds. Drop this if it does already.")
    assert (task.acceptance, task.priority) == (["j" * 100 + " succeeds"], 0)
    assert plan.report.dropped == {
        "a CI configuration without jobs that can be read": [".gitlab-ci.yml"]
    }


def test_a_name_with_a_value_that_does_not_end_is_looked_for_as_it_is() -> None:
    text = "jobs:\n  a:\n    name: b ${{ x }} c ${{ d\n  e:\n    name: ${{ f\n"
    plan = run(failed("b 1 c ${{ d", "${{ f"), {WORKFLOW: text})
    assert sorted(tasks(plan)) == ["ci-ci-a", "ci-ci-e"]
    assert not plan.report.mapped


def test_tests_that_failed_are_said_as_far_as_there_is_room() -> None:
    many = [("t/a.py", "t.a", f"{'n' * 149}{number:02}") for number in range(41)]
    plan = run(
        junit(*many, ("", "pkg.b.B", "one"), ("x.py", "", "two")), {"t/a.py": "", "pkg/b.py": ""}
    )
    found = tasks(plan)
    assert list(found) == ["tests-t-a.py", "tests-pkg-b.py", "tests-x.py"]
    first = found["tests-t-a.py"]
    lines = first.spec.split("\n")
    assert (lines[0], lines[-1], len(lines)) == ("41 failed:", "- and 1 more", 43)
    assert lines[2] == f"- {'n' * 149}0: no"
    assert first.acceptance == [f"{'n' * 149}{tens} passes" for tens in range(5)]
    assert said(found["tests-pkg-b.py"]) == {
        "key": "tests-pkg-b.py",
        "title": "Tests of pkg/b.py pass",
        "spec": "1 failed:\n\n- one: no",
        "acceptance": ["one passes"],
        "priority": 10,
        "paths": ["pkg/b.py"],
        "group": "tests",
        "notes": "Proposed from the outcome of a test run.",
    }
    assert not found["tests-x.py"].paths
    assert plan.report.kept == {
        "tests that failed": ["t/a.py: 41", "pkg/b.py: 1", "x.py: 1"],
    }


def test_more_tests_than_criteria_are_one_criterion() -> None:
    for count, criteria in ((40, 40), (50, 50), (51, 1)):
        plan = run(junit(*[("", "s", str(number)) for number in range(count)]))
        assert len(plan.tasks[0].acceptance) == criteria
        more = f"- and {count - 40} more" if count > 40 else "- 39: no"
        assert plan.tasks[0].spec.endswith(more)
    assert plan.tasks[0].acceptance == ["all of them pass"]
    assert run(junit(("", "", "a"))).tasks[0].title == "Tests of a suite without a name pass"


def test_a_file_that_is_named_goes_before_one_that_its_suite_may_mean() -> None:
    files = {"a/t.py": "", "t.py": "", "u.py": ""}
    assert list(tasks(run(junit(("u.py", "a.t", "x")), files))) == ["tests-u.py"]
    assert list(tasks(run(junit(("", "t", "x")), files))) == ["tests-t"], "two may be meant"
    assert list(tasks(run(junit(("", "u", "x")), files))) == ["tests-u.py"]


def test_open_items_name_files_that_are_there_and_their_comments_are_candidates() -> None:
    plan_md = (
        "# One\n- [x] a\n- [ ] b: see `src/x.py`, `src/gone.py` (needs: a)\n- [ ] c (paths: src/)\n"
    )
    files = {"docs/P.md": plan_md, "src/x.py": "# TODO x\n", "y.py": "# TODO y\n"}
    plan = propose(files)
    found = tasks(plan)
    (todo,) = (key for key in found if key.startswith("todo-src"))
    one = next(task for key, task in found.items() if key.startswith("docs-p-b"))
    assert (one.paths, one.needs, one.candidates) == (["src/x.py"], [], [todo])
    assert (one.group, one.notes) == ("One", "Proposed from docs/P.md.")
    assert found["docs-p-c"].candidates == [todo]
    assert plan.report.kept["an open item of a checklist"] == [
        f"docs/P.md: {one.key.removeprefix('docs-p-')}",
        "docs/P.md: c",
    ]
    assert plan.report.mapped == {
        "an item may need what is left to do in a file that it names": [one.key, "docs-p-c"]
    }
    assert plan.report.dropped == {"an item that is finished": ["docs/P.md: a"]}
    assert propose({"P.md": "- [ ] a\n"}).tasks[0].group == "checklist"


def test_an_item_has_each_candidate_once_and_only_so_many() -> None:
    comments = "".join(f"# TODO {number}\n" for number in range(30))
    text = "- [ ] a (paths: src/**, src/x.py, **)\n"
    (item,) = (t for t in propose({"P.md": text, "src/x.py": comments}).tasks if t.key == "p-a")
    assert len(set(item.candidates)) == len(item.candidates) == MOST_CANDIDATES


def test_an_item_has_no_candidate_in_a_file_that_it_does_not_name() -> None:
    text = "- [ ] a (paths: src/*.md)\n- [ ] b (paths: src/x)\n- [ ] c\n"
    plan = propose({"P.md": text, "src/x.py": "# TODO x\n"})
    assert len(plan.tasks) == 4
    assert not any(task.candidates for task in plan.tasks)


def test_only_markdown_has_checklists_and_what_is_finished_is_needed_no_more() -> None:
    text = "- [x] a\n- [ ] b (soft: a)\n- [ ] c (soft: b) (needs: a)\n"
    found = tasks(propose({"P.MD": text, "p.txt": text, "md": text}))
    assert {key: (one.needs, one.soft) for key, one in found.items()} == {
        "p-b": ([], []),
        "p-c": ([], ["p-b"]),
    }


def test_a_job_without_a_stage_is_in_the_second_of_three() -> None:
    found = tasks(propose({".gitlab-ci.yml": "a:\n  stage: build\nb:\nc:\n  stage: deploy\n"}))
    assert [one.candidates for one in found.values()] == [
        [],
        ["ci-gitlab-ci-a"],
        ["ci-gitlab-ci-b"],
    ]


def test_a_job_has_so_many_candidates_and_the_others_are_named() -> None:
    names = [f"j{number:02}" for number in range(MOST_CANDIDATES + 2)]
    text = "jobs:\n" + "".join(f"  {name}:\n" for name in names)
    plan = propose({WORKFLOW: f"{text}  last:\n    needs: [{', '.join(names)}]\n"})
    assert tasks(plan)["ci-ci-last"].candidates == [f"ci-ci-{name}" for name in names[:-2]]
    assert plan.report.dropped == {
        "a candidate after the first 20": [f"ci-ci-last -> ci-ci-{name}" for name in names[-2:]]
    }


def test_what_two_sources_propose_under_one_key_is_one_task() -> None:
    plan = propose({"P.md": "- [ ] a\n", "p.md": "- [ ] a\n"})
    assert [task.key for task in plan.tasks] == ["p-a"]
    assert plan.report.dropped == {"a proposal that is there twice": ["p-a"]}
