"""Tasks that do not exist, and those that may have been meant: keys that stand near in their order.

A board is not scanned for it: so many keys before the wrong one are read and so many from there on,
which on a board of that size is every key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from headwater.errors import UnknownTask, guess
from headwater.store.queries import tasks
from headwater.store.transaction import Tx

_EACH_WAY: Final = 100


def unknown_task(tx: Tx, board_id: int, key: str) -> UnknownTask:
    """The refusal of a key that no task of this board has."""
    meant = guess([key], keys_near(tx, board_id, [key]))
    return UnknownTask(f"no task {key!r} on this board{meant}", next='graph(view="list")')


def keys_near(tx: Tx, board_id: int, wrong: Iterable[str]) -> list[str]:
    """Keys of tasks that stand near to these in their order."""
    found: dict[str, None] = {}
    for key in wrong:
        for statement in (tasks.KEYS_FROM, tasks.KEYS_BEFORE):
            rows = tx.all(statement, board_id=board_id, key=key, count=_EACH_WAY)
            found.update((str(row[0]), None) for row in rows)
    return list(found)
