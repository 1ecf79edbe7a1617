"""Landing: under the policy `release_on=merged` an accepted delivery frees its dependents only when
its branch has been merged, which whoever merges reports with `merged`.

Until then the task stays in `review` behind the gate `merge`: it is the durable queue of what is
to be merged. What is done without a branch (by hand, or reused) does not wait.
"""

from __future__ import annotations

from headwater.errors import WrongState, counted
from headwater.graph.gates import Gate
from headwater.graph.states import State, Trigger
from headwater.operations import flow
from headwater.operations.flow import Consequences
from headwater.operations.listing import first_keys
from headwater.operations.work import Work
from headwater.store.queries import look
from headwater.store.rows import TaskRow


def merged(work: Work, task: TaskRow, note: str) -> Consequences:
    """The branch of an accepted delivery is merged: the task is done.

    Raises:
        WrongState: it does not wait for that, or an input of it was reopened meanwhile.
    """
    if task.state != State.REVIEW or task.gate != Gate.MERGE:
        raise WrongState(
            f"{task.key} does not wait to be merged",
            state={"task": task.key, "state": task.state},
            next="headwater status shows what waits for what",
        )
    if task.pending > 0:
        raise WrongState(
            f"{task.key} waits for {counted(task.pending, 'upstream')} reopened meanwhile",
            state={"task": task.key, "state": task.state},
            next="merge it when they are done again",
        )
    work.record("merged", task, reason=note)
    task.gate = ""
    work.move(task, Trigger.APPROVE)
    work.save(task)
    return flow.accepted(work, task)


def left_waiting(work: Work) -> list[str]:
    """Warnings, when merges free nothing any more: what was accepted before still waits for its
    own, because a run may be about to merge it."""
    rows = work.tx.all(look.UNREVIEWED, board_id=work.board.id, count=work.board.review)
    keys = [row[0] for row in rows if row[2] == Gate.MERGE]
    if not keys:
        return []
    warnings: list[str] = []
    shown = ", ".join(first_keys(keys, "waiting", warnings))
    return [
        f"accepted before, to be merged still: {shown}; `headwater merged KEY` frees its "
        "dependents",
        *warnings,
    ]
