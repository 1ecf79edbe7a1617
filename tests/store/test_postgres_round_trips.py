"""How often an operation waits for PostgreSQL, and that asking ahead never gives an old answer."""

from __future__ import annotations

from typing import Any

import pytest
from store_workers import GET, put

from headwater import Board
from headwater.store.sql import Sql
from headwater.store.store import Store
from headwater.store.transaction import Tx

pytest.importorskip("psycopg")
from headwater.store.postgres.transaction import PostgresTx, WritingTx

CHANGE = Sql("UPDATE meta SET value = :value WHERE name = :name")


@pytest.fixture
def traffic(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that are sent, and `wait` wherever an answer had to be waited for."""
    seen: list[str] = []
    send, rows = PostgresTx._send, WritingTx._rows

    def sending(tx: PostgresTx, sql: bytes, values: Any) -> Any:
        seen.append(sql.decode())
        return send(tx, sql, values)

    def waiting(tx: WritingTx, cursor: Any) -> Any:
        if cursor.pgresult is None:
            seen.append("wait")
        return rows(tx, cursor)

    monkeypatch.setattr(PostgresTx, "_send", sending)
    monkeypatch.setattr(WritingTx, "_rows", waiting)
    return seen


def test_questions_asked_ahead_are_sent_once_and_answered_by_one_wait(
    url: str, traffic: list[str]
) -> None:
    with Store.open(url) as store:
        for name in "abc":
            put(store, name, name.upper())

        def ask(tx: Tx) -> list[str]:
            for name in "bc":
                tx.ahead(GET, name=name)
            rows = [tx.one(GET, name=name) for name in "abc"]
            return [row[0] for row in rows if row]

        traffic.clear()
        assert store.write(ask) == ["A", "B", "C"]
    asked = [one for one in traffic if one == GET.postgresql.numbered]
    assert len(asked) == 3
    assert traffic.count("wait") == 1


def test_a_change_makes_what_was_asked_ahead_forgotten(url: str) -> None:
    with Store.open(url) as store:
        put(store, "a", "old")

        def ask(tx: Tx) -> tuple[Any, ...] | None:
            tx.one(GET, name="a")
            tx.ahead(GET, name="a")
            tx.run(CHANGE, name="a", value="new")
            return tx.one(GET, name="a")

        assert store.write(ask) == ("new",)


def test_what_is_asked_ahead_is_read_behind_the_row_that_is_taken_first(
    url: str, traffic: list[str]
) -> None:
    with Board.open(url) as board:
        board.add([{"key": "a"}])
        me = board.join("ann").session
        traffic.clear()
        board.claim(me)
    assert "FOR" in traffic[0]
    assert "FROM board" in traffic[0]


def test_a_claim_and_a_finish_wait_seldom(url: str, traffic: list[str]) -> None:
    """Beside these waits there is the one for COMMIT."""
    with Board.open(url) as board:
        board.add([{"key": "a", "paths": ["src/**"]}, {"key": "b", "needs": ["a"]}])
        me = board.join("ann").session
        traffic.clear()
        lease = board.claim(me).lease
        assert traffic.count("wait") <= 6
        traffic.clear()
        board.finish(lease or "", summary="done")
        assert traffic.count("wait") <= 5
