"""Cancelling a great deal at once, and what reaches those who work in other processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hands import claim, lease, notices, refused, states, worker

from headwater import Board
from headwater.clock import ManualClock
from patience import PATIENCE_S

STATEMENTS_A_TASK = 8


@pytest.mark.parametrize("shape", ["chain", "star"])
def test_ten_thousand_descendants_are_cancelled_in_one_call(
    board: Board, statements: list[str], shape: str
) -> None:
    """The cost is a few statements a task, whatever the depth."""
    count = 10_000
    board.import_tasks(
        [
            {"key": f"t{n}", "needs": [f"t{n - 1 if shape == 'chain' else 0}"] if n else []}
            for n in range(count)
        ]
    )
    statements.clear()
    board.cancel(["t0"], dependents="cancel", reason="all of it")
    assert len(statements) <= STATEMENTS_A_TASK * count
    assert board.graph().counts == {"cancelled": count}


def test_containers_in_containers_are_cancelled_with_their_consumers(board: Board) -> None:
    board.add([{"key": "box"}, {"key": "after", "needs": ["box"]}])
    board.split("box", [{"key": f"p{n}"} for n in range(8)])
    for part in range(8):
        board.split(f"p{part}", [{"key": f"p{part}.{n}"} for n in range(60)])
    board.add([{"key": "user", "needs": ["p3.7"]}])
    board.cancel(["box"], dependents="cancel")
    assert board.graph().counts == {"cancelled": 2 + 8 + 8 * 60 + 1}


def test_a_container_deep_in_containers_is_cancelled(board: Board) -> None:
    board.add([{"key": "c0"}])
    for depth in range(100):
        board.split(f"c{depth}", [{"key": f"c{depth + 1}"}])
    board.cancel(["c0"])
    assert board.graph().counts == {"cancelled": 101}


def test_a_task_in_the_middle_takes_no_finished_and_no_unrelated_task_along(board: Board) -> None:
    board.add(
        [
            {"key": "a"},
            {"key": "b", "needs": ["a"]},
            {"key": "c", "needs": ["b"]},
            {"key": "side", "needs": ["a"]},
            {"key": "soft", "soft": ["b"]},
        ]
    )
    board.finish(lease(board, "a"), summary="x")
    assert sorted(board.cancel(["b"], dependents="cancel").cancelled) == ["b", "c"]
    assert states(board) == {
        "a": "done",
        "b": "cancelled",
        "c": "cancelled",
        "side": "ready",
        "soft": "ready",
    }


def test_what_a_cancelled_holder_delivers_is_kept_and_shown_to_the_next(board: Board) -> None:
    board.add([{"key": "a"}])
    mine = lease(board, "a", worker(board, "ann"))
    board.cancel(["a"])
    with pytest.raises(Exception, match="kept as salvage"):
        board.finish(mine, summary="nearly done", critical={"v": 1})
    assert states(board)["a"] == "cancelled"
    board.rework("a", "after all")
    (salvage,) = claim(board, "a").salvage or []
    assert (salvage.summary, salvage.critical) == ("nearly done", {"v": 1})


def test_a_cancelled_task_whose_lease_had_expired_cannot_be_revived(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    mine = lease(board, "a")
    other = worker(board, "other")
    for _ in range(16):
        clock.advance(minutes=4)
        board.check(session=other)
    assert states(board)["a"] == "ready"
    board.cancel(["a"])
    assert [one.why for one in board.check(mine).lost or []] == ["cancelled"]
    assert states(board)["a"] == "cancelled"
    with pytest.raises(Exception, match="refused"):
        board.finish(mine, summary="late")


def test_each_holder_among_the_descendants_is_told(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "soft": ["a"]}, {"key": "c"}])
    for key in ("a", "b", "c"):
        lease(board, key, worker(board, f"holder of {key}"))
    board.cancel(["a", "c"], reason="obsolete")
    told = [(one["task"], one["body"], json.loads(one["data"])) for one in notices(board)]
    assert told == [
        ("c", "obsolete", {"why": "cancelled"}),
        ("a", "obsolete", {"why": "cancelled"}),
    ]


HOLDER = """
import sys
from headwater import Board
with Board.open(sys.argv[1], "default") as board:
    me = board.join("far").session
    lease = board.claim(me, "a").lease
    print("holding", flush=True)
    news = board.check(lease, wait=45)
    while not (news.lost or any(one.kind == "lease_lost" for one in news.notices or [])):
        news = board.check(lease, wait=45)
    lost = board.check(lease).lost[0]
    print(lost.task, lost.why, lost.reason, flush=True)
    try:
        board.finish(lease, summary="late")
    except Exception as error:
        print(error.code, flush=True)
"""


def test_a_holder_in_another_process_is_woken_and_can_finish_no_more(tmp_path: Path) -> None:
    with Board.open(tmp_path / "far.db", "default") as far:
        far.add([{"key": "a"}])
        command = [sys.executable, "-c", HOLDER, str(tmp_path / "far.db")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "holding\n"
            far.cancel(["a"], reason="obsolete")
            assert holder.stdout.readline() == "a cancelled obsolete\n"
            assert holder.stdout.readline() == "stale_lease\n"
            assert holder.wait(PATIENCE_S) == 0
        assert far.verify() == []


def test_refusing_names_all_descendants_and_not_only_the_nearest(board: Board) -> None:
    board.add(
        [{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["b"]}],
    )
    with refused(board, "open_dependents", "b, c"):
        board.cancel(["a"])
