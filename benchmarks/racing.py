"""A crew of worker processes of one task store, and the races that they run on copies of a plan."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Self

from benchmarks import plans


@dataclass(frozen=True, slots=True)
class Race:
    """What a crew did with one store."""

    tasks: int
    seconds: float
    """From the start, given to all at once, to the last finish that was acknowledged."""
    finished: int
    twice: int
    """Tasks whose finish was acknowledged more than once."""
    cpu_s: float
    """Of all processes together."""
    nothing: int
    """Claims that found no task, or lost the one that they found to another process."""
    busy: int
    """Calls that were refused because the store was busy, and were made again."""
    stuck: int
    """Workers that could go neither on nor back."""

    @property
    def complete(self) -> bool:
        return self.finished == self.tasks and not self.twice

    @property
    def tasks_per_s(self) -> float:
        return self.finished / self.seconds


class Crew:
    """Worker processes of `benchmarks/peer_workers`, idle until a race starts.

    They live from race to race, so that no race measures the start of a Python.
    """

    def __init__(
        self, command: list[str], processes: int, folder: Path, environment: Mapping[str, str]
    ) -> None:
        self._folder = folder
        folder.mkdir(parents=True)
        self._workers = [
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                bufsize=1,
                env=dict(environment),
                cwd=folder,
            )
            for _ in range(processes)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.kill()
            worker.communicate()

    def build(self, name: str, tasks: list[dict[str, Any]]) -> Path:
        """A store with this plan; it stays as it is, and races run on copies of it."""
        store = self._folder / name
        store.mkdir()
        self._tell(self._workers[0], {"do": "build", "store": str(store), "tasks": tasks})
        self._hear(self._workers[0])
        return store

    def race(
        self, built: Path, count: int, limit_s: float, *, warm: bool = True, work_s: float = 0
    ) -> Race:
        """Work off a copy of a built store with all processes: `count` tasks against the clock.

        `warm`: before that, every process does one more. `work_s`: seconds between the claim of a
        task and its finish.
        """
        store = self._folder / "race"
        shutil.copytree(built, store)
        order: dict[str, Any] = {
            "do": "work",
            "store": str(store),
            "limit_s": limit_s,
            "warm": warm,
            "work_s": work_s,
            **plans.outcome("{key}"),
        }
        for at, worker in enumerate(self._workers):
            self._tell(worker, {**order, "agent": f"worker-{at}"})
        for worker in self._workers:
            self._hear(worker)
        begun = monotonic()
        for worker in self._workers:
            self._tell(worker, "go")
        reports = [self._hear(worker) for worker in self._workers]
        shutil.rmtree(store)
        times = Counter(key for one in reports for key in one["finished"])
        return Race(
            tasks=count,
            seconds=max(one["ended"] for one in reports) - begun,
            finished=len(times),
            twice=sum(times.values()) - len(times),
            cpu_s=sum(one["cpu_s"] for one in reports),
            nothing=sum(one["nothing"] for one in reports),
            busy=sum(one["busy"] for one in reports),
            stuck=sum(bool(one["stuck"]) for one in reports),
        )

    @staticmethod
    def _tell(worker: subprocess.Popen[str], order: object) -> None:
        assert worker.stdin is not None
        worker.stdin.write(json.dumps(order) + "\n")

    @staticmethod
    def _hear(worker: subprocess.Popen[str]) -> Any:
        assert worker.stdout is not None
        line = worker.stdout.readline()
        if not line:
            raise RuntimeError(f"a worker ended: {worker.args}")
        return json.loads(line)
