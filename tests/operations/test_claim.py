"""Claiming: one holder a task, whoever races."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hands import claim, everything, finish, lease, refused, row, rows, worker

from headwater import Board
from headwater.clock import ManualClock
from patience import PATIENCE_S


def test_a_claim_makes_the_session_the_holder_and_raises_the_fence(board: Board) -> None:
    board.add([{"key": "a", "title": "A", "spec": "do it", "acceptance": ["it works"]}])
    got = claim(board, "a")
    assert row(board, "a")["state"] == "active"
    assert (got.fence, got.round, got.attempt, got.attempts) == (1, 1, 1, 3)
    assert (got.title, got.spec, got.acceptance) == ("A", "do it", ["it works"])


def test_the_fence_rises_at_every_claim_and_is_never_reset(board: Board) -> None:
    board.add([{"key": "a"}])
    fences = []
    for _ in range(2):
        got = claim(board, "a")
        fences.append(got.fence)
        board.finish(got.lease or "", "release")
    finish(board, "a")
    board.rework("a", "once more")
    fences.append(claim(board, "a").fence)
    assert fences == [1, 2, 4]


def test_a_task_held_by_another_names_the_holder_and_until_when(board: Board) -> None:
    board.add([{"key": "a"}])
    lease(board, "a", worker(board, "ann"))
    session = worker(board)
    with refused(board, "task_held", "a is held by ann/", "claim()") as error:
        board.claim(session, "a")
    assert error.value.state["until_s"] == 3600


@pytest.mark.parametrize(
    ("prepare", "fragment"),
    [
        ("waiting", "waits for 1 unfinished"),
        ("done", "b is done"),
        ("held", "b is held"),
        ("cancelled", "b is cancelled"),
    ],
)
def test_a_task_that_is_not_ready_is_refused_with_its_state(
    board: Board, prepare: str, fragment: str
) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"] if prepare == "waiting" else []}])
    if prepare == "done":
        finish(board, "b")
    elif prepare == "held":
        finish(board, "b", outcome="blocked", summary="which?")
    elif prepare == "cancelled":
        board.cancel(["b"])
    session = worker(board)
    with refused(board, "wrong_state", fragment) as error:
        board.claim(session, "b")
    assert error.value.state["state"] == prepare


def test_the_refusal_names_the_unfinished_upstreams_that_it_has_to_wait_for(board: Board) -> None:
    board.add([{"key": "done"}, {"key": "hint"}, {"key": "open"}])
    board.add([{"key": "a", "needs": ["done", "open"], "soft": ["hint"]}])
    finish(board, "done")
    session = worker(board)
    with refused(board, "wrong_state", "waits for 1 unfinished") as error:
        board.claim(session, "a")
    assert error.value.state["waits_for"] == ["open"]


def test_an_unknown_task_is_refused(board: Board) -> None:
    session = worker(board)
    with refused(board, "unknown_task", "'nope'"):
        board.claim(session, "nope")


@pytest.mark.parametrize("key", ["A", "../x", "a b", "x" * 101, "a\n", "-a"])
def test_a_malformed_key_is_refused(board: Board, key: str) -> None:
    session = worker(board)
    with refused(board, "bad_request", "a key is a slug"):
        board.claim(session, key)


def test_undoing_a_claim_leaves_the_task_as_it_was_but_for_the_fence(board: Board) -> None:
    board.add([{"key": "a"}])
    session = worker(board)
    token = lease(board, "a", session)
    board.undo_claim(token)
    after = row(board, "a")
    assert (after["state"], after["attempt"], after["releases"], after["fence"]) == (
        "ready",
        0,
        0,
        1,
    )
    assert board.claim(session).task == "a", "it is offered to the same session at once"


def test_an_older_window_undoes_no_claim_of_the_session(board: Board) -> None:
    board.add([{"key": "a"}])
    mine = board.join("ann", window="one").session
    old = lease(board, "a", mine)
    board.join(session=mine, window="two", take=True)
    before = everything(board)
    board.undo_claim(old)
    assert everything(board) == before


def test_undoing_a_claim_that_is_finished_changes_nothing(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.finish(token, summary="x")
    revision = board.revision()
    board.undo_claim(token)
    assert (board.revision(), row(board, "a")["state"]) == (revision, "done")


def test_several_tasks_are_claimed_in_one_transaction(board: Board) -> None:
    board.policy(leases_per_session=64)
    board.add([{"key": f"t{at}"} for at in range(10)])
    found = board.claim(worker(board), count=7)
    assert [one.task for one in found] == [f"t{at}" for at in range(7)]


@pytest.mark.parametrize("more", [{"task": "a"}, {"wait": 1}, {"request": "once"}])
def test_a_claim_of_several_refuses_what_it_would_not_observe(
    board: Board, more: dict[str, Any]
) -> None:
    board.add([{"key": "a"}])
    session = worker(board)
    with refused(board, "bad_request", "session, kind and brief alone", "one by one"):
        board.claim(session, count=2, **more)


def test_several_reviews_are_claimed_in_one_transaction(board: Board) -> None:
    board.policy(leases_per_session=2)
    board.add([{"key": "a", "review": True}, {"key": "b", "review": True}])
    finish(board, "a")
    finish(board, "b")
    found = board.claim(worker(board, "rob"), kind="review", count=2)
    assert [(one.task, one.kind) for one in found] == [("a", "review"), ("b", "review")]


def test_many_finishes_are_all_or_none(board: Board) -> None:
    board.policy(leases_per_session=64)
    board.add([{"key": "a"}, {"key": "b"}])
    found = board.claim(worker(board), count=2)
    with refused(board, "bad_request"):
        board.finish_many([{"lease": found[0].lease}, {"lease": "b#1.AAAAAAAAAAAAAAAA"}])
    done = board.finish_many([{"lease": one.lease, "summary": "x"} for one in found])
    assert [one.state for one in done] == ["done", "done"]


def test_of_many_finishes_a_stale_one_keeps_only_its_salvage(board: Board) -> None:
    board.policy(leases_per_session=64)
    board.add([{"key": "a"}, {"key": "b"}])
    one, late = board.claim(worker(board), count=2)
    board.claim(worker(board, "bob"), "b", take_over=True)
    with pytest.raises(Exception, match="kept as salvage"):
        board.finish_many(
            [{"lease": one.lease, "summary": "x"}, {"lease": late.lease, "summary": "y"}]
        )
    assert row(board, "a")["state"] == "active"
    assert [d["summary"] for d in rows(board, "SELECT * FROM delivery WHERE salvage = 1")] == ["y"]


def _work_off(board: Board, agent: str) -> list[str]:
    session = worker(board, agent)
    mine: list[str] = []
    got = board.claim(session)
    while got.none is None:
        mine.append(got.task or "")
        done = board.finish(got.lease or "", summary="x", claim_next=True)
        assert done.claimed is not None
        got = done.claimed
    return mine


def test_eight_threads_never_claim_a_task_twice(board: Board) -> None:
    board.add([{"key": f"t{at:03}"} for at in range(200)])
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda at: _work_off(board, f"w{at}"), range(8)))
    taken = [key for mine in found for key in mine]
    assert sorted(taken) == [f"t{at:03}" for at in range(200)]
    assert rows(board, "SELECT max(fence) AS f, count(*) AS n FROM task") == [{"f": 1, "n": 200}]


_WORKER = textwrap.dedent(
    """
    import sys
    from headwater import Board
    board = Board.open(sys.argv[1])
    session = board.join(agent=sys.argv[2]).session
    print("joined", flush=True)
    sys.stdin.readline()
    got = board.claim(session)
    print("claimed", flush=True)
    sys.stdin.readline()  # until everybody has one
    while got.none is None:
        print(got.task, flush=True)
        got = board.finish(got.lease, summary="x", claim_next=True).claimed
    board.close()
    """
)


def test_eight_processes_never_claim_a_task_twice(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    with Board.open(path, "default") as shared:
        shared.add([{"key": f"t{at:03}"} for at in range(200)])
        children = [
            subprocess.Popen(
                [sys.executable, "-c", _WORKER, str(path), f"w{at}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for at in range(8)
        ]
        try:
            for step in ("joined\n", "claimed\n"):
                for child in children:
                    assert child.stdout is not None
                    assert child.stdout.readline() == step
                for child in children:
                    assert child.stdin is not None
                    child.stdin.write("go\n")
                    child.stdin.flush()
            outputs = [child.communicate(timeout=PATIENCE_S)[0].split() for child in children]
        finally:
            for child in children:
                child.kill()
                child.wait()
        assert sorted(key for mine in outputs for key in mine) == [f"t{at:03}" for at in range(200)]
        assert shared.verify() == []


def test_a_racing_claim_of_one_task_has_exactly_one_winner(board: Board) -> None:
    board.add([{"key": "a"}])
    sessions = [worker(board, f"w{at}") for at in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(board.claim, sessions))
    assert sum(one.task == "a" for one in found) == 1


def test_claims_of_a_paused_board_wait_for_a_person(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}])
    board.pause("lunch")
    assert board.claim(worker(board)).none is not None
    session = worker(board)
    with refused(board, "conflict", "paused"):
        board.claim(session, "a")
    board.resume()
    assert board.claim(worker(board)).task == "a"
