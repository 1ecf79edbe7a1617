"""Lazy upkeep of the queue: expired leases come back, and backoffs that are due return.

Nobody has to run a sweeper: every claim and every check does a little of it.
"""

from __future__ import annotations

from headwater import limits
from headwater.graph.states import State, Trigger
from headwater.operations import attempts
from headwater.operations.order import settle_some_ranks
from headwater.operations.work import STORE_ACTOR, Work
from headwater.store.queries import sessions, tasks
from headwater.store.rows import TaskRow


def upkeep(work: Work, session_id: int = 0) -> tasks.Chores:
    """Reclaim expired leases, return tasks whose backoff is over, and pass some rank changes on.
    Returns what there was to be looked into."""
    chores = work.tx.one(
        tasks.CHORES, board_id=work.board.id, now_ms=work.now_ms, session_id=session_id
    )
    assert chores is not None
    if chores.expired or chores.due or chores.ranks:
        _do(work, chores)
    return chores


def _do(work: Work, chores: tasks.Chores) -> None:
    if chores.expired and work.now_ms >= work.board.expiry_floor_ms:
        expired = work.tx.all(
            tasks.EXPIRED,
            board_id=work.board.id,
            now_ms=work.now_ms,
            count=limits.RECLAIM_AT_ONCE,
        )
        for task in expired:
            expire(work, task)
    for task in work.tx.all(
        tasks.DUE, board_id=work.board.id, now_ms=work.now_ms, count=limits.RECLAIM_AT_ONCE
    ):
        task.due_ms = 0
        if task.state == State.READY:
            work.enqueue(task)
        work.record("backoff_over", task, actor=STORE_ACTOR)
        work.save(task)
    settle_some_ranks(work)


def end_idle_sessions(work: Work) -> None:
    """End a few of the sessions that were not seen for a week and hold nothing, nor could take up
    again what they held: whoever comes back after that joins anew. Leases are not waited for here,
    they expire by themselves."""
    idle = work.tx.all(
        sessions.IDLE,
        board_id=work.board.id,
        before_ms=work.now_ms - limits.SESSION_IDLE_DAYS * limits.DAY_MS,
        count=limits.SESSIONS_REAPED_AT_ONCE,
    )
    for session in idle:
        work.tx.run(sessions.END, id=session.id, now_ms=work.now_ms)
    if idle:
        ids = [session.id for session in idle]
        work.record("sessions_ended", data={"sessions": ids}, actor=STORE_ACTOR)


def note_the_time(work: Work) -> None:
    """After a silence of all (a laptop that slept) nobody's lease shall expire at once.

    A lease that had run out before the silence began gets no such grace: it is reclaimed here.
    """
    board = work.board
    gap_ms = work.now_ms - board.last_call_ms
    if board.last_call_ms and gap_ms >= limits.SLEEP_GAP_MS and board.active + board.review:
        for task in work.tx.all(
            tasks.EXPIRED,
            board_id=board.id,
            now_ms=board.last_call_ms,
            count=limits.RECLAIM_AT_ONCE,
        ):
            expire(work, task)
        row = work.tx.one(tasks.NEXT_EXPIRY, board_id=board.id)
        if row is not None and row[0] <= work.now_ms:
            board.expiry_floor_ms = work.now_ms + limits.SLEEP_GRACE_MS
    if gap_ms >= limits.LAST_SEEN_STEP_MS:
        board.last_call_ms = work.now_ms
        work.touch_board()


def expire(work: Work, task: TaskRow) -> None:
    """A lease ran out: the attempt is charged, the fence stays, so its holder may still return."""
    attempt = attempts.current(work, task)
    recorded = attempts.end(
        work, task, attempt, "expired", reason="the lease ran out", by_holder=False
    )
    if task.state == State.REVIEW:
        work.record("review_expired", task, data={"attempt": recorded}, actor=STORE_ACTOR)
        task.lapsed_session_id = attempt.session_id
        work.save(task)
        work.notify_session(
            attempt.session_id, "lease_lost", task=task.key, data={"why": "expired"}
        )
        return
    last = task.attempt >= task.attempts
    work.record("expired", task, data={"attempt": recorded}, actor=STORE_ACTOR)
    work.move(task, Trigger.EXPIRE_LAST if last else Trigger.EXPIRE)
    task.lapsed_session_id = attempt.session_id
    work.save(task)
    work.notify_session(attempt.session_id, "lease_lost", task=task.key, data={"why": "expired"})
    if last:
        work.notify("planners", "failed", task=task.key, data={"why": "the last lease ran out"})
