"""Statements about the paths of active tasks, and about tasks that are parked on one of those."""

from __future__ import annotations

from typing import NamedTuple

from headwater.store.queries.build import OPEN_END, plain, query


class Near(NamedTuple):
    """An active task whose directories are near those of another task."""

    id: int
    key: str
    session_id: int
    lease_until_ms: int
    paths: str


class Blocker(NamedTuple):
    """An active task on which tasks of a lane are parked."""

    key: str
    lane: str
    session_id: int
    parked: int
    example: str


HOLD = plain(
    "INSERT INTO claimed_path (board_id, directory, own, task_id) "
    "VALUES (:board_id, :directory, :own, :task_id)"
)
LET_GO = plain("DELETE FROM claimed_path WHERE task_id = :task_id")
LET_ALL_GO = plain("DELETE FROM claimed_path WHERE board_id = :board_id")
_HAS = (
    "(SELECT CASE x.paths WHEN '[]' THEN 0 ELSE 1 END FROM task_text x WHERE x.task_id = task.id)"
)
RECOUNT = plain(
    f"UPDATE task SET has_paths = {_HAS} WHERE board_id = :board_id AND has_paths <> {_HAS}"
)
ACTIVE = plain(
    "SELECT t.id, t.key, x.paths FROM task t JOIN task_text x ON x.task_id = t.id "
    "WHERE t.board_id = :board_id AND t.state = 'active' "
    f"AND {OPEN_END} ORDER BY t.id"
)
_NEAR = (
    "SELECT t.id, t.key, t.session_id, t.lease_until_ms, x.paths FROM (names(:{})) d "
    "CROSS JOIN claimed_path c JOIN task t ON t.id = c.task_id "
    "JOIN task_text x ON x.task_id = t.id "
    "WHERE c.board_id = :board_id AND c.directory = d.value AND c.task_id <> :id"
)
NEAR = query(
    f"{_NEAR.format('directories')} UNION ALL {_NEAR.format('above')} AND c.own = 1",
    Near,
)
"""Active tasks with a glob at or below one of `directories`, or right at one of those `above`.
In no order, and one with several such globs more than once."""

PARK = plain("UPDATE task SET blocker_id = :blocker_id WHERE id = :id")
UNPARK = plain(
    "UPDATE task SET blocker_id = 0 WHERE board_id = :board_id AND blocker_id > 0 "
    "AND blocker_id = :blocker_id"
)
UNPARK_ALL = plain("UPDATE task SET blocker_id = 0 WHERE board_id = :board_id AND blocker_id > 0")
BLOCKERS = query(
    "SELECT b.key, p.lane, b.session_id, count(*), min(p.key) FROM task p "
    "JOIN task b ON b.id = p.blocker_id WHERE p.board_id = :board_id AND p.blocker_id > 0 "
    "GROUP BY b.id, b.key, p.lane, b.session_id ORDER BY b.id, p.lane",
    Blocker,
)
