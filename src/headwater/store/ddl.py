"""The statements that make a store from its tables, for each database.

Only a new store needs them, and with them SQLAlchemy: import it late.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from headwater.store import tables
from headwater.store.dialect import DialectName, append_only, extras

_DIALECTS = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}


def statements(database: DialectName) -> Iterator[str]:
    """The whole schema; a test shows that the migrations make the same."""
    dialect = _DIALECTS[database]()
    for table in tables.Table.metadata.sorted_tables:
        yield str(CreateTable(table).compile(dialect=dialect))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield str(CreateIndex(index).compile(dialect=dialect))
    for name in tables.APPEND_ONLY:
        yield from append_only(database, name)
    yield from extras(database)
    yield (
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
