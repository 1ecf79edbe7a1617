"""Split: a task becomes a container, and its children do the work.

Consumers keep their edges and contracts to the container; it is done when every child is done or
cancelled and at least one is done. Children inherit the container's upstreams and are ordered
among themselves as given. Each contracted promise is answered by a named child.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from headwater import limits
from headwater.errors import BadRequest, MissingPromises, WrongState
from headwater.graph.states import State, Trigger, move
from headwater.operations import attempts, batch, holders, insertion, leases, order
from headwater.operations.add import edge_sentences, finish_batch, first_edges, warnings_shown
from headwater.operations.batch import Batch
from headwater.operations.draft import drafted
from headwater.operations.handoff import note_for_parts
from headwater.operations.images import compact
from headwater.operations.insertion import Brought
from headwater.operations.listing import line
from headwater.operations.structure import (
    ANSWERS,
    CANDIDATE,
    HARD,
    PART,
    SOFT,
    edge_row,
    link,
    sentence,
)
from headwater.operations.versions import demand_version
from headwater.operations.work import Work
from headwater.store.queries import context, edges, tasks
from headwater.store.rows import TaskRow, TextRow
from headwater.verbs.plan import Added, Budget, ChildSpec, Contract, SplitReply, SplitRequest


def split(work: Work, request: SplitRequest) -> SplitReply:
    """Turn `request.task` into a container of `request.into`.

    Raises:
        WrongState: it is done, cancelled, in review or split already.
        StaleLease, BadRequest: it is active and the lease is not its holder's.
        MissingPromises: a contracted promise is answered by no child.
        VersionConflict: its holder has not read yet how it was edited.
        Forbidden: the caller may not plan, and a part needs no review though the task does, or may
            use more than it.
    """
    task, by_holder = _authorised(work, request)
    move(task.state, Trigger.SPLIT, task.pending, task.key)  # its parts make sense only then
    demand_version(task, request.expect_version)
    first = _unreviewed(work, task, request.into)
    past = _superseded(work, task)
    text = work.text(task)
    children = [_inheriting(work, task, text, child, past) for child in request.into]
    first += _needing_more(task, request.into, children)
    if by_holder:
        holders.demand_read(work, task)
        holders.demand_parts(work, task, work.text(task), children)
    answers = _answers(work, task, request.into)
    prepared = batch.prepare(work, drafted(children), most=limits.NEEDS_PER_TASK)
    _demand_apart(task, prepared)
    recorded = _end_attempt(work, task, by_holder=by_holder)
    data: dict[str, Any] = {"children": [child.key for child in children]}
    if recorded:
        data["attempt"] = recorded
    work.record("split", task, reason=request.reason, data=data)
    theirs = replace(text, question="", note=note_for_parts(task, text.note))
    carried = {child.key: theirs for child in children}
    insertion.insert(work, prepared, parent=task, brought=Brought(notes=carried))
    shown = _show_superseded(work, past, prepared)
    _contain(work, task, prepared, answers)
    work.move(task, Trigger.SPLIT)
    task.version += 1
    task.due_ms = 0
    task.handoff = ""
    task.delivery_id = 0  # from now on its parts deliver
    work.save(task)
    work.image_edges(task.id)
    finish_batch(work, prepared)
    sentences = [
        *edge_sentences(prepared),
        *shown,
        *(
            f"{consumer} is answered by {child}"
            for child, consumers in answers.items()
            for consumer in consumers
        ),
    ]
    said = warnings_shown(prepared, *first, container=task.key)
    return SplitReply(
        task=task.key,
        state=task.state,
        children=[Added(key=c.key, state=prepared.rows[c.key].state) for c in children],
        edges=first_edges(sentences, said),
        warnings=said or None,
        revision=work.revision,
        next=(f"your lease of {task.key} has ended; " if by_holder else "")
        + "claim(session) hands out the children that are ready",
    )


def _authorised(work: Work, request: SplitRequest) -> tuple[TaskRow, bool]:
    """The task, and whether its holder splits it. Without a lease only planners split, and nothing
    that somebody works on."""
    work.caller.demand("work" if request.lease else "plan", "split")
    if request.session:
        leases.session_of(work, request.session)
    if request.lease:
        advice = "use the lease of the task that is split"
        return leases.demand_on(work, request.lease, "split", request.task, otherwise=advice), True
    task = work.task(request.task)
    if task.state == State.ACTIVE:
        raise WrongState(
            f"{task.key} is being worked on by {work.label(task.session_id)}; "
            "only its holder may split it",
            state={"task": task.key, "state": task.state},
            next="the holder calls split with its lease",
        )
    return task, False


def _end_attempt(work: Work, task: TaskRow, *, by_holder: bool) -> dict[str, Any] | None:
    """The attempt that ends by this, if any. What was read, in an earlier one too, is no input of
    the container, whose parts read for themselves."""
    work.tx.run(edges.FORGET_READINGS, task_id=task.id)
    if not by_holder:
        return attempts.take_away(work, task, "split")
    return attempts.end(work, task, attempts.current(work, task), "split")


def _unreviewed(work: Work, task: TaskRow, into: list[ChildSpec]) -> list[str]:
    """A warning about parts of a task under review that say they need none: planners may."""
    keys = [
        child.key
        for child in into
        if task.review and not child.review and "review" in child.model_fields_set
    ]
    if not keys:
        return []
    work.caller.demand("plan", "split with review=false")
    return [f"not to be reviewed, though {task.key} is: {line(', '.join(keys))}"]


def _needing_more(task: TaskRow, into: list[ChildSpec], children: list[ChildSpec]) -> list[str]:
    """Warnings about parts that say what they need, no other part among it, and need more: what the
    container needs."""
    siblings = {child.key for child in into}
    found: list[str] = []
    for child, given in zip(into, children, strict=True):
        more = [key for key in given.needs if key not in child.needs]
        if not more or "needs" not in child.model_fields_set or siblings.intersection(child.needs):
            continue
        found.append(
            f"{child.key} needs what {task.key} needs, too: {line(', '.join(more))}; "
            f'edit(task="{child.key}", drop_needs=[...]) lets it begin earlier'
        )
    return found


def _superseded(work: Work, task: TaskRow) -> list[TaskRow]:
    """What it reads of tasks in whose place it stands, or a container of it does: by their names
    the parts would get that one."""
    ids = [edge.upstream_id for edge in work.tx.all(edges.OF, task_id=task.id) if edge.kind != PART]
    return [one for one in work.tx.all(tasks.BY_IDS, ids=compact(ids)) if one.superseded_by_id]


def _inheriting(
    work: Work, task: TaskRow, text: TextRow, child: ChildSpec, past: list[TaskRow]
) -> ChildSpec:
    """A child needs what the container needs, but for the `past`; what it is expected to use
    travels along.

    Where it says nothing else it is as urgent, has as many attempts and the same limits, and asks
    for the same review, capabilities and group: a split is no way around them.
    """
    if child.supersedes:
        raise BadRequest("a part cannot supersede another task", next="use add for that")
    needs = dict.fromkeys(child.needs)
    soft = dict.fromkeys(child.soft)
    candidates = dict.fromkeys(child.candidates)
    contracts = list(child.contracts)
    mine = {contract.task for contract in contracts}
    for key, _state, upstream_id, kind, expect, _promise, keys in work.tx.all(
        edges.NEEDS_KEYS, task_id=task.id
    ):
        if upstream_id in {one.id for one in past}:
            continue
        if kind == SOFT and key not in needs:
            soft.setdefault(key)
        if kind == CANDIDATE:
            candidates.setdefault(key)
        if kind != HARD or key in child.soft:
            continue
        needs.setdefault(key)
        if key not in mine and (expect or keys != "[]"):
            contracts.append(
                Contract.model_construct(task=key, expect=expect, promise="", keys=json.loads(keys))
            )
    said = {
        "review": bool(task.review),
        "group": task.grouping,
        "capabilities": json.loads(task.capabilities),
        "priority": task.priority,
        "attempts": task.attempts,
        "budget": Budget(**json.loads(text.budget)) if text.budget != "{}" else None,
    }
    own = child.model_fields_set
    return child.model_copy(
        update={name: value for name, value in said.items() if value and name not in own}
        | {
            "needs": list(needs),
            "soft": list(soft),
            "candidates": list(candidates),
            "contracts": contracts,
        }
    )


def _show_superseded(work: Work, past: list[TaskRow], prepared: Batch) -> list[str]:
    """The parts of a task that stands in another's place read what that one delivered: each new
    edge as a sentence."""
    return [
        sentence(child.key, old.key, SOFT)
        for old in past
        for child in prepared.rows.values()
        if link(work, child, old, SOFT)
    ]


def _answers(work: Work, task: TaskRow, into: list[ChildSpec]) -> dict[str, list[str]]:
    """Which child answers which consumer's promise. A single last child answers all the rest, and
    delivers the keys that consumers use without a promise."""
    owed = {row.key: bool(row.promise) for row in work.tx.all(context.OWED, upstream_id=task.id)}
    consumers = {row[0] for row in work.tx.all(context.CONSUMERS, upstream_id=task.id)}
    given: dict[str, list[str]] = {child.key: list(child.answers) for child in into}
    strangers = sorted({name for names in given.values() for name in names} - consumers)
    if strangers:
        raise BadRequest(
            f"nothing named {', '.join(strangers)} depends on {task.key}",
            state={"consumers": sorted(consumers)[: limits.NEEDS_PER_TASK]},
            next="name consumers of the task in `answers`",
        )
    answered = {name for names in given.values() for name in names}
    unanswered = [key for key in owed if key not in answered]
    if unanswered:
        needed = {name for child in into for name in (*child.needs, *child.soft, *child.candidates)}
        needed |= {contract.task for child in into for contract in child.contracts}
        keys = {child.key for child in into}
        needed |= {child.key for child in into if keys.intersection(child.before)}
        last = [child.key for child in into if child.key not in needed]
        open_promises = [key for key in unanswered if owed[key]]
        if len(last) == 1:
            given[last[0]].extend(unanswered)
        elif open_promises:
            raise MissingPromises(
                f"{task.key} promised something to {', '.join(open_promises)}, and several parts "
                "are last: say which part answers whom; nothing was changed",
                state={"task": task.key, "unanswered": open_promises, "last": last},
                next="split again with answers=[CONSUMER] on the parts",
            )
    return {child: names for child, names in given.items() if names}


def _demand_apart(task: TaskRow, prepared: Batch) -> None:
    """A part must not need its own container."""
    for child, needs in prepared.needs.items():
        if task.key in needs:
            raise BadRequest(
                f"{child} is a part of {task.key} and cannot need it",
                next="order parts among themselves, by their keys",
            )


def _contain(work: Work, task: TaskRow, prepared: Batch, answers: dict[str, list[str]]) -> None:
    """The container needs its parts; consumers hear from the parts that answer them."""
    for key in prepared.sequence:
        child = prepared.rows[key]
        order.agree(work, task.id, child.id)
        work.tx.put(edges.INSERT, edge_row(task.id, child.id, PART, None))
    work.tx.run(tasks.COUNT_PART, id=task.id, change=len(prepared.sequence))
    order.look_again(work, [task.id, *(prepared.rows[key].id for key in prepared.sequence)])
    for child_key, consumers in answers.items():
        for consumer_key in consumers:
            _answer(work, task, prepared.rows[child_key], work.task(consumer_key))


def _answer(work: Work, task: TaskRow, child: TaskRow, consumer: TaskRow) -> None:
    edge = work.tx.one(edges.ONE, task_id=consumer.id, upstream_id=task.id)
    if edge is None or work.tx.one(edges.ONE, task_id=consumer.id, upstream_id=child.id):
        return
    order.agree(work, consumer.id, child.id)
    contract = Contract.model_construct(
        task=child.key, expect=edge.expect, promise=edge.promise, keys=json.loads(edge.keys)
    )
    work.tx.put(edges.INSERT, edge_row(consumer.id, child.id, ANSWERS, contract))
    work.image_edges(consumer.id)
