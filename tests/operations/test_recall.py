"""Recall: what was written is found by its words, best match first, with where it comes from."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time_ns
from typing import Any

import pytest
from hands import claim, finish, lease, rows, worker
from wandering import Wanderer

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import BadRequest, Conflict, StoreBusy
from headwater.graph import recall as words
from headwater.operations import recall
from headwater.store import recall as full_text
from headwater.store.queries import recall as queries
from headwater.store.rows import RecallRow
from headwater.store.sql import Sql
from headwater.store.transaction import Tx
from postgres_server import on_sqlite
from raw_sql import execute


def found(board: Board, query: str, **arguments: Any) -> list[str]:
    """The tasks of the hits."""
    return [one["task"] for one in board.graph("search", query=query, **arguments).hits]


def index_problems(board: Board) -> list[str]:
    return board.store.write(lambda tx: recall.problems(tx, board.id))


def _no(_: Tx) -> bool:
    return False


@pytest.fixture
def without_fts5(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full_text, "has_fts5", _no)


def test_all_words_must_occur_and_provenance_is_shown(board: Board, clock: ManualClock) -> None:
    board.add(tasks=[{"key": k, "title": t} for k, t in (("a", "Parser"), ("b", ""), ("c", ""))])
    board.finish(lease(board, "a", worker(board, "ann")), summary="the CSV reader is fast")
    finish(board, "b", summary="nothing to see")
    clock.advance(minutes=1)
    finish(board, "c", summary="reader for csv", critical={"rows": 7})
    assert set(found(board, "Reader csv")) == {"a", "c"}
    (hit,) = board.graph("search", query="parser fast").hits
    assert hit["by"].startswith("ann/")
    assert (hit["kind"], hit["standing"], hit["title"]) == ("delivery", "accepted", "Parser")
    assert (hit["round"], hit["at"]) == (1, "2027-01-15T08:00:00.000Z")
    assert hit["revision"] == board.graph("history", task="a").events[-1]["revision"]
    assert found(board, "rows") == ["c"]


def test_the_better_match_comes_first_and_of_equal_ones_the_newer(
    board: Board, clock: ManualClock
) -> None:
    board.add(tasks=[{"key": f"t{n}"} for n in range(4)] + [{"key": "x", "title": "needle"}])
    for n in range(3):
        finish(board, f"t{n}", summary="a needle in a haystack of many words")
        clock.advance(minutes=1)
    finish(board, "t3", summary="needle, needle and needle")
    board.add(tasks=[{"key": f"hay{n}", "spec": "hay and straw"} for n in range(20)])
    assert found(board, "needle") == ["x", "t3", "t2", "t1", "t0"]


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("marzipan", "spec"),
        ("tomorrow", "delivery"),
        ("endpoint", "delivery"),
        ("8443", "delivery"),
        ("chart.svg", "delivery"),
        ("handing", "delivery"),
        ("segfault", "attempt"),
        ("backwards", "feedback"),
        ("halfway", "note"),
    ],
)
def test_every_kind_of_text_is_found(board: Board, query: str, kind: str) -> None:
    board.add(tasks=[{"key": "a", "spec": "decorate with marzipan"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", outcome="failed", summary="a segfault in libfoo")
    board.done("a")
    board.rework("a", "it is drawn backwards")
    held = lease(board, "a")
    board.check(held, note="halfway there")
    board.finish(
        held,
        summary="ready for tomorrow",
        critical={"endpoint": {"port": 8443}},
        artifacts=[{"name": "chart.svg", "text": "<svg/>"}],
        delivered={"b": "handing over"},
    )
    (hit,) = board.graph("search", query=query).hits
    assert (hit["task"], hit["kind"]) == ("a", kind)
    assert hit["revision"] > 0
    assert index_problems(board) == []


def test_texts_say_when_they_were_written(board: Board, clock: ManualClock, tmp_path: Path) -> None:
    """Not when their task was added, nor when something else was said about it."""

    def said() -> dict[str, tuple[int, str]]:
        hits = board.graph("search", query="marzipan").hits
        return {one["kind"]: (one["revision"], one["at"]) for one in hits}

    board.add(tasks=[{"key": "a", "spec": "sugar"}])
    clock.advance(minutes=1)
    board.edit("a", set={"spec": "marzipan"})
    edited = (2, "2027-01-15T08:01:00.000Z")
    assert said() == {"spec": edited}
    held = lease(board, "a")
    clock.advance(minutes=1)
    noted = (board.check(held, note="half of the marzipan").revision, "2027-01-15T08:02:00.000Z")
    clock.advance(minutes=1)
    board.rework("a", "with almonds")
    assert said() == {"spec": edited, "note": noted}
    clock.advance(minutes=1)
    board.archive(before=board.graph("list").revision, to=tmp_path / "old.jsonl")
    board.edit("a", set={"priority": 3})
    assert said()["note"] == noted
    assert index_problems(board) == []
    board.store.write(lambda tx: recall.forget(tx, board.id))
    assert said()["note"] == noted
    assert index_problems(board) == []


def test_a_failure_is_found_with_its_outcome_and_who_gave_up(board: Board) -> None:
    board.add(tasks=[{"key": "a", "attempts": 1}])
    board.finish(lease(board, "a", worker(board, "bob")), "failed", summary="no such compiler")
    (hit,) = board.graph("search", query="compiler").hits
    assert (hit["outcome"], hit["state"]) == ("failed", "failed")
    assert hit["by"].startswith("bob/")
    assert hit["text"] == "no such compiler"
    ended = [e for e in board.graph("history", task="a").events if e["kind"] == "failed"]
    assert hit["revision"] == ended[0]["revision"]


def test_a_reason_that_was_given_as_notes_is_found_once(board: Board) -> None:
    board.add(tasks=[{"key": "a", "attempts": 1}])
    board.finish(lease(board, "a"), "failed", notes="no such compiler")
    (hit,) = board.graph("search", query="compiler").hits
    assert hit["text"] == "no such compiler"


def test_feedback_of_earlier_rounds_is_kept(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    for said in ("too crimson", "too indigo"):
        finish(board, "a")
        board.rework("a", said)
    assert [one["text"] for one in board.graph("search", query="crimson").hits] == ["too crimson"]
    assert [one["text"] for one in board.graph("search", query="indigo").hits] == ["too indigo"]


def test_replaced_deliveries_and_late_ones_are_told_apart(board: Board) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "zebra", "title": "Stripes"}])
    finish(board, "a", summary="zebra one")
    board.rework("a", "again")
    late = lease(board, "a")
    board.release("a")
    finish(board, "a", summary="zebra two")
    with pytest.raises(Conflict):
        board.finish(late, summary="zebra three")
    hits = board.graph("search", query="ZEBRA").hits
    standings = {(one["task"], one.get("text"), one["standing"]) for one in hits}
    assert standings == {
        ("a", "zebra one", "replaced"),
        ("a", "zebra two", "accepted"),
        ("a", "zebra three", "salvage"),
        ("zebra", None, "undelivered"),
    }


def test_hits_come_in_pages_that_do_not_shift(board: Board, clock: ManualClock) -> None:
    board.add(tasks=[{"key": f"t{n}"} for n in range(6)])
    for n in range(5):
        finish(board, f"t{n}", summary="x" * 3000 + f" needle {n} " + "y" * 3000)
        clock.advance(minutes=1)
    first = board.graph("search", query="needle", limit=3)
    finish(board, "t5", summary="needle")
    second = board.graph("search", query="needle", limit=3, cursor=first.cursor)
    shown = [one["task"] for one in [*first.hits, *second.hits]]
    assert (shown, second.cursor) == (["t4", "t3", "t2", "t1", "t0"], None)
    assert "needle 4" in first.hits[0]["text"]
    assert len(first.hits[0]["text"]) < 400
    with pytest.raises(BadRequest, match="cursor"):
        board.graph("search", query="needle", cursor="3.x")


def test_words_without_a_common_text_are_looked_for_one_by_one_and_it_says_so(
    board: Board,
) -> None:
    board.add(tasks=[{"key": "a", "spec": "apples"}, {"key": "b", "spec": "pears"}])
    reply = board.graph("search", query="apples pears")
    assert {one["task"] for one in reply.hits} == {"a", "b"}
    assert "nothing has all of these words" in reply.note
    assert reply.as_json().index('"note"') < reply.as_json().index('"hits"')
    assert board.graph("search", query="apples").note is None


def test_what_has_only_some_of_the_words_is_short_and_shares_a_telling_one(board: Board) -> None:
    plain = [{"key": f"t{n}", "spec": f"how do I paint it? part {n}"} for n in range(9)]
    board.add(tasks=[*plain, {"key": "walk", "spec": "walk the files"}])
    assert found(board, "how do I find files") == ["walk"]
    assert found(board, "how do I") != []
    nothing = board.graph("search", query="how do I find it")
    assert (nothing.hits, nothing.cursor) == ([], None)
    assert "nothing has all of these words, nor any" in nothing.note
    some = board.graph("search", query="paint files")
    assert (len(some.hits), some.cursor) == (5, None)
    assert some.hits[0]["task"] == "walk"
    assert len(found(board, "paint files", limit=2)) == 2


@pytest.mark.parametrize("plain", [False, True])
def test_deliveries_that_were_replaced_come_after_all_others(
    board: Board, clock: ManualClock, plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if plain:
        monkeypatch.setattr(full_text, "has_fts5", _no)
    board.add(tasks=[{"key": "a"}, {"key": "b"}, {"key": "c"}])
    finish(board, "b", summary="much else is said here beside one needle and more of that kind")
    finish(board, "c", summary="needle")
    finish(board, "a", summary="needle needle")
    board.rework("a", "again")
    assert set(found(board, "needle", limit=2)) == {"a", "c"} or plain
    clock.advance(minutes=1)
    finish(board, "a", summary="one needle again in many words, and what else is to be said of it")
    hits = board.graph("search", query="needle", limit=3)
    assert all(one["standing"] == "accepted" for one in hits.hits)
    (last,) = board.graph("search", query="needle", limit=3, cursor=hits.cursor).hits
    assert (last["standing"], last["text"]) == ("replaced", "needle needle")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("設計", ["ja"]),
        ("計書を", ["ja"]),
        ("書", ["ja"]),
        ("計設", []),
        ("ПАРСЕР", ["ru"]),
        ("naive", ["fr"]),
        ("parse_http", ["id"]),
        ("header", ["id"]),
        ("head", ["id"]),
        ("eader", []),
    ],
)
def test_words_are_found_in_many_scripts(board: Board, query: str, expected: list[str]) -> None:
    specs = {"ja": "この設計書を読む", "ru": "быстрый парсер", "fr": "un naïf, naïve",
             "id": "def parse_http_header(x):"}  # fmt: skip
    board.add(tasks=[{"key": key, "spec": spec} for key, spec in specs.items()])
    assert found(board, query) == expected
    if expected:
        (hit,) = board.graph("search", query=query).hits
        assert hit["text"] == specs[expected[0]]


HOSTILE = [
    '"', "'", '""', '"a', "a\"b'c", "*", "a*", "^a", "-a", "+a", "(a", "a)", "a AND", "OR", "NOT a",
    "NEAR(a b, 2)", "head:a", "{head body}:a", "a:b", "%", "_", "\\", "; DROP TABLE task", "?1",
    ":a", "\u200b", "\u202e", "e\u0301", "\U0001f511", "\ufdfa", "\uff10\uff11", "²", "a" * 400,
    "a " * 200, "設" * 399, "\u017f ß İ", "\ue000", "NULL", "a--b", "/*", "$$",
]  # fmt: skip


@pytest.mark.parametrize("plain", [False, True])
def test_no_query_is_an_error(board: Board, plain: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if plain:
        monkeypatch.setattr(full_text, "has_fts5", _no)
    board.add(tasks=[{"key": "a", "spec": "a b c OR NOT head"}])
    for query in HOSTILE:
        try:
            board.graph("search", query=query)
        except BadRequest as error:
            assert "query" in error.message  # noqa: PT017
    index = board.store.read(full_text.full_text)

    def find(query: str) -> None:
        wanted = words.words_of(query)
        board.store.read(
            lambda tx: [
                index.find(tx, full_text.Asked(board.id, wanted, 9, 0, 9, every))
                for every in (True, False)
            ]
        )

    for query in [*HOSTILE, "a\x00b", "\ud800a", '"x" ' * 2500, "\n\t" + "w " * 5000]:
        find(query)


@pytest.mark.parametrize("query", ["", "  "])
def test_a_search_needs_a_query(board: Board, query: str) -> None:
    with pytest.raises(BadRequest, match="needs a query"):
        board.graph("search", query=query)


def test_agents_at_work_index_nothing(board: Board) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a")
    assert rows(board, "SELECT * FROM recall") == []
    if board.store.read(full_text.full_text) is full_text.FTS5:
        assert rows(board, "SELECT name FROM sqlite_schema WHERE name LIKE 'recall_fts%'") == []


def test_only_what_changed_is_indexed_again(board: Board) -> None:
    board.add(tasks=[{"key": f"t{n}", "spec": "word"} for n in range(3)])
    assert len(found(board, "word")) == 3
    before = {one["task_id"]: one["id"] for one in rows(board, "SELECT id, task_id FROM recall")}
    board.edit("t1", set={"spec": "other"})
    assert found(board, "word") == ["t2", "t0"] or set(found(board, "word")) == {"t0", "t2"}
    after = {one["task_id"]: one["id"] for one in rows(board, "SELECT id, task_id FROM recall")}
    assert {task for task in after if after[task] != before[task]} == {2}
    assert found(board, "other") == ["t1"]


def test_a_large_board_is_indexed_in_portions(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.limits.RECALL_PORTIONS", 1)
    many = recall.AT_ONCE * 2 + 10
    board.add(tasks=[{"key": f"t{n:04}", "spec": "grain"} for n in range(many)])
    first = board.graph("search", query="grain", limit=500)
    assert len(first.hits) == recall.AT_ONCE
    assert "not indexed yet" in first.note
    counts = [len(found(board, "grain", limit=500)) for _ in range(2)]
    assert counts == [recall.AT_ONCE * 2, many]
    board.edit("t0000", set={"spec": "chaff"})
    assert found(board, "chaff") == ["t0000"]
    assert index_problems(board) == []


def test_a_busy_store_is_searched_as_it_stands(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.add(tasks=[{"key": "a", "spec": "old"}])
    assert found(board, "old") == ["a"]
    board.add(tasks=[{"key": "b", "spec": "old"}])

    def busy(operation: object) -> None:
        raise StoreBusy("busy")

    monkeypatch.setattr(board.store, "write", busy)
    reply = board.graph("search", query="old")
    assert [one["task"] for one in reply.hits] == ["a"]
    assert "not indexed yet" in reply.note


def test_boards_are_searched_apart(board: Board) -> None:
    other = Board(board.store, "other")
    board.add(tasks=[{"key": "a", "spec": "shared"}])
    other.add(tasks=[{"key": "b", "spec": "shared"}])
    assert (found(board, "shared"), found(other, "shared")) == (["a"], ["b"])


@pytest.mark.parametrize("secret", ["hunter2-hunter2", "秘密の言葉です", 'pass"word-x'])
def test_a_redacted_text_is_not_found_any_more(board: Board, secret: str, tmp_path: Path) -> None:
    board.add(tasks=[{"key": "a", "spec": f"use {secret} here"}])
    finish(board, "a", summary=f"用 {secret}", critical={"k": secret})
    assert len(found(board, secret)) == 2
    board.redact(secret)
    assert found(board, secret.split("-", maxsplit=1)[0]) == []
    assert found(board, "redacted") == ["a", "a"]
    dump = json.dumps(rows(board, "SELECT head, body FROM recall"), ensure_ascii=False)
    assert secret not in words.whole(dump)
    assert index_problems(board) == []


@on_sqlite
def test_without_fts5_words_are_compared_and_the_answer_says_so(
    board: Board, without_fts5: None
) -> None:
    board.add(tasks=[{"key": "a", "spec": "The Parser"}, {"key": "b", "spec": "100% pl_in"}])
    reply = board.graph("search", query="parser")
    assert [one["task"] for one in reply.hits] == ["a"]
    assert "no FTS5" in reply.note
    assert found(board, "parser nowhere") == ["a"]
    assert found(board, "100%") == ["b"]
    assert found(board, "plxin") == []


@on_sqlite
def test_an_index_that_was_left_behind_without_fts5_is_made_anew(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.add(tasks=[{"key": "a", "spec": "first"}])
    assert found(board, "first") == ["a"]
    with monkeypatch.context() as patch:
        patch.setattr(full_text, "has_fts5", _no)
        board.edit("a", set={"spec": "second"})
        assert found(board, "second") == ["a"]
        with pytest.raises(Conflict, match="FTS5"):
            board.redact("second")
    board.add(tasks=[{"key": "b"}])
    assert (found(board, "second"), found(board, "first")) == (["a"], [])
    assert index_problems(board) == []


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE recall SET body = 'x' WHERE kind = 'delivery'", "its delivery cannot be found"),
        ("DELETE FROM recall WHERE kind = 'spec'", "its spec cannot be found"),
        ("UPDATE recall SET source_id = 99 WHERE kind = 'delivery'", "that is not there"),
        ("DELETE FROM {index}", "does not agree"),
    ],
)
def test_damage_to_the_index_is_named_and_reading_anew_mends_it(
    board: Board, damage: str, sentence: str
) -> None:
    board.add(tasks=[{"key": "a", "spec": "words"}])
    finish(board, "a")
    found(board, "words")
    assert index_problems(board) == []
    index = board.store.read(full_text.full_text)
    table = "recall_fts_docsize" if index is full_text.FTS5 else "recall_words"
    board.store.write(lambda tx: tx.run(Sql(damage.format(index=table))))
    assert any(sentence in one for one in index_problems(board))
    assert board.verify() == []
    board.store.write(lambda tx: recall.forget(tx, board.id))
    found(board, "words")
    assert index_problems(board) == []


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_verbs_do_the_index_follows(
    board: Board, clock: ManualClock, seed: int
) -> None:
    wanderer = Wanderer(board, clock, seed + 900)
    for _ in range(8):
        for _ in range(6):
            wanderer.step()
        board.graph("search", query="anything")
        assert not board.store.read(lambda tx: recall.is_behind(tx, board.id))
        assert index_problems(board) == []


# -- hints -------------------------------------------------------------------------------------


def experienced(board: Board) -> None:
    """A board with a success, a failure, feedback and noise."""
    board.add(tasks=[{"key": k, "title": t} for k, t in (
        ("csv-old", "Parse the CSV export"), ("csv-bad", "Stream the CSV export"),
        ("csv-again", "Compress CSV export files"), ("noise", "Paint the shed"),
    )])  # fmt: skip
    board.finish(lease(board, "csv-old", worker(board, "ann")), summary="quote fields\nfirst")
    finish(board, "csv-bad", outcome="failed", summary="streaming an export needs chunked replies")
    finish(board, "csv-again", summary="export with gzip and csv")
    finish(board, "noise", summary="green paint")
    board.policy(recall="hints")


def test_hints_tell_of_similar_work_and_its_failures(board: Board) -> None:
    experienced(board)
    board.add(tasks=[{"key": "new", "title": "Export reports as CSV", "spec": "one export file"}])
    hints = claim(board, "new").hints
    assert hints is not None
    told = {one.task: (one.outcome, one.text) for one in hints}
    assert told["csv-old"] == ("done", "quote fields first")
    assert told["csv-bad"] == ("failed", "streaming an export needs chunked replies")
    assert len(hints) == 3
    assert "noise" not in told
    assert str(next(one for one in hints if one.task == "csv-old").by).startswith("ann/")


def test_hints_are_the_same_whoever_asks_and_bounded(board: Board) -> None:
    experienced(board)
    board.add(tasks=[{"key": "long", "title": "CSV export"}])
    finish(board, "long", summary="csv export " * 500)
    board.add(tasks=[{"key": "new", "title": "CSV export"}])
    session = worker(board)
    first = board.claim(session, "new")
    assert first.hints == board.claim(session, "new").hints
    assert all(len(one.text) <= 160 and "\n" not in one.text for one in first.hints or [])


def test_there_are_no_hints_without_the_policy_and_nothing_is_indexed(board: Board) -> None:
    experienced(board)
    board.policy(recall="off")
    board.add(tasks=[{"key": "new", "title": "CSV export"}])
    assert claim(board, "new").hints is None
    assert rows(board, "SELECT * FROM recall") == []


def test_hints_cost_no_word_of_the_inputs(board: Board) -> None:
    experienced(board)
    board.add([{"key": "big"}, {"key": "new", "title": "CSV export", "needs": ["big"]}])
    finish(board, "big", summary="z" * 20_000)
    session = worker(board)
    assert board.claim(session, "new", brief="normal").hints is None
    assert board.claim(session, "new", brief="full").hints


def test_an_upstream_that_is_shown_anyway_is_no_hint(board: Board) -> None:
    experienced(board)
    board.add(tasks=[{"key": "new", "title": "CSV export", "needs": ["csv-old"]}])
    assert "csv-old" not in {one.task for one in claim(board, "new").hints or []}


@on_sqlite
def test_looking_for_hints_costs_the_same_however_much_was_written(board: Board) -> None:
    """Seen by its processor time: ten times more where the index is asked for beginnings."""

    def write(tx: Tx, numbers: range) -> None:
        full_text.FTS5.prepare(tx)
        for number in numbers:
            at = full_text.EXPERIENCE + number
            row = RecallRow(at, board.id, 1, "delivery", number, 1, "", "", 1, 0, "", body)
            tx.run(queries.ADD, **row._asdict())
            full_text.FTS5.add(tx, at, "", body)

    def cost(first: int) -> int:
        def look(tx: Tx) -> int:
            begun = process_time_ns()
            got = full_text.FTS5.recent(tx, board.id, body.split(), first=first, count=20)
            assert len(got) == 20
            return process_time_ns() - begun

        return min(board.store.read(look) for _ in range(9))

    body = "every record of the stage is written and counted by one of its workers"
    board.store.write(lambda tx: write(tx, range(100)))
    few = cost(full_text.EXPERIENCE)
    board.store.write(lambda tx: write(tx, range(100, 8_000)))
    assert cost(full_text.EXPERIENCE + 7_000) < 4 * few
    board.store.write(_forget_texts)


def _forget_texts(tx: Tx) -> None:
    execute(tx, "DELETE FROM recall")
    full_text.FTS5.rebuild(tx)
