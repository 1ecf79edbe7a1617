"""What a briefing says of direct upstreams beside what they delivered last, where it has room: what
an earlier summary told, and what the reviewer remarked who approved it."""

from __future__ import annotations

import pytest
from hands import claim, finish, lease, worker

from headwater import Board, limits
from headwater.verbs.work import Upstream

INTERFACE = "POST /orders takes a list of items; GET /orders/ID gives one back."


@pytest.fixture
def plan(board: Board) -> Board:
    """c needs b needs a."""
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["b"]}])
    return board


def of_a(board: Board, task: str = "b", **how: str) -> Upstream:
    """What is shown of `a` to who claims a task."""
    got = board.claim(worker(board), task, **how)
    return next(one for one in got.upstream or [] if one.task == "a")


def approve(board: Board, task: str, **said: str) -> None:
    board.finish(lease(board, task, worker(board, "rev")), outcome="approve", **said)


def test_what_an_earlier_summary_told_stands_beside_a_shorter_newest_one(plan: Board) -> None:
    finish(plan, "a", summary=INTERFACE)
    plan.rework("a", "a typo")
    finish(plan, "a", summary="fixed the typo")
    plan.rework("a", "another one")
    finish(plan, "a", summary="fixed it, too")
    shown = of_a(plan)
    assert shown.summary == "fixed it, too"
    assert shown.earlier
    assert shown.earlier.model_dump() == {"round": 1, "summary": INTERFACE}


def test_a_newest_summary_that_says_as_much_stands_alone(plan: Board) -> None:
    finish(plan, "a", summary="x" * 100)
    plan.rework("a", "a typo")
    finish(plan, "a", summary="y" * 100)
    assert of_a(plan).earlier is None


def test_what_was_sent_back_in_review_is_no_earlier_summary(plan: Board) -> None:
    plan.edit("a", set={"review": True})
    finish(plan, "a", summary=f"wrong: {INTERFACE}")
    plan.finish(lease(plan, "a", worker(plan, "rev")), outcome="reject", notes="wrong")
    finish(plan, "a", summary=INTERFACE)
    approve(plan, "a")
    plan.rework("a", "a typo")
    finish(plan, "a", summary="fixed")
    approve(plan, "a")
    shown = of_a(plan)
    assert shown.earlier
    assert shown.earlier.summary == INTERFACE


def test_an_earlier_summary_takes_only_room_that_is_left(plan: Board) -> None:
    finish(plan, "a", summary=INTERFACE * 200)
    plan.rework("a", "a typo")
    text = "y" * (limits.BRIEF_BYTES["short"] - 1_700)
    finish(plan, "a", summary=text)
    session = worker(plan)
    (short,) = plan.claim(session, "b", brief="short").upstream or []
    assert short.summary == text
    assert short.earlier is None or len(short.earlier.summary) < 800
    (whole,) = plan.claim(session, "b", brief="full").upstream or []
    assert whole.earlier
    assert 1_000 < len(whole.earlier.summary.encode()) <= limits.EARLIER_BYTES


def test_farther_readers_see_the_newest_alone(plan: Board) -> None:
    finish(plan, "a", summary=INTERFACE)
    plan.rework("a", "a typo")
    finish(plan, "a", summary="fixed the typo")
    finish(plan, "b")
    assert of_a(plan, "c").earlier is None


def test_who_builds_on_an_approved_task_sees_what_its_reviewer_remarked(plan: Board) -> None:
    plan.edit("a", set={"review": True})
    ann = worker(plan, "ann")
    plan.finish(lease(plan, "a", ann), summary="x")
    approve(plan, "a", notes="mind the empty list")
    shown = of_a(plan)
    assert shown.remarks
    assert (shown.remarks.by[:4], shown.remarks.text) == ("rev/", "mind the empty list")
    (told,) = plan.check(session=ann).notices or []
    assert (told.kind, told.task, told.text) == ("approved", "a", "mind the empty list")


def test_long_remarks_are_cut_and_the_call_that_shows_them_is_named(plan: Board) -> None:
    plan.edit("a", set={"review": True})
    ann = worker(plan, "ann")
    plan.finish(lease(plan, "a", ann), summary="x")
    approve(plan, "a", notes="mind it. " * 500)
    shown = of_a(plan)
    assert shown.remarks
    assert 300 < len(shown.remarks.text) <= limits.REMARKS_BYTES
    (told,) = plan.check(session=ann).notices or []
    assert len(told.text or "") <= limits.REMARKS_BYTES
    assert told.more == 'graph(view="task", task="a") shows it whole'


def test_an_approval_without_notes_says_nothing_to_anybody(plan: Board) -> None:
    plan.edit("a", set={"review": True})
    ann = worker(plan, "ann")
    plan.finish(lease(plan, "a", ann), summary="x")
    approve(plan, "a", summary="approved")
    assert of_a(plan).remarks is None
    assert plan.check(session=ann).notices is None


def test_remarks_on_an_earlier_round_are_not_shown(plan: Board) -> None:
    plan.edit("a", set={"review": True})
    finish(plan, "a")
    approve(plan, "a", notes="mind the empty list")
    plan.rework("a", "the empty list")
    finish(plan, "a")
    approve(plan, "a")
    assert of_a(plan).remarks is None


def test_what_was_left_over_in_an_earlier_round_says_in_which(plan: Board) -> None:
    finish(plan, "a", outcome="handoff", critical={"half": 1})
    assert [one.round for one in claim(plan, "a").salvage or []] == [None]
    plan.release("a")
    finish(plan, "a")
    plan.rework("a", "a typo")
    assert [one.round for one in claim(plan, "a").salvage or []] == [1]


def test_what_is_delivered_in_a_round_before_the_open_one_says_so(plan: Board) -> None:
    finish(plan, "a", summary="x")
    held = claim(plan, "b")
    assert held.upstream
    assert held.upstream[0].stale is None
    plan.rework("a", "a typo")
    shown = of_a_again(plan, held.lease or "")
    assert (shown.state, shown.stale) == ("ready", True)
    finish(plan, "a", summary="y")
    assert of_a_again(plan, held.lease or "").stale is None


def of_a_again(board: Board, held: str) -> Upstream:
    """What its holder is shown of `a` when it claims `b` again."""
    got = board.claim(board.session_of(held), "b")
    assert got.upstream
    return got.upstream[0]
