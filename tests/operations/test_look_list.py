"""The list of tasks: what a line says, filters, pages."""

from __future__ import annotations

from typing import Any

import pytest
from hands import finish, lease, worker

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.errors import BadRequest
from headwater.graph.states import STATES


def keys(board: Board, **arguments: Any) -> list[str]:
    return [one["key"] for one in board.graph("list", **arguments).tasks]


def test_a_line_has_key_state_and_version_and_only_what_is_set(board: Board) -> None:
    board.add(tasks=[{"key": "plain"}])
    assert board.graph().tasks == [{"key": "plain", "state": "ready", "version": 1}]


def test_a_line_says_what_is_set(board: Board, clock: ManualClock) -> None:
    board.add(
        tasks=[
            {"key": "a"},
            {"key": "b", "title": "B", "priority": 2, "group": "g", "needs": ["a"], "soft": ["c"]},
            {"key": "c", "review": True, "capabilities": ["rust", "ui"]},
        ]
    )
    board.split("c", into=[{"key": "c1"}])
    lease(board, "a", worker(board, "ann"))
    clock.advance(minutes=1)
    a, b, c, c1 = board.graph().tasks
    assert a["holder"].startswith("ann/")
    assert a["until_s"] == 59 * 60
    assert b == {
        "key": "b",
        "state": "waiting",
        "version": 1,
        "title": "B",
        "priority": 2,
        "needs": 1,
        "pending": 1,
        "group": "g",
    }
    assert (c["state"], c["review"], c["capabilities"]) == ("split", True, ["rust", "ui"])
    assert c1["parent"] == "c"


def test_a_task_in_backoff_says_for_how_long(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    board.finish(lease(board, "a"), "failed", summary="no")
    assert 0 < board.graph().tasks[0]["due_s"] <= limits.BACKOFF_FIRST_MS // 1000


def test_counts_are_those_of_the_whole_board(board: Board) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c"}])
    finish(board, "c")
    reply = board.graph(state="done", limit=1)
    assert reply.counts == {"ready": 1, "waiting": 1, "done": 1}


@pytest.mark.parametrize("state", ["ready", "READY", " Ready "])
def test_a_state_filters_whatever_its_case(board: Board, state: str) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "b", "needs": ["a"]}])
    assert keys(board, state=state) == ["a"]


@pytest.mark.parametrize("at", [0, 1])
def test_an_unknown_state_is_refused_with_those_that_exist(board: Board, at: int) -> None:
    board.add(tasks=[{"key": "a"}])
    with pytest.raises(BadRequest) as refused:
        board.graph(state="finished", at=at)
    assert refused.value.next == f"states: {', '.join(STATES)}"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("api", ["build-api", "z"]),
        ("API", ["build-api", "z"]),
        ("äpfel", ["u"]),
        ("50%", ["w"]),
        ("%", ["w"]),
        ("_", []),
        ("\\", ["x"]),
        ("' OR 1=1 --", []),
        ("nothing", []),
    ],
)
def test_a_query_is_found_in_key_or_title_as_it_is_written(
    board: Board, query: str, found: list[str]
) -> None:
    board.add(
        tasks=[
            {"key": "build-api"},
            {"key": "u", "title": "Die äpfel"},
            {"key": "w", "title": "only 50% done"},
            {"key": "x", "title": "back\\slash"},
            {"key": "y", "title": "other"},
            {"key": "z", "title": "Test the API"},
        ]
    )
    assert keys(board, query=query) == found
    assert keys(board, query=query, at=board.revision()) == found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_show_every_task_once(board: Board, limit: int) -> None:
    board.add(tasks=[{"key": f"t{n}"} for n in range(7)])
    for at in (0, board.revision()):
        found: list[str] = []
        cursor, pages = "", 0
        while cursor is not None:
            page = board.graph(limit=limit, cursor=cursor, at=at)
            assert len(page.tasks) <= limit
            found.extend(one["key"] for one in page.tasks)
            cursor, pages = page.cursor, pages + 1
        assert found == [f"t{n}" for n in range(7)]
        assert pages == -(-7 // limit)


def test_tasks_that_come_and_change_between_pages_hide_no_other(board: Board) -> None:
    board.add(tasks=[{"key": f"t{n}"} for n in range(4)])
    first = board.graph(limit=2)
    board.add(tasks=[{"key": "a0"}, {"key": "t1a"}, {"key": "t9"}])
    finish(board, "t2")
    second = board.graph(limit=9, cursor=first.cursor)
    assert [one["key"] for one in second.tasks] == ["t1a", "t2", "t3", "t9"]


def test_a_page_is_at_most_so_long(board: Board) -> None:
    with pytest.raises(BadRequest, match="limit"):
        board.graph(limit=limits.PAGE + 1)
    board.add(tasks=[{"key": f"t{n:04}", "title": "x" * 200} for n in range(limits.PAGE + 1)])
    reply = board.graph(limit=limits.PAGE)
    assert len(reply.tasks) == limits.PAGE
    assert len(reply.model_dump_json(exclude_none=True)) < 400_000


def test_an_empty_board_says_what_to_do(board: Board) -> None:
    reply = board.graph()
    assert (reply.tasks, reply.cursor, reply.revision) == ([], None, 0)
    assert (
        reply.next
        == "the board is empty: claim(wait=45) waits for tasks; for who plans: add(tasks=[...])"
    )


def test_a_filter_that_finds_nothing_says_so(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    assert "nothing matches" in board.graph(query="zzz").next


def test_other_boards_of_the_store_are_not_listed(board: Board) -> None:
    other = Board(board.store, "other")
    other.add(tasks=[{"key": "hidden"}])
    board.add(tasks=[{"key": "mine"}])
    assert keys(board) == ["mine"]
    assert keys(board, query="hidden") == []


def test_reading_moves_no_revision_and_writes_nothing(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    before = board.revision()
    for view in ("list", "critical", "stuck", "agents", "history", "diff", "deliveries"):
        board.graph(view)
    assert board.revision() == before
