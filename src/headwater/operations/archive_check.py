"""Do archive files hold what was moved into them, and does the store go on from there?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headwater.graph.baseline import Baseline, fold
from headwater.operations.verify import archived_deliveries, archived_records
from headwater.store.chain import START, ChainReader
from headwater.store.queries import archive as queries
from headwater.store.queries import boards
from headwater.store.rows import ArchiveRow
from headwater.store.transaction import Tx

_MOST = 100


@dataclass(slots=True)
class _Seen:
    """What the files that were read so far hold."""

    numbers: set[int] = field(default_factory=set[int])
    rows: Baseline = field(default_factory=dict[tuple[str, int], Any])
    images: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    """The newest archived image of a task's aspect."""

    def read(self, lines: Iterable[dict[str, Any]]) -> tuple[int, int]:
        """How many events and images there were."""
        events = images = 0
        for line in lines:
            if "event" in line:
                events += 1
                fold(self.rows, [line["event"]["data"]])
            elif "image" in line:
                images += 1
                image = line["image"]
                self.images[image["task_id"], image["aspect"]] = image["revision"]
        return events, images


def check(tx: Tx, board_id: int, paths: Iterable[Path]) -> list[str]:
    """Every problem as a sentence. If all files of the board are given, their content is also
    compared with what the store goes on from."""
    known = {row.number: row for row in tx.all(queries.ALL, board_id=board_id)}
    board = tx.one(boards.BY_ID, id=board_id)
    name = board.name if board else ""
    seen = _Seen()
    found: list[str] = []
    for path in sorted(paths, key=lambda one: _number(ChainReader(one).first())):
        found += _one(path, name, known, seen)
    if not found and seen.numbers == known.keys():
        found += _goes_on(tx, board_id, seen)
    return found[:_MOST]


def _one(path: Path, board: str, known: dict[int, ArchiveRow], seen: _Seen) -> Iterator[str]:
    """The chain of one file, and its head: so it is what was written, to the letter."""
    reader = ChainReader(path)
    header = reader.first()
    if reader.problem:
        yield reader.problem
        return
    if "headwater_archive" not in header or header.get("board") != board:
        yield f"{path}: it is no archive of the board {board!r}"
        return
    row = known.get(_number(header))
    if row is None:
        yield f"{path}: this store has archived nothing under number {header.get('number')}"
        return
    before = known.get(row.number - 1)
    lines = ChainReader(path, before.head if before else START)
    for _ in lines:  # before anything in it is believed
        pass
    if lines.problem:
        yield lines.problem
    elif lines.head != row.head:
        yield f"{path}: it does not end as it did when it was written: lines were changed"
    elif (header["first"], *seen.read(ChainReader(path))) != (row.first, row.events, row.images):
        yield f"{path}: it holds other revisions than the store says"
    else:
        seen.numbers.add(row.number)


def _number(header: dict[str, Any]) -> int:
    number = header.get("number")
    return number if isinstance(number, int) else 0


def _goes_on(tx: Tx, board_id: int, seen: _Seen) -> Iterator[str]:
    """The store goes on from what all files together end with."""
    for (task_id, aspect), revision in seen.images.items():
        oldest = tx.one(queries.OLDEST_IMAGE, task_id=task_id, aspect=aspect)
        if oldest is None or int(oldest[0]) <= revision:
            yield f"task number {task_id}: its {aspect} of revision {revision} has no successor"
    if tx.one(queries.REDACTIONS) is not None:
        return  # the store's rows were changed on purpose, the files were not
    left = {key: kept for key, kept in seen.rows.items() if kept is not None}
    for row_id, digest in archived_deliveries(tx, board_id).items():
        kept = left.pop(("delivery", row_id), None)
        if kept is None or kept.digest != digest:
            yield f"delivery {row_id}: replay starts from another one than the archive has"
    for record in archived_records(tx, board_id):
        kept = left.pop((record.table, record.id), None)
        if kept is None or json.loads(kept.image) != record.values:
            yield f"{record.table} {record.id}: replay starts from another than the archive has"
    for table, row_id in left:
        yield f"{table} {row_id} is in the archive, and replay does not start from it"
