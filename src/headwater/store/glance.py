"""A glance at a board for those who have no time: who holds what, read in a few milliseconds.

A host runs a hook before every edit. Importing the schema and its libraries takes longer than such
a hook may, so these few statements are plain text on a connection that can only read. Such a
connection neither checkpoints nor writes, at its close either, and needs no ticket.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from headwater import limits
from headwater.clock import SystemClock
from headwater.errors import StoreError
from headwater.graph.notices import reaching
from headwater.graph.policy import Policy, policy_of
from headwater.store.engine import driver, translate

_BUSY_S: Final = 0.5

_BOARD = "SELECT id, policy FROM board WHERE name = ?"
_SESSIONS = """
SELECT id, token, epoch, agent, host, workspace, process, capabilities, cursor FROM session
WHERE board_id = :board AND ended_ms = 0 AND (
    seen_ms >= :since
    OR id IN (SELECT session_id FROM task WHERE session_id > 0 AND board_id = :board)
    OR id IN (SELECT lapsed_session_id FROM task WHERE lapsed_session_id > 0 AND board_id = :board)
) ORDER BY id
"""
_HELD = """
SELECT t.key, t.state, t.session_id, t.lapsed_session_id, t.lease_until_ms, x.paths
FROM task t LEFT JOIN task_text x ON x.task_id = t.id
WHERE t.board_id = ? AND (t.session_id > 0 OR t.lapsed_session_id > 0) ORDER BY t.id
"""
_UNREAD = """
SELECT count(*) FROM notice WHERE board_id = ? AND id > ? AND target IN ({targets})
AND (by <> ? OR target = ?)
"""


@dataclass(frozen=True, slots=True)
class Hold:
    """A task that a session holds, or held until its lease ran out."""

    task: str
    is_work: bool
    """False for a review."""
    is_alive: bool
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """A session that was seen lately, or that has something to go on with."""

    id: int
    session: str
    """What its window calls it."""
    agent: str
    host: str
    workspace: str
    process: str
    targets: tuple[str, ...]
    cursor: int
    holds: list[Hold] = field(default_factory=list["Hold"])

    @property
    def label(self) -> str:
        """How others see it."""
        return f"{self.agent}/{self.id}"


@dataclass(frozen=True, slots=True)
class Glance:
    """What is going on at a board."""

    policy: Policy
    seats: list[Seat]
    unread: dict[int, int]
    """Notices that a session has not been given, by its id; without the zeros."""


def glance(path: Path, board: str) -> Glance | None:
    """The board of that name in the store at `path`; None if there is no such store or board.

    Raises:
        StoreError: the store cannot be read now.
    """
    if not path.is_file():
        return None
    library = driver()
    try:
        address = f"{path.absolute().as_uri()}?mode=ro"
        with closing(library.connect(address, uri=True, timeout=_BUSY_S)) as connection:
            connection.execute("BEGIN")
            return _read(connection, board)
    except library.error as error:
        raise translate(error, path) or StoreError(
            f"{path} cannot be read as a store of this version ({error})",
            next="headwater doctor shows more",
        ) from error


def _read(connection: sqlite3.Connection, board: str) -> Glance | None:
    found = connection.execute(_BOARD, (board,)).fetchone()
    if found is None:
        return None
    now_ms = SystemClock().wall_ms()
    chosen: dict[str, int] = {"board": found[0], "since": now_ms - limits.SESSION_ALIVE_MS}
    seats = {row[0]: _seat(*row) for row in connection.execute(_SESSIONS, chosen)}
    for key, state, holder, lapsed, until_ms, paths in connection.execute(_HELD, (found[0],)):
        seat = seats.get(holder or lapsed)
        if seat is not None:
            globs = tuple(json.loads(paths or "[]"))
            alive = bool(holder) and until_ms - now_ms >= 1000
            seat.holds.append(Hold(key, state != "review", alive, globs))
    counts = {seat.id: _unread(connection, found[0], seat) for seat in seats.values()}
    unread = {number: count for number, count in counts.items() if count}
    return Glance(policy_of(found[1]), list(seats.values()), unread)


def _seat(
    number: int,
    token: str,
    epoch: int,
    agent: str,
    host: str,
    workspace: str,
    process: str,
    capabilities: str,
    cursor: int,
) -> Seat:
    targets = (*reaching(number, agent, json.loads(capabilities)), "planners")
    session = token if epoch == 1 else f"{token}.{epoch}"
    return Seat(number, session, agent, host, workspace, process, targets, cursor)


def _unread(connection: sqlite3.Connection, board: int, seat: Seat) -> int:
    marks = ", ".join("?" * len(seat.targets))
    values: list[Any] = [board, seat.cursor, *seat.targets, seat.label, f"session:{seat.id}"]
    return int(connection.execute(_UNREAD.format(targets=marks), values).fetchone()[0])
