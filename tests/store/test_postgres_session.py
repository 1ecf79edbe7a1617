"""Sessions: a pooler that keeps them is as good as the server, one that lends them is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, cast

import pytest
from store_workers import get

from headwater import Board
from headwater.errors import StoreRefused, StoreUnavailable
from headwater.store.store import Store
from patience import PATIENCE_S
from postgres_server import Databases, Server, own_server_or_skip

pytest.importorskip("psycopg")
import psycopg

from headwater.store.postgres import session
from headwater.store.postgres.settings import Settings
from headwater.store.postgres.store import PostgresStore

if TYPE_CHECKING:
    from headwater.store.postgres.connection import Connection

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Login:
    """A connection as a pooler gives it: the login told of no process of the server."""

    closed = False

    def __init__(self, connection: Any) -> None:
        self.pgconn = self
        self.backend_pid = 0
        self._given = connection.pgconn

    def __getattr__(self, name: str) -> Any:
        return getattr(self._given, name)

    def close(self) -> None:
        """It is the other's, too."""


@pytest.fixture
def connection(url: str) -> Iterator[Any]:
    made = psycopg.connect(url, autocommit=True)
    yield made
    made.close()


def begin(url: str, connection: Any, another: Callable[[], Any]) -> None:
    session.begin(cast("Connection", connection), Settings.of(url), 3.0, another)


def lock_timeout(connection: Any) -> str:
    return connection.execute("SHOW lock_timeout").fetchone()[0]


def test_a_session_of_its_own_is_set_up_and_behind_a_pooler_it_is_asked_for(
    url: str, connection: Any
) -> None:
    def unasked() -> Any:
        raise AssertionError("a second connection to a server that is reached directly")

    begin(url, connection, unasked)
    assert lock_timeout(connection) == "3s"
    with psycopg.connect(url, autocommit=True) as pooled:
        begin(url, Login(pooled), lambda: psycopg.connect(url))
        assert lock_timeout(pooled) == "3s"


def test_a_session_that_another_connection_meets_is_refused_and_left_as_it_was(
    url: str, connection: Any
) -> None:
    with pytest.raises(session.SharedSession):
        begin(url, Login(connection), lambda: Login(connection))
    assert lock_timeout(connection) == "0"


def test_a_pooler_that_has_no_further_connection_keeps_this_session(
    url: str, connection: Any
) -> None:
    def crowded() -> Any:
        raise psycopg.OperationalError("no more connections allowed")

    begin(url, Login(connection), crowded)
    assert lock_timeout(connection) == "3s"


def test_a_server_that_lets_in_and_says_nothing_is_given_up(connection: Any) -> None:
    begun = monotonic()
    with pytest.raises(psycopg.errors.ConnectionTimeout, match="does not answer"):
        session._asked(connection, b"SELECT pg_sleep(60)", (), 0.1)
    assert monotonic() - begun < PATIENCE_S / 2


def test_statements_that_a_pooler_has_forgotten_are_a_typed_error(url: str) -> None:
    with Store.open(f"{url}&pool_size=1") as store:
        assert isinstance(store, PostgresStore)
        assert get(store, "a") is None
        with store._pool.connection() as connection:
            connection.pgconn.exec_(b"DEALLOCATE ALL")
        with pytest.raises(StoreRefused, match="pooler"):
            get(store, "a")


@pytest.fixture(scope="module")
def pooled_server() -> Iterator[Server]:
    if PGBOUNCER is None:
        pytest.skip("no pgbouncer here")
    with own_server_or_skip("pooling") as server:
        yield server


@contextmanager
def pooler(server: Server, url: str, mode: str, size: int = 20) -> Iterator[str]:
    """The URL of a store through PgBouncer."""
    assert PGBOUNCER is not None
    folder = server.folder / f"pooler-{mode}-{size}"
    folder.mkdir()
    database = url.rpartition("/")[2].partition("?")[0] or url.split("/")[3].partition("?")[0]
    (folder / "ini").write_text(
        f"[databases]\n* = host={server.folder} user=headwater\n[pgbouncer]\nlisten_addr =\n"
        f"unix_socket_dir = {folder}\nlisten_port = 6432\nauth_type = any\n"
        f"pool_mode = {mode}\ndefault_pool_size = {size}\n"
    )
    command = [PGBOUNCER, "-q", str(folder / "ini")]
    if os.geteuid() == 0:  # PgBouncer refuses to run as root, too
        shutil.chown(folder, user="nobody")
        command[1:1] = ["-u", "nobody"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        until = monotonic() + PATIENCE_S
        while not (folder / ".s.PGSQL.6432").exists():
            assert process.poll() is None
            assert monotonic() < until
            sleep(0.02)
        yield f"postgresql://headwater@/{database}?host={folder}&port=6432"
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


@pytest.fixture
def pooled_store(pooled_server: Server) -> str:
    """An empty store: its direct URL."""
    made = Databases(pooled_server.url("postgres"))
    made.close()
    return made.template


def test_through_a_pooler_by_session_a_finish_wakes_a_waiting_claim(
    pooled_server: Server, pooled_store: str
) -> None:
    with pooler(pooled_server, pooled_store, "session") as url, Board.open(url) as board:
        board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
        first, second = (board.join(name).session for name in ("ann", "bob"))
        lease = board.claim(first).lease
        with Board.open(url) as other, ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(other.claim, second, wait=45)
            while not other.feed._waiting:
                sleep(0.01)
            board.finish(lease or "", summary="x")
            assert waiting.result(PATIENCE_S).task == "b"
        assert board.verify() == []
        assert board.store.integrity_check() == []


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_pooler_that_lends_sessions_is_refused_with_what_to_do(
    mode: str, pooled_server: Server, pooled_store: str
) -> None:
    with pooler(pooled_server, pooled_store, mode) as url:
        for _ in range(3):
            with pytest.raises(StoreRefused, match="lends the session") as refused:
                Store.open(url)
            assert "pool_mode = session" in refused.value.next


def test_a_pooler_whose_connections_are_all_in_use_is_away_for_a_moment(
    pooled_server: Server, pooled_store: str
) -> None:
    with pooler(pooled_server, pooled_store, "session", size=1) as url:
        with Store.open(url), pytest.raises(StoreUnavailable, match="no connection free"):
            Store.open(f"{url}&connect_timeout=1")
        Store.open(url).close()
