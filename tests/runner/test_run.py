"""Runs: plans worked by scripts in real worktrees, and merged."""

from __future__ import annotations

import pytest
from repository import WRITE, Repo

from headwater.cli.render.run import lines
from headwater.runner.events import Event

DIAMOND = [
    {"key": "top"},
    {"key": "left", "needs": ["top"]},
    {"key": "right", "needs": ["top"]},
    {"key": "bottom", "needs": ["left", "right"]},
]


def test_a_diamond_merges_with_all_commits_present(repo: Repo) -> None:
    ended = repo.run(DIAMOND, WRITE)
    assert ended.ok
    assert repo.files() == {"README", "top.txt", "left.txt", "right.txt", "bottom.txt"}
    merged = repo.merges()
    assert (merged[0], set(merged[1:3]), merged[3]) == ("top", {"left", "right"}, "bottom")
    assert (repo.root / "bottom.txt").read_text() == "bottom\n"
    assert repo.git("status", "--porcelain") == ""


def test_a_task_starts_with_the_work_of_its_upstreams(repo: Repo) -> None:
    ended = repo.run(DIAMOND, 'ls > "$HEADWATER_TASK.txt"')
    assert ended.ok
    seen = repo.git("show", "main:bottom.txt").split()
    assert seen == ["README", "bottom.txt", "left.txt", "right.txt", "top.txt"]


def test_what_is_merged_is_cleared_away_unless_it_shall_be_kept(repo: Repo) -> None:
    repo.run([{"key": "a"}], WRITE)
    assert repo.branches() == ["main"]
    assert len(repo.git("worktree", "list").splitlines()) == 1
    repo.run([{"key": "b"}], WRITE, keep=True)
    assert repo.branches() == ["headwater/plan/b", "main"]
    assert len(repo.git("worktree", "list").splitlines()) == 2


def test_a_merge_that_its_runner_did_not_live_to_report_is_not_done_again(repo: Repo) -> None:
    assert repo.run([{"key": "a"}], WRITE).ok
    with repo.board() as board:
        board.add([{"key": "b"}, {"key": "c", "needs": ["b"]}])
        taken = board.claim(board.join("dead").session, task="b")
        board.finish(taken.lease or "", summary="done")
        assert board.graph(task="b").gate == "merge"
    repo.git("switch", "--quiet", "--create", "headwater/plan/b")
    repo.commit({"b.txt": "b"})
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-edit", "headwater/plan/b")
    tip = repo.git("rev-parse", "main")
    assert repo.run([], "true").ok
    assert repo.git("rev-parse", "main") == tip, "c changed nothing, and b was there already"
    assert {event.task for event in repo.told("merged")} == {"a", "b", "c"}
    assert repo.branches() == ["main"]


def test_work_without_a_branch_is_said_to_leave_nothing_to_merge(repo: Repo) -> None:
    with repo.board() as board:
        board.policy(release_on="merged")
        board.add([{"key": "a"}])
        board.finish(board.claim(board.join("person").session).lease or "", summary="done")
    assert repo.run([{"key": "b"}], WRITE).ok
    said = {event.task: lines(event)[0] for event in repo.told("merged")}
    assert said["a"] == "a: merged: there is no branch headwater/plan/a, and nothing to do"
    assert said["b"] == "b: merged"


def test_work_of_a_run_whose_store_was_moved_since_is_named_and_not_passed_over(repo: Repo) -> None:
    repo.run([{"key": "a", "review": True}], WRITE)
    with repo.board() as board:
        board.finish(board.claim(board.join("ann").session).lease or "", "approve")
    repo.store = repo.store.rename(repo.store.with_name("moved.db"))
    ended = repo.run([], "true")
    assert ended.unmerged["a"] == (
        "its work is on headwater/plan/a, of a run of this board when its store was elsewhere; "
        "git merge headwater/plan/a, then headwater merged a"
    )
    assert "a.txt" not in repo.files()
    repo.git("merge", "--quiet", "--no-edit", "headwater/plan/a")
    assert repo.run([], "true").ok


def test_what_a_worker_is_told_while_it_waits_stands_in_its_next_prompt(repo: Repo) -> None:
    class Telling(list[Event]):
        """Somebody says something as long as the second worker has nothing to do."""

        def append(self, event: Event) -> None:
            super().append(event)
            if event.kind == "claimed" and event.task == "a":
                with repo.board() as board:
                    board.tell("all", "mind the step", session=board.join("lead").session)

    repo.events = Telling()
    plan = [{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["a"]}]
    plan.append({"key": "d", "needs": ["b", "c"]})
    agent = 'sleep 1.5; cp "$HEADWATER_BRIEFING" "$HEADWATER_TASK.md"'
    assert repo.run(plan, agent, agents=2).ok
    told = [repo.git("show", f"main:{key}.md").count("mind the step") for key in "bcd"]
    assert told == [1, 1, 0], "once to each worker"


def test_a_run_of_a_paused_board_says_so_and_goes_on_after_it(repo: Repo) -> None:
    class Resuming(list[Event]):
        def append(self, event: Event) -> None:
            super().append(event)
            if event.kind == "paused":
                with repo.board() as board:
                    board.resume()

    repo.events = Resuming()
    with repo.board() as board:
        board.add([{"key": "a"}])
        board.pause()
    assert repo.run([], WRITE).ok
    assert [event.kind for event in repo.events].count("paused") == 1


def _git_commands_of_five_tasks(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> str:
    trace = repo.store.with_name("trace")
    monkeypatch.setenv("GIT_TRACE", str(trace))
    assert repo.run([{"key": f"t{number}"} for number in range(5)], WRITE, agents=1).ok
    return trace.read_text()


def test_a_task_asks_git_once_for_the_list_of_worktrees(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To merge it: where the branch is checked out that the work goes into."""
    trace = _git_commands_of_five_tasks(repo, monkeypatch)
    lists = trace.count("built-in: git worktree list")
    assert 5 <= lists < 10


def test_a_task_asks_git_for_the_tips_of_branches_together(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = _git_commands_of_five_tasks(repo, monkeypatch)
    assert trace.count("built-in: git rev-parse") < 10, "all of them at the start"
