"""What `status`, `doctor` and the view `agents` say of a run that works here, or died."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from repository import WRITE, Repo
from test_run_command import HANG, HEADWATER, no_agent_is_left, soon, start

from headwater.runner.conflicts import key_for
from headwater.runner.places import folder_of_board
from headwater.runner.record import Presence
from patience import PATIENCE_S

__all__ = ["no_agent_is_left"]


def headwater(repo: Repo, *arguments: str, cwd: Path | None = None) -> str:
    return subprocess.run(
        [*HEADWATER, *arguments, "--db", str(repo.store)],
        cwd=cwd or repo.root,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def section(said: str, heading: str) -> list[str]:
    """The lines of a section of `status`."""
    after = said.partition(f"\n{heading}\n")[2]
    return after.partition("\n\n")[0].splitlines()


def test_a_run_is_shown_while_it_lives_and_when_it_died(repo: Repo, tmp_path: Path) -> None:
    runner = start(repo, str(repo.write_plan([{"key": "t0"}])), "--", "sh", "-c", HANG)
    soon(Path(f"{repo.store}.t0.pid"))
    alive = headwater(repo, "status")
    line = section(alive, "Run")[0]
    assert line.split("  ")[1:3] == ["plan, merging into main", "1 runner at work"]
    said = facts(repo)  # a long path is folded for people
    assert Path(said["run"]["logs"], "t0", "1").is_dir()
    (where,) = said["agents"]
    folder = repo.git("worktree", "list", "--porcelain").split("worktree ")[2].splitlines()[0]
    assert (where["branch"], where["workspace"]) == ("headwater/plan/t0", folder)
    assert "run plan, merging into main: 1 runner at work" in headwater(repo, "doctor")
    assert section(headwater(repo, "status", cwd=tmp_path), "Run") == [], "no repository"
    (seen,) = json.loads(headwater(repo, "graph", "--view", "agents", "--json"))["agents"]
    assert seen["at"] == "the task's branch of the run plan (headwater worktrees)"
    assert not {"workspace", "branch", "commit_at_join"} & seen.keys()

    runner.kill()
    runner.communicate(timeout=PATIENCE_S)
    line = section(headwater(repo, "status"), "Run")[0]
    assert "1 runner died: headwater run --resume goes on" in line
    doctor = headwater(repo, "doctor")
    assert "1 runner died; what was begun is held for the next" in doctor
    assert "no agent's host is connected" not in doctor

    assert repo.run([], WRITE).ok
    assert "\nRun\n" not in headwater(repo, "status"), "it has ended, and said so"


@pytest.fixture
def to_merge(repo: Repo) -> Repo:
    """A run that ended, and a delivery that was accepted and is not merged."""
    assert repo.run([{"key": "t0"}], WRITE).ok
    with repo.board() as board:
        board.add([{"key": "t1"}])
        me = board.join("me").session
        board.finish(lease=board.claim(session=me).lease or "", summary="done")
    return repo


def why(repo: Repo) -> str:
    (line,) = section(headwater(repo, "status"), "Stuck")
    return " ".join(line.split())


def test_nobody_is_told_to_merge_what_a_run_merges(to_merge: Repo) -> None:
    assert why(to_merge).startswith("t1 accepted, to be merged: by headwater run --resume")
    common = to_merge.root / ".git"
    Presence(folder_of_board(common, str(to_merge.store), "default")).write(["a session"])
    assert why(to_merge) == "t1 accepted; the run merges it"


def test_what_is_in_conflict_names_the_task_that_resolves_it(to_merge: Repo) -> None:
    with to_merge.board() as board:
        board.add([{"key": key_for("t1", 1)}])
    said = "t1 accepted, but does not merge: t1.conflict is to resolve it"
    assert why(to_merge) == said


def test_what_waits_for_a_reviewer_says_how_to_review(repo: Repo) -> None:
    repo.run([{"key": "t0", "review": True}], WRITE)
    with repo.board() as board:
        board.join("rita")
    assert why(repo).startswith("t0 waits for a reviewer: headwater claim t0")


def facts(repo: Repo) -> dict[str, Any]:
    return json.loads(headwater(repo, "status", "--json"))


def test_the_facts_of_a_run_are_in_the_json_of_status(to_merge: Repo) -> None:
    assert "run" not in facts(to_merge)
    home = folder_of_board(to_merge.root / ".git", str(to_merge.store), "default")
    Presence(home).write([])
    run = facts(to_merge)["run"]
    assert (run["name"], run["base"], run["alive"], run["died"]) == ("plan", "main", 1, 0)
    assert run["logs"] == str(home / "logs")
