"""What an agent says at its end, and what others hear of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from repository import WRITE, Repo

from headwater.cli.render.run import lines


def test_who_asked_says_how_far_it_is_and_who_goes_on_reads_it_with_the_answer(repo: Repo) -> None:
    script = r"""
cat > seen.md
test $(git rev-list --count main..) -gt 0 && exit
echo half > half.txt
printf 'Status: BLOCKED\nQuestion: which port?\nSummary: all but the server\n'
"""
    tasks = [{"key": "a", "review": True}]
    assert repo.run(tasks, script).counts == {"held": 1}
    with repo.board() as board:
        assert "To review" not in str(board.graph(view="task", task="a").as_dict())
        board.answer("a", "the usual one")
    repo.run(tasks, script)
    text = repo.git("show", "headwater/plan/a:seen.md")
    assert (
        "An earlier attempt asked:\n> which port?\n\n"
        "It said beside that:\n> all but the server\n\n"
        "The answer, by a person:\n> the usual one\n"
    ) in text
    assert text.count("which port?") == 1


def test_without_a_word_on_what_it_did_commits_and_files_are_named(repo: Repo) -> None:
    script = """
echo x > one.txt; git add one.txt; git commit -qm 'Add the first'; echo y > two.txt
echo noise; echo; echo 'Let me know if you want more!'
"""
    assert repo.run([{"key": "a"}], script).ok
    assert _summary(repo) == (
        "Let me know if you want more!\n\nCommits: Add the first\nFiles changed: one.txt, two.txt"
    )
    (told,) = repo.told("finished")
    said = "    | it said neither in a status block nor in a file what it did"
    assert lines(told) == ["a: delivered", said]


def test_of_an_agent_that_reported_by_itself_nothing_is_missed(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    finish = "headwater finish --summary 'done by itself' > /dev/null"
    assert repo.run([{"key": "a"}], f"{WRITE}; {finish}; echo bye").ok
    assert _summary(repo) == "done by itself"
    assert [said for event in repo.events if (said := event.said)] == []


def _summary(repo: Repo) -> str:
    with repo.board() as board:
        return str(board.graph(view="task", task="a").delivery.summary)
