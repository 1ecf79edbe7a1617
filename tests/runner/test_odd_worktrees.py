"""Agents that leave their worktree in a state of which not all can be taken: nothing is taken for
done that is not on the task's branch."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from repository import WRITE, Repo
from test_conflicts import BOTH, SAME_LINE

ONE = [{"key": "a", "attempts": 1}]
IDENTITY = "-c user.name=Test -c user.email=test@example.org"
EMPTY = f"{IDENTITY} commit --quiet --allow-empty -m More"
COMMIT = f"git add .; git {IDENTITY} commit --quiet -m Mine"


def reason_of(repo: Repo, task: str) -> str:
    with repo.board() as board:
        return board.graph(view="task", task=task).tried[-1].reason or ""


@pytest.mark.parametrize("instead", ["true", f"git init --quiet; {WRITE}; {COMMIT}"])
def test_work_in_a_worktree_without_its_git_file_is_not_taken_for_done(
    repo: Repo, instead: str
) -> None:
    ended = repo.run(ONE, f"rm .git; {WRITE}; {instead}")
    assert ended.counts == {"failed": 1}
    assert "has lost its .git file" in reason_of(repo, "a")
    assert "has lost its .git file" in repo.told("failed")[0].text


AWAY = 'mine=$PWD; cd ..; rm -rf "$mine"'


def test_work_that_went_with_its_worktree_is_not_taken_for_done(repo: Repo) -> None:
    ended = repo.run(ONE, f"{WRITE}; {AWAY}")
    assert ended.counts == {"failed": 1}
    assert "is gone, and nothing was committed" in reason_of(repo, "a")


def test_a_worktree_that_is_removed_after_a_commit_is_not_missed(repo: Repo) -> None:
    assert repo.run(ONE, f"{WRITE}; {COMMIT}; {AWAY}").ok, [(e.kind, e.text) for e in repo.events]
    assert repo.files() == {"README", "a.txt"}


def test_a_repository_inside_the_worktree_is_not_merged_without_its_files(repo: Repo) -> None:
    ended = repo.run(ONE, f"git init --quiet sub; cd sub; {WRITE}; {COMMIT}")
    assert ended.counts == {"failed": 1}
    assert reason_of(repo, "a").startswith("sub in the worktree of a is a git repository")
    assert repo.files() == {"README"}


def test_a_repository_in_the_place_of_a_file_is_not_merged_without_its_files(repo: Repo) -> None:
    ended = repo.run(ONE, f"rm README; git init --quiet README; cd README; {WRITE}; {COMMIT}")
    assert ended.counts == {"failed": 1}
    assert reason_of(repo, "a").startswith("README in the worktree of a is a git repository")


def test_a_command_that_names_a_file_of_an_agents_can_be_pasted(repo: Repo) -> None:
    repo.run(ONE, f"git init --quiet 'x; touch y'; cd x*; {WRITE}; {COMMIT}")
    assert "git rm --cached -- 'x; touch y', remove its .git" in reason_of(repo, "a")


def test_a_repository_inside_the_worktree_can_be_mended_by_the_next_attempt(repo: Repo) -> None:
    mend = "git rm --quiet --cached sub; rm -rf sub/.git"
    script = (
        f"if test -e sub; then {mend}; else git init --quiet sub; cd sub; {WRITE}; {COMMIT}; fi"
    )
    assert repo.run([{"key": "a"}], script).ok, [(e.kind, e.text) for e in repo.events]
    assert repo.files() == {"README", "sub/a.txt"}


def test_a_submodule_is_merged(repo: Repo) -> None:
    add = "git -c protocol.file.allow=always submodule --quiet add"
    assert repo.run(ONE, f"{add} '{repo.root}' sub").ok, [(e.kind, e.text) for e in repo.events]
    assert repo.files() == {"README", ".gitmodules", "sub"}


def test_a_merge_left_half_done_is_gone_on_with(repo: Repo) -> None:
    half = """if test -e .git/MERGE_HEAD || git rev-parse --quiet --verify MERGE_HEAD; then
        echo both > README; git commit --quiet --all --no-edit
    else sed -n 's/^    \\(git merge .*\\)/\\1/p' | sh; exit 1; fi"""
    assert repo.run(BOTH, SAME_LINE % half).ok, [(e.kind, e.text) for e in repo.events]
    assert repo.git("show", "main:README") == "both"


def test_the_lock_that_a_killed_git_command_left_is_in_nobodys_way(repo: Repo) -> None:
    """It is there before the work is committed, and before the next attempt."""
    leave = 'touch "$(git rev-parse --git-dir)/index.lock"'
    script = f"if test -e first; then {WRITE}; {COMMIT}; else touch first; {leave}; exit 1; fi"
    assert repo.run([{"key": "a", "attempts": 2}], f"{script}; {leave}").ok, [
        (e.kind, e.text) for e in repo.events
    ]
    assert repo.files() == {"README", "first", "a.txt"}


REBASE = """
if test -d "$(git rev-parse --git-path rebase-merge)"; then
    echo both > README; git add README; GIT_EDITOR=true git rebase --continue; exit
fi
echo mine > README; git commit --quiet --all --message mine; mine=$(git rev-parse HEAD)
git checkout --quiet --detach main; echo theirs > README; git commit --quiet --all --message theirs
theirs=$(git rev-parse HEAD); git checkout --quiet "$HEADWATER_BRANCH"
git rebase --quiet "$theirs"
"""


@pytest.mark.parametrize("code", [0, 1])
def test_a_rebase_left_half_done_is_gone_on_with(repo: Repo, code: int) -> None:
    assert repo.run([{"key": "a"}], f"{REBASE} exit {code}").ok, [
        (e.kind, e.text) for e in repo.events
    ]
    assert repo.git("show", "main:README") == "both"
    assert repo.branches() == ["main"]


def test_a_worktree_that_lost_its_git_file_gets_it_again_for_the_next_attempt(repo: Repo) -> None:
    script = f"test -e a.txt && exit; {WRITE}; rm .git; git -C '{repo.root}' {EMPTY}; exit 1"
    assert repo.run([{"key": "a"}], script).ok, [(e.kind, e.text) for e in repo.events]
    assert repo.files() == {"README", "a.txt"}


def test_every_attempt_says_that_another_repository_is_in_the_place_of_the_worktree(
    repo: Repo,
) -> None:
    script = f"rm .git; git init --quiet; git -C '{repo.root}' {EMPTY}; exit 1"
    assert repo.run([{"key": "a"}], script).counts == {"failed": 1}
    assert len(repo.told("failed")) == 3
    assert all("another repository in its place" in one.text for one in repo.told("failed"))


def test_a_tasks_branch_that_the_user_has_checked_out_is_not_worked_on_there(
    repo: Repo, tmp_path: Path
) -> None:
    assert not repo.run(ONE, f"{WRITE}; exit 1").ok
    shutil.rmtree(tmp_path / "cache")
    repo.git("worktree", "prune")
    repo.git("switch", "--quiet", "headwater/plan/a")
    (repo.root / "mine.txt").write_text("mine")
    with repo.board() as board:
        board.rework("a", "again")
    assert not repo.run([], "pwd > where", base="main").ok
    assert repo.told("failed")[-1].text.startswith("headwater/plan/a is checked out in ")
    assert repo.git("status", "--porcelain") == "?? mine.txt"
    repo.git("switch", "--quiet", "main")
    with repo.board() as board:
        board.rework("a", "again")
    assert repo.run([], "true").ok, [(e.kind, e.text) for e in repo.events]
    assert repo.files() == {"README", "a.txt"}
    assert (repo.root / "mine.txt").exists()


def test_a_merged_branch_that_the_user_has_checked_out_is_not_deleted(repo: Repo) -> None:
    there = f"git -C '{repo.root}'"
    switch = f'{there} worktree prune; {there} switch --quiet "$HEADWATER_BRANCH"'
    ended = repo.run(ONE, f"{WRITE}; {COMMIT}; {AWAY}; {switch}")
    assert ended.ok, [(e.kind, e.text) for e in repo.events]
    assert "is checked out in" in repo.told("uncleared")[0].text
    assert repo.git("symbolic-ref", "--short", "HEAD") == "headwater/plan/a"
    assert repo.git("rev-parse", "--verify", "HEAD")


def test_a_worktree_that_git_was_made_to_forget_is_named(repo: Repo) -> None:
    forget = f"git -C '{repo.root}' worktree prune"
    repo.run(ONE, f"{WRITE}; mv ../a ../b; {forget}; mv ../b ../a")
    found = reason_of(repo, "a")
    assert "is gone, and nothing was committed" in found
    assert "/plan/a no more" in found


@pytest.mark.parametrize(("picked", "state"), [("HEAD..side", "failed"), ("side~1", "done")])
def test_cherry_picks_that_are_not_gone_on_with_are_no_work_that_is_done(
    repo: Repo, picked: str, state: str
) -> None:
    script = f"""
    git checkout --quiet -b side; echo theirs > README; git commit --quiet --all -m one
    echo two > two.txt; git add two.txt; git commit --quiet -m two
    git checkout --quiet $HEADWATER_BRANCH; echo mine > README; git commit --quiet --all -m mine
    git cherry-pick {picked} > /dev/null 2>&1; echo both > README; git add README"""
    assert repo.run([{"key": "a", "attempts": 1}], script).counts == {state: 1}
    if state == "failed":
        assert "has more commits before it" in repo.told("failed")[0].text
        with repo.board() as board:
            board.rework("a", "go on")
        assert repo.run([], "git cherry-pick --continue").ok, repo.events
        assert {"README", "two.txt"} <= repo.files()
    assert repo.git("show", "main:README") == "both"
