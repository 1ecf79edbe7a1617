"""Reserving ids for rows that are inserted in bulk."""

from __future__ import annotations

from sqlalchemy import text

from headwater.store.sql import Plain, Sql
from headwater.store.transaction import Tx

_NEXT_TASK = Sql(text("SELECT coalesce(max(id), 0) + 1 FROM task"))
_NEXT_DELIVERY = Sql(text("SELECT coalesce(max(id), 0) + 1 FROM delivery"))


def reserve_task_ids(tx: Tx, count: int) -> range:
    """`count` free ids for new tasks.

    A SQLite write transaction is alone, so the next free ids stay free until it commits.
    """
    return _reserve(tx, _NEXT_TASK, count)


def reserve_delivery_ids(tx: Tx, count: int) -> range:
    """`count` free ids for new deliveries."""
    return _reserve(tx, _NEXT_DELIVERY, count)


def _reserve(tx: Tx, statement: Sql[Plain], count: int) -> range:
    row = tx.one(statement)
    first = int(row[0]) if row else 1
    return range(first, first + count)
