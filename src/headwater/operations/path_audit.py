"""Are the paths of active tasks claimed, and is what is parked parked rightly? The parts of
`verify` and `repair` about paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from headwater.graph.policy import policy_of
from headwater.graph.states import State
from headwater.operations import path_claims
from headwater.store.queries import paths, tasks
from headwater.store.queries import verify as queries
from headwater.store.rows import BoardRow
from headwater.store.transaction import Tx

_EACH: Final = 50


def check(tx: Tx, board: BoardRow) -> Iterator[str]:
    """Each fault as a sentence, a bounded number of a kind."""
    for key, stored in tx.all(queries.HAS_PATHS, board_id=board.id, count=_EACH):
        yield f"task {key}: has_paths is {stored}, it should be {int(not stored)}"
    yield from _claims(tx, board)
    policy = policy_of(board.policy)
    for key, state, mine, blocker, theirs in tx.all(queries.PARKED, board_id=board.id, count=_EACH):
        may_be = policy.paths == "refuse" and state == State.READY and blocker is not None
        fold = bool(policy.paths_fold)
        if not may_be or not path_claims.meet(mine, theirs or "[]", fold=fold):
            yield f"task {key}: it is parked on {blocker or 'no task'}, which does not keep it"


def _claims(tx: Tx, board: BoardRow) -> Iterator[str]:
    """Exactly the active tasks own their paths."""
    claimed: dict[int, set[tuple[str, int]]] = {}
    for task_id, directory, own in tx.all(queries.CLAIMED_PATHS, board_id=board.id):
        claimed.setdefault(task_id, set()).add((directory, own))
    for task_id, key, stored in tx.all(paths.ACTIVE, board_id=board.id):
        if claimed.pop(task_id, set()) != path_claims.rows(stored):
            yield f"task {key}: the paths that it claims are not those it has"
    for task_id in sorted(claimed)[:_EACH]:
        row = tx.one(tasks.BY_ID, id=task_id)
        yield f"task {row.key if row else task_id}: it claims paths and is not active"


def repair(tx: Tx, board: BoardRow) -> int:
    """Compute all of it anew if any of it is wrong; the number of things that were."""
    faults = sum(1 for _ in check(tx, board))
    if faults:
        tx.run(paths.RECOUNT, board_id=board.id)
        path_claims.rebuild(tx, board.id)
    return faults
