"""The critical path: the longest remaining chain of unfinished tasks."""

from __future__ import annotations

from headwater import limits
from headwater.errors import counted
from headwater.graph.states import State
from headwater.operations.look.reading import Reading
from headwater.operations.order import weight
from headwater.store.queries import look
from headwater.verbs.look import GraphReply, Item


def critical(reading: Reading) -> GraphReply:
    """Walk the ranks downwards: two index reads a step, whatever the size of the board.

    A task without an estimate counts as one minute; a container counts nothing, its parts do. The
    chain shows the first `limit` tasks, `minutes` is the sum of all.
    """
    chain: list[Item] = []
    total_ms, length = 0, 0
    row = reading.tx.one(look.LONGEST, board_id=reading.board.id)
    while row is not None and length < limits.TASKS_PER_BOARD:
        task_id, key, state, estimate_ms = row
        own_ms = weight(estimate_ms, has_parts=state == State.SPLIT)
        total_ms += own_ms
        length += 1
        if length <= reading.request.limit:
            chain.append({"key": key, "state": state, "minutes": own_ms / 60_000})
        row = reading.tx.one(look.LONGEST_NEXT, id=task_id)
    left_out = length - len(chain)
    return GraphReply(
        view="critical",
        revision=reading.board.revision,
        critical=chain,
        minutes=total_ms / 60_000,
        note=f"{counted(left_out, 'more task')} down the chain" if left_out else None,
        next="work on these first: nothing else shortens the plan" if chain else "nothing is open",
    )
