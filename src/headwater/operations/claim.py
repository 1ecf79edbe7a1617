"""Claim: the next task for a session, with its briefing, or the reason why there is none.

One holder a task: the board's row is taken first, the state and the fence are checked and written
in the same transaction, and the fence rises by one with every claim and is never reset.
"""

from __future__ import annotations

import json
from typing import Any

from headwater import limits
from headwater.errors import (
    AlreadyHolding,
    BadRequest,
    Conflict,
    Fact,
    WrongState,
    counted,
    in_a_list,
)
from headwater.graph.gates import Gate
from headwater.graph.states import State, Trigger
from headwater.operations import attempts, handoff, leases, paths, preflight
from headwater.operations.briefing import brief, brief_ahead
from headwater.operations.expiry import note_the_time, upkeep
from headwater.operations.nothing import nothing
from headwater.operations.notices import (
    are_for_planners,
    handed_out,
    newest,
    not_received,
    waiting,
    with_unread,
)
from headwater.operations.queue import Pick, handed_to, open_lanes, pick
from headwater.operations.reviewers import may_review, next_review
from headwater.operations.structure import unfinished
from headwater.operations.takeover import take_over
from headwater.operations.unformed import Claimed
from headwater.operations.work import Work
from headwater.store.queries import log, tasks
from headwater.store.rows import SessionRow, TaskRow
from headwater.verbs.work import Briefing, BriefingSize, ClaimRequest

_BACK = 8
"""So many states a claim that is undone can have had since."""


def claim(work: Work, request: ClaimRequest) -> Claimed:
    """Give the session its next task, or the one it asks for.

    Raises:
        UnknownSession, WrongPlace, TaskHeld, PathsBusy, WrongState, AlreadyHolding, Forbidden.
    """
    work.caller.demand("work", "claim")
    session = leases.session_of(work, request.session or work.caller.default_session)
    upto = newest(work)
    return _with_notices(work, session, request, _claimed(work, session, request), upto)


def _claimed(work: Work, session: SessionRow, request: ClaimRequest) -> Claimed:
    chores = upkeep(work, session.id)
    already = _already_holding(work, session, request) if chores.holding else None
    if already is not None:
        return already
    preflight.demand(work.policy, session)
    if request.task:
        return _claim_this(work, session, request)
    return _claim_next(work, session, request.kind, request.brief, chores)


def claim_after_finish(work: Work, session: SessionRow, brief: BriefingSize, upto: int) -> Claimed:
    """What `finish(claim_next=true)` claims: as a claim of its own would. `upto`: the newest notice
    before the finish."""
    chores = upkeep(work, session.id)
    request = ClaimRequest.model_construct(brief=brief)
    already = _already_holding(work, session, request) if chores.holding else None
    claimed = already or _claim_next(work, session, request.kind, brief, chores)
    return _with_notices(work, session, request, claimed, upto)


def _with_notices(
    work: Work, session: SessionRow, request: ClaimRequest, claimed: Claimed, upto: int
) -> Claimed:
    """Hand out the session's notices: with a task as far as there is room, and where there is none
    a page of them. What the session held before only counts them; so does a claim that finds no
    review, if all are for planners: who waits for reviews waits on."""
    if rows := waiting(work, session, upto):
        form = claimed.reply
        room_bytes = limits.NOTICES_BESIDE_BYTES if claimed.task else None
        only_counted = claimed.task and not claimed.fresh
        if not claimed.task and request.kind == "review":
            only_counted = are_for_planners(rows)
        if only_counted:
            room_bytes = 0
        given, left = handed_out(work, session, rows, room_bytes)

        def with_them() -> Briefing:
            return with_unread(form().model_copy(update={"notices": given or None}), left)

        claimed.reply = with_them
    return claimed


def _claim_next(
    work: Work, session: SessionRow, kind: str, size: str, chores: tasks.Chores
) -> Claimed:
    """The best task for this session: handed to it, to be reviewed by it, or from the queue."""
    picked = Pick()
    if not work.board.paused:
        if kind in ("any", "handoff") and chores.handed_over:
            task = handed_to(work, session)
            if task is not None:
                return take(work, task, session, size=size, why=handoff.why(work, task))
        reviews = kind in ("any", "review") and work.board.review > 0
        if reviews:
            task = next_review(work, session)
            if task is not None:
                return take_review(work, task, session, size=size)
        if kind in ("any", "work"):
            picked = pick(work, session)
            if picked.task is not None:
                return take(work, picked.task, session, size=size, why=_place(picked.task))
        if reviews and session.avoid_until_ms > work.now_ms:
            task = next_review(work, session, again=True)
            if task is not None:
                return take_review(work, task, session, size=size)
    none, advice = nothing(work, session, picked, kind)
    nothing_found = Briefing(none=none, revision=work.revision, next=advice)
    return Claimed(lambda: nothing_found)


def _place(task: TaskRow) -> str:
    """Why this one is first, in what the row says anyway."""
    urgent = f"priority {task.priority}, " if task.priority else ""
    return f"first in claim order: {urgent}longest chain from here {-task.neg_rank // 60_000} min"


def claim_many(work: Work, request: ClaimRequest, count: int) -> list[Claimed]:
    """Up to `count` tasks in one transaction, as far as the policy lets one session hold them."""
    found: list[Claimed] = []
    note_the_time(work)
    for _ in range(min(count, limits.CLAIM_COUNT)):
        one = claim(work, request)
        if not one.fresh:
            break
        found.append(one)
    return found


def take(work: Work, task: TaskRow, session: SessionRow, *, size: str, why: str) -> Claimed:
    """Make `session` the holder of a ready task."""
    task.round = task.round or 1
    task.attempt += 1
    task.fence = leases.next_fence(work, task)
    attempt = attempts.begin(work, task, session, "work")
    work.record("claimed", task, data={"attempt": attempts.image(attempt)})
    work.move(task, Trigger.CLAIM)
    task.session_id = session.id
    task.lapsed_session_id = 0
    task.attempt_id = attempt.id
    task.lease_until_ms = work.now_ms + leases.length_ms(work, session)
    task.handoff = ""
    work.save(task)
    brief_ahead(work.tx, task)
    met = paths.announce(work, task)
    return brief(work, task, attempt, size=size, why=why, fresh=True, met=met)


def take_review(work: Work, task: TaskRow, session: SessionRow, *, size: str) -> Claimed:
    """Make `session` the reviewer of a delivered task."""
    task.fence = leases.next_fence(work, task)
    attempt = attempts.begin(work, task, session, "review")
    work.record("review_claimed", task, data={"attempt": attempts.image(attempt)})
    task.session_id = session.id
    task.lapsed_session_id = 0
    task.attempt_id = attempt.id
    task.lease_until_ms = work.now_ms + leases.length_ms(work, session)
    work.save(task)
    return brief(work, task, attempt, size=size, why="waits for your review", fresh=True)


def _already_holding(work: Work, session: SessionRow, request: ClaimRequest) -> Claimed | None:
    """A session with a lease gets that task's briefing again: the call after a lost reply. A review
    that it asks for it may hold beside its work."""
    held = work.tx.all(tasks.HELD_BY, session_id=session.id)  # none if it expired just now
    mine = next((task for task in held if task.key == request.task), None)
    if mine is None and _asks_for_a_review(work, request):
        held = leases.of_a_kind(held, reviews=True)
    if mine is None and len(held) < work.policy.leases_per_session:
        return None
    task = mine or held[0]
    if request.task and mine is None:
        facts: dict[str, Fact] = {"task": task.key, "lease": leases.token_of(work, task)}
        raise AlreadyHolding(
            f"this session already holds {task.key}",
            state=facts,
            next="finish it before claiming another; release gives it back",
        )
    return again(work, task, request.brief)


def _asks_for_a_review(work: Work, request: ClaimRequest) -> bool:
    if request.task:
        return work.task(request.task).state == State.REVIEW
    return request.kind == "review"


def again(work: Work, task: TaskRow, size: str = "normal") -> Claimed:
    """The briefing of a task to the session that holds it already."""
    return brief(
        work,
        task,
        attempts.current(work, task),
        size=size,
        why="you hold this already",
        fresh=False,
        met=paths.neighbours(work, task) if task.state == State.ACTIVE else [],
    )


def _claim_this(work: Work, session: SessionRow, request: ClaimRequest) -> Claimed:
    task = work.task(request.task)
    if work.board.paused:
        raise Conflict("the board is paused", next="wait until a person resumes it")
    if task.lane not in open_lanes(work, session):
        raise _not_for(session, task)
    was_active = task.state == State.ACTIVE
    reopened = was_active and request.take_over and task.pending > 0  # under its holder
    if was_active and not reopened:
        take_over(work, task, asked=request.take_over)
    if task.state == State.REVIEW:
        return _claim_review(work, task, session, request)
    if task.due_ms > work.now_ms:
        raise WrongState(
            f"{task.key} failed and waits for its next try",
            state={"task": task.key, "due_in_s": (task.due_ms - work.now_ms) // 1000 + 1},
            next="claim() for other work",
        )
    if task.state == State.WAITING or reopened:
        waits_for = unfinished(work, task)[: limits.PAGE]
        raise WrongState(
            f"{task.key} waits for {counted(task.pending, 'unfinished upstream')}",
            state={"task": task.key, "state": task.state, "waits_for": waits_for},
            next="claim() takes what is ready",
        )
    if not was_active:  # a change of holders is no new overlap
        paths.demand_free(work, task)
    task.due_ms = 0
    return take(work, task, session, size=request.brief, why="you asked for it")


def _not_for(session: SessionRow, task: TaskRow) -> WrongState:
    needed = task.lane.split(",")
    had: list[str] = json.loads(session.capabilities)
    missing = in_a_list((name for name in needed if name not in had), "another one")
    return WrongState(
        f"{task.key} needs capabilities that this session did not join with: {missing}",
        state={"task": task.key, "state": task.state, "capabilities": needed},
        next="claim() for other work; only who has them joins anew: "
        "join(session=..., capabilities=[...])",
    )


def _claim_review(work: Work, task: TaskRow, session: SessionRow, request: ClaimRequest) -> Claimed:
    if task.gate != Gate.REVIEW:
        awaited = "to be merged" if task.gate == Gate.MERGE else "for its inputs to settle"
        raise WrongState(
            f"{task.key} is delivered and waits {awaited}",
            state={"task": task.key, "state": task.state},
            next="claim() for other work",
        )
    if not may_review(work, task, session):
        facts: dict[str, Fact] = {"task": task.key, "state": task.state}
        if task.session_id:
            facts["reviewer"] = work.label(task.session_id)
        raise WrongState(
            f"{task.key} was worked on by this session, its agent or its parent in this round",
            state=facts,
            next="another session reviews it: claim() for other work"
            if task.session_id
            else f'another agent must review it: claim(task="{task.key}")',
        )
    if task.session_id:
        take_over(work, task, asked=request.take_over)
    return take_review(work, task, session, size=request.brief)


def undo(work: Work, token: str) -> None:
    """A claim whose reply could not be delivered: as if it had not been made. The fence stays."""
    lease = leases.read(work, token)
    task = lease.task
    not_received(work, lease.session)
    if lease.standing != "live":
        return
    recorded = attempts.end(work, task, lease.attempt, "undone", reason="reply not delivered")
    work.record("claim_undone", task, data={"attempt": recorded})
    if task.state == State.ACTIVE:
        task.attempt = max(0, task.attempt - 1)
        task.handoff = _handed_before(work, task)
        work.move(task, Trigger.RELEASE)
    work.save(task)


def _handed_before(work: Work, task: TaskRow) -> str:
    """Whom the task was handed to when it was claimed, which the claim has wiped out."""
    for (image,) in work.tx.all(log.STATES_OF, task_id=task.id, count=_BACK):
        was: dict[str, Any] = json.loads(image)
        if was.get("fence", 0) < task.fence:
            return str(was.get("handoff", ""))
    return ""


def require_kind(kind: str, outcome: str, task: TaskRow) -> None:
    """Approve and reject end a review, everything else but release ends work."""
    if outcome == "release" or (outcome in ("approve", "reject")) == (kind == "review"):
        return
    allowed = (
        "approve, reject, release"
        if kind == "review"
        else ("done, failed, release, handoff, blocked")
    )
    raise BadRequest(
        f"outcome {outcome!r} does not fit: this lease on {task.key} is for {kind}",
        next=f"use one of: {allowed}",
    )
