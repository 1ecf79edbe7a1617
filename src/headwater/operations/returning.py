"""An agent that comes back without its session, after a crash or in a new window: what was said to
it meanwhile is not lost with the session that never read it."""

from __future__ import annotations

import json

from headwater import limits
from headwater.errors import is_word
from headwater.graph.notices import AGENT
from headwater.operations import preflight
from headwater.operations.notices import beyond
from headwater.operations.work import Work
from headwater.store.queries import sessions
from headwater.store.rows import SessionRow

_LOOKED_AT = 5
_HANDED_OVER = 100
"""So many of each kind."""
_BACK_MS = limits.NOTICE_DAYS * limits.DAY_MS


def last_of(work: Work, session: SessionRow) -> SessionRow | None:
    """The session that this agent had before, unless that is open beside this one."""
    rows = work.tx.all(
        sessions.EARLIER,
        board_id=work.board.id,
        credential=session.credential,
        agent=session.agent,
        id=session.id,
        since_ms=work.now_ms - _BACK_MS,
        count=_LOOKED_AT,
    )
    return next((row for row in rows if not preflight.is_alive_elsewhere(work, row)), None)


def hand_over(work: Work, old: SessionRow, new: SessionRow) -> None:
    """Repeat for the new session what was meant for the old one, or for the agent by name, and not
    read: what happened to its leases, and what others told it."""
    targets = (f"session:{old.id}", f"{AGENT}{old.agent}")
    for row in beyond(work, targets, old.cursor, _HANDED_OVER):
        work.leave(row._replace(target=f"session:{new.id}"))


def missing_capabilities(old: SessionRow, new: SessionRow) -> str:
    """Advice, if the agent could do something before that it does not say now."""
    had = [name for name in json.loads(old.capabilities) if is_word(name)]
    if not had or new.capabilities != "[]":
        return ""
    return (
        f"; your last session could do {', '.join(had)}: "
        f"join(session=..., capabilities={json.dumps(had)}) says so again"
    )
