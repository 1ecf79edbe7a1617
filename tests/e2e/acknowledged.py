"""Is all that workers were told in the store?"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from headwater.board import Board
from headwater.store.transaction import Tx

ATTEMPTS = (
    "SELECT t.key AS task, a.fence, a.outcome, a.ended_ms, s.agent FROM attempt a "
    "JOIN task t ON t.id = a.task_id JOIN session s ON s.id = a.session_id"
)
_REWORKED = (
    "SELECT task FROM event WHERE kind IN ('reworked', 'rejected', 'taken_back', 'feedback')"
)
_OUTCOMES = {"release": "released", "approve": "approved"}


def rows(board: Board, query: str) -> list[dict[str, Any]]:
    def read(tx: Tx) -> list[dict[str, Any]]:
        cursor = tx._live().execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return board.store.read(read)


def assert_kept(board: Board, notes: list[dict[str, Any]]) -> None:
    """All that a worker was told is in the store; no fence was given or finished twice."""
    attempts = {(one["task"], one["fence"]): one for one in rows(board, ATTEMPTS)}
    keys = {one["key"] for one in rows(board, "SELECT key FROM task")}
    sessions = {one["token"] for one in rows(board, "SELECT token FROM session")}
    reworked = Counter(one["task"] for one in rows(board, _REWORKED))
    told: dict[str, Counter[Any]] = defaultdict(Counter)
    for note in notes:
        if note["kind"] == "join":
            assert note["session"] in sessions
        elif note["kind"] == "add":
            assert keys.issuperset(note["tasks"]), note
        elif note["kind"] == "rework":
            told["rework"][note["task"]] += 1
        else:
            told[note["kind"]][note["task"], note["fence"]] += 1
            attempt = attempts[note["task"], note["fence"]]
            assert attempt["agent"] == note["worker"], (attempt, note)
            if note["kind"] == "finish":
                wanted = _OUTCOMES.get(note["outcome"], note["outcome"])
                assert (attempt["outcome"], attempt["ended_ms"] > 0) == (wanted, True), note
    assert not [lease for lease, times in told["claim"].items() if times > 1]
    assert not [lease for lease, times in told["finish"].items() if times > 1]
    assert not told["rework"] - reworked
    assert board.verify() == []
