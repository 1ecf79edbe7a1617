"""The store that version 0.1.0 left: `released_0_1_0.sql`, as `make_released_0_1_0.py` made it by
the code of that version."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final

from headwater.store import engine

NOW_MS: Final = 1_795_334_855_000
"""When it was left: leases are alive then."""
BOARDS: Final = ("lively", "pair")
_DUMP: Final = Path(__file__).with_suffix("").with_name("released_0_1_0.sql")


def put_released_store(path: Path, *more: str) -> Path:
    """Write it to `path`, and carry out `more` statements there."""
    with closing(engine.driver().connect(path, isolation_level=None)) as connection:
        connection.executescript(_DUMP.read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode=WAL").fetchall()
        for statement in more:
            connection.execute(statement)
    return path


@cache
def session_of(agent: str) -> str:
    """The session of an agent on its boards."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_DUMP.read_text(encoding="utf-8"))
        found = connection.execute("SELECT token FROM session WHERE agent = ?", (agent,))
        return str(found.fetchall()[0][0])
