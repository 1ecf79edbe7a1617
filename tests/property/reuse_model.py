"""What must be true of a task that was finished with an earlier one's delivery."""

from __future__ import annotations

from typing import Any

from headwater.board import Board
from headwater.store.transaction import Tx
from raw_sql import execute

_READ = (
    "SELECT d.summary, d.critical, d.artifacts, r.digests FROM reading r "
    "JOIN delivery d ON d.id = r.delivery_id JOIN task t ON t.id = r.task_id WHERE t.key = ? "
    "ORDER BY 1, 2, 3, 4"
)


Asked = tuple[Any, ...]


def asked_of(board: Board, key: str) -> Asked:
    """What a task asks for, whatever its name: white space does not count, and a need without a
    contract asks for nothing (what was read of it is compared by itself)."""
    task = board.graph(task=key)
    contracts = sorted(
        (one.expect or "", one.promise or "", tuple(one.keys or ()))
        for one in task.needs or []
        if one.kind == "hard" and (one.expect or one.promise or one.keys)
    )
    return " ".join((task.spec or "").split()), task.acceptance, task.paths, contracts


def demand_same_work(board: Board, key: str, accepted: dict[str, Asked]) -> None:
    """It asked for it, nobody had begun it; what was asked, read and delivered is the same.

    `accepted` has what each task asked for when it was accepted: it may have been edited since.
    """
    new = board.graph(task=key)
    assert new.reuse, f"{key} was reused and did not ask for it"
    assert new.delivery is not None, f"{key} was reused and delivers nothing"
    assert new.delivery.reused_from, f"{key} was reused from nothing"
    assert not [one for one in new.tried or [] if one.kind == "work"], f"{key} had been begun"
    assert new.state == ("review" if new.review else "done")
    old = board.graph(task=new.delivery.reused_from)
    assert not old.superseded_by
    if old.state != "done":  # something else in the same call has reopened it since
        return
    assert asked_of(board, key) == accepted[old.key], (
        f"{key} asks for something else than {old.key}"
    )
    assert _delivered(new) == _delivered(old), f"{key} has another delivery than {old.key}"
    assert _read(board, key) == _read(board, old.key), f"{key} has other inputs than {old.key}"


def _delivered(task: Any) -> tuple[Any, ...]:
    found = task.delivery
    return found.summary, found.critical, found.artifacts, found.evidence, found.by


def _read(board: Board, key: str) -> list[tuple[Any, ...]]:
    def rows(tx: Tx) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = execute(tx, _READ, key).fetchall()
        return found

    return board.store.read(rows)
