"""What every store promises, on SQLite (each library) and on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from store_workers import ADD, GET, SET, add, get, put

from headwater.clock import ManualClock
from headwater.errors import Conflict, StaleLease, StoreError
from headwater.store.sql import Sql
from headwater.store.store import Store
from headwater.store.transaction import Tx


@pytest.fixture
def location(anywhere: str) -> str:
    return anywhere


def test_a_written_value_is_there_for_the_next_read(store: Store) -> None:
    put(store, "a", "1")
    assert get(store, "a") == "1"


def test_write_returns_what_the_operation_returns(store: Store) -> None:
    assert store.write(lambda tx: ("x", tx.count(SET, name="a", value="1"))) == ("x", 1)


def test_an_operation_that_fails_alone_leaves_nothing(store: Store) -> None:
    def fail(tx: Tx) -> None:
        tx.run(SET, name="a", value="1")
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        store.write(fail)
    assert get(store, "a") is None
    put(store, "b")
    assert get(store, "b") == "0"


def test_many_threads_lose_no_increment(store: Store) -> None:
    put(store, "counter")
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: add(store, "counter"), range(400)))
    assert get(store, "counter") == "400"


def test_an_operation_cannot_write_through_its_own_store(store: Store) -> None:
    with pytest.raises(RuntimeError, match="must not write"):
        store.write(lambda tx: store.write(lambda inner: None))
    put(store, "a")


def test_a_transaction_cannot_be_used_after_its_operation(store: Store) -> None:
    kept = store.write(lambda tx: tx)
    with pytest.raises(RuntimeError, match="has ended"):
        kept.run(SET, name="late", value="1")
    assert get(store, "late") is None
    kept = store.read(lambda tx: tx)
    with pytest.raises(RuntimeError, match="has ended"):
        kept.one(GET, name="late")


def test_a_query_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError, match="readonly"):
        store.read(lambda tx: tx.run(SET, name="a", value="1"))
    put(store, "a")


def test_a_query_sees_one_snapshot(store: Store) -> None:
    put(store, "a", "1")

    def query(tx: Tx) -> tuple:
        first = tx.one(GET, name="a")
        add(store, "a")
        return first, tx.one(GET, name="a")

    assert store.read(query) == (("1",), ("1",))
    assert get(store, "a") == "2"


def test_a_query_that_fails_ends_its_snapshot(store: Store) -> None:
    put(store, "a", "1")

    def fail(tx: Tx) -> None:
        tx.one(GET, name="a")
        raise Conflict("no")

    with pytest.raises(Conflict):
        store.read(fail)
    add(store, "a")
    assert get(store, "a") == "2"


def test_a_closed_store_says_so(store: Store) -> None:
    put(store, "a")
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        put(store, "b")
    with pytest.raises(StoreError, match="closed"):
        get(store, "a")


def test_an_error_that_keeps_changes_is_raised_after_they_are_stored(store: Store) -> None:
    def salvage(tx: Tx) -> None:
        tx.run(SET, name="salvage", value="work")
        raise StaleLease("too late", keeps_changes=True)

    with pytest.raises(StaleLease):
        store.write(salvage)
    assert get(store, "salvage") == "work"


def test_an_operation_that_was_interrupted_leaves_nothing(store: Store) -> None:
    def interrupted(tx: Tx) -> None:
        tx.run(SET, name="a", value="1")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.write(interrupted)
    assert get(store, "a") is None


def test_time_never_runs_backwards_even_over_a_restart(location: str) -> None:
    clock = ManualClock()
    with Store.open(location, clock=clock) as store:

        def now(tx: Tx) -> int:
            tx.run(ADD, name="now_ms_reader")
            return tx.now_ms

        put(store, "now_ms_reader")
        clock.advance(minutes=1)
        first = store.write(now)
        assert first == clock.wall_ms()
        clock.advance(minutes=-30)
        assert store.write(now) == first
        assert store.read(lambda tx: tx.now_ms) == first
    with Store.open(location, clock=clock) as store:
        assert store.write(lambda tx: tx.now_ms) == first


def test_append_only_tables_refuse_changes_unless_redacting(store: Store) -> None:
    insert = Sql("INSERT INTO blob (hash, content) VALUES ('h', 'secret')")
    change = Sql("UPDATE blob SET content = 'gone' WHERE hash = 'h'")
    delete = Sql("DELETE FROM blob WHERE hash = 'h'")
    begin = Sql("INSERT INTO meta (name) VALUES ('redacting')")
    store.write(lambda tx: tx.run(insert))
    for statement in (change, delete):
        with pytest.raises(Exception, match="blob is append-only"):
            store.write(lambda tx, statement=statement: tx.run(statement))
    store.write(lambda tx: (tx.run(begin), tx.run(change)))
    assert store.read(lambda tx: tx.one(Sql("SELECT content FROM blob"))) == ("gone",)
