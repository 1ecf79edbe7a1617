"""Statements about archived history: what was moved where, and from where replay starts."""

from __future__ import annotations

from headwater.store.queries.build import columns, insert, plain, query
from headwater.store.rows import ArchiveRow, BaselineRow, EventRow, ImageRow, column_names

NEWEST = query(
    f"SELECT {columns(ArchiveRow)} FROM archive WHERE board_id = :board_id "
    "ORDER BY number DESC LIMIT 1",
    ArchiveRow,
)
ALL = query(
    f"SELECT {columns(ArchiveRow)} FROM archive WHERE board_id = :board_id ORDER BY number",
    ArchiveRow,
)
FILES = plain("SELECT DISTINCT file FROM archive ORDER BY file")
ADD = insert("archive", column_names(ArchiveRow))

EVENTS = query(
    f"SELECT {columns(EventRow)} FROM event WHERE board_id = :board_id AND revision > :after "
    "AND revision <= :until ORDER BY revision LIMIT :count",
    EventRow,
)
_REPLACED = (
    "EXISTS (SELECT 1 FROM image n WHERE n.task_id = image.task_id AND n.aspect = image.aspect "
    "AND n.revision > image.revision AND n.revision <= :until)"
)
IMAGES = query(
    f"SELECT {columns(ImageRow)} FROM image WHERE board_id = :board_id AND revision > :after "
    f"AND revision <= :upto AND {_REPLACED} ORDER BY revision, task_id, aspect",
    ImageRow,
)
"""Those that a newer one had replaced by `until`: nobody who looks at `until` or later needs
them."""
DROP_EVENTS = plain("DELETE FROM event WHERE board_id = :board_id AND revision <= :until")
DROP_IMAGES = plain(
    f"DELETE FROM image WHERE board_id = :board_id AND revision <= :until AND {_REPLACED}"
)
LAST_BEFORE = plain(
    "SELECT coalesce(max(revision), 0) FROM event WHERE board_id = :board_id AND at_ms < :before_ms"
)

KEEP = plain(
    "INSERT INTO baseline (board_id, kind, row_id, digest, image) "
    "VALUES (:board_id, :kind, :row_id, :digest, :image) "
    "ON CONFLICT (board_id, kind, row_id) DO UPDATE SET digest = :digest, image = :image"
)
DROP_KEPT = plain(
    "DELETE FROM baseline WHERE board_id = :board_id AND kind = :kind AND row_id = :row_id"
)
KEPT = query(
    f"SELECT {columns(BaselineRow)} FROM baseline WHERE board_id = :board_id AND kind = :kind "
    "AND row_id > :after ORDER BY row_id LIMIT :count",
    BaselineRow,
)
KINDS = plain("SELECT DISTINCT kind FROM baseline WHERE board_id = :board_id ORDER BY kind")
FOLLOW_DIGEST = plain(
    "UPDATE baseline SET digest = :now WHERE kind = 'delivery' AND row_id = :row_id "
    "AND digest = :was AND board_id = (SELECT t.board_id FROM delivery d "
    "JOIN task t ON t.id = d.task_id WHERE d.id = :row_id)"
)
KEPT_ATTEMPTS = plain(
    "SELECT b.image FROM attempt a JOIN baseline b ON b.row_id = a.id "
    "WHERE a.task_id = :task_id AND b.board_id = :board_id AND b.kind = 'attempt' ORDER BY a.id"
)

REDACTIONS = plain("SELECT value FROM meta WHERE name = 'times_redacted'")
COUNT_REDACTION = plain(
    "INSERT INTO meta (name, value) VALUES ('times_redacted', '1') ON CONFLICT (name) "
    "DO UPDATE SET value = CAST(CAST(meta.value AS INTEGER) + 1 AS TEXT)"
)
OLDEST_IMAGE = plain(
    "SELECT min(revision) FROM image WHERE task_id = :task_id AND aspect = :aspect "
    "HAVING min(revision) IS NOT NULL"
)
