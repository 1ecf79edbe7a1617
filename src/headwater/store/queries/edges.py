"""Statements about dependencies and contracts, and about what was read over them."""

from __future__ import annotations

from headwater.store.queries.build import columns, insert, plain, query
from headwater.store.rows import EdgeRow, column_names

_EDGE = columns(EdgeRow)

INSERT = insert("edge", column_names(EdgeRow))
OF = query(f"SELECT {_EDGE} FROM edge WHERE task_id = :task_id ORDER BY upstream_id", EdgeRow)
OF_ALL = query(
    f"SELECT {_EDGE} FROM edge WHERE task_id IN (members(:ids)) ORDER BY task_id, upstream_id",
    EdgeRow,
)
INTO = query(f"SELECT {_EDGE} FROM edge WHERE upstream_id = :upstream_id ORDER BY task_id", EdgeRow)
ONE = query(
    f"SELECT {_EDGE} FROM edge WHERE task_id = :task_id AND upstream_id = :upstream_id", EdgeRow
)
DROP = plain("DELETE FROM edge WHERE task_id = :task_id AND upstream_id = :upstream_id")
SAVE = plain(
    "UPDATE edge SET expect = :expect, promise = :promise, keys = :keys "
    "WHERE task_id = :task_id AND upstream_id = :upstream_id"
)
UPSTREAMS_OF = plain("SELECT upstream_id, kind FROM edge WHERE task_id = :task_id")
_CONSUMERS = (
    "SELECT t.key, t.state, t.id, e.kind, e.expect, e.promise, e.keys FROM edge e "
    "JOIN task t ON t.id = e.task_id WHERE e.upstream_id = :upstream_id ORDER BY e.task_id"
)
CONSUMER_KEYS = plain(_CONSUMERS)
FIRST_CONSUMER_KEYS = plain(f"{_CONSUMERS} LIMIT :count")
CONSUMER_COUNT = plain("SELECT count(*) FROM edge WHERE upstream_id = :upstream_id")
NEEDS_KEYS = plain(
    "SELECT t.key, t.state, t.id, e.kind, e.expect, e.promise, e.keys FROM edge e "
    "JOIN task t ON t.id = e.upstream_id WHERE e.task_id = :task_id ORDER BY e.upstream_id"
)

_READING = (
    "INSERT INTO reading (task_id, source_id, round, delivery_id, shown_id, digests, soft) "
    "VALUES (:task_id, :source_id, :round, :delivery_id, :shown_id, :digests, :soft)"
)
ADD_READING = plain(_READING)
READ_AGAIN = plain(
    f"{_READING} "
    "ON CONFLICT (task_id, source_id) DO UPDATE SET round = excluded.round, "
    "delivery_id = excluded.delivery_id, digests = excluded.digests, soft = excluded.soft"
)
"""A holder is shown its inputs once more: what the first briefing showed stays known."""
FORGET_READINGS = plain("DELETE FROM reading WHERE task_id = :task_id")
READERS = plain(
    "SELECT r.task_id, r.delivery_id, r.digests, r.soft, t.state, t.round FROM reading r "
    "JOIN task t ON t.id = r.task_id WHERE r.source_id = :source_id ORDER BY r.task_id"
)
CHANGED_READINGS = plain(
    "SELECT r.source_id, t.key, r.delivery_id, r.digests, t.delivery_id, r.shown_id, "
    "r.soft FROM reading r JOIN task t ON t.id = r.source_id WHERE r.task_id = :task_id "
    "AND (t.delivery_id <> r.delivery_id OR t.delivery_id <> r.shown_id) "
    "AND t.state = 'done' ORDER BY r.source_id"
)
GIVE_READING = plain(
    "UPDATE reading SET delivery_id = :delivery_id, digests = :digests "
    "WHERE task_id = :task_id AND source_id = :source_id"
)
READINGS_OF = plain(
    "SELECT task_id, round, delivery_id, shown_id, soft, digests FROM reading "
    "WHERE source_id = :source_id ORDER BY task_id"
)
TAKE_READING = plain(f"{_READING} ON CONFLICT (task_id, source_id) DO NOTHING")
"""A part takes over a reader, unless that has been given the part's own delivery."""
DROP_READINGS_OF = plain("DELETE FROM reading WHERE source_id = :source_id")
MOVE_READINGS = plain("UPDATE reading SET source_id = :to_id WHERE source_id = :from_id")
UPSTREAM_LABELS = plain(
    "SELECT e.upstream_id, t.ord FROM edge e JOIN task t ON t.id = e.upstream_id "
    "WHERE e.task_id = :task_id"
)
