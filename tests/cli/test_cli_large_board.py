"""What the command line shows of a board that is too large to be shown whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_runs import Cli
from typer.testing import CliRunner

from headwater import Board
from headwater.cli.app import app
from headwater.cli.main import register
from headwater.operations import overview


def test_of_a_board_too_large_for_one_picture_every_task_has_its_surroundings(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "NODES", 3)
    with Board.open(tmp_path / "board.db") as board:
        board.add([{"key": f"t{n}", "needs": [f"t{n - 2}"] if n > 1 else []} for n in range(8)])
    register()
    runner = CliRunner(env=environment)
    around = runner.invoke(app, ["graph", "t5"])
    assert around.stdout == "○ t1  ready\n└─ · t3\n   └─ · t5\n      └─ · t7\n"
    assert around.stderr == ""
    whole = runner.invoke(app, ["graph"])
    assert whole.stderr == "5 more tasks; `headwater graph TASK` shows one's surroundings\n"
    drawn = runner.invoke(app, ["export", "--format", "dot"])
    assert drawn.stdout.count("label=") == 3
    assert drawn.stderr == "only the first 3 tasks are drawn, and 5 are not\n"


def test_status_says_where_it_does_not_know_how_many_more_there_are(
    cli: Cli, tmp_path: Path
) -> None:
    tasks = [{"key": f"t{n:02}", "state": "held"} for n in range(60)]
    (tmp_path / "plan.json").write_text(json.dumps({"headwater": 1, "tasks": tasks}))
    cli("import", "plan.json")
    assert "  and more than 42 more\n" in cli("status").out
    facts = cli("status", "--json").json
    assert (len(facts["stuck"]), facts["stuck_cut"], facts["agents_cut"]) == (50, True, False)
    stuck = cli("graph", "--view", "stuck").out
    assert "left out: at least 1 more; headwater graph --view stuck --limit 500 shows more" in stuck


def test_status_counts_nothing_that_it_does_not_know_of(cli: Cli, tmp_path: Path) -> None:
    with Board.open(tmp_path / "board.db") as board:
        board.add([{"key": f"t{number}"} for number in range(60)])
        for number in range(60):
            board.claim(board.join(f"a{number}", workspace="" if number else "/here").session)
    said = cli("--db", "board.db", "status").out
    assert "/here" in said
    assert "  and perhaps more\n" in said
