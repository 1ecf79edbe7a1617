"""Statements that replace a text wherever it is stored."""

from __future__ import annotations

from typing import Any

from headwater.store.dialect import REDACTING
from headwater.store.queries.build import plain
from headwater.store.sql import Sql

TOMBSTONE = "[redacted]"
"""What stands in the place of a redacted text."""

_TEXTS: dict[str, tuple[str, ...]] = {
    "task": ("title", "grouping", "purse"),
    "pool": ("grouping",),
    "task_text": ("spec", "acceptance", "paths", "budget", "feedback", "question", "note"),
    "edge": ("expect", "promise", "keys"),
    "attempt": ("reason", "notes", "reply"),
    "delivery": ("summary", "critical", "artifacts", "delivered", "evidence", "notes", "digests"),
    "reading": ("digests",),
    "session": ("window_name", "host", "workspace", "branch", "head"),
    "blob": ("content",),
    "event": ("reason", "data"),
    "image": ("image",),
    "baseline": ("image",),
    "recall": ("head", "body"),
    "notice": ("body", "data", "topic"),
    "idempotency": ("reply",),
}

FORGOTTEN = "-" * 32
"""What stands in the place of a forgotten digest of a finish's arguments."""

FORGET_DIGESTS = plain(
    f"UPDATE attempt SET reply = substr(reply, 1, 33) || '{FORGOTTEN}' || substr(reply, 66) "
    "WHERE reply <> ''"
)
"""To be run before the replacing, which may shift what it counts."""
FORGET_ARGUMENTS = plain(f"UPDATE idempotency SET arguments = '{FORGOTTEN}'")
BLOBS_WITH = plain("SELECT hash, content FROM blob WHERE replace(content, :secret, '') <> content")
DELIVERIES_WITH = plain(
    "SELECT critical, artifacts FROM delivery WHERE replace(critical, :secret, '') <> critical "
    "OR replace(artifacts, :secret, '') <> artifacts"
)
BLOB_THERE = plain("SELECT 1 FROM blob WHERE hash = :hash")
RENAME_BLOB = plain("UPDATE blob SET hash = :new WHERE hash = :hash")
DROP_BLOB = plain("DELETE FROM blob WHERE hash = :hash")
BEGIN = plain(f"INSERT INTO meta (name, value) VALUES ('{REDACTING}', '1')")
END = plain(f"DELETE FROM meta WHERE name = '{REDACTING}'")


def _replace(table: str, names: tuple[str, ...]) -> Sql[tuple[Any, ...]]:
    assignments = ", ".join(f"{name} = replace({name}, :secret, :tombstone)" for name in names)
    condition = " OR ".join(f"replace({name}, :secret, '') <> {name}" for name in names)
    return plain(f"UPDATE {table} SET {assignments} WHERE {condition}")


REPLACE = tuple(_replace(table, names) for table, names in _TEXTS.items())
