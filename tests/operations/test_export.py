"""A board as a plan: what it says of states that a plan has no word for."""

from __future__ import annotations

from pathlib import Path

from hands import claim, finish, lease, worker

from headwater import Board
from headwater.formats.board_files import BoardFiles
from headwater.verbs.importing import ImportedTask


def exported(board: Board) -> dict[str, ImportedTask]:
    return {task.key: task for task in board.plan().tasks}


def test_work_in_progress_is_open_and_keeps_its_notes(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "review": True}])
    board.check(lease=lease(board, "a"), note="half done")
    board.finish(lease=lease(board, "b"), summary="All of it.")
    found = exported(board)
    assert (found["a"].state, found["a"].notes) == ("open", "half done")
    assert (found["b"].state, found["b"].notes) == (
        "open",
        "Delivered, not accepted yet: All of it.",
    )
    assert board.plan().mapped["active becomes open"] == ["a"]


def test_feedback_of_an_open_round_is_in_the_notes(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a")
    board.rework("a", feedback="Too slow.")
    assert exported(board)["a"].notes.startswith("Feedback from ")
    assert exported(board)["a"].notes.endswith(": Too slow.")


def test_what_was_split_needs_its_parts_but_not_the_cancelled_ones(board: Board) -> None:
    board.add([{"key": "whole"}, {"key": "next", "needs": ["whole"]}])
    board.split("whole", [{"key": "one"}, {"key": "two"}])
    board.cancel(["two"])
    found = exported(board)
    assert (found["whole"].state, found["whole"].needs) == ("open", ["one"])
    assert found["next"].needs == ["whole"]
    assert board.plan().dropped == {"a part that is cancelled, or one too many": ["two"]}


def test_each_task_is_noted_once_for_what_a_plan_says_otherwise(board: Board) -> None:
    board.add([{"key": "whole"}])
    board.split("whole", [{"key": "one"}, {"key": "two"}])
    board.finish(lease(board, "one"), "release", notes="x")
    board.rework("one", "this")
    board.rework("one", "that")
    assert board.plan().mapped == {
        "split becomes open": ["whole"],
        "what was split needs its parts": ["whole"],
        "feedback is kept in the notes": ["one"],
    }


def test_a_held_task_brings_its_question(board: Board) -> None:
    board.add([{"key": "asked"}, {"key": "whole"}])
    board.finish(lease=lease(board, "asked"), outcome="blocked", notes="Which one?")
    board.split("whole", [{"key": "part"}])
    board.cancel(["part"])
    found = exported(board)
    assert "Which one?" in found["asked"].notes
    assert (found["whole"].state, found["whole"].notes) == ("held", "Every part was cancelled.")


def test_what_was_delivered_comes_along_with_the_text_of_its_artifacts(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    session = worker(board)
    file = {"name": "file", "path": "src/a.py", "commit": "main@1a2b3c4"}
    board.finish(
        lease=str(claim(board, "a", session).lease),
        summary="Done.",
        critical={"port": 80},
        delivered={"b": "Here."},
        artifacts=[{"name": "log", "text": "line\n"}, file],
    )
    task = exported(board)["a"].model_dump(exclude_defaults=True)
    assert task == {
        "key": "a",
        "state": "done",
        "summary": "Done.",
        "critical": {"port": 80},
        "delivered": {"b": "Here."},
        "artifacts": [{"name": "log", "text": "line\n"}, file],
    }


def test_imported_deliveries_are_read_by_the_next_worker(board: Board) -> None:
    board.import_tasks(
        [
            {
                "key": "a",
                "state": "done",
                "critical": {"port": 80},
                "delivered": {"b": "GET /x"},
                "artifacts": [{"name": "log", "text": "line"}],
            },
            {"key": "b", "needs": ["a"]},
        ]
    )
    (upstream,) = claim(board, "b").upstream or []
    assert upstream.critical == {"port": 80}
    assert upstream.delivered == "GET /x"
    assert board.verify() == []
    board.rework("a", feedback="again")
    finish(board, "a", critical={"port": 80})
    assert board.verify() == []


def test_files_and_bundles_are_written_from_either_database(board: Board, tmp_path: Path) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    claim(board, "a")
    board.tell(to="all", text="hello")
    BoardFiles(board, tmp_path).write()
    assert "hello" in (tmp_path / "NOTICES.md").read_text()
    assert "[a](tasks/a.md)" in (tmp_path / "SESSIONS.md").read_text()
    assert "- b (waiting)" in (tmp_path / "tasks" / "a.md").read_text()
