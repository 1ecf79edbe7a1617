"""The table of the kinds of events."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import headwater
from headwater.graph.events import KINDS, EventKind


def test_every_kind_that_is_recorded_is_in_the_table_and_the_other_way_round() -> None:
    """The types refuse others; this finds what is recorded no more."""
    recorded: set[str] = set()
    for path in Path(headwater.__file__).parent.rglob("operations/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                named = [one.value for one in node.keywords if one.arg == "kind"]
                if called == "record":
                    recorded |= _texts(node.args[:1])
                elif called == "begin":
                    recorded |= _texts(named)
            elif isinstance(node, ast.FunctionDef) and node.name == "begin":
                recorded |= _texts([one for one in node.args.kw_defaults if one])
    assert recorded & set(KINDS) == set(KINDS) == set(get_args(EventKind))
    assert len(KINDS) == len(set(KINDS))


def _texts(nodes: list[ast.expr]) -> set[str]:
    """The texts in expressions: `"failed" if last else "attempt_failed"` has two."""
    return {
        part.value
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }
