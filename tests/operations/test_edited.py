"""A briefing says what was changed since somebody last worked on the task."""

from __future__ import annotations

import pytest
from hands import claim, finish, lease, worker

from headwater import Board, limits
from headwater.clock import ManualClock


def _given_back(board: Board, clock: ManualClock, key: str = "a") -> str:
    """The session of an agent that worked on the task and stopped."""
    bob = worker(board, "bob")
    token = lease(board, key, bob)
    clock.advance(minutes=1)
    board.finish(token, "release", notes="written on branch bob; left: merge")
    clock.advance(minutes=1)
    return bob


def test_who_goes_on_is_told_that_the_spec_is_another_than_the_notes_rest_on(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "spec": "count empty cells as 0"}])
    _given_back(board, clock)
    board.edit("a", set={"spec": "skip empty cells"}, reason="as SUM does elsewhere")
    board.edit("a", set={"acceptance": ["SUM of nothing is 0"], "priority": 5})
    edited = claim(board, "a").edited
    assert edited is not None
    assert (edited.changed, edited.by, edited.reason) == (["spec", "acceptance"], "local", None)


def test_the_reason_of_the_newest_change_is_given(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a", "spec": "x"}])
    _given_back(board, clock)
    board.edit("a", set={"spec": "y"}, reason="first")
    board.edit("a", set={"spec": "z"}, reason="second")
    edited = claim(board, "a").edited
    assert edited is not None
    assert edited.reason == "second"


def test_who_changed_something_else_since_is_not_named_for_it(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "spec": "x"}])
    _given_back(board, clock)
    board.edit("a", set={"spec": "y"}, reason="the customer called", session=worker(board, "ann"))
    board.edit("a", set={"priority": 9}, reason="it is late", session=worker(board, "eve"))
    edited = claim(board, "a").edited
    assert edited is not None
    assert (edited.changed, edited.by, edited.reason) == (["spec"], "ann/2", "the customer called")


def test_what_the_holder_itself_changed_is_not_said_to_be_of_others(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "spec": "x"}])
    token = lease(board, "a", worker(board, "bob"))
    clock.advance(minutes=1)
    board.edit("a", lease=token, set={"title": "as I found it"})
    board.edit("a", set={"spec": "y"})
    board.finish(token, "release")
    edited = claim(board, "a").edited
    assert edited is not None
    assert edited.changed == ["spec"]


def test_a_change_during_the_last_attempt_counts(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}])
    bob = worker(board, "bob")
    token = lease(board, "a", bob)
    clock.advance(minutes=1)
    board.edit("a", set={"spec": "otherwise"})
    board.finish(token, "release")
    edited = claim(board, "a").edited
    assert edited is not None
    assert edited.changed == ["spec"]


def test_a_reviewer_is_told_what_changed_after_the_work_began(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a")
    clock.advance(minutes=1)
    board.edit("a", set={"acceptance": ["is fast"]})
    got = board.claim(worker(board, "eve"))
    assert (got.kind, got.edited and got.edited.changed) == ("review", ["acceptance"])


def test_it_is_said_however_many_reviews_came_after_the_work(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a")
    clock.advance(minutes=1)
    board.edit("a", set={"acceptance": ["is fast"]})
    for _ in range(limits.PAST_SHOWN):
        board.finish(lease(board, "a", worker(board, "eve")), "release", notes="no time")
    got = board.claim(worker(board, "ida"))
    assert (got.kind, got.edited and got.edited.changed) == ("review", ["acceptance"])


@pytest.mark.parametrize("what", ["before", "else", "back", "own", "own and else"])
def test_what_makes_no_difference_to_earlier_work_is_not_said(
    board: Board, clock: ManualClock, what: str
) -> None:
    board.add([{"key": "a", "spec": "x"}])
    if what == "before":
        board.edit("a", set={"spec": "y"})
        clock.advance(minutes=1)
    if what.startswith("own"):
        token = lease(board, "a", worker(board, "bob"))
        clock.advance(minutes=1)
        board.edit("a", lease=token, set={"spec": "as I found it"})
        board.finish(token, "release")
    else:
        _given_back(board, clock)
    if what.endswith("else"):
        board.edit("a", set={"priority": 9})
    if what == "back":
        board.edit("a", set={"spec": "y"})
        board.edit("a", set={"spec": "x"})
    assert claim(board, "a").edited is None
