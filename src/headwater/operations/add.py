"""Add: an atomic batch of tasks with their edges and contracts."""

from __future__ import annotations

import json

from headwater import limits
from headwater.errors import WrongState, counted
from headwater.graph.states import CLOSED, State
from headwater.operations import (
    batch,
    flow,
    insertion,
    leases,
    order,
    overlaps,
    reuse,
    reviewers,
    rounds,
)
from headwater.operations.batch import Batch
from headwater.operations.before import put_before
from headwater.operations.cancel import take_out
from headwater.operations.draft import Draft, drafted
from headwater.operations.hereafter import go_on
from headwater.operations.images import compact
from headwater.operations.standing import standing
from headwater.operations.structure import (
    ANSWERS,
    HARD,
    PART,
    SOFT,
    follow_pending,
    link,
    parts_of,
    sentence,
    tell_producer,
    unanswered,
    unlink,
)
from headwater.operations.unformed import Unformed
from headwater.operations.work import Work
from headwater.store.queries import edges
from headwater.store.rows import EdgeRow, TaskRow
from headwater.verbs.plan import Added, AddReply, AddRequest, Contract, TaskSpec

_SHOWN = 200
"""So many tasks and edges: the caller knows them, and pays for each that it reads."""


def draft_of(request: AddRequest) -> Draft:
    """What can be done before the write lock is taken."""
    return drafted(request.tasks, request.reuse)


def add(work: Work, request: AddRequest, draft: Draft) -> Unformed[AddReply]:
    """Add tasks, all or none.

    Raises:
        DuplicateKey, UnknownTask, Cycle, LimitExceeded, WrongState: nothing was added.
    """
    work.caller.demand("plan", "add")
    if request.session:
        leases.session_of(work, request.session)
    prepared = batch.prepare(work, draft, most=limits.TASKS_PER_CALL)
    work.record("added", data={"keys": [spec.key for spec in request.tasks]})
    if request.reuse:
        reuse.begin(work)
    insertion.insert(work, prepared)
    finish_batch(work, prepared)
    reused = reuse_earlier(work, prepared) if request.reuse else {}
    noted = [*_reviewed_by_policy(prepared), *reviewers.alone(work, prepared.rows.values())]
    revision, then, policy = work.revision, go_on(work), work.policy

    def form() -> AddReply:
        meeting = policy.paths == "warn"  # under `refuse` the board itself keeps them apart
        said = overlaps.unordered(prepared.draft, fold=bool(policy.paths_fold)) if meeting else []
        return _reply(prepared, reused, [*noted, *said], revision, then)

    return Unformed(form)


def _reviewed_by_policy(prepared: Batch) -> list[str]:
    count = sum(prepared.rows[one.key].review > one.review for one in prepared.specs)
    counts = "counts" if count == 1 else "count"
    policy = "policy review=always"
    return [f"{counted(count, 'task')} {counts} when reviewed, by {policy}"] if count else []


def _reply(
    prepared: Batch, reused: dict[str, str], noted: list[str], revision: int, then: str
) -> AddReply:
    sentences = edge_sentences(prepared)
    said = warnings_shown(prepared) + noted
    keys = [spec.key for spec in prepared.specs]
    if len(keys) > _SHOWN:
        keys.sort(key=lambda key: key not in reused)  # what was reused is the news
        said.append(f'{len(keys) - _SHOWN} more added; graph(view="list") pages them')
    return AddReply(
        tasks=[_added(prepared, key, reused) for key in keys[:_SHOWN]],
        edges=first_edges(sentences, said),
        warnings=said or None,
        revision=revision,
        next=("read the edges; " if sentences else "") + then,
    )


def _added(prepared: Batch, key: str, reused: dict[str, str]) -> Added:
    return Added(key=key, state=prepared.rows[key].state, reused_from=reused.get(key))


def reuse_earlier(work: Work, prepared: Batch) -> dict[str, str]:
    """Finish what can be finished from earlier tasks: key -> the task whose delivery it has now."""
    for key in prepared.sequence:
        task = work.task_by_id(prepared.rows[key].id)
        if reuse.finish_from_earlier(work, task) and task.state == State.DONE:
            flow.accepted(work, task)
    found: dict[str, str] = {}
    for key, old in prepared.rows.items():
        prepared.rows[key] = work.task_by_id(old.id)
        if prepared.rows[key].delivery_id:
            found[key] = reuse.origin(work, prepared.rows[key])
    return found


def finish_batch(work: Work, prepared: Batch) -> None:
    """What a batch does to tasks that were there before: `before`, `supersedes`, ranks; and who
    works on what new tasks rely on is told."""
    _tell_producers(work, prepared)
    put_before(work, prepared)
    for spec in prepared.specs:
        if spec.supersedes:
            supersede(work, work.task_by_id(prepared.rows[spec.key].id), spec)
    order.settle_ranks(work)


def _tell_producers(work: Work, prepared: Batch) -> None:
    active = {key for key, known in prepared.known.items() if known.state == State.ACTIVE}
    if not active:
        return
    for task, needs in prepared.needs.items():
        for upstream in active.intersection(needs):
            _kind, contract = needs[upstream]
            if contract:
                tell_producer(work, work.task(upstream), task, contract)


def supersede(work: Work, new: TaskRow, spec: TaskSpec) -> None:
    """`new` takes over the consumers of another task, and stands in its place for good.

    The other is cancelled if it was unfinished. Its output and its feedback stay visible to `new`
    over a soft edge. Consumers wait for `new`; those that read the old result are compared with
    the new one when `new` finishes. So it is no container: its parts deliver what is read of it.
    """
    old = work.task(spec.supersedes)
    if old.superseded_by_id:
        raise WrongState(
            f"{old.key} is superseded already",
            state={"task": old.key, "state": old.state},
            next=f"supersede {standing(work, old).key}, which stands in its place",
        )
    if parts := parts_of(work, old):
        raise WrongState(
            f"{old.key} is a container: supersede the part that is wrong",
            state={
                "task": old.key,
                "state": old.state,
                "parts": [part.key for part in parts[: limits.KEYS_SHOWN]],
            },
            next="add again with supersedes=PART; its container goes on with the new one",
        )
    closed_now = old.state not in CLOSED
    if closed_now:
        take_out(work, old, "superseded", f"superseded by {new.key}")
    work.record("superseded", old, reason=f"by {new.key}")
    _redirect(work, old, new)
    _read_only(work, new, old)
    old.superseded_by_id, new.supersedes_id = new.id, old.id
    if old.parent_id and not new.parent_id:
        _join_container(work, old, new, closed_now=closed_now)
    work.save_spec(old, work.text(old))
    work.save_spec(new, work.text(new))
    work.tx.run(edges.MOVE_READINGS, from_id=old.id, to_id=new.id)


def _redirect(work: Work, old: TaskRow, new: TaskRow) -> None:
    for edge in work.tx.all(edges.INTO, upstream_id=old.id):
        if edge.task_id == new.id or edge.kind == PART:
            continue
        consumer = work.task_by_id(edge.task_id)
        contract = Contract.model_construct(
            task=new.key, expect=edge.expect, promise=edge.promise, keys=_keys(edge.keys)
        )
        unlink(work, consumer, old, edge)
        if not link(work, consumer, new, edge.kind, contract):
            _keep_contract(work, consumer, new, edge)
        consumer.version += 1
        if edge.kind != ANSWERS:
            follow_pending(work, consumer)
        work.save(consumer)
        work.notify_session(
            consumer.session_id,
            "upstream_superseded",
            task=consumer.key,
            data={"old": old.key, "new": new.key},
        )


def _keep_contract(work: Work, consumer: TaskRow, new: TaskRow, old_edge: EdgeRow) -> None:
    """The consumer needed both: what flowed over the old edge flows over the one that stays,
    beside what this says itself."""
    edge = work.tx.one(edges.ONE, task_id=consumer.id, upstream_id=new.id)
    if edge is not None and edge.kind in (HARD, ANSWERS):
        keys = list(dict.fromkeys([*_keys(edge.keys), *_keys(old_edge.keys)]))
        moved = edge._replace(
            expect=edge.expect or old_edge.expect,
            promise=edge.promise or old_edge.promise,
            keys=compact(keys[: limits.CONTRACT_KEYS]),
        )
        work.tx.run(edges.SAVE, **moved._asdict())
        work.image_edges(consumer.id)


def _read_only(work: Work, new: TaskRow, old: TaskRow) -> None:
    """`new` reads what it supersedes and never waits for it: that would be for ever."""
    edge = work.tx.one(edges.ONE, task_id=new.id, upstream_id=old.id)
    if edge is not None and edge.kind == HARD and old.state != State.DONE:
        unlink(work, new, old, edge)
    if link(work, new, old, SOFT) or edge is not None:
        follow_pending(work, new)
        work.save(new)


def _keys(stored: str) -> list[str]:
    return list(json.loads(stored))


def _join_container(work: Work, old: TaskRow, new: TaskRow, *, closed_now: bool) -> None:
    """The replacement of a part is a part of the same container."""
    parent = work.task_by_id(old.parent_id)
    new.parent_id = parent.id
    link(work, parent, new, PART)
    rounds.reopen_part(work, new)
    if closed_now:
        flow.part_closed(work, old)


def edge_sentences(prepared: Batch) -> list[str]:
    """Every edge of the batch, read aloud."""
    found = [
        sentence(task, upstream, kind)
        for task, needs in prepared.needs.items()
        for upstream, (kind, _contract) in needs.items()
    ]
    for spec in prepared.specs:
        found += [sentence(c, spec.key, HARD) for c in spec.before if c not in prepared.rows]
        if spec.supersedes:
            found.append(f"{spec.key} supersedes {spec.supersedes}")
    return found


def first_edges(sentences: list[str], said: list[str]) -> list[str]:
    """So many of the edges as a reply lists; `said` gets a sentence about the rest."""
    rest = len(sentences) - _SHOWN
    if rest > 0:
        said.append(f"{counted(rest, 'more edge')} not listed")
    return sentences[:_SHOWN]


def warnings_shown(prepared: Batch, *first: str, container: str = "") -> list[str]:
    """So many of the warnings as a reply lists, after those that are `first`; the tasks may be
    parts of a container."""
    said = [*first, *warnings(prepared, container)]
    rest = len(said) - limits.KEYS_SHOWN
    return (
        [*said[: limits.KEYS_SHOWN], f"{counted(rest, 'more warning')} not listed"]
        if rest > 0
        else said
    )


def warnings(prepared: Batch, container: str = "") -> list[str]:
    """What is legal and probably not meant."""
    closed = (State.CANCELLED, State.FAILED)
    dead = {key for key, known in prepared.known.items() if known.state in closed}
    found = [
        f"{task} needs {upstream}, which is {prepared.known[upstream].state}"
        for task, needs in prepared.needs.items()
        for upstream in needs
        if upstream in dead
    ]
    found += [
        unanswered(task, upstream, state, container)
        for task, needs in prepared.needs.items()
        for upstream, (_kind, contract) in needs.items()
        if contract and contract.promise
        if (state := prepared.known[upstream].state) in (State.SPLIT, State.DONE)
    ]
    return found + prepared.warnings
