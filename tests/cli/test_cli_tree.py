"""The tree of `headwater graph`: what it leaves out, and which tasks are reviewed."""

from __future__ import annotations

import json
from pathlib import Path

from cli_runs import Cli


def _add(cli: Cli, tmp_path: Path, tasks: list[dict[str, object]]) -> None:
    (tmp_path / "t.json").write_text(json.dumps(tasks))
    cli("add", "--file", "t.json")


def test_around_a_task_each_task_says_what_else_it_needs(cli: Cli, tmp_path: Path) -> None:
    plan: list[dict[str, object]] = [
        {"key": "spec"},
        {"key": "docs"},
        {"key": "api", "needs": ["spec"]},
        {"key": "app", "needs": ["spec"]},
        {"key": "release", "needs": ["api", "app", "docs"], "soft": ["spec"]},
    ]
    _add(cli, tmp_path, plan)
    cli("claim", "docs")
    cli("finish", "--summary", "x")
    assert cli("graph", "api").out == (
        "○ spec  ready\n└─ · api\n   └─ · release  (not drawn: ✓ docs, · app)\n"
    )
    assert "not drawn" not in cli("graph", "release").out


def test_the_tree_says_what_is_reviewed_and_what_is_to_be(cli: Cli, tmp_path: Path) -> None:
    _add(cli, tmp_path, [{"key": "a", "review": True}, {"key": "b", "needs": ["a"]}])
    assert cli("graph").out == "○ a  ready  to be reviewed\n└─ · b\n"
    cli("claim", "a")
    cli("finish", "--summary", "x")
    assert cli("graph").out == "? a  review\n└─ · b\n"
    cli("claim", "a", HEADWATER_AGENT="other")
    cli("finish", "--outcome", "approve", HEADWATER_AGENT="other")
    assert cli("graph").out == "✓ a  reviewed\n└─ ○ b  ready\n"


def test_settled_conflict_tasks_of_a_run_are_one_line(cli: Cli, tmp_path: Path) -> None:
    keys = ["a.conflict", "b.conflict", "b.conflict-2", "c.conflict", "d.conflict"]
    conflicts: list[dict[str, object]] = [{"key": key} for key in keys]
    _add(cli, tmp_path, [{"key": "a"}, *conflicts])
    for key in keys[:3]:
        cli("done", key, "merged")
    cli("cancel", keys[3])
    assert cli("graph").out == (
        "○ a  ready\n○ d.conflict  ready\n"
        "✓ merge conflicts, settled: a.conflict, b.conflict, b.conflict-2 and 1 more\n"
    )
    assert cli("graph", "a.conflict").out == "✓ a.conflict\n"
