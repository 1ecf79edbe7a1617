"""The paths of active tasks, as rows to look overlaps up in.

A task owns its paths while it is active, and only then: in review, held or waiting nobody writes
for it. So there is one place where paths are taken and let go: the transition into `active` and out
of it. What was parked on a task returns to the queue with it.
"""

from __future__ import annotations

import json
from functools import lru_cache

from headwater.graph.paths import readable
from headwater.graph.policy import Policy
from headwater.graph.states import State
from headwater.store.queries import paths
from headwater.store.rows import TaskRow
from headwater.store.transaction import Tx


def moved(tx: Tx, task: TaskRow, target: State, stored: str, policy: Policy) -> None:
    """A task that has paths leaves `task.state` for `target`; `stored`: its paths, where it
    becomes active."""
    if task.blocker_id:
        unpark(tx, task)
    if target is State.ACTIVE:
        take(tx, task, stored)
    elif task.state == State.ACTIVE:
        let_go(tx, task, policy)


def take(tx: Tx, task: TaskRow, stored: str) -> None:
    """Write where the paths of an active task lie."""
    _hold(tx, task.board_id, task.id, stored)


def let_go(tx: Tx, task: TaskRow, policy: Policy) -> None:
    """The paths are free; whoever waited for them is looked at again. Nobody is parked under
    another policy: its change brings all back."""
    tx.run(paths.LET_GO, task_id=task.id)
    if policy.paths == "refuse":
        tx.run(paths.UNPARK, board_id=task.board_id, blocker_id=task.id)


def unpark(tx: Tx, task: TaskRow) -> None:
    """Back into the queue."""
    task.blocker_id = 0
    tx.run(paths.PARK, id=task.id, blocker_id=0)


def rebuild(tx: Tx, board_id: int) -> None:
    """Write the paths of all active tasks of a board anew, and look at parked ones again."""
    tx.run(paths.LET_ALL_GO, board_id=board_id)
    tx.run(paths.UNPARK_ALL, board_id=board_id)
    for task_id, _key, stored in tx.all(paths.ACTIVE, board_id=board_id):
        _hold(tx, board_id, task_id, stored)


def _hold(tx: Tx, board_id: int, task_id: int, stored: str) -> None:
    place = {"board_id": board_id, "task_id": task_id}
    found = [{**place, "directory": directory, "own": own} for directory, own in rows(stored)]
    tx.many(paths.HOLD, found)


def rows(stored: str) -> set[tuple[str, int]]:
    """Directory and `own` of each row that an active task with these paths has."""
    own, above = directories(stored)
    return {(name, 1) for name in own} | {(name, 0) for name in above}


@lru_cache(maxsize=1024)
def directories(stored: str) -> tuple[frozenset[str], frozenset[str]]:
    """The directories of stored globs, and all others that lie above them; case-folded."""
    globs = readable(json.loads(stored), fold=True)
    own = frozenset("/".join(glob.parts) for glob in globs)
    above = {"/".join(glob.parts[:depth]) for glob in globs for depth in range(len(glob.parts))}
    return own, frozenset(above - own)


def meet(stored: str, others: str, *, fold: bool) -> bool:
    """Does any of these globs overlap any of those?"""
    theirs = readable(json.loads(others), fold=fold)
    mine = readable(json.loads(stored), fold=fold)
    return any(one.meets(other) for one in mine for other in theirs)
