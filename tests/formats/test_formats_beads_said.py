"""What exactly is written of a task as an issue of beads, and what is said to be lost."""

from __future__ import annotations

import json
from typing import Any

from reading import read

from headwater.formats import beads_write
from headwater.formats.report import Report


def written(*rows: dict[str, Any]) -> tuple[list[dict[str, Any]], Report]:
    report = Report("beads")
    found = read({"headwater": 1, "tasks": list(rows)}).tasks
    out = beads_write.write(found, {one.key: (0, 1_000) for one in found}, report)
    return [json.loads(line) for line in out.splitlines()], report


def test_an_issue_says_all_that_it_has_a_place_for() -> None:
    rows, report = written(
        {
            "key": "a",
            "spec": "S\n\nissue_type: bug\nlabels: ui, api",
            "capabilities": ["ui", "sql"],
            "acceptance": ["works", "fast"],
            "paths": ["src/**"],
            "estimate": 0.2,
            "review": False,
            "attempts": 5,
            "budget": {"minutes": 3},
            "priority": 45,
        },
        {
            "key": "b",
            "title": "B",
            "state": "done",
            "summary": "Done.",
            "critical": {"x": 1},
            "estimate": 30,
        },
        {"key": "c", "state": "failed", "candidates": ["a"], "estimate": 2.6, "priority": -44},
        {"key": "d", "state": "cancelled", "contracts": [{"task": "b", "expect": "x"}]},
    )
    times = {"created_at": "1970-01-01T00:00:00Z", "updated_at": "1970-01-01T00:00:01Z"}
    link = {"created_at": "1970-01-01T00:00:00Z"}
    assert rows == [
        {
            "id": "a",
            "title": "a",
            "description": "S\n\npaths: src/**\ncapabilities: ui, sql",
            "acceptance_criteria": "- works\n- fast",
            "status": "open",
            "priority": 0,
            "issue_type": "bug",
            "estimated_minutes": 1,
            "labels": ["ui", "api", "sql"],
        }
        | times,
        {
            "id": "b",
            "title": "B",
            "status": "closed",
            "priority": 2,
            "issue_type": "task",
            "estimated_minutes": 30,
            "closed_at": "1970-01-01T00:00:01Z",
            "close_reason": "Done.",
        }
        | times,
        {
            "id": "c",
            "title": "c",
            "status": "deferred",
            "priority": 4,
            "issue_type": "task",
            "estimated_minutes": 3,
            "dependencies": [
                {"issue_id": "c", "depends_on_id": "a", "type": "related"} | link,
            ],
        }
        | times,
        {
            "id": "d",
            "title": "d",
            "description": "expected of b: x",
            "status": "closed",
            "priority": 2,
            "issue_type": "task",
            "closed_at": "1970-01-01T00:00:01Z",
            "close_reason": "cancelled",
            "dependencies": [{"issue_id": "d", "depends_on_id": "b", "type": "blocks"} | link],
        }
        | times,
    ]
    assert report.dropped == {
        "attempts: an issue has no place for it": ["a"],
        "budget: an issue has no place for it": ["a"],
        "critical: an issue has no place for it": ["b"],
    }
    assert report.mapped == {
        "a priority between two steps of beads becomes the nearest": ["a", "c"],
        "the estimate is in whole minutes": ["a", "c"],
        "capabilities become labels": ["a"],
        "paths, contracts and groups are lines of the description": ["a", "d"],
        "an unconfirmed dependency becomes related": ["c -> a"],
        "state failed becomes status deferred": ["c"],
        "state cancelled becomes status closed": ["d"],
    }


def test_a_parent_needs_its_child_by_that_alone() -> None:
    rows, report = written({"key": "a", "group": "p"}, {"key": "p", "needs": ["a"]})
    assert "description" not in rows[0]
    assert "dependencies" not in rows[1]
    assert [link["type"] for link in rows[0]["dependencies"]] == ["parent-child"]
    assert not report.mapped


def test_what_is_finished_before_its_parent_does_not_make_it_a_stranger() -> None:
    rows, _ = written(
        {"key": "old", "state": "done"},
        {"key": "a", "group": "p"},
        {"key": "p", "needs": ["old", "a"]},
    )
    assert [link["type"] for link in rows[1]["dependencies"]] == ["parent-child"]
