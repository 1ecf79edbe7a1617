"""Cancel: take tasks out, with or without what depends on them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from headwater import limits
from headwater.errors import OpenDependents, WrongState, counted
from headwater.graph.states import CLOSED, State, Trigger
from headwater.operations import attempts, flow, leases, order, rounds
from headwater.operations.hereafter import go_on
from headwater.operations.listing import first_keys, line
from headwater.operations.structure import ANSWERS, HARD, PART, drop_answers, follow_pending, unlink
from headwater.operations.versions import demand_version
from headwater.operations.work import Work
from headwater.store.queries import edges, tasks
from headwater.store.rows import TaskRow
from headwater.verbs.plan import CancelReply, CancelRequest

_NAMED = 5


def cancel(work: Work, request: CancelRequest) -> CancelReply:
    """Cancel tasks, all or none.

    Raises:
        WrongState: one of them is done.
        OpenDependents: unfinished tasks need them and `dependents` is `refuse`.
    """
    work.caller.demand("plan", "cancel")
    if request.session:
        leases.session_of(work, request.session)
    named = [work.task(key) for key in dict.fromkeys(request.tasks)]
    for task in named:
        demand_version(task, request.expect_version)
        if task.state == State.DONE:
            raise WrongState(
                f"{task.key} is done and stays done",
                state={"task": task.key, "state": task.state},
                next=f'rework(task="{task.key}", feedback=...) has it done differently; a task '
                "that shall not build on it drops the need, by edit with drop_needs",
            )
    chosen = _with_parts(work, named)
    followers, spared = _dependents(work, chosen)
    if followers and request.dependents == "refuse":
        names = [task.key for task in followers]
        raise OpenDependents(
            f"needed by {counted(len(names), 'unfinished task')}: {_first(names)}; "
            "nothing was cancelled",
            state={"dependents": names[: limits.KEYS_SHOWN]},
            next='dependents="cancel" cancels them too, "release" drops their edges',
        )
    if request.dependents != "release":
        chosen = _parts_first({**chosen, **{task.id: task for task in followers}})
    held = any(task.session_id or task.lapsed_session_id for task in chosen.values())
    gone = {key: task for key, task in chosen.items() if _cancel_one(work, task, request.reason)}
    spared += [task.key for key, task in chosen.items() if key not in gone]
    released = _release(work, gone, request.reason) if request.dependents == "release" else []
    order.settle_ranks(work)
    said = list(islice(_unanswered(work, chosen.values()), limits.KEYS_SHOWN))
    return CancelReply(
        cancelled=first_keys([task.key for task in gone.values()], "cancelled", said),
        spared=first_keys(spared, "spared", said),
        released=first_keys(released, "released", said),
        warnings=said or None,
        revision=work.revision,
        next=_next(work, gone=bool(gone), held=held),
    )


def _next(work: Work, *, gone: bool, held: bool) -> str:
    if not gone:
        return "nothing was left to cancel"
    return "holders learn it at their next check" if held else f"nobody held them; {go_on(work)}"


def _first(names: list[str]) -> str:
    """A few of many, which the error's `dependents` lists."""
    return ", ".join([*names[:_NAMED], *(["..."] if len(names) > _NAMED else [])])


def _with_parts(work: Work, named: list[TaskRow]) -> dict[int, TaskRow]:
    """The tasks and, for containers, all their unfinished parts; parts come first."""
    found: dict[int, TaskRow] = {}
    queue = deque(named)
    while queue:
        task = queue.popleft()
        if task.id in found or task.state in CLOSED:
            continue
        found[task.id] = task
        queue.extend(work.tx.all(tasks.CHILDREN, parent_id=task.id))
    return _parts_first(found)


def _parts_first(found: dict[int, TaskRow]) -> dict[int, TaskRow]:
    """A part is younger than its container, so its id is larger."""
    return dict(sorted(found.items(), reverse=True))


def _dependents(work: Work, chosen: dict[int, TaskRow]) -> tuple[list[TaskRow], list[str]]:
    """Every unfinished descendant over hard edges, and the finished ones that are spared."""
    followers: dict[int, TaskRow] = {}
    spared: dict[int, str] = {}
    queue = deque(chosen)
    while queue:
        for edge in work.tx.all(edges.INTO, upstream_id=queue.popleft()):
            if edge.kind != HARD or edge.task_id in chosen or edge.task_id in followers:
                continue
            task = work.task_by_id(edge.task_id)
            if task.state == State.DONE:
                spared[task.id] = task.key
                continue
            if task.state == State.CANCELLED:
                continue
            followers[task.id] = task
            queue.append(task.id)
            queue.extend(_followers_parts(work, task, followers))
    return list(followers.values()), list(spared.values())


def _followers_parts(work: Work, task: TaskRow, followers: dict[int, TaskRow]) -> list[int]:
    """A dependent container takes its open parts along."""
    if task.state != State.SPLIT:
        return []
    parts = _with_parts(work, [task])
    fresh = {found: part for found, part in parts.items() if found not in followers}
    followers.update(fresh)
    return list(fresh)


def _release(work: Work, chosen: dict[int, TaskRow], reason: str) -> list[str]:
    """Drop the edges to what is cancelled; the consumers are told in their briefing."""
    released: list[str] = []
    for upstream in chosen.values():
        for edge in work.tx.all(edges.INTO, upstream_id=upstream.id):
            if edge.kind in (PART, ANSWERS) or edge.task_id in chosen:
                continue
            consumer = work.task_by_id(edge.task_id)
            if consumer.state in CLOSED:
                continue
            work.record("released_from", consumer, reason=f"{upstream.key} was cancelled")
            unlink(work, consumer, upstream, edge)
            drop_answers(work, consumer, upstream)
            consumer.version += 1
            follow_pending(work, consumer)
            work.save(consumer)
            note = f"upstream {upstream.key} cancelled: {reason or 'no reason given'}"
            rounds.give_feedback(work, consumer, note, work.actor)
            flow.settle_if_parked(work, consumer)
            work.notify_session(
                consumer.session_id,
                "upstream_cancelled",
                task=consumer.key,
                data={"upstream": upstream.key},
            )
            released.append(consumer.key)
    return list(dict.fromkeys(released))


def _unanswered(work: Work, gone: Iterable[TaskRow]) -> Iterator[str]:
    """Warnings about promises of containers that only parts in `gone` were to keep."""
    for part in gone:
        for edge in work.tx.all(edges.INTO, upstream_id=part.id) if part.parent_id else ():
            if edge.kind != ANSWERS or not edge.promise:
                continue
            consumer = work.task_by_id(edge.task_id)
            parts = [
                work.task_by_id(one.upstream_id)
                for one in work.tx.all(edges.OF, task_id=consumer.id)
                if one.kind == ANSWERS and one.promise == edge.promise
            ]
            if consumer.state not in CLOSED and all(one.state == State.CANCELLED for one in parts):
                yield f"no part answers a promise to {consumer.key} any more: {part.key} did"


def _cancel_one(work: Work, listed: TaskRow, reason: str) -> bool:
    """Cancel one task; False for a container that its parts made done: some were done before."""
    task = work.task_by_id(listed.id)
    if task.state in (State.DONE, State.CANCELLED, State.SPLIT):
        return False
    take_out(work, task, "cancelled", reason)
    done_container = flow.part_closed(work, task)
    if done_container is not None:
        flow.accepted(work, done_container)
    return True


def take_out(work: Work, task: TaskRow, outcome: str, reason: str) -> None:
    """Nobody works on it any more; its attempt, if there is one, ends with that outcome."""
    taken = attempts.take_away(work, task, outcome, reason)
    data = {"attempt": taken} if taken else None
    work.record("cancelled", task, reason=line(reason), data=data)
    task.due_ms = 0
    task.handoff = ""
    task.gate = ""
    work.move(task, Trigger.CANCEL)
    work.save(task)
    order.look_above(work, task.id)
