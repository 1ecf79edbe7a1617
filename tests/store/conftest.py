from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.store.engine import LIBRARY_VARIABLE
from postgres_server import databases_or_skip


@pytest.fixture(params=["pysqlite3", "stdlib"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the test with the bundled SQLite and with the standard library's."""
    if request.param == "pysqlite3":
        pytest.importorskip("pysqlite3")
    monkeypatch.setenv(LIBRARY_VARIABLE, request.param)
    return request.param


@pytest.fixture(params=["pysqlite3", "stdlib", "postgresql"])
def anywhere(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Where a store is on each SQLite, and on PostgreSQL."""
    if request.param == "postgresql":
        with databases_or_skip().empty_store() as url:
            yield url
        return
    if request.param == "pysqlite3":
        pytest.importorskip("pysqlite3")
    monkeypatch.setenv(LIBRARY_VARIABLE, request.param)
    yield str(tmp_path / "board.db")


@pytest.fixture
def database() -> str:
    """Most of these tests are about files; those for both databases say so."""
    return "sqlite"
