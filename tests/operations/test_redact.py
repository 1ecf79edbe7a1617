"""Redacting a secret: gone from every table, and the log still replays."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable

import pytest
from hands import claim, everything, finish, lease, refused, row, rows, state, texts, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import Conflict
from headwater.graph.inputs import digest
from headwater.operations.caller import Caller
from headwater.operations.redact import redact
from headwater.operations.work import Work
from headwater.verbs.people import PersonReply, RedactRequest
from raw_sql import execute

PLAIN = "hunter2-hunter2"
QUOTED = 'pass"word\\with\nlines'
FOREIGN = "pässwörd-日本-\U0001f511"
ATTEMPTS = "SELECT reply FROM attempt"
LINE = 'pass"word\\here'
"""For fields that hold one line."""


def columns_with(board: Board, secret: str) -> set[str]:
    """Every column of every table that still shows the secret, in whatever form."""
    forms = {secret}
    for _ in range(3):
        forms |= {json.dumps(form, ensure_ascii=a)[1:-1] for form in forms for a in (True, False)}
    tables = {**everything(board), "session": rows(board, "SELECT * FROM session")}
    return {
        f"{table}.{column}"
        for table, found in tables.items()
        for one in found
        for column, value in one.items()
        if isinstance(value, str) and any(form in value for form in forms)
    }


def spread(board: Board, text: str, line: str) -> None:
    """Write the secret into every field that takes text."""
    board.add(
        [
            {
                "key": "a",
                "title": line,
                "spec": f"use {text} here",
                "acceptance": [line],
                "paths": [line] if "\\" not in line else [],
                "group": line,
            },
            {"key": "b", "contracts": [{"task": "a", "expect": text, "promise": text}]},
            {"key": "c", "review": True},
        ],
        request="r1",
    )
    me = board.join("w", workspace=line).session
    held = board.claim(me, "a", request="r2").lease or ""
    board.check(held, note=text)
    board.finish(
        held,
        summary=text,
        critical={"k": text, "deep": [{"x": text}], line: 1},
        artifacts=[{"name": "f", "text": text}],
        delivered={"b": text},
        evidence={"1": text},
        notes=text,
    )
    board.rework("a", text, reason=line)
    finish(board, "a", outcome="failed", summary=text)
    finish(board, "c", outcome="blocked", summary=text)
    board.answer("c", text)
    board.tell("all", text, session=worker(board))
    board.tell("rules", text)
    board.pause(line)
    board.resume()


@pytest.fixture(params=[(PLAIN, PLAIN), (QUOTED, LINE), (FOREIGN, FOREIGN)], ids=ascii)
def secret(request: pytest.FixtureRequest, board: Board) -> tuple[str, str]:
    text, line = request.param
    spread(board, text, line)
    assert len(columns_with(board, text)) > 12
    return text, line


def test_the_secret_is_gone_from_every_table_and_the_log_still_replays(
    board: Board, secret: tuple[str, str]
) -> None:
    for one in dict.fromkeys(secret):
        assert board.redact(one).changed
    assert columns_with(board, secret[0]) | columns_with(board, secret[1]) == set()
    assert board.verify() == []


def test_what_was_around_the_secret_stays(board: Board) -> None:
    board.add([{"key": "a", "spec": f"use {PLAIN} here"}])
    board.redact(PLAIN)
    assert texts(board, "a")["spec"] == "use [redacted] here"
    assert claim(board, "a").spec == "use [redacted] here"


def test_the_past_shows_the_tombstone_too(board: Board) -> None:
    board.add([{"key": "a", "title": PLAIN}])
    then = board.revision()
    board.edit("a", set={"title": "clean"})
    board.redact(PLAIN)
    assert PLAIN not in json.dumps(board.graph("list", at=then).as_dict())
    assert PLAIN not in json.dumps(board.graph("history").as_dict())


def test_a_redacted_board_goes_on(board: Board) -> None:
    board.add([{"key": "a", "spec": PLAIN}, {"key": "b", "needs": ["a"]}])
    mine = lease(board, "a")
    board.redact(PLAIN)
    board.finish(mine, summary="ok")
    assert state(board, "b") == "ready"


def test_no_digest_of_the_secret_stays_and_a_finish_can_still_be_repeated(board: Board) -> None:
    board.add([{"key": "a"}])
    mine = lease(board, "a")
    board.finish(mine, summary=PLAIN)
    [(mark, digest)] = [tuple(one["reply"].split()[:2]) for one in rows(board, ATTEMPTS)]
    for _ in range(2):
        board.redact(PLAIN)
        board.redact("nowhere")
    [kept] = [one["reply"] for one in rows(board, ATTEMPTS)]
    assert mark in kept
    assert digest not in kept
    again = board.finish(mine, summary=PLAIN)
    assert (again.outcome, again.warnings) == ("done", None)


SHORT = "4711-0815"


def test_no_digest_of_a_value_or_an_artifact_confirms_a_guess(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}], request="plan")
    nested = {"user": "root", "keys": [SHORT]}
    where = {"name": "key", "path": f"keys/{SHORT}"}
    finish(
        board,
        "a",
        critical={"pin": SHORT, "port": 80, "login": nested},
        artifacts=[{"name": "pin", "text": SHORT}, {"name": "other", "text": "open"}, where],
    )
    mine = lease(board, "b")
    hashed = hashlib.sha256(SHORT.encode()).hexdigest()
    guesses = [hashed, *map(digest, (SHORT, nested, hashed, [where["path"], None]))]
    assert all(columns_with(board, guess) for guess in guesses)
    (asked,) = rows(board, "SELECT arguments FROM idempotency")
    for _ in range(2):
        board.redact(SHORT)
    left = {guess: columns_with(board, guess) for guess in [*guesses, asked["arguments"]]}
    assert not any(left.values()), left
    assert board.verify() == []
    assert board.graph(task="a", artifact="pin").artifact["text"] == "[redacted]"
    assert board.graph(task="a", artifact="other").artifact["text"] == "open"
    assert len(board.add([{"key": "a"}], request="plan").tasks) == 2, "the first reply"

    board.rework("a", "another pin")
    finish(board, "a", critical={"pin": "new", "port": 80, "login": {}})
    changes = board.check(mine).inputs or []
    assert {one.key for one in changes} >= {"pin", "login"}
    assert "port" not in {one.key for one in changes}


def test_artifacts_that_are_the_same_without_the_secret_become_one(board: Board) -> None:
    board.add([{"key": "a"}])
    texts_of = {"one": f"pin {SHORT}", "two": "pin [redacted]"}
    finish(board, "a", artifacts=[{"name": n, "text": t} for n, t in texts_of.items()])
    board.redact(SHORT)
    for name in texts_of:
        assert board.graph(task="a", artifact=name).artifact["text"] == "pin [redacted]"
    assert len(rows(board, "SELECT hash FROM blob")) == 1
    assert board.verify() == []


def test_a_lease_that_has_just_run_out_is_in_nobodys_way(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a", "title": f"with {PLAIN}"}])
    board.check(lease(board, "a"), note=f"I used {PLAIN}")
    for _ in range(16):
        clock.advance(minutes=4)
        board.tell("all", "still here")
    clock.advance(minutes=6)  # a silence, after which any call takes back what had run out before
    assert board.redact(PLAIN).changed
    assert columns_with(board, PLAIN) == set()
    assert state(board, "a") == "ready"
    assert board.verify() == []


def test_a_text_that_is_nowhere_is_no_revision(board: Board) -> None:
    board.add([{"key": "a"}])
    before = board.revision()
    reply = board.redact("not there at all")
    assert (reply.changed, "nothing was changed" in reply.next) == (0, True)
    assert board.revision() == before


def test_the_reason_does_not_bring_it_back(board: Board) -> None:
    board.add([{"key": "a", "spec": PLAIN}])
    board.redact(PLAIN, reason=f"{PLAIN} was pasted")
    assert columns_with(board, PLAIN) == set()


@pytest.mark.parametrize("text", ["title", "state", "60000", "ready", "long-key"])
def test_a_text_that_the_log_is_made_of_is_refused(board: Board, text: str) -> None:
    board.add([{"key": "long-key", "title": "t", "spec": f"{text}!", "estimate": 10}])
    with refused(board, "bad_request", "part of what the log is made of", "longer piece"):
        board.redact(text)
    board.redact(f"{text}!")
    assert texts(board, "long-key")["spec"] == "[redacted]"


def test_the_log_is_append_only_again_afterwards(board: Board) -> None:
    board.add([{"key": "a", "spec": PLAIN}])
    board.redact(PLAIN)
    assert rows(board, "SELECT * FROM meta WHERE name LIKE 'redact%'") == []
    assert row(board, "a")["state"] == "ready"


@pytest.mark.parametrize(("text", "where"), [("name", "artifacts"), ("unblocked", "a reply")])
def test_names_of_fields_are_refused_wherever_they_stand(
    board: Board, text: str, where: str
) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", summary=f"{text}!", artifacts=[{"name": "f", "text": "x"}])
    with refused(board, "bad_request", "part of what the log is made of"):
        board.redact(text)
    assert board.redact(f"{text}!").changed, where


def overtaken(board: Board, secret: str, write: Callable[[], object]) -> PersonReply:
    """A redaction with something written after it has looked, and before it has the lock."""

    def settle(change: Callable[[Work], PersonReply]) -> PersonReply:
        write()
        found: list[PersonReply] = []
        board.write(lambda work: found.append(change(work)), None)
        return found[0]

    return redact(board.store, RedactRequest.parse({"secret": secret}), settle)


@pytest.mark.parametrize(("text", "line"), [(PLAIN, PLAIN), (QUOTED, LINE)])
def test_what_is_written_while_a_redaction_looks_does_not_escape_it(
    board: Board, text: str, line: str
) -> None:
    board.add([{"key": "before", "spec": text}, {"key": "reader", "needs": ["before"]}])
    finish(board, "before", summary=text, critical={"k": text}, artifacts=_files(text))
    board.graph("search", query="anything")

    def write() -> None:
        spread(board, text, line)
        board.claim(worker(board), "reader", request="late")
        board.graph("search", query="anything")
        Board(board.store, "another").add([{"key": "far", "spec": text}])

    assert overtaken(board, text, write).changed
    if line != text:
        board.redact(line)
    assert columns_with(board, text) | columns_with(board, line) == set()
    assert Board(board.store, "another").verify() == board.verify() == []
    assert board.verify_index() == []


def test_a_digest_written_while_a_redaction_looks_does_not_escape_it(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c", "needs": ["a", "b"]}])
    finish(board, "a", critical={"pin": SHORT}, artifacts=_files(SHORT))

    def write() -> None:
        finish(board, "b", critical={"login": [SHORT]}, artifacts=_files(SHORT))
        claim(board, "c")

    overtaken(board, SHORT, write)
    hashed = hashlib.sha256(SHORT.encode()).hexdigest()
    left = {guess: columns_with(board, guess) for guess in (SHORT, hashed, digest(hashed))}
    assert not any(left.values()), left
    assert not columns_with(board, digest([SHORT]))


def _files(text: str) -> list[dict[str, str]]:
    return [{"name": "f", "text": text}]


def test_a_writer_that_never_stops_is_redacted_up_to_the_redaction(board: Board) -> None:
    stop = threading.Event()
    other = Board(board.store, board.name)

    def write() -> None:
        number = 0
        while not stop.is_set():
            other.add([{"key": f"k{number}", "spec": f"with {PLAIN}"}], request=f"r{number}")
            other.tell("all", f"see {PLAIN}")
            finish(other, f"k{number}", summary=PLAIN, critical={"pin": PLAIN})
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = [board.redact(PLAIN).revision for _ in range(5)]
    finally:
        stop.set()
        writer.join()
    shown = rows(board, f"SELECT revision FROM event WHERE data LIKE '%{PLAIN}%'")
    shown += rows(board, f"SELECT revision FROM image WHERE image LIKE '%{PLAIN}%'")
    assert all(one["revision"] > seen[-1] for one in shown)
    assert board.verify() == []
    board.redact(PLAIN)
    assert columns_with(board, PLAIN) == set()


def test_a_redaction_that_another_overtakes_is_refused(board: Board) -> None:
    board.add([{"key": "a", "spec": f"{PLAIN} {SHORT}"}])
    with pytest.raises(Conflict, match="came in between"):
        overtaken(board, PLAIN, lambda: board.redact(SHORT))
    assert board.redact(PLAIN).changed


def test_what_the_lock_is_held_for_does_not_grow_with_the_board(
    board: Board, statements: list[str]
) -> None:
    held: list[int] = []
    for size in (10, 200):
        board.import_tasks(
            [{"key": f"{size}-{n}", "spec": "of no interest", "state": "done"} for n in range(size)]
        )
        board.add([{"key": f"leak-{size}", "spec": PLAIN}])
        overtaken(board, PLAIN, statements.clear)
        held.append(len(statements))
    assert held[1] <= held[0]


def test_what_is_wrong_elsewhere_is_in_no_redactions_way(board: Board) -> None:
    board.add([{"key": "a", "spec": PLAIN}])
    board.store.write(lambda tx: execute(tx, "UPDATE board SET ready = ready + 7"))
    assert board.verify()
    assert board.redact(PLAIN).changed
    board.store.write(lambda tx: execute(tx, "UPDATE board SET ready = ready - 7"))


@pytest.mark.parametrize("database", ["sqlite"])
def test_no_word_of_it_stays_in_the_full_text_index(board: Board) -> None:
    secret = "zqjxvwkk"
    board.add([{"key": "a", "spec": f"use {secret} here"}, {"key": "b", "spec": "another"}])
    board.graph("search", query="here")
    count = (
        f"SELECT count(*) AS n FROM recall_fts_data WHERE instr(block, X'{secret.encode().hex()}')"
    )
    assert rows(board, count) == [{"n": 1}]
    board.redact(secret)
    assert rows(board, count) == [{"n": 0}]
    assert board.verify_index() == []


@pytest.mark.parametrize("rights", ["observe", "work", "plan"])
def test_only_an_admin_redacts(board: Board, rights: str) -> None:
    weak = Board(board.store, board.name, Caller("weak", rights))  # type: ignore[arg-type]
    with refused(board, "forbidden", "'admin'"):
        weak.redact(PLAIN)


@pytest.mark.parametrize("text", ["", "abc"])
def test_a_text_too_short_to_be_a_secret_is_refused(board: Board, text: str) -> None:
    with refused(board, "bad_request", "secret"):
        board.redact(text)
