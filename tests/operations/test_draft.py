"""New tasks are drafted before the write lock is taken; the board has its say under it."""

from __future__ import annotations

import pytest
from hands import edges, finish, refused, row, texts

from headwater import Board, limits
from headwater.operations import dispatch
from headwater.operations.caller import LOCAL
from headwater.operations.unformed import Answer, formed
from headwater.store.transaction import Tx
from headwater.verbs.base import Reply, Request
from headwater.verbs.importing import ImportRequest
from headwater.verbs.plan import AddRequest


class Undone(Exception):
    """The database undid a transaction because of another."""


def attempt(board: Board, request: Request, handler: dispatch.Handler, *, undone: bool) -> Reply:
    def operation(tx: Tx) -> Answer:
        answer = dispatch.execute(tx, board.id, board.store.lease_key, request, LOCAL, handler)
        if undone:
            raise Undone
        return answer

    return formed(board.store.write(operation))


def test_a_draft_serves_again_after_its_transaction_was_undone(board: Board) -> None:
    """What the board decided the first time is decided anew: state, review, label, edges."""
    board.add([{"key": "old"}, {"key": "consumer"}])
    new = [
        {"key": "b", "needs": ["a"], "before": ["consumer"]},
        {"key": "a", "needs": ["old"], "spec": "Do it."},
    ]
    request = AddRequest.parse({"tasks": new})
    handler = dispatch.prepare(request)
    board.policy(review="always")
    with pytest.raises(Undone):
        attempt(board, request, handler, undone=True)
    board.policy(review="asked")
    board.add([{"key": "between"}])
    finish(board, "old")
    reply = attempt(board, request, handler, undone=False)
    assert [task["state"] for task in reply.as_dict()["tasks"]] == ["waiting", "ready"]
    assert (row(board, "a")["review"], row(board, "a")["pending"]) == (0, 0)
    assert edges(board) == {("a", "old", "hard"), ("b", "a", "hard"), ("consumer", "b", "hard")}


def test_so_does_the_draft_of_an_import(board: Board) -> None:
    done = {"key": "a", "state": "done", "summary": "made", "notes": "mind the gap"}
    request = ImportRequest.parse({"tasks": [done, {"key": "b", "needs": ["a"]}]})
    handler = dispatch.prepare(request)
    with pytest.raises(Undone):
        attempt(board, request, handler, undone=True)
    board.add([{"key": "between"}])
    attempt(board, request, handler, undone=False)
    assert row(board, "a")["delivery_id"] > 0
    assert texts(board, "a")["note"] == "mind the gap"
    assert row(board, "b")["state"] == "ready"


@pytest.mark.parametrize(
    ("tasks", "code"),
    [
        ([{"key": "a", "needs": ["a"]}, {"key": "a"}], "duplicate_key"),
        ([{"key": "a", "needs": ["b"]}, {"key": "b", "needs": ["a", "ghost"]}], "unknown_task"),
        ([{"key": "a", "supersedes": "b"}, {"key": "b", "needs": ["b"]}], "bad_request"),
    ],
)
def test_what_is_wrong_with_edges_is_said_after_what_is_wrong_with_keys(
    board: Board, tasks: list[dict[str, object]], code: str
) -> None:
    with refused(board, code):
        board.add(tasks)


def test_a_draft_follows_a_task_that_was_superseded(board: Board) -> None:
    """Its edges are read anew: what was drafted named another task."""
    board.add([{"key": "first"}])
    board.add([{"key": "second", "supersedes": "first"}])
    reply = board.add([{"key": "a", "needs": ["first", "b"]}, {"key": "b", "soft": ["first"]}])
    assert reply.warnings == ["first was superseded: second stands in its place"]
    wanted = {("a", "second", "hard"), ("a", "b", "hard"), ("b", "second", "soft")}
    assert wanted <= edges(board)
    assert not any(upstream == "first" for task, upstream, _ in edges(board) if task in "ab")


def test_before_makes_a_soft_edge_of_the_same_batch_hard(board: Board) -> None:
    board.add([{"key": "a", "before": ["b"]}, {"key": "b", "soft": ["a"]}])
    assert edges(board) == {("b", "a", "hard")}
    assert row(board, "b")["state"] == "waiting"


def test_before_keeps_a_contract_of_the_same_batch(board: Board) -> None:
    contract = {"task": "a", "promise": "the schema"}
    board.add([{"key": "a", "before": ["b"]}, {"key": "b", "contracts": [contract]}])
    assert board.graph(task="b").needs[0].promise == "the schema"


def test_a_new_task_that_many_are_before_has_the_limit_of_all(board: Board) -> None:
    many = limits.NEEDS_PER_TASK + 1
    with refused(board, "limit_exceeded", f"z has {many} upstreams"):
        board.add([{"key": "z"}, *({"key": f"t{at}", "before": ["z"]} for at in range(many))])


def test_two_contracts_with_one_task_are_refused(board: Board) -> None:
    both = [{"task": "a", "promise": "x"}, {"task": "a", "promise": "y"}]
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    with refused(board, "bad_request", "two contracts with the same task"):
        board.add([{"key": "c", "contracts": both}])
    with refused(board, "bad_request", "two contracts with the same task"):
        board.edit("b", contracts=both)
