"""`before`: a new task in front of existing ones."""

from __future__ import annotations

import json

import pytest
from hands import edges, finish, finish_all, lease, refused, row, rows, state, states

from headwater import Board


def test_an_existing_ready_task_waits_for_what_is_put_before_it(board: Board) -> None:
    board.add([{"key": "c"}])
    reply = board.add([{"key": "a", "before": ["c"]}])
    assert states(board) == {"a": "ready", "c": "waiting"}
    assert reply.edges == ["c needs a"]
    finish(board, "a")
    assert state(board, "c") == "ready"


def test_it_raises_the_consumers_version(board: Board) -> None:
    board.add([{"key": "c"}])
    board.add([{"key": "a", "before": ["c"]}])
    assert row(board, "c")["version"] == 2


def test_inside_a_batch_it_is_an_ordinary_need(board: Board) -> None:
    board.add([{"key": "a", "before": ["c"]}, {"key": "c"}])
    assert edges(board) == {("c", "a", "hard")}
    assert states(board) == {"a": "ready", "c": "waiting"}


def test_two_new_tasks_may_come_before_the_same_one(board: Board) -> None:
    board.add([{"key": "c"}])
    board.add([{"key": "a", "before": ["c"]}, {"key": "b", "before": ["c"]}])
    finish(board, "a")
    assert state(board, "c") == "waiting"
    finish(board, "b")
    assert state(board, "c") == "ready"


def test_a_task_can_be_inserted_into_an_edge(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "c", "needs": ["a"]}])
    board.add([{"key": "b", "needs": ["a"], "before": ["c"]}])
    finish(board, "a")
    assert states(board) == {"a": "done", "b": "ready", "c": "waiting"}


def test_many_insertions_into_the_same_edge_never_run_out_of_labels(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "z", "needs": ["a"]}])
    for n in range(40):
        board.add([{"key": f"m{n}", "needs": [f"m{n - 1}" if n else "a"], "before": ["z"]}])
    assert board.verify() == []
    finish_all(board, "a", *(f"m{n}" for n in range(40)))
    assert state(board, "z") == "ready"


def test_a_circle_through_the_board_is_named(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["b"]}])
    with refused(board, "cycle", "a needs x needs c needs b needs a") as error:
        board.add([{"key": "x", "needs": ["c"], "before": ["a"]}])
    assert error.value.state["cycle"] == ["a", "x", "c", "b", "a"]


def test_a_task_cannot_be_before_itself(board: Board) -> None:
    with refused(board, "cycle", "cannot be before itself"):
        board.add([{"key": "a", "before": ["a"]}])


def test_an_active_task_takes_no_new_upstream_from_others(board: Board) -> None:
    board.add([{"key": "c"}])
    lease(board, "c")
    with refused(board, "wrong_state", "only its holder", "soft"):
        board.add([{"key": "a", "before": ["c"]}])


@pytest.mark.parametrize("how", ["done", "review", "cancelled"])
def test_a_task_past_its_work_takes_no_new_upstream(board: Board, how: str) -> None:
    board.add([{"key": "c", "review": how == "review"}])
    if how == "cancelled":
        board.cancel(["c"])
    else:
        finish(board, "c")
    assert state(board, "c") == how
    with refused(board, "wrong_state", f"c is {how}", "rework"):
        board.add([{"key": "a", "before": ["c"]}])


def test_a_container_takes_no_new_upstream(board: Board) -> None:
    board.add([{"key": "c"}])
    board.split("c", [{"key": "c1"}])
    with refused(board, "wrong_state", "c is split", "to a part"):
        board.add([{"key": "a", "before": ["c"]}])


@pytest.mark.parametrize("outcome", ["failed", "blocked"])
def test_a_failed_or_held_task_waits_for_it_after_its_rework(board: Board, outcome: str) -> None:
    board.add([{"key": "c", "attempts": 1}])
    finish(board, "c", outcome=outcome, summary="why?")
    board.add([{"key": "a", "before": ["c"]}])
    board.rework("c", "again")
    assert state(board, "c") == "waiting"
    finish(board, "a")
    assert state(board, "c") == "ready"


def test_a_consumer_with_too_many_upstreams_is_named(board: Board) -> None:
    board.add([{"key": f"u{n}"} for n in range(256)])
    board.add([{"key": "c", "needs": [f"u{n}" for n in range(256)]}])
    with refused(board, "limit_exceeded", "c has 256 upstreams"):
        board.add([{"key": "a", "before": ["c"]}])


def test_the_order_in_which_a_batch_names_its_tasks_does_not_matter(board: Board) -> None:
    board.add([{"key": "c"}])
    board.add([{"key": "x", "needs": ["y"], "before": ["c"]}, {"key": "y", "before": ["c"]}])
    image = rows(board, "SELECT image FROM image WHERE aspect = 'edges' ORDER BY revision DESC")
    upstreams = [[edge[0] for edge in json.loads(one["image"])] for one in image]
    assert sorted(row(board, key)["id"] for key in "xy") in upstreams
