"""Check: renew leases, leave a progress note, and learn what happened meanwhile."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

from headwater import limits
from headwater.errors import BadRequest, UnknownSession
from headwater.graph.states import CLOSED, State, Trigger
from headwater.operations import attempts, budgets, inputs, join, leases, silence, watching
from headwater.operations.expiry import upkeep
from headwater.operations.inputs import Change
from headwater.operations.leases import Lease
from headwater.operations.notices import not_received, received, unread
from headwater.operations.outlook import end_of, is_over
from headwater.operations.work import Work
from headwater.store.queries import tasks
from headwater.store.rows import SessionRow, TaskRow
from headwater.verbs.sessions import Notice
from headwater.verbs.work import CheckReply, CheckRequest, InputChange, Lost

_Told: TypeAlias = dict[str, tuple[list[Change], list[Change]]]
"""By task: what its holder is told now of its inputs, and what it was told before."""
_HAS_LEFT = "join() opens a new session"
_KEEPS = "a finish with this lease is refused, but keeps what you made for whoever goes on; "
_IDLE = "claim() takes the next task"
_NEWS = {
    "task_edited": '{key} was edited: claim(task="{key}") gives its briefing anew; ',
    "contract_changed": 'what {key} owes was changed: claim(task="{key}") gives its briefing '
    "anew; ",
    "paths_overlap": "others are in files of {key}, too, and nothing is kept from you: mind their "
    "changes, merge early; ",
}
"""By kind of notice."""


def check(work: Work, request: CheckRequest) -> CheckReply:
    """Renew one lease, or all of a session.

    A lease that is over is no error here: it is reported under `lost`, with who and why.
    """
    work.caller.demand("work", "check")
    lost: list[Lost] = []
    keeps = ""
    if request.lease:
        lease = leases.read(work, request.lease)
        session = lease.session
        held = _renew_one(work, lease, lost)
        keeps = _KEEPS if lost and _goes_on(lease) else ""
    else:
        session = leases.session_of(work, request.session or work.caller.default_session)
        held = leases.regain(work, session)
    # Another window has taken the session over at some time: this may be the older one, and what is
    # handed out here would count as read there.
    older = bool(lost) and session.epoch > 1
    if not older:
        received(work, session, request.seen)
    _leave_note(work, request, held)
    warnings = [*_unkept(request, held), *_costs(work, request, held)]
    if request.leave and not lost:
        return _leave(work, session, warnings)
    gone = bool(session.ended_ms)
    if request.leave and not gone:  # an old lease may be of a window whose session lives elsewhere
        warnings.append("not left: this lease is over; check(session=..., leave=true) leaves")
    for task in held:
        leases.renew(work, session, task)
    upkeep(work)
    told = _inputs(work, held)
    changes = [one for now, _ in told.values() for one in now]
    listed = [InputChange.model_validate(one) for one in inputs.shown(changes)]
    notices = None if older else unread(work, session)
    return CheckReply(
        leases=[join.held_of(work, task, with_note=not request.note) for task in held],
        lost=lost or None,
        inputs=listed or None,
        notices=_once(notices, listed),
        warnings=warnings or None,
        revision=work.revision,
        next=_HAS_LEFT
        if gone
        else keeps + _about_news(held, notices) + _next(work, held, lost, told),
    )


def _goes_on(lease: Lease) -> bool:
    """Is there somebody, now or later, who could use what the holder of a lost lease has made?"""
    attempt, state = lease.attempt, lease.task.state
    taken_away = bool(attempt.ended_ms) and not attempt.reply and attempt.kind == "work"
    return taken_away and state not in CLOSED and state != State.SPLIT


def _about_news(held: list[TaskRow], notices: list[Notice] | None) -> str:
    """What a holder does about notices that do not say it. Where others have changed what is asked
    for, the briefing that was given is an old one."""
    said = ""
    for kind, sentence in _NEWS.items():
        about = {one.task for one in notices or [] if one.kind == kind}
        key = next((task.key for task in held if task.key in about), "")
        if key and not (kind == "contract_changed" and said):  # the briefing has both
            said += sentence.format(key=key)
    return said


def _next(work: Work, held: list[TaskRow], lost: list[Lost], told: _Told) -> str:
    if any(one.why == leases.ELSEWHERE for one in lost):
        return leases.SHOWS_LEASES
    changed = {key: len(now) for key, (now, _) in told.items() if now}
    if (count := sum(changed.values())) > limits.CHANGES_SHOWN:
        return (
            f"{count} inputs changed, {limits.CHANGES_SHOWN} are listed; "
            f'claim(task="{next(iter(changed))}") shows all as they are now'
        )
    if changed:
        return "see whether your work still holds with these inputs, then go on"
    for key, (_, before) in told.items():
        if before:
            return (
                f"go on with the inputs as they are since you were told ({inputs.hinted(before)}); "
                f'claim(task="{key}") shows them'
            )
    if held:
        return "go on"
    return end_of(work)[1] if is_over(work) else f"{_IDLE}{silence.said(work)}"


def _renew_one(work: Work, lease: Lease, lost: list[Lost]) -> list[TaskRow]:
    if lease.standing == "lapsed" and leases.may_return(work, lease.session, lease.task):
        leases.revive(work, lease)
    if lease.standing == "live":
        return [lease.task]
    lost.append(watching.how_lost(work, lease))
    return []


def _unkept(request: CheckRequest, held: list[TaskRow]) -> list[str]:
    """What was said about a task that is not held any more."""
    said = {"note": request.note, "progress": request.progress >= 0, "cost": _reported(request)}
    lost = [name for name, given in said.items() if given]
    if held or not lost:
        return []
    return [
        f"not kept: {', '.join(lost)}; no task is held here. "
        'tell(to="planners", text=...) reaches who plans'
    ]


def _leave_note(work: Work, request: CheckRequest, held: list[TaskRow]) -> None:
    """Keep the note with the task: a successor starts from it."""
    if not held or (not request.note and request.progress < 0):
        return
    if len(held) > 1:
        raise BadRequest(
            "a note belongs to one task, and this session holds several",
            next="check(lease=..., note=...)",
        )
    task = held[0]
    work.record("noted", task)
    if request.progress >= 0:
        task.progress = round(request.progress)
        work.save(task)
    if request.note:
        text = work.text(task)
        text.note = request.note
        work.save_talk(text)


def _reported(request: CheckRequest) -> bool:
    return bool(request.cost.tokens or request.cost.usd)


def _costs(work: Work, request: CheckRequest, held: list[TaskRow]) -> list[str]:
    """Take down the cost so far, and say which tasks are over their limits."""
    reported = _reported(request)
    if reported and len(held) > 1:
        raise BadRequest(
            "a cost belongs to one task, and this session holds several",
            next="check(lease=..., cost=...)",
        )
    said: list[str] = []
    for task in held:
        if not (reported or task.purse):
            continue
        attempt = attempts.current(work, task)
        if reported and budgets.report(work, attempt, request.cost):
            work.record("cost_reported", task, data={"attempt": attempts.image(attempt)})
            attempts.save(work, attempt)
        over = budgets.overrun(work, task, attempt)
        said += [f"{task.key} is over budget: {one.sentence()}" for one in over]
    return said


def _inputs(work: Work, held: list[TaskRow]) -> _Told:
    """Told once: what was told counts as known when they wait, and a reply that is lost may be
    followed by a claim."""
    return {task.key: inputs.tell(work, task) for task in held if task.state == State.ACTIVE}


def _once(notices: list[Notice] | None, listed: list[InputChange]) -> list[Notice] | None:
    """The notices without the values that stand under `inputs` of the same reply."""
    if not (notices and listed):
        return notices
    return [_without(one, listed) if one.kind == "inputs_changed" else one for one in notices]


def _without(notice: Notice, listed: list[InputChange]) -> Notice:
    data = dict(notice.data or {})
    told = cast("list[dict[str, Any]]", data.pop("inputs", []))
    left = [one for one in told if InputChange.model_validate(one) not in listed]
    return notice.model_copy(update={"data": {**data, "inputs": left} if left else data})


def _leave(work: Work, session: SessionRow, warnings: list[str]) -> CheckReply:
    """End the session: its tasks go back to the queue at once, uncharged."""
    for task in work.tx.all(tasks.HELD_BY, session_id=session.id):
        _give_back(work, task)
    for task in work.tx.all(tasks.LAPSED_BY, session_id=session.id):
        task.lapsed_session_id = 0
        work.record("lapse_ended", task)
        work.save(task)
    session.ended_ms = work.now_ms
    join.save(work, session)
    work.record("left", data={"session": session.id})
    return CheckReply(
        leases=[],
        left=True,
        warnings=warnings or None,
        revision=work.revision,
        next=_HAS_LEFT,
    )


def _give_back(work: Work, task: TaskRow) -> None:
    """Free a held task without charging the attempt."""
    attempt = attempts.current(work, task)
    recorded: dict[str, Any] = attempts.end(work, task, attempt, "left")
    work.record("released", task, reason="left", data={"attempt": recorded})
    if task.state == State.ACTIVE:
        task.attempt = max(0, task.attempt - 1)
        work.move(task, Trigger.RELEASE)
    work.save(task)


def undelivered(work: Work, request: CheckRequest) -> None:
    """The reply to this check could not be delivered: its notices come with the next one."""
    if request.lease:
        session = leases.read(work, request.lease).session
    else:
        token = request.session or work.caller.default_session
        try:
            session, epoch = leases.find_session(work, token)
        except UnknownSession:  # it has ended since
            return
        if epoch != session.epoch:  # the other window gets them by its join
            return
    not_received(work, session)
