"""Replies kept for repeated calls, without the secret part of their leases.

A stored reply holds no lease token. When it is given again the token is made anew, if the lease is
still that one; otherwise `lost` takes its place.
"""

from __future__ import annotations

import hashlib
from typing import TypeVar

from headwater import limits
from headwater.errors import RequestReused
from headwater.operations import leases
from headwater.operations.images import compact
from headwater.operations.work import Work
from headwater.store.queries import boards, tasks
from headwater.verbs.base import Reply, Request
from headwater.verbs.work import Briefing, Finished

T = TypeVar("T", bound=Reply)

_FORGET_EVERY = 64


def unlit(reply: Reply) -> str:
    """A reply as it is stored."""
    if isinstance(reply, Briefing) and reply.lease:
        reply = reply.model_copy(update={"lease": None})
    elif isinstance(reply, Finished) and reply.claimed and reply.claimed.lease:
        claimed = reply.claimed.model_copy(update={"lease": None})
        reply = reply.model_copy(update={"claimed": claimed})
    return compact(reply.as_dict())


def relit(work: Work, reply: T) -> T:
    """A stored reply with its lease made again."""
    if isinstance(reply, Finished) and reply.claimed is not None:
        return reply.model_copy(update={"claimed": relit(work, reply.claimed)})
    if isinstance(reply, Briefing) and reply.task and reply.fence:
        task = work.tx.one(tasks.BY_KEY, board_id=work.board.id, key=reply.task)
        if task is not None and task.fence == reply.fence and task.session_id:
            return reply.model_copy(update={"lease": leases.token_of(work, task)})
        return reply.model_copy(
            update={"why": "lost", "next": "this claim is over: claim() again"}
        )
    return reply


def recall(work: Work, request: Request, scope: str, key: str, kind: type[T]) -> T | None:
    """The first reply to this `request` key, if there was one.

    Raises:
        RequestReused: if the arguments were different then.
    """
    row = work.tx.one(boards.REPLY, scope=scope, request=key)
    if row is None:
        return None
    if row[0] != _digest(request):
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
        arguments=_digest(request),
        reply=unlit(reply),
        at_ms=work.now_ms,
    )
    if work.revision % _FORGET_EVERY == 0:
        work.tx.run(boards.FORGET, before=work.now_ms - limits.REQUEST_DAYS * 86_400_000)


def _digest(request: Request) -> str:
    return hashlib.sha256(request.model_dump_json().encode()).hexdigest()[:32]
