"""The only SQL that differs between SQLite and PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

DialectName: TypeAlias = Literal["sqlite", "postgresql"]

REDACTING = "redacting"
"""While `meta` has a row of this name the append-only triggers let changes through."""


class Either(NamedTuple):
    """A statement that each database has in its own words, with the same `:name` parameters."""

    sqlite: str
    postgresql: str


_LISTS: Final[dict[DialectName, dict[str, str]]] = {
    "sqlite": {
        "members": "SELECT value FROM json_each({})",
        "names": "SELECT value FROM json_each({})",
    },
    "postgresql": {
        "members": "SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST({} AS JSON))",
        "names": "SELECT value FROM json_array_elements_text(CAST({} AS JSON))",
    },
}
_LIST: Final = re.compile(r"\b(members|names)\((:\w+)\)")
_BOUND_LIMIT: Final = re.compile(r"\b(LIMIT|OFFSET) (:\w+)")


def spelled(statement: str | Either, dialect: DialectName) -> str:
    """A statement in the words of a database.

    `column IN (members(:ids))` is membership in the integers of a bound JSON list,
    `IN (names(:keys))` in its texts.

    SQLite compiles a statement anew whenever a parameter that stands bare in LIMIT or OFFSET is
    bound, which costs more than running it: the planner peeks at its value. An expression it
    leaves alone.
    """
    text = statement if isinstance(statement, str) else getattr(statement, dialect)
    lists = _LISTS[dialect]
    text = _LIST.sub(lambda found: lists[found[1]].format(found[2]), text)
    return _BOUND_LIMIT.sub(r"\1 (\2 + 0)", text)


def to_change(select: str) -> Either:
    """A SELECT of rows that will be changed: on PostgreSQL it waits for others who change them."""
    return Either(sqlite=select, postgresql=f"{select} FOR NO KEY UPDATE")


def next_ids(table: str) -> Either:
    """`:count` free ids for rows of a table, rising.

    A SQLite write transaction is alone, so the next free ids stay free until it commits.
    """
    return Either(
        sqlite=f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
        f"SELECT i + (SELECT coalesce(max(id), 0) FROM {table}) FROM n",
        postgresql=f"SELECT nextval('{table}_id_seq') FROM generate_series(1, :count)",
    )


def restart_ids(table: str) -> Either:
    """Let a table count on from its highest id, after rows were put there with theirs."""
    return Either(
        sqlite="SELECT 1",  # it always does
        postgresql=f"SELECT setval('{table}_id_seq', coalesce(max(id), 1), max(id) IS NOT NULL) "
        f"FROM {table}",
    )


def extras(dialect: str) -> Iterator[str]:
    """What PostgreSQL has beside the tables: the index of full text, room within the pages of
    tables whose rows change often, and early vacuuming of those."""
    if dialect == "postgresql":
        yield "CREATE TABLE recall_words (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)"
        yield "CREATE INDEX ix_recall_words_words ON recall_words USING gin (words)"
        for table, fill in (("board", 20), ("task", 80), ("session", 70), ("attempt", 80)):
            yield (
                f"ALTER TABLE {table} SET (fillfactor = {fill}, "
                "autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)"
            )


UNHURRIED: Final = Either(
    sqlite="SELECT 1",  # it has no such bounds
    postgresql="SELECT set_config('statement_timeout', '0', true), "
    "set_config('idle_in_transaction_session_timeout', '0', true)",
)
"""Lifts the bounds of time of the transaction: for what reads or writes a whole store."""

_ARCHIVED = (
    "EXISTS (SELECT 1 FROM archive a WHERE a.board_id = OLD.board_id AND a.until >= OLD.revision"
)
_MOVED: Final = {
    "event": f"{_ARCHIVED})",
    "image": f"{_ARCHIVED} AND EXISTS (SELECT 1 FROM image n WHERE n.task_id = OLD.task_id "
    "AND n.aspect = OLD.aspect AND n.revision > OLD.revision AND n.revision <= a.until))",
}
"""Which rows may be deleted because an archive has them: all old events, and images that a newer
one had replaced by then."""


def append_only(dialect: str, table: str) -> Iterator[str]:
    """The statements that make `table` refuse UPDATE and DELETE, unless a redaction is under way
    or, for a DELETE, an archive has the row."""
    refusal = f"{table} is append-only"
    redacting = f"EXISTS (SELECT 1 FROM meta WHERE name = '{REDACTING}')"
    moved = _MOVED.get(table)
    if dialect == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            archived = f" AND NOT {moved}" if moved and verb == "DELETE" else ""
            yield (
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"WHEN NOT {redacting}{archived} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    archived = f"TG_OP = 'DELETE' AND {moved}" if moved else "FALSE"
    yield (
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT {redacting} AND NOT ({archived}) THEN RAISE EXCEPTION '{refusal}'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    yield (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )


def fts5_table(name: str, content: str, indexed: tuple[str, ...]) -> str:
    """The statement that makes a full-text index over columns of a table with the key `id`.

    The table keeps the texts. Case and accents do not count.
    """
    return (
        f"CREATE VIRTUAL TABLE {name} USING fts5({', '.join(indexed)}, content='{content}', "
        "content_rowid='id', tokenize='unicode61 remove_diacritics 2')"
    )
