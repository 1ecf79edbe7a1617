"""Lease tokens: what is refused, and how."""

from __future__ import annotations

import pytest
from hands import lease, refused, worker

from headwater import Board
from headwater.operations.caller import Caller
from postgres_server import on_sqlite


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a",
        "a#1",
        "a#1.",
        "a#x.AAAAAAAAAAAAAAAA",
        "a#1.AAAAAAAAAAAAAAA",
        "#1.AAAAAAAAAAAAAAAA",
        "a#-1.AAAAAAAAAAAAAAAA",
        "a#9999999999999999.AAAAAAAAAAAAAAAA",
        "'; DROP TABLE task; --",
        "A#1.AAAAAAAAAAAAAAAA",
    ],
)
def test_a_malformed_lease_is_refused(board: Board, token: str) -> None:
    board.add([{"key": "a"}])
    lease(board, "a")
    with refused(board, "bad_request", "not a lease of this board"):
        board.finish(token)


@pytest.mark.parametrize("token", ["a#1.x\n", "x" * 401, "a\x00"])
def test_a_lease_that_is_no_line_of_text_is_refused(board: Board, token: str) -> None:
    with refused(board, "bad_request", "lease"):
        board.finish(token)


def test_a_lease_with_a_guessed_secret_is_refused(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    for at in (-1, -8, -16):
        forged = list(token)
        forged[at] = "A" if forged[at] != "A" else "B"
        with refused(board, "bad_request", "no such lease here", "use the `lease` of your claim"):
            board.finish("".join(forged))


def test_a_lease_with_another_fence_is_refused(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    with refused(board, "bad_request", "no such lease here"):
        board.finish(token.replace("#1.", "#2."))


def test_a_secret_of_another_task_is_refused(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    lease(board, "a")
    other = lease(board, "b")
    with refused(board, "bad_request", "no such lease here"):
        board.finish(other.replace("b#", "a#"))


def test_the_lease_of_a_task_that_does_not_exist_is_refused_like_a_forged_one(
    board: Board,
) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    with refused(board, "bad_request", "no such lease here"):
        board.finish(token.replace("a#", "ghost#"))


def test_a_credential_may_have_leases_of_its_own_length(board: Board) -> None:
    board.add([{"key": "a"}])
    short = Board(board.store, board.name, Caller(lease_ms=120_000))
    session = worker(short)
    lease(short, "a", session)
    assert [held.expires_in_s for held in short.join(session=session).leases] == [120]


def test_splitting_with_another_tasks_lease_is_refused(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    lease(board, "a")
    other = lease(board, "b")
    with refused(board, "bad_request", "that lease is for b, not for a"):
        board.split("a", [{"key": "x"}], lease=other)


@on_sqlite
def test_no_lease_and_no_secret_is_stored_anywhere(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    session = worker(board)
    first = board.claim(session, request="r1")
    done = board.finish(first.lease or "", summary="x", claim_next=True)
    assert done.claimed is not None
    secrets = [(one or "").partition(".")[2] for one in (first.lease, done.claimed.lease)]
    stored = b"".join(
        path.read_bytes() for path in board.store.path.parent.iterdir() if path.is_file()
    )
    assert all(len(secret) == 16 for secret in secrets)
    assert [secret for secret in secrets if secret.encode() in stored] == []


def test_the_same_secret_is_never_issued_twice(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    seen = {lease(board, "b")}
    session = worker(board)
    for _ in range(2):
        token = lease(board, "a", session)
        seen.add(token)
        board.undo_claim(token)
    assert len({token.partition(".")[2] for token in seen}) == 3
