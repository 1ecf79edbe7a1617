"""A worker of Headwater, through its Python API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crew import Busy, serve

from headwater import Board
from headwater.errors import StoreBusy
from headwater.verbs.work import Briefing


class Headwater:
    """A board in an SQLite file, flushed before each acknowledgement.

    A finish claims the next task in the same call. A claim that finds nothing waits by itself.
    """

    pause_s = 0.0

    def __init__(self) -> None:
        self._board: Board
        self._session = ""
        self._over = False

    def build(self, store: str, tasks: list[dict[str, Any]]) -> None:
        with Board.open(_path(store)) as board:
            board.import_tasks(tasks)

    def open(self, store: str, agent: str) -> None:
        self._board = Board.open(_path(store))
        self._session = self._board.join(agent).session
        self._next: Briefing | None = None
        self._over = False

    def claim(self) -> tuple[str, str] | None:
        briefing, self._next = self._next, None
        if briefing is None or briefing.task is None:
            briefing = self._claim()
        if briefing.none is not None:
            self._over = briefing.none.reason == "all_done"
        if briefing.task is None or briefing.lease is None:
            return None
        return briefing.task, briefing.lease

    def _claim(self) -> Briefing:
        try:
            return self._board.claim(self._session, wait=1)
        except StoreBusy as error:
            raise Busy from error

    def finish(
        self, key: str, proof: str, summary: str, critical: dict[str, Any], *, last: bool
    ) -> None:
        del key  # a lease is enough
        said = {"summary": summary, "critical": critical, "claim_next": not last}
        try:
            self._next = self._board.finish(proof, **said).claimed
        except StoreBusy as error:
            raise Busy from error

    def over(self) -> bool:
        return self._over

    def close(self) -> None:
        self._board.close()


def _path(store: str) -> Path:
    return Path(store) / "board.db"


if __name__ == "__main__":
    serve(Headwater())
