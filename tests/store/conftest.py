from __future__ import annotations

import pytest

from headwater.store.engine import LIBRARY_VARIABLE


@pytest.fixture(params=["pysqlite3", "stdlib"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the test with the bundled SQLite and with the standard library's."""
    if request.param == "pysqlite3":
        pytest.importorskip("pysqlite3")
    monkeypatch.setenv(LIBRARY_VARIABLE, request.param)
    return request.param


@pytest.fixture
def database() -> str:
    """Most of these tests are about files; those for both databases say so."""
    return "sqlite"
