"""Run below `recorded_writes.c`: one process that works on a board for a while, and notes what it
was told. `python power_workers.py everything|keeping|restoring BOARD NOTES NAME REPLIES`."""

from __future__ import annotations

import sys
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Final

from kill_workers import Notes, Work, everything

from headwater.board import Board
from headwater.errors import BadRequest
from headwater.store.restoring import restore

LARGE = 300
"""Tasks at once: some 250 pages of the log."""


class Enough(Exception):
    """As many replies as were wanted."""


class SomeNotes(Notes):
    """Ends the work after so many notes."""

    def __init__(self, path: Path, replies: int) -> None:
        super().__init__(path)
        self._left = replies

    def write(self, kind: str, **facts: Any) -> None:
        super().write(kind, **facts)
        self._left -= 1
        if not self._left:
            raise Enough


def keeping(db: Path, name: str, notes: Notes, seed: int) -> None:
    """Large batches, backups, archives; and the board closed and opened again, with which the log
    is removed and begun anew where nobody else has it open."""
    del seed
    for number in count(1):
        with Board.open(db, "default") as board:
            keys = [f"{name}.{number}.{at}" for at in range(LARGE)]
            board.add([{"key": key} for key in keys])
            notes.write("add", tasks=keys)
            backup = db.with_name(f"{name}-{number}.backup")
            board.store.backup(backup)
            notes.write("backup", file=backup.name, tasks=keys)
            with suppress(BadRequest):  # what agents are at work on stays
                archived = board.archive(before=board.revision())
                notes.write("archive", file=Path(archived.file).name)


def restoring(db: Path, name: str, notes: Notes, seed: int) -> None:
    """A backup of another store takes the place of one that is open, with calls in its log."""
    del seed
    other = db.with_name("other.db")
    with Board.open(other, "default") as board:
        board.add([{"key": "new"}])
        board.store.backup(other.with_suffix(".backup"))
    with Board.open(db, "default") as board:
        board.add([{"key": f"old-{at}"} for at in range(LARGE)])
    with Board.open(db, "default") as board:  # the log has only some of the pages
        board.add([{"key": "old"}])
        notes.write("add", tasks=["old"])
        aside = restore(other.with_suffix(".backup"), db)
        notes.write("restore", aside=aside and aside.name)


WORK: Final[dict[str, Work]] = {
    "everything": everything,
    "keeping": keeping,
    "restoring": restoring,
}


def main(what: str, db: Path, notes: Path, name: str, replies: int) -> None:
    with suppress(Enough):
        WORK[what](db, name, SomeNotes(notes / f"{name}.jsonl", replies), replies)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
