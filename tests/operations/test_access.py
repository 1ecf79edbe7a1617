"""Access tokens: what is kept of them, when they are valid, and what they open."""

from __future__ import annotations

import pytest

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import BadRequest, DuplicateKey
from headwater.operations import access
from headwater.store.tables import Table


def dump(board: Board) -> str:
    """Everything that the store holds, as text."""
    tables = list(Table.metadata.tables)
    return repr(
        board.store.read(
            lambda tx: [tx._live().execute(f'SELECT * FROM "{name}"').fetchall() for name in tables]
        )
    )


def test_a_token_opens_what_it_was_made_for(board: Board) -> None:
    made, token = access.create(board.store, "builder", "work", ["default"])
    found = access.holder_of(board.store, token)
    assert found == made
    assert found.caller().credential == "token:builder"
    assert found.caller().rights == "work"
    assert found.boards == ("default",)


def test_nothing_of_a_token_that_could_be_used_is_stored(board: Board) -> None:
    _, token = access.create(board.store, "builder", "work")
    secret = token.rsplit("_", 1)[0][3:], token[16:]
    assert token not in dump(board)
    assert secret[1] not in dump(board)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"),
        lambda t: t + "x",
        lambda t: t.upper(),
        lambda t: "",
        lambda t: t.replace("hw_", "hw-"),
    ],
)
def test_a_token_that_is_not_exact_opens_nothing(board: Board, change: object) -> None:
    _, token = access.create(board.store, "builder", "work")
    assert access.holder_of(board.store, token) is not None
    assert access.holder_of(board.store, change(token)) is None  # pyright: ignore[reportCallIssue]


def test_a_token_ends_with_its_time(board: Board, clock: ManualClock) -> None:
    _, token = access.create(board.store, "guest", "observe", days=1)
    clock.advance(minutes=24 * 60, seconds=-0.001)
    assert access.holder_of(board.store, token) is not None
    clock.advance(seconds=0.001)
    assert access.holder_of(board.store, token) is None
    assert [(one.name, state) for one, state in access.listed(board.store)] == [
        ("guest", "expired")
    ]


def test_a_revoked_token_opens_nothing_at_once_and_its_name_stays_taken(board: Board) -> None:
    _, token = access.create(board.store, "builder", "work")
    first = access.revoke(board.store, "builder")
    assert access.holder_of(board.store, token) is None
    assert access.revoke(board.store, "builder") == first
    with pytest.raises(DuplicateKey, match="builder"):
        access.create(board.store, "builder", "work")


def test_what_a_token_still_holds_is_known(board: Board) -> None:
    made, _ = access.create(board.store, "builder", "work")
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c"}])
    Board(board.store, "other").add([{"key": "z"}])
    for name, task in (("default", "b"), ("default", "a"), ("other", "z")):
        at = Board(board.store, name, made.caller())
        at.claim(at.join("ann").session, task)
    board.claim(board.join("bob").session, "c")
    assert access.held(board.store, made) == [("default", "a"), ("default", "b"), ("other", "z")]


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 65, "a\n", "-a"])
def test_a_name_that_would_confuse_lists_is_refused(board: Board, name: str) -> None:
    with pytest.raises(BadRequest, match="token's name"):
        access.create(board.store, name, "work")


def test_an_unknown_right_board_or_time_is_refused_with_what_there_is(board: Board) -> None:
    with pytest.raises(BadRequest) as wrong_right:
        access.create(board.store, "a", "root")
    assert "observe, work, plan, admin" in wrong_right.value.next
    with pytest.raises(BadRequest, match="no board named elsewhere") as wrong_board:
        access.create(board.store, "a", "work", ["elsewhere"])
    assert "default" in wrong_board.value.next
    for days in (-1, 3651, float("nan")):
        with pytest.raises(BadRequest, match="lasts at most"):
            access.create(board.store, "a", "work", days=days)
    assert access.listed(board.store) == []
    with pytest.raises(BadRequest, match="no token is named"):
        access.revoke(board.store, "nobody")
