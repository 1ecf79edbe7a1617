"""Two boards in one store: what only the other one has is counted and shown nowhere on this one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hands import claim, finish, finish_all, lease, rows, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.operations.notices import may_have_news


@pytest.fixture
def other(board: Board) -> Iterator[Board]:
    """Another board of the same store, with a plan of its own."""
    opened = Board(board.store, "other")
    yield opened
    assert opened.verify() == []


def test_an_agent_of_another_board_is_nobody_to_hand_on_to(board: Board, other: Board) -> None:
    worker(other, "ann")
    board.add([{"key": "a"}])
    warnings = board.finish(lease(board, "a"), "handoff", notes="why", to="ann").warnings
    assert warnings is not None
    assert "no agent of that name has called lately" in warnings[0]


def test_the_next_moment_is_one_of_this_board(
    board: Board, other: Board, clock: ManualClock
) -> None:
    board.policy(backoff_first_ms=600_000)
    for one in (other, board):
        one.add([{"key": f"of-{one.name}"}])
        finish(one, f"of-{one.name}", outcome="failed")
        clock.advance(seconds=1)
    none = board.claim(worker(board)).none
    assert none is not None
    assert none.soonest is not None
    assert (none.soonest["reason"], none.soonest["task"]) == ("backoff", "of-default")
    assert none.soonest["in_s"] > 300
    (waits,) = board.graph("stuck").stuck
    assert (waits["why"], waits["task"]) == ("backoff", "of-default")


def test_the_critical_path_stays_on_this_board(board: Board, other: Board) -> None:
    other.add([{"key": "x", "estimate": 99}, {"key": "y", "needs": ["x"], "estimate": 99}])
    board.add([{"key": "a", "estimate": 1}])
    found = board.graph("critical")
    assert ([one["key"] for one in found.critical], found.minutes) == (["a"], 1)


def test_what_waits_for_review_elsewhere_is_not_stuck_here(board: Board, other: Board) -> None:
    for one in (board, other):
        one.add([{"key": f"of-{one.name}", "review": True}])
        finish_all(one, f"of-{one.name}")
    stuck = board.graph("stuck").stuck
    assert [(one["why"], one["task"]) for one in stuck] == [("no_reviewer", "of-default")]


def test_who_has_the_capability_on_another_board_does_not_man_this_one(
    board: Board, other: Board
) -> None:
    worker(other, "ann", "gpu")
    worker(board, "bob")
    board.add([{"key": "a", "capabilities": ["gpu"]}])
    (one,) = board.graph("stuck").stuck
    assert (one["why"], one["capabilities"]) == ("no_session", ["gpu"])


def test_the_paths_of_another_boards_active_task_are_not_claimed_here(
    board: Board, other: Board
) -> None:
    for one in (board, other):
        one.policy(paths="refuse")
        one.add([{"key": f"of-{one.name}", "paths": ["src/**"]}])
        claim(one, f"of-{one.name}")
    board.add([{"key": "later", "paths": ["src/x"]}])
    assert board.claim(worker(board)).none is not None
    assert board.verify() == other.verify() == []


def test_what_is_told_on_another_board_is_not_heard_here(board: Board, other: Board) -> None:
    ann = worker(board, "ann")
    worker(other, "ann")
    assert [one.tell("all", f"on {one.name}").reached for one in (other, board)] == [1, 1]
    heard = board.check(session=ann).notices
    assert [one.text for one in heard or []] == [f"on {board.name}"]


def test_who_was_on_another_board_does_not_come_back_to_this_one(
    board: Board, other: Board
) -> None:
    worker(other, "wren")
    board.tell("agent:wren", "before it was here")
    assert board.join("wren").notices is None


def test_what_agents_of_another_board_hold_is_shown_there_only(board: Board, other: Board) -> None:
    for one in (board, other):
        one.add([{"key": f"of-{one.name}"}])
        claim(one, f"of-{one.name}")
    for one in (board, other):
        (agent,) = one.graph("agents").agents
        assert [held["task"] for held in agent["holds"]] == [f"of-{one.name}"]


def test_what_people_set_on_another_board_is_no_difference_here(board: Board, other: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    other.add([{"key": "x"}])
    other.policy(paths="refuse")
    board.pause()
    (one,) = board.graph("diff", since=1).settings
    assert one["setting"] == "paused"


def test_a_join_ends_no_idle_session_of_another_board(
    board: Board, other: Board, clock: ManualClock
) -> None:
    idle = worker(other, "ann")
    clock.advance(minutes=8 * 24 * 60)
    worker(board)
    assert other.join(session=idle).resumed


def test_a_task_that_needs_a_cancelled_one_is_stuck_on_its_own_board(
    board: Board, other: Board
) -> None:
    for one in (board, other):
        worker(one)
        one.add([{"key": f"of-{one.name}"}])
        one.cancel([f"of-{one.name}"])
        one.add([{"key": f"after-{one.name}", "needs": [f"of-{one.name}"]}])
    stuck = board.graph("stuck").stuck
    assert [(one["why"], one["task"]) for one in stuck] == [("upstream_cancelled", "after-default")]


def test_a_claim_takes_and_reclaims_nothing_of_another_board(
    board: Board, other: Board, clock: ManualClock
) -> None:
    board.policy(leases_per_session=9)
    for one in (other, board):
        one.add([{"key": "late"}, {"key": "failed"}, {"key": "handed"}])
        one.add([{"key": "made", "review": True}])
        lease(one, "late", worker(one, "ann"))
        finish(one, "failed", outcome="failed")
        finish(one, "handed", outcome="handoff", to="bob", notes="x")
        finish(one, "made")

    def elsewhere() -> list[dict[str, object]]:
        query = "SELECT t.* FROM task t JOIN board b ON b.id = t.board_id WHERE b.name = 'other'"
        return sorted(rows(board, query), key=repr)

    before = elsewhere()
    bob = worker(board, "bob")
    taken: list[str | None] = []
    for _ in range(7):
        clock.advance(minutes=10)
        taken.append(board.claim(bob).task)
    assert {"late", "failed", "handed", "made"} == {*taken} - {None}
    assert elsewhere() == before


def test_how_fast_priorities_age_is_a_matter_of_one_board(board: Board, other: Board) -> None:
    for one in (board, other):
        one.add([{"key": f"of-{one.name}"}])

    def buckets() -> dict[str, int]:
        return {one["key"]: one["bucket"] for one in rows(board, "SELECT key, bucket FROM task")}

    before = buckets()
    board.policy(ageing_minutes=1)
    assert buckets()["of-default"] != before["of-default"]
    assert buckets()["of-other"] == before["of-other"]


def test_a_wait_has_news_of_its_own_board_only(board: Board, other: Board) -> None:
    worker(board)
    revision = board.revision()
    (found,) = rows(board, "SELECT id FROM board WHERE name = 'default'")

    def has_news() -> bool:
        return board.store.read(lambda tx: may_have_news(tx, int(found["id"]), revision + 1))

    for _ in range(3):
        other.tell("all", "of another board")
    taken = other.join("ann", window="one").session
    other.join(session=taken, window="two", take=True)
    assert other.revision() > revision + 1
    assert not has_news()
    board.tell("all", "of this board")
    Board(board.store, "third").tell("all", "of a young board")
    assert has_news()
