"""Does every reader's record of what it was given agree with that delivery? The parts of `verify`
and `repair` about readings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from headwater.operations.images import compact
from headwater.store.queries import verify as queries
from headwater.store.rows import BoardRow
from headwater.store.transaction import Tx

_CHUNK: Final = 2_000


def check(tx: Tx, board: BoardRow) -> Iterator[str]:
    """Each reading whose digests are not those of the delivery that it names."""
    for key, source, _task_id, _source_id, _wanted in _wrong(tx, board.id):
        yield f"task {key}: what it read of {source} is not what was delivered"


def repair(tx: Tx, board: BoardRow) -> int:
    """Take the digests from the deliveries again; the number of readings that were wrong."""
    wrong = list(_wrong(tx, board.id))
    for _key, _source, task_id, source_id, wanted in wrong:
        tx.run(queries.SET_READING, task_id=task_id, source_id=source_id, digests=wanted)
    return len(wrong)


def _wrong(tx: Tx, board_id: int) -> Iterator[tuple[str, str, int, int, str]]:
    after = (0, 0)
    while rows := tx.all(
        queries.READINGS, board_id=board_id, task_id=after[0], source_id=after[1], count=_CHUNK
    ):
        for key, source, task_id, source_id, stored, delivered in rows:
            wanted = _given(stored, json.loads(delivered))
            if wanted != stored:
                yield key, source, task_id, source_id, wanted
        after = (int(rows[-1][2]), int(rows[-1][3]))


def _given(stored: str, delivered: dict[str, str]) -> str:
    """The digests of the names that were read; of all, if the names are lost."""
    try:
        names = list(json.loads(stored).keys())
    except (ValueError, AttributeError):
        return compact(delivered)
    return compact({name: delivered.get(name, "") for name in names})
