"""A URL of PostgreSQL: every form that libpq knows, with Headwater's own parameters beside its."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headwater.errors import StoreError

pytest.importorskip("psycopg")
from headwater.store.postgres.connection import connect
from headwater.store.postgres.settings import Settings

if TYPE_CHECKING:
    from headwater.store.postgres.connection import Connection


def connected(url: str) -> Connection:
    return connect(Settings.of(url), lock_s=1)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql:///plans", "postgresql:///plans"),
        ("postgres://me:it%40@db.example", "postgresql://db.example/"),
        ("postgresql://me@[::1]:5432/plans?sslmode=require", "postgresql://[::1]:5432/plans"),
        (
            "postgresql://a:1,b:2/plans?target_session_attrs=read-write",
            "postgresql://a:1,b:2/plans",
        ),
        ("postgresql://me@/plans?host=%2Frun%2Fpg", "postgresql:///run/pg/plans"),
        ("postgresql://?password=x&service=plans", "postgresql:///?service=plans"),
        (
            "postgresql://db/plans?port=5433&options=-csearch_path%3Dours&sslmode=require",
            "postgresql://db/plans?port=5433&options=-csearch_path%3Dours",
        ),
    ],
)
def test_what_libpq_gets_is_what_was_written(url: str, shown: str) -> None:
    assert Settings.of(url).conninfo == url
    assert Settings.of(url).shown == shown


def test_only_our_own_parameters_are_taken_out() -> None:
    given = Settings.of("postgresql://db/plans?pool_size=3&options=-c%20a%3Db&idle_timeout=7")
    assert given.conninfo == "postgresql://db/plans?options=-c%20a%3Db"
    assert (given.pool_size, given.idle_timeout) == (3, 7)


@pytest.mark.parametrize(
    "place", ["me:pa/ss@db", "me:1/ss@db", "me:pa?ss@db", "me:pa@ss@db", "db:port", "[::1"]
)
def test_a_url_that_could_be_read_in_two_ways_is_refused_without_showing_it(place: str) -> None:
    with pytest.raises(StoreError, match="cannot be read") as refused:
        Settings.of(f"postgresql://{place}/plans")
    assert "%XX" in refused.value.next
    assert "ss@" not in f"{refused.value.as_dict()}"


def test_an_option_with_a_space_reaches_the_server(url: str) -> None:
    with connected(f"{url}&options=-c%20search_path%3Dplans%20-cgeqo%3Doff") as connection:
        assert connection.execute(b"SHOW search_path").fetchall() == [("plans",)]
        assert connection.execute(b"SHOW geqo").fetchall() == [("off",)]


def test_the_url_has_the_last_word_about_the_network(url: str) -> None:
    with connected(f"{url}&application_name=ann&tcp_user_timeout=5000") as connection:
        said = connection.info.get_parameters()
    with connected(url) as connection:
        default = connection.info.get_parameters()
    assert (said["application_name"], said["tcp_user_timeout"]) == ("ann", "5000")
    assert said["keepalives_idle"] == default["keepalives_idle"] == "30"
    assert default["application_name"] == "headwater"
    assert default["tcp_user_timeout"] == "20000"
