"""A stale lease changes nothing; what its holder delivered is kept as salvage, once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hands import claim, lease, refused, row, rows, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import StaleLease

WAYS: dict[str, tuple[Callable[[Board], object], str]] = {
    "take_over": (
        lambda board: board.claim(worker(board, "bob"), "a", take_over=True),
        "taken_over",
    ),
    "rework": (lambda board: board.rework("a", "start over"), "reworked"),
    "cancel": (lambda board: board.cancel(["a"], reason="not needed"), "cancelled"),
    "person": (lambda board: board.release("a"), "released_by_person"),
    "done_by_hand": (lambda board: board.done("a", "I did it"), "done_by_hand"),
}


def _salvage(board: Board) -> list[str]:
    query = "SELECT summary FROM delivery WHERE salvage = 1 ORDER BY id"
    return [one["summary"] for one in rows(board, query)]


@pytest.mark.parametrize("way", WAYS)
def test_a_holder_that_lost_its_task_cannot_finish_and_its_work_is_kept(
    board: Board, way: str
) -> None:
    take_away, why = WAYS[way]
    board.add([{"key": "a"}])
    token = lease(board, "a")
    take_away(board)
    before = row(board, "a")
    with pytest.raises(StaleLease, match="kept as salvage") as error:
        board.finish(token, summary="my work", critical={"x": 1})
    assert error.value.state["why"] == why
    assert row(board, "a") == before
    assert _salvage(board) == ["my work"]


@pytest.mark.parametrize("way", WAYS)
def test_a_check_with_a_stale_lease_says_why_it_is_lost(board: Board, way: str) -> None:
    take_away, why = WAYS[way]
    board.add([{"key": "a"}])
    token = lease(board, "a")
    take_away(board)
    checked = board.check(token)
    assert checked.leases == []
    assert checked.lost is not None
    assert [(one.task, one.why) for one in checked.lost] == [("a", why)]
    kept = "is refused, but keeps what you made for whoever goes on; " in checked.next
    assert kept == (why not in ("cancelled", "done_by_hand")), "where somebody will go on"
    with suppress(StaleLease):
        board.finish(token, summary="my work")
    assert bool(_salvage(board)), "as it says"


def test_whoever_gave_a_task_back_is_asked_for_nothing_more(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.finish(token, "release", notes="not mine")
    checked = board.check(token)
    assert [one.why for one in checked.lost or []] == ["released"]
    assert "keeps what you made" not in checked.next


def test_whoever_split_its_task_is_not_told_that_somebody_goes_on_with_it(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.split("a", [{"key": "a1"}], lease=token)
    checked = board.check(token)
    assert [one.why for one in checked.lost or []] == ["split"]
    assert "keeps what you made" not in checked.next


def test_of_a_review_that_was_taken_over_nothing_is_kept(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    board.finish(lease(board, "a"), summary="x")
    token = lease(board, "a", worker(board, "rob"))
    board.claim(worker(board, "rita"), "a", take_over=True)
    checked = board.check(token)
    assert [one.why for one in checked.lost or []] == ["taken_over"]
    assert "keeps what you made" not in checked.next


def test_an_older_lease_of_the_same_session_is_over_too(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}])
    me, other = worker(board, "ann"), worker(board, "bob")
    old = lease(board, "a", me)
    clock.advance(minutes=59)
    board.check(session=other)
    clock.advance(minutes=4)
    new = lease(board, "a", me)
    assert new != old
    assert [one.why for one in board.check(old).lost or []] == ["expired"]
    with pytest.raises(StaleLease):
        board.finish(old, summary="of the first attempt")
    assert board.finish(new, summary="of the second").state == "done"


def test_who_took_the_task_is_named(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.claim(worker(board, "bob"), "a", take_over=True)
    lost = board.check(token).lost
    assert lost is not None
    assert str(lost[0].by).startswith("bob/")
    with refused(board, "stale_lease") as error:
        board.finish(token)
    assert str(error.value.state["holder"]).startswith("bob/")
    assert error.value.state["until_s"] == 3600


def test_the_reason_of_a_cancellation_reaches_its_holder(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.cancel(["a"], reason="not needed")
    lost = board.check(token).lost
    assert lost is not None
    assert lost[0].reason == "not needed"


def test_salvage_is_kept_once(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.claim(worker(board, "bob"), "a", take_over=True)
    for summary in ("first", "second"):
        with pytest.raises(StaleLease):
            board.finish(token, summary=summary)
        revision = board.revision()
    with pytest.raises(StaleLease, match="kept as salvage"):
        board.finish(token, summary="third")
    assert board.revision() == revision
    assert _salvage(board) == ["first"]


def test_an_empty_late_finish_leaves_no_salvage(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.claim(worker(board, "bob"), "a", take_over=True)
    revision = board.revision()
    with pytest.raises(StaleLease) as error:
        board.finish(token)
    assert "salvage" not in error.value.message
    assert (board.revision(), _salvage(board)) == (revision, [])


@pytest.mark.parametrize("done", [False, True], ids=["held", "finished"])
def test_an_older_window_leaves_no_salvage_beside_the_newer_ones_work(
    board: Board, done: bool
) -> None:
    board.add([{"key": "a"}])
    session = board.join("ann", window="one").session
    old = lease(board, "a", session)
    new = board.join(session=session, window="two", take=True).leases[0].lease
    if done:
        board.finish(new, summary="by the newer window")
    with refused(board, "stale_lease") as error:
        board.finish(old, summary="by the older window")
    assert "salvage" not in error.value.message


def test_salvage_appears_in_the_next_briefing(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a", worker(board, "ann"))
    board.claim(worker(board, "bob"), "a", take_over=True)
    with pytest.raises(StaleLease):
        board.finish(
            token,
            summary="nearly there",
            critical={"port": 80},
            notes="see branch x",
            artifacts=[{"name": "log", "path": "out/log.txt"}],
        )
    board.release("a")
    got = claim(board, "a")
    assert got.salvage is not None
    kept = got.salvage[0]
    assert str(kept.by).startswith("ann/")
    assert (kept.summary, kept.critical) == ("nearly there", {"port": 80})
    assert kept.notes == "see branch x"
    assert kept.artifacts == [{"name": "log", "path": "out/log.txt"}]


def test_the_present_holder_is_told_of_salvage(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    bob = worker(board, "bob")
    board.claim(bob, "a", take_over=True)
    with pytest.raises(StaleLease):
        board.finish(token, summary="my work")
    told = board.check(session=bob).notices
    assert told is not None
    assert [(one.kind, one.task) for one in told] == [("salvage", "a")]


def test_salvage_is_never_accepted_by_itself(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    token = lease(board, "a")
    board.claim(worker(board, "bob"), "a", take_over=True)
    with pytest.raises(StaleLease):
        board.finish(token, summary="my work")
    assert (row(board, "a")["state"], row(board, "b")["state"]) == ("active", "waiting")
    assert row(board, "a")["delivery_id"] == 0


@pytest.mark.parametrize("outcome", ["failed", "release", "handoff", "blocked"])
def test_no_outcome_gets_past_the_fence(board: Board, outcome: str) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.claim(worker(board, "bob"), "a", take_over=True)
    before = row(board, "a")
    with pytest.raises(StaleLease):
        board.finish(token, outcome, summary="x")  # pyright: ignore[reportArgumentType]
    assert row(board, "a") == before


def test_a_stale_lease_renews_nothing(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.claim(worker(board, "bob"), "a", take_over=True)
    before = row(board, "a")
    board.check(token, note="still here", progress=50)
    assert row(board, "a") == before


def test_a_lapsed_holder_of_a_task_that_was_split_is_refused_with_its_work_kept(
    board: Board, clock: ManualClock
) -> None:
    board.policy(lease_minutes=1)
    board.add([{"key": "a"}])
    token = lease(board, "a")
    other = worker(board, "other")
    for _ in range(3):
        clock.advance(minutes=1)
        board.check(session=other)
    board.split("a", [{"key": "x"}, {"key": "y"}])
    with pytest.raises(StaleLease, match="kept as salvage"):
        board.finish(token, summary="late")
