"""Replies kept for repeated calls, without the secret part of their leases.

A stored reply holds a digest in place of its lease token. When it is given again the token is made
anew, if the lease is still that one (the same fence and grip). Otherwise nobody can work by the
briefing any more, and `lost` takes its place.
"""

from __future__ import annotations

from typing import TypeVar

from headwater import limits
from headwater.errors import RequestReused
from headwater.operations import leases
from headwater.operations.work import Work
from headwater.store.queries import boards, tasks
from headwater.store.queries.redaction import FORGOTTEN
from headwater.verbs.base import Reply, Request
from headwater.verbs.work import Briefing, Finished, FinishRequest

T = TypeVar("T", bound=Reply)

_FORGET_EVERY = 64
NO_CLAIM = 0
"""In the place of a session's epoch, which begins with 1."""


def unlit(reply: Reply) -> str:
    """A reply as it is stored."""
    if isinstance(reply, Briefing) and reply.lease:
        reply = reply.model_copy(update={"lease": leases.mark(reply.lease)})
    return reply.as_json()


def relit(work: Work, reply: T) -> T:
    """A stored reply with its lease made again."""
    if isinstance(reply, Briefing) and reply.task and reply.fence:
        task = work.tx.one(tasks.BY_KEY, board_id=work.board.id, key=reply.task)
        if task is not None and (task.session_id or task.lapsed_session_id):
            token = leases.token_of(work, task)
            if leases.mark(token) == reply.lease:
                return reply.model_copy(update={"lease": token})
        over = "this claim is over: claim() again"
        return type(reply)(task=reply.task, why="lost", revision=reply.revision, next=over)
    return reply


def sealed(reply: Finished, request: FinishRequest, epoch: int) -> str:
    """A finish's reply as it is stored, without what it claimed: behind the mark of the lease that
    it ended, the digest of what it asked for, and the epoch of its session if it claims, too."""
    return f"{leases.mark(request.lease)} {request.digest} {epoch} {unlit(reply)}"


def ended_by(stored: str, lease: str) -> bool:
    """Is this the finish of that very lease? A window that was replaced before has another."""
    return stored.partition(" ")[0] == leases.mark(lease)


def opened(stored: str, request: FinishRequest) -> tuple[Finished, int] | None:
    """The reply of the finish, for its own lease, and the epoch of its session if it claimed, too;
    None for a window that was replaced before.

    It warns if this is not the same call again.
    """
    if not stored:
        return None
    if not ended_by(stored, request.lease):
        return None
    _, digest, epoch, reply = stored.split(" ", 3)
    first = Finished.model_validate_json(reply)
    if digest not in (request.digest, FORGOTTEN):
        first = _warned(first, request)
    return first, int(epoch)


def _warned(first: Finished, request: FinishRequest) -> Finished:
    amends = request.outcome == first.outcome == "done"
    other = request.outcome if request.outcome != first.outcome else "with other content"
    said = (
        f"this attempt was already finished as {first.outcome}; "
        f"this call ({other}) changed nothing, and this is the first reply"
        f"{'; outcome amend changes what was delivered' if amends else ''}"
    )
    return first.model_copy(update={"warnings": [*(first.warnings or []), said]})


def recall(work: Work, request: Request, scope: str, key: str, kind: type[T]) -> T | None:
    """The first reply to this `request` key, if there was one.

    Raises:
        RequestReused: if the arguments were different then.
    """
    row = work.tx.one(boards.REPLY, scope=scope, request=key)
    if row is None:
        return None
    if row[0] not in (request.digest, FORGOTTEN):
        raise RequestReused(
            f"request {key!r} was used before with other arguments; nothing was changed",
            next="use a new `request` for a new call",
        )
    return relit(work, kind.model_validate_json(row[1]))


def remember(work: Work, request: Request, scope: str, key: str, reply: Reply) -> None:
    """Keep a reply for repeats, and drop those that are too old."""
    work.tx.run(
        boards.REMEMBER,
        scope=scope,
        request=key,
        arguments=request.digest,
        reply=unlit(reply),
        at_ms=work.now_ms,
    )
    if work.revision % _FORGET_EVERY == 0:
        work.tx.run(boards.FORGET, before=work.now_ms - limits.REQUEST_DAYS * limits.DAY_MS)
