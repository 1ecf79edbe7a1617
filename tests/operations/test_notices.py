"""Notices: to whom they go, in order, bounded, each once."""

from __future__ import annotations

from hands import lease, worker

from headwater import Board
from headwater.operations.caller import Caller


def _read(board: Board, session: str) -> list[str | None]:
    return [one.text for one in board.check(session=session).notices or []]


def test_a_notice_is_given_once(board: Board) -> None:
    ann = worker(board, "ann")
    board.tell("agent:ann", "hello")
    assert _read(board, ann) == ["hello"]
    assert _read(board, ann) == []


def test_notices_come_in_the_order_in_which_they_were_sent(board: Board) -> None:
    ann = worker(board, "ann", "gpu")
    for at, target in enumerate(["all", "agent:ann", "workers:gpu", "workers", "agent:ann"]):
        board.tell(target, str(at))
    assert _read(board, ann) == ["0", "1", "2", "3", "4"]


def test_more_notices_than_a_call_carries_come_with_the_next_calls(board: Board) -> None:
    ann = worker(board, "ann")
    for at in range(45):
        board.tell("agent:ann" if at % 2 else "all", str(at))
    pages = [_read(board, ann) for _ in range(4)]
    assert [len(page) for page in pages] == [20, 20, 5, 0]
    assert [text for page in pages for text in page] == [str(at) for at in range(45)]


def test_what_was_sent_before_a_session_joined_is_not_given_to_it(board: Board) -> None:
    board.tell("all", "old news")
    assert _read(board, worker(board, "ann")) == []


def test_a_session_does_not_get_back_what_it_said_itself(board: Board) -> None:
    ann, bob = worker(board, "ann"), worker(board, "bob")
    board.tell("all", "mine", session=ann)
    assert (_read(board, ann), _read(board, bob)) == ([], ["mine"])


def test_its_own_messages_do_not_hide_those_of_others(board: Board) -> None:
    ann = worker(board, "ann")
    for at in range(25):
        board.tell("all", f"own {at}", session=ann)
    board.tell("all", "from elsewhere")
    assert _read(board, ann) == ["from elsewhere"]


def test_planners_are_those_whose_credential_may_plan(board: Board) -> None:
    worker_only = Board(board.store, board.name, Caller(credential="w", rights="work"))
    low, high = worker(worker_only, "low"), worker(board, "high")
    board.tell("planners", "decide")
    assert (_read(worker_only, low), _read(board, high)) == ([], ["decide"])


def test_notices_stay_on_their_board(board: Board) -> None:
    other = Board(board.store, "second")
    ann = worker(other, "ann")
    board.tell("all", "here only")
    assert _read(other, ann) == []


def test_a_resumed_session_gets_what_came_while_it_was_away(board: Board) -> None:
    ann = worker(board, "ann")
    board.tell("agent:ann", "while you were out")
    told = board.join(session=ann).notices
    assert told is not None
    assert [one.text for one in told] == ["while you were out"]


def test_a_holder_is_told_that_its_spec_changed(board: Board) -> None:
    board.add([{"key": "a"}])
    ann = worker(board, "ann")
    lease(board, "a", ann)
    board.edit("a", set={"spec": "otherwise"})
    told = board.check(session=ann).notices
    assert told is not None
    assert told[0].task == "a"
