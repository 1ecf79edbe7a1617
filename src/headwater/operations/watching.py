"""Looking at a lease without renewing it: reads only, for whoever watches over a job."""

from __future__ import annotations

from headwater.operations import leases
from headwater.operations.leases import Lease
from headwater.operations.work import Work
from headwater.store.queries import tasks
from headwater.verbs.work import Lost


def lost(work: Work, token: str) -> Lost | None:
    """Who took the lease away, and why; None while it may still finish, or if it has finished.

    Raises:
        BadRequest: if this store never issued it on this board.
    """
    lease = leases.find(work, token)
    if lease.standing != "lost" or lease.attempt.reply:
        return None
    return how_lost(work, lease)


def how_lost(work: Work, lease: Lease) -> Lost:
    task = lease.task
    return Lost(
        task=task.key,
        why=leases.why_lost(lease),
        by=work.label(task.session_id) or None,
        reason=lease.attempt.reason or None,
    )


def held(work: Work, session: str) -> frozenset[str]:
    """The leases that a session holds.

    Raises:
        UnknownSession: for an absent, ended or foreign one, all alike.
    """
    row, _epoch = leases.find_session(work, session)
    found = work.tx.all(tasks.HELD_BY, session_id=row.id)
    return frozenset(leases.token_of(work, task) for task in found)
