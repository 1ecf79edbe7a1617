"""What the server of a host window, or a shell's command, asks about sessions that live there: who
still does, what they hold, and that their leases are renewed."""

from __future__ import annotations

from headwater import limits
from headwater.errors import BadRequest, UnknownSession
from headwater.operations import attempts, join, leases
from headwater.operations.expiry import note_the_time
from headwater.operations.work import Work
from headwater.store.queries import log, tasks
from headwater.store.rows import SessionRow
from headwater.verbs.sessions import Held


def living(work: Work, tokens: list[str], held: list[str]) -> list[str]:
    """Those of a window's sessions that still live there, and whoever holds one of these leases.
    Reads only."""
    found = [token for token in tokens if _resident(work, token)]
    return found + [token for lease in held if (token := _holder(work, lease))]


def held(work: Work, token: str) -> list[Held]:
    """What a session holds, or could finish late. Reads only: nothing is offered or renewed."""
    row = _resident(work, token)
    if row is None:
        return []
    found = work.tx.all(tasks.HELD_BY, session_id=row.id)
    for task in work.tx.all(tasks.LAPSED_BY, session_id=row.id):
        if leases.is_revivable(task, attempts.current(work, task)):
            found.append(task)
    return [join.held_of(work, task, with_note=False) for task in found]


def amendable(work: Work, token: str) -> list[Held]:
    """The leases by which a session has delivered what it can perhaps still amend: what waits for
    acceptance, and the last that is accepted. Reads only."""
    row = _resident(work, token)
    if row is None:
        return []
    mine = {"board_id": work.board.id, "session_id": row.id}
    found: list[Held] = []
    for task in (
        *work.tx.all(tasks.AMENDABLE, **mine, count=limits.LOOK_AHEAD),
        *work.tx.all(tasks.LAST_DELIVERED_BY, **mine),
    ):
        made = work.tx.one(log.DELIVERY, id=task.delivery_id)
        attempt = work.tx.one(log.ATTEMPT, id=made.attempt_id) if made else None
        lease = leases.ended_token(work, task, attempt) if attempt else ""
        if lease:
            found.append(Held(task=task.key, lease=lease, kind="work", expires_in_s=0))
    return found


def renew_all(work: Work, tokens: list[str], lease_ms: int = 0) -> None:
    """Background renewal of the sessions that live in one server process.

    A session whose agent has made no call for two hours, or for four times the estimate of what
    it holds, is not renewed any more. `lease_ms` sets another length, such as the grace at the end.
    """
    note_the_time(work)
    for token in tokens:
        row = _resident(work, token)
        if row is None:
            continue
        for task in work.tx.all(tasks.HELD_BY, session_id=row.id):
            present_ms = max(limits.STDIO_PRESENT_MS, 4 * task.estimate_ms)
            if work.now_ms - row.seen_ms <= present_ms:
                leases.renew(work, row, task, lease_ms)


def _resident(work: Work, token: str) -> SessionRow | None:
    """The session of a token, unless it has ended or lives in another window now."""
    try:
        row, epoch = leases.find_session(work, token)
    except UnknownSession:
        return None
    return row if epoch == row.epoch else None


def _holder(work: Work, token: str) -> str:
    """The session that holds a lease; empty if nobody holds it any more."""
    try:
        lease = leases.find(work, token)
    except BadRequest:
        return ""
    return leases.session_token(lease.session) if lease.standing != "lost" else ""
