"""A server answers before it has loaded what only calls need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from server_clients import environment

from patience import PATIENCE_S

PROBE = """
import sys
from headwater.server.stdio_loop import serve
from headwater.server.service import Service
from headwater.server.identity import StdioIdentity
from headwater.server.opening import LazyBoard, open_board
Service(LazyBoard(lambda: open_board(sys.argv[1])), StdioIdentity(), "0")
print([name for name in ("sqlmodel", "sqlalchemy", "alembic", "headwater.store", "headwater.board",
                         "typer", "rich") if name in sys.modules])
"""


def run(code: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    ).stdout.strip()


def test_a_server_stands_before_the_store_is_imported(tmp_path: Path) -> None:
    assert run(PROBE, str(tmp_path / "board.db")) == "[]"


def test_the_verbs_do_not_import_the_store() -> None:
    code = (
        "import sys, headwater.verbs.plan, headwater.verbs.work, headwater.verbs.look; "
        "print([n for n in sys.modules if n.split('.')[0] in ('sqlmodel', 'sqlalchemy', 'mcp') "
        "or n.startswith('headwater.store')])"
    )
    assert run(code) == "[]"


def test_importing_the_entry_points_loads_neither_sdk_nor_store() -> None:
    code = (
        "import sys, headwater.server.stdio, headwater.server.http; "
        "print([n for n in ('mcp', 'pydantic', 'sqlalchemy', 'uvicorn') if n in sys.modules])"
    )
    assert run(code) == "[]"


def test_a_server_that_is_only_looked_at_creates_no_store(tmp_path: Path) -> None:
    from server_clients import stdio_process
    from test_server_stdio import HELLO, receive, send

    db = tmp_path / "board.db"
    with stdio_process(db) as process:
        send(process, HELLO)
        receive(process)
        send(process, {"jsonrpc": "2.0", "id": 2, "method": "tools/list"})
        receive(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0
    assert list(tmp_path.iterdir()) == []
