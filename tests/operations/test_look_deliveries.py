"""What is delivered and where it is committed, in the order in which one merges."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hands import finish, finish_all, lease, worker

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.errors import BadRequest
from patience import WOKEN_S


def listed(board: Board, **asked: Any) -> list[str]:
    return [one["task"] for one in board.graph("deliveries", **asked).deliveries]


def test_a_delivery_is_one_line_with_its_commits_and_the_names_of_what_it_made(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    held = lease(board, "a", worker(board, "ann"))
    clock.advance(seconds=1)
    board.finish(
        held,
        summary="long and of no use to who merges",
        critical={"port": 8080, "host": "x"},
        artifacts=[
            {"name": "code", "path": "a.py", "commit": "ann@22"},
            {"name": "tests", "path": "t.py", "commit": "ann@11"},
            {"name": "docs", "path": "a.md", "commit": "ann@22"},
            {"name": "log", "text": "ok"},
        ],
    )
    (one,) = board.graph("deliveries").deliveries
    assert one == {
        "task": "a",
        "state": "done",
        "by": "ann/1",
        "round": 1,
        "at": board.graph(task="a").delivery.at,
        "revision": board.revision(),
        "commits": ["ann@22", "ann@11"],
        "artifacts": ["code", "tests", "docs", "log"],
        "critical": ["port", "host"],
    }


def test_upstreams_come_before_downstreams_whenever_they_were_added_or_finished(
    board: Board,
) -> None:
    board.add([{"key": "c"}, {"key": "b"}, {"key": "a"}])
    finish_all(board, "c")
    board.edit("b", add_needs=["a"])
    board.add([{"key": "first", "before": ["a"]}])
    finish_all(board, "first", "a", "b")
    assert listed(board) == ["c", "first", "a", "b"]


def test_only_what_is_accepted_or_in_review_is_listed_and_before_which_gate(board: Board) -> None:
    board.policy(release_on="merged")
    board.add([{"key": "merge"}, {"key": "review", "review": True}])
    board.add([{"key": key} for key in ("done", "failed", "handed", "active", "ready", "big")])
    finish_all(board, "merge", "review", "done")
    board.merged("done")
    finish(board, "failed", outcome="failed", artifacts=[{"name": "x", "path": "x"}])
    finish(board, "handed", outcome="handoff", notes="go on", critical={"half": 1})
    lease(board, "active")
    board.split("big", [{"key": "part"}])
    finish(board, "part")
    board.merged("part")
    reply = board.graph("deliveries")
    found = {one["task"]: (one["state"], one.get("gate")) for one in reply.deliveries}
    assert found == {
        "merge": ("review", "merge"),
        "review": ("review", "review"),
        "done": ("done", None),
        "part": ("done", None),
    }
    assert reply.next.startswith("`headwater merged KEY`")
    assert set(listed(board, state="review")) == {"merge", "review"}
    assert set(listed(board, state="DONE")) == {"done", "part"}


def test_what_rests_on_an_upstream_that_is_done_again_says_so(board: Board) -> None:
    board.policy(release_on="merged")
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["a"]}])
    finish(board, "a")
    board.merged("a")
    finish_all(board, "b", "c")
    board.merged("b")
    board.rework("a", "again", consumers="none")
    reply = board.graph("deliveries")
    assert [(one["task"], one["pending"]) for one in reply.deliveries] == [("b", 1), ("c", 1)]
    assert "headwater merged" not in reply.next


def test_the_delivery_of_the_round_that_counts_is_shown(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", artifacts=[{"name": "code", "path": "a", "commit": "one"}])
    board.rework("a", "again")
    assert listed(board) == []
    finish(board, "a", artifacts=[{"name": "code", "path": "a", "commit": "two"}])
    (one,) = board.graph("deliveries").deliveries
    assert (one["round"], one["commits"]) == (2, ["two"])


def test_who_stands_in_anothers_place_and_whose_delivery_was_reused_are_named(board: Board) -> None:
    board.add([{"key": "a", "spec": "same"}])
    finish(board, "a", artifacts=[{"name": "code", "path": "a", "commit": "one"}])
    board.add([{"key": "b", "spec": "same"}], reuse="exact")
    board.add([{"key": "fix", "supersedes": "a"}])
    finish(board, "fix")
    a, b, fix = board.graph("deliveries").deliveries
    assert (a["superseded_by"], b["reused_from"], b["commits"]) == ("fix", "a", ["one"])
    assert "superseded_by" not in fix


def test_since_lists_what_was_delivered_or_accepted_after_it(board: Board) -> None:
    board.policy(release_on="merged")
    board.add(
        [{"key": "old"}, {"key": "judged", "review": True}, {"key": "merged"}, {"key": "new"}]
    )
    finish_all(board, "old", "judged", "merged")
    since = board.revision()
    assert board.graph("deliveries", since=since).deliveries == []
    held = board.claim(worker(board, "bob"), kind="review").lease or ""
    assert listed(board, since=since) == [], "that somebody reviews it is nothing to merge"
    board.finish(held, "approve")
    board.merged("merged")
    finish(board, "new")
    assert listed(board, since=since) == ["judged", "merged", "new"]
    assert listed(board, since=since, limit=1, cursor="judged") == ["merged"]


def test_a_page_ends_with_the_key_that_the_next_begins_after(board: Board) -> None:
    keys = [f"t{n}" for n in range(5)][::-1]
    board.add([{"key": key} for key in keys])
    board.add([{"key": "open"}])
    finish_all(board, *keys)
    for since in (0, 1):
        first = board.graph("deliveries", limit=3, since=since)
        rest = board.graph("deliveries", limit=3, since=since, cursor=first.cursor)
        found = [one["task"] for one in [*first.deliveries, *rest.deliveries]]
        assert (found, first.cursor, rest.cursor) == (keys, keys[2], None)
        assert first.next == f'the same call with cursor="{keys[2]}" goes on'
        assert "since=" in rest.next
    with pytest.raises(BadRequest, match="cursor"):
        board.graph("deliveries", cursor="nobody")


def test_what_merely_moved_does_not_end_the_pages_before_what_is_new(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.add([{"key": key, "review": True} for key in "abc"])
    board.add([{"key": "d"}])
    finish_all(board, *"abc")
    since = board.revision()
    for key in "abc":
        board.finish(lease(board, key, worker(board, "bob")), "release")
    finish(board, "d")
    assert listed(board, since=since, limit=2) == ["d"]
    monkeypatch.setattr(limits, "PAGE", 2)
    first = board.graph("deliveries", since=since, limit=2)
    assert (first.deliveries, first.cursor) == ([], "b")
    assert listed(board, since=since, cursor="b") == ["d"]


def test_a_page_of_many_commits_ends_sooner_and_none_is_cut(board: Board) -> None:
    keys = [f"t{n:02}" for n in range(12)]
    board.add([{"key": key} for key in keys])
    commits = [f"{n:02}@{'c' * 390}" for n in range(limits.ARTIFACTS)]
    made = [{"name": f"n{n}", "path": "p", "commit": one} for n, one in enumerate(commits)]
    for key in keys:
        finish(board, key, artifacts=made)
    found: list[dict[str, Any]] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        reply = board.graph("deliveries", cursor=cursor)
        assert len(json.dumps(reply.deliveries)) <= limits.DELIVERIES_BYTES
        found += reply.deliveries
        cursor, pages = reply.cursor or "", pages + 1
    assert [one["task"] for one in found] == keys
    assert all(one["commits"] == commits for one in found)
    assert pages > 1


def test_the_first_of_a_page_is_shown_however_long(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    finish_all(board, "a", "b")
    monkeypatch.setattr(limits, "DELIVERIES_BYTES", 10)
    assert listed(board) == ["a"]
    assert listed(board, cursor="a") == ["b"]


def test_a_secret_that_was_redacted_is_in_no_commit_or_name(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(
        board,
        "a",
        critical={"key-hunter2": 1},
        artifacts=[{"name": "hunter2", "path": "p", "commit": "hunter2@1"}],
    )
    board.redact("hunter2")
    assert "hunter2" not in json.dumps(board.graph("deliveries").deliveries)


def test_deliveries_are_those_of_this_board(board: Board) -> None:
    other = Board(board.store, "other")
    for one in (board, other):
        one.add([{"key": f"of-{one.name}"}])
        finish(one, f"of-{one.name}")
    for since in (0, 1):
        assert listed(board, since=since) == ["of-default"]
        assert listed(other, since=since) == ["of-other"]
    with pytest.raises(BadRequest, match="cursor"):
        board.graph("deliveries", cursor="of-other")


def test_a_delivery_can_be_waited_for(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    held = lease(board, "a")
    since = board.revision()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(board.graph, "deliveries", since=since, wait=45)
        board.edit("b", set={"priority": 1})
        board.finish(held, summary="x")
        (one,) = future.result(WOKEN_S).deliveries
    assert one["task"] == "a"
    assert board.graph("deliveries", since=board.revision(), wait=0.1).deliveries == []


def test_nothing_is_delivered_on_an_empty_board(board: Board) -> None:
    reply = board.graph("deliveries")
    assert (reply.deliveries, reply.cursor) == ([], None)
    assert reply.next == (
        'graph(view="deliveries", since=0, wait=45) waits for what is delivered next'
    )


def test_after_the_archive_what_was_delivered_since_is_still_told(
    board: Board, tmp_path: Any
) -> None:
    board.add([{"key": key} for key in "abc"])
    finish(board, "a")
    since = board.revision()
    finish_all(board, "b", "c")
    board.archive(before=board.revision(), to=tmp_path / "old.jsonl")
    assert listed(board, since=since) == ["b", "c"]


def test_where_no_artifact_names_a_commit_it_says_where_it_was_made(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    ann = board.join("ann", workspace="/home/ann/plan", branch="ann-1").session
    board.finish(lease(board, "a", ann), summary="x")
    code = {"name": "x", "path": "x", "commit": "ann@22"}
    board.finish(lease(board, "b", ann), summary="x", artifacts=[code])
    (a, b) = board.graph("deliveries").deliveries
    assert a["made_at"] == "branch ann-1, workspace /home/ann/plan"
    assert board.graph(task="a").delivery.made_at == a["made_at"]
    assert "made_at" not in b
    assert board.graph(task="b").delivery.made_at is None


def test_what_is_merged_says_as_what_until_it_is_done_again(board: Board) -> None:
    board.policy(release_on="merged")
    board.add([{"key": "a"}])
    finish(board, "a")
    assert "merged" not in board.graph("deliveries").deliveries[0]
    revision = board.revision()
    board.merged("a", "0123456789ab on main")
    assert board.graph("deliveries").deliveries[0]["merged"] == "0123456789ab on main"
    assert board.graph(task="a").delivery.merged == "0123456789ab on main"
    assert board.graph(task="a", at=revision).delivery.merged is None
    board.rework("a", "once more")
    assert board.graph(task="a").delivery.stale is True
    finish(board, "a")
    assert "merged" not in board.graph("deliveries").deliveries[0]
    assert board.graph(task="a").delivery.stale is None
