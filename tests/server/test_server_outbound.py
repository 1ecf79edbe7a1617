"""What the package itself reaches out for: nothing, but the keys of an identity provider."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import headwater

PACKAGE = Path(headwater.__file__).parent
REACHING = {"urllib.request", "http.client", "httpx", "httpx2", "requests", "aiohttp", "smtplib"}
ALLOWED = {"server/oauth.py": {"urllib.request", "http.client"}}  # the latter for its error


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def called(tree: ast.AST) -> Iterator[str]:
    """Names of what is called, and keyword arguments that ask for a shell."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
            yield from (f"{word.arg}=" for word in node.keywords if word.arg == "shell")


def sources() -> Iterator[tuple[str, ast.AST]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        yield file.relative_to(PACKAGE).as_posix(), ast.parse(file.read_text())


def test_only_an_identity_providers_keys_are_fetched() -> None:
    found = {name: REACHING & set(imported(tree)) for name, tree in sources()}
    assert {name: reached for name, reached in found.items() if reached} == ALLOWED


def test_no_text_reaches_a_shell_or_an_interpreter() -> None:
    banned = {"shell=", "os.system", "os.popen", "eval", "exec", "pickle.loads"}
    found = {name: banned & set(called(tree)) for name, tree in sources()}
    assert {name: used for name, used in found.items() if used} == {}
