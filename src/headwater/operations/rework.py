"""Rework: a new round with feedback, asked by a planner or by a worker that found a fault.

On a closed task it opens a new round; on one in review it rejects; on one being worked on it is a
take-over by a planner; for a held one it is the answer. Consumers wait again; what becomes of
those that are finished is decided when the reworked task finishes again (early cutoff).
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from headwater import limits
from headwater.errors import BadRequest, WrongState, in_a_hint
from headwater.graph.states import UNBEGUN, State, Trigger
from headwater.operations import attempts, edit, leases, order, rounds
from headwater.operations.hereafter import when_claimed
from headwater.operations.leases import Lease
from headwater.operations.listing import first_keys, line, told
from headwater.operations.standing import standing
from headwater.operations.structure import HARD, WAITS, follow_pending, link, parts_of, step_back
from headwater.operations.versions import demand_version
from headwater.operations.work import Work
from headwater.store.queries import edges
from headwater.store.rows import TaskRow
from headwater.verbs.plan import EditReply, EditRequest, ReworkReply, ReworkRequest

REWORKED: Final = "reworked"
"""In the data of an event `rejected`: a rework sent the delivery back, not a reviewer."""
OPEN_ROUND = UNBEGUN | {State.ACTIVE, State.REVIEW}


def rework(work: Work, request: ReworkRequest) -> ReworkReply:
    """Send a task back, or who stands in its place. In an open round, add to its feedback.

    Raises:
        WrongState: it has never been worked on (use edit), or it is a container (rework a part).
        BadRequest: with a lease, the task is not upstream of the requester's.
        StaleLease: the requester's lease is over.
        Cycle, Forbidden: as by an edit, of `add_needs`.
    """
    work.caller.demand("work" if request.lease else "plan", "rework")
    task = standing(work, work.task(request.task))
    requester = _requester(work, task, request)
    demand_version(task, request.expect_version)
    _demand_reworkable(work, task, requester)
    holder_id = task.session_id
    by = work.actor
    if task.state not in OPEN_ROUND or request.consumers != "changed":
        task.consumers = request.consumers
    if task.state == State.REVIEW:
        _reject(work, task, request, by)
    elif task.state in UNBEGUN or (task.state == State.ACTIVE and requester is not None):
        _add_feedback(work, task, request, by)
    elif task.state == State.ACTIVE:
        _take_back(work, task, request, by)
    else:
        rounds.begin(work, task, request.feedback, by, reason=request.reason)
    if request.consumers == "all":
        rounds.ask_all(work, task)
    edited = _give_needs(work, task, request) if request.add_needs else None
    if edited is not None:
        task = work.task_by_id(task.id)
    if requester is not None:
        _wait_for(work, requester, task)
    order.settle_ranks(work)
    taken_from = work.label(holder_id) if task.session_id != holder_id else ""
    reply = _reply(work, task, requester, request, taken_from)
    return reply if edited is None else _with_edges(reply, edited)


def _requester(work: Work, task: TaskRow, request: ReworkRequest) -> Lease | None:
    if request.session:
        leases.session_of(work, request.session)
    if not request.lease:
        return None
    if request.add_needs:
        work.caller.demand("plan", "rework with add_needs")
    lease = leases.read(work, request.lease)
    if not _waits_since(lease):
        lease = leases.demand(work, request.lease, "rework")
    if lease.attempt.kind != "work":
        raise BadRequest(
            "a reviewer sends its own task back with finish(outcome='reject')",
            next="finish(lease, outcome='reject', notes=...)",
        )
    if lease.task.id == task.id:
        raise BadRequest(
            f"{task.key} is the task you hold",
            next="work on it, or finish(lease, outcome='blocked', notes=...)",
        )
    if not _is_upstream(work, lease.task, task):
        raise BadRequest(
            f"{task.key} is not upstream of {lease.task.key}, which you hold",
            state={"task": task.key, "holding": lease.task.key},
            next='tell(to="planners", ...) if another task is wrong',
        )
    return lease


def _waits_since(lease: Lease) -> bool:
    """Has its holder made the task wait, and nobody claimed it since? Who finds one fault may find
    another."""
    task, attempt = lease.task, lease.attempt
    return task.attempt_id == attempt.id and attempt.outcome == WAITS and task.state in UNBEGUN


def _is_upstream(work: Work, task: TaskRow, wanted: TaskRow) -> bool:
    """Is `wanted` an ancestor? Labels bound the search: an ancestor's label is smaller."""
    if wanted.ord >= task.ord:
        return False
    seen = {task.id}
    queue = deque([task.id])
    while queue:
        for row in work.tx.all(edges.UPSTREAM_LABELS, task_id=queue.popleft()):
            found, label = int(row[0]), int(row[1])
            if found == wanted.id:
                return True
            if found not in seen and label > wanted.ord:
                seen.add(found)
                queue.append(found)
    return False


def _demand_reworkable(work: Work, task: TaskRow, requester: Lease | None) -> None:
    if task.state in UNBEGUN and not task.round:
        raise WrongState(
            f"{task.key} is {task.state}: it has not been worked on yet",
            state={"task": task.key, "state": task.state},
            next=work.caller.for_planners(
                f'edit(task="{task.key}", set={{...}}) changes what it asks for'
            ),
        )
    parts = parts_of(work, task)
    if parts:
        begun = [part.key for part in parts if part.round or part.state not in UNBEGUN]
        shown = begun or [part.key for part in parts]
        as_holder = ", lease=..." if requester else ""
        raise WrongState(
            f"{task.key} is a container: rework the part that is wrong"
            if begun
            else f"{task.key} is a container, and none of its parts has been worked on yet",
            state={"task": task.key, "state": task.state, "parts": shown[: limits.KEYS_SHOWN]},
            next=f"rework(task=PART, feedback=...{as_holder})"
            if begun
            else work.caller.for_planners(
                "edit(task=PART, set={...}) changes what a part asks for"
            ),
        )


def _reject(work: Work, task: TaskRow, request: ReworkRequest, by: str) -> None:
    """The delivery that waits for acceptance is sent back; no attempt is charged."""
    taken = attempts.take_away(work, task, "rejected", _reason(request))
    data: dict[str, Any] = {REWORKED: True, **({"attempt": taken} if taken else {})}
    work.record("rejected", task, reason=_reason(request), data=data)
    rounds.send_back(work, task, request.feedback, by)


def _reason(request: ReworkRequest) -> str:
    """For the history, and for who is told of it."""
    return request.reason or line(request.feedback)


def _add_feedback(work: Work, task: TaskRow, request: ReworkRequest, by: str) -> None:
    """The round is open already: one more thing to do in it. Whoever works on it is told."""
    lapsed = attempts.take_away(work, task, "reworked") if task.state in UNBEGUN else None
    data = {"attempt": lapsed} if lapsed else None
    work.record("feedback", task, reason=_reason(request), data=data)
    rounds.give_feedback(work, task, request.feedback, by)
    work.save(task)
    body = told(request.feedback)
    work.notify_session(task.session_id, "feedback", task=task.key, body=body)


def _take_back(work: Work, task: TaskRow, request: ReworkRequest, by: str) -> None:
    """A planner starts a new round over the head of the holder, who is fenced off and told."""
    taken = attempts.take_away(work, task, "reworked", _reason(request))
    work.record("taken_back", task, reason=_reason(request), data={"attempt": taken})
    rounds.give_feedback(work, task, request.feedback, by)
    task.round += 1
    task.attempt = 0
    task.releases = 0
    work.move(task, Trigger.TAKE_BACK)
    work.save(task)


def _give_needs(work: Work, task: TaskRow, request: ReworkRequest) -> EditReply:
    """In the same transaction, so that nobody claims the new round before it waits."""
    wanted = EditRequest(task=task.key, add_needs=request.add_needs, reason=request.reason)
    return edit.edit(work, wanted)


def _with_edges(reply: ReworkReply, edited: EditReply) -> ReworkReply:
    warnings = [*(edited.warnings or []), *(reply.warnings or [])] or None
    update = {"edges": edited.edges, "warnings": warnings, "next": f"read the edges; {reply.next}"}
    return reply.model_copy(update=update)


def _wait_for(work: Work, lease: Lease, task: TaskRow) -> None:
    """The requester goes back to waiting on what it sent back, or waits for that, too; its note
    stays with its task."""
    mine = work.task_by_id(lease.task.id)
    holds = lease.standing == "live"
    reason = f"sent {task.key} back"
    data = {"attempt": step_back(work, mine, reason)} if holds else None
    work.record("waits_for", mine, reason=reason, data=data)
    if link(work, mine, task, HARD):
        mine.version += 1
    if holds:
        work.move(mine, Trigger.WAIT_FOR)
    else:
        follow_pending(work, mine)
    work.save(mine)


def _reply(
    work: Work, task: TaskRow, requester: Lease | None, request: ReworkRequest, taken_from: str
) -> ReworkReply:
    waiting: list[str] = []
    active: list[str] = []
    done: list[str] = []
    for key, state in rounds.tell_consumers(work, task, _reason(request)):
        if state == State.ACTIVE:
            active.append(key)
        elif state in (State.DONE, State.REVIEW):
            done.append(key)
        elif state in (State.WAITING, State.READY):
            waiting.append(key)
    if task.state == State.HELD:
        again = f'rework(task="{task.key}", feedback=...) once more decides'
        advice = f"it was reworked too often and is held; {work.caller.for_planners(again)}"
    else:
        advice = when_claimed(task)
    if taken_from:
        advice = f"taken from {in_a_hint(taken_from, 'its holder')}, who is told; {advice}"
    if requester:
        advice = f"your lease is over, {requester.task.key} waits with your notes; {advice}"
    if task.key != request.task:
        advice = f"{request.task} was superseded: {task.key}, in its place, was sent back; {advice}"
    said: list[str] = []
    return ReworkReply(
        task=task.key,
        state=task.state,
        round=task.round,
        waiting=first_keys(waiting, "waiting", said),
        active=first_keys(active, "active", said),
        done=first_keys(done, "done", said),
        requester=requester.task.key if requester else None,
        taken_from=taken_from or None,
        warnings=said or None,
        revision=work.revision,
        next=advice,
    )
