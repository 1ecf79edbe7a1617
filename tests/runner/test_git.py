"""The git plumbing: merges that move nothing, branches that only go forward."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from repository import Repo

from headwater.runner.commits import MergeConflict
from headwater.runner.git import Repository
from headwater.runner.git_command import GitError


@pytest.fixture
def git(repo: Repo) -> Repository:
    """`main` and `side` each have a commit of their own."""
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"side.txt": "side"})
    repo.git("switch", "--quiet", "main")
    repo.commit({"main.txt": "main"})
    return Repository.find(repo.root)


def tips(git: Repository) -> tuple[str, str]:
    return git.branch_commit("main"), git.branch_commit("side")


def test_a_merge_is_a_commit_and_moves_nothing(repo: Repo, git: Repository) -> None:
    before = tips(git)
    made = git.merge(*before, "side", "Merge side")
    assert tips(git) == before
    assert repo.files(made) == {"README", "main.txt", "side.txt"}
    assert repo.git("log", "-1", "--format=%P", made).split() == list(before)


def test_what_is_merged_already_is_not_merged_again(git: Repository) -> None:
    main, side = tips(git)
    made = git.merge(main, side, "side", "Merge side")
    assert git.merge(made, side, "side", "Merge side") == made


def test_a_conflict_names_the_files_and_leaves_no_trace(repo: Repo, git: Repository) -> None:
    repo.commit({"side.txt": "another"})
    with pytest.raises(MergeConflict) as conflict:
        git.merge(*tips(git), "side", "Merge side")
    assert conflict.value.files == ["side.txt"]
    assert repo.git("status", "--porcelain") == ""
    assert not (repo.root / ".git" / "MERGE_HEAD").exists()


def test_a_branch_moves_forward_only_and_with_its_working_tree(repo: Repo, git: Repository) -> None:
    main, side = tips(git)
    with pytest.raises(GitError, match="does not continue main"):
        git.advance("main", main, side)
    git.advance("main", main, git.merge(main, side, "side", "Merge side"))
    assert (repo.root / "side.txt").read_text() == "side"
    assert repo.git("status", "--porcelain") == ""


def test_a_branch_that_moved_meanwhile_is_not_moved(repo: Repo, git: Repository) -> None:
    main, side = tips(git)
    made = git.merge(side, main, "main", "Merge main")
    repo.git("branch", "--force", "side", made)
    with pytest.raises(GitError):
        git.advance("side", side, made)


def test_everything_uncommitted_is_committed_but_ignored_files(
    repo: Repo, git: Repository, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    git.add_worktree(tree, "side")
    assert not git.commit_all(tree, "Nothing")
    (tree / ".gitignore").write_text("*.log\n")
    (tree / "new.txt").write_text("new")
    (tree / "out.log").write_text("noise")
    (tree / "side.txt").unlink()
    assert git.commit_all(tree, "Work")
    assert repo.files("side") == {"README", ".gitignore", "new.txt"}


def test_a_worktree_with_uncommitted_files_is_not_removed(git: Repository, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    git.add_worktree(tree, "side")
    (tree / "new.txt").write_text("new")
    with pytest.raises(GitError, match="modified or untracked"):
        git.remove_worktree(tree)
    assert (tree / "new.txt").exists()


def test_variables_of_another_repository_do_not_mislead_it(
    repo: Repo, git: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert Repository.find(repo.root).branch() == "main"


def test_a_branch_that_moved_on_after_its_merge_is_not_deleted(
    repo: Repo, git: Repository, tmp_path: Path
) -> None:
    main, side = tips(git)
    git.advance("main", main, git.merge(main, side, "side", "Merge side"))
    tree = tmp_path / "tree"
    git.add_worktree(tree, "side")
    (tree / "late.txt").write_text("late")
    git.commit_all(tree, "Late")
    with pytest.raises(GitError):
        git.delete_branch("side", side)
    assert "late.txt" in repo.files("side")


def test_a_worktree_is_known_by_its_branch_and_repository(
    repo: Repo, git: Repository, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    git.add_worktree(tree, "side")
    assert git.branch_of(tree) == "side"
    assert git.branch_of(tree / "nowhere") is None
    assert git.branch_of(repo.root) is None, "it is the repository's own, and no worktree"
    other = tmp_path / "other"
    repo.git("clone", "--quiet", str(repo.root), str(other))
    assert git.branch_of(other) is None
    shutil.rmtree(tree)
    assert git.branch_of(tree) is None
    git.add_worktree(tree, "side")
    assert git.branch_of(tree) == "side", "a folder that was deleted by hand is forgotten"


def test_a_merge_that_changes_no_file_is_still_to_be_committed(
    repo: Repo, git: Repository, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    git.add_worktree(tree, "side")
    repo.git("merge", "--quiet", "--no-commit", "--strategy", "ours", "main", cwd=tree)
    assert git.uncommitted(tree) == (True, [])
    assert git.commit_all(tree, "Merge main")
    assert git.contains(git.branch_commit("side"), git.branch_commit("main"))
    assert git.uncommitted(tree) == (False, [])


def test_a_files_name_is_one_name_whatever_is_in_it(repo: Repo, git: Repository) -> None:
    repo.git("config", "core.quotePath", "false")
    name = "a\u2028UU.txt"
    (repo.root / name).touch()
    assert git.uncommitted(repo.root) == (True, [])
    assert git.changed_files(repo.root, untracked=True) == [name]


def test_what_git_says_of_a_name_that_is_no_text_can_be_written_down(git: Repository) -> None:
    with pytest.raises(GitError, match="Not a valid object name") as error:
        git.run("cat-file", "-t", os.fsdecode(b"caf\xe9"))
    assert "caf\ufffd" in error.value.message
