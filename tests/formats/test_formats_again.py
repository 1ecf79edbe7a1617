"""A file that is imported again with less in it, in each format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headwater import Board, formats


def adm(**agent: object) -> str:
    agents = [{"prompt": "Write.", "subagent_type": "main", **agent}]
    return json.dumps({"plan_id": "p", "batches": [{"id": 1, "agents": agents}]})


def taskmaster(**task: object) -> str:
    return json.dumps({"tasks": [{"id": 1, "title": "T", **task}]})


def beads(**issue: object) -> str:
    return json.dumps({"id": "a", "title": "T", **issue})


def wfformat(command: bool, seconds: float) -> str:
    run = {"id": "a", "runtimeInSeconds": seconds}
    run |= {"command": {"program": "make"}} if command else {}
    workflow = {
        "specification": {"tasks": [{"id": "a", "name": "T"}]},
        "execution": {"tasks": [run]},
    }
    return json.dumps({"schemaVersion": "1.5", "workflow": workflow})


def headwater(**task: object) -> str:
    return json.dumps({"headwater": 1, "tasks": [{"key": "a", **task}]})


CASES = {
    "adm": (
        adm(owns_files=["src/**"], description="T"),
        adm(),
        {"paths"},
    ),
    "task-master": (
        taskmaster(details="D", priority="high", acceptanceCriteria="one"),
        taskmaster(priority="medium"),
        {"spec", "priority", "acceptance"},
    ),
    "beads": (
        beads(description="D", priority=0, estimated_minutes=30, acceptance_criteria="one"),
        beads(),
        {"spec", "priority", "estimate", "acceptance"},
    ),
    "checklist": (
        "## G\n- [ ] T {#a} (estimate: 2h) (priority: 3) (capabilities: gpu)\n"
        "  paths: src/**\n  Spec.\n",
        "- [ ] T {#a}\n",
        {"spec", "priority", "estimate", "capabilities", "paths", "group"},
    ),
    "wfformat": (wfformat(command=True, seconds=90), wfformat(command=False, seconds=0),
                 {"spec", "estimate"}),
    "headwater": (
        headwater(title="T", spec="S", review=True, attempts=5, budget={"usd": 1}),
        headwater(),
        {"title", "spec", "review", "attempts", "budget"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_a_file_does_not_say_any_more_is_cleared(name: str, tmp_path: Path) -> None:
    before, after, gone = CASES[name]
    first, second = (formats.read({"plan": text.encode()}) for text in (before, after))
    assert first.report.format == name
    assert formats.FORMATS.keys() == CASES.keys(), "every format is tried"
    with Board.open(tmp_path / "board.db") as board:
        board.import_tasks(first.tasks)
        reply = board.import_tasks(second.tasks, existing="update", says=second.says)
        assert set(reply.cleared or ()) == gone
        assert reply.left is None
        assert board.plan().tasks == second.tasks
        assert board.verify() == []


def test_one_tag_of_a_file_says_no_group(tmp_path: Path) -> None:
    text = json.dumps({"v2": {"tasks": [{"id": 1, "title": "T"}]}}).encode()
    whole, one = formats.read({"plan": text}), formats.read({"plan": text}, tag="v2")
    with Board.open(tmp_path / "board.db") as board:
        board.import_tasks(whole.tasks)
        reply = board.import_tasks(one.tasks, existing="update", says=one.says)
        assert (reply.updated, reply.cleared) == (None, None)
