"""Files in commits, from a real repository to who is sent back: `headwater finish --commit`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from cli_runs import Cli

FILES = ("ast.py", "values.py")


def git(folder: Path, *arguments: str) -> str:
    config = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *config, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(repo: Path, **files: str) -> str:
    """Write files as `name.py` and commit them, in any case; `ann@COMMIT`."""
    for name, text in files.items():
        (repo / f"{name}.py").write_text(text)
    git(repo, "add", ".")
    git(repo, "commit", "-q", "--allow-empty", "-m", "work")
    return f"ann@{git(repo, 'rev-parse', '--short', 'HEAD')}"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "ann", "repo")
    return tmp_path / "repo"


def finish(cli: Cli, repo: Path, key: str, at: str) -> list[str]:
    """Finish with both files; who was sent back."""
    cli("claim", key)
    named = [word for file in FILES for word in ("--artifact", f"{file[:-3]}={file}")]
    done = cli(
        "finish", *named, "--commit", at, "--critical", "port=80", "--summary", key, "--json",
        cwd=repo,
    )  # fmt: skip
    return sorted(done.json.get("reopened", []))


def test_of_two_files_in_a_new_commit_the_one_that_changed_sends_its_readers_back(
    cli: Cli, repo: Path
) -> None:
    plan = [
        {"key": "core"},
        {"key": "parser", "contracts": [{"task": "core", "keys": ["ast"]}]},
        {"key": "runtime", "contracts": [{"task": "core", "keys": ["values"]}]},
        {"key": "deploy", "contracts": [{"task": "core", "keys": ["port"]}]},
    ]
    (repo.parent / "plan.json").write_text(json.dumps({"headwater": 1, "tasks": plan}))
    cli("import", "plan.json")
    finish(cli, repo, "core", commit(repo, ast="a = 1\n", values="v = 1\n"))
    for key in ("parser", "runtime", "deploy"):
        cli("claim", key)
        cli("finish", "--summary", key)

    cli("rework", "core", "only a commit")
    assert finish(cli, repo, "core", commit(repo)) == []
    cli("rework", "core", "the values are wrong")
    last = commit(repo, values="v = 2\n")
    assert finish(cli, repo, "core", last) == ["runtime"]
    shown = cli("claim", "runtime", "--json").json
    assert [one["commit"] for one in shown["upstream"][0]["artifacts"]] == [last, last]
    cli("doctor")


def test_a_commit_that_is_not_here_counts_by_its_name(cli: Cli, repo: Path) -> None:
    cli("add", "core")
    cli("add", "user", "--needs", "core")
    finish(cli, repo, "core", "ann@1a2b3c4")
    cli("claim", "user")
    cli("finish", "--summary", "used")
    cli("rework", "core", "again")
    assert finish(cli, repo, "core", "ann@5d6e7f8") == ["user"]
