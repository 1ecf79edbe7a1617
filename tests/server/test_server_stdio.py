"""The stdio server as a process: how it stops, and what no input can do to it."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from raw_stdio import HELLO, INITIALIZED, MODERN, receive, send
from server_clients import call, environment, refused, stdio_process, stdio_server

from patience import PATIENCE_S, WOKEN_S

STDIO_HERE = "from headwater.server.stdio import serve_stdio; serve_stdio()"

LISTEN = {
    "jsonrpc": "2.0",
    "id": "stream",
    "method": "subscriptions/listen",
    "params": {
        "_meta": MODERN,
        "notifications": {"toolsListChanged": True, "resourceSubscriptions": ["headwater://graph"]},
    },
}
SUBSCRIBE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "resources/subscribe",
    "params": {"uri": "headwater://graph"},
}


def waiting_claim(era: str) -> dict[str, Any]:
    params: dict[str, Any] = {"name": "claim", "arguments": {"wait": 45}}
    if era == "modern":
        params["_meta"] = MODERN
    return {"jsonrpc": "2.0", "id": "claim", "method": "tools/call", "params": params}


def open_connection(process: subprocess.Popen[bytes], era: str) -> None:
    """Connect, follow the graph, and leave a claim waiting."""
    if era == "modern":
        send(process, LISTEN)
        assert "acknowledged" in receive(process)["method"]
    else:
        send(process, HELLO)
        assert receive(process)["result"]["serverInfo"]["name"] == "headwater"
        send(process, INITIALIZED, SUBSCRIBE)
        assert receive(process)["result"] == {}
    send(process, waiting_claim(era))


@pytest.mark.parametrize("era", ["modern", "legacy"])
@pytest.mark.parametrize("how", ["end of input", "SIGTERM", "SIGINT"])
def test_it_stops_at_once_with_streams_and_waits_open(tmp_path: Path, era: str, how: str) -> None:
    unforced = "import headwater.server.stdio as stdio; stdio.STOP_WITHIN_S = 60\n"
    with stdio_process(tmp_path / "board.db", prelude=unforced) as process:
        open_connection(process, era)
        if how == "end of input":
            assert process.stdin is not None
            process.stdin.close()
        else:
            process.send_signal(signal.Signals[how])
        assert process.wait(WOKEN_S) == 0
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()


def test_it_stops_on_a_signal_before_any_message(tmp_path: Path) -> None:
    with stdio_process(tmp_path / "board.db") as process:
        send(process, {**HELLO, "id": 7})
        receive(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0


def test_nothing_but_the_protocol_is_on_stdout(tmp_path: Path) -> None:
    with stdio_process(tmp_path / "board.db") as process:
        open_connection(process, "legacy")
        assert process.stdin is not None
        process.stdin.close()
        assert process.stdout is not None
        for line in process.stdout.read().splitlines():
            assert json.loads(line)["jsonrpc"] == "2.0"


def deep(depth: int) -> bytes:
    nested = b"[" * depth + b"]" * depth
    return (
        b'{"jsonrpc":"2.0","id":"deep","method":"tools/call","params":{"name":"finish",'
        b'"arguments":{"lease":"a#1.x","critical":{"a":' + nested + b"}}}}"
    )


def bad_lines() -> list[bytes]:
    rng = random.Random(7)
    template = json.dumps(waiting_claim("legacy")).replace("45", "0").encode()
    lines = [
        b"",
        b"\x00\xff\xfe garbage",
        b"null",
        b"[]",
        b"[{}]",
        b"{",
        b'"text"',
        b"NaN",
        b'{"jsonrpc":"2.0"}',
        b'{"jsonrpc":"1.0","id":1,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":{},"method":"ping"}',
        b'{"jsonrpc":"2.0","id":"p1","method":"ping","params":[1]}',
        b'{"jsonrpc":"2.0","id":"p2","method":5}',
        b'{"jsonrpc":"2.0","id":"p3","method":"tools/call","params":{}}',
        b'{"jsonrpc":"2.0","id":"p4","method":"tools/call","params":{"name":"claim","arguments":[]}}',
        b'{"jsonrpc":"2.0","id":"p5","method":"tools/call","params":{"name":"finish","arguments":'
        b'{"lease":"a#1.x","critical":{"x":NaN}}}}',
        b'{"jsonrpc":"2.0","id":"p6","method":"tools/call","params":{"name":"tell","arguments":'
        b'{"to":"all","text":"\\ud800"}}}',
        b'{"jsonrpc":"2.0","id":"p7","method":"tools/call","params":{"name":"claim","arguments":'
        b'{"wait":1e999}}}',
        b'{"jsonrpc":"2.0","id":"p8","method":"resources/read","params":{"uri":"headwater://task/%00"}}',
        b'{"jsonrpc":"2.0","id":"p9","method":"resources/read","params":{"uri":"http://[::1"}}',
        b'{"jsonrpc":"2.0","id":"p10","method":"prompts/get","params":{"name":"x","arguments":{"a":1}}}',
        b'{"jsonrpc":"2.0","id":"p11","method":"no/such/method"}',
        b'{"jsonrpc":"2.0","id":"p12","result":{}}',
        b'{"jsonrpc":"2.0","id":99999999999999999999999999,"method":"ping"}',
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}',
        deep(150),
        deep(20_000),
        b'{"jsonrpc":"2.0","id":"big","method":"ping","params":{"x":"' + b"a" * 5_000_000 + b'"}}',
        b'{"method":"ping","params":{"x":"' + b"a" * 5_000_000 + b'"},"jsonrpc":"2.0","id":"late"}',
        b'{"jsonrpc":"2.0","id":"said","result":{"x":"' + b"a" * 5_000_000 + b'"}}',
        b'{"method":"ping","params":{"x":"' + b"a" * 5_000_000 + b'","jsonrpc":"2.0","id":"in"}}',
    ]
    for _ in range(300):
        line = bytearray(template)
        for _ in range(rng.randint(1, 6)):
            line[rng.randrange(len(line))] = rng.randrange(256)
        lines.append(bytes(line).replace(b"\n", b" "))
    return lines


def test_no_line_can_kill_it_or_make_it_show_a_traceback(tmp_path: Path) -> None:
    with stdio_process(tmp_path / "board.db") as process:
        send(process, HELLO)
        receive(process)
        send(process, INITIALIZED, *bad_lines())
        send(process, {"jsonrpc": "2.0", "id": "last", "method": "ping"})
        answers: dict[Any, dict[str, Any]] = {}
        while "last" not in answers:
            answer = receive(process)
            assert "Traceback" not in json.dumps(answer)
            answers[answer["id"]] = answer
        assert answers["last"]["result"] == {}
        assert answers["p1"]["error"]["code"] == -32600
        assert answers["p2"]["error"]["code"] == -32600
        assert "at most 4194304 bytes" in answers["big"]["error"]["message"]
        assert answers["late"]["error"]["code"] == -32600
        assert answers.keys().isdisjoint({"said", "in"})
        assert answers["p5"]["result"]["structuredContent"]["code"] == "bad_request"
        assert answers["p8"]["error"]["code"] == -32602
        assert answers["p9"]["error"]["code"] == -32602
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()


NOT_SERVED = [
    (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', [1.5], '"id" is neither'),
    (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', [None], '"id" is neither'),
    (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', [None], '"id" is neither'),
    (b'{"jsonrpc":"2.0","id":1e999,"method":"ping"}', [None], '"id" is neither'),
    (b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}', ["\ud800"], "surrogate"),
    (b'{"jsonrpc":"2.0","id":-4,"method":"ping"', [-4], "no JSON"),
    (b'{"jsonrpc":"2.0","id":5,"method":"\xff"}', [5], "no UTF-8"),
    (b'{"jsonrpc":"2.0","id":6,"method":"ping","params":[]}', [6], '"params" is no object'),
    (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":7,"method":"ping"}', [7], "byte order"),
    (b'{"id":8,"method":"ping"}', [8], '"jsonrpc" is not "2.0"'),
    (b'{"jsonrpc":"2.0","id":9}', [None], 'no "method"'),
    (
        b'{"jsonrpc":"2.0","id":10,"method":"ping","params":{"x":' + b"9" * 5000 + b"}}",
        [10],
        "4300",
    ),
    (b'[{"id":11,"method":"ping"},{"id":"a","method":"ping"},{"method":"x"}]', [11, "a", None], ""),
    (b"[" + b",".join([b'{"id":1,"method":"ping"}'] * 101) + b"]", [None], "batch"),
    (b"[]", [None], "batch"),
    (b"help", [None], "no JSON"),
    (b"[" * 100_000, [None], "nested"),
    (b"5", [None], "no object"),
    (b'{"jsonrpc":"2.0","id":12,"result":{}}', [], ""),
    (b'{"jsonrpc":"2.0","id":13,"error":{}}', [], ""),
    (b'{"jsonrpc":"2.0","method":"notifications/none"}', [], ""),
    (b" \t\r", [], ""),
]


def test_whoever_sends_what_cannot_be_served_is_told_what_is_wrong(tmp_path: Path) -> None:
    with stdio_process(tmp_path / "board.db") as process:
        send(process, HELLO)
        receive(process)
        send(process, INITIALIZED)
        for number, (line, ids, wrong) in enumerate(NOT_SERVED):
            mark = f"after {number}"
            send(process, line, {"jsonrpc": "2.0", "id": mark, "method": "ping"})
            answers = [receive(process) for _ in range(len(ids) + 1)]
            found = {str(answer["id"]): answer.get("error", {}) for answer in answers}
            assert found.pop(mark) == {}, line
            assert sorted(found) == sorted(map(str, ids)), line
            for error in found.values():
                assert wrong in error["message"], line
                assert "one line of JSON" in error["message"]


def test_a_host_that_does_not_read_fills_no_memory(tmp_path: Path) -> None:
    less = "import headwater.server.wire as wire; wire.UNREAD_BYTES = 2_000_000\n"
    calls = [
        json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/list"}).encode() + b"\n"
        for number in range(3000)
    ]
    with stdio_process(tmp_path / "board.db", prelude=less) as process:
        send(process, HELLO)
        receive(process)
        send(process, INITIALIZED)
        sent: list[bytes] = []

        def write() -> None:
            for line in calls:
                assert process.stdin is not None
                process.stdin.write(line)
                process.stdin.flush()
                sent.append(line)

        writing = threading.Thread(target=write)
        writing.start()
        writing.join(5)
        assert writing.is_alive()
        assert 200 < len(sent) < 2900
        answered = sorted(receive(process)["id"] for _ in calls)
        writing.join(PATIENCE_S)
        assert answered == list(range(3000))


def test_garbage_before_the_first_message_is_survived(tmp_path: Path) -> None:
    with stdio_process(tmp_path / "board.db") as process:
        send(process, *bad_lines()[:12], HELLO)
        answers = [receive(process)]
        while answers[-1].get("id") != 0:
            answers.append(receive(process))
        assert answers[-1]["result"]["serverInfo"]["name"] == "headwater"


async def test_a_store_that_cannot_be_opened_does_not_stop_the_server(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database, but text " * 100)
    for place in (broken, tmp_path / "file" / "board.db"):
        (tmp_path / "file").touch()
        async with Client(stdio_server(place)) as client:
            assert len((await client.list_tools()).tools) == 11
            for name, arguments in (("graph", {}), ("claim", {}), ("join", {"agent": "a"})):
                error = await refused(client, name, **arguments)
                assert error["code"] != "internal"
                assert error["error"]


def test_a_working_directory_that_was_removed_is_told_and_survived(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    code = f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r}); {STDIO_HERE}"
    with subprocess.Popen(
        [sys.executable, "-P", "-c", code],  # as the installed script: not from where it stands
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        call_graph = {"name": "claim", "arguments": {}}
        send(process, HELLO)
        receive(process)
        send(process, INITIALIZED)
        send(process, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call_graph})
        answer = receive(process)["result"]["structuredContent"]
        assert answer["code"] != "internal"
        assert answer["error"]
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0


async def test_a_store_that_comes_back_is_used_without_a_restart(tmp_path: Path) -> None:
    blocked = tmp_path / "folder"
    blocked.touch()
    async with Client(stdio_server(blocked / "board.db")) as client:
        await refused(client, "graph")
        blocked.unlink()
        blocked.mkdir()
        assert (await call(client, "graph"))["tasks"] == []
