"""From a request to its operation, inside one transaction: the same way for every face."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from headwater.errors import BadRequest, HeadwaterError
from headwater.operations import (
    add,
    cancel,
    check,
    claim,
    edit,
    finish,
    importing,
    join,
    leases,
    people,
    pools,
    replies,
    rework,
    split,
    tell,
)
from headwater.operations.caller import Caller
from headwater.operations.draft import Draft
from headwater.operations.expiry import note_the_time
from headwater.operations.notices import Counting, newest, waiting, with_unread
from headwater.operations.unformed import Answer, formed
from headwater.operations.work import Work
from headwater.store.lease_key import LeaseKey
from headwater.store.queries import sessions, tasks
from headwater.store.transaction import Tx
from headwater.verbs.base import Reply, Request
from headwater.verbs.importing import ImportReply, ImportRequest
from headwater.verbs.people import (
    BoardRequest,
    BudgetRequest,
    PersonRequest,
)
from headwater.verbs.plan import (
    AddReply,
    AddRequest,
    CancelRequest,
    EditRequest,
    ReworkRequest,
    SplitReply,
    SplitRequest,
)
from headwater.verbs.sessions import JoinRequest
from headwater.verbs.work import (
    Briefing,
    CheckRequest,
    ClaimRequest,
    FinishRequest,
    TellReply,
    TellRequest,
)

Handler = Callable[[Work, Any], Answer]

_HANDLERS: dict[type[Request], Callable[..., Answer]] = {
    JoinRequest: join.join,
    AddRequest: add.add,
    SplitRequest: split.split,
    EditRequest: edit.edit,
    ReworkRequest: rework.rework,
    CancelRequest: cancel.cancel,
    ClaimRequest: claim.claim,
    CheckRequest: check.check,
    FinishRequest: finish.finish,
    TellRequest: tell.tell,
    ImportRequest: importing.import_tasks,
    PersonRequest: people.person,
    BoardRequest: people.board,
    BudgetRequest: pools.budget,
}
_PLANNING: Final = (
    AddRequest,
    SplitRequest,
    EditRequest,
    ReworkRequest,
    CancelRequest,
    TellRequest,
)
"""Who plans makes many calls in a row, and no claim or check among them: the replies say if
somebody has an answer meanwhile."""
_DRAFTED: dict[type[Request], Callable[[Any], Draft]] = {
    AddRequest: add.draft_of,
    ImportRequest: importing.draft_of,
}
"""Operations that take a draft beside the request."""
_REPEATABLE: dict[type[Request], type[Reply]] = {
    AddRequest: AddReply,
    SplitRequest: SplitReply,
    ClaimRequest: Briefing,
    TellRequest: TellReply,
    ImportRequest: ImportReply,
}


def prepare(request: Request) -> Handler:
    """The operation of a mutating request; what it can do before its transaction, it has done.

    Raises:
        BadRequest: the request changes nothing.
    """
    kind = type(request)
    handler = _HANDLERS.get(kind)
    if handler is None:
        raise BadRequest(f"{request.verb} changes nothing")
    if isinstance(request, FinishRequest) or _key(request):
        _ = request.digest  # worked out now
    draft = _DRAFTED.get(kind)
    return handler if draft is None else partial(handler, draft=draft(request))


def execute(
    tx: Tx, board_id: int, lease_key: LeaseKey, request: Request, caller: Caller, handler: Handler
) -> Answer:
    """Carry out a mutating request by what `prepare` gave for it. The answer is to be `formed` when
    the transaction is over.

    Raises:
        HeadwaterError: the operation's refusal. Nothing was changed unless it `keeps_changes`.
    """
    kind = type(request)
    _ahead(tx, board_id, request, caller)
    work = Work.open(tx, board_id, caller, lease_key)
    key = _key(request)
    scope = _scope(board_id, request, caller) if key else ""
    if key:
        first = replies.recall(work, request, scope, key, _REPEATABLE[kind])
        if first is not None:
            return first
    note_the_time(work)
    plans = isinstance(request, _PLANNING) and bool(request.session)
    upto = newest(work) if plans else 0
    try:
        answer = handler(work, request)
    except HeadwaterError as error:
        if error.keeps_changes:
            work.close()
        raise
    if key:
        answer = formed(answer)
        if _worth_keeping(answer):
            replies.remember(work, request, scope, key, answer)
    if plans and work.session and (rows := waiting(work, work.session, upto)):
        answer = with_unread(cast("Counting", formed(answer)), rows)
    work.close()
    return answer


def _key(request: Request) -> str:
    """What makes the request repeatable; empty if it is not to be."""
    return cast("str", getattr(request, "request", "")) if type(request) in _REPEATABLE else ""


def _scope(board_id: int, request: Request, caller: Caller) -> str:
    """Within which a `request` key is unique."""
    session = cast("str", getattr(request, "session", "")).partition(".")[0]
    return f"{board_id}:{caller.credential}:{session}:{request.verb}"


def _ahead(tx: Tx, board_id: int, request: Request, caller: Caller) -> None:
    """What the commonest calls ask first travels with the question for the board's row."""
    if isinstance(request, FinishRequest):
        leases.lease_ahead(tx, board_id, request.lease)
        tx.ahead(sessions.NEWEST_NOTICE, board_id=board_id)
    elif isinstance(request, ClaimRequest):
        leases.session_ahead(tx, request.session or caller.default_session)
        tx.ahead(tasks.LANES, board_id=board_id)
        tx.ahead(sessions.NEWEST_NOTICE, board_id=board_id)


def _worth_keeping(reply: Reply) -> bool:
    """A claim that found nothing is no outcome: the repeat shall look again."""
    return not isinstance(reply, Briefing) or reply.none is None
