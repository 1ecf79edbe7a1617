"""A store that version 0.1.0 made: it is upgraded where it lies, and work on its boards goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from store_workers import described, raw

from headwater import Board
from headwater.clock import ManualClock
from headwater.operations.leases import ended_token
from headwater.operations.work import Work
from headwater.store import schema
from headwater.store.queries import log
from headwater.store.store import Store
from headwater.store.transaction import Tx
from headwater.verbs.work import Briefing
from released_store import BOARDS, NOW_MS, put_released_store, session_of

ROWS = "SELECT id, key, state, round, fence, session_id, delivery_id FROM task ORDER BY id"


@pytest.fixture
def old(tmp_path: Path, library: str) -> Path:
    return put_released_store(tmp_path / "board.db")


def board_of(path: Path, name: str = "lively", clock: ManualClock | None = None) -> Board:
    """A board of the store, a minute after it was left."""
    return Board.open(path, name, clock=clock or a_minute_later())


def a_minute_later() -> ManualClock:
    return ManualClock(NOW_MS + 60_000)


def rank_all(board: Board) -> None:
    """Ranks are made again by whoever writes, some with each call."""
    for _ in range(3):
        board.tell("all", "a call")


def test_it_is_upgraded_and_sound(old: Path) -> None:
    for name in BOARDS:
        with board_of(old, name) as board:
            assert board.store.integrity_check() == []
            assert board.verify() == []
            rank_all(board)
            assert board.verify() == []
            assert board.repair().repaired == 0


def test_what_it_was_lies_beside_it(old: Path) -> None:
    connection = raw(old)
    before = connection.execute(ROWS).fetchall()
    connection.close()
    board_of(old).close()
    backup = old.with_name("board.db.backup-0001")
    assert backup.stat().st_mode & 0o777 == 0o600
    for path, version in ((old, schema.HEAD), (backup, "0001")):
        connection = raw(path)
        assert connection.execute(ROWS).fetchall() == before
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == [(version,)]
        connection.close()


def test_its_tables_are_those_of_a_new_store(old: Path, tmp_path: Path) -> None:
    board_of(old).close()
    Store.open(tmp_path / "new.db").close()
    assert described(old) == described(tmp_path / "new.db")


def test_leases_of_then_are_good(old: Path) -> None:
    with board_of(old) as board:
        resumed = board.join(session=session_of("hand"), take=True)
        held = {one.task: one.lease for one in resumed.leases}
        assert {"bill", "teller"} <= held.keys()
        told = board.check(held["teller"]).inputs or []
        assert [(one.task, one.key, one.old, one.new) for one in told] == [("fact", "value", 1, 2)]
        assert board.finish(held["bill"], summary="sent").state == "done"
        assert board.finish(held["teller"], summary="it is 2").state == "done"
        review = board.join(session=session_of("judge"), take=True).leases
        assert [(one.task, one.kind) for one in review] == [("rights", "review")]
        assert board.finish(review[0].lease, "approve").state == "done"
        assert board.verify() == []


def test_leases_of_then_run_out(old: Path) -> None:
    clock = a_minute_later()
    with board_of(old, "pair", clock) as board:
        session = board.join("new").session
        for _ in range(12):  # a silence of all calls would put it off
            clock.advance(minutes=10)
            board.check(session=session)
        first = board.claim(session)
        assert (first.task, first.fence) == ("one", 2)
        assert [one.outcome for one in first.tried or []] == ["expired"]
        assert board.verify() == []


def test_paths_in_use_and_limits_are_known(old: Path) -> None:
    with board_of(old) as board:
        board.add([{"key": "near", "paths": ["src/slow/x.py"], "budget": {"tokens": 5}}])
        job = board.claim(board.join("new").session, "near")
        assert [one.task for one in job.neighbours or []] == ["slow"]
        board.budget(tokens=10_000)
        assert board.verify() == []


def test_only_what_soft_edges_lead_to_was_read_softly(old: Path) -> None:
    board_of(old).close()
    connection = raw(old)
    rows = connection.execute(
        "SELECT t.key, s.key FROM reading r JOIN task t ON t.id = r.task_id "
        "JOIN task s ON s.id = r.source_id WHERE r.soft = 1 ORDER BY t.id, s.id"
    ).fetchall()
    shown = connection.execute("SELECT count(*) FROM reading WHERE shown_id <> delivery_id")
    assert shown.fetchall() == [(0,)]
    connection.close()
    assert rows == [("docs", "design"), ("guide", "design"), ("guide", "api"), ("bill", "metrics")]


def test_a_repeated_call_gets_the_reply_of_then(old: Path) -> None:
    with board_of(old) as board:
        lead = session_of("lead")
        again = board.claim(lead, "slow", request="claim-slow")
        assert again.lease is not None
        assert board.check(again.lease).leases[0].task == "slow"
        over = board.claim(session_of("hand"), "given", request="claim-given")
        assert (over.task, over.why, over.lease) == ("given", "lost", None)
        revision = board.revision()
        plan = board.add([{"key": "design"}], session=lead, request="plan-1")
        assert [one.key for one in plan.tasks][:2] == ["design", "api"]
        told = board.tell("all", "Stand-up at nine.", session=lead, request="tell-1")
        assert told.to == "all"
        assert board.revision() == revision


def ended(board: Board, key: str) -> str:
    """The lease by which a task was finished last."""

    def look(tx: Tx) -> str:
        work = Work.open(tx, board.id, board.caller, board.store.lease_key, reads=True)
        task = work.task(key)
        attempt = tx.one(log.LAST_WORK, task_id=task.id)
        assert attempt is not None
        return ended_token(work, task, attempt)

    return board.store.read(look)


def test_a_repeated_finish_gets_the_reply_of_then(old: Path) -> None:
    with board_of(old) as board:
        revision = board.revision()
        first = board.finish(ended(board, "given"), summary="given back", claim_next=True)
        assert (first.task, first.state, first.warnings) == ("given", "done", None)
        assert first.claimed is not None
        assert first.claimed.task == "bill"
        other = board.finish(ended(board, "metrics"), summary="anything")
        assert (other.state, other.claimed) == ("done", None)
        assert board.revision() == revision


def worked(board: Board, session: str, job: Briefing) -> None:
    """Do what a claim asks for."""
    assert job.lease is not None
    if job.kind == "review":
        board.finish(job.lease, "approve", notes="as it should be")
        return
    owed = job.owes or []
    keys = {key: [f"{job.task} {job.fence}"] for one in owed for key in one.keys or []}
    board.finish(
        job.lease,
        summary=f"done by {session}",
        critical=keys | {"value": job.fence},
        delivered={one.to: "as promised" for one in owed if one.promise},
        evidence=dict.fromkeys(job.acceptance or [], "seen"),
    )


def test_the_plan_is_worked_to_its_end(old: Path) -> None:
    with board_of(old, clock=(clock := a_minute_later())) as board:
        board.answer("stuck", "the other one")
        board.rework("emptied-a", feedback="it is needed after all")
        for failed in ("cache", "old-failed"):
            board.rework(failed, feedback="once more")
        board.split("late", [{"key": "late-a"}, {"key": "late-b", "needs": ["late-a"]}])
        hands = [board.join(name, capabilities=["web"]).session for name in ("a", "b", "judge")]
        idle = 0
        while idle < len(hands):
            session = hands.pop(0)
            hands.append(session)
            clock.advance(minutes=10)
            job = board.claim(session)
            idle = idle + 1 if job.none else 0
            if not job.none:
                worked(board, session, job)
        left = board.graph("list", limit=200).tasks
        assert {one["state"] for one in left} == {"done", "cancelled"}
        board.rework("design", feedback="one more endpoint", consumers="all")
        assert board.verify() == []


def tasks_of(board: Board, at: int = 0) -> list[dict[str, Any]]:
    """All tasks but for what the log does not say: how long from now something takes."""
    return [
        {name: value for name, value in one.items() if name not in ("until_s", "due_s")}
        for one in board.graph("list", at=at, limit=200).tasks
    ]


def test_its_past_can_be_read(old: Path) -> None:
    with board_of(old) as board:
        newest = board.revision()
        for at in range(1, newest + 1):
            assert board.graph("list", at=at).at == at
        assert tasks_of(board) == tasks_of(board, at=newest)
        first = board.graph("task", task="design", at=20)
        assert (first.round, first.delivery.critical["errors"]) == (1, 4)
        hits = {one["task"] for one in board.graph("search", query="cellar").hits}
        assert hits == {"stuck"}
        assert board.verify_index() == []
        archived = board.archive(older_than_days=0)
        assert board.verify_archive(archived.file) == []
        assert board.verify() == []
        assert tasks_of(board) == tasks_of(board, at=newest)


def test_what_is_lost_of_it_is_made_again_from_its_log(old: Path) -> None:
    board_of(old).close()
    connection = raw(old)
    for statement in (
        "UPDATE attempt SET notes = 'x' WHERE id = 1",
        "DELETE FROM attempt WHERE id = 5",
        "DELETE FROM edge WHERE task_id = 2",
        "DELETE FROM claimed_path",
        "INSERT INTO meta VALUES ('redacting', '1')",
        "DELETE FROM delivery WHERE id = 3",
        "DELETE FROM meta WHERE name = 'redacting'",
    ):
        connection.execute(statement)
    connection.close()
    with board_of(old) as board:
        assert board.repair().left == []
        assert board.verify() == []
        assert board.redact("made elsewhere").changed
        assert board.verify() == []
