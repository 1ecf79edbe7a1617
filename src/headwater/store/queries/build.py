"""Small builders for the statements of this package."""

from __future__ import annotations

import re
from typing import Any, TypeVar, cast

from sqlalchemy import Table, TextClause, text

from headwater.store.rows import column_names
from headwater.store.sql import Sql

R = TypeVar("R")


def columns(row: type, prefix: str = "") -> str:
    """The column list of a row class, for a SELECT."""
    dot = f"{prefix}." if prefix else ""
    return ", ".join(f"{dot}{name}" for name in column_names(row))


_BOUND_LIMIT = re.compile(r"\b(LIMIT|OFFSET) :(\w+)")


def _text(sql: str) -> TextClause:
    """SQLite compiles a statement anew whenever a parameter that stands bare in LIMIT or OFFSET is
    bound, which costs more than running it: the planner peeks at its value. An expression it
    leaves alone."""
    return text(_BOUND_LIMIT.sub(r"\1 (:\2 + 0)", sql))


def query(sql: str, row: type[R]) -> Sql[R]:
    """A statement whose rows become `row` instances."""
    return Sql(_text(sql), row=row)


def plain(sql: str) -> Sql[tuple[Any, ...]]:
    """A statement whose rows are plain tuples, or that returns none."""
    return Sql(_text(sql))


def update_all(table: str, row: type, *, key: str, skip: tuple[str, ...] = ()) -> Sql[Any]:
    """UPDATE of every column of `row` but its key and `skip`, by key."""
    settable = [name for name in column_names(row) if name != key and name not in skip]
    assignments = ", ".join(f"{name} = :{name}" for name in settable)
    return Sql(text(f"UPDATE {table} SET {assignments} WHERE {key} = :{key}"))


def table_of(model: type) -> Table:
    """The SQLAlchemy table behind a SQLModel class."""
    return cast("Table", getattr(model, "__table__"))  # noqa: B009
