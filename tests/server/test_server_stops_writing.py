"""SIGTERM while many calls write: the server ends soon, and what it acknowledged is stored."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from pathlib import Path

from raw_http import Line
from server_clients import environment, http_process, stdio_process
from test_server_stdio import MODERN, send

from headwater import Board
from headwater.server.http_app import GRACE_S
from headwater.server.stdio import STOP_WITHIN_S
from patience import PATIENCE_S

WRITERS = 8
ENOUGH = 40
"""Acknowledged calls before the signal."""


def test_servers_of_both_kinds_have_less_than_three_seconds_to_end() -> None:
    """They are counted by the server: what a test measures depends on how busy the machine is."""
    assert max(GRACE_S, STOP_WITHIN_S) < 3


def assert_all_stored(db: Path, acknowledged: list[str]) -> None:
    assert len(acknowledged) >= ENOUGH
    with Board.open(db) as board:
        stored = {task["key"] for task in board.graph("list", limit=500).tasks or []}
        assert stored >= set(acknowledged)
        assert len(stored) <= len(acknowledged) + WRITERS
        assert board.verify() == []
    doctor = [sys.executable, "-m", "headwater", "--db", str(db), "doctor", "--json"]
    said = subprocess.run(doctor, capture_output=True, check=True, env=environment())
    assert json.loads(said.stdout)["ok"]


async def test_http_ends_in_time_and_all_that_it_acknowledged_is_stored(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    acknowledged: list[str] = []

    async def write(url: str, name: str, process: subprocess.Popen[str]) -> None:
        with contextlib.suppress(ConnectionError):
            async with Line(url) as line:
                for number in range(1000):
                    key = f"{name}-{number}"
                    added = (await line.call("add", tasks=[{"key": key}])).result
                    assert added["revision"]
                    acknowledged.append(key)
                    if len(acknowledged) == ENOUGH:
                        process.send_signal(signal.SIGTERM)

    with http_process(db) as (url, process):
        async with asyncio.TaskGroup() as tasks:
            for at in range(WRITERS):
                tasks.create_task(write(url, f"w{at}", process))
        assert process.wait(PATIENCE_S) == 0
    assert_all_stored(db, acknowledged)


def test_stdio_ends_in_time_and_all_that_it_acknowledged_is_stored(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    acknowledged: list[str] = []
    signalled = False

    def write(process: subprocess.Popen[bytes], number: int) -> None:
        key = f"k{number}"
        arguments = {"tasks": [{"key": key}]}
        params = {"name": "add", "arguments": arguments, "_meta": MODERN}
        with contextlib.suppress(BrokenPipeError):
            send(process, {"jsonrpc": "2.0", "id": key, "method": "tools/call", "params": params})

    with stdio_process(db) as process:
        for number in range(WRITERS):
            write(process, number)
        assert process.stdout is not None
        for number, line in enumerate(process.stdout, WRITERS):
            reply = json.loads(line)
            if "result" in reply:
                assert not reply["result"]["isError"]
                acknowledged.append(reply["id"])
            if len(acknowledged) == ENOUGH and not signalled:
                process.send_signal(signal.SIGTERM)
                signalled = True
            write(process, number)
        assert process.wait(PATIENCE_S) == 0
    assert_all_stored(db, acknowledged)
