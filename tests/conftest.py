"""Fixtures for all tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from headwater.clock import ManualClock
from headwater.store.store import Store
from postgres_server import databases_or_skip

# The same examples every time, however busy the machine is; new ones for whoever asks for more.
settings.register_profile(
    "headwater",
    deadline=None,
    derandomize="HEADWATER_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("headwater")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def url() -> Iterator[str]:
    """An empty store on PostgreSQL."""
    with databases_or_skip().empty_store() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    return request.param


@pytest.fixture
def location(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where an empty store is (PostgreSQL), or will be at the first opening (SQLite)."""
    if database == "sqlite":
        return str(tmp_path / "board.db")
    return request.getfixturevalue("url")


@pytest.fixture(scope="session", autouse=True)
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing is written to the home folder of whoever runs the tests."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """The processes that tests interrupt heed it also where the tests run in the background of a
    shell, which lets such programs ignore SIGINT."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def store(location: str) -> Iterator[Store]:
    """An empty store of its own."""
    with Store.open(location) as opened:
        yield opened
