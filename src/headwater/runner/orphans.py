"""The sessions of runners that died, and what they hold: whoever comes next goes on with it."""

from __future__ import annotations

from collections.abc import Sequence

from headwater import Board
from headwater.errors import HeadwaterError
from headwater.verbs.sessions import JoinReply


def taken_over(board: Board, sessions: Sequence[str]) -> list[JoinReply]:
    """Those of the sessions that hold a lease, as this runner's own; the others are ended."""
    found: list[JoinReply] = []
    for session in sessions:
        try:
            joined = board.join(session=session, take=True)
        except HeadwaterError:  # it has ended
            continue
        if joined.leases:
            found.append(joined)
        else:
            board.check(session=joined.session, leave=True)
    return found


def let_go(board: Board, session: str) -> bool:
    """Give back what a session holds; False if the store is out of reach."""
    try:
        for held in board.check(session=session).leases:
            board.undo_claim(held.lease)
    except HeadwaterError:  # the next runner finds the session
        return False
    return True
