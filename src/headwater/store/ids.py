"""Reserving ids for rows that are inserted in bulk."""

from __future__ import annotations

from headwater.store.dialect import next_ids
from headwater.store.sql import Plain, Sql
from headwater.store.transaction import Tx

_TASKS = Sql(next_ids("task"))
_DELIVERIES = Sql(next_ids("delivery"))


def reserve_task_ids(tx: Tx, count: int) -> list[int]:
    """`count` free ids for new tasks, rising."""
    return _reserve(tx, _TASKS, count)


def reserve_delivery_ids(tx: Tx, count: int) -> list[int]:
    """`count` free ids for new deliveries, rising."""
    return _reserve(tx, _DELIVERIES, count)


def _reserve(tx: Tx, statement: Sql[Plain], count: int) -> list[int]:
    return [int(row[0]) for row in tx.all(statement, count=count)] if count else []
