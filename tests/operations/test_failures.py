"""Failed attempts: counted, tried again after a growing pause, then somebody must decide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hands import claim, events, finish, lease, notices, refused, row, rows, worker

from headwater import Board
from headwater.clock import ManualClock


def test_a_failure_with_attempts_left_leaves_the_queue_until_its_backoff_is_due(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    failed = finish(board, "a", outcome="failed", summary="flaky")
    assert failed.state == "ready"
    assert failed.retry_in_s is not None
    assert failed.next == (
        f"it is offered again in {failed.retry_in_s} s, 2 attempts are left; "
        "claim() takes the next task"
    )
    session = worker(board)
    assert board.claim(session).none is not None
    clock.advance(seconds=failed.retry_in_s - 1)
    assert board.claim(session).none is not None
    clock.advance(seconds=1)
    got = board.claim(session)
    assert (got.task, got.attempt) == ("a", 2)


def test_a_task_has_waited_since_its_backoff_was_over_and_not_since_it_failed(
    board: Board, clock: ManualClock
) -> None:
    board.policy(ageing_minutes=1, backoff_first_ms=600_000, backoff_most_ms=600_000)
    board.add([{"key": "a"}])
    finish(board, "a", outcome="failed", summary="flaky")
    clock.advance(minutes=5)
    board.add([{"key": "b"}])
    clock.advance(minutes=10)
    assert [claim(board).task for _ in range(2)] == ["b", "a"]
    assert rows(board, "SELECT actor FROM event WHERE kind = 'backoff_over'") == [
        {"actor": "headwater"}
    ]


def test_the_end_of_a_lease_ends_no_backoff(board: Board, clock: ManualClock) -> None:
    board.policy(backoff_first_ms=6 * 3_600_000, backoff_most_ms=6 * 3_600_000)
    board.add([{"key": "a"}, {"key": "b"}])
    lease(board, "b")
    finish(board, "a", outcome="failed", summary="flaky")
    session = worker(board)
    taken: list[str | None] = []
    for _ in range(7):
        clock.advance(minutes=10)
        taken.append(board.claim(session).task)
    assert {*taken} == {None, "b"}
    assert row(board, "a")["due_ms"] > 0


def test_asking_for_a_task_in_backoff_says_when_it_is_due(board: Board) -> None:
    board.add([{"key": "a"}])
    failed = finish(board, "a", outcome="failed", summary="flaky")
    session = worker(board)
    with refused(board, "wrong_state", "waits for its next try") as error:
        board.claim(session, "a")
    assert abs(int(str(error.value.state["due_in_s"])) - (failed.retry_in_s or 0)) <= 1


def test_the_backoff_grows_with_the_attempts_and_is_bounded(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "attempts": 12}])
    pauses: list[int] = []
    for _ in range(11):
        pauses.append(finish(board, "a", outcome="failed", summary="no").retry_in_s or 0)
        clock.advance(seconds=pauses[-1])
        board.claim(worker(board, "look"), kind="review")
    expected = [min(1800, 30 * 2**at) for at in range(11)]
    assert all(0.75 * e <= p <= 1.25 * e + 1 for p, e in zip(pauses, expected, strict=True))
    assert len(set(pauses)) > 5, "jitter"


def test_the_backoff_is_the_same_for_the_same_history(tmp_path: Path) -> None:
    pauses = []
    for name in ("one", "two"):
        with Board.open(tmp_path / name, "default", clock=ManualClock()) as board:
            board.add([{"key": "a"}, {"key": "b"}])
            pauses.append(
                [finish(board, k, outcome="failed", summary="x").retry_in_s for k in "ab"]
            )
    assert pauses[0] == pauses[1]
    assert pauses[0][0] != pauses[0][1]


def test_the_last_failure_fails_the_task_and_tells_the_planners(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "attempts": 2}, {"key": "b", "needs": ["a"]}])
    retry = finish(board, "a", outcome="failed", summary="one").retry_in_s
    clock.advance(seconds=retry or 0)
    board.claim(worker(board), kind="review")
    last = finish(board, "a", outcome="failed", summary="two")
    assert (last.state, last.retry_in_s, row(board, "a")["due_ms"]) == ("failed", None, 0)
    ends = [kind for kind in events(board, "a") if kind.endswith("failed")]
    assert ends == ["attempt_failed", "failed"]
    history = board.graph("history", task="a").events or []
    said = [one.get("reason") for one in history if str(one["kind"]).endswith("failed")]
    assert said == ["one", "two"]
    assert row(board, "b")["state"] == "waiting"
    assert [one["task"] for one in notices(board, "failed")] == ["a"]


def test_the_reasons_of_the_last_attempts_are_in_the_briefing(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a", worker(board, "ann"))
    board.finish(token, "failed", summary="no disk", notes="try x")
    clock.advance(minutes=5)
    tried = claim(board, "").tried
    assert tried is not None
    assert [(t.outcome, t.reason, t.notes) for t in tried] == [("failed", "no disk", "try x")]
    assert str(tried[0].by).startswith("ann/")


def _rejected(board: Board, token: str) -> None:
    board.edit("a", set={"review": True})
    board.finish(token, summary="x")
    board.finish(lease(board, "a", worker(board, "rob")), "reject", notes="not yet")


UNCHARGED: dict[str, Callable[[Board, str], object]] = {
    "released": lambda board, token: board.finish(token, "release", notes="x"),
    "released by a person": lambda board, token: board.release("a"),
    "handed on": lambda board, token: board.finish(token, "handoff", notes="x"),
    "left": lambda board, token: board.check(token, leave=True),
    "undone": lambda board, token: board.undo_claim(token),
    "waits": lambda board, token: board.edit("a", add_needs=["u"], lease=token),
    "rejected": _rejected,
}


@pytest.mark.parametrize("way", UNCHARGED)
def test_an_attempt_that_is_not_charged_leaves_the_failed_ones_charged(
    board: Board, clock: ManualClock, way: str
) -> None:
    board.add([{"key": "a"}, {"key": "u"}])
    for _ in range(2):
        finish(board, "a", outcome="failed", summary="no")
        clock.advance(minutes=2)
    UNCHARGED[way](board, lease(board, "a"))
    assert row(board, "a")["attempt"] == 2


def test_a_rework_gives_a_failed_task_its_attempts_back(board: Board) -> None:
    board.add([{"key": "a", "attempts": 1}])
    finish(board, "a", outcome="failed", summary="no")
    board.rework("a", "use the other disk")
    got = claim(board, "a")
    assert (got.round, got.attempt) == (2, 1)


def test_what_a_session_failed_is_not_offered_to_it_again_while_there_is_other_work(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    session = worker(board)
    board.finish(lease(board, "a", session), "failed", summary="no")
    clock.advance(minutes=2)
    assert board.claim(session).task == "b"
