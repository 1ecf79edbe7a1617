"""Job queues on the same PostgreSQL server: one worker of Headwater in turn with one of theirs.

They do less: their jobs are empty and know no dependencies, leases, history or briefings. So the
figures are published and not judged. Each is installed by pip into an environment of its own.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks import environments, plans
from benchmarks.databases import databases
from benchmarks.measure import Options, Result, interleaved, ratio, seconds
from headwater import Board

Work = Callable[[int], float]
"""So many pairs or jobs; the seconds that they took."""
_WORKERS: Final = Path(__file__).parent / "peer_workers"


@dataclass(frozen=True, slots=True)
class Queue:
    """A published job queue, and how its worker is started."""

    requirement: str
    beside: str
    """The driver, which it does not bring along."""
    worker: str
    arguments: tuple[str, ...] = ()
    label: str = ""


QUEUES: Final = (
    Queue("procrastinate==3.10.0", "psycopg[binary]", "procrastinate_worker.py"),
    Queue("pgqueuer==1.6.0", "asyncpg", "pgqueuer_worker.py", ("1",), ", one by one"),
    Queue("pgqueuer==1.6.0", "asyncpg", "pgqueuer_worker.py", ("10",), ", batches of 10"),
)


def postgres_peers(options: Options) -> list[Result]:
    """Claims and finishes a second beside the jobs a second of every queue that installs here."""
    found: list[tuple[Queue, Path]] = []
    for queue in QUEUES:
        try:
            python = environments.python_with(
                queue.requirement, options.cache / "peers", queue.beside
            )
        except environments.NotInstallable as error:
            print(f"\n{queue.requirement} is left out, it cannot be installed: {error}", flush=True)
            continue
        found.append((queue, python))
    with databases(options) as server:
        return _in_turn(options, server, found) if server else []


def _in_turn(options: Options, server: Any, queues: list[tuple[Queue, Path]]) -> list[Result]:
    rounds, jobs = options.count(9, 2), options.count(200, 20)
    width = (rounds + 1) * jobs
    url = server.copy_of_template()
    with ExitStack() as stack:
        board = stack.enter_context(Board.open(url, "default"))
        board.import_tasks(plans.layered(3 * width, width))
        worker = plans.Worker(board, "one")
        workers = [
            stack.enter_context(_running(queue, python, server.create()))
            for queue, python in queues
        ]
        sides: list[Work] = [lambda jobs: seconds(lambda: worker.pairs(jobs)), *workers]
        for side in sides:
            side(jobs)  # the first calls warm the caches
        turns = [lambda _, side=side: side(jobs) for side in sides]
        ours, *theirs = interleaved(rounds, *turns)
    return [
        Result(
            f"PostgreSQL, 1 worker: Headwater / {queue.requirement.replace('==', ' ')}"
            f"{queue.label}",
            ratio(times, ours),
            raw={
                "headwater_pairs_per_s": round(jobs / median(ours)),
                f"{Path(queue.worker).stem}{''.join(queue.arguments)}_jobs_per_s": round(
                    jobs / median(times)
                ),
                "n": rounds * jobs,
            },
        )
        for (queue, _), times in zip(queues, theirs, strict=True)
    ]


@contextmanager
def _running(queue: Queue, python: Path, url: str) -> Iterator[Work]:
    """Its worker, waiting for work."""
    process = subprocess.Popen(
        [python, _WORKERS / queue.worker, url, *queue.arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
        env=environments.clean(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    orders, answers = process.stdin, process.stdout

    def run(jobs: int) -> float:
        # It measures from the first start to the last: one job less than it is given.
        orders.write(f"{jobs + 1}\n")
        answer = answers.readline()
        if not answer:
            raise RuntimeError(f"the worker of {queue.requirement} ended")
        return float(answer)

    with process:
        try:
            yield run
        finally:
            process.kill()
