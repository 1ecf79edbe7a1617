"""Join: open a session, or take one up again after a restart or a compaction."""

from __future__ import annotations

import secrets
from itertools import islice

from headwater import limits
from headwater.clock import seconds_left
from headwater.errors import BadRequest, SessionElsewhere, UnknownSession
from headwater.operations import leases, preflight, returning
from headwater.operations.expiry import end_idle_sessions, upkeep
from headwater.operations.images import compact
from headwater.operations.notices import newest, plain_agent, unread
from headwater.operations.work import Work
from headwater.store.queries import sessions, tasks
from headwater.store.rows import SessionRow, TaskRow
from headwater.verbs.sessions import Held, JoinReply, JoinRequest, Resumable

_RESUMABLE_SHOWN = 5
_RESUMABLE_TRIED = 50
"""How many that hold something are looked at: those of windows that are open are not shown."""
_RESUMABLE_MS = 7 * limits.DAY_MS
_UNNAMED = (
    "; this is the session of this connection's calls before this join: a subagent that made none "
    "of them opens its own with join(agent=..., parent=THIS_SESSION)"
)


def join(work: Work, request: JoinRequest) -> JoinReply:
    """Open a session for an agent, or resume `request.session`.

    Raises:
        UnknownSession: it is not this caller's, or has ended.
        SessionElsewhere: it is alive in another window and `take` is false.
    """
    work.caller.demand("work", "join")
    held: list[TaskRow] = []
    unnamed = None if request.session else _unnamed(work, request)
    if request.session or unnamed:
        session = _named(work, request, unnamed) if unnamed else _resume(work, request)
        held = leases.regain(work, session)  # before others' upkeep takes what has just run out
        for task in held:
            leases.renew(work, session, task)
    else:
        session = _open(work, request)
    upkeep(work)
    if not request.session:
        end_idle_sessions(work)
    resumable = None if request.session else _resumable(work, session)
    before = None if request.session or unnamed else returning.last_of(work, session)
    if before:
        returning.hand_over(work, before, session)
    token = leases.session_token(session)
    anew = "" if request.session in ("", token) else "pass the new `session` from now on; "
    return JoinReply(
        session=token,
        agent=session.label,
        resumed=bool(request.session or unnamed),
        leases=[held_of(work, task) for task in held],
        notices=unread(work, session),
        counts=work.board.counts(),
        resumable=resumable,
        revision=work.revision,
        next=anew
        + _advice(work, session, held, resumable)
        + (_UNNAMED if unnamed else "")
        + (returning.missing_capabilities(before, session) if before else ""),
    )


def _advice(
    work: Work, session: SessionRow, held: list[TaskRow], resumable: list[Resumable] | None
) -> str:
    wrong = preflight.mismatch(work.policy, session)
    if wrong:
        return f"before you claim: workers of this board {wrong}; go there and join again"
    if held:
        return f"go on with {held[0].key}: claim() gives its briefing again"
    if resumable:
        where = ", in its workspace," if any(one.workspace for one in resumable) else ","
        return (
            f"`resumable` worked here under your name: if that was you{where} "
            "join(session=ITS_SESSION, take=true) goes on with it; else claim() takes the next task"
        )
    return "claim() takes the next task; pass `session` in every call that takes one"


def _open(work: Work, request: JoinRequest) -> SessionRow:
    caller = work.caller
    row = SessionRow(
        id=0,
        board_id=work.board.id,
        token="s-" + secrets.token_urlsafe(12),
        credential=caller.credential,
        agent=_plain(request.agent or caller.default_agent),
        capabilities=compact(sorted(set(request.capabilities))),
        parent_id=_parent_id(work, request, 0),
        window_name=request.window,
        host=request.host or caller.host,
        workspace="",
        branch="",
        head="",
        process="",
        epoch=1,
        lease_ms=caller.lease_ms,
        renewed=int(caller.renewed),
        cursor=newest(work),
        offered=0,
        avoid_until_ms=0,
        created_ms=work.now_ms,
        seen_ms=work.now_ms,
        ended_ms=0,
    )
    preflight.record(work, row, request)
    row.id = work.tx.add(sessions.INSERT, row)
    work.session = row
    work.record("joined", data={"session": row.id, "agent": row.agent})
    return row


def _unnamed(work: Work, request: JoinRequest) -> SessionRow | None:
    """The session of this connection's calls so far, if the join gives it its name."""
    if not (work.caller.default_session and request.agent) or request.parent:
        return None
    try:
        row, epoch = leases.find_session(work, work.caller.default_session)
    except UnknownSession:
        return None
    waits = row.agent in (_plain(request.agent), _plain(work.caller.default_agent))
    return row if waits and epoch == row.epoch else None


def _named(work: Work, request: JoinRequest, row: SessionRow) -> SessionRow:
    """Who worked here without a name is called by it from now on, and keeps what it holds."""
    work.session = row
    row.agent = _plain(request.agent)
    _refresh(work, row, request)
    work.record("joined", data={"session": row.id, "agent": row.agent})
    return row


def _plain(agent: str) -> str:
    """An agent's name as its sessions carry it."""
    return plain_agent(agent or "agent")


def _parent_id(work: Work, request: JoinRequest, own_id: int) -> int:
    """The session that started this one: of the same credential, or it is unknown."""
    if not request.parent:
        return 0
    try:
        parent, _epoch = leases.find_session(work, request.parent)
    except UnknownSession as error:
        raise UnknownSession(
            "no such session here as your parent's, or it has ended",
            next="`parent` is the `session` that your parent's own join returned; "
            "join(agent=YOUR_NAME) without it opens a session, too",
        ) from error
    if parent.id == own_id:
        raise BadRequest("a session is not its own parent", next="join() without parent")
    return parent.id


def _resume(work: Work, request: JoinRequest) -> SessionRow:
    """Take a session up again. Another window that still uses it is fenced off by the grip."""
    row, epoch = leases.find_session(work, request.session)
    work.session = row
    elsewhere = _is_elsewhere(work, request, row, epoch)
    alive = work.now_ms - row.seen_ms < limits.SESSION_ALIVE_MS and not preflight.is_dead(row)
    if elsewhere and alive and not request.take:
        raise SessionElsewhere(
            "this session is alive in another window",
            state={
                "agent": row.label,
                "window": row.window_name or "unnamed",
                "last_seen_s": (work.now_ms - row.seen_ms) // 1000,
            },
            next="join(session=..., take=true) takes it over; join() opens a new one",
        )
    if elsewhere or request.take:
        row.epoch += 1
        work.record("resumed_elsewhere", data={"session": row.id, "epoch": row.epoch})
        for task in _held_or_lapsed(work, row):
            task.grip += 1
            work.save(task)
    row.parent_id = _parent_id(work, request, row.id) or row.parent_id
    _refresh(work, row, request)
    return row


def _refresh(work: Work, row: SessionRow, request: JoinRequest) -> None:
    """What a join says of a session that is there already, and that it is seen now."""
    if request.window:
        row.window_name = request.window
    if request.capabilities:
        row.capabilities = compact(sorted(set(request.capabilities)))
    row.lease_ms = work.caller.lease_ms
    row.renewed = int(work.caller.renewed)
    row.seen_ms = work.now_ms
    preflight.record(work, row, request)
    save(work, row)


def _is_elsewhere(work: Work, request: JoinRequest, row: SessionRow, epoch: int) -> bool:
    """Whether the session lived in another window until now. Windows are told apart by the name
    that they give themselves, else by the host's process, else not at all."""
    if request.window and row.window_name:
        return request.window != row.window_name
    if preflight.is_same_window(work, row):
        return epoch != row.epoch
    named = bool(request.window or row.window_name)
    return named or epoch != row.epoch or preflight.is_other_window(work, row)


def save(work: Work, row: SessionRow) -> None:
    work.tx.put(sessions.SAVE, row)


def held_of(work: Work, task: TaskRow, *, with_note: bool = True) -> Held:
    """A held task as join and check show it; without its note for whoever has just written it."""
    note = work.text(task).note if with_note else ""
    return Held(
        task=task.key,
        lease=leases.token_of(work, task),
        kind="review" if task.state == "review" else "work",
        expires_in_s=seconds_left(task.lease_until_ms - work.now_ms),
        note=note or None,
    )


def _held_or_lapsed(work: Work, session: SessionRow) -> list[TaskRow]:
    held = work.tx.all(tasks.HELD_BY, session_id=session.id)
    return held + work.tx.all(tasks.LAPSED_BY, session_id=session.id)


def _resumable(work: Work, session: SessionRow) -> list[Resumable] | None:
    """Earlier sessions of the same credential and agent whose work can be gone on with: they hold
    something, or did until the lease ran out. Of the same workspace, if it is said: who has lost
    its memory may not know that it ever named one."""
    rows = work.tx.all(
        sessions.RESUMABLE,
        board_id=work.board.id,
        credential=session.credential,
        agent=session.agent,
        workspace=session.workspace,
        id=session.id,
        since_ms=work.now_ms - _RESUMABLE_MS,
        count=_RESUMABLE_TRIED,
    )
    found = (
        Resumable(
            session=leases.session_token(row),
            agent=row.label,
            window=row.window_name or None,
            workspace=None if session.workspace else row.workspace or None,
            holds=holds,
            last_seen_s=(work.now_ms - row.seen_ms) // 1000,
        )
        for row in rows
        if not preflight.is_alive_elsewhere(work, row)
        and (holds := [task.key for task in _held_or_lapsed(work, row)])
    )
    return list(islice(found, _RESUMABLE_SHOWN)) or None
