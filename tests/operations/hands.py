"""Short ways to do what nearly every test does: join, claim, finish, look, be refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from headwater import Board
from headwater.errors import HeadwaterError
from headwater.store.tables import Table
from headwater.verbs.work import Briefing, Finished
from raw_sql import execute


def worker(board: Board, agent: str = "worker", *capabilities: str) -> str:
    """A new session's token."""
    return board.join(agent, capabilities=capabilities).session


def claim(board: Board, task: str = "", session: str = "") -> Briefing:
    """Claim `task` (or the next one), by a new session if none is given; it must succeed."""
    got = board.claim(session or worker(board), task)
    assert got.none is None, got.none
    assert got.lease is not None
    return got


def lease(board: Board, task: str = "", session: str = "") -> str:
    """Claim and return only the lease."""
    got = claim(board, task, session).lease
    assert got is not None
    return got


def finish(board: Board, task: str, **delivery: Any) -> Finished:
    """Claim `task` by a new session and finish it at once."""
    delivery.setdefault("summary", f"{task} is finished")
    return board.finish(lease(board, task), **delivery)


def finish_all(board: Board, *keys: str) -> None:
    for key in keys:
        finish(board, key)


def state(board: Board, key: str) -> str:
    return row(board, key)["state"]


def states(board: Board) -> dict[str, str]:
    """Every task's state, by key."""
    return {one["key"]: one["state"] for one in rows(board, "SELECT key, state FROM task")}


def row(board: Board, key: str) -> dict[str, Any]:
    """A task's row as it is stored."""
    found = rows(board, "SELECT * FROM task WHERE key = ?", key)
    assert len(found) == 1, f"{key}: {len(found)} rows"
    return found[0]


def texts(board: Board, key: str) -> dict[str, Any]:
    """A task's long texts as they are stored."""
    query = "SELECT x.* FROM task_text x JOIN task t ON t.id = x.task_id WHERE t.key = ?"
    found = rows(board, query, key)
    return found[0] if found else {}


def edges(board: Board) -> set[tuple[str, str, str]]:
    """Every edge as (task, upstream, kind)."""
    query = (
        "SELECT t.key AS task, u.key AS upstream, e.kind FROM edge e "
        "JOIN task t ON t.id = e.task_id JOIN task u ON u.id = e.upstream_id"
    )
    return {(one["task"], one["upstream"], one["kind"]) for one in rows(board, query)}


def events(board: Board, task: str = "") -> list[str]:
    """The kinds of all events, or of one task's, oldest first."""
    every = rows(board, "SELECT kind, task FROM event ORDER BY revision")
    return [one["kind"] for one in every if task in ("", one["task"])]


def notices(board: Board, kind: str = "") -> list[dict[str, Any]]:
    """Every notice, or those of a kind, oldest first."""
    every = rows(board, "SELECT * FROM notice ORDER BY id")
    return [one for one in every if kind in ("", one["kind"])]


def rows(board: Board, query: str, *values: object) -> list[dict[str, Any]]:
    """Read the store's tables directly, in a snapshot of the store's own. `?` is a parameter."""

    def read(tx: Any) -> list[dict[str, Any]]:
        cursor = execute(tx, query, *values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, found, strict=True)) for found in cursor.fetchall()]

    return board.store.read(read)


def everything(board: Board) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables but sessions and the store's own clock."""
    names = [name for name in Table.metadata.tables if name not in ("session", "meta")]
    found = {name: rows(board, f'SELECT * FROM "{name}"') for name in names}
    for one in found["board"]:
        one.pop("last_call_ms")
    return {name: sorted(every, key=repr) for name, every in found.items()}


@contextmanager
def refused(
    board: Board, code: str, *fragments: str
) -> Iterator[pytest.ExceptionInfo[HeadwaterError]]:
    """The call inside fails with this code and these words, and changes nothing at all."""
    before = everything(board)
    with pytest.raises(HeadwaterError) as error:
        yield error
    shown = f"{error.value.message} {error.value.next}"
    assert error.value.code == code, shown
    for fragment in fragments:
        assert fragment in shown
    assert everything(board) == before
