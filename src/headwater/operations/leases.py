"""Lease tokens: `KEY#FENCE.SECRET`, and what a token is worth now.

The secret is a MAC (keyed BLAKE2b, RFC 7693) of the store's key over board, task, fence and grip.
Nothing secret is stored, a token can be made again for a repeated request, and a guess is worth
nothing. The token is checked against the row that the same transaction writes (Kleppmann's
fencing): a holder whose fence or grip is not the current one can change nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from headwater import limits
from headwater.clock import seconds_left
from headwater.errors import BadRequest, Fact, SessionElsewhere, StaleLease, UnknownSession
from headwater.graph.gates import Gate
from headwater.graph.states import State, Trigger
from headwater.operations import attempts, budgets, inputs, paths
from headwater.operations.caller import LOCAL
from headwater.operations.work import Work
from headwater.store.queries import log, sessions, tasks
from headwater.store.rows import AttemptRow, SessionRow, TaskRow
from headwater.store.transaction import Tx

_TOKEN = re.compile(r"^([a-z0-9][a-z0-9._-]{0,99})#(\d{1,15})\.([A-Za-z0-9_-]{16})\Z")
_SESSION = re.compile(r"^([A-Za-z0-9_-]{1,90})(?:\.([1-9][0-9]{0,8}))?\Z")
_SEEN_BY_OTHERS = (
    "that is how others see it: pass the `session` that join returned, which begins with s-; "
    "join() opens one"
)
_SECRET_BYTES = 12
_GRIPS_TRIED = 64
ELSEWHERE = "resumed_elsewhere"
SHOWS_LEASES = "check(session=...) shows what you hold, with the lease as it is now"

Standing = Literal["live", "lapsed", "lost"]
_REVIVABLE: dict[str, frozenset[str]] = {
    "work": frozenset({State.READY, State.WAITING, State.FAILED}),
    "review": frozenset({State.REVIEW}),
}


@dataclass(slots=True)
class Lease:
    """A token that this store issued, with the rows it speaks of."""

    task: TaskRow
    attempt: AttemptRow
    session: SessionRow
    standing: Standing
    """live: it holds the task; lapsed: it expired and nobody took the task; lost: too late."""


def token_of(work: Work, task: TaskRow) -> str:
    """The token for the task's present fence and grip."""
    return f"{task.key}#{task.fence}.{_secret(work, task.id, task.fence, task.grip)}"


def ended_token(work: Work, task: TaskRow, attempt: AttemptRow) -> str:
    """The token by which an attempt was finished, as its stored reply tells; empty if by none."""
    for grip in _grips(task):
        token = f"{task.key}#{attempt.fence}.{_secret(work, task.id, attempt.fence, grip)}"
        if attempt.reply.startswith(mark(token)):
            return token
    return ""


def _grips(task: TaskRow) -> range:
    """The newest first."""
    return range(task.grip, max(-1, task.grip - _GRIPS_TRIED), -1)


def mark(token: str) -> str:
    """What is stored in the place of a token."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def _secret(work: Work, task_id: int, fence: int, grip: int) -> str:
    message = f"{work.board.id}:{task_id}:{fence}:{grip}".encode()
    digest = hashlib.blake2b(message, key=work.lease_key.secret, digest_size=_SECRET_BYTES).digest()
    return base64.urlsafe_b64encode(digest).decode()


def next_fence(work: Work, task: TaskRow) -> int:
    """Higher than any that the store has given out for the task, also before it was restored."""
    return max(task.fence, work.lease_key.fences_above) + 1


def length_ms(work: Work, session: SessionRow) -> int:
    """How long a lease of this session lasts without renewal."""
    return session.lease_ms or round(work.policy.lease_minutes * 60_000)


def read(work: Work, token: str) -> Lease:
    """Find what a token stands for, in a call of its session.

    Raises:
        BadRequest: if this store never issued it on this board.
    """
    lease = find(work, token)
    saw(work, lease.session)
    return lease


def find(work: Work, token: str) -> Lease:
    """What a token stands for, and who it belongs to. Reads only.

    Raises:
        BadRequest: if this store never issued it on this board.
    """
    match = _TOKEN.match(token)
    if match is None:
        raise _unknown(work, token)
    fence = int(match[2])
    row = work.tx.one(log.LEASE, board_id=work.board.id, key=match[1], fence=fence)
    if row is None:
        raise _unknown(work, token)
    task, attempt, session = row
    grip = next(
        (
            grip
            for grip in _grips(task)
            if hmac.compare_digest(_secret(work, task.id, fence, grip), match[3])
        ),
        None,
    )
    if grip is None or session.credential != work.caller.credential:
        raise _unknown(work, token)
    return Lease(task, attempt, session, _standing(task, attempt, fence, grip))


def lease_ahead(tx: Tx, board_id: int, token: str) -> None:
    """`read` will be asked about this token."""
    if match := _TOKEN.match(token):
        tx.ahead(log.LEASE, board_id=board_id, key=match[1], fence=int(match[2]))


def session_ahead(tx: Tx, token: str) -> None:
    """`find_session` will be asked about this token."""
    if match := _SESSION.match(token):
        tx.ahead(sessions.BY_TOKEN, token=match[1])


def given_to(tx: Tx, board_id: int, token: str) -> str:
    """The name of the session that a lease was given to; empty if there is no such lease."""
    match = _TOKEN.match(token)
    row = match and tx.one(log.LEASE, board_id=board_id, key=match[1], fence=int(match[2]))
    return row[2].token if row else ""


def _standing(task: TaskRow, attempt: AttemptRow, fence: int, grip: int) -> Standing:
    if task.fence != fence or task.grip != grip or task.attempt_id != attempt.id:
        return "lost"
    if task.session_id == attempt.session_id and task.state in ("active", "review"):
        return "live"
    return "lapsed" if is_revivable(task, attempt) else "lost"


def is_revivable(task: TaskRow, attempt: AttemptRow) -> bool:
    """Did this attempt's lease run out, with nobody having taken or changed the task since?"""
    return task.lapsed_session_id == attempt.session_id and task.state in _REVIVABLE[attempt.kind]


def _unknown(work: Work, token: str) -> BadRequest:
    """A foreign lease is refused like a forged one: nobody learns by it what is in force."""
    shape = "a lease looks like KEY#FENCE.SECRET" if "#" not in token else "no such lease here"
    return BadRequest(
        f"not a lease of this board: {shape}",
        next="use the `lease` of your claim exactly, or check(session=...) to see what you hold"
        + _after_a_change(work),
    )


def _after_a_change(work: Work) -> str:
    """What a caller cannot know: another access token is another caller, and a store that was
    restored has forgotten what came after the backup."""
    said = ""
    if work.caller.credential != LOCAL.credential:
        said += "; if your access token was changed: join() anew, what it held is yours no more"
    if work.now_ms - work.lease_key.restored_ms < limits.DAY_MS:
        said += "; the store was put back to a backup: what came after it is to be claimed again"
    return said


def revive(work: Work, lease: Lease) -> None:
    """Take a lapsed lease up again: nobody has claimed since, so the late holder is welcome."""
    task, attempt = lease.task, lease.attempt
    attempt.ended_ms = 0
    attempt.outcome = ""
    if attempt.account:
        budgets.resume(work, attempt)
    work.record("revived", task, data={"attempt": attempts.image(attempt)})
    if attempt.kind == "work":
        work.move(task, Trigger.REVIVE)
        if inputs.not_given(work, task):
            task.gate = Gate.CHANGED.value
    task.session_id = attempt.session_id
    task.lapsed_session_id = 0
    task.lease_until_ms = work.now_ms + length_ms(work, lease.session)
    attempts.save(work, attempt)
    work.save(task)
    if attempt.kind == "work":
        paths.announce(work, task)
    lease.standing = "live"


def regain(work: Work, session: SessionRow) -> list[TaskRow]:
    """All that a session holds, with what it held until the lease ran out and nobody took since."""
    held = work.tx.all(tasks.HELD_BY, session_id=session.id)
    for task in work.tx.all(tasks.LAPSED_BY, session_id=session.id):
        attempt = attempts.current(work, task)
        if is_revivable(task, attempt) and may_return(work, session, task):
            revive(work, Lease(task, attempt, session, "lapsed"))
            held.append(task)
    return held


def renew(work: Work, session: SessionRow, task: TaskRow, lease_ms: int = 0) -> None:
    """Push the end of a lease out, by `lease_ms` if that is given. Not history: no revision, no
    event."""
    task.lease_until_ms = work.now_ms + (lease_ms or length_ms(work, session))
    work.tx.run(tasks.RENEW, id=task.id, until_ms=task.lease_until_ms)


def may_return(work: Work, session: SessionRow, task: TaskRow) -> bool:
    """May the session take up again what it let lapse, and hold one lease more?

    Not into files that somebody else is in by now, where the board refuses that.
    """
    held = work.tx.all(tasks.HELD_BY, session_id=session.id)
    reviews = task.state == State.REVIEW
    if len(of_a_kind(held, reviews=reviews)) >= work.policy.leases_per_session:
        return False
    return reviews or paths.blocker(work, task) is None


def of_a_kind(held: Sequence[TaskRow], *, reviews: bool) -> list[TaskRow]:
    """The reviews among what a session holds, or the rest. They are counted apart: if everybody
    works, somebody has to be able to review."""
    return [task for task in held if (task.state == State.REVIEW) == reviews]


def demand(work: Work, token: str, verb: str) -> Lease:
    """The lease behind `token`, live.

    Raises:
        StaleLease: saying who has the task now and what to do.
    """
    lease = read(work, token)
    if lease.standing == "lapsed" and may_return(work, lease.session, lease.task):
        revive(work, lease)
    if lease.standing != "live":
        raise stale(work, lease, verb)
    return lease


def demand_on(work: Work, token: str, verb: str, key: str, *, otherwise: str) -> TaskRow:
    """The task `key`, which the lease behind `token` has to be for.

    Raises:
        StaleLease: saying who has the task now and what to do.
        BadRequest: it is for another task, where `otherwise` says what to do; or for its review:
            who judges a task does not change what is asked of it.
    """
    lease = demand(work, token, verb)
    if lease.task.key != key:
        raise BadRequest(f"that lease is for {lease.task.key}, not for {key}", next=otherwise)
    if lease.attempt.kind != "work":
        raise BadRequest(
            f"{verb} refused: this lease is for the review of {key}, as it stands",
            state={"task": key, "state": lease.task.state},
            next='finish(lease, outcome="reject", notes="what must change"), or tell the planners',
        )
    return lease.task


def stale(work: Work, lease: Lease, verb: str, *, kept: bool = False) -> StaleLease:
    """The refusal of a lease that is no longer current."""
    task = lease.task
    why = why_lost(lease)
    facts: dict[str, Fact] = {"task": task.key, "state": task.state, "why": why}
    if task.session_id:
        facts["holder"] = work.label(task.session_id)
        facts["until_s"] = seconds_left(task.lease_until_ms - work.now_ms)
    saved = "; what you delivered is kept as salvage with it" if kept else ""
    if why == ELSEWHERE:
        advice = SHOWS_LEASES
    elif held := work.tx.all(tasks.HELD_BY, session_id=lease.session.id):
        advice = f'go on with {held[0].key}, which you hold: claim(task="{held[0].key}") shows it'
    else:
        advice = "claim() for other work"
    return StaleLease(
        f"{verb} refused: this lease on {task.key} is over ({why}){saved}",
        state=facts,
        next=advice,
        keeps_changes=kept,
    )


def why_lost(lease: Lease) -> str:
    """One word or two for how a lease ended."""
    return lease.attempt.outcome or ELSEWHERE


def session_token(session: SessionRow) -> str:
    """What names a session to its window: another one since another window took it over."""
    return session.token if session.epoch == 1 else f"{session.token}.{session.epoch}"


def find_session(work: Work, token: str) -> tuple[SessionRow, int]:
    """The caller's session and the epoch that the token is of.

    Raises:
        UnknownSession: for an absent, ended or foreign one, all alike.
    """
    if not token:
        raise UnknownSession(
            "this call needs a session, and none was given",
            next="join(agent=YOUR_NAME) opens one; pass its `session` in every call that takes one",
        )
    match = _SESSION.match(token)
    row = work.tx.one(sessions.BY_TOKEN, token=match[1]) if match else None
    epoch = int(match[2] or 1) if match else 0
    if (
        row is None
        or row.board_id != work.board.id
        or row.credential != work.caller.credential
        or row.ended_ms
        or not 1 <= epoch <= row.epoch
    ):
        raise UnknownSession(
            "no such session here, or it has ended",
            next=_SEEN_BY_OTHERS
            if "/" in token
            else "join() opens one; join(session=...) resumes one that join listed"
            + _after_a_change(work),
        )
    return row, epoch


def session_of(work: Work, token: str) -> SessionRow:
    """The caller's session, seen now.

    Raises:
        UnknownSession: for an absent, ended or foreign one, all alike.
        SessionElsewhere: another window has taken it over since.
    """
    row, epoch = find_session(work, token)
    if epoch != row.epoch:
        raise SessionElsewhere(
            "this session was resumed in another window",
            state={"agent": row.label, "why": ELSEWHERE},
            next="join() opens a session of your own; join(session=..., take=true) takes it back",
        )
    return saw(work, row)


def saw(work: Work, row: SessionRow) -> SessionRow:
    """This session makes the present call. When it was last seen is kept to within half a minute,
    so that not every call writes it."""
    work.session = row
    if work.now_ms - row.seen_ms >= limits.LAST_SEEN_STEP_MS:
        row.seen_ms = work.now_ms
        work.tx.run(sessions.SEEN, id=row.id, seen_ms=work.now_ms)
    return row


def seen_ms(work: Work, session_id: int) -> int:
    """When a session made its last call."""
    row = work.tx.one(sessions.SEEN_MS, id=session_id)
    return int(row[0]) if row else 0
