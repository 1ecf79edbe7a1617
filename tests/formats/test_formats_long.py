"""Files of a repository that somebody else wrote: reading them takes time as they are long, not as
the square of that. Each of these took hours."""

from __future__ import annotations

import pytest

from headwater import formats
from headwater.formats import intake
from headwater.formats.intake import outcome
from headwater.formats.intake.ci import JOBS

WORKFLOW = ".github/workflows/a.yml"
LENGTH = intake.FILE_BYTES - 100
SPACES = " " * LENGTH
WITHIN_S = 30


@pytest.mark.timeout(WITHIN_S)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", f"- [ ] a\n```b{SPACES}c\n```\n"),
        (".gitlab-ci.yml", f"a{SPACES}b\n"),
        (".gitlab-ci.yml", "a: [\n" + "b,\n" * (LENGTH // 3)),
    ],
    ids=["a fence", "a key", "a list"],
)
def test_a_long_line_or_list_is_read_in_time(name: str, text: str) -> None:
    intake.propose({"b.md": "- [ ] Write it\n", name: text})


@pytest.mark.timeout(WITHIN_S)
@pytest.mark.parametrize(
    ("line", "first", "last"),
    [("1. [-] ", "", "1. [ ] z\n"), ("  - [ ] ", "- [ ] z\n", "")],
    ids=["cancelled", "parts"],
)
def test_many_items_one_after_or_in_another_are_read_in_time(
    line: str, first: str, last: str
) -> None:
    text = first + "".join(f"{line}a{number}\n" for number in range(30_000)) + last
    intake.propose({"a.md": text})


@pytest.mark.timeout(WITHIN_S)
def test_a_field_that_is_there_twice_is_found_in_time_among_many() -> None:
    many = "".join(f'"{number}":0,' for number in range(LENGTH // 10))
    with pytest.raises(formats.BadPlan, match="the field z is there twice"):
        formats.read({"plan.json": f'{{"headwater":1,{many}"z":1,"z":1}}'.encode()})


@pytest.mark.timeout(WITHIN_S)
def test_many_tests_that_failed_are_found_among_many_files_in_time() -> None:
    files = {f"src/part{number}/test_it.py": "" for number in range(20_000)}
    broken = [outcome.BrokenTest("", f"part{number}.It", "works", "") for number in range(2_000)]
    broken += [outcome.BrokenTest("", f"src.part{number}.test_it.It", "", "") for number in (3, 4)]
    plan = intake.propose(files, outcome.Outcome(tests=broken))
    assert [task.paths for task in plan.tasks if task.paths] == [
        ["src/part3/test_it.py"],
        ["src/part4/test_it.py"],
    ]


@pytest.mark.timeout(WITHIN_S)
def test_a_title_that_ends_in_many_fields_is_read_in_time() -> None:
    fields = " (priority: 1)" * 20_000 + " {#key}"
    with pytest.raises(formats.BadPlan):
        formats.read({"plan.md": f"- [ ] a{fields}\n".encode()})


@pytest.mark.timeout(WITHIN_S)
@pytest.mark.parametrize("named", ["a.c", "b.c", "src/"])
def test_many_items_and_many_comments_are_brought_together_in_time(named: str) -> None:
    todos = "".join(f"// TODO {number}\n" for number in range(6_000))
    items = "".join(f"- [ ] {number} (paths: {named})\n" for number in range(6_000))
    plan = intake.propose({"a.c": todos, "b.c": "", "src/c.c": "// TODO\n", "d.md": items})
    last = next(task for task in reversed(plan.tasks) if task.group == "checklist")
    assert len(last.candidates) == {"a.c": intake.MOST_CANDIDATES, "b.c": 0, "src/": 1}[named]


@pytest.mark.timeout(WITHIN_S)
def test_a_job_with_many_values_in_its_name_is_looked_for_in_time() -> None:
    name = "${{ matrix.a }}b" * 24
    run = outcome.Outcome(jobs=[outcome.Failure("b" * 200), outcome.Failure("ab" * 24)])
    text = f"jobs:\n  build:\n    name: {name}\n  other:\n    name: {name}!\n"
    plan = intake.propose({WORKFLOW: text}, run)
    assert [task.key for task in plan.tasks] == ["ci-a-build"]


@pytest.mark.timeout(WITHIN_S)
def test_many_jobs_and_many_that_failed_are_brought_together_in_time() -> None:
    text = "jobs:\n" + "".join(f"  j{n}:\n    name: ${{{{ a }}}}\n" for n in range(6_000))
    run = outcome.Outcome(jobs=[outcome.Failure(f"x{n}") for n in range(6_000)])
    plan = intake.propose({WORKFLOW: text}, run)
    assert [task.key for task in plan.tasks] == ["ci-a-j0"]
    assert any(f"after the first {JOBS}" in line for line in plan.report.lines())


@pytest.mark.timeout(WITHIN_S)
def test_many_jobs_of_two_stages_are_brought_together_in_time() -> None:
    first = "".join(f"b{n}:\n  stage: build\n" for n in range(20_000))
    then = "".join(f"t{n}:\n" for n in range(30_000))
    plan = intake.propose({".gitlab-ci.yml": first + then})
    assert len(plan.tasks) == JOBS
