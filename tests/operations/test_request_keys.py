"""`request`: a repeated call gives the first reply, and other arguments are refused."""

from __future__ import annotations

from typing import Any

import pytest
from hands import finish, refused, row, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.operations.caller import Caller


@pytest.mark.parametrize(
    ("verb", "arguments", "other"),
    [
        ("add", {"tasks": [{"key": "n"}]}, {"tasks": [{"key": "m"}]}),
        ("split", {"task": "s", "into": [{"key": "p"}]}, {"task": "s", "into": [{"key": "q"}]}),
        ("tell", {"to": "all", "text": "x"}, {"to": "all", "text": "y"}),
    ],
)
def test_a_repeated_call_gives_the_first_reply_and_other_arguments_are_refused(
    board: Board, verb: str, arguments: dict[str, Any], other: dict[str, Any]
) -> None:
    board.add([{"key": "s"}])
    call = getattr(board, verb)
    first = call(**arguments, request="r1")
    revision = board.revision()
    assert call(**arguments, request="r1") == first
    assert board.revision() == revision
    with refused(board, "request_reused", "'r1' was used before", "new `request`"):
        call(**other, request="r1")


def test_a_repeated_claim_gives_the_same_lease_again(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    session = worker(board)
    first = board.claim(session, request="r1")
    again = board.claim(session, request="r1")
    assert again == first
    assert again.lease
    assert row(board, "a")["fence"] == 1


def test_a_repeated_claim_after_the_task_is_finished_says_lost(board: Board) -> None:
    board.add([{"key": "a"}])
    session = worker(board)
    first = board.claim(session, request="r1")
    board.finish(first.lease or "", summary="x")
    again = board.claim(session, request="r1")
    assert again.as_dict() == {
        "task": "a",
        "why": "lost",
        "revision": first.revision,
        "next": "this claim is over: claim() again",
    }, "nothing that could only be done with the lease"


def test_a_repeated_claim_of_a_lapsed_lease_gives_it_again(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    session = worker(board)
    first = board.claim(session, request="r1")
    other = worker(board, "other")
    for _ in range(61):
        clock.advance(minutes=1)
        board.check(session=other)
    assert board.claim(session, request="r1").lease == first.lease


def test_a_repeated_claim_after_the_session_was_taken_over_says_lost(board: Board) -> None:
    board.add([{"key": "a"}])
    session = board.join("ann", window="one").session
    board.claim(session, request="r1")
    board.join(session=session, window="two", take=True)
    again = board.claim(session, request="r1")
    assert (again.lease, again.why) == (None, "lost")


def test_a_claim_that_found_nothing_is_not_remembered(board: Board) -> None:
    session = worker(board)
    assert board.claim(session, request="r1").none is not None
    board.add([{"key": "a"}])
    assert board.claim(session, request="r1").task == "a"


def test_how_long_a_claim_waits_is_no_part_of_what_it_asks_for(board: Board) -> None:
    board.add([{"key": "a"}])
    session = worker(board)
    first = board.claim(session, request="r1", wait=5)
    assert board.claim(session, request="r1") == first


def test_a_refused_call_is_not_remembered(board: Board) -> None:
    with refused(board, "unknown_task"):
        board.add([{"key": "a", "needs": ["ghost"]}], request="r1")
    board.add([{"key": "b"}], request="r1")


def test_keys_of_different_verbs_sessions_and_credentials_are_apart(board: Board) -> None:
    ann, bob = worker(board, "ann"), worker(board, "bob")
    other = Board(board.store, board.name, Caller(credential="other"))
    board.add([{"key": "a"}], session=ann, request="r1")
    board.add([{"key": "b"}], session=bob, request="r1")
    other.add([{"key": "c"}], request="r1")
    board.add([{"key": "d"}], request="r1")
    assert board.claim(ann, request="r1").task == "a"


def test_another_credential_cannot_fetch_a_reply_with_somebody_elses_session(
    board: Board,
) -> None:
    board.add([{"key": "a"}])
    session = worker(board)
    board.claim(session, request="r1")
    other = Board(board.store, board.name, Caller(credential="other"))
    with refused(board, "unknown_session"):
        other.claim(session, request="r1")


def test_a_key_is_forgotten_after_a_week(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}], request="r1")
    clock.advance(minutes=8 * 24 * 60)
    for at in range(70):
        board.add([{"key": f"t{at}"}], request=f"later-{at}")
    finish(board, "a")
    board.add([{"key": "another"}], request="r1")


@pytest.mark.parametrize("request_key", ["x" * 101, "a\nb", "a\x00"])
def test_a_malformed_request_key_is_refused(board: Board, request_key: str) -> None:
    with refused(board, "bad_request", "request"):
        board.add([{"key": "a"}], request=request_key)
