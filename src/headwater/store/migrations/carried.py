"""What a store of 0.1.0 holds, as later versions read it: columns that derive from others, and kept
replies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import Connection, text

from headwater.graph.budget import purse_of
from headwater.graph.paths import readable

_UNKNOWN: Final = "-" * 32
"""In the place of a digest of what a call had asked for: repeated, it gets the kept reply,
whatever it asks for now. 0.1.0 made other digests."""
_MARK: Final = 32
"""So many characters of a kept reply tell which lease it ended; a blank follows."""


def carry(connection: Connection) -> None:
    """Once, after the columns and tables were added."""
    _readings(connection)
    _replies(connection)
    _requests(connection)
    _budgets(connection)
    _paths(connection)
    _ranks(connection)


def _readings(connection: Connection) -> None:
    """What was shown is what was given last; and which sources only soft edges lead to. Labels rise
    along every edge: from those below the source's none leads there."""
    connection.execute(text("UPDATE reading SET shown_id = delivery_id"))
    connection.execute(
        text(
            "UPDATE reading SET soft = 1 WHERE NOT EXISTS ("
            "WITH RECURSIVE bound(id) AS (SELECT reading.task_id UNION "
            "SELECT e.upstream_id FROM bound b JOIN edge e ON e.task_id = b.id "
            "JOIN task u ON u.id = e.upstream_id WHERE e.kind NOT IN ('soft', 'candidate') "
            "AND u.ord >= (SELECT ord FROM task s WHERE s.id = reading.source_id)) "
            "SELECT 1 FROM bound WHERE id = reading.source_id)"
        )
    )


def _replies(connection: Connection) -> None:
    """A finish kept its reply behind the mark of its lease. Now the digest of what it asked for
    stands between them, and the epoch of its session if it claimed, too: what it claimed is made
    anew."""
    rows = connection.execute(
        text(
            "SELECT a.id, a.reply, s.epoch FROM attempt a LEFT JOIN session s "
            "ON s.id = a.session_id WHERE a.reply <> ''"
        )
    )
    changed: list[dict[str, Any]] = []
    for attempt_id, stored, epoch in rows:
        reply = json.loads(stored[_MARK + 1 :])
        claims = epoch or 0 if reply.pop("claimed", None) else 0
        kept = f"{stored[:_MARK]} {_UNKNOWN} {claims} {_compact(reply)}"
        changed.append({"id": attempt_id, "reply": kept})
    _each(connection, "UPDATE attempt SET reply = :reply WHERE id = :id", changed)


def _requests(connection: Connection) -> None:
    """Replies that were kept by `request`. A briefing tells of earlier attempts in another form
    now: that part is left out."""
    connection.execute(text("UPDATE idempotency SET arguments = :unknown"), {"unknown": _UNKNOWN})
    changed: list[dict[str, Any]] = []
    for scope, request, stored in connection.execute(
        text("SELECT scope, request, reply FROM idempotency WHERE reply LIKE '%\"tried\"%'")
    ):
        reply = json.loads(stored)
        if reply.pop("tried", None):
            changed.append({"scope": scope, "request": request, "reply": _compact(reply)})
    update = "UPDATE idempotency SET reply = :reply WHERE scope = :scope AND request = :request"
    _each(connection, update, changed)


def _budgets(connection: Connection) -> None:
    """The queue is parted by what a claim reserves, for tasks with a limit of their own."""
    rows = connection.execute(
        text(
            "SELECT t.id, t.grouping, t.estimate_ms, x.budget FROM task t "
            "JOIN task_text x ON x.task_id = t.id WHERE x.budget <> '{}'"
        )
    )
    purses = [
        {"id": task_id, "purse": purse_of(group, estimate_ms, budget)}
        for task_id, group, estimate_ms, budget in rows
    ]
    _each(connection, "UPDATE task SET purse = :purse WHERE id = :id", purses)


def _paths(connection: Connection) -> None:
    """Where the paths of active tasks lie."""
    connection.execute(
        text(
            "UPDATE task SET has_paths = 1 WHERE EXISTS "
            "(SELECT 1 FROM task_text x WHERE x.task_id = task.id AND x.paths <> '[]')"
        )
    )
    active = connection.execute(
        text(
            "SELECT t.board_id, t.id, x.paths FROM task t JOIN task_text x ON x.task_id = t.id "
            "WHERE t.state = 'active' AND t.has_paths = 1"
        )
    )
    claimed = [
        {"board_id": board_id, "task_id": task_id, "directory": directory, "own": own}
        for board_id, task_id, paths in active
        for directory, own in _directories(paths)
    ]
    insert = (
        "INSERT INTO claimed_path (board_id, directory, own, task_id) "
        "VALUES (:board_id, :directory, :own, :task_id)"
    )
    _each(connection, insert, claimed)


def _directories(paths: str) -> Iterator[tuple[str, int]]:
    """The directories of globs, and all others above those."""
    globs = readable(json.loads(paths), fold=True)
    own = {"/".join(glob.parts) for glob in globs}
    above = {"/".join(glob.parts[:depth]) for glob in globs for depth in range(len(glob.parts))}
    yield from ((directory, 1) for directory in sorted(own))
    yield from ((directory, 0) for directory in sorted(above - own))


def _ranks(connection: Connection) -> None:
    """The estimate of a container is in its parts now: its rank is to be looked at again, and by
    that those of all before it."""
    connection.execute(
        text(
            "INSERT INTO rank_todo (task_id, board_id, neg_rank) SELECT id, board_id, neg_rank "
            "FROM task WHERE id IN (SELECT task_id FROM edge WHERE kind = 'part') "
            "AND id NOT IN (SELECT task_id FROM rank_todo)"
        )
    )


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _each(connection: Connection, statement: str, rows: Iterable[dict[str, Any]]) -> None:
    if values := list(rows):
        connection.execute(text(statement), values)
