"""Whether a database still is what was made: every row can be read, and nothing that guards the
rows is missing or switched off.

Not looked into is whether each entry of an index leads to its row: that is what `pg_amcheck` of
PostgreSQL is for, where its extension is installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from psycopg import errors

from headwater.store import tables
from headwater.store.postgres.connection import Connection

_BEYOND_THE_TABLES: Final = "recall_words"
_GUARDS: Final = b"""
SELECT 'index', c.relname, i.indisvalid AND i.indisready
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = to_regclass($1)
UNION ALL SELECT 'constraint', conname, convalidated FROM pg_constraint
WHERE conrelid = to_regclass($1)
UNION ALL SELECT 'trigger', tgname, tgenabled IN ('O', 'A') FROM pg_trigger
WHERE tgrelid = to_regclass($1)
"""
"""What belongs to a table, and whether it is at work."""


def problems(connection: Connection) -> Iterator[str]:
    """What is wrong, one sentence each. The connection is left to this check alone."""
    # Through an index only those rows would be read that it knows.
    connection.execute(b"SET enable_seqscan = on")
    connection.execute(b"SET enable_indexscan = off")
    for name, guards in _expected():
        found = {
            (str(kind), str(guard)): bool(works)
            for kind, guard, works in connection.execute(_GUARDS, [name]).fetchall()
        }
        for kind, guard in guards:
            if (kind, guard) not in found:
                yield f"the {kind} {guard} of the table {name} is missing"
        for (kind, guard), works in found.items():
            if not works:
                yield f"the {kind} {guard} of the table {name} is not in force"
        try:
            # The text of a row is made of all its values, also of those that are stored apart.
            connection.execute(f'SELECT sum(length(t::text)) FROM "{name}" t'.encode())
        except (errors.DataCorrupted, errors.IndexCorrupted) as error:
            yield f"the table {name} is damaged: {error.diag.message_primary}"


def _expected() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Every table, and the indexes, constraints and triggers that it must have."""
    for name, table in tables.Table.metadata.tables.items():
        guards = [("index", str(index.name)) for index in table.indexes]
        guards += [("constraint", str(one.name)) for one in table.constraints]
        if name in tables.APPEND_ONLY:
            guards.append(("trigger", f"{name}_append_only"))
        yield name, guards
    yield (
        _BEYOND_THE_TABLES,
        [
            ("index", f"ix_{_BEYOND_THE_TABLES}_words"),
            ("constraint", f"{_BEYOND_THE_TABLES}_pkey"),
        ],
    )
