"""Whatever agents do to their worktrees, and whenever runners die: nothing that was merged is lost,
nothing is merged twice, nothing stays behind, and the plan comes to its end."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from repository import Repo
from test_run_command import no_agent_is_left, start

from patience import PATIENCE_S

__all__ = ["no_agent_is_left"]
AGENT = str(Path(__file__).with_name("erratic_agent.py"))


def random_plan(chance: random.Random) -> list[dict[str, Any]]:
    """Attempts enough for whatever the agents and the kills use up."""
    return [
        {
            "key": f"t{number}",
            "needs": [f"t{up}" for up in range(number) if chance.random() < 0.3],
            "attempts": 20,
        }
        for number in range(chance.randrange(2, 7))
    ]


def end(process: subprocess.Popen[str], chance: random.Random) -> None:
    """Let it work for a while; then it is killed, stopped, or left to its end."""
    name = chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT, None])
    assert process.stdout
    for _ in range(chance.randrange(2, 12)):
        process.stdout.readline()
    if name:
        process.send_signal(name)
    said = process.communicate(timeout=PATIENCE_S)[0]
    assert "Traceback (" not in said


def tell(repo: Repo, seed: int) -> None:
    chance = random.Random(seed)
    tasks = random_plan(chance)
    plan = str(repo.write_plan(tasks))
    with repo.board() as board:
        board.policy(backoff_first_ms=0, avoid_minutes=0, releases=50)
    tip = repo.git("rev-parse", "main")
    command = ("--", sys.executable, AGENT, str(seed))
    for _ in range(chance.randrange(1, 4)):
        runners = [
            start(repo, plan, "--agents", str(chance.randrange(1, 4)), *command)
            for _ in range(chance.choice([1, 1, 2]))
        ]
        for process in runners:
            end(process, chance)
        repo.git("merge-base", "--is-ancestor", tip, "main")
        tip = repo.git("rev-parse", "main")
    last = start(repo, plan, "--agents", "2", *command)
    said = last.communicate(timeout=PATIENCE_S)[0]
    assert last.returncode == 0, said
    repo.git("merge-base", "--is-ancestor", tip, "main")
    demand_whole(repo, [str(task["key"]) for task in tasks])


def demand_whole(repo: Repo, keys: list[str]) -> None:
    with repo.board() as board:
        assert board.verify() == []
        counts: dict[str, int] = board.graph(limit=1).counts or {}
    assert set(counts) == {"done"}
    merged = repo.merges()
    assert len(merged) == len(set(merged))
    assert {f"{key}.txt" for key in keys} <= repo.files()
    assert not [name for name in repo.branches() if name.startswith("headwater/")]
    assert repo.git("status", "--porcelain") == ""
    repo.git("fsck", "--strict")


def test_erratic_agents_and_killed_runners_lose_and_double_nothing(repo: Repo) -> None:
    tell(repo, 745)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(30))
def test_many_stories_of_erratic_agents_and_killed_runners(repo: Repo, seed: int) -> None:
    tell(repo, seed)
