"""Statements that write rows anew, whole: only for a repair, which has the log to go by."""

from __future__ import annotations

from headwater.graph.states import STATES
from headwater.store.dialect import UNHURRIED as _UNHURRIED
from headwater.store.queries.build import insert, plain, update_all
from headwater.store.queries.verify import PARTS_UNFINISHED, UNFINISHED
from headwater.store.rows import (
    AttemptRow,
    DeliveryRow,
    PoolRow,
    TaskRow,
    column_names,
)
from headwater.store.sql import Sql

UNHURRIED = Sql(_UNHURRIED)
IMAGED = plain(
    "SELECT DISTINCT task_id FROM image WHERE +board_id = :board_id AND task_id > :after "
    "ORDER BY task_id LIMIT :count"
)
SAVE_TASK = update_all("task", TaskRow, key="id")
DROP_EDGES = plain("DELETE FROM edge WHERE task_id = :task_id")

ADD_ATTEMPT = insert("attempt", column_names(AttemptRow))
SAVE_ATTEMPT = update_all("attempt", AttemptRow, key="id")
SAVE_DELIVERY = update_all("delivery", DeliveryRow, key="id")


def _recount(column: str, wanted: str) -> str:
    return (
        f"UPDATE task SET {column} = {wanted} WHERE board_id = :board_id AND {column} <> {wanted}"
    )


RECOUNT = tuple(
    plain(_recount(column, wanted.replace("t.id", "task.id")))
    for column, wanted in (
        ("pending", UNFINISHED.format(kinds="'hard'")),
        ("soft_pending", UNFINISHED.format(kinds="'soft', 'candidate'")),
        ("parts_open", PARTS_UNFINISHED),
    )
)

PLACES = plain(
    "SELECT id, ord, neg_rank, estimate_ms, state FROM task WHERE board_id = :board_id ORDER BY id"
)
LINKS = plain(
    "SELECT e.task_id, e.upstream_id, e.kind FROM edge e JOIN task t ON t.id = e.task_id "
    "WHERE t.board_id = :board_id ORDER BY e.task_id, e.upstream_id"
)
FORGET_RANKS = plain("DELETE FROM rank_todo WHERE board_id = :board_id")
NEWEST_EVENT = plain("SELECT coalesce(max(revision), 0) FROM event WHERE board_id = :board_id")
SAVE_BOARD = plain(
    "UPDATE board SET revision = :revision, policy = :policy, paused = :paused, "
    "next_ord = :next_ord, pools = :pools WHERE id = :id"
)
COUNT = plain(
    "UPDATE board SET "
    + ", ".join(
        f"{state} = (SELECT count(*) FROM task WHERE board_id = :board_id AND state = '{state}')"
        for state in STATES
    )
    + " WHERE id = :board_id"
)
ADD_POOL = insert("pool", column_names(PoolRow))
SAVE_POOL = update_all("pool", PoolRow, key="id")
DROP_POOL = plain("DELETE FROM pool WHERE id = :id")
DROP_ATTEMPT = plain("DELETE FROM attempt WHERE id = :id")
DROP_DELIVERY = plain("DELETE FROM delivery WHERE id = :id")
