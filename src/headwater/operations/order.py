"""Topological labels and ranks: what keeps the graph acyclic, and the queue in critical-path order.

`ord` is a topological label: every edge leads from a smaller label (the upstream) to a larger one.
An edge that already agrees costs nothing; one that does not is checked and repaired inside the
region between the two labels (Pearce and Kelly, "A dynamic topological sort algorithm for directed
acyclic graphs", 2007). Acyclicity therefore never depends on ranks.

`neg_rank` is minus the longest remaining chain below a task, its own estimate included, in
milliseconds; that of a container is in its parts. It is a heuristic for the order of the queue: a
change is passed on upwards through `rank_todo`, at most `limits.RANK_BUDGET` tasks an operation;
later writers go on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from headwater import limits
from headwater.errors import Cycle
from headwater.graph.cycles import closing
from headwater.operations.images import compact
from headwater.operations.work import Work
from headwater.store.queries import edges, tasks

GAP = 1 << 40
"""Between the labels of tasks that were added last: a million tasks fit into 63 bits."""
STEP = 1 << 8
"""Between labels that were put into a gap: packed, so that a gap takes millions of batches."""
UNSET_ESTIMATE_MS = 60_000
_WAVE = 250
_SLICE = 250


def weight(estimate_ms: int, *, has_parts: bool = False) -> int:
    """What a task adds to a chain: its estimate, or one minute; nothing where its parts do."""
    return 0 if has_parts else estimate_ms or UNSET_ESTIMATE_MS


def place_before(work: Work, upper: int, lower: int, count: int) -> list[int] | None:
    """Free labels right below `upper`, all above `lower`; None if there is no room."""
    floor = work.tx.number(tasks.ORD_BELOW, board_id=work.board.id, ord=upper)
    if floor < lower or upper - floor <= count:
        return None
    step = min((upper - floor) // (count + 1), STEP)
    return [floor + step * (at + 1) for at in range(count)]


def place_last(work: Work, count: int) -> list[int]:
    """Labels after every other task of the board."""
    first = work.board.next_ord
    work.board.next_ord += count
    work.touch_board()
    return [(first + at) * GAP for at in range(count)]


def agree(work: Work, task_id: int, upstream_id: int) -> None:
    """Make the labels agree with a new edge, before it is inserted.

    Raises:
        Cycle: naming the circle that the edge would close. Nothing was changed.
    """
    task_ord = work.tx.number(tasks.ORD, id=task_id)
    upstream_ord = work.tx.number(tasks.ORD, id=upstream_id)
    if task_id == upstream_id:
        raise _circle(work, task_id, upstream_id)
    if upstream_ord < task_ord:
        return
    below = sorted(
        (int(o), int(i)) for o, i in work.tx.all(tasks.BELOW, id=task_id, ord=upstream_ord)
    )
    if any(found == upstream_id for _, found in below):
        raise _circle(work, task_id, upstream_id)
    above = sorted(
        (int(o), int(i)) for o, i in work.tx.all(tasks.ABOVE, id=upstream_id, ord=task_ord)
    )
    ids = [found for _, found in above] + [found for _, found in below]
    labels = sorted(label for label, _ in above + below)
    work.tx.many(
        tasks.SET_ORD,
        [{"id": found, "ord": label} for found, label in zip(ids, labels, strict=True)],
    )


def _circle(work: Work, task_id: int, upstream_id: int) -> Cycle:
    """The circle `task needs upstream needs ... needs task`, found breadth first."""
    cause: dict[int, int] = {upstream_id: 0}
    queue = deque([upstream_id])
    while queue and task_id not in cause:
        at = queue.popleft()
        for row in work.tx.all(edges.UPSTREAMS_OF, task_id=at):
            found = int(row[0])
            if found not in cause:
                cause[found] = at
                queue.append(found)
    path = [task_id]
    while path[-1] != upstream_id and path[-1] in cause:
        path.append(cause[path[-1]])
    path.append(task_id)
    names = _names(work, path)
    return closing([names[found] for found in reversed(path)])


def _names(work: Work, ids: Iterable[int]) -> dict[int, str]:
    rows = work.tx.all(tasks.KEYS_BY_IDS, ids=compact(sorted(set(ids))))
    return {int(row[0]): str(row[1]) for row in rows}


def look_again(work: Work, ids: Iterable[int]) -> None:
    """Queue tasks whose rank may have changed."""
    if chosen := list(ids):
        work.tx.run(tasks.RANK_TODO, ids=compact(chosen))


def look_above(work: Work, task_id: int) -> None:
    """Queue the upstreams of a task that now lengthens the chains below them, or no longer does."""
    look_again(work, [row[0] for row in work.tx.all(edges.UPSTREAMS_OF, task_id=task_id)])


def settle_ranks(work: Work, budget: int = limits.RANK_BUDGET) -> int:
    """Pass rank changes on upwards, in waves from the lowest rank, within a budget of visits.

    Returns the number of tasks visited; what is left stays queued for the next writer.
    """
    visited = 0
    while visited < budget:
        todo = [
            int(row[0]) for row in work.tx.all(tasks.RANK_NEXT, board_id=work.board.id, count=_WAVE)
        ]
        if not todo:
            break
        visited += len(todo)
        ids = compact(todo)
        work.tx.run(tasks.RANK_POP, ids=ids)
        changed: list[dict[str, int]] = []
        for task_id, neg_rank, estimate_ms, lowest, parts in work.tx.all(tasks.RANKS_OF, ids=ids):
            wanted = (lowest or 0) - weight(estimate_ms, has_parts=bool(parts))
            if wanted != neg_rank:
                changed.append({"id": task_id, "neg_rank": wanted})
        if changed:
            work.tx.many(tasks.SET_RANK, changed)
            work.tx.run(tasks.RANK_TODO_PARENTS, ids=compact([row["id"] for row in changed]))
    return visited


def settle_some_ranks(work: Work) -> None:
    """A slice of what earlier operations left over."""
    settle_ranks(work, _SLICE)
