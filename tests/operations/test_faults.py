"""Faults that were measured in other task graphs for agents, each shown absent where no other
test does."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from hands import claim, edges, events, finish, lease, states, worker

from headwater import Board
from headwater.store.transaction import Tx
from patience import PATIENCE_S
from raw_sql import execute


def test_what_others_do_never_ends_a_lease(board: Board) -> None:
    """One counter for the whole graph would make every token stale at the next claim of anybody."""
    board.add([{"key": f"t{number}"} for number in range(8)])
    held = [lease(board, f"t{number}") for number in range(8)]
    board.add([{"key": "late"}])
    finish(board, "late")
    for token in reversed(held):
        assert board.check(token).leases
        assert board.finish(token, summary="done").state == "done"


def test_a_repair_keeps_the_neighbours_of_what_was_cancelled_and_split(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["b"]}])
    board.add([{"key": "d", "needs": ["a"]}, {"key": "e", "needs": ["d"]}])
    board.cancel(["d"], dependents="release", reason="not needed")
    board.split("b", [{"key": "b1"}, {"key": "b2", "needs": ["b1"]}])
    before = (states(board), edges(board))

    def damage(tx: Tx) -> None:
        for key in "abcde":
            execute(tx, "UPDATE task SET state = 'ready', pending = 0 WHERE key = ?", key)
        execute(tx, "DELETE FROM edge WHERE kind = 'hard'")

    board.store.write(damage)
    assert board.verify()
    board.repair()
    assert (states(board), edges(board)) == before


def test_an_event_that_nobody_knows_stops_no_call(board: Board) -> None:
    """A newer version wrote it; the claim after it must not be lost with its token."""
    board.add([{"key": "a"}])

    def write(tx: Tx) -> None:
        execute(
            tx,
            "INSERT INTO event (board_id, revision, kind, task, actor, at_ms, reason, data) "
            "SELECT id, revision + 1, 'of_the_future', '', 'x', 0, '', '{}' FROM board",
        )
        execute(tx, "UPDATE board SET revision = revision + 1")

    board.store.write(write)
    assert claim(board, "a").lease
    assert "of_the_future" in events(board)
    assert board.graph("history").events


def test_a_request_that_comes_twice_at_once_is_done_once(board: Board) -> None:
    """By two handles on the store, as two processes have, at the same moment."""
    specs = [{"key": "a"}]
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(board.add, specs, request="same") for _ in range(16)]
        replies = {call.result().revision for call in calls}
    assert len(replies) == 1
    assert events(board) == ["added"]


def test_an_archive_keeps_what_tasks_delivered(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", artifacts=[{"name": "out", "text": "the text"}], critical={"port": 1})
    for _ in range(3):
        board.tell("all", "x")
    board.archive(before=board.revision())
    assert board.graph(task="a", artifact="out").artifact["text"] == "the text"
    (entry,) = claim(board, "b").upstream or []
    assert entry.critical == {"port": 1}


def test_everything_that_is_exported_is_there() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from headwater import *; print(Board.__name__)"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "Board\n"), done.stderr


def test_whoever_is_told_nothing_is_claimable_knows_whether_to_stop(board: Board) -> None:
    """A board that is done and one that is stuck for ever do not look the same."""
    board.add([{"key": "a", "attempts": 1}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", outcome="failed", summary="no way")
    stuck = board.claim(worker(board)).none
    board.done("a")
    finish(board, "b")
    over = board.claim(worker(board)).none
    assert stuck is not None
    assert over is not None
    assert (stuck.reason, over.reason) == ("stuck", "all_done")
