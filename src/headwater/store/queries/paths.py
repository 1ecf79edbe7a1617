"""Statements about the paths of active tasks, and about tasks that are parked on one of those."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, literal_column, select, union_all

from headwater.store import tables
from headwater.store.dialect import names
from headwater.store.queries.build import plain, query, table_of
from headwater.store.sql import Sql, insert

_claimed = table_of(tables.ClaimedPath)
_task = table_of(tables.Task)
_text = table_of(tables.TaskText)


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


HOLD = insert(_claimed)
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
    "AND t.state IN ('active', 'review', 'held', 'failed') ORDER BY t.id"
)
_HERE = (_claimed.c.board_id == bindparam("board_id"), _claimed.c.task_id != bindparam("id"))
NEAR = Sql(
    select(_task.c.id, _task.c.key, _task.c.session_id, _task.c.lease_until_ms, _text.c.paths)
    .select_from(_task.join(_text, _text.c.task_id == _task.c.id))
    .where(
        _task.c.id.in_(
            union_all(
                select(_claimed.c.task_id).where(
                    *_HERE, _claimed.c.directory.in_(names("directories"))
                ),
                select(_claimed.c.task_id).where(
                    *_HERE,
                    _claimed.c.directory.in_(names("above")),
                    _claimed.c.own == literal_column("1"),
                ),
            )
        )
    )
    .order_by(_task.c.id),
    row=Near,
)
"""Active tasks with a glob at or below one of `directories`, or right at one of those `above`."""

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
