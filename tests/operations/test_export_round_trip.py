"""What is exported from any board imports to a board that exports the same."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wandering import Wanderer

from headwater import Board, formats
from headwater.clock import ManualClock
from headwater.formats import headwater_json
from headwater.verbs.importing import ImportedTask

SETTINGS = settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def exported(board: Board) -> str:
    return headwater_json.write(board.plan().tasks)


def again(text: str, path: Path) -> str:
    """The export of a board that `text` was imported to."""
    with Board.open(path) as board:
        board.import_tasks(formats.read({"export": text.encode()}).tasks)
        assert board.verify() == []
        return exported(board)


@SETTINGS
@given(seed=st.integers(0, 10**6), steps=st.integers(20, 120))
def test_export_import_export_is_the_identity_for_any_board(seed: int, steps: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock = ManualClock(1_800_000_000_000)
        with Board.open(Path(folder) / "one.db", clock=clock) as board:
            board.add([{"key": "first"}])
            wanderer = Wanderer(board, clock, seed)
            for _ in range(steps):
                wanderer.step()
            text = exported(board)
        assert again(text, Path(folder) / "two.db") == text


def test_a_plan_of_a_thousand_tasks_comes_back_equal(tmp_path: Path) -> None:
    plan = [
        {
            "key": f"t{n:04}",
            "title": f"Task {n}",
            "spec": f"Do {n}.\n" * 5,
            "acceptance": ["it works", f"case {n}"],
            "needs": sorted(f"t{up:04}" for up in {n // 2, n - 1, n // 7} if 0 <= up < n),
            "estimate": n / 7,
            "priority": n % 40 - 20,
            "capabilities": ["sql"] if n % 3 else [],
            "paths": [f"src/{n}/**"],
            "review": n % 5 == 0,
            "budget": {"tokens": n},
            "group": f"g{n % 9}",
            "state": "done" if n < 100 else "open",
            "summary": f"Made {n}." if n < 100 else "",
            "critical": {"n": n, "deep": {"list": [1, None, "x"]}} if n < 100 else {},
            "artifacts": [{"name": "log", "text": f"line {n}"}] if n < 100 else [],
            "delivered": {f"t{n + 1:04}": "here"} if n < 100 else {},
        }
        for n in range(1000)
    ]
    with Board.open(tmp_path / "one.db") as board:
        board.import_tasks(plan)
        first = board.plan()
    assert len(first.tasks) == 1000
    asked = {str(task["key"]): ImportedTask.model_validate(task).model_dump() for task in plan}
    for task in first.tasks:
        found = task.model_dump()
        found["needs"].sort()
        assert found | {"estimate": 0} == asked[task.key] | {"estimate": 0}
        assert found["estimate"] == pytest.approx(asked[task.key]["estimate"], abs=1 / 120_000)
    text = headwater_json.write(first.tasks)
    assert again(text, tmp_path / "two.db") == text


def test_a_task_without_review_comes_back_without_one_where_all_others_have_it(
    tmp_path: Path,
) -> None:
    with Board.open(tmp_path / "one.db") as board, Board.open(tmp_path / "two.db") as other:
        for one in (board, other):
            one.policy(review="always")
        board.add([{"key": "small", "review": False}, {"key": "large"}])
        text = exported(board)
        other.import_tasks(formats.read({"export": text.encode()}).tasks)
        assert [bool(other.graph(task=key).review) for key in ("small", "large")] == [False, True]
        assert exported(other) == text
