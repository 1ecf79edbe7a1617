"""Alembic's entry: runs on the connection, and inside the transaction, that it is handed."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import BigInteger, Text

from headwater.store import tables


def _render(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Migrations call the two types of the tables BIG and TEXT, as their template defines them."""
    if kind != "type":
        return False
    return "BIG" if isinstance(item, BigInteger) else "TEXT" if isinstance(item, Text) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.Table.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
