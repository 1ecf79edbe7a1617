"""`--paths-from-diff`: a task's paths from what git says has changed, in real repositories."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_runs import Cli

from headwater import limits

Git = Callable[..., None]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with a commit on main, and the branch `work` checked out."""
    root = tmp_path / "repo"
    git(tmp_path, "init", "-q", "-b", "main", str(root))
    write(root, "README.md", "src/old.py", "src/keep.py")
    commit(root)
    git(root, "checkout", "-q", "-b", "work")
    return root


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def write(root: Path, *files: str, text: str = "x") -> None:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "more")


def paths_of(cli: Cli, task: str) -> list[str]:
    return cli("graph", task, "--json").json["paths"]


def test_committed_changed_renamed_and_new_files_are_the_paths(cli: Cli, repo: Path) -> None:
    write(repo, "src/committed.py")
    commit(repo)
    write(repo, "README.md", text="changed")
    git(repo, "mv", "src/old.py", "src/new.py")
    write(repo, "docs/nöte one.md", ".gitignore", "build/out")
    (repo / ".gitignore").write_text("build/\n")
    cli("add", "api", cwd=repo)
    (repo / "src/sub").mkdir()
    cli("edit", "api", "--paths-from-diff", "main", cwd=repo / "src/sub")
    assert paths_of(cli, "api") == [
        ".gitignore",
        "README.md",
        "docs/nöte one.md",
        "src/committed.py",
        "src/new.py",
        "src/old.py",
    ]


def test_what_main_did_meanwhile_is_not_this_tasks(cli: Cli, repo: Path) -> None:
    write(repo, "src/mine.py")
    commit(repo)
    git(repo, "checkout", "-q", "main")
    write(repo, "src/theirs.py")
    commit(repo)
    git(repo, "checkout", "-q", "work")
    cli("add", "api", "--paths-from-diff", "main", "--paths", "docs/**", cwd=repo)
    assert paths_of(cli, "api") == ["docs/**", "src/mine.py"]


def test_head_means_what_is_not_committed(cli: Cli, repo: Path) -> None:
    write(repo, "src/mine.py")
    commit(repo)
    write(repo, "src/keep.py", text="changed")
    cli("add", "api", "--paths-from-diff", "HEAD", cwd=repo)
    assert paths_of(cli, "api") == ["src/keep.py"]


def test_more_files_than_a_task_may_name_become_directories(cli: Cli, repo: Path) -> None:
    write(repo, "top.py", *(f"src/a{n % 7}/f{n}.py" for n in range(limits.PATHS + 1)))
    cli("add", "api", "--paths-from-diff", "main", cwd=repo)
    assert paths_of(cli, "api") == [*(f"src/a{n}/**" for n in range(7)), "top.py"]


def test_a_name_that_is_no_path_here_is_covered_by_its_directory(cli: Cli, repo: Path) -> None:
    write(repo, "docs/what?.md", "st*r/a.md")
    cli("add", "api", "--paths-from-diff", "HEAD", cwd=repo)
    assert paths_of(cli, "api") == ["**", "docs/**"]


@pytest.mark.parametrize(
    ("base", "says"),
    [
        ("no-such", "git merge-base"),
        ("--output=x", "is no branch or commit"),
        ("HEAD", "nothing here differs from HEAD"),
    ],
)
def test_a_base_without_a_difference_is_refused_and_nothing_is_changed(
    cli: Cli, repo: Path, base: str, says: str
) -> None:
    cli("add", "api", "--paths", "src/**", cwd=repo)
    ran = cli("edit", "api", f"--paths-from-diff={base}", cwd=repo, code=1)
    assert says in ran.err
    assert "next: " in ran.err
    assert paths_of(cli, "api") == ["src/**"]


def test_outside_of_git_the_option_is_refused(cli: Cli, tmp_path: Path) -> None:
    ran = cli("add", "api", "--paths-from-diff", "main", code=1)
    assert "needs a git repository" in ran.err
