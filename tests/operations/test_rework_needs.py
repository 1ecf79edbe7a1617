"""Rework with `add_needs`: sent back, and waiting for more, in one call."""

from __future__ import annotations

import pytest
from hands import claim, edges, events, finish, finish_all, lease, refused, state, worker

from headwater import Board
from headwater.operations.caller import Caller


@pytest.fixture
def built(board: Board) -> Board:
    """`page` is done and needs `design`; `port` is not."""
    board.add([{"key": "design"}, {"key": "page", "needs": ["design"]}, {"key": "port"}])
    finish_all(board, "design", "page")
    return board


def test_the_new_round_waits_for_what_was_added(built: Board) -> None:
    reply = built.rework("page", "use the new port", add_needs=["port"], reason="it moved")
    assert (reply.state, reply.round, reply.edges) == ("waiting", 2, ["page needs port"])
    assert reply.next == (
        "read the edges; page waits for 1 upstream: claim(session) hands it out when all are done"
    )
    assert reply.warnings is None
    assert events(built, "page")[-2:] == ["reworked", "edited"]
    assert claim(built).task == "port"
    assert built.claim(worker(built)).none is not None


def test_once_that_is_done_the_round_is_claimed_with_it(built: Board) -> None:
    built.rework("page", "use the new port", add_needs=["port"])
    finish(built, "port", summary="8080")
    got = claim(built, "page")
    assert {one.task for one in got.upstream or []} == {"design", "port"}
    assert [one["text"] for one in got.feedback or []] == ["use the new port"]


@pytest.mark.parametrize("was", ["review", "active", "failed", "held", "cancelled", "released"])
def test_a_task_in_any_state_is_sent_back_to_wait(board: Board, was: str) -> None:
    board.add([{"key": "a", "review": was == "review", "attempts": 1}, {"key": "b"}])
    if was == "cancelled":
        board.cancel(["a"])
    elif was != "review":
        token = lease(board, "a")
        outcome = {"failed": "failed", "held": "blocked", "released": "release"}.get(was)
        if outcome:
            board.finish(token, outcome, summary="so")
    else:
        finish(board, "a")
    reply = board.rework("a", "with b", add_needs=["b"])
    assert (reply.state, reply.edges) == ("waiting", ["a needs b"])
    assert edges(board) == {("a", "b", "hard")}


def test_a_soft_upstream_becomes_one_that_is_waited_for(board: Board) -> None:
    board.add([{"key": "b"}, {"key": "a", "soft": ["b"]}])
    finish(board, "a")
    assert board.rework("a", "with b after all", add_needs=["b"]).state == "waiting"
    assert edges(board) == {("a", "b", "hard")}


def test_what_was_superseded_is_replaced_on_both_sides(built: Board) -> None:
    built.add([{"key": "page2", "supersedes": "page"}, {"key": "port2", "supersedes": "port"}])
    finish(built, "page2")
    reply = built.rework("page", "again", add_needs=["port"])
    assert (reply.task, reply.edges) == ("page2", ["page2 needs port2"])
    assert reply.warnings == ["port was superseded: port2 stands in its place"]


def test_a_circle_is_refused_and_the_round_is_not_begun(built: Board) -> None:
    built.add([{"key": "shop", "needs": ["page"]}])
    with refused(built, "cycle", "shop"):
        built.rework("page", "again", add_needs=["shop"])


def test_an_unknown_upstream_is_refused_and_the_round_is_not_begun(built: Board) -> None:
    with refused(built, "unknown_task", "did you mean port?"):
        built.rework("page", "again", add_needs=["prot"])


def test_who_sends_an_upstream_back_may_let_it_wait_too(built: Board) -> None:
    built.add([{"key": "shop", "needs": ["page"]}])
    reply = built.rework("page", "again", lease=lease(built, "shop"), add_needs=["port"])
    assert (reply.requester, reply.state) == ("shop", "waiting")
    finish_all(built, "port", "page")
    assert state(built, "shop") == "ready"


def test_the_holder_of_the_task_alone_may_add_to_what_is_worked_on(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c"}])
    finish(board, "a")
    token = lease(board, "b")
    board.rework("a", "again")
    lease(board, "a")
    with refused(board, "wrong_state", "a is being worked on by"):
        board.rework("a", "and so", lease=token, add_needs=["c"])


def test_to_let_another_task_wait_takes_the_right_to_plan(built: Board) -> None:
    built.add([{"key": "shop", "needs": ["page"]}])
    weak = Board(built.store, built.name, Caller("weak", "work"))
    token = lease(weak, "shop")
    with refused(built, "forbidden", "rework with add_needs"):
        weak.rework("page", "again", lease=token, add_needs=["port"])
    assert weak.rework("page", "again", lease=token).requester == "shop"
