"""Paths as they are stored: how overlaps are looked up, and what verify finds."""

from __future__ import annotations

import pytest
from hands import claim, row

from headwater import Board
from headwater.operations import path_audit, path_claims
from headwater.operations.images import compact
from headwater.store.queries import boards, paths
from headwater.store.rows import BoardRow
from headwater.store.sql import Sql
from headwater.store.transaction import Tx


@pytest.fixture(autouse=True)
def clean_afterwards() -> None:
    """Not here: these tests change rows behind the board's back."""


@pytest.fixture
def strict(board: Board) -> Board:
    """A board that refuses overlaps."""
    board.policy(paths="refuse")
    specs = {"one": ["src/**"], "two": ["src/app.py"], "three": ["lib/x.py"]}
    board.add([{"key": key, "paths": globs} for key, globs in specs.items()])
    return board


def change(board: Board, statement: str, **values: str) -> None:
    """Change rows behind the board's back."""
    assert board.store.write(lambda tx: tx.count(Sql(statement), **values)) > 0


def row_of_board(board: Board) -> BoardRow:
    found = board.store.read(lambda tx: tx.one(boards.BY_NAME, name="default"))
    assert found is not None
    return found


def test_a_board_with_paths_of_no_known_form_keeps_working(strict: Board) -> None:
    statement = (
        "UPDATE task_text SET paths = :paths "
        "WHERE task_id = (SELECT id FROM task WHERE key = 'one')"
    )
    change(strict, statement, paths=compact(["src/*/old", "/abs"]))
    assert claim(strict, "one").paths == ["src/*/old", "/abs"]
    assert claim(strict, "two").task == "two"
    assert strict.graph(task="one").paths == ["src/*/old", "/abs"]


def test_with_a_thousand_active_tasks_only_those_nearby_are_read(board: Board) -> None:
    mine = ["src/m7/a.py", "src/m8/*.py"]
    others = [[f"src/m{n}/*.py", f"docs/{n}.md"] for n in range(1000)]
    board.add([{"key": "new", "paths": mine}])
    board.add([{"key": f"t{n}", "paths": globs} for n, globs in enumerate(others)])
    new = row(board, "new")

    def near(tx: Tx) -> list[str]:
        for task_id, globs in enumerate(others, start=new["id"] + 1):
            for directory, own in path_claims.rows(compact(globs)):
                place = {"board_id": new["board_id"], "directory": directory, "own": own}
                tx.run(paths.HOLD, **place, task_id=task_id)
        own, above = path_claims.directories(compact(mine))
        found = tx.all(
            paths.NEAR,
            board_id=new["board_id"],
            id=new["id"],
            directories=compact(sorted(own)),
            above=compact(sorted(above)),
        )
        return sorted({other.key for other in found})

    assert board.store.write(near) == ["t7", "t8"]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE task SET has_paths = 0 WHERE key = 'two'", "task two: has_paths is 0"),
        ("DELETE FROM claimed_path WHERE own = 1", "task one: the paths that it claims"),
        ("UPDATE claimed_path SET task_id = task_id + 1", "task two: it claims paths and is not"),
        ("UPDATE task SET blocker_id = id WHERE key = 'two'", "task two: it is parked on no task"),
        (
            "UPDATE task SET blocker_id = (SELECT id FROM task WHERE key = 'one') "
            "WHERE key = 'three'",
            "task three: it is parked on one, which does not keep it",
        ),
    ],
)
def test_verify_finds_paths_that_are_not_as_they_should_be_and_repair_mends_them(
    strict: Board, damage: str, said: str
) -> None:
    claim(strict, "one")
    assert strict.verify() == []
    change(strict, damage)
    assert any(said in problem for problem in strict.verify())
    board = row_of_board(strict)
    assert strict.store.write(lambda tx: path_audit.repair(tx, board)) > 0
    assert strict.verify() == []
    assert claim(strict).task == "three"
