"""No statement of an operation or of `graph` may scan a table that grows with the board."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from headwater.store import engine, queries
from headwater.store.rows import column_names
from headwater.store.sql import Sql
from headwater.store.store import Store

GROWING = (
    *("task", "edge", "event", "image", "attempt", "delivery", "notice", "reading", "t", "e"),
    *("session", "lane", "pool"),
)
COLD = {"overview", "redaction", "verify"}
"""Modules of reads and repairs that only people ask for."""
READS = "look."
"""What agents read may sort what it found, and has to find it by an index, too."""


def statements(but: set[str]) -> list[tuple[str, Sql[object]]]:
    found: list[tuple[str, Sql[object]]] = []
    for module in pkgutil.iter_modules(queries.__path__):
        if module.name in but:
            continue
        names = vars(importlib.import_module(f"{queries.__name__}.{module.name}"))
        found += [
            (f"{module.name}.{name}", statement)
            for name, statement in names.items()
            if isinstance(statement, Sql)
        ]
    return found


HOT = statements(but=COLD)


@pytest.mark.parametrize(("name", "statement"), HOT, ids=[name for name, _ in HOT])
def test_a_hot_statement_reads_through_an_index(
    name: str, statement: Sql[object], tmp_path: Path
) -> None:
    plan = _plan(statement, tmp_path)
    scans = [step for step in plan if re.match(rf"SCAN ({'|'.join(GROWING)})\b", step)]
    assert not scans, f"{name}: {plan}"


FEW_ROWS = {"tasks.HANDED_TO", "tasks.NEXT_DUE", "export.SESSIONS"}
"""Sorted although only the first are wanted: handed over tasks, tasks in backoff, sessions."""


LIMITED = [
    (name, statement)
    for name, statement in HOT
    if "LIMIT" in statement.sqlite.numbered and name not in FEW_ROWS and not name.startswith(READS)
]


@pytest.mark.parametrize(("name", "statement"), LIMITED, ids=[name for name, _ in LIMITED])
def test_a_hot_statement_that_wants_the_first_rows_does_not_sort_them_all(
    name: str, statement: Sql[object], tmp_path: Path
) -> None:
    plan = _plan(statement, tmp_path)
    assert not [step for step in plan if "TEMP B-TREE" in step and "ORDER BY" in step], (
        f"{name}: {plan}"
    )


def _plan(statement: Sql[object], folder: Path) -> list[str]:
    text = statement.sqlite.numbered
    with Store.open(folder / "board.db"):
        connection = engine.driver().connect(folder / "board.db")
        parameters = [1] * len(set(re.findall(r"\?\d+", text)))
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", parameters)]
        connection.close()
    return plan


def test_a_row_type_has_a_field_for_every_column_of_its_statement(tmp_path: Path) -> None:
    """Rows are made without counting."""
    with Store.open(tmp_path / "board.db"):
        connection = engine.driver().connect(tmp_path / "board.db")
        for name, statement in statements(but=set()):
            if statement.row is None:
                continue
            parameters = dict.fromkeys(re.findall(r":(\w+)", statement.sqlite.text), 1)
            columns = connection.execute(statement.sqlite.text, parameters).description
            rows = statement.row if isinstance(statement.row, tuple) else (statement.row,)
            assert len(columns) == sum(len(column_names(row)) for row in rows), name
        connection.close()
