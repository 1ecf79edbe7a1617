"""Waiting for the board: history and diff with `wait` end as soon as there is something to see.

Waiting is real, also on a board whose clock stands. A change that is missed shows as a wait to its
end, 45 s, which is longer than a test's patience.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from hands import lease, worker

from headwater import Board, limits
from headwater.errors import BadRequest
from headwater.operations.caller import Caller
from headwater.verbs.base import Reply, Request
from headwater.verbs.look import GraphReply, GraphRequest
from patience import WOKEN_S


@pytest.fixture
def elsewhere(board: Board, location: str) -> Iterator[Board]:
    """The same board, opened a second time: what a change by another process looks like."""
    with Board.open(location, "default") as opened:
        yield opened


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as opened:
        yield opened


@pytest.fixture
def steps(board: Board, monkeypatch: pytest.MonkeyPatch) -> list[GraphRequest]:
    """Every look at the board that has been taken."""
    seen: list[GraphRequest] = []
    step = board.step

    def counted(request: Request, caller: Caller | None = None) -> Reply:
        reply = step(request, caller)
        seen.extend([request] if isinstance(request, GraphRequest) else [])
        return reply

    monkeypatch.setattr(board, "step", counted)
    return seen


def waits(
    board: Board, pool: ThreadPoolExecutor, steps: list[GraphRequest], **asked: Any
) -> Future[GraphReply]:
    """A call that has found nothing yet when this returns."""
    looked = len(steps)
    future = pool.submit(board.graph, wait=45, **asked)
    until = monotonic() + WOKEN_S
    while len(steps) == looked and not future.done():
        assert monotonic() < until
        sleep(0.005)
    return future


@pytest.mark.parametrize("view", ["history", "diff"])
def test_what_is_there_already_is_answered_at_once(
    board: Board, view: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board.feed, "wait", None)  # it is not called
    board.add([{"key": "a"}])
    reply = board.graph(view, since=0, wait=45)
    assert (len(reply.events or reply.diff), reply.revision) == (1, 1)


@pytest.mark.parametrize("view", ["history", "diff"])
def test_a_change_by_another_process_ends_the_wait(
    board: Board, elsewhere: Board, pool: ThreadPoolExecutor, steps: list[GraphRequest], view: Any
) -> None:
    future = waits(board, pool, steps, view=view, since=0)
    elsewhere.add([{"key": "a"}])
    reply = future.result(WOKEN_S)
    assert (reply.revision, len(reply.events or reply.diff or [])) == (1, 1)


@pytest.mark.parametrize("view", ["history", "diff"])
def test_a_wait_in_which_nothing_happens_ends_with_nothing(board: Board, view: Any) -> None:
    board.add([{"key": "a"}])
    began = monotonic()
    reply = board.graph(view, since=1, wait=0.2)
    assert (reply.events or reply.diff or []) == []
    assert 0.2 <= monotonic() - began < WOKEN_S
    assert "since=1" in reply.next


def test_a_session_that_joins_and_a_message_are_history(
    board: Board, elsewhere: Board, pool: ThreadPoolExecutor, steps: list[GraphRequest]
) -> None:
    future = waits(board, pool, steps, view="history", since=0)
    ann = worker(elsewhere, "ann")
    reply = future.result(WOKEN_S)
    assert [one["kind"] for one in reply.events or ()] == ["joined"]

    future = waits(board, pool, steps, view="history", since=reply.revision)
    elsewhere.tell("all", "stand up", session=ann)
    assert [one["kind"] for one in future.result(WOKEN_S).events or ()] == ["told"]


def test_a_wait_for_a_difference_goes_on_over_what_a_difference_does_not_show(
    board: Board, elsewhere: Board, pool: ThreadPoolExecutor, steps: list[GraphRequest]
) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    held = lease(board, "a")
    future = waits(board, pool, steps, view="diff", since=board.revision())
    ann = worker(elsewhere, "ann")
    elsewhere.tell("all", "stand up", session=ann)
    elsewhere.check(held, note="half done")
    sleep(0.2)
    assert not future.done()
    elsewhere.edit("b", set={"priority": 1})
    assert [one["key"] for one in future.result(WOKEN_S).diff or ()] == ["b"]


def test_a_setting_is_a_difference(
    board: Board, elsewhere: Board, pool: ThreadPoolExecutor, steps: list[GraphRequest]
) -> None:
    future = waits(board, pool, steps, view="diff", since=0)
    elsewhere.pause()
    (one,) = future.result(WOKEN_S).settings or ()
    assert one["setting"] == "paused"


def test_the_history_of_a_task_waits_for_that_task(
    board: Board, elsewhere: Board, pool: ThreadPoolExecutor, steps: list[GraphRequest]
) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    future = waits(board, pool, steps, view="history", since=1, task="a")
    elsewhere.edit("b", set={"priority": 1})
    elsewhere.edit("a", set={"priority": 1})
    (one,) = future.result(WOKEN_S).events or ()
    assert (one["revision"], one["task"]) == (3, "a")
    assert {one.since for one in steps} <= {1, 2}, "what was looked at once is not looked at again"


def test_only_what_can_be_shown_leads_to_a_look(board: Board) -> None:
    board.add([{"key": "a"}])
    held = lease(board, "a")
    seen = board.revision()
    history, difference = (GraphRequest(view=v, since=seen) for v in ("history", "diff"))
    assert not board.may_have_news(history, seen)
    ann = worker(board, "ann")
    board.tell("all", "stand up", session=ann)
    board.check(held, note="half done")
    assert board.revision() > seen
    assert board.may_have_news(history, seen)
    assert not board.may_have_news(difference, seen)
    board.policy(reworks=3)
    assert board.may_have_news(difference, seen)
    seen = board.revision()
    board.edit("a", set={"priority": 1})
    assert board.may_have_news(difference, seen)


def test_a_lively_board_is_not_looked_at_without_a_pause(
    board: Board, elsewhere: Board, pool: ThreadPoolExecutor, steps: list[GraphRequest]
) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    began, over = monotonic(), threading.Event()

    def busy() -> None:
        while not over.is_set():
            elsewhere.tell("all", "again")

    other = pool.submit(busy)
    try:
        board.graph("history", since=board.revision(), task="a", wait=1)
    finally:
        over.set()
    other.result(WOKEN_S)
    assert len(steps) <= (monotonic() - began) / 0.02 + 2


@pytest.mark.parametrize(
    "asked",
    [
        {"view": "list", "since": 0},
        {"view": "stuck", "since": 0},
        {"view": "task", "task": "a", "since": 0},
        {"view": "list", "task": "a"},
        {"view": "history"},
        {"view": "diff"},
    ],
)
def test_a_wait_that_nothing_could_end_is_refused_with_one_that_works(
    board: Board, asked: dict[str, Any]
) -> None:
    board.add([{"key": "a"}])
    with pytest.raises(BadRequest, match="since: views history, diff, deliveries") as refused:
        board.graph(**asked, wait=1)
    assert 'graph(view="history", since=1, wait=45)' in refused.value.next


def test_the_past_and_a_further_page_are_answered_at_once(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board.feed, "wait", None)  # it is not called
    board.add([{"key": key} for key in "abc"])
    assert board.graph("history", since=1, at=1, wait=45).events == []
    assert board.graph("diff", since=1, at=1, wait=45).diff == []
    assert board.graph("diff", since=0, limit=2, cursor="b", wait=45).diff[0]["key"] == "c"
    assert board.graph("diff", since=0, cursor="c", wait=45).diff == []


def test_a_page_of_differences_is_filled_past_what_came_back_to_what_it_was(board: Board) -> None:
    board.add([{"key": key} for key in "abcd"])
    since = board.revision()
    for key in "abc":
        board.edit(key, set={"title": "for a moment"})
        board.edit(key, set={"title": ""})
    board.edit("d", set={"title": "for good"})
    reply = board.graph("diff", since=since, limit=2)
    assert ([one["key"] for one in reply.diff], reply.cursor) == (["d"], None)


def test_so_many_came_back_that_a_page_is_empty_and_its_cursor_goes_on(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.add([{"key": key} for key in "abc"])
    since = board.revision()
    for key in "ab":
        board.edit(key, set={"title": "for a moment"})
        board.edit(key, set={"title": ""})
    board.edit("c", set={"title": "for good"})
    monkeypatch.setattr(limits, "PAGE", 2)
    first = board.graph("diff", since=since, wait=45)
    assert (first.diff, first.cursor) == ([], "b")
    assert [one["key"] for one in board.graph("diff", since=since, cursor="b").diff] == ["c"]


def test_a_wait_since_what_was_archived_says_so_at_once(board: Board, tmp_path: Path) -> None:
    board.add([{"key": "a"}])
    board.edit("a", set={"priority": 1})
    board.add([{"key": "b"}])
    board.archive(before=3, to=tmp_path / "old.jsonl")
    reply = board.graph("history", task="a", since=1, wait=45)
    assert reply.events == []
    assert "archived" in reply.note


def test_only_a_command_waits_longer_than_one_call_may(board: Board) -> None:
    request = GraphRequest.parse({"view": "history", "since": 0, "wait": 0.1})
    began = monotonic()
    board.call(request, wait_s=0.4)
    assert monotonic() - began >= 0.4
    with pytest.raises(BadRequest, match="wait"):
        board.graph("history", since=0, wait=limits.WAIT_SECONDS + 1)
