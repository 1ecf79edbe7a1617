"""Taking a task over from its holder: asked for, allowed, and told."""

from __future__ import annotations

import pytest
from hands import claim, finish, lease, notices, refused, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import StaleLease
from headwater.operations.caller import Caller


def test_a_take_over_fences_the_holder_off_and_charges_no_attempt(board: Board) -> None:
    board.add([{"key": "a"}])
    lease(board, "a", worker(board, "ann"))
    got = board.claim(worker(board, "bob"), "a", take_over=True)
    assert (got.fence, got.attempt) == (2, 1)


def test_a_take_over_of_a_later_attempt_goes_on_with_that_one(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    board.finish(lease(board, "a"), "failed", notes="no luck")
    clock.advance(minutes=60)
    assert claim(board, "a").attempt == 2
    assert board.claim(worker(board), "a", take_over=True).attempt == 2


def test_a_claim_of_what_is_held_says_who_has_it_and_that_a_planner_may_take_it(
    board: Board,
) -> None:
    board.add([{"key": "a"}])
    lease(board, "a", worker(board, "ann"))
    bob = worker(board, "bob")
    with refused(board, "task_held", "claim() for other work; a planner may") as error:
        board.claim(bob, "a")
    assert "anybody" not in error.value.next
    said = {**error.value.state}
    assert str(said.pop("holder")).startswith("ann/")
    assert int(str(said.pop("until_s"))) > 60
    assert said == {"task": "a", "state": "active"}


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
    with refused(board, "wrong_state", "waits for 1 unfinished") as error:
        board.claim(session, "a", take_over=True)
    assert error.value.state["state"] == "active"
    with refused(board, "task_held", "nobody can take it over before its reopened upstreams"):
        board.claim(session, "a")


# -- by anybody, once the holder has missed its check interval ------------------------------------


def _workers(board: Board) -> Board:
    """The same board for callers who may work and not plan."""
    return Board(board.store, board.name, Caller(credential="low", rights="work"))


def _held_for(board: Board, clock: ManualClock, minutes: float) -> tuple[Board, str]:
    """A task that ann has held for so long without a call, its lease alive all the time."""
    board.policy(check_minutes=10)
    board.add([{"key": "a"}])
    low = _workers(board)
    token = lease(low, "a", worker(low, "ann"))
    clock.advance(minutes=minutes)
    return low, token


def test_anybody_may_take_over_once_the_holder_has_missed_its_check_interval(
    board: Board, clock: ManualClock
) -> None:
    low, token = _held_for(board, clock, 10.6)
    got = low.claim(worker(low, "bob"), "a", take_over=True)
    assert (got.task, got.fence, got.attempt) == ("a", 2, 1)
    with pytest.raises(StaleLease, match="taken_over"):
        low.finish(token, summary="late")


def test_before_that_the_refusal_says_from_when_on(board: Board, clock: ManualClock) -> None:
    low, _token = _held_for(board, clock, 8)
    bob = worker(low, "bob")
    with refused(low, "task_held", "is held by ann/", "anybody may when its holder") as error:
        low.claim(bob, "a", take_over=True)
    assert error.value.state["take_over_in_s"] == 150
    clock.advance(minutes=2.4)
    with refused(low, "task_held"):
        low.claim(bob, "a", take_over=True)
    clock.advance(minutes=0.1)
    assert low.claim(bob, "a", take_over=True).task == "a"


def test_who_finds_nothing_hears_of_what_a_silent_holder_has(
    board: Board, clock: ManualClock
) -> None:
    low, _ = _held_for(board, clock, minutes=9)
    bob = worker(low, "bob")

    def nothing(kind: str = "any") -> tuple[int, str]:
        got = low.claim(bob, kind=kind)
        assert got.none is not None
        return (got.none.active or [])[0]["take_over_in_s"], got.next  # type: ignore[return-value]

    assert nothing() == (90, "claim(wait=45) waits for the next task")
    clock.advance(minutes=2)
    in_s, advice = nothing()
    assert in_s == 0
    assert 'claim(task="a", take_over=true)' in advice
    assert "take_over" not in nothing("review")[1]


def test_any_call_of_the_holder_counts_and_a_renewal_in_the_background_does_not(
    board: Board, clock: ManualClock
) -> None:
    board.policy(check_minutes=10)
    board.add([{"key": "a"}, {"key": "b"}])
    low = _workers(board)
    ann, sue, bob = (worker(low, name) for name in ("ann", "sue", "bob"))
    token = lease(low, "a", ann)
    lease(low, "b", sue)
    for _ in range(3):
        clock.advance(minutes=6)
        low.check(token)  # names no session: the lease does
        low.renew([sue])
    with refused(low, "task_held"):
        low.claim(bob, "a", take_over=True)
    assert low.claim(bob, "b", take_over=True).task == "b"


def test_a_claim_that_does_not_ask_says_that_it_might(board: Board, clock: ManualClock) -> None:
    low, _token = _held_for(board, clock, 11)
    bob = worker(low, "bob")
    with refused(low, "task_held", "anybody may claim(task, take_over=true)"):
        low.claim(bob, "a")


def test_late_work_of_the_one_taken_over_is_shown_to_the_new_holder(
    board: Board, clock: ManualClock
) -> None:
    low, token = _held_for(board, clock, 11)
    bob = worker(low, "bob")
    low.claim(bob, "a", take_over=True)
    with pytest.raises(StaleLease, match="kept as salvage"):
        low.finish(token, summary="all but the tests", critical={"port": 80})
    told = low.check(session=bob).notices
    assert told is not None
    assert [(one.kind, one.task) for one in told] == [("salvage", "a")]
    (left,) = low.claim(bob).salvage or []
    assert (left.summary, left.critical) == ("all but the tests", {"port": 80})


# -- of a review ----------------------------------------------------------------------------------


def _under_review(board: Board) -> str:
    board.add([{"key": "a", "review": True}])
    board.finish(lease(board, "a", worker(board, "ann")), summary="x")
    return board.claim(worker(board, "rob"), kind="review").lease or ""


def test_a_review_can_be_taken_over_and_the_first_reviewer_is_told(board: Board) -> None:
    token = _under_review(board)
    got = board.claim(worker(board, "rita"), "a", take_over=True)
    assert (got.kind, got.task) == ("review", "a")
    with refused(board, "stale_lease", "taken_over"):
        board.finish(token, "approve")
    assert [one["task"] for one in notices(board, "lease_lost")] == ["a"]
    assert board.finish(got.lease or "", "approve").state == "done"


def test_a_review_is_taken_over_only_by_those_who_may_review(board: Board) -> None:
    token = _under_review(board)
    author = worker(board, "ann")
    with refused(board, "wrong_state", "was worked on by this session, its agent"):
        board.claim(author, "a", take_over=True)
    assert board.finish(token, "approve").state == "done"


def test_a_review_whose_inputs_were_reopened_may_still_be_taken_over(board: Board) -> None:
    board.add([{"key": "u"}, {"key": "a", "needs": ["u"], "review": True}])
    finish(board, "u")
    finish(board, "a")
    board.claim(worker(board, "rob"), kind="review")
    board.rework("u", "again")
    rita = worker(board, "rita")
    with refused(board, "task_held", "is being reviewed by rob/", "a planner may claim(task"):
        board.claim(rita, "a")
    assert board.claim(rita, "a", take_over=True).kind == "review"


def test_a_worker_takes_a_review_over_only_after_the_check_interval(
    board: Board, clock: ManualClock
) -> None:
    _under_review(board)
    low = _workers(board)
    rita = worker(low, "rita")
    with refused(low, "forbidden", "take_over"):
        low.claim(rita, "a", take_over=True)
    board.policy(check_minutes=1)
    clock.advance(minutes=2)
    assert low.claim(rita, "a", take_over=True).kind == "review"
