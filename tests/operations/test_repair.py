"""Repair makes the tables again what the log says, after a backup, or leaves everything alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hands import everything, finish, lease
from test_verify import DAMAGE, change, lived_in
from wandering import Wanderer

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import Conflict, Forbidden
from headwater.operations.caller import Caller
from headwater.store.sql import Sql

__all__ = ["lived_in"]


@pytest.fixture(autouse=True)
def clean_afterwards() -> None:
    """Not here: some of these tests leave damaged boards behind."""


NOT_IN_THE_LOG = {"session that ended", "missing event", "image from the future", "missing image"}
"""Sessions are not in it, and what is missing in the log itself is nowhere."""

DERIVED = {
    "neg_rank": "UPDATE task SET neg_rank = -7",
    "ord turned round": "UPDATE task SET ord = -ord",
    "all labels equal": "UPDATE task SET ord = 5",
    "all counters": "UPDATE board SET waiting = 9, ready = 9, active = 9, review = 9, held = 9, "
    "done = 9, failed = 9, cancelled = 9, split = 9",
    "all counts": "UPDATE task SET pending = 9, soft_pending = 9, parts_open = 9",
    "lanes": "UPDATE task SET lane = 'nonsense'",
    "buckets": "UPDATE task SET bucket = 77",
    "no lanes": "DELETE FROM lane",
    "everything of a state": "UPDATE task SET state = 'done', round = 7, fence = 0, session_id = 0",
    "every text": "UPDATE task_text SET spec = 'x', feedback = '[]', note = 'y'",
    "no texts": "DELETE FROM task_text",
    "no edges": "DELETE FROM edge",
    "no tasks": "DELETE FROM task",
    "no attempts": "DELETE FROM attempt",
    "no deliveries": "DELETE FROM delivery",
}


@pytest.mark.parametrize("damage", [name for name in DAMAGE if name not in NOT_IN_THE_LOG])
def test_what_the_log_can_tell_is_repaired(lived_in: Board, damage: str) -> None:
    change(lived_in, DAMAGE[damage][0])
    problems = lived_in.verify()
    assert problems
    done = lived_in.repair()
    assert (done.problems, done.left) == (problems, [])
    assert done.repaired >= 1
    assert lived_in.verify() == []


@pytest.mark.parametrize("damage", DERIVED)
def test_every_derived_column_is_rebuilt_as_it_was(lived_in: Board, damage: str) -> None:
    before = everything(lived_in)
    change(lived_in, DERIVED[damage])
    assert lived_in.verify()
    assert lived_in.repair().left == []
    assert lived_in.verify() == []
    after = everything(lived_in)
    for table in ("task", "task_text", "edge", "attempt", "delivery", "lane"):
        for was, one in zip(before[table], after[table], strict=True):
            for passing in ("ord", "created_ms", "updated_ms", "lease_until_ms", "reply", "bucket"):
                was.pop(passing, None)
                one.pop(passing, None)
            assert one == was
    assert {e["kind"] for e in after["event"]} - {e["kind"] for e in before["event"]} == {
        "repaired"
    }


@pytest.mark.parametrize("damage", sorted(NOT_IN_THE_LOG))
def test_what_the_log_cannot_tell_is_refused_and_nothing_is_changed(
    lived_in: Board, damage: str
) -> None:
    change(lived_in, DAMAGE[damage][0])
    before = everything(lived_in)
    with pytest.raises(Conflict, match="nothing was changed"):
        lived_in.repair()
    assert everything(lived_in) == before


def test_what_can_be_repaired_is_and_the_rest_is_named(lived_in: Board) -> None:
    change(lived_in, "DELETE FROM event WHERE revision = 3", "UPDATE task SET pending = 9")
    done = lived_in.repair()
    assert any("some are missing" in one for one in done.left)
    assert not any("pending" in one for one in done.left)


def test_the_backup_holds_what_was_there_before(lived_in: Board) -> None:
    change(lived_in, "UPDATE task SET title = 'damaged' WHERE key = 'a'")
    done = lived_in.repair()
    assert done.backup is not None
    with closing(sqlite3.connect(done.backup)) as copy:
        assert copy.execute("SELECT title FROM task WHERE key = 'a'").fetchall() == [("damaged",)]
    assert Path(done.backup).stat().st_mode & 0o077 == 0
    change(lived_in, "UPDATE task SET title = 'again' WHERE key = 'a'")
    assert lived_in.repair().backup not in (None, done.backup)


def test_a_sound_board_is_left_alone(lived_in: Board) -> None:
    before = everything(lived_in)
    done = lived_in.repair()
    assert (done.backup, done.problems, done.repaired) == (None, [], 0)
    assert everything(lived_in) == before


def test_a_repaired_board_goes_on(lived_in: Board) -> None:
    held = lived_in.join(agent="ann")
    mine = lease(lived_in, "w1", held.session)
    for statement in ("UPDATE task SET ord = 5, neg_rank = 0", "DELETE FROM edge"):
        change(lived_in, statement)
    lived_in.repair()
    lived_in.finish(mine, summary="done")
    lived_in.add(tasks=[{"key": "late", "needs": ["w2"], "before": ["c"]}])
    finish(lived_in, "w2")
    finish(lived_in, "late")
    assert lived_in.verify() == []


def test_a_repaired_board_that_nobody_has_searched_can_be_redacted(board: Board) -> None:
    board.add([{"key": "a", "spec": "the word is hunter2"}])
    change(board, "UPDATE task SET neg_rank = -7")
    assert board.repair().problems
    assert board.redact("hunter2").changed
    assert board.graph("search", query="word").hits
    assert board.verify() == []


def test_the_search_index_is_read_anew_by_a_repair(board: Board) -> None:
    board.add(tasks=[{"key": "a", "spec": "needle"}])
    board.graph("search", query="needle")
    board.store.write(lambda tx: tx.run(Sql("UPDATE recall SET body = 'x'")))
    assert board.verify_index() != []
    done = board.repair()
    assert done.problems[0] == "task a: its spec cannot be found as it is"
    assert [one["task"] for one in board.graph("search", query="needle").hits] == ["a"]
    assert board.verify_index() == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE pool SET spent_ms = 1, reserved_tokens = 2",
        "UPDATE pool SET limit_ms = 1",
        "UPDATE task SET purse = 'x'",
        "UPDATE board SET pools = 0",
        "DELETE FROM pool",
        "INSERT INTO pool (board_id, grouping) VALUES (1, 'more')",
    ],
)
def test_budgets_are_added_up_again(board: Board, clock: ManualClock, damage: str) -> None:
    board.budget(minutes=600)
    board.budget(minutes=60, group="g")
    board.add(tasks=[{"key": k, "group": "g", "estimate": 5} for k in ("a", "b", "c")])
    held = lease(board, "a")
    clock.advance(minutes=2)
    board.finish(held, summary="done")
    lease(board, "b")
    before = everything(board)["pool"]
    change(board, damage)
    assert board.verify()
    assert board.repair().left == []
    assert board.verify() == []
    assert everything(board)["pool"] == before


def test_only_an_admin_repairs(board: Board) -> None:
    with pytest.raises(Forbidden):
        Board(board.store, board.name, Caller("weak", "plan")).repair()


@pytest.mark.parametrize("seed", range(3))
def test_a_board_that_was_wandered_over_survives_the_loss_of_all_that_is_derived(
    board: Board, clock: ManualClock, seed: int
) -> None:
    board.add(tasks=[{"key": "first"}, {"key": "second", "needs": ["first"]}])
    wanderer = Wanderer(board, clock, seed + 300)
    for _ in range(60):
        wanderer.step()
    change(
        board,
        "UPDATE task SET pending = 3, soft_pending = 2, parts_open = 1, neg_rank = 4, "
        "ord = id % 3, lane = 'x', state = 'waiting', title = '', round = 9",
        "DELETE FROM edge",
        "UPDATE board SET ready = 5, policy = '{}', next_ord = 1",
    )
    assert board.repair().left == []
    for _ in range(20):
        wanderer.step()
    assert board.verify() == []
