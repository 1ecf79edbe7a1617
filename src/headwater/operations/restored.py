"""Telling those on a store's boards that it was put back to a backup.

Without a word they would take their own lost calls for done, or for never made.
"""

from __future__ import annotations

from dataclasses import dataclass

from headwater.operations.caller import LOCAL
from headwater.operations.look.reading import iso
from headwater.operations.work import Work
from headwater.store.queries import boards
from headwater.store.rows import BoardRow
from headwater.store.store import Store
from headwater.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Restored:
    """How far a board goes, as the backup has it."""

    board: str
    revision: int
    last_call_ms: int
    """0 if nobody ever called."""


def tell(store: Store) -> list[Restored]:
    """Record the restore on every board, and leave everybody a notice."""
    found = store.read(lambda tx: tx.all(boards.ALL))
    return [store.write(lambda tx, row=row: _tell(tx, store, row)) for row in found]


def _tell(tx: Tx, store: Store, row: BoardRow) -> Restored:
    work = Work.open(tx, row.id, LOCAL, store.lease_key)
    known = Restored(row.name, work.revision, work.board.last_call_ms)
    data = {"revision": known.revision, "until": iso(known.last_call_ms)}
    text = (
        f"The store was put back to a backup, which ends at {data['until']} (revision "
        f"{known.revision}). What came after that is not there: check(session) shows what you "
        "hold; do and say again what is missing"
    )
    work.record("restored", data=data)
    work.notify("all", "restored", body=text, data=data)
    work.close()
    return known
