"""Connections over HTTP whose clients are slow, broken or gone."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import anyio.to_thread
import pytest
from mcp import Client
from server_clients import call, http_process

from headwater.server.http_app import VANISHED_S, bind
from patience import PATIENCE_S

HURRIED = "import headwater.server.http_connection as line; line.REQUEST_S = 0.3\n"
CHUNKED = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
MISNAMED = CHUNKED.replace(b"localhost", b"somewhere.else")


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), PATIENCE_S) as line:
        yield line


def ask_for_health(line: socket.socket) -> None:
    line.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = b""
    while not answer.endswith(b"}"):
        answer += line.recv(65536) or b"}"
    assert answer.startswith(b"HTTP/1.1 200")


def until_closed(line: socket.socket) -> bytes:
    answer = b""
    try:
        while piece := line.recv(65536):
            answer += piece
    except ConnectionResetError:  # closed with something of ours unread
        pass
    return answer


def log_of(process: subprocess.Popen[str]) -> str:
    process.terminate()
    assert process.stderr is not None
    return process.stderr.read()


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"POST /mcp HTTP/1.1\r\nHost: local",
        CHUNKED + b"5\r\n{",
        MISNAMED + b"5\r\n{",
    ],
    ids=["nothing", "head", "body", "body of a refused one"],
)
def test_a_request_that_does_not_end_is_given_up(tmp_path: Path, begun: bytes) -> None:
    with http_process(tmp_path / "board.db", prelude=HURRIED) as (url, process):
        with connected(url) as line:
            line.sendall(begun)
            until_closed(line)
        with connected(url) as line:
            ask_for_health(line)
            line.sendall(begun)
            if begun:
                until_closed(line)
        assert "Traceback" not in log_of(process)


async def test_only_the_request_must_be_quick(tmp_path: Path) -> None:
    """Neither its answer, nor the next one on its connection."""
    with http_process(tmp_path / "board.db", prelude=HURRIED) as (url, _), connected(url) as line:
        ask_for_health(line)
        async with Client(url) as client:
            me = (await call(client, "join", agent="ann"))["session"]
            assert "none" in await call(client, "claim", session=me, wait=1)
        await anyio.to_thread.run_sync(ask_for_health, line)


def test_a_body_that_breaks_after_it_was_refused_is_no_defect(tmp_path: Path) -> None:
    with http_process(tmp_path / "board.db") as (url, process):
        with connected(url) as line:
            line.sendall(MISNAMED)
            assert line.recv(65536).startswith(b"HTTP/1.1 421")
            line.sendall(b"not hexadecimal\r\n")
            until_closed(line)
        assert "Traceback" not in log_of(process)


@pytest.mark.parametrize("path", ["/mcp", "/health"])
def test_a_request_with_two_lengths_ends_its_connection(tmp_path: Path, path: str) -> None:
    """A proxy that goes by the length would take what follows the last chunk for its body, and send
    it on under somebody else's name."""
    inner = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    body = b"0\r\n\r\n" + inner
    head = CHUNKED.replace(b"/mcp", path.encode())
    both = head.replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % len(body))
    with http_process(tmp_path / "board.db") as (url, process):
        with connected(url) as line:
            line.sendall(both + body)
            answers = until_closed(line)
        assert answers.startswith(b"HTTP/1.1 400")
        assert answers.count(b"HTTP/1.1") == 1
        with connected(url) as line:
            ask_for_health(line)
        assert "Traceback" not in log_of(process)


def test_what_a_stranger_says_does_not_fill_the_log(tmp_path: Path) -> None:
    with http_process(tmp_path / "board.db") as (url, process):
        with connected(url) as line:
            line.sendall(b"GET /mcp HTTP/1.1\r\nHost: " + b"\xff" * 8_000 + b"\r\n\r\n")
            assert line.recv(65536).startswith(b"HTTP/1.1 421")
        assert len(log_of(process)) < 20_000


@pytest.mark.skipif(
    not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system cannot be asked to look for it"
)
def test_a_client_that_vanishes_is_noticed() -> None:
    with bind("127.0.0.1", 0) as bound:
        bound.listen()
        with socket.create_connection(bound.getsockname()):
            accepted, _ = bound.accept()
            with accepted:
                assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                limit = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
                assert limit == VANISHED_S * 1_000
