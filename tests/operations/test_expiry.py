"""Leases run out by themselves; a late holder is welcome until somebody else has claimed."""

from __future__ import annotations

import pytest
from hands import claim, events, finish, lease, refused, row, rows, state, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import StaleLease


def _pass(board: Board, clock: ManualClock, minutes: int) -> None:
    """Time passes while others call now and then."""
    other = worker(board, "other")
    for _ in range(minutes):
        clock.advance(minutes=1)
        board.check(session=other)


def test_an_expired_lease_returns_the_task_charges_an_attempt_and_keeps_the_fence(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    lease(board, "a")
    _pass(board, clock, 61)
    after = row(board, "a")
    assert (after["state"], after["attempt"], after["fence"], after["session_id"]) == (
        "ready",
        1,
        1,
        0,
    )
    assert claim(board, "a").attempt == 2


def test_the_lease_of_a_holder_that_never_checked_in_expires_too(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    lease(board, "a")
    _pass(board, clock, 59)
    assert board.claim(worker(board)).none is not None
    _pass(board, clock, 2)
    assert board.claim(worker(board)).task == "a"


def test_the_policy_sets_how_long_a_lease_lasts(board: Board, clock: ManualClock) -> None:
    board.policy(lease_minutes=2)
    board.add([{"key": "a"}])
    assert claim(board, "a").expires_in_s == 120
    _pass(board, clock, 3)
    assert row(board, "a")["state"] == "ready"


def test_expiry_of_the_last_attempt_fails_the_task(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a", "attempts": 1}])
    lease(board, "a")
    _pass(board, clock, 61)
    assert row(board, "a")["state"] == "failed"


def test_a_late_finish_is_accepted_while_nobody_has_claimed(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    token = lease(board, "a")
    _pass(board, clock, 61)
    done = board.finish(token, summary="late")
    assert (done.state, done.unblocked) == ("done", ["b"])
    assert events(board, "a")[-2:] == ["revived", "finished"]


def test_a_late_finish_is_accepted_even_after_the_last_attempt_expired(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "attempts": 1}])
    token = lease(board, "a")
    _pass(board, clock, 61)
    assert row(board, "a")["state"] == "failed"
    assert board.finish(token, summary="late").state == "done"


@pytest.mark.parametrize("by_session", [False, True])
def test_nothing_revives_the_lease_of_the_last_attempt_once_the_task_was_reworked(
    board: Board, clock: ManualClock, by_session: bool
) -> None:
    board.add([{"key": "a", "attempts": 1}])
    session = worker(board)
    token = lease(board, "a", session)
    _pass(board, clock, 61)
    board.rework("a", "another way")
    checked = board.check(session=session) if by_session else board.check(token)
    assert checked.leases == []
    with pytest.raises(StaleLease):
        board.finish(token, summary="the old way")
    assert state(board, "a") == "ready"
    assert [one["text"] for one in claim(board, "a").feedback or []] == ["another way"]


@pytest.mark.parametrize("by_session", [False, True])
def test_a_late_check_revives_the_lease(board: Board, clock: ManualClock, by_session: bool) -> None:
    board.add([{"key": "a"}])
    session = worker(board)
    token = lease(board, "a", session)
    _pass(board, clock, 61)
    checked = board.check(session=session) if by_session else board.check(token)
    assert [(held.task, held.lease, held.expires_in_s) for held in checked.leases] == [
        ("a", token, 3600)
    ]
    assert checked.notices is None, "what was lost is back"
    assert row(board, "a")["state"] == "active"
    assert rows(board, "SELECT ended_ms, outcome FROM attempt") == [{"ended_ms": 0, "outcome": ""}]


def test_any_call_by_a_lapsed_lease_revives_it_for_its_whole_length(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    _pass(board, clock, 61)
    board.edit("a", set={"spec": "as found out"}, lease=token)
    assert row(board, "a")["state"] == "active"
    assert row(board, "a")["lease_until_ms"] == clock.wall_ms() + 3_600_000


def _with_a_lapsed_lease_beside_another(board: Board, clock: ManualClock) -> tuple[str, str]:
    """A session that lost `a` to the clock and holds `b`; the lease of `a`."""
    board.add([{"key": "a"}, {"key": "b"}])
    session = worker(board)
    old = lease(board, "a", session)
    _pass(board, clock, 61)
    lease(board, "b", session)
    return session, old


def test_no_call_but_a_finish_revives_a_lease_beside_another(
    board: Board, clock: ManualClock
) -> None:
    session, old = _with_a_lapsed_lease_beside_another(board, clock)
    with refused(board, "stale_lease", "edit refused", "go on with b"):
        board.edit("a", set={"spec": "as found out"}, lease=old)
    assert [held.task for held in board.join(session=session).leases] == ["b"]


def test_a_lapsed_lease_is_not_revived_by_a_session_that_holds_another(
    board: Board, clock: ManualClock
) -> None:
    session, old = _with_a_lapsed_lease_beside_another(board, clock)
    lost = board.check(old).lost
    assert lost is not None
    assert (lost[0].task, lost[0].why) == ("a", "expired")
    assert [held.task for held in board.check(session=session).leases] == ["b"]
    assert board.finish(old, summary="late").state == "done", "finishing it needs no second lease"


def test_claim_next_of_a_late_finish_gives_the_lease_the_session_holds(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c"}])
    session = worker(board)
    old = lease(board, "a", session)
    _pass(board, clock, 61)
    lease(board, "b", session)
    claimed = board.finish(old, summary="late", claim_next=True).claimed
    assert claimed is not None
    assert (claimed.task, claimed.already_holding) == ("b", True)


def test_a_new_claim_ends_the_chance_of_the_late_holder(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    _pass(board, clock, 61)
    claim(board, "a")
    with refused(board, "stale_lease", "is over (expired)"):
        board.finish(token)


def test_an_expired_review_is_offered_again_and_charges_no_attempt(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "review": True}])
    board.finish(lease(board, "a"), summary="x")
    board.claim(worker(board, "rob"), kind="review")
    _pass(board, clock, 61)
    assert (row(board, "a")["state"], row(board, "a")["attempt"]) == ("review", 1)
    assert board.claim(worker(board, "rita"), kind="review").task == "a"


def test_a_late_approval_is_accepted_while_nobody_else_reviews(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "review": True}])
    board.finish(lease(board, "a"), summary="x")
    token = board.claim(worker(board, "rob"), kind="review").lease or ""
    _pass(board, clock, 61)
    assert board.finish(token, "approve").state == "done"


def test_a_late_approval_is_refused_once_somebody_else_reviews(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "review": True}])
    board.finish(lease(board, "a"), summary="x")
    token = board.claim(worker(board, "rob"), kind="review").lease or ""
    _pass(board, clock, 61)
    board.claim(worker(board, "rita"), kind="review")
    with refused(board, "stale_lease"):
        board.finish(token, "approve")


def test_after_a_gap_of_all_calls_expiry_is_put_off_by_two_minutes(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    session = worker(board)
    lease(board, "a", session)
    clock.advance(minutes=8 * 60)
    assert board.claim(worker(board, "bob")).none is not None
    clock.advance(seconds=119)
    assert board.claim(worker(board, "bob")).none is not None
    clock.advance(seconds=2)
    assert board.claim(worker(board, "bob")).task == "a"


@pytest.mark.parametrize("first", ["finish", "add", "tell", "claim several"])
def test_after_a_gap_expiry_is_put_off_whatever_the_first_call_is(
    board: Board, clock: ManualClock, first: str
) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    mine = lease(board, "a")
    lease(board, "b")
    bob = worker(board, "bob")
    clock.advance(minutes=8 * 60)
    match first:
        case "finish":
            board.finish(mine, summary="done before the lid was closed")
        case "add":
            board.add([{"key": "c", "needs": ["b"]}])
        case "claim several":
            board.claim(bob, count=2)
        case _:
            board.tell("all", "good morning")
    clock.advance(seconds=119)
    board.check(session=bob)
    assert row(board, "b")["state"] == "active"
    clock.advance(seconds=2)
    board.check(session=bob)
    assert row(board, "b")["state"] == "ready"


def test_after_a_gap_a_review_is_not_handed_to_another_at_once_either(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a")
    assert board.claim(worker(board, "rob")).kind == "review"
    clock.advance(minutes=8 * 60)
    assert board.claim(worker(board, "bob")).none is not None
    clock.advance(seconds=121)
    assert board.claim(worker(board, "bob")).task == "a"


def test_a_holder_that_wakes_with_the_laptop_keeps_its_lease(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    clock.advance(minutes=8 * 60)
    board.claim(worker(board, "bob"))
    clock.advance(seconds=30)
    board.check(token)
    clock.advance(minutes=10)
    board.claim(worker(board, "bob"))
    assert row(board, "a")["state"] == "active"


def test_a_lease_that_had_expired_before_the_gap_gets_no_grace(
    board: Board, clock: ManualClock
) -> None:
    board.policy(leases_per_session=2)
    board.add([{"key": "a"}, {"key": "b"}])
    lease(board, "a", worker(board, "ann"))
    clock.advance(minutes=30)
    lease(board, "b", worker(board, "ben"))
    clock.advance(minutes=32)
    board.add([{"key": "c", "needs": ["a"]}])  # a call that reclaims nothing, then silence
    clock.advance(minutes=60)
    assert board.claim(worker(board, "cid")).task == "a"
    assert row(board, "b")["state"] == "active", "b ran out during the gap"


def test_a_short_silence_is_no_gap(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}])
    lease(board, "a")
    _pass(board, clock, 58)
    clock.advance(minutes=4)
    assert board.claim(worker(board, "bob")).task == "a"


def test_at_most_twenty_leases_are_reclaimed_by_one_call(board: Board, clock: ManualClock) -> None:
    board.policy(leases_per_session=64)
    board.add([{"key": f"t{at}"} for at in range(30)])
    board.claim(worker(board), count=30)
    other = worker(board, "other")
    for _ in range(60):
        clock.advance(minutes=1)
        board.claim(other, kind="review")
    counts = []
    for _ in range(3):
        board.claim(other, kind="review")
        counts.append(board.join("look").counts.get("active", 0))
    assert counts[-1] == 0
    assert events(board).count("expired") == 30


def test_the_late_holder_learns_of_the_expiry_by_a_notice(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    session = worker(board)
    lease(board, "a", session)
    clock.advance(minutes=59)
    board.claim(worker(board, "x"), kind="review")
    clock.advance(minutes=2)
    board.claim(session, "b")
    told = board.check(session=session).notices
    assert told is not None
    assert [(one.kind, one.task, one.data) for one in told] == [
        ("lease_lost", "a", {"why": "expired"})
    ], "although its own call was the one that found it"
