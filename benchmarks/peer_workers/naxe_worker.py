"""A worker of naxe 0.4.5, through the functions under its MCP tools: no JSON, no server between."""
# Runs in naxe's own environment, where its types can be found.
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from crew import Busy, serve
from naxe import store as tasks_of
from naxe.schema import get_connection


class Naxe:
    """A job in an SQLite file, as naxe opens it: synchronous=NORMAL, busy_timeout 5 s.

    The functions leave the commit to their caller, as naxe's own server does it after each call.
    """

    pause_s = 0.001

    def __init__(self) -> None:
        self._connection: Any = None
        self._job = ""
        self._agent = ""

    def build(self, store: str, tasks: list[dict[str, Any]]) -> None:
        connection = get_connection(_path(store))
        job = tasks_of.create_job(connection, "benchmark")["id"]
        specs = [
            {
                "id": one["key"],
                "name": one["title"],
                "description": one["spec"],
                "duration_minutes": one["estimate"],
                "depends_on": one["needs"],
            }
            for one in tasks
        ]
        tasks_of.add_tasks(connection, job, specs)
        connection.commit()
        connection.close()
        _job_file(store).write_text(job)

    def open(self, store: str, agent: str) -> None:
        self._connection = get_connection(_path(store))
        self._job = _job_file(store).read_text()
        self._agent = agent

    def claim(self) -> tuple[str, None] | None:
        task = self._committed(tasks_of.claim_next_action, self._job, self._agent)
        return (task["id"], None) if task else None

    def finish(
        self, key: str, proof: None, summary: str, critical: dict[str, Any], *, last: bool
    ) -> None:
        del proof, last  # there is no proof: any agent may complete any task
        output = summary + "\n" + json.dumps(critical)
        answer = self._committed(tasks_of.complete_task, key, self._agent, output)
        if "error" in answer:
            raise RuntimeError(answer["error"])

    def over(self) -> bool:
        job = tasks_of.get_job(self._connection, self._job)
        return job is not None and job["status"] == "completed"

    def close(self) -> None:
        self._connection.close()

    def _committed(self, call: Any, *arguments: str) -> Any:
        try:
            answer = call(self._connection, *arguments)
            self._connection.commit()
        except sqlite3.OperationalError as error:
            self._connection.rollback()
            raise Busy from error
        return answer


def _path(store: str) -> str:
    return str(Path(store) / "naxe.db")


def _job_file(store: str) -> Path:
    return Path(store) / "job"


if __name__ == "__main__":
    serve(Naxe())
