"""Runners that are told to end, whatever they and their agents do at that moment."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from repository import Repo, is_alive
from test_crashes import Crash, crash
from test_run_command import no_agent_is_left

__all__ = ["crash", "no_agent_is_left"]
RUNNER = 'cut -d" " -f4 /proc/$PPID/stat'
"""The parent of an agent is its guard."""
STAY = 'trap "" TERM INT; echo begun > begun.txt; echo $$ > "$HEADWATER_DB.pid"'
FOREVER = "while :; do sleep 0.2; done"


@pytest.mark.parametrize(
    ("step", "name"),
    [
        ("worktree add", "INT"),
        ("add --all", "TERM"),
        ("merge --ff-only", "INT"),
        ("worktree remove", "TERM"),
    ],
)
def test_a_runner_that_is_told_to_end_ends_the_git_command_first(
    crash: Crash, step: str, name: str
) -> None:
    crash.at(step, f"kill -{name} $RUNNER; sleep 0.5")
    said = crash.demand_harmless(1)
    assert f"SIG{name}: stopping" in said
    assert "b: plan-1 begins" not in said


@pytest.mark.parametrize("signals", [["TERM"], ["INT", "INT"], ["INT", "TERM", "INT"]])
def test_an_agent_that_heeds_no_signal_is_ended_and_its_work_kept(
    repo: Repo, signals: list[str]
) -> None:
    tell = "; sleep 0.1; ".join(f"kill -{name} $({RUNNER})" for name in signals)
    ended = repo.run([{"key": "a"}], f"{STAY}; {tell}; {FOREVER}", agents=1)
    assert ended.interrupted
    assert not is_alive(int(Path(f"{repo.store}.pid").read_text()))
    assert [event.task for event in repo.told("released")] == ["a"]
    assert len(repo.told("stopping")) == 1
    assert "begun.txt" in repo.files("headwater/plan/a")
    assert ended.counts == {"ready": 1}


def test_nobody_waits_for_what_has_left_an_agents_process_group(repo: Repo) -> None:
    """It has the agent's output open still, and its guard is its parent."""
    leave = "setsid sh -c 'echo $$ > \"$HEADWATER_DB.pid\"; sleep 300' &"
    begun = 'while ! test -s "$HEADWATER_DB.pid"; do sleep 0.02; done'
    assert repo.run([{"key": "a"}], f"cd /; {leave} {begun}").ok
    left = int(Path(f"{repo.store}.pid").read_text())
    assert is_alive(left)
    os.killpg(left, signal.SIGKILL)
