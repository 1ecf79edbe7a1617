"""The least that a durable claim and finish could be: three statements and a commit each."""

from __future__ import annotations

from pathlib import Path

from benchmarks import plans
from headwater.store import engine

_SCHEMA = """
CREATE TABLE task (id INTEGER PRIMARY KEY, state TEXT, fence INTEGER, pending INTEGER, spec TEXT,
                   place INTEGER, holder TEXT, delivery TEXT);
CREATE INDEX ready ON task (place, id) WHERE state = 'ready';
CREATE TABLE edge (task INTEGER, upstream INTEGER, PRIMARY KEY (task, upstream)) WITHOUT ROWID;
CREATE INDEX consumer ON edge (upstream, task);
CREATE TABLE event (revision INTEGER PRIMARY KEY, kind TEXT, task INTEGER, data TEXT);
"""


class Loop:
    """A hand-written task queue on SQLite, without sessions, leases, briefings or checks."""

    def __init__(self, path: Path, count: int) -> None:
        path.touch()
        self._connection = engine.connect(engine.driver(), path, busy_s=10)
        self._connection.execute("PRAGMA journal_mode=WAL").fetchall()
        self._connection.executescript(_SCHEMA)
        half = count // 2
        tasks = [
            (at, "ready" if at <= half else "waiting", 0 if at <= half else 2, plans.SPEC, at)
            for at in range(1, count + 1)
        ]
        edges = [(half + at, up) for at in range(1, half + 1) for up in (at, at % half + 1)]
        self._connection.execute("BEGIN")
        self._connection.executemany(
            "INSERT INTO task (id, state, fence, pending, spec, place) VALUES (?, ?, 0, ?, ?, ?)",
            tasks,
        )
        self._connection.executemany("INSERT INTO edge VALUES (?, ?)", edges)
        self._connection.execute("COMMIT")

    def pairs(self, count: int) -> None:
        """Claim and finish `count` tasks."""
        for _ in range(count):
            self._finish(self._claim())

    def _claim(self) -> int:
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        task, _spec = run(
            "SELECT id, spec FROM task WHERE state = 'ready' ORDER BY place, id LIMIT 1"
        ).fetchall()[0]
        run(
            "UPDATE task SET state = 'active', fence = fence + 1, holder = 'one' WHERE id = ?",
            (task,),
        )
        run("INSERT INTO event (kind, task) VALUES ('claimed', ?)", (task,))
        run("COMMIT")
        return task

    def _finish(self, task: int) -> None:
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        run(
            "UPDATE task SET state = 'done', delivery = ? WHERE id = ? AND fence = 1",
            (plans.SUMMARY, task),
        )
        run(
            "UPDATE task SET pending = pending - 1, state = CASE pending WHEN 1 THEN 'ready' "
            "ELSE state END WHERE id IN (SELECT task FROM edge WHERE upstream = ?)",
            (task,),
        )
        run("INSERT INTO event (kind, task, data) VALUES ('finished', ?, ?)", (task, plans.SUMMARY))
        run("COMMIT")

    def close(self) -> None:
        self._connection.close()
