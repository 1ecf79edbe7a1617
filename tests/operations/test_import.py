"""Importing a whole plan with the states it has reached elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from hands import claim, edges, events, finish, refused, row, rows, state, states, texts

from headwater import Board
from headwater.operations.caller import Caller

STATES = ("done", "done", "open", "open", "held", "failed", "cancelled")


def big_plan(count: int) -> list[dict[str, Any]]:
    """Seven interleaved chains, each task in a state of its own."""
    return [
        {
            "key": f"t{n}",
            "title": f"Task {n}",
            "needs": [f"t{n - 7}"] if n >= 7 else [],
            "state": STATES[n % 7],
            "summary": f"result {n}" if n % 2 else "",
            "notes": f"note {n}" if n % 3 else "",
        }
        for n in range(count)
    ]


def test_a_thousand_tasks_with_their_states_come_in_at_once(board: Board) -> None:
    reply = board.import_tasks(big_plan(1000))
    assert (reply.added, reply.edges) == (1000, 993)
    assert reply.next == "claim(session) hands out what is ready"
    counts = {"done": 286, "held": 143, "failed": 143, "cancelled": 142}
    assert {name: reply.states[name] for name in counts} == counts
    assert reply.states["ready"] + reply.states["waiting"] == 286
    assert events(board) == ["imported"]


def test_open_tasks_follow_their_upstreams(board: Board) -> None:
    board.import_tasks(
        [
            {"key": "a", "state": "done"},
            {"key": "b", "needs": ["a"]},
            {"key": "c", "needs": ["b"]},
            {"key": "d", "needs": ["e"]},
            {"key": "e", "state": "failed"},
        ]
    )
    assert states(board) == {
        "a": "done",
        "b": "ready",
        "c": "waiting",
        "d": "waiting",
        "e": "failed",
    }


def test_what_a_done_task_delivered_is_shown_to_its_dependents(board: Board) -> None:
    board.import_tasks(
        [{"key": "a", "state": "done", "summary": "the api"}, {"key": "b", "needs": ["a"]}]
    )
    assert [one.summary for one in claim(board, "b").upstream or []] == ["the api"]


def test_a_done_task_without_a_summary_is_still_shown(board: Board) -> None:
    board.import_tasks([{"key": "a", "state": "done"}, {"key": "b", "needs": ["a"]}])
    assert [one.task for one in claim(board, "b").upstream or []] == ["a"]


def test_notes_go_to_the_next_worker(board: Board) -> None:
    board.import_tasks([{"key": "a", "notes": "mind the gap"}])
    assert claim(board, "a").note == "mind the gap"


def test_the_notes_of_a_held_task_are_its_question(board: Board) -> None:
    board.import_tasks([{"key": "a", "state": "held", "notes": "which colour?"}])
    assert texts(board, "a")["question"] == "which colour?"
    board.answer("a", "blue")
    assert state(board, "a") == "ready"


@pytest.mark.parametrize("how", ["done", "held", "failed", "cancelled"])
def test_an_imported_task_can_be_reworked(board: Board, how: str) -> None:
    board.import_tasks([{"key": "a", "state": how, "summary": "s" if how == "done" else ""}])
    board.rework("a", "again")
    got = claim(board, "a")
    assert (got.round, got.attempt) == (2, 1)


def test_a_dry_run_changes_nothing_and_says_what_would_be(board: Board) -> None:
    before = board.revision()
    reply = board.import_tasks(big_plan(70), dry_run=True)
    assert (reply.added, reply.dry_run, reply.states["done"]) == (70, True, 20)
    assert reply.next == "nothing was changed: the same without dry_run makes these changes"
    assert (board.revision(), states(board)) == (before, {})


def test_a_dry_run_finds_the_same_faults(board: Board) -> None:
    with refused(board, "cycle", "a needs b needs a"):
        board.import_tasks(
            [{"key": "a", "needs": ["b"]}, {"key": "b", "needs": ["a"]}], dry_run=True
        )


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("new", "code"),
    [
        ({"before": ["done"]}, "wrong_state"),
        ({"before": ["a"], "needs": ["b"]}, "cycle"),
        ({"state": "done", "artifacts": [{"name": "x"}]}, "bad_request"),
    ],
)
def test_a_dry_run_is_refused_for_whatever_a_real_one_is(
    board: Board, new: dict[str, Any], code: str, dry_run: bool
) -> None:
    board.add([{"key": "done"}, {"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "done")
    with refused(board, code):
        board.import_tasks([{"key": "n", **new}], dry_run=dry_run)


def test_a_taken_key_refuses_the_whole_import(board: Board) -> None:
    board.add([{"key": "a"}])
    with refused(board, "duplicate_key", "a"):
        board.import_tasks([{"key": "b"}, {"key": "a"}])


def test_existing_tasks_can_be_skipped_and_stay_as_they_are(board: Board) -> None:
    board.add([{"key": "a", "title": "mine"}])
    finish(board, "a")
    reply = board.import_tasks(
        [{"key": "a", "title": "theirs"}, {"key": "b", "needs": ["a"]}], existing="skip"
    )
    assert (reply.added, reply.skipped) == (1, 1)
    assert (row(board, "a")["title"], state(board, "b")) == ("mine", "ready")


def test_an_import_of_only_existing_tasks_is_no_revision(board: Board) -> None:
    board.import_tasks(big_plan(10))
    before = board.revision()
    reply = board.import_tasks(big_plan(10), existing="skip")
    assert (reply.added, reply.skipped, board.revision()) == (0, 10, before)


def test_an_import_can_put_tasks_before_existing_ones(board: Board) -> None:
    board.add([{"key": "z"}])
    assert board.import_tasks([{"key": "a", "before": ["z", "z"]}]).edges == 1
    assert edges(board) == {("z", "a", "hard")}
    assert state(board, "z") == "waiting"


def test_a_finished_import_before_an_existing_task_does_not_block_it(board: Board) -> None:
    board.add([{"key": "z"}])
    board.import_tasks([{"key": "a", "state": "done", "before": ["z"]}])
    assert state(board, "z") == "ready"


def test_cancelled_tasks_lengthen_no_chain(board: Board) -> None:
    board.import_tasks(
        [{"key": "a"}, {"key": "b", "needs": ["a"], "state": "cancelled", "estimate": 99}]
    )
    assert row(board, "a")["neg_rank"] == -60_000


def test_deliveries_belong_to_their_tasks(board: Board) -> None:
    board.import_tasks([{"key": k, "state": "done", "summary": k} for k in ("x", "y")])
    query = "SELECT t.key, d.summary FROM delivery d JOIN task t ON t.id = d.task_id"
    assert [(one["key"], one["summary"]) for one in rows(board, query)] == [
        ("x", "x"),
        ("y", "y"),
    ]


def test_an_import_cannot_supersede(board: Board) -> None:
    board.add([{"key": "old"}])
    with refused(board, "bad_request", "cannot supersede"):
        board.import_tasks([{"key": "new", "supersedes": "old"}])


def test_unknown_and_duplicate_keys_are_refused(board: Board) -> None:
    with refused(board, "unknown_task", "ghost"):
        board.import_tasks([{"key": "a", "needs": ["ghost"]}])
    with refused(board, "duplicate_key", "twice in this call: a"):
        board.import_tasks([{"key": "a"}, {"key": "a"}])
    with refused(board, "bad_request", "state"):
        board.import_tasks([{"key": "a", "state": "active"}])
    with refused(board, "bad_request", "tasks"):
        board.import_tasks([])


def test_importing_needs_the_right_to_plan(board: Board) -> None:
    weak = Board(board.store, board.name, Caller("weak", "work"))
    with refused(board, "forbidden"):
        weak.import_tasks([{"key": "a"}])
