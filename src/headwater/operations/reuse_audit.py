"""Are the fingerprints of a board those of its accepted tasks? And putting that right."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.operations.prints import Prints, accepted_prints, is_as_accepted
from headwater.store.queries import log, tasks
from headwater.store.queries import reuse as queries
from headwater.store.rows import BoardRow
from headwater.store.transaction import Tx


def check(tx: Tx, board: BoardRow) -> Iterator[str]:
    """Of each task that is still as it was accepted. What changed since is no giver any more, or is
    compared by what was in force then, which the tables do not hold."""
    if not board.reuse:
        return
    for task_id, delivery_id, exact, normalised in tx.all(queries.KEPT, board_id=board.id):
        task = tx.one(tasks.BY_ID, id=task_id)
        made = tx.one(log.DELIVERY, id=delivery_id)
        if task is None or made is None or made.task_id != task_id or made.salvage:
            yield f"task {task.key if task else task_id}: its fingerprint is of no delivery of it"
            continue
        text = tx.one(tasks.TEXT, task_id=task_id)
        if text is None or not is_as_accepted(tx, task_id, made):
            continue
        if accepted_prints(tx, task, text, made) != Prints(exact, normalised):
            yield f"task {task.key}: its fingerprint is another"


def repair(tx: Tx, board: BoardRow) -> int:
    """Wrong ones go, all of them: the next `reuse` computes those of the newest deliveries anew."""
    if next(check(tx, board), None) is None:
        return 0
    tx.run(queries.FORGET_BOARD, id=board.id)
    return max(0, tx.count(queries.FORGET, board_id=board.id))
