"""The briefing: what it shows, within its budget, the same in every process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hands import claim, finish, finish_all, lease, worker

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.errors import StaleLease
from headwater.verbs.work import Briefing
from patience import PATIENCE_S


def _size(got: Briefing) -> int:
    return len(json.dumps(got.as_dict(), ensure_ascii=False, separators=(",", ":")).encode())


def _upstreams(board: Board, count: int, summary: str, **delivery: Any) -> None:
    """A task `end` with `count` finished upstreams."""
    names = [f"up{at:02}" for at in range(count)]
    board.add([{"key": name, "title": f"Upstream {name}"} for name in names])
    board.add([{"key": "end", "needs": names}])
    for at, name in enumerate(names):
        finish(board, name, summary=f"{name}: {summary}", critical={"n": at, **delivery})


def test_direct_upstreams_give_contract_delivered_text_summary_and_values(board: Board) -> None:
    board.add([{"key": "a", "title": "A"}])
    board.add(
        [
            {
                "key": "b",
                "needs": ["a"],
                "contracts": [{"task": "a", "expect": "an api", "promise": "the api"}],
            }
        ]
    )
    finish(board, "a", summary="made it", critical={"port": 80}, delivered={"b": "see api.md"})
    upstream = claim(board, "b").upstream
    assert upstream is not None
    one = upstream[0]
    assert (one.task, one.distance, one.path) == ("a", 1, None)
    assert (one.expect, one.promise, one.delivered) == ("an api", "the api", "see api.md")
    assert (one.summary, one.critical) == ("made it", {"port": 80})
    assert str(one.by).startswith("worker/")


def test_a_summary_goes_two_hops_and_values_go_any_distance(board: Board) -> None:
    chain = ["t1", "t2", "t3", "t4"]
    board.add([{"key": key, "needs": chain[at - 1 : at]} for at, key in enumerate(chain)])
    for key in chain[:3]:
        finish(board, key, summary=f"did {key}", critical={key: 1})
    upstream = claim(board, "t4").upstream
    assert upstream is not None
    assert [(one.task, one.distance, one.summary, one.critical) for one in upstream] == [
        ("t3", 1, "did t3", {"t3": 1}),
        ("t2", 2, "did t2", {"t2": 1}),
        ("t1", 3, None, {"t1": 1}),
    ]
    assert upstream[2].path == ["t2", "t3"]


def test_the_source_of_a_diamond_is_listed_once(board: Board) -> None:
    board.add(
        [
            {"key": "top"},
            {"key": "l", "needs": ["top"]},
            {"key": "r", "needs": ["top"]},
            {"key": "end", "needs": ["l", "r"]},
        ]
    )
    for key in ("top", "l", "r"):
        finish(board, key)
    upstream = claim(board, "end").upstream
    assert upstream is not None
    assert [one.task for one in upstream] == ["l", "r", "top"]


def test_the_same_key_with_different_values_is_a_conflict_and_both_are_shown(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c", "needs": ["a", "b"]}])
    finish(board, "a", critical={"port": 80, "host": "x"})
    finish(board, "b", critical={"port": 81, "host": "x"})
    got = claim(board, "c")
    assert got.conflicts == ["port: a, b"]
    assert got.upstream is not None
    assert [one.critical for one in got.upstream] == [
        {"port": 80, "host": "x"},
        {"port": 81, "host": "x"},
    ]


@pytest.mark.parametrize("size", ["short", "normal", "full"])
@pytest.mark.parametrize("text", ["word " * 600, '"\n\\' * 900, "é" * 1500])
def test_a_briefing_with_twenty_upstreams_stays_within_its_budget(
    board: Board, size: str, text: str
) -> None:
    _upstreams(board, 20, text)
    got = board.claim(worker(board), "end", brief=size)
    assert _size(got) <= limits.BRIEF_BYTES[size]
    assert got.upstream
    assert got.more
    assert "graph(view=" in got.more[0]
    assert len(got.more) == 1
    room = 'graph(view="task", task=KEY), or claim(task="end", brief="full") has room for more'
    assert got.more[0].endswith(room if size != "full" else 'graph(view="task", task=KEY)')


def test_every_upstream_that_is_left_out_is_counted(board: Board) -> None:
    _upstreams(board, 40, "word " * 50)
    got = board.claim(worker(board), "end", brief="short")
    assert got.upstream is not None
    assert got.more is not None
    (left_out,) = re.findall(r"(\d+) left out: ", got.more[0])
    assert int(left_out) + len(got.upstream) == 40


@pytest.mark.parametrize("size", ["short", "normal"])
def test_a_long_past_stays_within_the_budget_too(board: Board, size: str) -> None:
    _upstreams(board, 20, "word " * 300)
    long = "x" * 60_000
    token = lease(board, "end", worker(board, "ann"))
    board.check(token, note=long)
    board.claim(worker(board, "bob"), "end", take_over=True)
    with pytest.raises(StaleLease):
        board.finish(token, summary=long, notes=long, critical={"x": "y" * 30_000})
    board.rework("end", long)
    got = board.claim(worker(board), "end", brief=size)
    assert _size(got) <= limits.BRIEF_BYTES[size]
    assert got.note is not None
    assert got.salvage is not None
    assert got.feedback is not None
    assert any("shortened" in line for line in got.more or [])


def test_where_the_work_of_an_earlier_round_lies_is_never_left_out(board: Board) -> None:
    _upstreams(board, 20, "word " * 300)
    code = {"name": "code", "path": "src/rules.py", "commit": "ann@1f2e3d4c5b6a79"}
    long = {f"item {n}": "shown by a test " * 90 for n in range(2)}
    board.edit("end", set={"acceptance": list(long)})
    first = lease(board, "end", worker(board, "ann"))
    board.finish(first, summary="s" * 3_000, notes="n" * 3_000, artifacts=[code], evidence=long)
    board.rework("end", "again " * 900)
    got = claim(board, "end")
    assert got.delivery is not None
    assert got.delivery.artifacts == [code]
    assert any("shortened" in line for line in got.more or [])
    assert _size(got) <= limits.BRIEF_BYTES["normal"]
    brief = board.claim(worker(board), "end", take_over=True, brief="short").delivery
    assert brief is not None
    assert (brief.artifacts, brief.summary) == ([code], None), "and no mark of a cut alone"


@pytest.mark.parametrize("size", ["short", "normal"])
def test_the_commits_of_upstreams_go_before_their_values(board: Board, size: str) -> None:
    board.add([{"key": f"u{n}"} for n in range(5)])
    for n in range(5):
        made = [{"name": "code", "path": f"src/u{n}.py", "commit": f"ann@{n}f2e3d4c5b6a79"}]
        finish(board, f"u{n}", summary="s" * 900, critical={"api": "a" * 1_900}, artifacts=made)
    board.add([{"key": "end", "needs": [f"u{n}" for n in range(5)]}])
    got = board.claim(worker(board), "end", brief=size)
    commits = [(one.artifacts or [{}])[0].get("commit") for one in got.upstream or []]
    assert commits == [f"ann@{n}f2e3d4c5b6a79" for n in range(5)]
    assert _size(got) <= limits.BRIEF_BYTES[size]


def _failed(board: Board, clock: ManualClock, text: str) -> None:
    for number in range(3):
        board.finish(lease(board, "end"), "failed", summary=f"{number} {text}")
        clock.advance(minutes=30)


def _late(board: Board, clock: ManualClock, text: str) -> None:
    for number in range(2):
        token = lease(board, "end")
        board.claim(worker(board), "end", take_over=True)
        with pytest.raises(StaleLease):
            board.finish(token, summary=f"{number} {text}", notes=f"{text} {number}")
        board.rework("end", "once more")


def _delivered(board: Board, clock: ManualClock, text: str) -> None:
    finish(board, "end", summary=text, notes=f"of it: {text}")
    board.rework("end", "once more")


@pytest.mark.parametrize("size", ["short", "normal"])
@pytest.mark.parametrize("happened", [_failed, _late, _delivered])
def test_whatever_the_past_consists_of_inputs_take_no_more_than_it_leaves(
    board: Board, clock: ManualClock, happened: Callable[..., None], size: str
) -> None:
    _upstreams(board, 20, "word " * 300)
    board.edit("end", set={"attempts": 9})
    happened(board, clock, "what happened " * 2_000)
    got = board.claim(worker(board), "end", brief=size)
    assert _size(got) <= limits.BRIEF_BYTES[size]
    assert got.tried or got.salvage or got.delivery


def test_short_texts_of_the_past_are_whole_beside_a_long_one(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.check(token, note="x" * 60_000)
    board.finish(token, "failed", summary="the disk was full")
    clock.advance(minutes=5)
    got = claim(board)
    assert got.tried is not None
    assert got.tried[0].reason == "the disk was full"
    assert got.note is not None
    assert got.note.endswith("[...]")


def test_the_past_takes_the_room_that_the_inputs_leave(board: Board) -> None:
    _upstreams(board, 2, "word " * 100)
    defects = "The third test fails. " * 150
    board.edit("end", set={"review": True})
    finish(board, "end", summary="made " * 100)
    review = board.claim(worker(board, "bob"), "end", kind="review")
    board.finish(str(review.lease), "reject", notes=defects)
    got = claim(board, "end")
    assert [one["text"] for one in got.feedback or []] == [defects.strip()]
    assert all(str(one.summary).endswith("word " * 100) for one in got.upstream or [])
    assert got.more is None
    assert _size(got) <= limits.BRIEF_BYTES["normal"]


@pytest.mark.parametrize(
    ("summary", "notes", "shown"),
    [
        ("no access", "no access", ("no access", None)),
        ("no access", "no access: ask for a token", (None, "no access: ask for a token")),
        ("no access", "ask for a token", ("no access", "ask for a token")),
    ],
)
def test_why_an_attempt_failed_is_told_by_its_reason_or_by_its_notes_that_begin_with_it(
    board: Board, clock: ManualClock, summary: str, notes: str, shown: tuple[str | None, str | None]
) -> None:
    board.add([{"key": "a"}])
    board.finish(lease(board, "a"), "failed", summary=summary, notes=notes)
    clock.advance(minutes=30)
    (tried,) = claim(board, "a").tried or []
    assert (tried.reason, tried.notes) == shown


def test_what_was_said_of_an_attempt_stands_in_its_briefing_once(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a", summary="made it")
    review = board.claim(worker(board, "bob"), "a", kind="review")
    board.finish(str(review.lease), "reject", notes="the third test fails")
    token = lease(board, "a", board.join("cyd", branch="topic").session)
    board.finish(token, "handoff", notes="half of it works", critical={"n": 1})
    shown = json.dumps(claim(board, "a").as_dict())
    for text in ("the third test fails", "half of it works", "branch topic", '"n": 1'):
        assert shown.count(text) == 1, text


def _send_back(board: Board, clock: ManualClock, *said: str) -> None:
    for feedback in said:
        clock.advance(minutes=1)
        finish(board, "a", summary=f"before: {feedback}")
        clock.advance(minutes=1)
        review = board.claim(worker(board, "judge"), "a")
        board.finish(str(review.lease), "reject", notes=feedback)


def _feedback(got: Briefing) -> list[tuple[object, object]]:
    return [(one["text"], one.get("earlier")) for one in got.feedback or []]


def test_feedback_that_a_delivery_has_answered_is_told_from_the_newest(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "review": True}])
    _send_back(board, clock, "no tests")
    assert _feedback(claim(board, "a", worker(board, "ann"))) == [("no tests", None)]
    board.claim(worker(board), "a", take_over=True)
    board.release("a")
    _send_back(board, clock, "no docs")
    board.rework("a", "and a licence")
    told = [("no tests", True), ("no docs", None), ("and a licence", None)]
    got = claim(board, "a", worker(board, "ann"))
    assert _feedback(got) == told
    assert next(iter((got.feedback or [])[0])) == "earlier", "the mark is read before the order"
    board.release("a")
    clock.advance(minutes=1)
    finish(board, "a", summary="all there")
    assert _feedback(board.claim(worker(board, "judge"), "a")) == told, "is it answered?"


def test_the_newest_feedback_goes_before_what_was_answered(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "review": True}])
    _send_back(board, clock, *(f"{n} " + "old " * 800 for n in range(3)), "new " * 800)
    *earlier, newest = claim(board, "a").feedback or []
    assert newest["text"] == ("new " * 800).strip()
    assert all(str(one["text"]).endswith("[...]") for one in earlier)


_SPEC = "as it was asked for " * 300


def test_a_short_briefing_shows_a_reviewer_the_delivery_before_the_spec(board: Board) -> None:
    board.add([{"key": "a", "review": True, "spec": _SPEC}])
    finish(board, "a", summary="s" * 2_000, notes="m" * 2_000)
    first = board.claim(worker(board, "rob"), "a", brief="short")
    assert first.delivery is not None
    assert (first.delivery.summary, first.delivery.notes) == ("s" * 2_000, "m" * 2_000)
    assert (first.spec or "").endswith("[...]")
    board.finish(str(first.lease), "release")
    board.finish(str(board.claim(worker(board, "judge"), "a").lease), "reject", notes="n" * 400)
    finish(board, "a", summary="s" * 2_000, notes="m" * 2_000)
    got = board.claim(worker(board, "judge"), "a", brief="short")
    assert got.delivery is not None
    assert (got.delivery.summary, got.delivery.notes) == ("s" * 2_000, "m" * 2_000)
    assert [one["text"] for one in got.feedback or []] == ["n" * 400]
    assert (got.spec or "").endswith("[...]")
    assert got.more == [
        'the spec is cut: graph(view="task", task="a")',
    ]
    assert _size(got) <= limits.BRIEF_BYTES["short"] + len(_SPEC)
    assert board.claim(worker(board, "rita"), "a", take_over=True).spec == _SPEC


def test_inputs_have_room_beside_a_spec_of_any_length(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "a", "needs": ["up"], "spec": _SPEC * 5}])
    finish(board, "up", summary="s" * 500)
    (up,) = board.claim(worker(board), "a", brief="short").upstream or []
    assert up.summary == "s" * 500


def test_a_short_briefing_leaves_the_spec_whole_where_nothing_is_to_be_answered(
    board: Board,
) -> None:
    board.add([{"key": "a", "spec": _SPEC}])
    finish(board, "a", outcome="release", notes="n" * 4_000)
    got = board.claim(worker(board, "ann"), "a", brief="short")
    assert got.tried is not None
    assert got.spec == _SPEC


def test_a_short_briefing_shows_what_must_change_before_the_spec(board: Board) -> None:
    board.add([{"key": "a", "spec": _SPEC}])
    finish(board, "a", summary="s" * 200)
    board.rework("a", "f" * 3_000)
    session = worker(board)
    got = board.claim(session, "a", brief="short")
    assert [one["text"] for one in got.feedback or []] == ["f" * 3_000]
    assert got.delivery is not None
    assert got.delivery.summary == "s" * 200
    assert len(got.spec or "") > len(_SPEC) // 3, "only as much of it as the others need"
    assert _size(got) <= limits.BRIEF_BYTES["short"] + len(_SPEC)
    assert board.claim(session, "a").spec == _SPEC


def test_a_short_spec_is_whole_and_what_is_cut_to_nothing_is_not_shown_at_all(
    board: Board,
) -> None:
    _upstreams(board, 20, "word " * 300)
    board.edit("end", set={"spec": "s" * 300, "acceptance": ["it starts"]})
    finish(board, "end", summary="long " * 900, evidence={"1": "twice " * 900})
    board.rework("end", "again " * 900)
    got = board.claim(worker(board), "end", brief="short")
    assert (got.spec, got.delivery) == ("s" * 300, None)
    assert any("what happened before is shortened" in line for line in got.more or [])


def test_the_spec_and_what_is_owed_are_never_cut(board: Board) -> None:
    spec = "s" * 20_000
    board.add([{"key": "a", "spec": spec}])
    board.add(
        [
            {
                "key": "b",
                "needs": ["a"],
                "contracts": [{"task": "a", "expect": "e" * 3000, "promise": "p" * 3000}],
            }
        ]
    )
    got = board.claim(worker(board), "a", brief="short")
    assert got.spec == spec
    assert got.owes is not None
    assert got.owes[0].promise == "p" * 3000


def test_upstream_and_owes_are_there_even_when_empty_and_nothing_else_is(board: Board) -> None:
    board.add([{"key": "a"}])
    shown = claim(board, "a").as_dict()
    assert (shown["upstream"], shown["owes"]) == ([], [])
    empty = [name for name, value in shown.items() if value in (None, [], {}, "")]
    assert empty == ["upstream", "owes"]


def test_a_long_text_that_is_owed_to_several_stands_with_the_first_of_them(board: Board) -> None:
    long, short = "rows as dicts, " * 20, "the rows"
    board.add([{"key": "a"}])
    owed = {"b": (long, short), "c": (long, long), "d": ("", long), "e": (short, short)}
    for key, (promise, expect) in owed.items():
        said = {"task": "a", "promise": promise, "expect": expect}
        board.add([{"key": key, "contracts": [said]}])
    shown = [(one.to, one.promise, one.expect) for one in claim(board, "a").owes or []]
    assert shown == [
        ("b", long, short),
        ("c", "as for b", None),
        ("d", None, long),
        ("e", short, None),
    ]


def test_a_review_is_said_to_be_one_before_its_spec(board: Board) -> None:
    board.add([{"key": "a", "title": "t", "spec": "do it", "review": True}])
    assert list(claim(board, "a").as_dict())[:5] == ["task", "title", "kind", "why", "spec"]


def test_the_lineage_of_a_part_is_shown(board: Board) -> None:
    board.add([{"key": "big"}])
    board.split("big", [{"key": "p1"}, {"key": "p2", "needs": ["p1"]}])
    assert claim(board, "p1").parent == "big"


_PROGRAM = textwrap.dedent(
    """
    import json, sys
    from headwater import Board
    from headwater.clock import ManualClock
    board = Board.open(sys.argv[1], "default", clock=ManualClock())
    keys = [f"u{at}" for at in range(12)]
    board.add([{"key": k, "capabilities": ["a", "b", "c"]} for k in keys])
    board.add([{"key": "mid", "needs": keys[:6]}, {"key": "end", "needs": ["mid", *keys[6:]]}])
    session = board.join("w", capabilities=["c", "b", "a"]).session
    for at, key in enumerate([*keys, "mid"]):
        got = board.claim(session, key)
        values = {"x": at % 3, key: [at], "z": {"b": 1, "a": 2}}
        board.finish(got.lease, summary=key, critical=values)
    shown = board.claim(session, "end").as_dict()
    shown.pop("lease")
    print(json.dumps(shown))
    board.close()
    """
)


def test_the_briefing_is_the_same_in_processes_with_different_hash_seeds(tmp_path: Path) -> None:
    shown = set()
    for seed in ("0", "1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, str(tmp_path / seed)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE_S,
        )
        shown.add(done.stdout)
    assert len(shown) == 1
    assert json.loads(shown.pop())["conflicts"] == [
        "x: u6, u7, u8, u9, u10, u11, mid, u0, u1, u2, u3, u4, u5"
    ]


_AGAIN = """
import json, sys
from headwater import Board
from headwater.clock import ManualClock
with Board.open(sys.argv[1], "default", clock=ManualClock()) as board:
    shown = board.claim(sys.argv[2], "end", brief=sys.argv[3]).as_dict()
sys.stdout.write(json.dumps(shown, ensure_ascii=False, separators=(",", ":")))
"""


@pytest.mark.parametrize("size", ["short", "full"])
def test_two_processes_give_the_same_briefing_of_one_store_byte_for_byte(
    board: Board, location: str, size: str
) -> None:
    _upstreams(board, 20, "word " * 40, x=[1], artifact={"z": 1, "a": [2]})
    mine = worker(board)
    claim(board, "end", mine)
    shown = {
        subprocess.run(
            [sys.executable, "-c", _AGAIN, location, mine, size],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=PATIENCE_S,
        ).stdout
        for seed in ("0", "4242")
    }
    assert len(shown) == 1
    assert len(json.loads(shown.pop())["upstream"]) == 20 or size == "short"


def test_no_upstream_is_left_out_for_the_long_text_of_another(board: Board) -> None:
    _upstreams(board, 20, "word " * 5000)
    got = claim(board, "end")
    assert got.upstream is not None
    assert [one.critical for one in got.upstream] == [{"n": at} for at in range(20)]
    sizes = [len(one.summary or "") for one in got.upstream]
    assert min(sizes) > 50
    assert max(sizes) - min(sizes) < 10


def test_what_was_written_for_this_task_is_whole_before_anything_farther_away(
    board: Board,
) -> None:
    board.add([{"key": f"far{at}"} for at in range(5)])
    board.add([{"key": f"up{at}", "needs": [f"far{at}"]} for at in range(5)])
    promised = [{"task": f"up{at}", "promise": "how to call it"} for at in range(5)]
    board.add([{"key": "end", "contracts": promised}])
    for at in range(5):
        finish(board, f"far{at}", summary="x" * 2000, critical={f"model{at}": "m" * 700})
    for at in range(5):
        critical = {f"api{at}": "a" * 200}
        said = {"end": f"{at}" * 450}
        finish(board, f"up{at}", summary="y" * 1500, critical=critical, delivered=said)
    upstream = claim(board, "end").upstream or []
    direct = [one for one in upstream if one.distance == 1]
    assert [one.delivered for one in direct] == [f"{at}" * 450 for at in range(5)]
    assert all(one.critical for one in direct)
    assert any(one.critical for one in upstream if one.distance == 2), "but not nothing else"


def test_a_finish_that_claims_says_how_long_the_next_briefing_may_be(board: Board) -> None:
    _upstreams(board, 10, "word " * 500)
    board.add([{"key": "last"}])
    session = worker(board)
    mine = board.claim(session, "last").lease or ""
    done = board.finish(mine, summary="x", claim_next=True, brief="short")
    assert done.claimed is not None
    assert (done.claimed.task, len(done.claimed.as_json()) < 4_000) == ("end", True)
    repeated = board.finish(mine, summary="x", claim_next=True, brief="short")
    assert repeated.claimed is not None
    assert len(repeated.claimed.as_json()) < 4_000


def test_values_far_away_do_not_take_the_summaries_of_direct_upstreams(board: Board) -> None:
    board.add([{"key": f"far{at}"} for at in range(10)])
    board.add([{"key": "up", "needs": [f"far{at}" for at in range(10)]}])
    board.add([{"key": "end", "needs": ["up"]}])
    for at in range(10):
        finish(board, f"far{at}", summary="x" * 200, critical={f"model{at}": "m" * 600})
    finish(board, "up", summary="y" * 1500)
    upstream = {one.task: one for one in claim(board, "end").upstream or []}
    assert upstream["up"].summary == "y" * 1500
    assert sum(bool(one.critical) for one in upstream.values()) > 3


@pytest.mark.parametrize("where", ["feedback", "note"])
def test_what_is_to_be_done_now_is_whole_even_in_a_short_briefing(board: Board, where: str) -> None:
    _upstreams(board, 4, "s" * 900)
    said = "The reason." * 100
    finish(board, "end", summary="z" * 3000, critical={"v": "w" * 500})
    if where == "feedback":
        board.rework("end", said)
    else:
        board.rework("end", "once more")
        finish(board, "end", outcome="handoff", summary="", notes=said)
    got = board.claim(worker(board), task="end", brief="short")
    shown = (got.feedback or [])[-1]["text"] if where == "feedback" else got.note
    assert shown == said


def test_short_texts_are_whole_beside_a_long_one(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c", "needs": ["a", "b"]}])
    finish(board, "a", summary="long " * 5000)
    finish(board, "b", summary="short and whole")
    got = claim(board, "c")
    a, b = got.upstream or []
    assert b.summary == "short and whole"
    assert (a.summary or "").endswith("[...]")
    assert _size(got) <= limits.BRIEF_BYTES["normal"]
    assert got.more is not None
    assert got.more[0].startswith('1 shortened: a: graph(view="task", task=KEY), or claim(')


def test_large_values_of_one_do_not_push_out_those_of_others(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c", "needs": ["a", "b"]}])
    finish(board, "a", summary="made a", critical={"blob": "v" * 20_000})
    finish(board, "b", summary="made b", critical={"port": 80})
    got = claim(board, "c")
    assert [(one.task, one.summary, one.critical) for one in got.upstream or []] == [
        ("a", "made a", None),
        ("b", "made b", {"port": 80}),
    ]
    assert _size(got) <= limits.BRIEF_BYTES["normal"]


@pytest.mark.parametrize("size", ["short", "normal", "full"])
def test_long_keys_titles_and_many_conflicts_stay_within_the_budget_too(
    board: Board, size: str
) -> None:
    names = [f"u{at:02}-{'k' * 90}" for at in range(30)]
    board.add([{"key": name, "title": "t" * 200} for name in names])
    end = "end-" + "e" * 90
    board.add([{"key": end, "title": "t" * 200, "needs": names}])
    for at, name in enumerate(names):
        values = {f"conflict-{n:03}-{'c' * 40}": at // 2 for n in range(60)}
        finish(board, name, summary="word " * 300, critical=values)
    got = board.claim(worker(board), end, brief=size)
    assert _size(got) <= limits.BRIEF_BYTES[size]
    assert got.conflicts
    assert any("not named" in line for line in got.more or [])


def test_a_conflict_with_a_value_that_found_no_room_is_listed_all_the_same(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c", "needs": ["a", "b"]}])
    finish(board, "a", critical={"port": 80})
    finish(board, "b", critical={"port": 81, "blob": "v" * 20_000})
    got = claim(board, "c")
    assert got.conflicts == ["port: a, b"]
    assert [one.critical for one in got.upstream or []] == [{"port": 80}, None]


def test_values_that_only_look_alike_conflict(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c", "needs": ["a", "b"]}])
    finish(board, "a", critical={"x": {"on": True}, "y": {"p": 1, "q": 2}})
    finish(board, "b", critical={"x": {"on": 1}, "y": {"q": 2, "p": 1}})
    assert claim(board, "c").conflicts == ["x: a, b"]


def test_what_contracts_ask_of_several_under_one_name_is_no_conflict(board: Board) -> None:
    asked = [{"task": name, "keys": ["usage"]} for name in ("a", "b")]
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c", "contracts": asked}])
    finish(board, "a", critical={"usage": "a FILE"})
    finish(board, "b", critical={"usage": "b FILE"})
    assert claim(board, "c").conflicts is None


def test_a_long_spec_costs_no_word_that_direct_upstreams_say_to_the_task(board: Board) -> None:
    chain = [f"far{at}" for at in range(4)]
    names = [f"up{at}" for at in range(4)]
    board.add([{"key": name} for name in chain])
    board.add([{"key": name, "needs": chain} for name in names])
    asked = [{"task": name, "expect": "f(x)", "promise": "as built"} for name in names]
    board.add([{"key": "end", "spec": "s" * 6_000, "contracts": asked}])
    for name in chain:
        finish(board, name, summary="x" * 200, critical={name: "v" * 100})
    for name in names:
        values = {"branch": "b" * 100, "signature": f"{name}(x)"}
        finish(board, name, summary="y" * 300, critical=values, delivered={"end": "w" * 420})
    got = claim(board, "end")
    direct = [one for one in got.upstream or [] if one.distance == 1]
    assert [one.delivered for one in direct] == ["w" * 420] * 4
    assert _size(got) < 6_000 + limits.BRIEF_BYTES["normal"] / 2


def test_what_is_farther_away_costs_no_word_of_direct_upstreams(board: Board) -> None:
    board.add([{"key": f"far{at}", "title": "t" * 200} for at in range(12)])
    board.add([{"key": "up", "needs": [f"far{at}" for at in range(12)]}])
    board.add([{"key": "end", "contracts": [{"task": "up", "promise": "an example"}]}])
    for at in range(12):
        finish(board, f"far{at}", summary="x" * 300)
    finish(board, "up", summary="y", delivered={"end": "z" * 5000})
    upstream = {one.task: one for one in claim(board, "end").upstream or []}
    assert upstream["up"].delivered == "z" * 5000
    assert 0 < len(upstream) - 1 < 12


def test_what_lies_farther_than_shown_is_named_with_the_call_that_shows_it(board: Board) -> None:
    keys = [f"t{n:02}" for n in range(40)]
    board.add([{"key": key, "needs": keys[n - 1 : n]} for n, key in enumerate(keys)])
    for key in keys[:-1]:
        finish(board, key, critical={key: 1})
    mine = worker(board)
    got = claim(board, keys[-1], mine)
    assert got.upstream is not None
    assert len(got.upstream) == limits.BRIEF_ENTRIES["normal"]
    farthest = got.upstream[-1].task
    behind = f'farther upstreams, if any, behind {farthest}: graph(view="task", task=KEY)'
    assert got.more == [f'{behind}, or claim(task="t39", brief="full") has room for more']
    again = board.claim(mine, keys[-1], brief="full")
    full = again.upstream or []
    assert len(full) == limits.BRIEF_DEPTH > len(got.upstream)
    assert again.more == [behind.replace(farthest, full[-1].task)]
    assert [one.task for one in board.graph(task=farthest).needs] == [full[len(got.upstream)].task]


@pytest.mark.parametrize(("visits", "reached"), [(5, False), (6, True)])
def test_the_search_ends_after_the_level_that_has_too_many_tasks(
    board: Board, monkeypatch: pytest.MonkeyPatch, visits: int, reached: bool
) -> None:
    monkeypatch.setattr(limits, "BRIEF_VISITS", visits)
    wide = [f"wide{at}" for at in range(4)]
    board.add([{"key": "root"}, *({"key": key, "needs": ["root"]} for key in wide)])
    board.add([{"key": "mid", "needs": wide}, {"key": "end", "needs": ["mid"]}])
    finish(board, "root", critical={"port": 80})
    finish_all(board, *wide, "mid")
    got = claim(board, "end")
    shown = [one.task for one in got.upstream or []]
    assert shown == ["mid", *wide, *["root"] * reached]
    assert (got.more or [""])[0].startswith(f"farther upstreams, if any, behind {shown[-1]}: ")


def test_a_value_reaches_any_distance_over_tasks_that_say_nothing(board: Board) -> None:
    keys = [f"t{n:02}" for n in range(25)]
    board.add([{"key": key, "needs": keys[n - 1 : n]} for n, key in enumerate(keys)])
    finish(board, keys[0], critical={"root": 1})
    for key in keys[1:-1]:
        finish(board, key)
    far = (claim(board, keys[-1]).upstream or [])[-1]
    assert (far.task, far.distance, far.critical) == ("t00", 24, {"root": 1})
    assert far.path == keys[1:-1]
