"""Worker processes that may die at any moment, and what they had been told before.

A worker writes a line after each reply; what is in its notes was acknowledged.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from headwater.board import Board
from headwater.errors import HeadwaterError, StaleLease

# Each child starts from a server process without threads that has everything imported.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["headwater.board", "headwater.store.tables"])

Work = Callable[[Path, str, "Notes", int], None]


class Notes:
    """One JSON object a line, written at once: what the process knew when it died."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, kind: str, **facts: Any) -> None:
        os.write(self._file, (json.dumps({"kind": kind} | facts) + "\n").encode())


def read_notes(folder: Path) -> list[dict[str, Any]]:
    """All notes of all workers; a line torn by a kill was not finished and does not count."""
    found: list[dict[str, Any]] = []
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                found.append({"worker": file.stem} | json.loads(line))
    return found


class Worker:
    """A process that works on a store until it is done or killed."""

    def __init__(self, work: Work, db: Path, name: str, notes: Path, seed: int) -> None:
        self.name = name
        self.process = _CONTEXT.Process(target=_run, args=(work, db, name, notes, seed))
        self.process.start()

    def kill(self) -> None:
        """SIGKILL: no handler, no clean-up."""
        self.process.kill()
        self.process.join()

    def end(self, timeout_s: float = 120) -> None:
        self.process.join(timeout_s)
        assert self.process.exitcode == 0, f"{self.name} ended with {self.process.exitcode}"


def _run(work: Work, db: Path, name: str, notes: Path, seed: int) -> None:
    work(db, name, Notes(notes / f"{name}.jsonl"), seed)


def everything(db: Path, name: str, notes: Notes, seed: int) -> None:
    """Add, claim, finish in all ways, rework, without end."""
    chance = random.Random(seed)
    with Board.open(db, "default") as board:
        session = board.join(name).session
        notes.write("join", session=session)
        count, done = 0, [""]
        while True:
            key = f"{name}.{count}"
            count += 1
            board.add([{"key": key, "review": chance.random() < 0.1}, {"key": f"{key}.b",
                       "needs": [key]}], session=session, request=key)  # fmt: skip
            notes.write("add", tasks=[key, f"{key}.b"])
            got = board.claim(session)
            if got.none is None:
                notes.write("claim", task=got.task, fence=got.fence)
                outcome = chance.choice(["done", "done", "done", "release", "failed", "handoff"])
                if got.kind == "review":
                    outcome = "approve"
                try:
                    reply = board.finish(got.lease or "", outcome, summary=f"by {name}")
                except StaleLease:  # the other sent it back once more
                    continue
                notes.write("finish", task=got.task, fence=got.fence, outcome=outcome)
                if reply.state == "done":
                    done.append(got.task or "")
            if chance.random() < 0.2 and done[-1]:
                try:
                    again = board.rework(done[-1], f"again, says {name}")
                except HeadwaterError:  # somebody else was faster
                    continue
                notes.write("rework", task=again.task, round=again.round)


def until_all_done(db: Path, name: str, notes: Notes, seed: int) -> None:
    """Claim and finish until there is nothing left."""
    del seed
    with Board.open(db, "default") as board:
        session = board.join(name).session
        while True:
            began = perf_counter_ns()
            got = board.claim(session, wait=1)
            ended = perf_counter_ns()
            if got.none is not None:
                if got.none.reason == "all_done":
                    return
                continue
            notes.write("claim", task=got.task, fence=got.fence, began_ns=began, ended_ns=ended)
            began = perf_counter_ns()
            try:
                board.finish(got.lease or "", summary=f"by {name}")
            except StaleLease:  # this process had to wait for longer than its lease
                continue
            facts = {"task": got.task, "fence": got.fence, "outcome": "done"}
            notes.write("finish", began_ns=began, ended_ns=perf_counter_ns(), **facts)
