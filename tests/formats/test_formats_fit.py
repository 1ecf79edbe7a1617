"""Foreign texts and names at the limits of Headwater's fields, and how a format is found."""

from __future__ import annotations

import json
from typing import Any

import pytest
from reading import problems, read, tasks

from headwater import formats, limits
from headwater.errors import BadPlan, LimitExceeded
from headwater.formats import fit, keys
from headwater.formats.report import Report


def of(text: Any, **more: Any) -> tuple[Any, Report]:
    plan = read({"tasks": [{"id": 1, "title": text} | more]})
    return plan.tasks[0], plan.report


def test_a_title_of_200_characters_is_whole_and_a_longer_one_stands_in_the_spec() -> None:
    task, report = of("x" * 200)
    assert (task.title, task.spec, report.mapped) == ("x" * 200, "", {})
    task, report = of("x" * 201)
    assert (task.title, task.spec) == ("x" * 197 + "...", "x" * 201)
    assert report.mapped == {"a long title was shortened; all of it is in the spec": ["1"]}


def test_what_a_line_may_not_hold_becomes_spaces_and_it_is_said() -> None:
    task, report = of(" a\tb\u2028c\n")
    assert task.title == "a b c"
    assert report.mapped == {"control characters in the title became spaces": ["1"]}
    task, report = of("  a  ")
    assert (task.title, report.mapped) == ("a", {})


@pytest.mark.parametrize(
    ("lines", "items"),
    [(["x" * 400], 1), (["x" * 401], 0), (["x"] * 50, 50), (["x"] * 51, 0), (["- x", "", "y"], 2)],
)
def test_criteria_too_long_for_a_list_stand_in_the_spec(lines: list[str], items: int) -> None:
    task, report = of("T", acceptanceCriteria="\n".join(lines))
    assert len(task.acceptance) == items
    if items:
        assert (task.spec, report.mapped) == ("", {})
    else:
        assert task.spec == "## Acceptance criteria\n\n" + "\n".join(lines)
        assert report.mapped == {"acceptanceCriteria too long for a list are in the spec": ["1"]}


def test_paths_beyond_what_a_task_holds_are_lines_of_the_spec() -> None:
    report = Report("x")
    names = [f"a{number}.py" for number in range(limits.PATHS)]
    assert fit.paths([*names, "./a0.py"], "k", "owns", report) == (names, "")
    assert not report.mapped
    assert fit.paths([*names, "b.py", "c.py"], "k", "owns", report) == (
        names,
        "owns: b.py\nowns: c.py",
    )
    assert report.mapped == {"owns beyond 64 are lines of the spec": ["k"]}


@pytest.mark.parametrize(
    ("glob", "line"),
    [("x" * 401, "x" * 401), ("a\tb", "a b"), ("", ""), ("../a", "../a"), (" a", "a")],
)
def test_what_is_no_path_is_a_line_of_the_spec(glob: str, line: str) -> None:
    report = Report("x")
    assert fit.paths([glob, "x" * 400], "k", "owns", report) == (["x" * 400], f"owns: {line}")
    (what,) = report.mapped
    assert what == "owns that is no path relative to the repository is a line of the spec"


@pytest.mark.parametrize(
    ("names", "digests"),
    [
        (["A b"], 0),
        (["A b", "a B"], 2),
        (["A b", "a-b"], 1),
        (["A" * 100], 0),
        (["A" * 101], 1),
        (["***", "設計"], 2),
        (["._A_."], 0),
    ],
)
def test_a_key_ends_in_a_digest_only_where_it_says_too_little(
    names: list[str], digests: int
) -> None:
    found = keys.map_keys(names)
    assert len(set(found.values())) == len(names)
    assert all(len(key) <= limits.KEY_CHARS for key in found.values())
    slugs = {"a-b", "a" * 100, "a"}
    assert sum(key not in slugs for key in found.values()) == digests
    assert all(found[name] == name for name in names if name in slugs)
    assert keys.map_keys(reversed(names)) == found
    assert keys.map_keys(["***"])["***"].startswith("task-")
    assert len(keys.map_keys(["A" * 101])["A" * 101]) == limits.KEY_CHARS


def test_an_id_that_is_a_key_is_not_reported() -> None:
    report = Report("x")
    keys.keys_for(["b", "A", "c"], report)
    assert report.mapped == {"the id is not a legal key and was changed": ["A -> a"]}


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("  ```sh\n  - [ ] b\n  ``` x\n  ```", "```sh\n- [ ] b\n``` x\n```"),
        ("  ~~~ a`b\n  - [ ] b\n  ~~~", "~~~ a`b\n- [ ] b\n~~~"),
        ("  ```a`b```\n  c", "```a`b```\nc"),
        ("  ````\n  ```\n  - [ ] b\n  `````", "````\n```\n- [ ] b\n````"),
    ],
)
def test_a_block_ends_with_its_own_fence_alone(text: str, spec: str) -> None:
    found = tasks(f"- [ ] a\n{text}\n- [ ] z\n")
    assert list(found) == ["a", "z"]
    assert found["a"].spec == spec


def workflow(*ids: str) -> dict[str, Any]:
    specified = {"tasks": [{"id": id, "name": id} for id in ids]}
    return {"schemaVersion": "1.5", "workflow": {"specification": specified}}


AGENT = {"subagent_type": "main", "prompt": "Do."}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ({"headwater": 1, "tasks": [{"key": "a"}]}, "headwater"),
        (workflow("a"), "wfformat"),
        ({"batches": [{"id": 1, "agents": [AGENT]}]}, "adm"),
        ({"tasks": [{"id": 1, "title": "A"}]}, "task-master"),
        ('\n\n{"id": "a", "title": "A"}\n', "beads"),
        ('{"id": "a", "title": "A"}\n{"id": "b", "title": "B"}', "beads"),
        ("- [ ] a", "checklist"),
    ],
)
def test_the_format_is_found_from_the_content(content: Any, name: str) -> None:
    assert read(content).report.format == name


@pytest.mark.parametrize(
    "text",
    ["{ - [ ] a }\n- [ ] a\n", '{"a": 1}\n- [ ] a\n', '{"a": 1} x', "[1]", "{" * 100_000],
)
def test_what_begins_as_json_is_read_as_nothing_else(text: str) -> None:
    with pytest.raises(BadPlan):
        read(text)


def test_an_import_has_a_limit_of_bytes_and_of_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TASKS_PER_IMPORT", 2)
    assert len(read("- [ ] a\n- [ ] b\n").tasks) == 2
    with pytest.raises(LimitExceeded, match="3 tasks; an import takes at most 2"):
        read("- [ ] a\n- [ ] b\n- [ ] c\n")
    monkeypatch.setattr(formats, "FILE_BYTES", 7)
    assert len(read("- [ ] a").tasks) == 1
    with pytest.raises(LimitExceeded, match="the files hold 8 bytes; the limit is 7"):
        read("- [ ] ab")


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("estimated_minutes", True, "a whole number, at least 0, is expected"),
        ("estimated_minutes", -1, "a whole number, at least 0, is expected"),
        ("priority", 5, "5 is more than 4"),
        ("comments", {}, "a list is expected"),
        ("title", "", "text is expected"),
    ],
)
def test_what_a_field_may_not_be_is_said(field: str, value: object, what: str) -> None:
    row = {"id": "a", "title": "A"} | {field: value}
    assert problems(json.dumps(row)) == [f"plan, line 1, field {field}: {what}"]


def test_what_says_nothing_is_not_reported_as_dropped() -> None:
    row = {"id": "a", "title": "A", "x": "", "y": [], "z": None, "n": 0, "e": {}, "m": 1}
    assert read(json.dumps(row)).report.dropped == {"field m: no place for it": ["a"]}


def test_what_is_missing_is_said_to_be_missing() -> None:
    assert problems({"schemaVersion": "1.5", "workflow": {"specification": {}}}) == [
        "plan, field workflow.specification.tasks: missing"
    ]
    assert problems({"schemaVersion": "1.5", "workflow": {}}) == [
        "plan, field workflow.specification: missing",
        "plan, field workflow.specification.tasks: missing",
    ]
    assert problems({"schemaVersion": "1.5", "workflow": 3}) == [
        "plan, field workflow: an object is expected",
        "plan, field workflow.specification: missing",
        "plan, field workflow.specification.tasks: missing",
    ]


def test_of_a_task_that_cannot_be_read_key_and_edges_count_all_the_same() -> None:
    rows = [
        {"key": "a", "estimate": "x"},
        {"key": "b", "needs": ["a", "gone"], "title": 7},
        {"key": "c", "needs": "b", "soft": ["a"]},
        {"key": "d", "needs": ["c", 3]},
    ]
    found = problems({"headwater": 1, "tasks": rows})
    assert [one.partition(": ")[0] for one in found] == [
        "plan, tasks[0], field estimate",
        "plan, tasks[1], field title",
        "plan, tasks[2], field needs",
        "plan, tasks[3], field needs.1",
        "plan, tasks[1], field needs",
    ]
    assert "there is no task 'gone' in the file" in found[-1]
