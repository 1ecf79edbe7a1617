"""What `headwater status` says of who works: for how long, and what renews its lease."""

from __future__ import annotations

import json
import time
from pathlib import Path

from cli_runs import Cli

from headwater import Board
from headwater.clock import ManualClock
from headwater.operations.caller import Caller


def test_a_lease_says_what_renews_it_and_work_how_long_was_estimated(
    cli: Cli, tmp_path: Path
) -> None:
    tasks = [{"key": "a", "estimate": 9}, {"key": "b"}]
    cli("add", "--file", "-", stdin=json.dumps(tasks))
    cli("claim", "a")
    window = Caller(lease_ms=300_000, renewed=True)
    with Board.open(tmp_path / "board.db", caller=window) as board:
        board.claim(board.join("window").session, "b")
    said = {line.split()[0]: line for line in cli("status").out.splitlines() if "lease" in line}
    assert ", 9 min estimated  lease " in said["a"]
    assert said["a"].endswith(", renewed by its calls")
    assert said["b"].endswith(", renewed by itself")


def test_what_takes_far_longer_than_estimated_says_so(cli: Cli, tmp_path: Path) -> None:
    before = ManualClock(round(time.time() * 1000) - 24 * 60_000)
    with Board.open(tmp_path / "board.db", clock=before) as board:
        board.add([{"key": "a", "estimate": 9}])
        lease = board.claim(board.join("ann").session).lease
    assert lease
    with Board.open(tmp_path / "board.db") as board:
        board.check(lease)
    status = cli("status").out
    assert "  a  ann/1  for 24 min, 9 min estimated  lease " in status
    assert "  a (24 of 9 min)  " in cli("graph", "--view", "agents").out
    assert "  a  ann/1 has worked on it for 24 min, 9 min were estimated\n" in status
