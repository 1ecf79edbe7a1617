"""What all tables share: their metadata and the kinds of columns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer, MetaData, Text, text
from sqlmodel import Field, SQLModel

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BIG = BigInteger().with_variant(Integer(), "sqlite")
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Ordered by code point on both databases, whatever the language of a PostgreSQL database."""

QUEUED = "state = 'ready' AND due_ms = 0 AND blocker_id = 0"
"""In the queue: not in its backoff, and nobody in its files."""


class Table(SQLModel):
    """The base of all tables: their own metadata, with constraint names that migrations need."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


def text_column(default: str = "") -> Any:
    return Field(default=default, sa_type=TEXT, sa_column_kwargs={"server_default": default})


def integer(default: int = 0) -> Any:
    return Field(
        default=default, sa_type=BIG, sa_column_kwargs={"server_default": text(str(default))}
    )


def key_integer() -> Any:
    return Field(sa_type=BIG, primary_key=True, sa_column_kwargs={"autoincrement": False})


def row_id() -> Any:
    return Field(default=None, sa_type=BIG, primary_key=True)
