"""Worktrees are removed whole or not at all, and only those of tasks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from repository import WRITE, Repo

from headwater.runner import removal
from headwater.runner.git import Repository
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

    folder = tmp_path / "trees" / "a"
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


def test_the_worktree_in_which_the_user_stands_stays(repo: Repo, tmp_path: Path) -> None:
    second = tmp_path / "second"
    repo.git("worktree", "add", "--quiet", "-b", "work", str(second))
    repo.root = second
    assert repo.run([{"key": "a"}], WRITE, keep=True).ok
    shutil.rmtree(tmp_path / "cache")
    repo.git("worktree", "prune")
    repo.git("switch", "--quiet", "headwater/plan/a")
    assert "is where you stand" in prune(Repository.find(second)).stays["headwater/plan/a"]
    assert repo.git("status", "--porcelain") == ""
