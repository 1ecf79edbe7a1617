"""`at` shows a past revision exactly: what was read then is what is read later about then."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from hands import finish, lease, refused, worker
from wandering import Wanderer

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import BadRequest, UnknownTask
from headwater.verbs.look import View

_TIMED = {"until_s", "due_s", "next", "at", "revision"}
"""What runs with the clock, or says which revision was asked for."""
_VIEWS: tuple[View, ...] = ("list", "history", "diff", "mermaid")


def seen(board: Board, view: View, at: int = 0, **filters: Any) -> dict[str, Any]:
    """A whole reply but for what runs with the clock."""
    found = board.graph(view, at=at, **filters).as_dict()
    reply = {name: value for name, value in found.items() if name not in _TIMED}
    for item in reply.get("tasks") or []:
        for name in _TIMED & item.keys():
            del item[name]
    return reply


def listed(board: Board, at: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = board.graph("list", at=at, limit=7, cursor=cursor)
        found.extend(page.tasks)
        if page.cursor is None:
            return [{k: v for k, v in one.items() if k not in _TIMED} for one in found]
        cursor = page.cursor


def shown(board: Board, key: str, at: int = 0) -> dict[str, Any]:
    found = board.graph("task", task=key, at=at).as_dict()
    return {name: value for name, value in found.items() if name not in _TIMED}


@pytest.mark.parametrize("seed", range(4))
def test_every_past_revision_is_shown_as_it_was_seen_then(
    board: Board, clock: ManualClock, seed: int
) -> None:
    wanderer = Wanderer(board, clock, seed + 50)
    lists: dict[int, list[dict[str, Any]]] = {}
    tasks: dict[tuple[int, str], dict[str, Any]] = {}
    for _ in range(50):
        wanderer.step()
        revision = board.revision()
        if not revision:
            continue
        lists[revision] = listed(board)
        for one in wanderer.random.sample(lists[revision], min(2, len(lists[revision]))):
            tasks[revision, one["key"]] = shown(board, one["key"])
    assert len(lists) > 10
    for revision, seen in lists.items():
        assert listed(board, at=revision) == seen, revision
    for (revision, key), seen in tasks.items():
        assert shown(board, key, at=revision) == seen, (revision, key)


@pytest.mark.parametrize("seed", range(3))
def test_every_view_that_shows_the_past_equals_what_a_reader_saw_then(
    board: Board, clock: ManualClock, seed: int
) -> None:
    wanderer = Wanderer(board, clock, seed + 500)
    while not board.revision():
        wanderer.step()
    replies: dict[tuple[int, str, str, int], dict[str, Any]] = {}
    for _ in range(40):
        wanderer.step()
        revision = board.revision()
        known = [one["key"] for one in listed(board)]
        for view in _VIEWS:
            since = wanderer.random.randint(0, revision)
            replies[revision, view, "", since] = seen(board, view, since=since)
            if known and view in ("history", "mermaid"):
                key = wanderer.random.choice(known)
                replies[revision, view, key, 0] = seen(board, view, task=key)
    for (revision, view, key, since), reply in replies.items():
        shown_now = seen(board, cast("View", view), revision, task=key, since=since)
        assert shown_now == reply, (revision, view, key, since)


def test_the_picture_of_a_large_board_is_the_one_drawn_then(board: Board) -> None:
    board.add(
        tasks=[{"key": f"t{n:03}", "needs": [f"t{n - 1:03}"] if n else []} for n in range(230)]
    )
    finish(board, "t000")
    then, picture = board.revision(), seen(board, "mermaid")
    around = seen(board, "mermaid", task="t100")
    finish(board, "t001")
    board.cancel(["t229"])
    assert seen(board, "mermaid", then) == picture
    assert "200 of 230 tasks" in picture["note"]
    assert seen(board, "mermaid", then, task="t100") == around


def test_pending_is_that_of_the_edges_and_states_of_then(board: Board) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "b"}, {"key": "c", "needs": ["a", "b"]}])
    start = board.revision()
    finish(board, "a")
    middle = board.revision()
    board.edit("c", drop_needs=["b"])
    pending = [
        {one["key"]: one.get("pending", 0) for one in board.graph("list", at=at).tasks}["c"]
        for at in (start, middle, board.revision())
    ]
    assert pending == [2, 1, 0]


def test_a_dropped_edge_is_still_seen_from_both_ends_in_the_past(board: Board) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "b", "needs": ["a"]}])
    before = board.revision()
    board.edit("b", drop_needs=["a"])
    assert board.graph("task", task="a").consumers is None
    assert [one.task for one in board.graph("task", task="a", at=before).consumers] == ["b"]
    assert [one.task for one in board.graph("task", task="b", at=before).needs] == ["a"]


def test_an_attempt_that_was_open_then_is_shown_open(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    held = lease(board, "a")
    then = board.revision()
    board.finish(held, "failed", summary="no")
    assert board.graph("task", task="a").tried[0].outcome == "failed"
    (tried,) = board.graph("task", task="a", at=then).tried
    assert (tried.outcome, tried.ended) == (None, None)


def test_a_delivery_that_was_replaced_is_shown_in_its_time(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    finish(board, "a", summary="first", artifacts=[{"name": "out", "text": "one"}])
    then = board.revision()
    board.rework("a", "again")
    finish(board, "a", summary="second", artifacts=[{"name": "out", "text": "two"}])
    assert board.graph("task", task="a", at=then).delivery.summary == "first"
    assert board.graph("task", task="a").delivery.summary == "second"
    texts = [board.graph(task="a", artifact="out", at=at).artifact["text"] for at in (then, 0)]
    assert texts == ["one", "two"]


def test_a_task_is_unknown_before_it_was_added(board: Board) -> None:
    board.add(tasks=[{"key": "old"}])
    then = board.revision()
    board.add(tasks=[{"key": "new"}])
    assert [one["key"] for one in board.graph("list", at=then).tasks] == ["old"]
    with pytest.raises(UnknownTask, match=f"no task 'new' at revision {then}"):
        board.graph("task", task="new", at=then)


def test_a_revision_that_is_not_reached_is_refused_with_the_newest(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    newest = board.revision()
    for arguments in ({"at": newest + 1}, {"since": newest + 1, "view": "diff"}):
        with pytest.raises(BadRequest, match=f"newest revision is {newest}"):
            board.graph(**arguments)
    with pytest.raises(BadRequest, match="at 50 is not reached"):
        board.graph("diff", at=50, since=60)


@pytest.mark.parametrize("view", ["critical", "stuck", "agents", "search", "deliveries"])
def test_a_view_of_the_present_refuses_the_past_and_names_those_that_show_it(
    board: Board, view: Any
) -> None:
    board.add(tasks=[{"key": "a"}])
    with pytest.raises(BadRequest) as refused:
        board.graph(view, at=1, query="x")
    assert "list, task, history, diff, mermaid" in refused.value.next


def test_filters_and_pages_work_in_the_past(board: Board) -> None:
    board.add(tasks=[{"key": f"t{n:02}", "title": "odd" if n % 2 else "Even"} for n in range(20)])
    then = board.revision()
    finish(board, "t01")
    found: list[str] = []
    cursor = ""
    while True:
        page = board.graph("list", at=then, query="ODD", state="Ready", limit=3, cursor=cursor)
        found.extend(one["key"] for one in page.tasks)
        if page.cursor is None:
            break
        cursor = page.cursor
    assert found == [f"t{n:02}" for n in range(1, 20, 2)]


def test_the_difference_of_two_revisions_says_what_is_different(board: Board) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "b"}, {"key": "c", "needs": ["a"]}, {"key": "same"}])
    since = board.revision()
    finish(board, "a")
    board.edit("b", set={"title": "New", "priority": 3}, add_needs=["same"])
    board.edit("c", contracts=[{"task": "a", "expect": "e", "promise": "p"}], reason="why")
    board.add(tasks=[{"key": "d", "title": "Later"}])
    board.edit("c", drop_needs=["a"])
    found = {one["key"]: one for one in board.graph("diff", since=since).diff}
    assert found == {
        "a": {"key": "a", "was": "ready", "state": "done", "round": 1, "delivered": True},
        "b": {
            "key": "b",
            "was": "ready",
            "state": "waiting",
            "changed": ["title", "priority"],
            "needs_added": ["same"],
        },
        "c": {"key": "c", "was": "waiting", "state": "ready", "needs_dropped": ["a"]},
        "d": {"key": "d", "added": True, "state": "ready", "title": "Later"},
    }


def test_what_came_back_to_what_it_was_is_no_difference(board: Board) -> None:
    board.add(tasks=[{"key": "a", "title": "x"}])
    since = board.revision()
    board.edit("a", set={"title": "y"})
    middle = board.revision()
    board.edit("a", set={"title": "x"})
    assert board.graph("diff", since=since).diff == []
    (one,) = board.graph("diff", since=since, at=middle).diff
    assert one["changed"] == ["title"]


def test_the_difference_names_policies_budgets_and_the_pause_with_both_values(
    board: Board,
) -> None:
    board.policy(paths="off", reworks=7)
    board.budget("docs", minutes=30)
    since = board.revision()
    board.policy(paths="refuse")
    board.budget("docs", minutes=1.5, tokens=100)
    board.budget(usd=2)
    board.pause()
    found = board.graph("diff", since=since)
    assert found.diff == []
    assert found.settings == [
        {"setting": "policy", "name": "paths", "was": "off", "now": "refuse"},
        {"setting": "budget", "group": "docs", "name": "minutes", "was": 30, "now": 1.5},
        {"setting": "budget", "group": "docs", "name": "tokens", "was": 0, "now": 100},
        {"setting": "budget", "name": "usd", "was": 0, "now": 2},
        {"setting": "paused", "was": False, "now": True},
    ]
    (one,) = board.graph("diff", since=since, at=since + 1).settings
    assert one == found.settings[0]


def test_settings_that_came_back_to_what_they_were_are_no_difference(board: Board) -> None:
    since = board.revision()
    board.policy(paths="off")
    board.pause()
    board.policy(paths="warn")
    board.resume()
    board.policy(profile="balanced")
    (one,) = board.graph("diff", since=since).settings
    assert one == {"setting": "policy", "name": "profile", "was": "", "now": "balanced"}
    assert board.graph("diff", since=since + 4, at=since + 4).settings is None


def test_settings_are_told_apart_after_what_was_before_them_is_archived(
    board: Board, tmp_path: Path
) -> None:
    board.add(tasks=[{"key": "a"}])
    board.policy(reworks=7)
    until = board.revision()
    board.policy(reworks=9)
    board.archive(before=until + 1, to=tmp_path / "old.jsonl")
    (one,) = board.graph("diff", since=until).settings
    assert one == {"setting": "policy", "name": "reworks", "was": 7, "now": 9}


def test_a_difference_comes_in_pages(board: Board) -> None:
    board.add(tasks=[{"key": f"t{n}"} for n in range(5)])
    board.pause()
    first = board.graph("diff", limit=3)
    second = board.graph("diff", limit=3, cursor=first.cursor)
    keys = [one["key"] for one in [*first.diff, *second.diff]]
    assert (keys, second.cursor) == ([f"t{n}" for n in range(5)], None)
    assert (len(first.settings), second.settings) == (1, None)


def test_the_past_shows_who_held_a_task(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    held = lease(board, "a", worker(board, "ann"))
    then = board.revision()
    board.finish(held, summary="done")
    (one,) = board.graph("list", at=then).tasks
    assert one["holder"].startswith("ann/")
    assert "holder" not in board.graph("list").tasks[0]


def test_all_who_needed_a_task_then_are_counted(board: Board) -> None:
    tasks = [{"key": f"c{n}", "needs": ["a"]} for n in range(2_100)]
    board.import_tasks([{"key": "a"}, *tasks])
    shown = board.graph("task", task="a", at=board.revision())
    assert len(shown.consumers) == 200
    assert shown.more == ["1900 more consumers"]


def test_revisions_in_the_wrong_order_are_refused(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    board.add(tasks=[{"key": "b"}])
    for view in ("diff", "history"):
        with refused(board, "bad_request", "since 2 comes after at 1", "the later one"):
            board.graph(view, since=2, at=1)
