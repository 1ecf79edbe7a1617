"""Claims are linearizable: recorded histories of threads over two handles of one store.

Every call is noted with the moments before and after it. The checker knows nothing of the store:
it takes the notes and says what no order of the calls could explain.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Protocol

import pytest

from claim_history import Call, violations
from headwater.board import Board
from headwater.errors import HeadwaterError

THREADS = 8
TASKS = 100
OUTCOMES = ["done", "release", "release", "handoff", "failed"]


class Claims(Protocol):
    """What a worker needs of a board."""

    def claim(self, session: str) -> Any: ...
    def finish(self, lease: str, outcome: Any, *, summary: str) -> Any: ...


def work_off(board: Claims, session: str, seed: int, notes: list[Call]) -> None:
    """Claim and finish until everything is done; now and then finish a second time."""
    chance = random.Random(seed)
    over: set[tuple[str, int]] = set()
    while True:
        began = perf_counter_ns()
        got = board.claim(session)
        ended = perf_counter_ns()
        if got.none is not None:
            if got.none.reason in ("all_done", "stuck"):
                return
            continue
        notes.append(Call("claim", got.task, got.fence, began, ended))
        outcome = chance.choice(OUTCOMES)
        for _ in range(1 if chance.random() < 0.8 else 2):
            began, accepted = perf_counter_ns(), True
            try:
                board.finish(got.lease, outcome, summary="why")
            except HeadwaterError:
                accepted = False
            ended = perf_counter_ns()
            if (got.task, got.fence) not in over:  # a repeat gets the first reply
                over.add((got.task, got.fence))
                notes.append(Call("finish", got.task, got.fence, began, ended, accepted, outcome))


def history_of(boards: Sequence[Claims], sessions: Sequence[str], seed: int) -> list[Call]:
    """Let a thread for each session work off the board, and gather what they saw."""
    start = threading.Barrier(len(sessions))

    def run(number: int) -> list[Call]:
        notes: list[Call] = []
        start.wait()
        work_off(boards[number % len(boards)], sessions[number], seed + number, notes)
        return notes

    with ThreadPoolExecutor(len(sessions)) as pool:
        return [call for notes in pool.map(run, range(len(sessions))) for call in notes]


@contextmanager
def two_boards(
    path: str | Path, tasks: int, **policy: float
) -> Iterator[tuple[list[Board], list[str]]]:
    """Two handles on one store, a plan of pairs, and a session for each thread."""
    with Board.open(path, "default") as one, Board.open(path, "default") as other:
        one.policy(releases=1000, backoff_first_ms=0, avoid_minutes=0, **policy)
        one.add(
            [
                {"key": f"t{n}", "needs": [f"t{n - 1}"] if n % 2 else [], "attempts": 100}
                for n in range(tasks)
            ]
        )
        boards = [one, other]
        sessions = [boards[n % 2].join(f"agent-{n}").session for n in range(THREADS)]
        yield boards, sessions
        assert one.verify() == []


@pytest.mark.parametrize("seed", [1, 2])
def test_histories_of_eight_threads_over_two_handles_are_linearizable(
    location: str, seed: int
) -> None:
    check_history(location, seed)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_histories_are_linearizable(tmp_path: Path) -> None:
    for seed in range(100):
        check_history(tmp_path / str(seed) / "board.db", seed)


def check_history(location: str | Path, seed: int) -> None:
    with two_boards(location, tasks=TASKS) as (boards, sessions):
        history = history_of(boards, sessions, seed * 100)
    claims = [call for call in history if call.kind == "claim"]
    done = {call.task for call in history if call.accepted and call.outcome == "done"}
    assert len(done) == TASKS
    assert len(claims) > 2 * TASKS
    overlapping = sum(
        1 for a in claims for b in claims if a is not b and a.began_ns < b.ended_ns < a.ended_ns
    )
    assert overlapping, "the threads never met: this history proves nothing"
    assert violations(history) == []


class HandsOutTwice:
    """A board with a planted bug: now and then a claim gets the answer of the claim before."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._last: Any = None
        self._count = 0

    def claim(self, session: str) -> Any:
        self._count += 1
        if self._last is not None and self._count % 7 == 0:
            return self._last
        got = self._board.claim(session)
        if got.none is None:
            self._last = got
        return got

    def finish(self, lease: str, outcome: Any, *, summary: str) -> Any:
        return self._board.finish(lease, outcome, summary=summary)


def test_a_task_that_is_handed_out_twice_is_noticed(tmp_path: Path) -> None:
    with two_boards(tmp_path / "board.db", tasks=TASKS) as (boards, sessions):
        broken = [HandsOutTwice(board) for board in boards]
        history = history_of(broken, sessions, 7)
    assert any("given twice" in one for one in violations(history))


def claim(fence: int, began: int, ended: int) -> Call:
    return Call("claim", "t", fence, began, ended)


def finish(fence: int, began: int, ended: int, outcome: str = "release") -> Call:
    return Call("finish", "t", fence, began, ended, outcome=outcome)


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ([claim(1, 0, 10), claim(2, 20, 30), finish(1, 40, 50)], "while t#1 was live"),
        ([claim(1, 0, 10), claim(2, 20, 30)], "never finished"),
        ([claim(2, 0, 10), finish(2, 11, 12), claim(1, 20, 30), finish(1, 31, 32)], "given after"),
        ([claim(1, 0, 10), finish(1, 11, 12), finish(1, 13, 14)], "finished 2 times"),
        (
            [
                claim(1, 0, 1),
                finish(1, 2, 3, "done"),
                claim(2, 4, 5),
                finish(2, 6, 7, "done"),
            ],
            "accepted 2 times",
        ),
        ([finish(3, 0, 1)], "never claimed"),
    ],
)
def test_the_checker_refuses_impossible_histories(history: list[Call], said: str) -> None:
    assert said in " ".join(violations(history))


def test_the_checker_accepts_calls_that_overlap_in_a_possible_order() -> None:
    history = [claim(1, 0, 10), finish(1, 11, 40), claim(2, 12, 41), finish(2, 42, 50, "done")]
    assert violations(history) == []
