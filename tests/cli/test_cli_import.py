"""Plans from files: all or nothing, with a report, and fast."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_runs import Cli

from headwater import Board
from headwater.store.store import Store
from real_plans import REAL, needs_real_plans


def beads(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps({"priority": 2, "status": "open"} | row) + "\n" for row in rows)


def blocked(id: str, by: str) -> list[dict[str, str]]:
    return [{"issue_id": id, "depends_on_id": by, "type": "blocks"}]


def test_a_beads_plan_is_worked_on_where_it_stood(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "issues.jsonl").write_text(
        beads(
            {"id": "x-1", "title": "Design", "status": "closed", "close_reason": "Two paths."},
            {"id": "x-2", "title": "Build", "dependencies": blocked("x-2", "x-1"), "priority": 0},
            {"id": "x-3", "title": "Test", "dependencies": blocked("x-3", "x-2")},
            {"id": "x-4", "title": "Later", "status": "deferred"},
        )
    )
    ran = cli("import", "issues.jsonl")
    assert ran.out.startswith("read as beads:\n")
    assert "mapped, 1: priority 0 becomes 20 (x-2)" in ran.out
    assert "added 4 tasks and 2 edges (1 done, 1 ready, 1 waiting, 1 held)" in ran.out
    briefing = cli("claim", "--json").json
    assert briefing["task"] == "x-2"
    assert briefing["upstream"][0]["summary"] == "Two paths."
    assert cli("doctor", "--json").json["ok"] is True


def test_headwater_json_is_imported_from_standard_input(cli: Cli) -> None:
    plan = {"headwater": 1, "tasks": [{"key": "b", "needs": ["a"]}, {"key": "a"}]}
    reply = cli("import", "-", "--json", stdin=json.dumps(plan)).json
    assert (reply["added"], reply["edges"]) == (2, 1)
    assert reply["report"]["format"] == "headwater"


def test_a_broken_file_changes_nothing_and_names_every_problem(cli: Cli, tmp_path: Path) -> None:
    cli("add", "here")
    (tmp_path / "p.jsonl").write_text(
        beads({"id": "a", "title": "A"}, {"id": "b", "title": "B", "priority": 7}) + "{oops\n"
    )
    ran = cli("import", "p.jsonl", code=1)
    assert ran.err.splitlines()[:3] == [
        "error: the plan has 2 problems; nothing was imported",
        "  - p.jsonl, line 2, field priority: 7 is more than 4",
        "  - p.jsonl, line 3: not JSON at column 2",
    ]
    assert len(cli("import", "p.jsonl", "--json", code=1).json["problems"]) == 2
    assert cli("status", "--json").json["counts"] == {"ready": 1}


def test_importing_twice_is_refused_or_skipped(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text(beads({"id": "a", "title": "A"}, {"id": "b", "title": "B"}))
    cli("import", "p.jsonl", "--quiet")
    refused = cli("import", "p.jsonl", code=1).err
    assert refused.startswith("error: these keys exist already")
    assert "next: --update changes them" in refused
    again = cli("import", "p.jsonl", "--skip", "--json").json
    assert (again["added"], again["skipped"]) == (0, 2)


def test_an_issue_that_was_deleted_is_named_when_the_file_comes_again(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "p.jsonl").write_text(beads({"id": "a", "title": "A"}, {"id": "b", "title": "B"}))
    cli("import", "p.jsonl", "--quiet")
    (tmp_path / "p.jsonl").write_text(beads({"id": "a", "title": "A"}))
    assert (
        "  in the plan no more, left as they are: b\n    (headwater cancel KEY gives one up)\n"
    ) in cli("import", "p.jsonl", "--update").out


def test_ten_thousand_tasks_come_in_with_one_call(cli: Cli, tmp_path: Path) -> None:
    rows = beads(
        *(
            {
                "id": f"big-{n}",
                "title": f"Task {n}",
                "description": "What to do. " * 20,
                "dependencies": blocked(f"big-{n}", f"big-{n // 2}") if n else [],
            }
            for n in range(10_000)
        )
    )
    (tmp_path / "big.jsonl").write_text(rows)
    assert cli("import", "big.jsonl", "--json").json["added"] == 10_000
    cli("doctor", "--json")


@needs_real_plans
@pytest.mark.parametrize(
    "files",
    [["beads_rust-issues.jsonl"], ["gastown-issues.jsonl", "gastown-dependencies.jsonl"]],
    ids=lambda files: files[0],
)
def test_a_real_export_becomes_a_sound_board(cli: Cli, files: list[str]) -> None:
    paths = [str(REAL / "beads" / name) for name in files]
    reply = cli("import", *paths, "--json").json
    assert reply["added"] == sum(cli("status", "--json").json["counts"].values())
    integrity = [f for f in cli("doctor", "--json").json["findings"] if f["level"] == "FAIL"]
    assert integrity == []
    assert cli("claim", "--json").json["task"]


def test_a_rehearsal_makes_neither_store_nor_board(cli: Cli, tmp_path: Path) -> None:
    plan = json.dumps({"headwater": 1, "tasks": [{"key": "a"}]})
    ran = cli("import", "-", "--dry-run", stdin=plan)
    assert "would add 1 task and 0 edges (1 ready)" in ran.out
    assert ran.out.endswith("next: the same without --dry-run\n")
    assert not (tmp_path / "board.db").exists()
    cli("add", "here")
    assert "would add 1 task" in cli("import", "-", "--dry-run", "--into", "other", stdin=plan).out
    assert "there is no board 'other'" in cli("status", "--board", "other", code=1).err
    there = cli("import", "-", "--dry-run", stdin=plan.replace('"a"', '"here"'), code=1)
    assert "exist already" in there.err


def test_what_comes_next_names_the_board(cli: Cli) -> None:
    plan = json.dumps({"headwater": 1, "tasks": [{"key": "a"}]})
    assert cli("import", "-", "--into", "b", stdin=plan).out.endswith(
        "next: headwater status --board b\n"
    )
    refused = cli("status", code=1).err
    assert "next: --board or HEADWATER_BOARD names one of: b" in refused


def test_a_missing_board_is_answered_with_the_first_that_there_are(
    cli: Cli, tmp_path: Path
) -> None:
    with Store.open(tmp_path / "board.db") as store:
        for number in range(25):
            Board(store, f"b{number}").add([{"key": "a"}])
    assert "b19 and 5 more" in cli("status", code=1).err


def test_events_of_beads_alone_are_asked_for_their_issues(cli: Cli, tmp_path: Path) -> None:
    event = {
        "id": 1,
        "issue_id": "x",
        "event_type": "created",
        "actor": "a",
        "created_at": "2026-01-01T00:00:00Z",
    }
    (tmp_path / "events.jsonl").write_text(json.dumps(event) + "\n")
    ran = cli("import", "events.jsonl", code=1)
    assert "next: name both files: headwater import ISSUES.jsonl EVENTS.jsonl" in ran.err
