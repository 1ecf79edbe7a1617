"""The worked example of docs/example-rework.md runs, and every reply is as the page shows it."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

from mcp import Client
from pydantic import JsonValue
from server_clients import call

PAGE = Path(__file__).resolve().parents[2] / "docs/example-rework.md"
BLOCK = re.compile(r"^```(python|json)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)


def value(node: ast.expr, known: dict[str, dict[str, Any]]) -> Any:
    """An argument as the page writes it: a literal, or `name.key` of an earlier reply."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return known[node.value.id][node.attr]
    return ast.literal_eval(node)


async def run(client: Client, code: str, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Make the calls of a block; the last reply."""
    reply: dict[str, Any] = {}
    for step in ast.parse(code).body:
        assert isinstance(step, (ast.Assign, ast.Expr))
        asked = step.value
        assert isinstance(asked, ast.Call)
        assert isinstance(asked.func, ast.Name)
        arguments = {str(one.arg): value(one.value, known) for one in asked.keywords}
        reply = await call(client, asked.func.id, **arguments)
        if isinstance(step, ast.Assign):
            (target,) = step.targets
            assert isinstance(target, ast.Name)
            known[target.id] = reply
    return reply


def cut_like(reply: JsonValue, shown: JsonValue) -> JsonValue:
    """What the page would show of a reply: of every object only the keys that it shows."""
    if isinstance(shown, dict) and isinstance(reply, dict):
        return {key: cut_like(reply[key], shown[key]) for key in shown if key in reply}
    if isinstance(shown, list) and isinstance(reply, list) and len(shown) == len(reply):
        return [cut_like(one, like) for one, like in zip(reply, shown, strict=True)]
    return reply


async def test_the_worked_example_happens_as_it_is_told(client: Client) -> None:
    known: dict[str, dict[str, Any]] = {}
    reply: dict[str, Any] = {}
    checked = 0
    for language, text in BLOCK.findall(PAGE.read_text()):
        if language == "python":
            reply = await run(client, text, known)
        else:
            shown = json.loads(text)
            assert cut_like(reply, shown) == shown
            checked += 1
    assert checked >= 15


async def test_exactly_the_readers_of_the_changed_key_worked_again(client: Client) -> None:
    known: dict[str, dict[str, Any]] = {}
    for language, text in BLOCK.findall(PAGE.read_text()):
        if language == "python":
            await run(client, text, known)
    rounds = {
        key: (await call(client, "graph", task=key))["round"]
        for key in ("design", "backend", "frontend", "mobile", "guide", "try-it")
    }
    assert rounds == {
        "design": 3, "backend": 1, "frontend": 2, "mobile": 1, "guide": 1, "try-it": 1,
    }  # fmt: skip
