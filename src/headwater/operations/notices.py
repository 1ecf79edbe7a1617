"""Handing out notices: in order, bounded, at least once.

A session has a cursor, the newest notice it is known to have, and `offered`, the newest in its last
reply. A reply may be lost, so only the next check moves the cursor; `join` repeats, because it is
what an agent calls that has lost its memory. A claim hands out what fits beside the briefing, as
who goes from claim to finish never checks; and all, where it found no task.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Any, Final, TypeAlias, TypeVar

from headwater import limits
from headwater.errors import counted, guess, is_word
from headwater.graph.briefing import CUT
from headwater.graph.gates import Gate
from headwater.graph.notices import AGENT, HOLDER, KINDS, reaching
from headwater.graph.states import UNBEGUN, State
from headwater.operations import attempts
from headwater.operations.work import Work
from headwater.store.queries import sessions, tasks
from headwater.store.rows import NoticeRow, SessionRow, TaskRow
from headwater.store.transaction import Tx
from headwater.verbs.plan import AddReply, CancelReply, EditReply, ReworkReply, SplitReply
from headwater.verbs.sessions import Notice
from headwater.verbs.work import Briefing, Finished, TellReply

Counting: TypeAlias = (
    Briefing | Finished | AddReply | SplitReply | EditReply | ReworkReply | CancelReply | TellReply
)
"""Replies that say how many notices wait."""

T = TypeVar("T", bound=Counting)

_COUNTED: Final = 1_000
_FRAME_BYTES: Final = 100
"""Of a notice: its id, kind, author and the names of its fields."""
UNSEEN = "no agent of that name has called lately"
_OPEN: Final[dict[str, Callable[[TaskRow], bool]]] = {
    "handoff": lambda task: bool(task.handoff),
    "review_ready": lambda task: task.state == State.REVIEW and task.gate == Gate.REVIEW,
    "sent_back": lambda task: task.state in UNBEGUN,
    "answered": lambda task: task.state in UNBEGUN,
    "blocked": lambda task: task.state == State.HELD,
    "held": lambda task: task.state == State.HELD,
    "failed": lambda task: task.state == State.FAILED,
}
"""As long as this is true of its task, somebody still has to do what a notice says."""
_LOST: Final = "lease_lost"
_AS_SAID: Final = frozenset({"message", "rules", "inputs_changed"})
"""What these say is never cut; of inputs the check says which call shows them."""
_ALL_DONE: Final = "all_done"
_CLAIM_OFFERS: Final = frozenset({_ALL_DONE, "review_ready", "handoff"})
"""What these say, the next claim says or hands out by itself."""
_OF_A_LEASE: Final[frozenset[str]] = frozenset(
    {kind for kind, meaning in KINDS.items() if meaning.to == HOLDER} | {"paths_overlap", _LOST}
)


def agent_of(name: str) -> str:
    """The agent that is meant by a name, or by one of its sessions as they are shown
    (`NAME/NUMBER`), as sessions carry it."""
    agent, _, number = name.rpartition("/")
    return plain_agent(agent if agent and number.isdigit() else name)


def plain_agent(name: str) -> str:
    """An agent's name as part of `NAME/NUMBER`."""
    return name.replace("/", "-")


def was_seen(work: Work, agent: str) -> bool:
    """Has a session of that agent called lately?"""
    since_ms = work.now_ms - limits.SESSION_ALIVE_MS
    return bool(
        work.tx.number(sessions.AGENT_SEEN, board_id=work.board.id, agent=agent, since_ms=since_ms)
    )


def is_able(work: Work, agent: str, needed: Sequence[str]) -> bool:
    """Has a session of that agent, which called lately, all of these capabilities?"""
    return any(
        one.agent == agent and set(needed).issubset(json.loads(one.capabilities))
        for one in _there(work)
    )


def reached(work: Work, target: str) -> int | None:
    """How many other sessions that were seen lately get what is told to this target. None for
    planners: what the others may is not known here."""
    if target == "planners":
        return None
    own = work.session.id if work.session else 0
    return sum(one.id != own and target in targets_of(work, one) for one in _there(work))


def meant(work: Work, agent: str) -> str:
    """The end of a sentence about an agent that was not seen: who may have been meant."""
    return guess([agent], sorted({one.agent for one in _there(work) if is_word(one.agent)}))


def _there(work: Work) -> list[SessionRow]:
    """The sessions that were seen lately."""
    return work.tx.all(
        sessions.THERE,
        board_id=work.board.id,
        since_ms=work.now_ms - limits.SESSION_ALIVE_MS,
        count=_COUNTED,
    )


def targets_of(work: Work, session: SessionRow) -> list[str]:
    """Everything that reaches this session."""
    targets = reaching(session.id, session.agent, json.loads(session.capabilities))
    return [*targets, "planners"] if work.caller.may("plan") else targets


def received(work: Work, session: SessionRow, seen: int) -> None:
    """The session calls again, so its last reply arrived: what that offered is behind it now.

    With `seen` (-1: not given) a program says itself up to which id it has dealt with.
    """
    if session.offered <= session.cursor:
        return
    told = session.offered if seen < 0 else max(session.cursor, min(seen, session.offered))
    _place(work, session, cursor=told, offered=told)


def not_received(work: Work, session: SessionRow) -> None:
    """The last reply could not be delivered: what it offered is offered again."""
    if session.offered > session.cursor:
        _place(work, session, cursor=session.cursor, offered=session.cursor)


def unread(work: Work, session: SessionRow) -> list[Notice] | None:
    """Offer the oldest notices that this session is not known to have, at most
    `limits.NOTICES_AT_ONCE`. Of what is settled by now it is not told."""
    start, end, shown = _next_page(work, session, session.cursor, newest(work))
    _place(work, session, cursor=start, offered=end)
    return [_shown(row) for row in shown] or None


def _next_page(
    work: Work, session: SessionRow, cursor: int, last: int
) -> tuple[int, int, list[NoticeRow]]:
    """The first page beyond `cursor`, and up to `last`, with notices that concern the session now:
    where it begins and ends, and those."""
    while cursor < last:
        found = _beyond(work, session, cursor)
        end = min(found[-1].id, last) if len(found) == limits.NOTICES_AT_ONCE else last
        if shown := _for(work, session, [row for row in found if row.id <= last]):
            return cursor, end, shown
        cursor = end
    return cursor, cursor, []


def newest(work: Work) -> int:
    """The id of the board's newest notice; 0 if there is none."""
    return work.tx.number(sessions.NEWEST_NOTICE, board_id=work.board.id)


def waiting(work: Work, session: SessionRow, upto: int) -> list[NoticeRow]:
    """The notices up to this id that are to be handed out next: almost always none, and then
    nothing is read. None, too, if a claim makes them all needless. `upto`: the `newest` before
    a call, which is asked after it, as what the call did settles some and makes others that its own
    reply tells."""
    told = max(session.cursor, session.offered)
    if upto <= told:
        return []
    start, _end, shown = _next_page(work, session, told, upto)
    if session.offered <= session.cursor:  # what is passed over now is not looked at again
        _place(work, session, cursor=start, offered=start)
    return shown if _announced(shown) else []


def with_unread(reply: T, rows: list[NoticeRow]) -> T:
    """A reply that says how many notices wait."""
    count = _announced(rows)
    if not count:
        return reply
    call = "check(lease)" if isinstance(reply, Briefing) and reply.lease else "check(session)"
    said = f"{counted(count, 'notice')} for you: {call}; {reply.next}"
    return reply.model_copy(update={"unread": count, "next": said})


def handed_out(
    work: Work, session: SessionRow, rows: list[NoticeRow], room_bytes: int | None
) -> tuple[list[Notice], list[NoticeRow]]:
    """Offer the first of them, as many as there is room for (None: all); those, and the rest."""
    sizes = accumulate(len(row.body.encode()) + len(row.data) + _FRAME_BYTES for row in rows)
    fitting = sum(room_bytes is None or size <= room_bytes for size in sizes)
    if fitting:
        _place(work, session, cursor=session.cursor, offered=rows[fitting - 1].id)
    return [_shown(row) for row in rows[:fitting]], rows[fitting:]


def are_for_planners(rows: list[NoticeRow]) -> bool:
    """Whether none of them reaches who does not plan."""
    return all(row.target == "planners" for row in rows)


def _announced(rows: list[NoticeRow]) -> int:
    return sum(row.kind not in _CLAIM_OFFERS for row in rows)


def _for(work: Work, session: SessionRow, found: list[NoticeRow]) -> list[NoticeRow]:
    """Those of them that concern the session now."""
    return [row for row in found if not _own(row, session) and not _is_settled(work, row, session)]


def _beyond(work: Work, session: SessionRow, cursor: int) -> list[NoticeRow]:
    count = limits.NOTICES_AT_ONCE
    return beyond(work, targets_of(work, session), cursor, count)[:count]


def beyond(work: Work, targets: Iterable[str], cursor: int, count: int) -> list[NoticeRow]:
    """In order, what is after `cursor`: at most `count` for each target."""
    found: list[NoticeRow] = []
    for target in targets:
        found += work.tx.all(
            sessions.UNREAD, board_id=work.board.id, target=target, cursor=cursor, count=count
        )
    return sorted(found, key=lambda row: row.id)


def _place(work: Work, session: SessionRow, *, cursor: int, offered: int) -> None:
    if (session.cursor, session.offered) != (cursor, offered):
        session.cursor, session.offered = cursor, offered
        work.tx.run(sessions.GIVEN, id=session.id, cursor=cursor, offered=offered)


def may_have_news(tx: Tx, board_id: int, revision: int) -> bool:
    """Can a check have another answer than at `revision`? Everything that one can report comes
    with a notice, but that another window took the session over.

    A notice may carry the revision before its own event, hence `>=`.
    """
    row = tx.one(sessions.NEWEST_NOTICE, board_id=board_id)
    if row is not None and row[1] >= revision:
        return True
    return bool(tx.number(sessions.RESUMED_SINCE, board_id=board_id, revision=revision))


def _own(row: NoticeRow, session: SessionRow) -> bool:
    """Said by this session to a group that it is in. What is addressed to it alone it gets: its
    own call may have been the one that found its lease expired."""
    return row.by == session.label and not row.target.startswith("session:")


def _is_settled(work: Work, row: NoticeRow, session: SessionRow) -> bool:
    """Nobody has to do anything about it any more, or somebody else holds the task."""
    if row.kind == _ALL_DONE:
        return work.board.unfinished > 0
    is_open = _OPEN.get(row.kind)
    if is_open is None and row.kind not in _OF_A_LEASE:
        return False
    task = work.tx.one(tasks.BY_KEY, board_id=work.board.id, key=row.task)
    if task is None:
        return True
    if row.kind == _LOST:  # until it holds the task again
        return task.session_id == session.id or _came_back(work, session, task, row)
    mine = session.id in (task.session_id, task.lapsed_session_id)
    return not mine if is_open is None else mine or not is_open(task)


def _came_back(work: Work, session: SessionRow, task: TaskRow, loss: NoticeRow) -> bool:
    """Was the lease that ran out good again, for a late finish?"""
    if json.loads(loss.data).get("why") != "expired" or not task.attempt_id:
        return False
    attempt = attempts.current(work, task)
    return attempt.session_id == session.id and attempt.outcome != "expired"


def _shown(row: NoticeRow) -> Notice:
    to_many = row.kind == "message" and not row.target.startswith(("session:", AGENT))
    told: dict[str, Any] = json.loads(row.data)
    return Notice(
        id=row.id,
        kind=row.kind,
        task=row.task or None,
        topic=row.topic or None,
        by=row.by or None,
        to=row.target if to_many else None,
        text=row.body or None,
        data=told or None,
        more=_whole(row, told),
    )


def _whole(row: NoticeRow, told: dict[str, Any]) -> str | None:
    """Where to read what is cut here."""
    is_cut = row.body.endswith(CUT) or f'{CUT}"' in row.data
    if not is_cut or row.kind in _AS_SAID:
        return None
    about = told["task"] if row.kind == "upstream_reworked" else row.task
    return f'graph(view="task", task="{about}") shows it whole'
