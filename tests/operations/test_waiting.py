"""Waiting: a claim or check with `wait` wakes when there is an answer, and no wake-up is lost.

These tests use the machine's clock. A wake-up that was lost shows as a wait to its end, 45 s, which
is longer than a test's patience.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest
from hands import lease, worker

from headwater import Board, limits
from headwater.operations.caller import Caller
from headwater.operations.waiting import until_answered
from headwater.verbs.base import Reply, Request
from headwater.verbs.work import Briefing, CheckRequest, ClaimRequest
from patience import WOKEN_S
from raw_sql import execute


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Board]:
    """A board on the machine's clock."""
    with Board.open(tmp_path / "live.db", "default") as opened:
        yield opened
        assert opened.verify() == []


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as opened:
        yield opened


def _waits(live: Board, pool: ThreadPoolExecutor, session: str) -> Future[Briefing]:
    """A claim that waits already when this returns."""
    waiting = threading.Event()
    feed_wait = live.feed.wait

    def noticed(seen: int, timeout_s: float) -> int:
        waiting.set()
        return feed_wait(seen, timeout_s)

    live.feed.wait = noticed  # type: ignore[method-assign]
    future = pool.submit(live.claim, session, wait=45)
    assert waiting.wait(WOKEN_S)
    live.feed.wait = feed_wait  # type: ignore[method-assign]
    return future


def test_a_wait_longer_than_a_call_may_ask_for_takes_a_step_as_often_as_calls_would(
    live: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.add([{"key": "a"}])
    live.claim(worker(live, "ann"))
    bob = worker(live, "bob")
    monkeypatch.setattr(limits, "WAIT_SECONDS", 0.1)
    steps = Counter[str]()
    step = live.step

    def counted(request: Request, caller: Caller | None = None) -> Reply:
        steps["all"] += 1
        return step(request, caller)

    monkeypatch.setattr(live, "step", counted)
    began = monotonic()
    got = live.call(ClaimRequest(session=bob, wait=0.1), wait_s=1.0)
    assert isinstance(got, Briefing)
    assert got.none is not None
    assert monotonic() - began >= 1.0
    assert steps["all"] >= 3, "so the session is seen all the time"


def test_a_claim_without_wait_answers_at_once(live: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live.feed, "wait", None)  # it is not called
    assert live.claim(worker(live)).none is not None


def test_a_waiting_claim_answers_none_when_its_time_is_up(live: Board) -> None:
    began = monotonic()
    got = live.claim(worker(live), wait=0.2)
    assert got.none is not None
    assert 0.2 <= monotonic() - began < WOKEN_S


def test_a_waiting_check_says_at_once_what_it_could_not_keep(
    live: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.feed, "wait", None)  # it is not called
    reply = live.check(session=worker(live), note="half done", wait=45)
    assert (reply.warnings or [""])[0].startswith("not kept: note")


def test_a_waiting_claim_looks_further_than_the_look_ahead(live: Board) -> None:
    live.policy(paths="refuse")
    live.add([{"key": "holder", "paths": ["src/**"]}])
    lease(live, "holder")
    busy = [{"key": f"t{at:03}", "paths": ["src/a.py"]} for at in range(limits.LOOK_AHEAD + 5)]
    live.add([*busy, {"key": "free", "priority": -5}])
    ann, began = worker(live, "ann"), monotonic()
    assert live.claim(ann, wait=45).task == "free"
    assert monotonic() - began < WOKEN_S


@pytest.mark.parametrize("wait", [-1, 46, float("nan"), float("inf")])
def test_a_wait_out_of_bounds_is_refused(live: Board, wait: float) -> None:
    session = worker(live)
    with pytest.raises(Exception, match="wait"):
        live.claim(session, wait=wait)


def test_a_waiting_claim_is_woken_by_a_task_that_another_thread_adds(
    live: Board, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for poll in ("FEED_POLL_MS", "FEED_IDLE_POLL_MS"):
        monkeypatch.setattr(limits, poll, 60_000)  # nothing but the commit itself can wake it
    session = worker(live)
    for at in range(15):
        future = _waits(live, pool, session)
        live.add([{"key": f"t{at}"}])
        got = future.result(WOKEN_S)
        assert got.task == f"t{at}"
        live.finish(got.lease or "", summary="x")
        live.add([{"key": f"held{at}"}])
        live.finish(live.claim(session).lease or "", "blocked", summary="keeps the board open")


_ADDER = textwrap.dedent(
    """
    import sys
    from headwater import Board, limits
    board = Board.open(sys.argv[1])
    for line in sys.stdin:
        board.add([{"key": line.strip()}])
    board.close()
    """
)


def test_a_waiting_claim_is_woken_by_a_task_that_another_process_adds(
    live: Board, pool: ThreadPoolExecutor
) -> None:
    session = worker(live)
    child = subprocess.Popen(
        [sys.executable, "-c", _ADDER, str(live.store.path)],
        stdin=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    try:
        for at in range(12):
            live.add([{"key": f"held{at}"}])
            live.finish(live.claim(session).lease or "", "blocked", summary="keeps it open")
            future = _waits(live, pool, session)
            child.stdin.write(f"t{at}\n")
            child.stdin.flush()
            got = future.result(WOKEN_S)
            assert got.task == f"t{at}"
            live.finish(got.lease or "", summary="x")
    finally:
        child.stdin.close()
        child.wait(WOKEN_S)


def test_a_waiting_claim_wakes_when_a_lease_expires(live: Board) -> None:
    live.policy(lease_minutes=1 / 6)
    live.add([{"key": "a"}])
    live.claim(worker(live, "ann"))
    live.store.write(_shorten_leases)
    began = monotonic()
    got = live.claim(worker(live, "bob"), wait=45)
    assert got.task == "a"
    assert monotonic() - began < WOKEN_S


def _shorten_leases(tx: object) -> None:
    execute(tx, "UPDATE task SET lease_until_ms = lease_until_ms - 9000")


def test_a_waiting_claim_wakes_when_a_backoff_ends(live: Board) -> None:
    live.policy(backoff_first_ms=300, backoff_most_ms=300)
    live.add([{"key": "a"}])
    session = worker(live)
    live.finish(live.claim(session).lease or "", "failed", summary="flaky")
    began = monotonic()
    assert live.claim(session, wait=45).task == "a"
    assert monotonic() - began < WOKEN_S


def test_a_waiting_claim_ends_with_all_done(live: Board, pool: ThreadPoolExecutor) -> None:
    live.add([{"key": "a"}])
    token = live.claim(worker(live, "ann")).lease or ""
    future = _waits(live, pool, worker(live, "bob"))
    live.finish(token, summary="x")
    none = future.result(WOKEN_S).none
    assert none is not None
    assert none.reason == "all_done"


def test_a_waiting_claim_gets_what_a_message_to_planners_brings(
    live: Board, pool: ThreadPoolExecutor
) -> None:
    live.add([{"key": "a"}])
    ann, bob = worker(live, "ann"), worker(live, "bob")
    token = live.claim(ann).lease or ""
    live.tell("planners", "one more is needed", session=ann)
    live.check(session=bob)
    future = _waits(live, pool, bob)
    live.finish(token, summary="x")
    live.add([{"key": "b"}])
    assert future.result(WOKEN_S).task == "b"


def test_a_waiting_claim_ends_with_a_message(live: Board, pool: ThreadPoolExecutor) -> None:
    live.add([{"key": "a"}])
    live.claim(worker(live, "ann"))
    bob = worker(live, "bob")
    future = _waits(live, pool, bob)
    live.tell("agent:ann", "not for bob")
    live.tell("agent:bob", "hello")
    got = future.result(WOKEN_S)
    assert got.none is not None
    assert [one.text for one in got.notices or []] == ["hello"]
    assert _waits(live, pool, bob).running(), "it is not said again"
    live.add([{"key": "b"}])


def test_who_waits_for_a_review_waits_on_when_planners_are_told_something(
    live: Board, pool: ThreadPoolExecutor
) -> None:
    live.add([{"key": "a"}, {"key": "b"}])
    ann, bob = worker(live, "ann"), worker(live, "bob")
    token = live.claim(ann, "a").lease or ""
    future = pool.submit(live.claim, bob, kind="review", wait=45)
    live.finish(token, "blocked", summary="which calendar?")
    live.tell("planners", "the spec forgets the time zones", session=ann)
    with pytest.raises(TimeoutError):
        future.result(1)
    live.tell("agent:bob", "hello")
    told = future.result(WOKEN_S).notices or []
    assert [one.kind for one in told] == ["blocked", "message", "message"], "none is lost"


def test_a_waiting_claim_goes_on_when_a_person_resumes_the_board(
    live: Board, pool: ThreadPoolExecutor
) -> None:
    live.add([{"key": "a"}])
    live.pause()
    future = _waits(live, pool, worker(live))
    live.resume()
    assert future.result(WOKEN_S).task == "a"


def test_a_waiting_check_is_woken_by_a_notice(live: Board, pool: ThreadPoolExecutor) -> None:
    ann = worker(live, "ann")
    future = pool.submit(live.check, session=ann, wait=45)
    live.tell("agent:ann", "hello")
    told = future.result(WOKEN_S).notices
    assert told is not None
    assert told[0].text == "hello"


class _Interrupted:
    """A board on which something is committed right after the first look."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.feed = board.feed
        self.may_have_news = board.may_have_news
        self.looks = 0

    def step(self, request: Request, caller: Caller | None = None) -> Reply:
        reply = self.board.step(request, caller)
        self.looks += 1
        if self.looks == 1:
            self.board.add([{"key": "between"}])
        return reply


def test_what_is_committed_between_the_look_and_the_wait_is_not_missed(live: Board) -> None:
    request = ClaimRequest(session=worker(live), wait=45)
    began = monotonic()
    reply = until_answered(_Interrupted(live), request, live.caller)
    assert isinstance(reply, Briefing)
    assert reply.task == "between"
    assert monotonic() - began < WOKEN_S


def test_no_wake_up_is_lost_in_three_hundred_races_between_finish_and_wait(
    live: Board, pool: ThreadPoolExecutor
) -> None:
    rounds = 300
    live.add([{"key": "t0"}])
    live.add([{"key": f"t{at}", "needs": [f"t{at - 1}"]} for at in range(1, rounds + 1)])
    sessions = [worker(live, "ann"), worker(live, "bob")]
    got = live.claim(sessions[0])
    for at in range(rounds):
        waiter = sessions[(at + 1) % 2]
        future = pool.submit(live.claim, waiter, wait=45)
        live.finish(got.lease or "", summary="x")
        got = future.result(WOKEN_S)
        assert got.task == f"t{at + 1}"
    live.finish(got.lease or "", summary="x")


@pytest.mark.parametrize(
    ("change", "news"),
    [
        (lambda board: board.add([{"key": "more"}]), False),
        (lambda board: board.join("else"), False),
        (lambda board: board.tell("agent:ann", "hello"), True),
        (lambda board: board.cancel(["a"]), True),
        (lambda board: board.edit("a", set={"spec": "otherwise"}), True),
        (lambda board: board.claim(worker(board, "bob"), "a", take_over=True), True),
    ],
)
def test_a_waiting_check_is_stepped_only_by_what_a_check_can_report(
    live: Board, change: Callable[[Board], object], news: bool
) -> None:
    live.add([{"key": "a"}])
    ann = worker(live, "ann")
    live.claim(ann, "a")
    seen = live.check(session=ann).revision
    change(live)
    assert live.may_have_news(CheckRequest(session=ann, wait=1), seen) is news


def test_a_waiting_check_is_stepped_when_another_window_takes_the_session(live: Board) -> None:
    ann = live.join("ann", window="one").session
    seen = live.check(session=ann).revision
    live.join(session=ann, window="two", take=True)
    assert live.may_have_news(CheckRequest(session=ann, wait=1), seen)
