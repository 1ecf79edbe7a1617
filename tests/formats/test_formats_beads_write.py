"""A plan as beads' JSONL."""

from __future__ import annotations

import json

from reading import read

from headwater import formats
from headwater.formats import beads_write
from headwater.formats.report import Report

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


def written() -> tuple[str, Report]:
    plan = read(PLAN)
    report = Report("beads")
    times = {task.key: (1_700_000_000_000, 1_700_000_001_000) for task in plan.tasks}
    return beads_write.write(plan.tasks, times, report), report


def test_issues_read_back_with_their_states_texts_and_edges() -> None:
    text, _ = written()
    found = {task.key: task for task in formats.read({"issues.jsonl": text.encode()}).tasks}
    assert {key: sorted(task.needs) for key, task in found.items()} == {
        "a": [],
        "b": ["a"],
        "b1": ["b"],  # what blocks a parent blocks its children, in beads
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
