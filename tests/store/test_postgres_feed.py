"""The change feed on PostgreSQL, where its server is silent or this process has many sockets."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
from collections.abc import Iterator
from time import monotonic, sleep

import pytest
from store_workers import put

from headwater import Board
from headwater.store.store import Store
from patience import PATIENCE_S

pytest.importorskip("psycopg")
from headwater.store.postgres.feed import POLL_S, PostgresFeed
from headwater.store.postgres.settings import Settings

SELECTABLE = 1024
"""Descriptors that `select` knows."""


def test_nobody_who_subscribes_or_looks_waits_for_a_server_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        feed = PostgresFeed(Settings.of(f"postgresql://127.0.0.1:{port}/db?connect_timeout=60"))
        leave = feed.subscribe(lambda: None)
        with silent.accept()[0]:  # the feed's thread waits for an answer from now on
            begun = monotonic()
            feed.committed()
            assert feed.tick == 1
            feed.subscribe(lambda: None)()
            leave()
            assert monotonic() - begun < 30
    feed.stop()


def test_who_has_not_waited_for_long_listens_no_more_until_the_next_wait(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(url) as store, Store.open(url) as other:
        assert store.feed.wait(store.feed.tick, PATIENCE_S)
        assert listening(url) == 1
        monkeypatch.setattr("headwater.store.postgres.feed.IDLE_S", 0.01)
        store.feed.wait(store.feed.tick, 0)
        until = monotonic() + PATIENCE_S
        while listening(url) and monotonic() < until:
            sleep(0.01)
        assert listening(url) == 0
        tick = store.feed.tick
        put(other, "a")
        assert store.feed.wait(tick, PATIENCE_S) > tick


def test_on_a_standby_which_may_not_listen_changes_are_found_by_looking(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = b"DO $$ BEGIN RAISE 'not during recovery' USING ERRCODE = '25006'; END $$"
    monkeypatch.setattr("headwater.store.postgres.feed._LISTEN", refusal)
    with Board.open(url) as board, Store.open(url) as reader:
        tick = reader.feed.tick
        while (seen := reader.feed.wait(tick, 3 * POLL_S)) != tick:  # it begins to look
            tick = seen
        board.add([{"key": "a"}])
        assert reader.feed.wait(tick, PATIENCE_S) > tick


def listening(url: str) -> int:
    """How many connections hear of changes there."""
    import psycopg

    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND (query LIKE 'LISTEN %' OR query LIKE '%FROM board') AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(url) as connection:
        found = connection.execute(asked).fetchone()
    assert found
    return int(found[0])


@contextlib.contextmanager
def many_descriptors() -> Iterator[None]:
    """While it lasts, every new descriptor is above those that `select` knows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * SELECTABLE:
        pytest.skip(f"this process may open {hard} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * SELECTABLE), hard))
    opened = [os.open(os.devnull, os.O_RDONLY)]
    try:
        while opened[-1] < SELECTABLE:
            opened.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        for descriptor in opened:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_server_with_more_than_a_thousand_sockets_still_listens(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.store.postgres.feed.POLL_S", PATIENCE_S)
    with many_descriptors(), Store.open(url) as store, Store.open(url) as other:
        assert store.feed.wait(store.feed.tick, PATIENCE_S)
        for name in "abc":
            tick = store.feed.tick
            assert store.feed.wait(tick, 0.05) == tick  # the thread rests, on the connection
            put(other, name)
            assert store.feed.wait(tick, PATIENCE_S / 2) > tick
