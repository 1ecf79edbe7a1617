"""What people do: done, release, answer, pause, resume."""

from __future__ import annotations

import json

import pytest
from hands import (
    claim,
    events,
    finish,
    lease,
    notices,
    refused,
    row,
    rows,
    state,
    states,
    texts,
    worker,
)

from headwater import Board
from headwater.errors import HeadwaterError
from headwater.operations.caller import Caller


@pytest.fixture
def pair(board: Board) -> Board:
    """b needs a."""
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    return board


def test_done_accepts_at_once_and_releases_the_consumers(pair: Board) -> None:
    reply = pair.done("a", "did it myself")
    assert (reply.state, reply.unblocked) == ("done", ["b"])
    seen = claim(pair, "b").upstream or []
    assert [(one.task, one.summary) for one in seen] == [("a", "did it myself")]


def test_done_fences_the_holder_off_and_tells_it(pair: Board) -> None:
    late = lease(pair, "a")
    pair.done("a")
    assert [one["task"] for one in notices(pair, "lease_lost")] == ["a"]
    with pytest.raises(HeadwaterError) as error:
        pair.finish(late, summary="late")
    assert error.value.code == "stale_lease"
    assert state(pair, "a") == "done"


@pytest.mark.parametrize("how", ["waiting", "review", "held", "failed"])
def test_done_works_in_every_open_state(board: Board, how: str) -> None:
    board.add([{"key": "u"}, {"key": "a", "attempts": 1, "review": how == "review"}])
    if how == "waiting":
        board.edit("a", add_needs=["u"])
    else:
        outcome = {"review": "done", "held": "blocked", "failed": "failed"}[how]
        finish(board, "a", outcome=outcome)
    assert state(board, "a") == how
    board.done("a")
    assert (state(board, "a"), row(board, "a")["gate"]) == ("done", "")


def test_done_takes_a_task_in_backoff_out_of_the_queue(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", outcome="failed")
    board.done("a")
    assert row(board, "a")["due_ms"] == 0


def test_done_can_close_a_container_by_its_last_part(board: Board) -> None:
    board.add([{"key": "big"}])
    board.split("big", [{"key": "b1"}])
    board.done("b1")
    assert state(board, "big") == "done"


@pytest.mark.parametrize("how", ["done", "cancelled"])
def test_done_is_refused_on_a_closed_task(board: Board, how: str) -> None:
    board.add([{"key": "a"}])
    if how == "done":
        finish(board, "a")
    else:
        board.cancel(["a"])
    with refused(board, "wrong_state", f"a is {how}"):
        board.done("a", "text")


def test_done_is_refused_on_a_container(board: Board) -> None:
    board.add([{"key": "big"}])
    board.split("big", [{"key": "b1"}])
    with refused(board, "wrong_state", "its parts decide"):
        board.done("big")


def test_release_frees_a_stuck_holder_uncharged(pair: Board) -> None:
    late = lease(pair, "a")
    assert pair.release("a").state == "ready"
    assert (row(pair, "a")["attempt"], row(pair, "a")["releases"]) == (0, 0)
    with pytest.raises(HeadwaterError) as error:
        pair.finish(late, summary="late")
    assert error.value.code == "stale_lease"
    assert claim(pair, "a").attempt == 1


def test_release_frees_a_stuck_reviewer(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a")
    board.claim(worker(board, "judge"), "a")
    assert board.release("a").state == "review"
    assert claim(board, "a", worker(board, "other")).kind == "review"


def test_release_of_what_nobody_holds_is_refused(pair: Board) -> None:
    with refused(pair, "wrong_state", "nobody holds a"):
        pair.release("a")


def test_an_answer_opens_a_held_task_with_the_text(pair: Board) -> None:
    finish(pair, "a", outcome="blocked", summary="which colour?")
    assert texts(pair, "a")["question"] == "which colour?"
    assert pair.answer("a", "blue").state == "ready"
    got = claim(pair, "a")
    assert [one["text"] for one in got.feedback or []] == ["blue"]
    assert texts(pair, "a")["question"] == ""


def test_an_answer_to_a_task_that_asks_nothing_is_refused(pair: Board) -> None:
    with refused(pair, "wrong_state", "it asks nothing", "rework"):
        pair.answer("a", "blue")


def test_an_empty_answer_is_refused(pair: Board) -> None:
    finish(pair, "a", outcome="blocked", summary="?")
    with refused(pair, "bad_request", "needs text"):
        pair.answer("a", "  ")


def test_unknown_tasks_are_refused(board: Board) -> None:
    for call in (board.done, board.release):
        with refused(board, "unknown_task"):
            call("ghost")
    with refused(board, "unknown_task"):
        board.answer("ghost", "text")


def test_these_verbs_need_the_right_to_plan(pair: Board) -> None:
    weak = Board(pair.store, pair.name, Caller("weak", "work"))
    for call in (weak.done, weak.release):
        with refused(pair, "forbidden"):
            call("a")
    for pausing in (weak.pause, weak.resume):
        with refused(pair, "forbidden"):
            pausing()


def test_a_paused_board_hands_out_nothing_and_says_so(pair: Board) -> None:
    assert pair.pause("lunch").state == "paused"
    none = pair.claim(worker(pair)).none
    assert none is not None
    assert none.reason == "paused"
    with pytest.raises(HeadwaterError, match="paused"):
        pair.claim(worker(pair), "a")


def test_work_under_way_may_be_finished_while_paused(pair: Board) -> None:
    mine = lease(pair, "a")
    pair.pause()
    done = pair.finish(mine, summary="ok", claim_next=True)
    assert done.state == "done"
    assert done.claimed is not None
    assert done.claimed.none is not None


def test_resume_hands_out_again(pair: Board) -> None:
    pair.pause()
    assert pair.resume().state == "open"
    assert claim(pair).task == "a"


def test_pausing_twice_is_one_event(pair: Board) -> None:
    pair.pause()
    pair.pause()
    pair.resume()
    pair.resume()
    assert events(pair)[-2:] == ["paused", "resumed"]
    assert events(pair).count("paused") == 1


def test_plans_may_change_while_paused(pair: Board) -> None:
    pair.pause()
    pair.add([{"key": "x"}])
    pair.edit("x", add_needs=["a"])
    pair.cancel(["x"])
    assert states(pair)["x"] == "cancelled"


def test_what_people_do_is_in_the_log_with_its_author(pair: Board) -> None:
    pair.done("a", "by hand")
    found = rows(pair, "SELECT actor, reason, data FROM event WHERE kind = 'done_by_hand'")
    assert (found[0]["actor"], found[0]["reason"]) == ("local", "by hand")
    assert json.loads(found[0]["data"])["delivery"]["summary"] == "by hand"


def test_done_without_a_word_after_a_rework_warns_that_the_old_delivery_stands(pair: Board) -> None:
    finish(pair, "a", summary="wrong")
    pair.rework("a", "not right")
    assert "an earlier round delivered" in (pair.done("a").warnings or [""])[0]
    pair.rework("a", "once more")
    assert pair.done("a", "right now").warnings is None


def test_done_without_a_word_accepts_what_waits_for_review_without_a_warning(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a")
    assert board.done("a").warnings is None
