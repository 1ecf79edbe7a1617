"""Small builders for the statements of this package."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from headwater.store.rows import column_names
from headwater.store.sql import Sql

R = TypeVar("R")

OPEN_END = "(state = 'active' OR state = 'review' OR state = 'held' OR state = 'failed')"
"""Begun and not done, as in the condition of an index. For an IN with more than two values SQLite
would build a table at every change of a task."""


def columns(row: type, prefix: str = "") -> str:
    """The column list of a row class, for a SELECT."""
    dot = f"{prefix}." if prefix else ""
    return ", ".join(f"{dot}{name}" for name in column_names(row))


def query(sql: str, row: type[R]) -> Sql[R]:
    """A statement whose rows become `row` instances."""
    return Sql(sql, row)


def plain(sql: str) -> Sql[tuple[Any, ...]]:
    """A statement whose rows are plain tuples, or that returns none."""
    return Sql(sql)


def insert(table: str, names: Iterable[str]) -> Sql[Any]:
    """INSERT of the columns `names`, from parameters named like them."""
    names = list(names)
    return Sql(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{n}' for n in names)})"
    )


def insert_id(table: str, row: type) -> Sql[Any]:
    """INSERT of every column of `row` but its id, which `tx.add` tells."""
    return insert(table, (name for name in column_names(row) if name != "id"))


def update_all(table: str, row: type, *, key: str, skip: tuple[str, ...] = ()) -> Sql[Any]:
    """UPDATE of every column of `row` but its key and `skip`, by key."""
    settable = [name for name in column_names(row) if name != key and name not in skip]
    assignments = ", ".join(f"{name} = :{name}" for name in settable)
    return Sql(f"UPDATE {table} SET {assignments} WHERE {key} = :{key}")
