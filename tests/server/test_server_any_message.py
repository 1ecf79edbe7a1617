"""Whatever is written to a server, every request is answered once, and the next good call works.

The messages are from a grammar (`message_grammar.py`), by seed. HEADWATER_SEEDS sets how many
seeds `pytest -m slow` takes.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import subprocess
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from message_grammar import ANY, NULL, Grammar, cancelled, headers_for, key, odd, owed
from raw_stdio import HELLO, INITIALIZED, MODERN, send
from server_clients import http_process, stdio_process

from headwater.board import Board
from patience import PATIENCE_S

SEEDS = int(os.environ.get("HEADWATER_SEEDS", "20"))
LINES, AT_ONCE = 400, 25
REQUESTS = 200
MORE_BYTES = 150_000_000
"""What the server may have grown by: twenty times what it grows."""


class Replies:
    """The replies of a server process, read on a thread of their own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._output = process.stdout
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._output is not None
        for line in self._output:
            self._lines.put(line)
        self._lines.put(b"")

    def next(self) -> dict[str, Any]:
        """The next reply; what else the server says is passed over, but must be a message."""
        while line := self._lines.get(timeout=PATIENCE_S):
            message = json.loads(line)
            assert message["jsonrpc"] == "2.0"
            if "method" not in message:
                return message
        raise AssertionError("the server has ended")


def talk_over_stdio(place: Path, seed: int, *, is_modern: bool) -> None:
    grammar = Grammar(seed, is_modern)
    with stdio_process(place) as process:
        replies = Replies(process)
        if not is_modern:
            send(process, HELLO, INITIALIZED)
            replies.next()
        send(process, graph("first", is_modern=is_modern))
        assert replies.next()["result"]["isError"] is False
        before = memory(process)
        waived: set[str] = set()
        for number in range(LINES // AT_ONCE):
            lines = [grammar.line() for _ in range(AT_ONCE)]
            end = graph(f"end {number}", is_modern=is_modern)
            send(process, *lines, end)
            waived |= {cancelled(line) for line in lines}
            for reply in answers_to([*lines, json.dumps(end).encode()], replies, waived):
                grammar.learn(reply)
        assert memory(process) - before < MORE_BYTES
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr is not None
        log = process.stderr.read().decode().splitlines()
        assert [line for line in log if "Traceback" in line] == []
    with Board.open(place) as board:
        assert board.verify() == []


def answers_to(lines: list[bytes], replies: Replies, waived: set[str]) -> list[dict[str, Any]]:
    """All answers to some lines: none is missing but those that are `waived`, none comes twice."""
    due = Counter(given for line in lines for given in owed(line))
    found: Counter[str] = Counter()
    answers: list[dict[str, Any]] = []
    while True:
        missing = due - found
        lost = sum(missing[given] for given in missing if given not in (*waived, NULL, ANY))
        loose = sum((found - due).values())
        if not lost and loose + found[NULL] >= due[ANY] + due[NULL]:
            return answers
        answers.append(replies.next())
        given = key(answers[-1]["id"])
        found[given] += 1
        surplus = found[given] - due[given]
        assert surplus <= 0 or due[ANY] or given in (*waived, NULL), (answers[-1], lines)


def talk_over_http(place: Path, seed: int) -> None:
    random = Random(seed)
    with http_process(place, open_access=True, calls_per_second=10_000) as (url, process):
        address = urlsplit(url)
        log: list[str] = []
        assert process.stderr is not None
        threading.Thread(target=log.extend, args=(process.stderr,), daemon=True).start()
        opening = {"Accept": "*/*", "Content-Type": "application/json"}
        _, head, _ = ask(address.netloc, "POST", "/mcp", opening, json.dumps(HELLO).encode())
        for number in range(REQUESTS):
            session = head["Mcp-Session-Id"] if number % 2 else ""
            grammar = Grammar(seed + number, is_modern=not session)
            grammar.number = 100 * number
            message = grammar.message()
            method, path, headers = odd(headers_for(message, session), random)
            body = json.dumps(message).encode()
            if random.random() < 0.2:
                body = grammar.line()
            status, _, answer = ask(address.netloc, method, path, headers, body)
            assert status in {200, 202, 400, 403, 404, 405, 406, 415, 421}, (message, answer)
            if status == 200 and owed(body) not in ([], [NULL], [ANY]):
                assert key(reply_in(answer)["id"]) in owed(body), (body, answer)
        good = graph("last", is_modern=True)
        body = json.dumps(good).encode()
        _, _, answer = ask(address.netloc, "POST", "/mcp", headers_for(good, ""), body)
        assert reply_in(answer)["result"]["isError"] is False
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
        assert [line for line in log if "Traceback" in line or '"error"' in line] == []
    with Board.open(place) as board:
        assert board.verify() == []


def ask(
    at: str, method: str, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """One request on a connection of its own."""
    with closing(http.client.HTTPConnection(at, timeout=PATIENCE_S)) as connection:
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()


def reply_in(answer: bytes) -> dict[str, Any]:
    """The reply of an answer, whether it is JSON or the last event of a stream."""
    return json.loads(answer.split(b"data: ")[-1])


def graph(name: str, *, is_modern: bool) -> dict[str, Any]:
    envelope = {"_meta": MODERN} if is_modern else {}
    params = {"name": "graph", "arguments": {}, **envelope}
    return {"jsonrpc": "2.0", "id": name, "method": "tools/call", "params": params}


def memory(process: subprocess.Popen[bytes]) -> int:
    """Resident bytes; 0 where that cannot be known."""
    of_process = Path(f"/proc/{process.pid}/statm")
    return int(of_process.read_text().split()[1]) * 4096 if of_process.exists() else 0


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_every_request_over_stdio_is_answered_once(tmp_path: Path, era: str) -> None:
    talk_over_stdio(tmp_path / "board.db", 1, is_modern=era == "modern")


def test_every_request_over_http_is_answered(tmp_path: Path) -> None:
    talk_over_http(tmp_path / "board.db", 1)


@pytest.mark.slow
@pytest.mark.timeout(7200)  # for as many seeds as HEADWATER_SEEDS says
@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_every_request_is_answered_once_whatever_the_seed(tmp_path: Path, era: str) -> None:
    for seed in range(1000, 1000 + SEEDS):
        talk_over_stdio(tmp_path / f"{seed}.db", seed, is_modern=era == "modern")


@pytest.mark.slow
@pytest.mark.timeout(7200)  # for as many seeds as HEADWATER_SEEDS says
def test_every_request_over_http_is_answered_whatever_the_seed(tmp_path: Path) -> None:
    for seed in range(1000, 1000 + SEEDS):
        talk_over_http(tmp_path / f"{seed}.db", seed)
