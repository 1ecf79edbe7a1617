"""`headwater run` as a process: options, signals, crashes, several runners."""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil
import pytest
from repository import WRITE, Repo, is_alive
from typer.testing import CliRunner

from headwater.cli.app import app
from headwater.runner.places import cache
from headwater.verbs.look import Link, Tried
from patience import PATIENCE_S

import_module("headwater.cli.commands.run")  # registers the commands
SLOW = f"sleep 0.0$((RANDOM % 10)); {WRITE}; git add -A; git commit -qm $HEADWATER_TASK; sleep 0.02"
HEADWATER = [str(Path(sys.executable).with_name("headwater"))]
HANG = 'echo $$ > "$HEADWATER_DB.$HEADWATER_TASK.pid"; echo begun > begun.txt; sleep 300'


def start(repo: Repo, *arguments: str) -> subprocess.Popen[str]:
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.Popen(
        [*HEADWATER, "run", "--db", str(repo.store), *arguments],
        cwd=repo.root,
        env=kept,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(repo: Repo, *arguments: str) -> tuple[int, str]:
    process = start(repo, *arguments)
    said = process.communicate(timeout=PATIENCE_S)[0]
    return process.returncode, said


def soon(path: Path) -> str:
    """What a file says as soon as it says something."""
    until_s = monotonic() + PATIENCE_S
    while monotonic() < until_s:
        if path.exists() and path.read_text().strip():
            return path.read_text().strip()
        sleep(0.01)
    raise AssertionError(f"{path} never came")


def prepare(repo: Repo) -> None:
    with repo.board() as board:
        board.policy(backoff_first_ms=0, avoid_minutes=0)


def rows_of(count: int) -> list[dict[str, Any]]:
    """Tasks in rows of four, each of which needs two of the row above."""
    tasks: list[dict[str, Any]] = []
    for number in range(count):
        above = [number - 4, number - 4 + 1 if number % 4 < 3 else number - 7]
        needs = [f"t{one}" for one in above if 0 <= one < number]
        tasks.append({"key": f"t{number}", "needs": needs})
    return tasks


def plan_of(repo: Repo, count: int) -> Path:
    return repo.write_plan(rows_of(count))


def demand_all_merged_once(repo: Repo, count: int) -> None:
    """Every task's file is in the branch, every branch was merged once, and the board is sound."""
    wanted = {f"t{number}" for number in range(count)}
    assert repo.files() == {"README", *(f"{key}.txt" for key in wanted)}
    merged = repo.merges()
    assert sorted(merged) == sorted(wanted)
    with repo.board() as board:
        assert board.verify() == []
        for key in wanted:
            links: list[Link] = board.graph(task=key).needs or []
            for link in links:
                assert merged.index(link.task) < merged.index(key)
    assert repo.branches() == ["main"]
    assert repo.git("status", "--porcelain") == ""
    repo.git("fsck", "--strict")


@pytest.fixture(autouse=True)
def no_agent_is_left(repo: Repo) -> Iterator[None]:
    yield
    left = [
        process.pid
        for process in psutil.process_iter(["cwd"])
        if str(process.info["cwd"] or "").startswith(str(cache()))
    ]
    assert left == []


def test_a_plan_is_worked_with_one_command(repo: Repo) -> None:
    agent = repo.root / "agent.sh"
    agent.write_text(f"#!/bin/sh\n{WRITE}\n")
    agent.chmod(0o755)
    code, said = run(repo, str(plan_of(repo, 3)), "--agents", "2", "--", "./agent.sh")
    agent.unlink()
    assert code == 0, said
    assert "t0: merged" in said
    demand_all_merged_once(repo, 3)


def test_events_are_json_where_json_is_asked_for(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.root)
    on = ["--db", str(repo.store)]
    plan = str(repo.write_plan([{"key": "a", "attempts": 1}]))
    done = CliRunner().invoke(app, ["run", plan, *on, "--json", "--", "sh", "-c", "exit 5"])
    events = [json.loads(line) for line in done.output.splitlines()]
    assert done.exit_code == 1
    assert [event["kind"] for event in events[:3]] == ["started", "claimed", "failed"]
    assert events[2]["code"] == 5


def test_an_agent_of_a_run_may_not_start_a_run(repo: Repo) -> None:
    command = shlex.join([*HEADWATER, "run", str(plan_of(repo, 1)), "--", "true"])
    inner = f"{command}; test $? = 2 && {WRITE}"
    assert repo.run(rows_of(1), inner).ok


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_ends_its_agents_and_keeps_their_work(
    repo: Repo, name: signal.Signals
) -> None:
    process = start(repo, str(plan_of(repo, 1)), "--", "sh", "-c", HANG)
    agent = int(soon(Path(f"{repo.store}.t0.pid")))
    process.send_signal(name)
    said = process.communicate(timeout=PATIENCE_S)[0]
    assert process.returncode == 1, said
    assert not is_alive(agent)
    assert "begun.txt" in repo.files("headwater/plan/t0")
    with repo.board() as board:
        task = board.graph(task="t0")
        assert (task.state, task.holder, task.attempt) == ("ready", None, 0)
    assert repo.run([], WRITE).ok
    assert {"begun.txt", "t0.txt"} <= repo.files()


def test_a_stopped_run_ends_its_agents_also_if_nobody_reads_what_it_says(repo: Repo) -> None:
    process = start(repo, str(plan_of(repo, 1)), "--", "sh", "-c", HANG)
    agent = int(soon(Path(f"{repo.store}.t0.pid")))
    assert process.stdout
    assert "working plan" in process.stdout.readline(), "a pipe gets each line at once"
    assert "logs: " in process.stdout.readline()
    assert "worktrees: " in process.stdout.readline()
    assert "t0: plan-1 begins" in process.stdout.readline()
    process.stdout.close()
    process.terminate()
    process.wait(PATIENCE_S)
    assert not is_alive(agent)


def test_a_killed_runner_takes_its_agents_with_it_and_resumes_with_nothing_lost(
    repo: Repo,
) -> None:
    once = f"test -e begun.txt && {{ {WRITE}; exit; }}; {HANG}"
    process = start(repo, str(plan_of(repo, 2)), "--agents", "2", "--", "sh", "-c", once)
    agents = [int(soon(Path(f"{repo.store}.t{number}.pid"))) for number in (0, 1)]
    process.kill()
    process.communicate(timeout=PATIENCE_S)
    code, said = run(repo, "--resume")
    assert code == 0, said
    assert not any(map(is_alive, agents))
    assert said.count("goes on with what a runner left") == 2
    assert repo.files() == {"README", "begun.txt", "t0.txt", "t1.txt"}
    with repo.board() as board:
        tried: list[Tried] = board.graph(task="t0").tried
    outcomes = [one.outcome for one in tried]
    assert "expired" not in outcomes
    assert "failed" not in outcomes


@pytest.mark.parametrize(
    "says",
    [
        "printf 'Status: DONE\\nSummary: old\\n'",
        """echo '{"summary": "old"}' > $HEADWATER_RESULT""",
    ],
)
def test_what_an_agent_said_before_its_runner_was_killed_is_no_result_of_the_next(
    repo: Repo, says: str
) -> None:
    runner = start(repo, str(plan_of(repo, 1)), "--", "sh", "-c", f"{says}; {HANG}")
    soon(Path(f"{repo.store}.t0.pid"))
    runner.kill()
    runner.communicate()
    code, said = run(
        repo, str(plan_of(repo, 1)), "--", "sh", "-c", f"{WRITE}; echo new; echo; echo Status: DONE"
    )
    assert code == 0, said
    with repo.board() as board:
        assert board.graph(view="task", task="t0").delivery.summary == "new"


def test_two_runners_share_one_board(repo: Repo) -> None:
    plan = str(plan_of(repo, 12))
    prepare(repo)
    processes = [start(repo, plan, "--agents", "2", "--", "sh", "-c", SLOW) for _ in range(2)]
    for process in processes:
        said = process.communicate(timeout=PATIENCE_S)[0]
        assert process.returncode == 0, said
    demand_all_merged_once(repo, 12)


def test_a_runner_goes_on_with_what_another_held_that_was_killed_beside_it(repo: Repo) -> None:
    """It does not wait until the leases of the dead one run out."""
    plan = str(plan_of(repo, 2))
    once = f"test -e begun.txt && {{ {WRITE}; exit; }}; {HANG}"
    dies = start(repo, plan, "--agents", "1", "--", "sh", "-c", once)
    first = Path(f"{repo.store}.t0.pid")
    agent = int(soon(first))
    lives = start(repo, plan, "--agents", "1", "--", "sh", "-c", WRITE)
    assert lives.stdout
    while "t1: merged" not in lives.stdout.readline():
        pass
    dies.kill()
    dies.communicate(timeout=PATIENCE_S)
    said = lives.communicate(timeout=PATIENCE_S)[0]
    assert lives.returncode == 0, said
    assert not is_alive(agent)
    assert {"begun.txt", "t0.txt", "t1.txt"} <= repo.files()


def eight_agents(repo: Repo, count: int) -> None:
    assert repo.run(rows_of(count), SLOW, agents=8).ok
    demand_all_merged_once(repo, count)


def test_eight_agents_work_a_plan(repo: Repo) -> None:
    eight_agents(repo, 12)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_eight_agents_work_sixty_tasks(repo: Repo) -> None:
    eight_agents(repo, 60)


def killed_at_random(repo: Repo, count: int, rounds: int, seed: int) -> None:
    """Kill the runner at random moments, counted by what it has said and not by a clock that knows
    nothing of the machine's load; the branch never loses a commit."""
    moments = random.Random(seed)
    # Every kill may hit the same task: more attempts than kills, or it would rightly be failed.
    rows = [{**one, "attempts": rounds + 3} for one in rows_of(count)]
    plan = str(repo.write_plan(rows))
    prepare(repo)
    tip = repo.git("rev-parse", "main")
    begun = 0
    for _ in range(rounds):
        process = start(repo, plan, "--agents", "3", "--", "sh", "-c", SLOW)
        assert process.stdout
        for _ in range(moments.randrange(12)):
            begun += "begins" in process.stdout.readline()
        sleep(moments.uniform(0, 0.05))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE_S)
        repo.git("merge-base", "--is-ancestor", tip, "main")
        tip = repo.git("rev-parse", "main")
    assert begun >= rounds / 3, "they were killed at work"
    assert repo.run(rows, SLOW, agents=3).ok, [e for e in repo.events if e.kind == "failed"]
    demand_all_merged_once(repo, count)


def test_a_runner_killed_at_random_moments_loses_and_doubles_nothing(repo: Repo) -> None:
    killed_at_random(repo, 8, 3, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [2, 3])
def test_a_runner_killed_twenty_times_loses_and_doubles_nothing(repo: Repo, seed: int) -> None:
    killed_at_random(repo, 40, 20, seed)
