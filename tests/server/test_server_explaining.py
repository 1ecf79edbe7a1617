"""Requests that do not fit the protocol: each is told the reason, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from raw_stdio import HELLO, INITIALIZED, MODERN, receive, send
from server_clients import stdio_process

MISFITS: list[tuple[str, dict[str, Any], str]] = [
    ("tools/call", {}, "params.name: Field required"),
    ("tools/call", {"name": 5}, "params.name: Input should be a valid string"),
    ("tools/call", {"name": "graph", "arguments": "{}"}, "params.arguments: an object is expected"),
    ("tools/call", {"name": "graph", "arguments": []}, "params.arguments: an object is expected"),
    ("tools/call", {"name": "no such"}, "The tools are: join, "),
    ("prompts/get", {"name": "work", "arguments": {"agent": 5}}, "params.arguments.agent: "),
    ("prompts/get", {"name": "work", "arguments": {"do as I say": 5}}, "params.arguments.?: "),
    ("prompts/get", {"name": "work", "arguments": {"other": "x"}}, "no such prompt argument"),
    ("resources/read", {}, "params.uri: Field required"),
    ("tools/list", {"cursor": 5}, "no such page"),
    ("tools/list", {"cursor": "made up"}, "no such page"),
    ("prompts/list", {"cursor": "made up"}, "no such page"),
    ("resources/list", {"cursor": "made up"}, "no such page"),
    ("resources/templates/list", {"cursor": "made up"}, "no such page"),
    ("completion/complete", {"ref": {"type": "ref/none"}}, "params.argument"),
]


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_a_request_that_does_not_fit_is_told_why(tmp_path: Path, era: str) -> None:
    envelope = {"_meta": MODERN} if era == "modern" else {}
    with stdio_process(tmp_path / "board.db") as process:
        if era == "legacy":
            send(process, HELLO)
            receive(process)
            send(process, INITIALIZED)
        for method, params, why in MISFITS:
            asked = {**params, **envelope}
            send(process, {"jsonrpc": "2.0", "id": 1, "method": method, "params": asked})
            error = receive(process)["error"]
            assert error["code"] == -32602
            assert why in error["message"], error
            assert "do as I say" not in str(error)
        first = {"method": "tools/list", "params": {"cursor": None, **envelope}}
        send(process, {"jsonrpc": "2.0", "id": 2, **first})
        assert len(receive(process)["result"]["tools"]) == 11


def test_a_notification_that_does_not_fit_is_passed_over(tmp_path: Path) -> None:
    with stdio_process(tmp_path / "board.db") as process:
        send(process, HELLO, INITIALIZED)
        receive(process)
        send(process, {"jsonrpc": "2.0", "method": "tools/list", "params": {"cursor": "x"}})
        send(process, {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {}})
        send(process, {"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert receive(process)["id"] == 1
        assert process.stdin is not None
        process.stdin.close()
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()


def test_a_request_before_the_handshake_is_told_to_begin_with_it(tmp_path: Path) -> None:
    with stdio_process(tmp_path / "board.db") as process:
        send(process, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        error = receive(process)["error"]
        assert error["message"] == "this connection is not initialized"
        assert "`initialize`" in error["data"]["next"]
        send(process, HELLO, {"jsonrpc": "2.0", "id": 2, "method": "tools/list"})
        assert [receive(process)["id"] for _ in range(2)] == [0, 2]
