"""Worktrees are removed whole or not at all, and only those of tasks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from repository import WRITE, Repo

from headwater.runner import removal
from headwater.runner.git import Repository
from headwater.runner.git_command import GitError
from headwater.runner.places import places_of
from headwater.runner.pruning import prune


class Killed(BaseException):
    """In the middle of a removal."""


def test_a_removal_that_was_broken_off_is_ended_by_the_next_one(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(aside: Path) -> None:
        if aside.exists():
            (aside / "README").unlink()
            raise Killed

    folder = places_of(repo.root / ".git", tmp_path, "plan").tree("a")
    repo.git("worktree", "add", "--quiet", "-b", "a", str(folder))
    git = Repository.find(repo.root)
    with monkeypatch.context() as patched:
        patched.setattr(removal, "_delete", kill)
        with pytest.raises(Killed):
            removal.remove(git, folder)
    assert not folder.exists(), "it does not look like a worktree with deleted files"
    removal.remove(git, folder)
    assert not [*folder.parent.iterdir()]
    assert len(repo.git("worktree", "list").splitlines()) == 1


def test_a_worktree_that_somebody_has_locked_stays(repo: Repo) -> None:
    assert repo.run([{"key": "a"}], f"{WRITE}; git worktree lock .").ok
    (left,) = repo.told("uncleared")
    assert "locked working tree" in left.text
    tree = Path(repo.git("worktree", "list", "--porcelain").split("\n\n")[1].split()[1])
    assert (tree / "a.txt").exists()


def test_a_worktree_with_a_repository_that_is_nowhere_else_stays(
    repo: Repo, tmp_path: Path
) -> None:
    folder = places_of(repo.root / ".git", tmp_path, "plan").tree("a")
    repo.git("worktree", "add", "--quiet", "-b", "a", str(folder))
    repo.git("init", "--quiet", "inner", cwd=folder)
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for own in (folder / "inner", folder):
        (own / "work").write_text("work")
        repo.git("add", "--all", cwd=own)
        repo.git(*identity, "commit", "--quiet", "-m", "Work", cwd=own)
    with pytest.raises(GitError, match="submodules"):
        removal.remove(Repository.find(repo.root), folder)
    assert (folder / "inner" / "work").exists()


@pytest.mark.parametrize("stands_there", [True, False])
def test_a_worktree_of_the_users_stays_whatever_is_checked_out_there(
    repo: Repo, tmp_path: Path, stands_there: bool
) -> None:
    assert repo.run([{"key": "a"}], f"echo .env > .gitignore; {WRITE}", keep=True).ok
    shutil.rmtree(tmp_path / "cache")
    repo.git("worktree", "prune")
    mine = tmp_path / "mine"
    repo.git("worktree", "add", "--quiet", str(mine), "headwater/plan/a")
    (mine / ".env").write_text("mine")
    git = Repository.find(mine if stands_there else repo.root)
    assert f"is checked out in {mine}" in prune(git).stays["headwater/plan/a"]
    with repo.board() as board:
        board.rework("a", "again")
    ended = repo.run([], "echo more > .env", base="main")
    assert ended.counts == {"failed": 1}
    assert "which is no worktree of a task" in repo.told("failed")[0].text
    assert (mine / ".env").read_text() == "mine"
    shutil.rmtree(mine)
    repo.root = tmp_path / "project"
    assert prune(Repository.find(repo.root)).gone
    assert repo.branches() == ["main"]
