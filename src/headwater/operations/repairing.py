"""A repair from beginning to end: look, copy the store, repair, look again, all or nothing."""

from __future__ import annotations

from pathlib import Path

from headwater.errors import Conflict
from headwater.operations import recall
from headwater.operations.caller import Caller
from headwater.operations.repair import repair as rebuild
from headwater.operations.verify import verify
from headwater.operations.work import Work
from headwater.store.queries import boards
from headwater.store.queries.repair import UNHURRIED
from headwater.store.store import Store
from headwater.store.transaction import Tx
from headwater.verbs.keeping import Repaired

SHOWN = 20


def repair(store: Store, board_id: int, caller: Caller) -> Repaired:
    """Rebuild what `verify` finds wrong.

    Raises:
        Conflict: no problem would go away; nothing was changed.
    """
    index = store.write(lambda tx: recall.problems(tx, board_id))
    if not index and not store.read(lambda tx: verify(tx, board_id)):
        return store.read(lambda tx: _nothing(tx, board_id))
    backup = _free(store.path)
    store.backup(backup)
    return store.write(lambda tx: _repair(tx, store, board_id, caller, str(backup), index))


def _nothing(tx: Tx, board_id: int) -> Repaired:
    revision = tx.number(boards.REVISION, id=board_id)
    return Repaired(problems=[], repaired=0, left=[], revision=revision, next="headwater status")


def _free(store: Path) -> Path:
    """A name for the backup that no file has yet."""
    number = 1
    while (path := store.with_name(f"{store.name}.backup-repair-{number}")).exists():
        number += 1
    return path


def _repair(
    tx: Tx, store: Store, board_id: int, caller: Caller, backup: str, index: list[str]
) -> Repaired:
    tx.all(UNHURRIED)
    problems = verify(tx, board_id)
    changed = rebuild(tx, board_id)
    recall.forget(tx, board_id)
    left = verify(tx, board_id)
    if problems and len(left) >= len(problems):
        raise Conflict(
            "the log does not say how to repair this; nothing was changed",
            state={"problems": left[:SHOWN], "backup": backup},
            next="restore an older backup, or end the leases that are named: headwater release",
        )
    work = Work.open(tx, board_id, caller, store.lease_key)
    if problems:
        work.record("repaired", data={"problems": len(problems), "rows": changed})
    work.close()
    return Repaired(
        backup=backup,
        problems=problems + index,
        repaired=changed,
        left=left,
        revision=work.revision,
        next="what is left is not in the log: see `left`" if left else "headwater status",
    )
