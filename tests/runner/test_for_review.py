"""What a reviewer beside a run is told of the branch, in commands that are run as they stand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from repository import WRITE, Repo

from headwater.runner.git import Repository
from headwater.runner.git_command import GitError


def _to_review(repo: Repo, task: str, *, then: str, notes: str = "more, please") -> str:
    """The notes of a delivery, which is then judged."""
    with repo.board() as board:
        rita = board.join("rita").session
        review = board.claim(rita, task)
        assert review.lease
        assert review.delivery
        board.finish(review.lease, then, notes=notes)
        board.check(session=rita, leave=True)  # or a run would wait for her
        return review.delivery.notes or ""


def _run(repo: Repo, notes: str, begins: str) -> str:
    """What the command says that one line of the notes ends in."""
    (line,) = (line for line in notes.splitlines() if line.startswith(begins))
    command = line.rpartition(": ")[2]
    done = subprocess.run(
        command, shell=True, cwd=repo.root, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_delivery_to_be_reviewed_says_how_to_see_it(repo: Repo) -> None:
    repo.run([{"key": "a", "review": True, "paths": ["src/**", "a.txt"]}], f"{WRITE}; touch b.txt")
    tip = repo.git("rev-parse", "headwater/plan/a")
    notes = _to_review(repo, "a", then="approve")
    assert notes.startswith(f"To review: commit {tip[:12]} of branch headwater/plan/a, 2 files: ")
    assert "+++ b/a.txt" in _run(repo, notes, "To review")
    assert "Not in the task's paths: b.txt\n" in notes
    main = repo.git("rev-parse", "main")
    assert f"it merged into main at {main[:12]} without conflict" in notes
    assert len(_run(repo, notes, "When it was delivered").strip()) == 40, "the tree of the merge"
    assert "Since it was last delivered" not in notes


def test_it_says_where_it_is_checked_out_and_how_to_have_it_elsewhere(
    repo: Repo, tmp_path: Path
) -> None:
    repo.run([{"key": "a", "review": True}], WRITE)
    notes = _to_review(repo, "a", then="approve")
    (line,) = (line for line in notes.splitlines() if line.startswith("It is checked out in "))
    folder = line.removeprefix("It is checked out in ").partition(";")[0]
    assert Path(folder, "a.txt").exists()
    command = line.rpartition(": ")[2].replace("FOLDER", str(tmp_path / "own"))
    repo.git(*command.split()[1:])
    assert (tmp_path / "own" / "a.txt").exists()
    assert "Not in the task's paths" not in notes, "it names none"


@pytest.mark.parametrize("ends", ["exit 0", "exit 3"])
def test_it_is_said_too_of_what_an_agent_finished_itself(
    repo: Repo, ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    finish = "headwater finish --summary mine --notes 'look twice' > /dev/null"
    repo.run([{"key": "a", "review": True}], f"{finish}; {WRITE}; {ends}")
    (finished,) = repo.told("finished")
    assert (finished.text, finished.review) == ("review", True)
    tip = repo.git("rev-parse", "headwater/plan/a")
    with repo.board() as board:
        delivery = board.graph(task="a").delivery
        assert delivery is not None
        assert delivery.summary == "mine"
    notes = _to_review(repo, "a", then="approve")
    assert notes.startswith(f"To review: commit {tip[:12]} of branch headwater/plan/a, 1 file: ")
    assert notes.endswith("\n\nlook twice")
    assert repo.run([], WRITE).ok


def test_a_reviewer_may_be_quicker_than_the_end_of_an_agent_that_finished_itself(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    judge = (
        "headwater finish --summary mine; unset HEADWATER_LEASE HEADWATER_SESSION; "
        "headwater --agent rev claim --kind review; "
        "headwater --agent rev finish --outcome approve"
    )
    assert repo.run([{"key": "a", "review": True}], f"{WRITE}; {judge}").ok, repo.events
    assert [event.text for event in repo.told("finished")] == ["review"]
    assert repo.files() == {"README", "a.txt"}


def test_a_second_look_is_shown_what_was_done_since_the_first(repo: Repo) -> None:
    repo.run([{"key": "a", "review": True}], WRITE)
    first = repo.git("rev-parse", "headwater/plan/a")
    _to_review(repo, "a", then="reject")
    repo.commit({"other.txt": "of others"})
    repo.run([], f"git merge --quiet -m Merge main; {WRITE.replace('> ', '>> ')}")
    notes = _to_review(repo, "a", then="approve")
    assert f"--not {first[:12]} main" in notes
    since = _run(repo, notes, "Since it was last delivered")
    assert "+++ b/a.txt" in since
    assert "other.txt" not in since, "that is main's"


def test_it_says_which_files_conflicted_when_it_was_delivered(repo: Repo) -> None:
    moves = f'cd {repo.root} && echo theirs > a.txt && git add a.txt && git commit -qm "Meanwhile"'
    repo.run([{"key": "a", "review": True}], f"{WRITE}; ({moves})")
    notes = _to_review(repo, "a", then="reject")
    main = repo.git("rev-parse", "main")
    assert f"it did not merge into main at {main[:12]}: conflicts in a.txt" in notes


def test_it_stands_before_what_the_agent_notes_which_may_be_long(repo: Repo) -> None:
    long = "n" * 65_000
    result = f"""printf '{{"summary": "s", "notes": "{long}"}}' > "$HEADWATER_RESULT" """
    repo.run([{"key": "a", "review": True}], f"{WRITE}; {result}")
    notes = _to_review(repo, "a", then="approve")
    assert notes.startswith("To review: commit ")
    assert "\n\nnnnn" in notes


def test_a_question_is_no_delivery_and_says_nothing_of_a_review(repo: Repo) -> None:
    ask = "echo 'Status: BLOCKED'; echo 'Question: which one?'"
    repo.run([{"key": "a", "review": True}], ask)
    with repo.board() as board:
        tried = board.graph(view="task", task="a").tried
    assert [one.notes for one in tried or []] == [None]


def test_a_delivery_counts_even_if_git_cannot_say_all_of_it(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> set[str]:
        raise GitError("a blob is missing")

    monkeypatch.setattr(Repository, "files_of", fail)
    repo.run([{"key": "a", "review": True}], WRITE)
    assert _to_review(repo, "a", then="approve") == "To review: branch headwater/plan/a"


def test_of_what_an_agent_has_delivered_itself_the_briefing_names_the_run(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    repo.run([{"key": "a", "review": True}], f"{WRITE}; headwater finish --summary mine")
    with repo.board() as board:
        delivery = board.claim(board.join("rita").session, "a").delivery
    assert delivery is not None
    assert delivery.summary == "mine"
    assert delivery.made_at == "the task's branch of the run plan (headwater worktrees)"
