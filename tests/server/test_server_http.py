"""The HTTP server as a process: who may reach it, and how it stops."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest
from mcp import Client, MCPError
from server_clients import call, http_process, waiting_calls

from headwater.errors import BadRequest
from headwater.server.http import HttpOptions, serve_http
from headwater.server.http_app import bind
from headwater.server.names import security
from patience import PATIENCE_S, WOKEN_S


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with http_process(tmp_path_factory.mktemp("http") / "board.db") as (url, _):
        yield url


def post(url: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=PATIENCE_S
    )
    connection.request(
        "POST",
        address.path,
        body,
        {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            **headers,
        },
    )
    reply = connection.getresponse()
    try:
        return reply.status, reply.read()
    finally:
        connection.close()


PING = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "raw", "version": "0"},
        },
    }
).encode()


def test_a_client_of_this_machine_is_answered(url: str) -> None:
    status, body = post(url, PING)
    assert status == 200
    assert b"headwater" in body


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example:1"])
def test_a_foreign_host_name_is_refused(url: str, host: str) -> None:
    status, body = post(url, PING, Host=host)
    refusal = json.loads(body)
    assert (status, refusal["code"]) == (421, "foreign_host")
    assert "headwater serve --transport http --name NAME" in refusal["next"]
    assert "evil" not in str(refusal)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost.evil.example:1", "file://"]
)
def test_a_foreign_origin_is_refused(url: str, origin: str) -> None:
    status, body = post(url, PING, Origin=origin)
    assert (status, json.loads(body)["code"]) == (403, "foreign_origin")


def test_a_page_of_this_machine_may_call(url: str) -> None:
    assert post(url, PING, Origin="http://localhost:3000")[0] == 200


def test_a_body_over_the_limit_is_refused(url: str) -> None:
    assert post(url, b" " * (4 * 1024 * 1024 + 1))[0] == 413


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":NaN}', b"null"])
def test_a_broken_body_is_an_error_without_a_traceback(url: str, body: bytes) -> None:
    status, answer = post(url, body)
    assert status == 400
    assert b"Traceback" not in answer
    assert post(url, PING)[0] == 200


def test_a_stream_that_is_taken_up_again_begins_with_what_comes_next(url: str) -> None:
    address = urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(address.hostname or "", address.port)) as at:
        both = "application/json, text/event-stream"
        headers = {"Content-Type": "application/json", "Accept": both}
        at.request("POST", address.path, PING, headers)
        opened = at.getresponse()
        opened.read()
        session = opened.headers["Mcp-Session-Id"]
        again = {"Accept": both, "Mcp-Session-Id": session, "Last-Event-ID": "made up"}
        at.request("GET", address.path, headers=again)
        assert at.getresponse().status == 200


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
def test_a_client_that_leaves_within_its_request_is_no_error(tmp_path: Path, version: str) -> None:
    with http_process(tmp_path / "board.db") as (url, process):
        address = urlsplit(url)
        head = (
            f"POST /mcp HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
            "Accept: application/json, text/event-stream\r\nContent-Length: 100\r\n"
            f"MCP-Protocol-Version: {version}\r\n\r\n"
        )
        for sent in ("", '{"jsonrpc":'):
            with socket.create_connection((address.hostname, address.port)) as leaving:
                leaving.sendall((head + sent).encode())
        assert post(url, PING)[0] == 200
        process.terminate()
        _, log = process.communicate(timeout=PATIENCE_S)
        assert not [line for line in log.splitlines() if '"error"' in line or "Traceback" in line]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])
def test_only_loopback_is_served_without_tokens(tmp_path: Path, host: str) -> None:
    options = HttpOptions(host=host, port=0, open_access=True)
    with pytest.raises(BadRequest, match="not a loopback address"):
        serve_http(str(tmp_path / "board.db"), options=options)


@pytest.mark.parametrize(
    "name", ["https://tasks.example", "tasks.example/headwater", "*.example", "", "tâches.example"]
)
def test_a_name_that_no_request_can_be_addressed_to_is_refused(tmp_path: Path, name: str) -> None:
    options = HttpOptions(open_access=True, port=0, names=(name,))
    with pytest.raises(BadRequest, match="is no name of a server"):
        serve_http(str(tmp_path / "board.db"), options=options)


@pytest.mark.parametrize("name", ["2001:db8::1", "[2001:db8::1]"])
def test_an_address_with_colons_is_a_name_too(name: str) -> None:
    hosts = security(HttpOptions(host="::", names=(name,))).allowed_hosts
    assert {"[2001:db8::1]", "[2001:db8::1]:*"} <= set(hosts)


def test_clients_are_as_many_as_the_machine_allows_not_as_a_shell_does(tmp_path: Path) -> None:
    few = (
        "import resource; _, hard = resource.getrlimit(resource.RLIMIT_NOFILE); "
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))"
    )
    with http_process(tmp_path / "board.db", prelude=few) as (url, _), ExitStack() as clients:
        address = urlsplit(url)
        for _ in range(100):
            other = socket.create_connection((address.hostname, address.port))
            clients.enter_context(other)
        assert post(url, b"{}")[0] == 400


def test_a_port_in_use_is_a_clear_refusal(url: str, tmp_path: Path) -> None:
    options = HttpOptions(port=urlsplit(url).port or 0, open_access=True)
    with pytest.raises(BadRequest, match="cannot be used"):
        serve_http(str(tmp_path / "board.db"), options=options)


def test_a_port_that_cannot_be_is_a_clear_refusal(tmp_path: Path) -> None:
    options = HttpOptions(port=70_000, open_access=True)
    with pytest.raises(BadRequest, match="ports are 0 to 65535"):
        serve_http(str(tmp_path / "board.db"), options=options)


def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("no certificate")
    options = HttpOptions(tls_cert=str(tmp_path / "bad.pem"), tls_key=str(tmp_path / "no.pem"))
    with pytest.raises(BadRequest, match=r"bad\.pem and .*no\.pem cannot be used for TLS"):
        serve_http(str(tmp_path / "board.db"), options=options)


def test_an_answer_does_not_wait_for_an_acknowledgement() -> None:
    """Nagle's algorithm and delayed acknowledgements together would cost 40 ms a call."""
    with bind("127.0.0.1", 0) as bound:
        bound.listen()
        with socket.create_connection(bound.getsockname()):
            accepted, _ = bound.accept()
            with accepted:
                # asyncio turns Nagle's algorithm off for sockets that say they are TCP
                assert accepted.proto == socket.IPPROTO_TCP


SLOW_TO_ANSWER = """
import anyio
import headwater.server.http_app as app
from headwater.server.waiting import Performer
app.ANSWERED_WITHIN_S, app.GRACE_S = 20, 60
wait = Performer._wait
async def slowly(*arguments):
    reply = await wait(*arguments)
    await anyio.sleep(0.7)
    return reply
Performer._wait = slowly
"""


async def end(process: subprocess.Popen[str], signal_name: str) -> None:
    """In time: the waiting call and the streams would be there for longer."""
    process.send_signal(signal.Signals[signal_name])
    assert await anyio.to_thread.run_sync(process.wait, WOKEN_S) == 0


@pytest.mark.parametrize("signal_name", ["SIGTERM", "SIGINT"])
async def test_it_stops_with_an_open_listen_stream_and_a_waiting_claim(
    tmp_path: Path, signal_name: str
) -> None:
    unhurried = "import headwater.server.http_app as app; app.GRACE_S = 60\n"  # time to answer
    with http_process(tmp_path / "board.db", prelude=unhurried) as (url, process):
        async with Client(url) as client, client.listen(tools_list_changed=True) as stream:
            me = (await call(client, "join", agent="ann"))["session"]
            reply: dict[str, Any] = {}

            async def claim() -> None:
                reply.update(await call(client, "claim", session=me, wait=45))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(claim)
                while not await anyio.to_thread.run_sync(waiting_calls, url):
                    pass
                await end(process, signal_name)
            assert [event async for event in stream] == []
        assert process.stderr is not None
        log = process.stderr.read()
    assert reply["none"]["reason"] == "empty"
    assert "Traceback" not in log


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_call_is_answered_that_takes_a_while_after_the_signal(
    tmp_path: Path, mode: str
) -> None:
    """Longer than the half second after which its stream would have been cut off."""
    with http_process(tmp_path / "board.db", prelude=SLOW_TO_ANSWER) as (url, process):
        async with Client(url, mode=mode) as client, anyio.create_task_group() as tasks:
            me = (await call(client, "join", agent="ann"))["session"]
            reply: dict[str, Any] = {}

            async def claim() -> None:
                reply.update(await call(client, "claim", session=me, wait=45))

            tasks.start_soon(claim)
            while not await anyio.to_thread.run_sync(waiting_calls, url):
                pass
            process.send_signal(signal.SIGTERM)
        assert reply["none"]["reason"] == "empty"
        assert await anyio.to_thread.run_sync(process.wait, WOKEN_S) == 0


def test_it_stops_cleanly_on_a_signal_that_comes_while_it_starts(tmp_path: Path) -> None:
    """The web server's libraries are imported then, which takes a while."""
    early = (
        "import os, signal, uvicorn\n"
        "load = uvicorn.Config.load\n"
        "uvicorn.Config.load = lambda self: (os.kill(os.getpid(), signal.SIGTERM), load(self))\n"
    )
    with http_process(tmp_path / "board.db", prelude=early) as (_, process):
        assert process.wait(WOKEN_S) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


async def test_it_stops_with_an_idle_legacy_client(tmp_path: Path) -> None:
    with http_process(tmp_path / "board.db") as (url, process):
        async with Client(url, mode="legacy") as client:
            await call(client, "graph")
            await end(process, "SIGTERM")


async def test_a_client_that_gives_up_waiting_holds_nothing(tmp_path: Path, mode: str) -> None:
    with http_process(tmp_path / "board.db") as (url, _):
        async with Client(url, mode=mode) as client:
            me = (await call(client, "join", agent="ann"))["session"]
            with pytest.raises(MCPError):
                await client.call_tool(
                    "claim", {"session": me, "wait": 45}, read_timeout_seconds=0.5
                )
            await call(client, "add", tasks=[{"key": "a"}])
            assert (await call(client, "graph"))["counts"] == {"ready": 1}
