"""`before`: tasks that were there shall need new ones.

All edges of a batch are put in together: each old task is read and saved once, and labels are
looked at again only where they do not agree.
"""

from __future__ import annotations

from headwater import limits
from headwater.errors import LimitExceeded
from headwater.graph.states import State
from headwater.operations import attempts, order
from headwater.operations.batch import Batch
from headwater.operations.images import compact
from headwater.operations.structure import (
    ANSWERS,
    HARD,
    MORE_NEEDS,
    PART,
    WAITS,
    by_upstream,
    demand_needs,
    edge_row,
    follow_pending,
)
from headwater.operations.work import Work
from headwater.store.queries import edges, tasks
from headwater.store.rows import EdgeRow, TaskRow


def put_before(work: Work, prepared: Batch) -> None:
    """Make old tasks need the new ones that name them in `before`.

    Raises:
        WrongState: one of them takes no new hard upstream now.
        Cycle: a new task needs, over others, the one it shall be before.
        LimitExceeded: one of them has too many upstreams.
    """
    wanted: dict[int, list[TaskRow]] = {}
    for spec in prepared.specs:
        for name in dict.fromkeys(spec.before):
            if name not in prepared.rows:
                wanted.setdefault(prepared.known[name].id, []).append(prepared.rows[spec.key])
    if not wanted:
        return
    ids = compact(list(wanted))
    consumers = work.tx.all(tasks.BY_IDS, ids=ids)
    found: dict[int, list[EdgeRow]] = {consumer.id: [] for consumer in consumers}
    for edge in work.tx.all(edges.OF_ALL, ids=ids):
        found[edge.task_id].append(edge)
    for consumer in consumers:
        demand_needs(work, consumer, by_holder=False)
        _end_lapse(work, consumer)
    ready = {consumer.id for consumer in consumers if consumer.state == State.READY}
    _insert(work, consumers, wanted, found)
    for consumer in consumers:
        found[consumer.id].sort(key=by_upstream)
        _demand_room(consumer, found[consumer.id])
        consumer.pending += sum(new.state != State.DONE for new in wanted[consumer.id])
        consumer.version += 1
        follow_pending(work, consumer)
    work.image_all_edges(found)
    work.save_blocked(consumers, ready)


def _end_lapse(work: Work, consumer: TaskRow) -> None:
    """Whose lease has lapsed may not come back: it was never given what is new."""
    taken = attempts.take_away(work, consumer, WAITS, MORE_NEEDS)
    if taken:
        work.record("lapse_ended", consumer, data={"attempt": taken})
        work.save(consumer)


def _demand_room(consumer: TaskRow, upstreams: list[EdgeRow]) -> None:
    if len(upstreams) <= limits.NEEDS_PER_TASK:
        return
    if sum(edge.kind != PART for edge in upstreams) > limits.NEEDS_PER_TASK:
        raise LimitExceeded(
            f"{consumer.key} has {limits.NEEDS_PER_TASK} upstreams, the limit, or would have more",
            next="put a task between that gathers some of them",
        )


def _insert(
    work: Work,
    consumers: list[TaskRow],
    wanted: dict[int, list[TaskRow]],
    found: dict[int, list[EdgeRow]],
) -> None:
    """First the edges that agree with the labels, which need no search; then the others.

    Appends them to each consumer's edges in `found`. A part of a split that answers the consumer
    is needed for itself from now on, and keeps its promise.
    """
    agreeing: list[EdgeRow] = []
    others: list[EdgeRow] = []
    for consumer in consumers:
        answering = {one.upstream_id: one for one in found[consumer.id] if one.kind == ANSWERS}
        for new in wanted[consumer.id]:
            edge = edge_row(consumer.id, new.id, HARD, None)
            if new.id in answering:
                work.tx.run(edges.DROP, task_id=consumer.id, upstream_id=new.id)
                found[consumer.id].remove(answering[new.id])
                edge = answering[new.id]._replace(kind=HARD)
            found[consumer.id].append(edge)
            (agreeing if new.ord < consumer.ord else others).append(edge)
    work.tx.put_many(edges.INSERT, agreeing)
    for edge in others:
        order.agree(work, edge.task_id, edge.upstream_id)
        work.tx.put(edges.INSERT, edge)
