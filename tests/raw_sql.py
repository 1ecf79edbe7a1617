"""SQL past the store's own statements, on either database."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

from headwater.store.transaction import SqliteTx


def execute(tx: Any, statement: str, *values: object) -> Any:
    """Execute SQL past the store's own statements; the cursor. `?` is a parameter."""
    if isinstance(tx, SqliteTx):
        return tx._live().execute(statement, values)
    numbers = count(1)
    numbered = re.sub(r"\?", lambda _: f"${next(numbers)}", statement)
    cursor = tx._live().execute(numbered.encode(), values)
    tx._pipeline.sync()
    return cursor
