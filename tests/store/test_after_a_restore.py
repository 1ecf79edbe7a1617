"""A store that was put back to a backup: nobody gets a lease that somebody else was given after it,
and everybody is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import BadRequest
from headwater.operations import restored
from headwater.store.restoring import restore
from postgres_server import databases_or_skip

Given = tuple[str, int]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "board.db"


def claimed(store: Path, clock: ManualClock, agent: str, task: str = "a") -> Given:
    """Lease and fence of a claim in a process of its own."""
    with Board.open(store, clock=clock) as board:
        got = board.claim(board.join(agent).session, task)
        assert got.lease is not None
        assert got.fence is not None
        return got.lease, got.fence


def put_back(store: Path, backup: Path, clock: ManualClock) -> None:
    restore(backup, store, clock=clock)
    with Board.open(store, clock=clock) as board:
        restored.tell(board.store)


def backed_up(store: Path, clock: ManualClock, *before: Callable[[Board], object]) -> Path:
    backup = store.with_name("backup.db")
    with Board.open(store, clock=clock) as board:
        board.add([{"key": "a"}, {"key": "b"}])
        for call in before:
            call(board)
        board.store.backup(backup)
    return backup


def test_a_lease_of_the_time_that_is_gone_is_nobody_elses(store: Path) -> None:
    clock = ManualClock()
    backup = backed_up(store, clock)
    lost, fence = claimed(store, clock, "ann")
    put_back(store, backup, clock)
    held, higher = claimed(store, clock, "bob")
    assert held != lost
    assert higher > fence
    with Board.open(store, clock=clock) as board:
        with pytest.raises(BadRequest, match="no such lease here") as refused:
            board.finish(lost, summary="ann's")
        assert "put back to a backup" in refused.value.next
        assert board.finish(held, summary="bob's").state == "done"
        assert board.verify() == []


def test_each_restore_of_one_backup_begins_above_the_last(store: Path) -> None:
    clock = ManualClock()
    backup = backed_up(store, clock)
    given = [claimed(store, clock, "first")]
    for agent in ("second", "third"):
        clock.advance(seconds=5)
        put_back(store, backup, clock)
        given.append(claimed(store, clock, agent))
    fences = [fence for _, fence in given]
    assert fences == sorted(set(fences))
    assert len({lease for lease, _ in given}) == 3


def test_a_clock_that_was_set_back_gives_no_fence_twice(store: Path) -> None:
    clock = ManualClock()
    backup = backed_up(store, clock)
    put_back(store, backup, clock)
    _, fence = claimed(store, clock, "ann")
    with Board.open(store, clock=clock) as board:
        again = store.with_name("again.db")
        board.store.backup(again)
    put_back(store, again, ManualClock(start_ms=clock.wall_ms() - 86_400_000))
    assert claimed(store, clock, "bob", "b")[1] > fence


def test_leases_and_sessions_of_the_backup_are_good_again(store: Path) -> None:
    clock = ManualClock()
    held: list[str] = []

    def claim(board: Board) -> None:
        held.append(str(board.claim(board.join("ann").session, "a").lease))

    backup = backed_up(store, clock, claim)
    with Board.open(store, clock=clock) as board:
        board.finish(held[0], summary="done, and lost")
    put_back(store, backup, clock)
    with Board.open(store, clock=clock) as board:
        assert board.finish(held[0], summary="done again").state == "done"
        assert board.verify() == []


def test_everybody_of_the_backup_is_told_and_the_history_has_it(store: Path) -> None:
    clock = ManualClock()
    sessions: list[str] = []
    backup = backed_up(store, clock, lambda board: sessions.append(board.join("ann").session))
    with Board.open(store, clock=clock) as board:
        revision = board.revision()
        board.add([{"key": "lost"}])
    put_back(store, backup, clock)
    with Board.open(store, clock=clock) as board:
        [notice] = board.check(session=sessions[0]).notices or []
        assert notice.kind == "restored"
        assert notice.data == {"revision": revision, "until": "2027-01-15T08:00:00.000Z"}
        assert f"ends at 2027-01-15T08:00:00.000Z (revision {revision})" in notice.text
        history = board.graph("history").events or []
        assert history[-1]["kind"] == "restored"
        assert history[-1]["revision"] == revision + 1
        assert board.verify() == []


def test_of_a_restore_of_long_ago_no_refusal_speaks(store: Path) -> None:
    clock = ManualClock()
    put_back(store, backed_up(store, clock), clock)
    clock.advance(minutes=24 * 60 + 1)
    with Board.open(store, clock=clock) as board, pytest.raises(BadRequest) as refused:
        board.finish("a#1.AAAAAAAAAAAAAAAA")
    assert "backup" not in refused.value.next


def test_a_backup_put_into_a_database_begins_above_its_fences_too(store: Path) -> None:
    clock = ManualClock()
    backup = backed_up(store, clock)
    _, fence = claimed(store, clock, "ann")
    with databases_or_skip().empty_store() as url:
        restore(backup, url)
        with Board.open(url) as board:
            got = board.claim(board.join("bob").session, "a")
            assert (got.fence or 0) > 1_000 * fence
            assert board.verify() == []
