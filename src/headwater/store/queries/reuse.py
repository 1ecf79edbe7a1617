"""Statements about fingerprints: finding an accepted task that was the same work."""

from __future__ import annotations

from typing import NamedTuple

from headwater.store.queries.build import plain, query


class Giver(NamedTuple):
    """An accepted task that may be reused."""

    task_id: int
    key: str
    delivery_id: int
    promises: str


REMEMBER = plain(
    "INSERT INTO fingerprint (task_id, board_id, delivery_id, exact, normalised, promises) "
    "VALUES (:task_id, :board_id, :delivery_id, :exact, :normalised, :promises) "
    "ON CONFLICT (task_id) DO UPDATE SET delivery_id = excluded.delivery_id, "
    "exact = excluded.exact, normalised = excluded.normalised, promises = excluded.promises"
)
KEPT = plain(
    "SELECT f.task_id, f.delivery_id, f.exact, f.normalised FROM fingerprint f "
    "JOIN task t ON t.id = f.task_id AND t.delivery_id = f.delivery_id "
    "WHERE f.board_id = :board_id AND t.state = 'done' ORDER BY f.task_id"
)
"""Those of tasks that are accepted with that delivery now."""
FORGET = plain("DELETE FROM fingerprint WHERE board_id = :board_id")
FORGET_ONE = plain("DELETE FROM fingerprint WHERE task_id = :task_id")
FORGET_BOARD = plain("UPDATE board SET reuse = 0 WHERE id = :id")
FORGET_ALL = plain("DELETE FROM fingerprint")
FORGET_BOARDS = plain("UPDATE board SET reuse = 0 WHERE reuse = 1")
GIVERS = query(
    "SELECT t.id, t.key, f.delivery_id, f.promises FROM fingerprint f "
    "JOIN task t ON t.id = f.task_id WHERE f.board_id = :board_id AND f.normalised = :normalised "
    "AND (f.exact = :exact OR :exact = '') AND t.state = 'done' "
    "AND t.delivery_id = f.delivery_id AND t.superseded_by_id = 0 "
    "ORDER BY f.delivery_id DESC LIMIT :count",
    Giver,
)
"""The newest first: done, still with that delivery, and replaced by nothing."""
READ = plain(
    "SELECT source_id, round, delivery_id, digests, soft FROM reading WHERE task_id = :task_id "
    "ORDER BY source_id"
)
TEXTS = plain("SELECT id, summary, delivered FROM delivery WHERE id IN (members(:ids))")
NEEDS = plain(
    "SELECT u.id, e.expect, e.promise, e.keys, u.round FROM edge e "
    "JOIN task u ON u.id = e.upstream_id WHERE e.task_id = :task_id AND e.kind = 'hard' "
    "ORDER BY u.id"
)
NEWEST = plain(
    "SELECT d.task_id FROM delivery d JOIN task t ON t.id = d.task_id "
    "WHERE d.id > (SELECT max(id) FROM delivery) - :count AND t.delivery_id = d.id "
    "AND t.board_id = :board_id AND t.state = 'done' ORDER BY d.id"
)
"""Tasks of the store's newest deliveries that are accepted."""
UNCHANGED = plain(
    "SELECT NOT EXISTS (SELECT 1 FROM image WHERE task_id = :task_id "
    "AND aspect IN ('edges', 'spec') AND revision > :revision) "
    "AND NOT EXISTS (SELECT 1 FROM edge e JOIN image i ON i.task_id = e.upstream_id "
    "AND i.aspect = 'state' AND i.revision > :revision "
    "LEFT JOIN reading r ON r.task_id = e.task_id AND r.source_id = e.upstream_id "
    "AND r.delivery_id > 0 "
    "WHERE e.task_id = :task_id AND e.kind = 'hard' AND r.task_id IS NULL)"
)
"""Are a task's description, its needs, and the rounds of those it read nothing of as they were at a
revision?"""
MARKED = plain(
    "SELECT count(*) FROM blob WHERE hash IN (names(:hashes)) "
    "AND replace(content, :mark, '') <> content"
)
"""How many artifact texts carry a mark."""
