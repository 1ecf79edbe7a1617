"""A plan as beads' JSONL."""

from __future__ import annotations

import json
from typing import Any

import pytest
from reading import read

from headwater import formats
from headwater.formats import beads_write
from headwater.formats.report import Report
from headwater.verbs.importing import ImportedTask
from real_plans import REAL, needs_real_plans

PLAN = {
    "headwater": 1,
    "tasks": [
        {"key": "a", "title": "Design", "state": "done", "summary": "Two paths.", "priority": 10},
        {"key": "b", "title": "Build", "needs": ["a"], "acceptance": ["works"], "estimate": 30},
        {"key": "b1", "title": "Part", "group": "whole", "notes": "Mind the gap."},
        {"key": "whole", "title": "Whole", "needs": ["b1", "b"], "soft": ["a"], "priority": 3},
        {"key": "later", "title": "Later", "state": "held", "notes": "Why?", "review": True},
        {"key": "gone", "title": "Gone", "state": "cancelled", "capabilities": ["sql"]},
    ],
}


def issue(id: str, **fields: Any) -> str:
    return json.dumps({"id": id, "title": "T", "status": "open"} | fields)


def written(plan: Any = PLAN) -> tuple[str, Report]:
    tasks = read(plan).tasks
    report = Report("beads")
    times = {task.key: (1_700_000_000_000, 1_700_000_001_000) for task in tasks}
    return beads_write.write(tasks, times, report), report


def test_issues_read_back_with_their_states_texts_and_edges() -> None:
    text, _ = written()
    found = {task.key: task for task in formats.read({"issues.jsonl": text.encode()}).tasks}
    assert {key: sorted(task.needs) for key, task in found.items()} == {
        "a": [],
        "b": ["a"],
        "b1": [],  # and no child of "whole", or what blocks that would block it, in beads
        "whole": ["b", "b1"],
        "later": [],
        "gone": [],
    }
    assert found["whole"].soft == ["a"]
    assert found["b1"].group == "whole"
    assert found["b1"].notes == "Mind the gap."
    assert {key: task.state for key, task in found.items() if task.state != "open"} == {
        "a": "done",
        "later": "held",
        "gone": "done",
    }
    assert (found["a"].summary, found["a"].priority) == ("Two paths.", 10)
    assert (found["b"].acceptance, found["b"].estimate) == (["works"], 30)


def test_parts_are_children_where_what_blocks_the_parent_blocks_them_too() -> None:
    tasks: list[dict[str, Any]] = [
        {"key": "before", "title": "Before"},
        {"key": "one", "title": "One", "needs": ["before"], "group": "whole"},
        {"key": "two", "title": "Two", "needs": ["one", "before"], "group": "whole"},
        {"key": "old", "title": "Old", "state": "done", "group": "whole"},
        {"key": "whole", "title": "Whole", "needs": ["before", "one", "two", "old"]},
    ]
    for needs, children in ((["before"], ["one", "two", "old"]), ([], [])):
        tasks[1]["needs"] = needs
        text, _ = written({"headwater": 1, "tasks": tasks})
        issues = map(json.loads, text.splitlines())
        links = [link for one in issues for link in one.get("dependencies", ())]
        assert [x["issue_id"] for x in links if x["type"] == "parent-child"] == children
        found = {task.key: task for task in read(text).tasks}
        for task in tasks:
            assert set(found[task["key"]].needs) == set(task.get("needs", ()))
            assert found[task["key"]].group == task.get("group", "")


def test_what_an_issue_cannot_say_is_reported() -> None:
    text, report = written()
    assert report.dropped == {"review: an issue has no place for it": ["later"]}
    assert "a priority between two steps of beads becomes the nearest" in report.mapped
    assert report.mapped["state cancelled becomes status closed"] == ["gone"]
    first = json.loads(text.splitlines()[0])
    assert (first["created_at"], first["closed_at"]) == (
        "2023-11-14T22:13:20Z",
        "2023-11-14T22:13:21Z",
    )


AGREED = {
    "key": "b",
    "title": "Build",
    "spec": "Build it.\n\nWith care.",
    "needs": ["a"],
    "paths": ["src/**", "docs/api.md"],
    "group": "core",
    "capabilities": ["python", "sql"],
    "contracts": [
        {"task": "a", "expect": "both:\n\n- one\n- two", "promise": "a list", "keys": ["x", "y"]}
    ],
}


def test_what_an_issue_has_no_field_for_is_read_again_from_its_description() -> None:
    plan = {"headwater": 1, "tasks": [{"key": "a", "title": "A"}, AGREED]}
    text, _ = written(plan)
    assert read(text).tasks == read(plan).tasks
    assert [json.loads(line).get("labels") for line in text.splitlines()] == [
        None,
        ["python", "sql"],
    ]


@pytest.mark.parametrize(
    "agreed",
    [
        {"keys": ["paths, all of them", "port"]},
        {"keys": [" port"]},
        {"keys": ["[x]", "y"]},
        {"keys": ["[x", "y]"]},
        {"keys": ["größe", "b"]},
        {"expect": " indented"},
        {"expect": '"quoted"', "promise": '"'},
        {"expect": "one\ntwo", "promise": "7"},
        {"promise": "one\x85two"},
    ],
    ids=str,
)
def test_words_of_a_contract_come_back_whatever_they_are(agreed: dict[str, Any]) -> None:
    build = {"key": "b", "title": "B", "spec": "S", "needs": ["a"], "group": " core, "}
    build["contracts"] = [{"task": "a"} | agreed]
    plan = {"headwater": 1, "tasks": [{"key": "a", "title": "A"}, build]}
    assert read(written(plan)[0]).tasks == read(plan).tasks


def test_a_candidate_is_related() -> None:
    tasks = [{"key": "a", "title": "A"}, {"key": "b", "title": "B", "candidates": ["a"]}]
    text, report = written({"headwater": 1, "tasks": tasks})
    assert read(text).tasks[1].soft == ["a"]
    assert report.mapped == {"an unconfirmed dependency becomes related": ["b -> a"]}


def test_what_was_an_issue_goes_back_as_it_was() -> None:
    came = issue("a", description="D", issue_type="bug", labels=["ui"], external_ref="gh-9")
    (task,) = read(came).tasks
    assert task.spec == "D\n\nissue_type: bug\nlabels: ui\nexternal_ref: gh-9"
    text, _ = written({"headwater": 1, "tasks": [_plain(task)]})
    assert json.loads(came).items() <= json.loads(text).items()
    assert read(text).tasks == [task]


def test_lines_that_are_no_fields_stay_text() -> None:
    for last in ("paths: src\nand more", f"group: {'x' * 101}", "capabilities: a,,b", "group:"):
        (task,) = read(issue("a", description=f"D\n\n{last}")).tasks
        assert task.spec == f"D\n\n{last}"
    (task,) = read(issue("a", description="paths: /etc/hosts\npaths: src")).tasks
    assert (task.spec, task.paths) == ("paths: /etc/hosts", ["src"])
    plan = read(issue("a", description="D\n\nexpected of nobody: x"))
    assert plan.tasks[0].spec == "D"
    assert plan.report.dropped == {"a contract with what is not needed": ["a -> nobody"]}


def test_why_it_is_held_is_said_once_however_often_it_comes_and_goes() -> None:
    text = issue("a", status="deferred", notes="Which colour?")
    for _ in range(2):
        (task,) = read(text).tasks
        assert task.notes == "Held at import: its status was deferred.\n\nWhich colour?"
        text, _ = written({"headwater": 1, "tasks": [_plain(task)]})


@needs_real_plans
def test_real_issues_go_out_as_they_came() -> None:
    text = (REAL / "beads" / "beads_rust-issues.jsonl").read_text()
    plan = formats.read({"issues": text.encode()})
    again, _ = written({"headwater": 1, "tasks": [_plain(task) for task in plan.tasks]})
    came = {one["id"]: one for one in map(json.loads, text.splitlines())}
    for one in map(json.loads, again.splitlines()):
        for name in ("title", "issue_type", "labels", "external_ref", "priority"):
            assert one.get(name) == came[one["id"]].get(name), (one["id"], name)
    found = {task.key: task for task in read(again).tasks}
    for task in plan.tasks:
        assert set(found[task.key].needs) == set(task.needs)
        assert found[task.key] == task.model_copy(update={"needs": found[task.key].needs})


def _plain(task: ImportedTask) -> dict[str, Any]:
    return task.model_dump(exclude_defaults=True)
