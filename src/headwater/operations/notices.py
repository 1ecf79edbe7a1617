"""Handing out notices: per session a cursor, bounded, in order."""

from __future__ import annotations

import json

from headwater import limits
from headwater.operations.work import Work
from headwater.store.queries import sessions
from headwater.store.rows import NoticeRow, SessionRow
from headwater.verbs.work import Notice


def targets_of(work: Work, session: SessionRow) -> list[str]:
    """Everything that reaches this session."""
    capabilities: list[str] = json.loads(session.capabilities)
    targets = [f"session:{session.id}", f"agent:{session.agent}", "workers", "reviewers", "all"]
    targets += [f"workers:{name}" for name in capabilities]
    targets += [f"reviewers:{name}" for name in capabilities]
    if work.caller.rights in ("plan", "admin"):
        targets.append("planners")
    return targets


def unread(work: Work, session: SessionRow) -> list[Notice] | None:
    """The oldest notices this session has not been given, and move its cursor past them."""
    newest = work.tx.one(sessions.NEWEST_NOTICE)
    if newest is None or newest[0] <= session.cursor:
        return None
    found: list[NoticeRow] = []
    for target in targets_of(work, session):
        found += work.tx.all(
            sessions.UNREAD,
            board_id=work.board.id,
            target=target,
            cursor=session.cursor,
            count=limits.NOTICES_AT_ONCE,
        )
    given = sorted(found, key=lambda row: row.id)[: limits.NOTICES_AT_ONCE]
    full = len(given) == limits.NOTICES_AT_ONCE
    session.cursor = given[-1].id if full else int(newest[0])
    work.tx.run(sessions.GIVEN, id=session.id, cursor=session.cursor)
    shown = [_shown(row) for row in given if not _own(row, session)]
    if full and not shown:
        return unread(work, session)
    return shown or None


def _own(row: NoticeRow, session: SessionRow) -> bool:
    """Said by this session to a group that it is in. What is addressed to it alone it gets: its
    own call may have been the one that found its lease expired."""
    return row.by == session.label and not row.target.startswith("session:")


def _shown(row: NoticeRow) -> Notice:
    return Notice(
        id=row.id,
        kind=row.kind,
        task=row.task or None,
        topic=row.topic or None,
        by=row.by or None,
        text=row.body or None,
        data=json.loads(row.data) if row.data != "{}" else None,
    )
