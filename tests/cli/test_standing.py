"""Where the command line's sessions stand, in real repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cli_runs import Cli


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    git(tmp_path, "init", "-q", "-b", "main", str(root))
    git(root, "commit", "-q", "--allow-empty", "-m", "first")
    return root


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_status_shows_who_is_where(cli: Cli, repo: Path) -> None:
    (repo / "below").mkdir()
    cli("add", "api")
    cli("claim", cwd=repo / "below")
    commit = git(repo, "rev-parse", "HEAD")
    (line,) = [one for one in cli("status").out.splitlines() if str(repo) in one]
    assert line.split()[:5] == ["tester/1", "main,", "joined", "at", commit[:8]]
    (seen,) = cli("graph", "--view", "agents", "--json").json["agents"]
    assert (seen["workspace"], seen["branch"]) == (str(repo), "main")
    git(repo, "checkout", "-q", "--detach")
    cli("join", cwd=repo)
    assert f"detached, joined at {commit[:8]}" in cli("status").out


def test_status_shows_the_whole_of_a_long_path(cli: Cli, tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 6)
    deep /= "x" * max(1, 110 - len(str(deep)))
    deep.mkdir(parents=True)
    cli("add", "api")
    cli("claim", cwd=deep)
    assert f"{deep}  seen" in cli("status").out


def test_a_claim_from_another_branch_is_refused_until_it_is_checked_out(
    cli: Cli, repo: Path
) -> None:
    cli("add", "api")
    cli("policy", "branch=release", f"workspace={repo}")
    ran = cli("claim", cwd=repo, code=1)
    assert "must stand on branch release; this session stands on main" in ran.err
    git(repo, "checkout", "-q", "-b", "release")
    assert "must stand in workspace" in cli("claim", code=1).err
    assert cli("claim", "--json", cwd=repo).json["task"] == "api"
    assert len(cli("graph", "--view", "agents", "--json").json["agents"]) == 1


def test_what_was_told_before_a_claim_from_a_new_place_comes_with_it(cli: Cli, repo: Path) -> None:
    cli("add", "api")
    cli("policy", "branch=release")
    cli("claim", cwd=repo, code=1)
    cli("tell", "all", "the port is 8080", HEADWATER_AGENT="ben")
    git(repo, "checkout", "-q", "-b", "release")
    claimed = cli("claim", cwd=repo).out
    assert claimed.startswith("api\n")
    assert "the port is 8080" in claimed
