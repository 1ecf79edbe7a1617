"""The sessions of a run's workers. What those of a runner hold that died, whoever comes next goes
on with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from headwater import Board
from headwater.checkout import place_of
from headwater.errors import HeadwaterError
from headwater.runner.record import RunRecord
from headwater.verbs.sessions import RUN_WINDOW, JoinReply


def open_session(board: Board, name: str, run: RunRecord) -> str:
    """A session for a worker of a run, which stands where the runner does."""
    place, window = asdict(place_of()), RUN_WINDOW + run.name
    return board.join(name, capabilities=run.capabilities, window=window, **place).session


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
