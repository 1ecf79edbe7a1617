"""Repositories with tags, hooks, settings and submodules that get in the way."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from repository import WRITE, Repo

from headwater.errors import BadRequest
from headwater.runner import conflicts
from headwater.runner.commits import MergeConflict
from headwater.runner.git import Repository
from headwater.runner.git_command import GitError
from headwater.runner.places import folder_of_board
from headwater.runner.pruning import left_behind


def hook(repo: Repo, name: str, script: str) -> None:
    path = repo.root / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_tag_of_the_same_name_does_not_hide_the_branch(repo: Repo) -> None:
    repo.git("tag", "main")
    repo.commit({"more.txt": "more"})
    assert Repository.find(repo.root).branch() == "main"
    assert repo.run([{"key": "a"}], WRITE).ok
    assert "a.txt" in repo.files("refs/heads/main")


@pytest.mark.parametrize("name", ["headwater", "headwater/plan"])
def test_a_branch_in_the_way_of_the_runs_branches_is_named_before_anything_starts(
    repo: Repo, name: str
) -> None:
    repo.git("branch", name)
    with pytest.raises(BadRequest, match=f"branch {name}"):
        repo.run([{"key": "a"}], WRITE)
    with repo.board() as board:
        assert not board.graph(view="list").tasks


def test_an_agent_that_left_its_branch_has_not_done_the_task(repo: Repo) -> None:
    ended = repo.run(
        [{"key": "a", "attempts": 1}],
        f'git switch --quiet --create elsewhere; {WRITE}; git add .; git commit --quiet -m "A"',
    )
    assert not ended.ok
    assert ended.counts == {"failed": 1}
    assert "a.txt" in repo.files("elsewhere"), "what it did is where it put it"
    with repo.board() as board:
        tried = board.graph(view="task", task="a").tried[-1]
    assert "headwater/plan/a" in (tried.reason or "")


def test_hooks_of_the_repository_do_not_stop_the_runs_own_commits(repo: Repo) -> None:
    for name in ("pre-commit", "prepare-commit-msg", "commit-msg", "post-checkout", "post-merge"):
        hook(repo, name, "exit 1")
    hook(repo, "post-commit", f"touch {repo.root}/../noticed")
    assert repo.run([{"key": "a"}, {"key": "b"}], WRITE).ok
    assert not (repo.root.parent / "noticed").exists()


def test_changed_files_in_the_way_are_not_stashed(repo: Repo) -> None:
    repo.git("config", "merge.autoStash", "true")
    repo.git("branch", "work")
    repo.git("switch", "--quiet", "work")
    repo.commit({"README": "theirs\n"})
    repo.git("switch", "--quiet", "main")
    (repo.root / "README").write_text("mine\n")
    git = Repository.find(repo.root)
    with pytest.raises(GitError):
        git.advance("main", git.branch_commit("main"), git.branch_commit("work"))
    assert (repo.root / "README").read_text() == "mine\n"
    assert repo.git("stash", "list") == ""


def test_a_base_branch_whose_worktree_was_deleted_by_hand_still_moves(
    repo: Repo, tmp_path: Path
) -> None:
    repo.git("branch", "base")
    repo.git("worktree", "add", "--quiet", str(tmp_path / "gone"), "base")
    shutil.rmtree(tmp_path / "gone")
    assert repo.run([{"key": "a"}], WRITE, base="base").ok
    assert "a.txt" in repo.files("base")


def test_worktrees_of_a_repository_with_a_submodule_are_cleared_away(
    repo: Repo, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    repo.git("clone", "--quiet", str(repo.root), str(library))
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "lib")
    repo.git("commit", "--quiet", "-m", "Add a submodule")
    assert repo.run([{"key": "a"}], WRITE).ok
    assert repo.branches() == ["main"]
    assert len(repo.git("worktree", "list").splitlines()) == 1


def test_a_repository_of_another_owner_is_said_to_be_that(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitError, match="dubious ownership"):
        Repository.find(repo.root)


def test_long_keys_with_one_beginning_have_conflict_tasks_of_their_own() -> None:
    one, other = "k" * 90 + "-one", "k" * 90 + "-two"
    assert conflicts.key_for(one, 2) != conflicts.key_for(other, 2)
    assert len(conflicts.key_for(one, 999)) <= 100


def test_a_git_directory_elsewhere_does_not_hide_the_working_tree(
    repo: Repo, tmp_path: Path
) -> None:
    repo.git("init", "--quiet", "--separate-git-dir", str(tmp_path / "elsewhere"))
    assert repo.run([{"key": "a"}], WRITE).ok, repo.events
    assert (repo.root / "a.txt").exists()
    assert repo.git("status", "--porcelain") == ""


def test_no_hook_runs_at_a_merge_because_what_it_left_running_would_hold_the_lock(
    repo: Repo, tmp_path: Path
) -> None:
    hook(repo, "post-merge", f"touch {tmp_path}/noticed")
    assert repo.run([{"key": "a"}], WRITE).ok
    assert not (tmp_path / "noticed").exists()


def test_files_in_conflict_are_named_as_people_write_them(repo: Repo) -> None:
    repo.git("config", "core.quotePath", "false")
    git = Repository.find(repo.root)
    names = {b"gr\xc3\xbcn .txt": "grün .txt", b"caf\xe9.txt": "caf\ufffd.txt"}
    for branch in ("one", "two"):
        repo.git("switch", "--quiet", "--create", branch, "main")
        for name in names:
            Path(os.fsdecode(os.fsencode(repo.root) + b"/" + name)).write_text(branch)
        repo.git("add", "--all")
        repo.git("commit", "--quiet", "-m", branch)
    with pytest.raises(MergeConflict) as met:
        git.merge(git.branch_commit("one"), git.branch_commit("two"), "two", "Merge")
    assert sorted(met.value.files) == sorted(names.values())
    for name in names:
        Path(os.fsdecode(os.fsencode(repo.root) + b"/" + name)).write_text("changed")
    assert sorted(git.changed_files(repo.root)) == ['"grün .txt"', "caf\ufffd.txt"]


def test_ignored_files_of_the_user_are_not_replaced_by_a_merge(repo: Repo) -> None:
    repo.commit({".gitignore": ".env\n"})
    (repo.root / ".env").write_text("mine\n")
    ended = repo.run([{"key": "a"}], "echo theirs > .env; git add --force .env")
    assert ".env" in ended.unmerged["a"]
    assert (repo.root / ".env").read_text() == "mine\n"
    (repo.root / ".env").unlink()
    assert repo.run([], WRITE).ok
    assert (repo.root / ".env").read_text() == "theirs\n"


def test_ignored_files_that_an_earlier_attempt_left_do_not_stop_the_next(repo: Repo) -> None:
    repo.commit({".gitignore": "*.log\n"})
    assert not repo.run([{"key": "a", "attempts": 1}], f"{WRITE}; touch a.log; exit 1").ok
    (repo.root / "a.log").write_text("base\n")
    repo.git("add", "--force", "a.log")
    repo.git("commit", "--quiet", "-m", "Log")
    with repo.board() as board:
        board.rework("a", "again")
    assert repo.run([], WRITE).ok, repo.events


def test_work_outside_of_a_sparse_checkout_is_taken(repo: Repo) -> None:
    (repo.root / "inside").mkdir()
    (repo.root / "outside").mkdir()
    repo.commit({"inside/here.txt": "x", "outside/there.txt": "x"})
    repo.git("sparse-checkout", "set", "inside")
    assert repo.run([{"key": "a"}], "mkdir -p outside; echo new > outside/a.txt").ok, repo.events
    assert {"inside/here.txt", "outside/there.txt", "outside/a.txt"} <= repo.files()
    assert repo.git("status", "--porcelain") == ""


def test_a_base_branch_that_is_being_rebased_is_not_moved_under_the_rebase(repo: Repo) -> None:
    """`git rebase --abort` puts the branch back to where it was: merges since would be lost."""
    repo.git("branch", "other")
    repo.commit({"README": "mine\n"})
    repo.git("switch", "--quiet", "other")
    repo.commit({"README": "theirs\n"})
    repo.git("switch", "--quiet", "main")
    subprocess.run(
        ["git", "rebase", "--quiet", "other"], cwd=repo.root, capture_output=True, check=False
    )
    assert repo.git("status", "--porcelain") == "UU README"
    ended = repo.run([{"key": "a"}], WRITE, base="main")
    assert "is under way in" in ended.unmerged["a"]
    repo.git("rebase", "--abort")
    assert repo.run([], WRITE).ok
    assert repo.files() == {"README", "a.txt"}


def test_a_repository_that_was_moved_is_gone_on_with(repo: Repo, tmp_path: Path) -> None:
    repo.store = repo.root / ".git" / "headwater" / "board.db"
    assert repo.run([{"key": "a", "review": True}], WRITE).counts == {"review": 1}
    moved = tmp_path / "moved"
    repo.root = repo.root.rename(moved)
    repo.store = moved / ".git" / "headwater" / "board.db"
    (left,) = left_behind(Repository.find(moved))
    assert left.commits == 1
    with repo.board() as board:
        review = board.claim(board.join("person").session, "a")
        assert review.lease
        board.finish(review.lease, "approve")
    assert repo.run([], WRITE).ok, [(e.kind, e.text) for e in repo.events]
    assert repo.files() == {"README", "a.txt"}
    assert repo.branches() == ["main"]


def test_a_copy_of_a_repository_takes_no_worktree_from_the_original(
    repo: Repo, tmp_path: Path
) -> None:
    repo.git("worktree", "add", "--quiet", str(tmp_path / "mine"), "-b", "mine")
    repo.run([{"key": "a", "attempts": 1}], f"{WRITE}; exit 1")
    trees = repo.git("worktree", "list")
    assert len(trees.splitlines()) == 3
    copied = tmp_path / "copied"
    shutil.copytree(repo.root, copied, symlinks=True)
    copy = Repo(copied, tmp_path / "copied.db")
    with pytest.raises(GitError, match="is a copy of") as refused:
        copy.run([{"key": "a"}], WRITE)
    assert repo.git("worktree", "list") == trees
    for name in ("mine", "a"):
        (tree,) = (Path(line.split()[0]) for line in trees.splitlines() if f"/{name} " in line)
        assert Path(repo.git("rev-parse", "--git-common-dir", cwd=tree)) == repo.root / ".git"

    subprocess.run(refused.value.next.split(": ")[-1], shell=True, check=True)
    assert copy.run([{"key": "a"}], WRITE).ok
    assert repo.git("worktree", "list") == trees


def test_a_databases_password_may_change_within_a_run(tmp_path: Path) -> None:
    homes = {
        folder_of_board(tmp_path, f"postgresql://me{password}@db/plans", "default")
        for password in ("", ":old", ":new")
    }
    assert len(homes) == 1
