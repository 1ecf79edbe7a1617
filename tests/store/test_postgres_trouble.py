"""PostgreSQL that goes away, comes back, is slow, or is not what it should be."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

import pytest
from store_workers import GET, SET, Worker, claim_all, get, put

from headwater import Board, limits
from headwater.errors import StoreBusy, StoreError, StoreMismatch, StoreRefused, StoreUnavailable
from headwater.store.schema import HEAD
from headwater.store.sql import Sql
from headwater.store.store import Store
from headwater.store.transaction import Tx
from patience import PATIENCE_S, WOKEN_S
from postgres_server import DURABLE, Databases, Server, databases_or_skip, own_server_or_skip


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A server that may be killed."""
    with own_server_or_skip("killing", DURABLE) as server:
        yield server


@pytest.fixture
def fragile(own_server: Server) -> Iterator[tuple[Server, str]]:
    """A server, and a store in it."""
    if own_server.process is None:
        own_server.start()
    made = Databases(own_server.url("postgres"))
    made.close()
    yield own_server, made.template
    if own_server.process is None:
        own_server.start()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGQUIT], ids=["shutdown", "crash"])
def test_a_server_that_goes_away_is_a_typed_error_and_work_goes_on_when_it_is_back(
    fragile: tuple[Server, str], sign: int
) -> None:
    server, url = fragile
    with Board.open(url, f"board-{sign}") as board:
        board.add([{"key": "a"}, {"key": "b"}])
        lease = board.claim(board.join("ann").session).lease
        assert lease
        server.stop(sign)
        for call in (lambda: board.add([{"key": "c"}]), board.graph, board.revision):
            with pytest.raises(StoreUnavailable, match="cannot be reached") as error:
                call()
            assert error.value.retryable
        server.start()
        board.finish(lease, summary="it was away for a while")
        assert board.verify() == []


def test_a_server_that_was_restarted_between_two_calls_is_not_noticed(
    fragile: tuple[Server, str],
) -> None:
    server, url = fragile
    with Board.open(url, "restarted") as board:
        board.add([{"key": "a"}])
        board.graph()
        server.stop(signal.SIGQUIT)
        server.start()
        board.add([{"key": "b"}])
        assert len(board.graph().tasks) == 2


def test_a_waiting_claim_outlives_the_server(fragile: tuple[Server, str]) -> None:
    server, url = fragile
    with Board.open(url, "waiting") as board, ThreadPoolExecutor(1) as pool:
        board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
        first, second = (board.join(name).session for name in ("ann", "bob"))
        lease = board.claim(first).lease
        board.feed.wait(board.feed.tick, WOKEN_S)  # that it begins to listen makes a waiter look
        waiting = pool.submit(board.claim, second, wait=45)
        while not board.feed._waiting:
            sleep(0.01)
        server.stop(signal.SIGQUIT)
        server.start()
        board.finish(lease or "", summary="x")
        assert waiting.result(WOKEN_S).task == "b"


def test_what_was_acknowledged_before_the_server_was_killed_is_there_and_nothing_twice(
    fragile: tuple[Server, str],
) -> None:
    server, url = fragile
    acknowledged: set[str] = set()
    refused = 0
    over = threading.Event()
    with Board.open(url, "killed") as board:

        def add(name: int) -> None:
            nonlocal refused
            number = 0
            while not over.is_set():
                number += 1
                key = f"w{name}-{number}"
                try:
                    board.add([{"key": key}])
                    acknowledged.add(key)
                except StoreError:
                    refused += 1
                    sleep(0.02)

        with ThreadPoolExecutor(4) as pool:
            running = [pool.submit(add, number) for number in range(4)]
            for _ in range(2):
                seen = len(acknowledged)
                while len(acknowledged) < seen + 20:
                    sleep(0.01)
                server.stop(signal.SIGQUIT)
                server.start()
            seen = len(acknowledged)
            while len(acknowledged) < seen + 5:
                sleep(0.01)
            over.set()
            for one in running:
                one.result(PATIENCE_S)
        assert refused
        stored = board.store.read(
            lambda tx: [row[0] for row in tx.all(Sql("SELECT key FROM task"))]
        )
        assert acknowledged <= set(stored)
        assert board.verify() == []


def test_a_killed_process_leaves_nothing_half_done_and_others_go_on(url: str) -> None:
    with Board.open(url, "default") as board:
        board.policy(lease_minutes=1 / 6)
        board.add([{"key": f"t{n}"} for n in range(30)])
        worker = Worker(claim_all, "", url, "victim")
        assert worker.result() == "here"
        worker.pipe.send("go")
        assert worker.result()[0] == "t0"
        worker.kill()
        assert board.verify() == []
        assert board.claim(board.join("heir").session).none is None


def test_a_held_row_is_busy_after_a_while_and_free_again_afterwards(url: str) -> None:
    with Store.open(url) as other, Store.open(url, busy_s=0.2) as store:
        put(other, "a")
        change = Sql("UPDATE meta SET value = '1' WHERE name = 'a'")

        def hold(tx: Tx) -> None:
            tx.run(change)
            tx.one(GET, name="a")
            begun = monotonic()
            with pytest.raises(StoreBusy, match="nothing of this call was stored"):
                store.write(lambda tx: tx.run(change))
            assert monotonic() - begun < limits.STORE_BUSY_SECONDS

        other.write(hold)
        store.write(lambda tx: tx.run(change))


def test_a_client_that_stands_still_in_a_write_loses_the_row_to_others_and_does_it_again(
    url: str,
) -> None:
    with Store.open(f"{url}&idle_timeout=1") as frozen, Store.open(url) as other:
        put(other, "a")
        change = Sql("UPDATE meta SET value = :value WHERE name = 'a'")
        holds, thawed = threading.Event(), threading.Event()

        def hold(tx: Tx) -> None:
            tx.run(change, value="frozen")
            tx.one(GET, name="a")
            holds.set()
            assert thawed.wait(PATIENCE_S)
            tx.run(SET, name="b", value="once")
            tx.one(GET, name="b")

        with ThreadPoolExecutor(1) as pool:
            held = pool.submit(frozen.write, hold)
            assert holds.wait(PATIENCE_S)
            other.write(lambda tx: tx.run(change, value="other"))
            thawed.set()
            held.result(PATIENCE_S)
        assert (get(other, "a"), get(other, "b")) == ("frozen", "once")


def test_more_callers_than_connections_wait_and_then_are_told(url: str) -> None:
    with Store.open(f"{url}&pool_size=1", busy_s=0.1) as store:
        assert store.read(lambda tx: tx.now_ms) > 0

        def nested(tx: Tx) -> None:
            with ThreadPoolExecutor(1) as pool, pytest.raises(StoreBusy, match="all 1 conn"):
                pool.submit(get, store, "a").result()

        store.read(nested)
        assert get(store, "a") is None


def test_an_error_of_a_deferred_change_undoes_the_whole_operation(url: str) -> None:
    with Store.open(url) as store:
        put(store, "a")

        def twice(tx: Tx) -> None:
            tx.run(SET, name="b", value="1")
            tx.run(SET, name="a", value="1")  # the name is taken; nobody asks about it

        with pytest.raises(Exception, match="duplicate key"):
            store.write(twice)
        assert get(store, "b") is None
        put(store, "c")


def test_an_empty_database_is_refused_until_it_is_upgraded() -> None:
    from headwater.store.postgres.store import PostgresStore

    url = databases_or_skip().create()
    with pytest.raises(StoreMismatch, match="no Headwater tables yet") as refused:
        Store.open(url)
    assert "headwater db upgrade" in refused.value.next
    assert PostgresStore.upgrade(url)[0] == ""
    assert PostgresStore.upgrade(url)[0] != ""
    with Board.open(url, "default") as board:
        board.add([{"key": "a"}])


def test_a_schema_that_is_not_there_is_named_and_a_schema_of_its_own_holds_a_store() -> None:
    import psycopg

    from headwater.store.postgres.store import PostgresStore

    database = databases_or_skip().create()
    url = f"{database}&options=-csearch_path%3Dplans"
    with pytest.raises(StoreError, match="no schema") as refused:
        PostgresStore.upgrade(url)
    assert "CREATE SCHEMA" in refused.value.next
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA plans")
    PostgresStore.upgrade(url)
    with Board.open(url) as board:
        board.add([{"key": "a"}])
        assert board.store.integrity_check() == []


def test_a_database_of_another_program_is_refused_and_left_alone() -> None:
    import psycopg

    from headwater.store.postgres.store import PostgresStore

    url = databases_or_skip().create()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE task (mine integer)")
        with pytest.raises(StoreMismatch, match="another program"):
            PostgresStore.upgrade(url)
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        connection.execute("INSERT INTO alembic_version VALUES ('f00')")
        for attempt in (PostgresStore.upgrade, Store.open):
            with pytest.raises(StoreMismatch, match="another program"):
                attempt(url)
        tables = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone()
    assert tables == (2,)


@pytest.mark.parametrize(
    ("version", "said"), [("9999", "restart this window"), ("0000", "upgrade")]
)
def test_another_schema_is_refused_at_the_door_and_by_a_server_that_is_running(
    version: str, said: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.store.postgres.schema.KNOWN", ("0000", HEAD))
    import psycopg

    change = "UPDATE alembic_version SET version_num = %s"
    with Store.open(url) as store, psycopg.connect(url, autocommit=True) as connection:
        put(store, "a")
        connection.execute(change, [version])
        try:
            with pytest.raises(StoreMismatch, match=version):
                put(store, "b")
            with pytest.raises(StoreMismatch, match=version) as refused:
                Store.open(url)
            assert said in refused.value.next
        finally:
            connection.execute(change, [HEAD])
        assert get(store, "b") is None


@pytest.mark.parametrize(
    ("tail", "error", "said"),
    [
        ("pool_size=none", StoreError, "positive whole number"),
        ("pool_size=0", StoreError, "positive whole number"),
        ("nonsense=1", StoreError, "nonsense"),
    ],
)
def test_a_url_that_cannot_be_used_says_why(
    url: str, tail: str, error: type[StoreError], said: str
) -> None:
    with pytest.raises(error, match=said):
        Store.open(f"{url}&{tail}")


ROLES = """
CREATE ROLE guarded LOGIN PASSWORD 'hunter2';
CREATE ROLE crowded LOGIN CONNECTION LIMIT 0;
CREATE ROLE nobody_yet
"""


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    """A server that asks some users for a password."""
    import psycopg

    with own_server_or_skip("passwords") as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(ROLES.encode())
            rules = "local all guarded scram-sha-256\nlocal all all trust\n"
            (server.folder / "data" / "pg_hba.conf").write_text(rules)
            connection.execute("SELECT pg_reload_conf()")
        yield server


@pytest.mark.parametrize(
    ("user", "database", "said"),
    [
        ("headwater", "no_such", 'database "no_such" does not exist'),
        ("nobody_yet", "postgres", "not permitted to log in"),
        ("guarded", "postgres", "no password supplied"),
        ("guarded:hunter3", "postgres", "password authentication failed"),
    ],
)
def test_a_server_that_lets_nobody_in_is_not_one_that_is_away(
    guarded: Server, user: str, database: str, said: str
) -> None:
    url = guarded.url(database).replace("headwater@", f"{user}@")
    with pytest.raises(StoreRefused, match=said) as error:
        Store.open(url)
    assert not error.value.retryable
    assert "correct the database, user or password" in error.value.next
    assert "hunter" not in f"{error.value.as_dict()}"


def test_a_server_that_is_full_lets_one_in_at_another_time(guarded: Server) -> None:
    with pytest.raises(StoreUnavailable, match="too many connections") as error:
        Store.open(guarded.url("postgres").replace("headwater@", "crowded@"))
    assert error.value.retryable


@pytest.mark.parametrize("password", ["hunter2%zz", "hunter2 x", 'hunter2"%zz'])
def test_a_password_that_is_not_encoded_is_not_shown(password: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match="cannot be read") as error:
        Store.open(f"postgresql://me:{password}@127.0.0.1:1/db")
    assert "hunter2" not in f"{error.value.as_dict()}"
    assert error.value.__cause__ is None


def left_open(url: str) -> int:
    """How many connections of Headwater's the server still has, a moment later."""
    import psycopg

    asked = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE application_name = 'headwater' AND datname = current_database()"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        until = monotonic() + PATIENCE_S
        while True:
            found = connection.execute(asked).fetchone()
            assert found
            if not found[0] or monotonic() > until:
                return found[0]


def test_a_closed_store_leaves_no_connection_open(url: str) -> None:
    with Store.open(url) as store:
        put(store, "a")
        assert store.feed.wait(store.feed.tick, PATIENCE_S)  # listens from now on
    assert left_open(url) == 0
    with Store.open(url) as store:
        assert store.feed.wait(store.feed.tick, 0.01) >= 0
    assert left_open(url) == 0


def test_a_feed_that_may_not_listen_keeps_no_connection(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.store.postgres.feed._LISTEN", b"LISTEN to nothing")
    with Store.open(url) as store:
        before = store.feed.tick
        assert store.feed.wait(before, 0.05) == before
        put(store, "a")
        assert store.feed.tick > before
    assert left_open(url) == 0


def test_an_error_that_nobody_expects_does_not_quote_the_row() -> None:
    import psycopg

    url = databases_or_skip().copy_of_template()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE task_text ADD CHECK (length(spec) < 5) NOT VALID")
    with Board.open(url) as board, pytest.raises(psycopg.Error, match="violates") as error:
        board.add([{"key": "a", "spec": "what nobody else may read"}])
    logged = (error.value, error.value.__cause__, error.value.__context__)
    assert "nobody" not in "".join(map(str, logged))


def test_no_message_shows_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    url = (
        f"postgresql://me:hunter2@127.0.0.1:1/db?connect_timeout=1&password=hunter2&host={tmp_path}"
    )
    with pytest.raises(StoreUnavailable) as error:
        Store.open(url)
    assert "hunter2" not in f"{error.value.as_dict()}"
