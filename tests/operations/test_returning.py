"""An agent that comes back in a new session gets what its last one did not read."""

from __future__ import annotations

import pytest
from hands import lease, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.operations.caller import Caller
from headwater.verbs.sessions import JoinReply


def _told(reply: JoinReply) -> list[tuple[str, str | None]]:
    return [(one.kind, one.text) for one in reply.notices or []]


def test_it_learns_what_became_of_its_lease_and_what_others_told_it(board: Board) -> None:
    board.add([{"key": "a"}])
    lost = worker(board, "wren")
    lease(board, "a", lost)
    ann = worker(board, "ann")
    board.tell("agent:wren", "are you alive?", session=ann)
    board.tell("all", "a coffee break", session=ann)
    board.rework("a", "its holder is silent")
    back = board.join("wren")
    assert _told(back) == [
        ("message", "are you alive?"),
        ("lease_lost", "its holder is silent"),
    ]
    assert (back.notices or [])[0].by == board.join(session=ann).agent
    board.check(session=back.session)
    assert _told(board.join("wren")) == [], "it was read"


def test_more_than_a_call_carries_comes_with_the_next_calls(board: Board) -> None:
    worker(board, "wren")
    said = [f"message {number}" for number in range(50)]
    for text in said:
        board.tell("agent:wren", text)
    back = board.join("wren")
    heard = [one.text for one in back.notices or []]
    while more := board.check(session=back.session).notices:
        heard += [one.text for one in more]
    assert heard == said


def test_what_was_read_before_the_crash_is_not_repeated(board: Board) -> None:
    lost = worker(board, "wren")
    board.tell("agent:wren", "hello")
    board.check(session=lost)
    board.check(session=lost)
    assert _told(board.join("wren")) == []


@pytest.mark.parametrize(("agent", "credential"), [("walt", "token:one"), ("wren", "token:two")])
def test_nobody_else_gets_it(board: Board, agent: str, credential: str) -> None:
    first = Board(board.store, board.name, Caller("token:one", "work"))
    other = Board(board.store, board.name, Caller(credential, "work"))
    first.join("wren")
    board.tell("agent:wren", "for you alone")
    assert _told(other.join(agent)) == []
    assert _told(first.join("wren")) == [("message", "for you alone")]


def test_a_window_that_is_still_open_keeps_its_own(board: Board) -> None:
    opened = Board(board.store, board.name, Caller(process="8@elsewhere"))
    opened.join("wren")
    board.tell("agent:wren", "hello")
    beside = Board(board.store, board.name, Caller(process="9@elsewhere"))
    assert _told(beside.join("wren")) == []


def test_after_a_week_nothing_is_handed_over(board: Board, clock: ManualClock) -> None:
    worker(board, "wren")
    board.tell("agent:wren", "hello")
    clock.advance(minutes=7 * 24 * 60 + 1)
    assert _told(board.join("wren")) == []


def test_it_is_reminded_of_what_it_could_do_before(board: Board) -> None:
    board.join("wren", capabilities=["docs"])
    back = board.join("wren")
    assert 'capabilities=["docs"]' in back.next
    again = board.join(session=back.session, capabilities=["docs"])
    assert "capabilities" not in again.next
    assert "capabilities" not in board.join("wren", capabilities=["rust"]).next
    board.join("ann")
    assert "capabilities" not in board.join("ann").next
