"""Preflight: workers stand where the policy says, and others see where everybody stands."""

from __future__ import annotations

from typing import Any

import pytest
from hands import claim, refused, rows

from headwater import Board
from headwater.errors import WrongPlace

HERE: dict[str, Any] = {"workspace": "/repo", "branch": "main", "commit": "a" * 40}
RELEASED: dict[str, Any] = {**HERE, "branch": "release"}


def test_a_session_records_where_it_stands_and_others_see_it(board: Board) -> None:
    board.join("ann", host="some-host", window="one", **HERE)
    (seen,) = board.graph("agents").agents
    shown = ("host", "window", "workspace", "branch", "commit_at_join")
    assert {name: seen[name] for name in shown} == {
        "host": "some-host",
        "window": "one",
        "workspace": "/repo",
        "branch": "main",
        "commit_at_join": "a" * 12,
    }


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"workspace": "/elsewhere"}, ["workspace /elsewhere", "stands in /repo"]),
        ({"branch": "release"}, ["branch release", "stands on main"]),
        (
            {"workspace": "/elsewhere", "branch": "release"},
            ["stands in /repo", "stands on main"],
        ),
    ],
)
def test_a_claim_from_elsewhere_is_refused_with_both_values(
    board: Board, policy: dict[str, Any], words: list[str]
) -> None:
    board.add([{"key": "a"}])
    board.policy(**policy)
    me = board.join("ann", **HERE).session
    with refused(board, "wrong_place", *words, "join(session=") as error:
        board.claim(me)
    assert error.value.state["wanted"] == policy
    assert error.value.state["stands"] == HERE


def test_a_review_and_a_named_task_are_refused_from_elsewhere_too(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "review": True}])
    board.finish(str(claim(board, "b").lease), summary="x")
    board.policy(branch="release")
    me = board.join("ann", **HERE).session
    tries: list[dict[str, Any]] = [{"task": "a"}, {"kind": "review"}, {"task": "b"}]
    for arguments in tries:
        with refused(board, "wrong_place"):
            board.claim(me, **arguments)


def test_join_says_at_once_that_claims_will_be_refused(board: Board) -> None:
    board.policy(branch="release")
    assert "must stand on branch release" in board.join("ann", **HERE).next
    assert "must stand" not in board.join("ann", **RELEASED).next


@pytest.mark.parametrize("policy", [{"workspace": "/repo/"}, {"branch": "main"}, {}])
def test_who_stands_there_claims(board: Board, policy: dict[str, Any]) -> None:
    board.add([{"key": "a"}])
    board.policy(**policy)
    assert board.claim(board.join("ann", **HERE).session).task == "a"


def test_a_folder_below_the_workspace_is_another_place(board: Board) -> None:
    board.add([{"key": "a"}])
    board.policy(workspace="/repo")
    with pytest.raises(WrongPlace):
        board.claim(board.join("ann", workspace="/repo/.worktrees/b").session)


def test_joining_again_from_the_right_place_lets_the_same_session_work(board: Board) -> None:
    board.add([{"key": "a"}])
    board.policy(branch="release")
    me = board.join("ann", **HERE).session
    with pytest.raises(WrongPlace):
        board.claim(me)
    again = board.join(session=me, **RELEASED)
    assert again.session == me
    assert board.claim(me).task == "a"


def test_the_place_is_confirmed_once_and_serves_the_whole_session(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    board.policy(branch="main")
    me = board.join("ann", **HERE).session
    board.finish(str(board.claim(me).lease), summary="x", claim_next=True)
    assert board.claim(me).already_holding
    resumed = board.join(session=me)  # says nothing of a place: the confirmed one stays
    assert board.claim(resumed.session).task == "b"
    (stored,) = rows(board, "SELECT workspace, branch, head FROM session")
    assert stored == {"workspace": "/repo", "branch": "main", "head": "a" * 40}


def test_a_holder_keeps_its_task_when_the_policy_changes(board: Board) -> None:
    board.add([{"key": "a"}])
    me = board.join("ann", **HERE).session
    lease = board.claim(me).lease
    board.policy(branch="release")
    assert board.claim(me).lease == lease
    assert board.finish(str(lease), summary="x").state == "done"


def test_a_finish_from_elsewhere_is_accepted_and_claims_nothing_more(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    me = board.join("ann", **HERE).session
    lease = board.claim(me).lease
    board.policy(branch="release")
    done = board.finish(str(lease), summary="x", claim_next=True)
    assert done.state == "done"
    assert done.claimed is None
    (said,) = done.warnings or []
    assert "branch release" in said
    assert "stands on main" in said
    assert board.finish(str(lease), summary="x", claim_next=True) == done


def test_a_detached_head_and_an_unknown_place_are_named_as_such(board: Board) -> None:
    board.add([{"key": "a"}])
    board.policy(branch="main")
    detached = board.join("ann", workspace="/repo", commit="b" * 40).session
    with refused(board, "wrong_place", "a detached head at bbbbbbbbbbbb"):
        board.claim(detached)
    board.policy(workspace="/repo")
    nowhere = board.join("bob").session
    with refused(board, "wrong_place", "an unknown workspace", "an unknown branch"):
        board.claim(nowhere)


def test_going_to_another_workspace_forgets_the_branch_of_the_first(board: Board) -> None:
    me = board.join("ann", **HERE).session
    board.join(session=me, workspace="/plain")
    (stored,) = rows(board, "SELECT workspace, branch, head FROM session")
    assert stored == {"workspace": "/plain", "branch": "", "head": ""}
