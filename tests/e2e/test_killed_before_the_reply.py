"""A process dies after it has stored a call and before it has answered; the caller repeats it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headwater.board import Board
from patience import PATIENCE_S

_CALL = """
import json, os, signal, sys
from headwater.board import Board

path, verb, arguments = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
with Board.open(path, "default") as board:
    board.store._writer._committed = lambda: os.kill(os.getpid(), signal.SIGKILL)
    print(getattr(board, verb)(**arguments))
"""


def call_and_die(db: Path, verb: str, arguments: dict[str, Any]) -> None:
    """In another process, which dies at the commit and says nothing."""
    done = subprocess.run(
        [sys.executable, "-c", _CALL, str(db), verb, json.dumps(arguments)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, ""), done.stderr


@pytest.mark.parametrize("verb", ["add", "split", "tell", "claim", "finish"])
def test_a_call_whose_reply_was_lost_is_answered_again_and_done_once(
    tmp_path: Path, verb: str
) -> None:
    db = tmp_path / "board.db"
    with Board.open(db, "default") as board:
        board.add([{"key": "a"}, {"key": "b"}])
        session = board.join("me").session
        lease = board.claim(board.join("other").session, "b").lease
        before = board.revision()
    arguments: dict[str, Any] = {
        "add": {"tasks": [{"key": "c", "needs": ["a"]}], "request": "r"},
        "split": {"task": "a", "into": [{"key": "a1"}], "request": "r"},
        "tell": {"to": "all", "text": "hello", "request": "r"},
        "claim": {"session": session, "request": "r"},
        "finish": {"lease": lease, "summary": "made"},
    }[verb]
    call_and_die(db, verb, arguments)
    with Board.open(db, "default") as board:
        assert board.revision() == before + 1, "it was stored"
        first, again = (getattr(board, verb)(**arguments) for _ in range(2))
        assert first == again
        assert board.revision() == before + 1
        assert board.verify() == []


_SERVE = """
import os, signal
from headwater.store.writer import Writer

commits = 0
after_commit = Writer._after_commit

def die(self, *, patient):
    global commits
    commits += 1
    if commits == int(os.environ["DIE_AT"]):
        os.kill(os.getpid(), signal.SIGKILL)
    after_commit(self, patient=patient)

Writer._after_commit = die
from headwater.cli.main import main
main()
"""


def ask(db: Path, die_at: int, *calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any] | None]:
    """What a stdio server of its own answers to tool calls; None for what it died of."""
    lines: list[dict[str, Any]] = [
        {
            "method": "initialize",
            "id": 0,
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "t", "version": "1"},
            },
        },
        {"method": "notifications/initialized"},
    ]
    lines += [
        {"method": "tools/call", "id": number, "params": {"name": name, "arguments": given}}
        for number, (name, given) in enumerate(calls, 1)
    ]
    clean = {name: value for name, value in os.environ.items() if "HEADWATER" not in name}
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVE, "serve", "--db", str(db)],
        env=clean | {"DIE_AT": str(die_at)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    answers: list[dict[str, Any] | None] = []
    try:
        for line in lines:
            server.stdin.write(json.dumps({"jsonrpc": "2.0", **line}) + "\n")
            server.stdin.flush()
            if "id" in line:
                found = server.stdout.readline()
                answers.append(json.loads(found)["result"] if found else None)
                if not found:
                    break
    finally:
        server.stdin.close()
        server.wait(PATIENCE_S)
        server.stdout.close()
    return answers[1:]


def test_a_client_of_a_server_that_died_before_its_reply_repeats_the_call(tmp_path: Path) -> None:
    db = tmp_path / "board.db"
    with Board.open(db, "default") as board:
        before = board.revision()
    call = ("add", {"tasks": [{"key": "a"}, {"key": "b", "needs": ["a"]}], "request": "plan-1"})
    assert ask(db, 1, call) == [None]
    first, again = ask(db, 0, call, call)
    assert first is not None
    assert not first.get("isError")
    assert first == again
    with Board.open(db, "default") as board:
        assert board.revision() == before + 1
        assert [task["key"] for task in board.graph().tasks or []] == ["a", "b"]
