"""Verify finds every kind of damage, and nothing on a board that only the verbs have touched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from wandering import Wanderer

from headwater.board import Board
from headwater.clock import ManualClock
from headwater.store.dialect import REDACTING
from headwater.store.sql import Sql


@pytest.fixture(autouse=True)
def clean_afterwards() -> None:
    """Not here: these tests leave damaged boards behind."""


@pytest.fixture
def lived_in(board: Board, clock: ManualClock) -> Board:
    """A board with a task in nearly every state, past attempts and deliveries."""
    board.policy(leases_per_session=2, reworks=3)
    board.add(
        tasks=[
            {"key": "a", "title": "First", "spec": "do it", "estimate": 10},
            {
                "key": "b",
                "contracts": [{"task": "a", "expect": "x", "promise": "y", "keys": ["port"]}],
                "priority": 4,
            },
            {"key": "c", "needs": ["b"], "soft": ["f"]},
            {"key": "whole", "needs": ["a"]},
            {"key": "f", "capabilities": ["gpu"], "priority": 2},
            {"key": "judged", "review": True, "priority": 3},
            {"key": "stuck", "priority": 1},
        ]
    )
    me = board.join(agent="ann").session
    first = board.claim(session=me, task="a")
    assert first.lease is not None
    board.finish(lease=first.lease, summary="s", critical={"port": 1}, delivered={"b": "here"})
    board.split(task="whole", into=[{"key": "w1"}, {"key": "w2", "needs": ["w1"]}])
    for key, outcome in (("judged", "done"), ("stuck", "blocked")):
        lease = board.claim(session=me, task=key).lease
        assert lease is not None
        board.finish(lease=lease, outcome=outcome, summary="which one?")
    board.claim(session=me, task="b")
    clock.advance(minutes=1)
    assert board.verify() == []
    return board


def change(board: Board, *statements: str) -> None:
    """Change rows behind the board's back, the append-only ones included."""
    guard = (
        f"INSERT INTO meta (name, value) VALUES ('{REDACTING}', '1')",
        f"DELETE FROM meta WHERE name = '{REDACTING}'",
    )
    for statement in (guard[0], *statements, guard[1]):
        touched = board.store.write(lambda tx, sql=statement: tx.count(Sql(sql)))
        assert touched > 0, statement


DAMAGE = {
    "pending": ("UPDATE task SET pending = 5 WHERE key = 'c'", "task c: pending is 5, .* be 1"),
    "soft_pending": (
        "UPDATE task SET soft_pending = 0 WHERE key = 'c'",
        "task c: soft_pending is 0, it should be 1",
    ),
    "parts_open": (
        "UPDATE task SET parts_open = 1 WHERE key = 'whole'",
        "task whole: parts_open is 1, it should be 2",
    ),
    "readiness": ("UPDATE task SET state = 'ready' WHERE key = 'c'", "task c: it is ready with 1"),
    "unreadiness": (
        "UPDATE task SET state = 'waiting' WHERE key = 'f'",
        "task f: it is waiting with 0",
    ),
    "counter": ("UPDATE board SET done = 7", "the board counts 7 done tasks, there are 1"),
    "unknown state": ("UPDATE task SET state = 'odd' WHERE key = 'f'", "unknown state 'odd'"),
    "lane": ("UPDATE task SET lane = '' WHERE key = 'f'", "task f: lane is '', it should be 'gpu'"),
    "lane table": ("DELETE FROM lane WHERE name = 'gpu'", "task f: the board does not know its"),
    "bucket": ("UPDATE task SET bucket = 1 WHERE key = 'f'", "task f: bucket is 1, it should be"),
    "rank": ("UPDATE task SET neg_rank = -7 WHERE key = 'b'", "task b: neg_rank is -7, it should"),
    "ord": (
        "UPDATE task SET ord = (SELECT ord FROM task WHERE key = 'b') WHERE key = 'c'",
        "task c: ord is .* not above .* of its upstream b",
    ),
    "stray edge": (
        "INSERT INTO edge (task_id, upstream_id) SELECT id, 999 FROM task WHERE key = 'c'",
        "task c: it needs task number 999",
    ),
    "active without holder": (
        "UPDATE task SET session_id = 0 WHERE key = 'b'",
        "task b: it is active and held by nobody",
    ),
    "holder of an idle task": (
        "UPDATE task SET session_id = 1 WHERE key = 'f'",
        "task f: it is ready and held by session 1",
    ),
    "held and lapsed": (
        "UPDATE task SET lapsed_session_id = 1 WHERE key = 'b'",
        "task b: it is active and held by session 1",
    ),
    "session that ended": ("UPDATE session SET ended_ms = 5", "task b: the session that holds it"),
    "session that is not there": (
        "UPDATE task SET session_id = 99 WHERE key = 'b'",
        "task b: the session that holds it",
    ),
    "lease of another attempt": (
        "UPDATE task SET attempt_id = 1 WHERE key = 'b'",
        "task b: its lease and its open attempt do not belong together",
    ),
    "ended attempt of a live lease": (
        "UPDATE attempt SET ended_ms = 9 WHERE ended_ms = 0",
        "task b: 0 attempts open, it should be 1",
    ),
    "second live lease": (
        "INSERT INTO attempt (task_id, fence, session_id) SELECT id, fence + 1, 1 FROM task "
        "WHERE key = 'b'",
        "task b: 2 attempts open, it should be 1",
    ),
    "fence that fell": (
        "UPDATE task SET fence = 0 WHERE key = 'a'",
        "task a: fence is 0, attempts 1, their highest 1",
    ),
    "fence used twice": (
        "INSERT INTO attempt (task_id, fence, ended_ms) SELECT id, 1, 5 FROM task WHERE key = 'a'",
        "task a: two attempts have the fence 1",
    ),
    "revision": ("UPDATE board SET revision = revision + 1", "its newest event is"),
    "missing event": ("DELETE FROM event WHERE revision = 3", "some are missing"),
    "image from the future": (
        "INSERT INTO image (task_id, aspect, revision, board_id) VALUES (1, 'state', 999, 1)",
        "images of revision 999",
    ),
    "title": ("UPDATE task SET title = 'x' WHERE key = 'a'", "task a: the log .* another title"),
    "round": ("UPDATE task SET round = 9 WHERE key = 'a'", "task a: the log .* another round"),
    "spec": (
        "UPDATE task_text SET spec = 'x' WHERE task_id = (SELECT id FROM task WHERE key = 'a')",
        "task a: the log replays to another spec",
    ),
    "question": (
        "UPDATE task_text SET question = '' WHERE task_id = "
        "(SELECT id FROM task WHERE key = 'stuck')",
        "task stuck: the log replays to another question",
    ),
    "missing image": (
        "DELETE FROM image WHERE aspect = 'spec' AND task_id = "
        "(SELECT id FROM task WHERE key = 'a')",
        "task a: the log replays to another key, title",
    ),
    "lost edge": (
        "DELETE FROM edge WHERE task_id = (SELECT id FROM task WHERE key = 'c')",
        "task c: the log replays to other edges",
    ),
    "changed contract": (
        "UPDATE edge SET promise = 'z' WHERE promise = 'y'",
        "task b: the log replays to other edges",
    ),
    "attempt": (
        "UPDATE attempt SET notes = 'never said' WHERE id = 1",
        "task a: the log replays to another attempt 1",
    ),
    "unlogged attempt": (
        "INSERT INTO attempt (task_id, fence, ended_ms) SELECT id, 0, 5 FROM task WHERE key = 'a'",
        r"task a: attempt \d+ is not in the log",
    ),
    "lost attempt": ("DELETE FROM attempt WHERE id = 1", "attempt 1 is in the log and not in"),
    "delivery": (
        "UPDATE delivery SET critical = '{}' WHERE id = 1",
        "task a: the log replays to another delivery 1",
    ),
    "lost delivery": ("DELETE FROM delivery WHERE id = 1", "delivery 1 is in the log and not in"),
    "policy": ("UPDATE board SET policy = '{}'", "the log replays to another policy"),
    "pause": ("UPDATE board SET paused = 1", "the log replays to another pause"),
    "flag": ("UPDATE task SET has_paths = 7 WHERE key = 'a'", "task a: has_paths is 7"),
    "unreadable policy": ("UPDATE board SET policy = '[]'", "a stored value cannot be read"),
    "unreadable paths": ("UPDATE task_text SET paths = 'x'", "a stored value cannot be read"),
    "unreadable budget": (
        """UPDATE task_text SET budget = '{"z":1}'""",
        "task a: the log replays to another budget",
    ),
    "reading": (
        """UPDATE reading SET digests = '{"x":"0"}'""",
        "what it read of a is not what was delivered",
    ),
    "unreadable reading": (
        "UPDATE reading SET digests = '7'",
        "what it read of a is not what was delivered",
    ),
    "unreadable account": (
        "UPDATE attempt SET account = '7' WHERE id = 1",
        "task a: the log replays to another attempt 1",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_kind_of_damage_is_named(lived_in: Board, damage: str) -> None:
    statement, sentence = DAMAGE[damage]
    change(lived_in, statement)
    found = lived_in.verify()
    assert any(re.search(sentence, one) for one in found), found


def test_a_rank_that_is_still_queued_for_repair_is_no_problem(lived_in: Board) -> None:
    change(
        lived_in,
        "UPDATE task SET neg_rank = -7 WHERE key = 'b'",
        "INSERT INTO rank_todo (task_id, board_id, neg_rank) "
        "SELECT id, board_id, neg_rank FROM task WHERE key = 'b'",
    )
    assert lived_in.verify() == []


def test_damage_on_another_board_of_the_store_is_not_reported(lived_in: Board) -> None:
    other = Board(lived_in.store, "other")
    other.add(tasks=[{"key": "a"}, {"key": "b", "needs": ["a"]}])
    change(lived_in, f"UPDATE task SET pending = 9 WHERE key = 'b' AND board_id = {other.id}")
    assert lived_in.verify() == []
    assert other.verify() != []


def test_a_board_that_nobody_has_used_is_sound(board: Board) -> None:
    assert board.verify() == []


def test_many_problems_are_cut_short(lived_in: Board) -> None:
    lived_in.add(tasks=[{"key": f"many{n}"} for n in range(900)])
    change(lived_in, "UPDATE task SET title = 'x', pending = 3")
    assert 500 < len(lived_in.verify()) < 1500


@pytest.mark.parametrize("seed", range(8))
def test_whatever_the_verbs_do_the_tables_equal_the_replay_of_the_log(
    board: Board, clock: ManualClock, seed: int
) -> None:
    wanderer = Wanderer(board, clock, seed)
    done: list[str] = []
    for _ in range(45):
        done.append(wanderer.step())
        assert board.verify() == [], done[-3:]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_long_walks_leave_a_sound_board(
    board: Board, clock: ManualClock, tmp_path: Path, seed: int
) -> None:
    wanderer = Wanderer(board, clock, seed)
    for _ in range(300):
        done = wanderer.step()
        assert board.verify() == [], done


def test_the_walks_really_do_everything(tmp_path: Path) -> None:
    clock, done = ManualClock(), set[str]()
    for seed in range(3):
        with Board.open(tmp_path / f"{seed}.db", clock=clock) as board:
            wanderer = Wanderer(board, clock, seed)
            for _ in range(150):
                wanderer.step()
            done |= set(wanderer.done)
    assert done == {action.__name__ for _, action in wanderer._actions}
