"""Boards to measure on: layered graphs whose tasks carry texts of realistic size."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from headwater import Board
from headwater.operations import recall

SPEC = (
    "Implement the {key} stage of the pipeline. It takes what its upstreams delivered, checks it "
    "against the schema in schemas/{key}.json and writes the transformed records next to them. "
    "Keep the public function's signature as it is, because two other stages import it. Reject "
    "records without an identifier and count them; a run in which more than one in a hundred "
    "records is rejected has to fail with a message that names the first ten of them. Add tests "
    "for the empty file, for a file with one bad record and for one that is larger than memory. "
    "Measure the time a record takes before and after your change and put both numbers into the "
    "summary. Do not touch the retry logic; it is being rewritten by another task."
)
SUMMARY = (
    "The stage {key} reads and writes records one at a time now. Bad records are counted and the "
    "first ten are named when the run fails. All tests pass, three were added. A record takes "
    "41 microseconds (58 before)."
)


def task(key: str, needs: list[str], **more: Any) -> dict[str, Any]:
    """A task with a spec of some 700 bytes, acceptance criteria, a path and an estimate."""
    return {
        "key": key,
        "title": f"Stage {key} of the pipeline",
        "spec": SPEC.format(key=key),
        "acceptance": ["the tests pass", "the run fails above one percent of bad records"],
        "paths": [f"src/pipeline/{key}.py"],
        "estimate": 15,
        "needs": needs,
        **more,
    }


def layered(count: int, width: int, *, first_done: bool = True) -> list[dict[str, Any]]:
    """Layers of `width` tasks, each needing two of the layer before; the first layer is done."""
    tasks: list[dict[str, Any]] = []
    for at in range(count):
        layer, place = divmod(at, width)
        if layer == 0:
            done = {"state": "done", "summary": SUMMARY.format(key=_key(0, place))}
            tasks.append(task(_key(0, place), [], **(done if first_done else {})))
        else:
            needs = {_key(layer - 1, place), _key(layer - 1, (place + 1) % width)}
            tasks.append(task(_key(layer, place), sorted(needs)))
    return tasks


def _key(layer: int, place: int) -> str:
    return f"l{layer}-{place}"


def outcome(key: str) -> dict[str, Any]:
    """What a worker says at finish: a summary and two critical values."""
    return {
        "summary": SUMMARY.format(key=key),
        "critical": {"output": f"data/{key}/records.jsonl", "records": 18231},
    }


def build(path: Path, tasks: list[dict[str, Any]]) -> Path:
    """A new store with these tasks on its board; closed again, so that it is one file."""
    with Board.open(path) as board:
        board.import_tasks(tasks)
    return path


CAPABILITIES = ("python", "sql")


def build_with_every_rule(path: Path, tasks: list[dict[str, Any]]) -> Path:
    """The same, on a board that has switched on whatever can be: a strict profile with reviews of
    everything, evidence, paths kept apart, hints, budgets of the board and of groups, limits of
    tasks, capabilities, fingerprints for reuse."""
    with Board.open(path) as board:
        board.policy(profile="safe", evidence="required", paths="refuse", recall="hints")
        board.policy(review="always", check_minutes=30, budget_share=50, ageing_minutes=60)
        board.budget("", minutes=10_000_000, tokens=10**12)
        for group in range(10):
            board.budget(f"group-{group}", minutes=1_000_000)
        board.add([{"key": "first-of-all"}], reuse="normalised")
        board.done("first-of-all")
        for at, one in enumerate(tasks):
            one |= {"group": f"group-{at % 10}", "budget": {"minutes": 60, "tokens": 9_000}}
            one["capabilities"] = list(CAPABILITIES[: at % 3])
        board.import_tasks(tasks)
        while board.store.read(lambda tx: recall.is_behind(tx, board.id)):
            board.graph("search", query="whoever searches indexes a part")
    return path


def copy(path: Path, name: str) -> Path:
    """A copy of a closed store beside it."""
    target = path.with_name(name)
    for suffix in ("-wal", "-shm", ".lock"):
        target.with_name(name + suffix).unlink(missing_ok=True)
    shutil.copyfile(path, target)
    return target


class Worker:
    """Someone who claims and finishes."""

    def __init__(self, board: Board, agent: str, evidence: dict[str, str] | None = None) -> None:
        self.board = board
        self.evidence = evidence or {}
        self.session = board.join(agent, capabilities=CAPABILITIES).session

    def claim(self) -> tuple[str, str]:
        """The task and its lease."""
        briefing = self.board.claim(self.session)
        if briefing.task is None or briefing.lease is None:
            raise RuntimeError(f"the benchmark's queue ran empty: {briefing.none}")
        return briefing.task, briefing.lease

    def finish(self, key: str, lease: str) -> None:
        self.board.finish(lease, **outcome(key), evidence=self.evidence)

    def pairs(self, count: int) -> None:
        """Claim and finish `count` tasks."""
        for _ in range(count):
            self.finish(*self.claim())
