"""Agents in processes of their own take an imported plan to its end, over MCP on stdio."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from programs import assert_sound, environment, headwater

from claim_history import Call, violations
from headwater.board import Board
from patience import PATIENCE_S
from real_plans import REAL, needs_real_plans

AGENT = Path(__file__).with_name("agent.py")
AGENTS = 4


def issue(id: str, *links: tuple[str, str], **more: Any) -> dict[str, Any]:
    """An issue as beads exports it; links are (type, the other issue)."""
    dependencies = [{"issue_id": id, "depends_on_id": other, "type": kind} for kind, other in links]
    base = {"id": id, "title": id.replace("-", " "), "status": "open", "priority": 2}
    return base | {"issue_type": "task", "dependencies": dependencies} | more


LIKENESS = [
    issue("mill-epic", issue_type="epic"),
    issue("mill-site", status="closed", close_reason="North of the weir."),
    issue("mill-plan", ("blocks", "mill-site"), ("parent-child", "mill-epic"), priority=0),
    issue("mill-dam", ("blocks", "mill-plan"), ("parent-child", "mill-epic")),
    issue("mill-race", ("blocks", "mill-dam"), ("parent-child", "mill-epic")),
    issue("mill-wheel", ("blocks", "mill-plan"), status="in_progress", assignee="somebody"),
    issue("mill-stones", ("blocks", "mill-plan")),
    issue("mill-house", ("blocks", "mill-plan"), ("discovered-from", "mill-site")),
    issue("mill-gear", ("blocks", "mill-wheel"), ("blocks", "mill-stones"), priority=1),
    issue("mill-roof", ("blocks", "mill-house"), ("related", "mill-gear")),
    issue("mill-test", ("blocks", "mill-gear"), ("blocks", "mill-race"), status="blocked"),
    issue("mill-open", ("blocks", "mill-test"), ("blocks", "mill-roof"), priority=4),
]


def drive(folder: Path, issues: list[dict[str, Any]]) -> tuple[Board, list[dict[str, Any]]]:
    """Import the plan, let the agents work it off; the board and all their notes."""
    plan, db = folder / "issues.jsonl", folder / "board.db"
    plan.write_text("".join(json.dumps(one) + "\n" for one in issues))
    headwater(db, "import", str(plan), "--quiet")
    board = Board.open(db, "default")
    board.policy(releases=100)
    board.pause("until everybody is there")
    agents = [
        subprocess.Popen(
            [sys.executable, AGENT, db, f"agent-{n}", folder / f"notes-{n}.jsonl", str(n)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        for n in range(AGENTS)
    ]
    try:
        for agent in agents:
            assert agent.stdout is not None
            assert agent.stdout.readline() == "joined\n", agent.communicate()[1]
        board.resume()
        for agent in agents:
            _, complaints = agent.communicate(timeout=PATIENCE_S)
            assert agent.returncode == 0, complaints
    finally:
        for agent in agents:
            agent.kill()
            agent.wait()
    notes = [
        {"agent": n} | json.loads(line)
        for n in range(AGENTS)
        for line in (folder / f"notes-{n}.jsonl").read_text().splitlines()
    ]
    return board, notes


def assert_worked_off(board: Board, notes: list[dict[str, Any]], tasks: set[str]) -> None:
    """Every task done once by one holder, in the order of the dependencies; nothing left."""
    done = Counter(
        note["task"] for note in notes if note["kind"] == "finish" and note["outcome"] == "done"
    )
    assert set(done) == tasks
    assert set(done.values()) == {1}
    history = [
        Call(n["kind"], n["task"], n["fence"], n["began_ns"], n["ended_ns"],
             outcome=n.get("outcome", ""))
        for n in notes
    ]  # fmt: skip
    assert violations(history) == []
    assert len({note["agent"] for note in notes}) > 1, "one agent did everything"
    assert_in_order(board, tasks)
    counts = board.graph(limit=1).counts
    assert set(counts) == {"done"}
    assert board.verify() == []


def assert_in_order(board: Board, tasks: set[str]) -> None:
    """By the log: no task was claimed before all that it needs was done."""
    finished: dict[str, int] = {}
    claimed: dict[str, int] = {}
    page = board.graph("history", limit=500)
    while page.events:
        for event in page.events:
            if event["kind"] == "finished":
                finished[event["task"]] = event["revision"]
            elif event["kind"] == "claimed":
                first = claimed.get(event["task"], event["revision"])
                claimed[event["task"]] = min(first, event["revision"])
        if not page.cursor:
            break
        page = board.graph("history", limit=500, cursor=page.cursor)
    edges = 0
    for task in tasks:
        for need in board.graph(task=task).needs or []:
            if need.kind == "hard" and need.task in tasks:
                edges += 1
                assert finished[need.task] < claimed[task], f"{task} before {need.task}"
    assert edges


def test_four_agents_take_a_small_plan_to_its_end(tmp_path: Path) -> None:
    board, notes = drive(tmp_path, LIKENESS)
    with board:
        tasks = {one["id"] for one in LIKENESS if one["status"] != "closed"}
        assert_worked_off(board, notes, tasks)
    assert_sound(tmp_path / "board.db")


@needs_real_plans
def test_four_agents_take_a_real_projects_plan_to_its_end(tmp_path: Path) -> None:
    lines = (REAL / "beads" / "beads_rust-issues.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    issues = [one | {"status": "open"} for one in rows if one["status"] != "tombstone"]
    assert len(issues) > 300
    board, notes = drive(tmp_path, issues)
    with board:
        tasks = {str(one["key"]) for one in all_tasks(board)}
        assert len(tasks) == len(issues)
        assert_worked_off(board, notes, tasks)
    assert_sound(tmp_path / "board.db")


def all_tasks(board: Board) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page = board.graph(limit=500)
    while page.tasks:
        found += page.tasks
        if not page.cursor:
            break
        page = board.graph(limit=500, cursor=page.cursor)
    return found
