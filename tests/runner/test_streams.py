"""Manifests in two streams, as cast-parallel works them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from repository import Repo
from test_run_command import run
from typer.testing import CliRunner

from headwater.cli.app import app
from headwater.formats.adm import read_manifest
from headwater.runner.streams import batches_of, side_by_side

MEET = """
echo "$HEADWATER_TASK" >> "$HEADWATER_TASK.txt"
touch "$HEADWATER_DB.$HEADWATER_TASK.begun"
case $HEADWATER_TASK in
  *b1*) other=login-b3.1-docs ;;
  *b3.1*) other=login-b1.1-planner ;;
  *) exit 0 ;;
esac
tries=0
until test -e "$HEADWATER_DB.$other.begun"; do
  tries=$((tries + 1)); test $tries -lt 1000 || exit 1
  sleep 0.01
done
"""
"""The first tasks of both streams wait for each other: they end only if both are worked at once."""


def manifest(*ids: object) -> dict[str, Any]:
    batches: list[dict[str, Any]] = [
        {"id": ids[0], "agents": [{"subagent_type": "planner", "prompt": "Plan."}]},
        {
            "id": ids[1],
            "parallel": True,
            "agents": [
                {"subagent_type": "writer", "prompt": "Write.", "owns_files": ["src/**"]},
                {"subagent_type": "tester", "prompt": "Test.", "owns_files": ["tests/**"]},
            ],
        },
        {
            "id": ids[2],
            "agents": [
                {"subagent_type": "docs", "prompt": "Describe."},
                {"subagent_type": "main", "prompt": "Finish."},
            ],
        },
    ]
    return {"plan_id": "login", "batches": batches}


def test_the_streams_of_a_manifest_are_worked_side_by_side_and_both_merged(repo: Repo) -> None:
    plan = repo.store.with_name("login.md")
    plan.write_text(f"# Login\n\n```json dispatch\n{json.dumps(manifest(1, 2, 3))}\n```\n")
    code, said = run(repo, str(plan), "--split", "2", "--json", "--", "sh", "-c", MEET)
    assert code == 0, said
    events = [json.loads(line) for line in said.splitlines()]
    took = [(one["worker"], one["task"]) for one in events if one["kind"] == "claimed"]
    streams = [[task for worker, task in took if worker == f"login-{n}"] for n in (1, 2)]
    assert streams == [
        ["login-b1.1-planner", "login-b2.1-writer", "login-b2.2-tester"],
        ["login-b3.1-docs", "login-b3.2-main"],
    ]
    assert sorted(repo.merges()) == sorted(task for _, task in took)
    assert repo.files() == {"README", *(f"{task}.txt" for _, task in took)}
    assert repo.branches() == ["main"]
    ahead = CliRunner().invoke(app, ["run", str(plan), "--split", "2", "--dry-run"])
    assert "about 3 min with 2 agents" in ahead.output


def test_only_the_order_between_the_streams_is_dropped() -> None:
    tasks = read_manifest("plan.json", manifest(1, 2, 3)).tasks
    assert {task.key: task.needs for task in side_by_side(tasks, 2)} == {
        "login-b1.1-planner": [],
        "login-b2.1-writer": ["login-b1.1-planner"],
        "login-b2.2-tester": ["login-b1.1-planner"],
        "login-b3.1-docs": [],
        "login-b3.2-main": ["login-b3.1-docs"],
    }


@pytest.mark.parametrize("ids", [(1, 2, 3), ("plan", "build", "end")])
def test_batches_count_by_their_ids_or_in_their_order(ids: tuple[object, ...]) -> None:
    tasks = read_manifest("plan.json", manifest(*ids)).tasks
    assert [number for _, number in batches_of(tasks)] == [1, 2, 2, 3, 3]
