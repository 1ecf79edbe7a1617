"""Sudden death: writers are killed at random moments, and nothing that was acknowledged is lost."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from acknowledged import ATTEMPTS, assert_kept, rows
from kill_workers import Worker, everything, read_notes, until_all_done
from programs import assert_sound

from headwater.board import Board
from patience import PATIENCE_S

LEASE_MINUTES = 1 / 6
"""The shortest that a policy allows: ten seconds."""


def kill_rounds(folder: Path, rounds: int, seed: int) -> None:
    db, notes = folder / "board.db", folder / "notes"
    notes.mkdir()
    chance = random.Random(seed)
    Board.open(db, "default").close()
    before = 0
    for round_number in range(rounds):
        workers = [
            Worker(everything, db, f"r{round_number}w{n}", notes, chance.randrange(1 << 30))
            for n in range(8)
        ]
        _await_notes(notes, [worker.name for worker in workers])
        for worker in workers:
            sleep(chance.uniform(0, 0.08))  # the moment of death
            worker.kill()
        told = read_notes(notes)
        assert len(told) > before + 8
        before = len(told)
        with Board.open(db, "default") as board:
            assert_kept(board, told)
    kinds = Counter(note["kind"] for note in read_notes(notes))
    assert set(kinds) == {"join", "add", "claim", "finish", "rework"}, kinds
    assert_sound(db)


def _await_notes(folder: Path, names: list[str]) -> None:
    """Until every worker is in the middle of it."""
    until = monotonic() + PATIENCE_S
    missing = set(names)
    while missing:
        assert monotonic() < until, f"{missing} never got to work"
        for name in list(missing):
            file = folder / f"{name}.jsonl"
            if file.exists() and '"claim"' in file.read_text():
                missing.discard(name)
        sleep(0.005)


def test_killed_writers_lose_nothing_acknowledged(tmp_path: Path) -> None:
    kill_rounds(tmp_path, rounds=20, seed=1)


def torture(folder: Path, *, processes: int, tasks: int, killing_s: float, seed: int) -> None:
    """Kill and replace workers at random, let the rest drain the board, look at everything."""
    db, notes = folder / "board.db", folder / "notes"
    notes.mkdir()
    with Board.open(db, "default") as board:
        board.policy(lease_minutes=LEASE_MINUTES)
        for start in range(0, tasks, 500):
            board.add(
                [
                    {"key": f"t{n}", "needs": [f"t{n - 1}"] if n % 4 else [], "attempts": 100}
                    for n in range(start, min(start + 500, tasks))
                ]
            )
    chance = random.Random(seed)
    workers = [Worker(until_all_done, db, f"w{n}", notes, n) for n in range(processes)]
    count, killed, until = processes, 0, monotonic() + killing_s
    while monotonic() < until:
        sleep(chance.uniform(0.05, 0.3))  # the moment of death
        at = chance.randrange(processes)
        if workers[at].process.exitcode is None:
            workers[at].kill()
            killed += 1
            workers[at] = Worker(until_all_done, db, f"w{count}", notes, count)
            count += 1
    for worker in workers:
        worker.end()
    told = read_notes(notes)
    assert killed > 3
    with Board.open(db, "default") as board:
        assert set(board.graph(limit=1).counts) == {"done"}
        assert_kept(board, told)
        accepted = Counter(one["task"] for one in rows(board, ATTEMPTS) if one["outcome"] == "done")
        assert len(accepted) == tasks
        assert set(accepted.values()) == {1}
        again = rows(board, "SELECT count(*) AS n FROM attempt WHERE outcome = 'expired'")
    print(f"{killed} killed, {again[0]['n']} leases came back, {len(told)} calls acknowledged")
    assert_apart(told)
    assert_sound(db)


def assert_apart(told: list[dict[str, Any]]) -> None:
    """A task was given again only after its lease had run out: no two live leases at one time."""
    claims: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for note in told:
        if note["kind"] == "claim":
            claims[note["task"]].append(note)
    least_ns = LEASE_MINUTES * 60e9
    for task, given in claims.items():
        given.sort(key=lambda note: note["fence"])
        for one, other in pairwise(given):
            assert other["ended_ns"] - one["began_ns"] >= least_ns, f"{task} had two holders"


def test_sixteen_processes_with_random_deaths_do_every_task_once(tmp_path: Path) -> None:
    torture(tmp_path, processes=16, tasks=1500, killing_s=4, seed=3)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_sixteen_processes_with_many_deaths_do_twenty_thousand_tasks_once(tmp_path: Path) -> None:
    torture(tmp_path, processes=16, tasks=20_000, killing_s=60, seed=4)


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "add", "tasks": ["lost"]},
        {"kind": "join", "session": "s-lost"},
        {"kind": "claim", "worker": "ann", "task": "a", "fence": 2},
        {"kind": "claim", "worker": "bob", "task": "a", "fence": 1},
        {"kind": "finish", "worker": "ann", "task": "a", "fence": 1, "outcome": "failed"},
        {"kind": "rework", "task": "a", "round": 2},
    ],
)
def test_an_acknowledged_call_that_is_not_there_is_noticed(
    tmp_path: Path, told: dict[str, Any]
) -> None:
    with Board.open(tmp_path / "board.db", "default") as board:
        board.add([{"key": "a"}])
        session = board.join("ann").session
        job = board.claim(session)
        board.finish(job.lease or "", summary="made")
        true = [
            {"kind": "add", "tasks": ["a"]},
            {"kind": "join", "session": session},
            {"kind": "claim", "worker": "ann", "task": "a", "fence": 1},
            {"kind": "finish", "worker": "ann", "task": "a", "fence": 1, "outcome": "done"},
        ]
        assert_kept(board, true)
        with pytest.raises((AssertionError, KeyError)):
            assert_kept(board, [*true, told])
        with pytest.raises(AssertionError):
            assert_kept(board, [*true, true[-1]])


def test_two_holders_at_one_time_are_noticed() -> None:
    def given(fence: int, at_s: float) -> dict[str, Any]:
        at_ns = int(at_s * 1e9)
        return {"kind": "claim", "task": "a", "fence": fence, "began_ns": at_ns, "ended_ns": at_ns}

    assert_apart([given(1, 0), given(2, 10.5)])
    with pytest.raises(AssertionError, match="two holders"):
        assert_apart([given(1, 0), given(2, 9)])
