"""Alembic's entry: runs on the connection, and inside the transaction, that it is handed."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import BigInteger

from headwater.store import tables


def _render(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Migrations call the one integer type of the tables BIG, as their template defines it."""
    return "BIG" if kind == "type" and isinstance(item, BigInteger) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.Table.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    render_item=_render,
    template_args={"append_only_tables": tables.APPEND_ONLY},
)
with context.begin_transaction():
    context.run_migrations()
