"""Work that was accepted while nothing waits for merges: the run merges it at its end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from repository import WRITE, Repo

OFF = f"""
test $HEADWATER_TASK != a || headwater policy release_on=accepted > /dev/null
{WRITE}"""
BOTH = [{"key": "a"}, {"key": "b", "needs": ["a"]}]


@pytest.fixture(autouse=True)
def _on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")


def test_what_was_accepted_without_waiting_for_its_merge_is_merged_in_the_end(repo: Repo) -> None:
    assert repo.run(BOTH, OFF).ok
    assert repo.files() == {"README", "a.txt", "b.txt"}
    assert {event.task for event in repo.told("merged")} == {"a", "b"}
    assert repo.branches() == ["main"]


def test_what_does_not_merge_then_is_kept_and_named(repo: Repo) -> None:
    script = f"{OFF}; echo agent > README; (cd {repo.root}; echo user > README; git commit -qam u)"
    ended = repo.run([{"key": "a"}], script)
    assert not ended.ok
    assert ended.unmerged["a"].startswith("headwater/plan/a does not merge into")
    assert [event.task for event in repo.told("kept")] == ["a"]

    repo.git("merge", "--quiet", "-X", "theirs", "--no-edit", "headwater/plan/a")
    assert repo.run([], "true").ok
    assert repo.branches() == ["main"]


def test_the_branch_of_a_task_that_a_person_did_stays_as_it_is(repo: Repo) -> None:
    repo.run([{"key": "a", "attempts": 1}], f"{WRITE}; exit 1")
    with repo.board() as board:
        board.done("a")
    assert repo.run([], "true").ok
    assert repo.files() == {"README"}
    assert repo.branches() == ["headwater/plan/a", "main"]
