"""Taking a task over from its holder: asked for, allowed, and told."""

from __future__ import annotations

from hands import claim, finish, lease, refused, row, worker

from headwater import Board
from headwater.operations.caller import Caller


def test_a_take_over_fences_the_holder_off_and_charges_no_attempt(board: Board) -> None:
    board.add([{"key": "a"}])
    lease(board, "a", worker(board, "ann"))
    got = board.claim(worker(board, "bob"), "a", take_over=True)
    assert (got.fence, got.attempt) == (2, 1)


def test_the_holder_is_told(board: Board) -> None:
    board.add([{"key": "a"}])
    ann = worker(board, "ann")
    lease(board, "a", ann)
    board.claim(worker(board, "bob"), "a", take_over=True)
    told = board.check(session=ann).notices
    assert told is not None
    assert [(one.kind, one.data) for one in told] == [("lease_lost", {"why": "taken_over"})]


def test_the_holders_note_goes_to_the_one_who_takes_over(board: Board) -> None:
    board.add([{"key": "a"}])
    board.check(lease(board, "a"), note="half way")
    assert board.claim(worker(board, "bob"), "a", take_over=True).note == "half way"


def test_a_worker_without_the_right_to_plan_may_not_take_over(board: Board) -> None:
    board.add([{"key": "a"}])
    lease(board, "a")
    low = Board(board.store, board.name, Caller(credential="low", rights="work"))
    session = worker(low)
    with refused(board, "forbidden", "take_over needs the right 'plan'"):
        low.claim(session, "a", take_over=True)


def test_taking_over_ones_own_task_gives_its_briefing_again(board: Board) -> None:
    board.add([{"key": "a"}])
    session = worker(board)
    first = claim(board, "a", session)
    again = board.claim(session, "a", take_over=True)
    assert (again.lease, again.already_holding) == (first.lease, True)


def test_taking_over_a_task_nobody_holds_is_a_claim(board: Board) -> None:
    board.add([{"key": "a"}])
    assert board.claim(worker(board), "a", take_over=True).fence == 1


def test_a_take_over_that_cannot_become_a_claim_leaves_the_holder_alone(board: Board) -> None:
    board.add([{"key": "u"}, {"key": "a", "needs": ["u"]}])
    finish(board, "u")
    lease(board, "a")
    board.rework("u", "again")
    session = worker(board)
    with refused(board, "wrong_state", "waits for 1 unfinished"):
        board.claim(session, "a", take_over=True)
    assert row(board, "a")["state"] == "active"
