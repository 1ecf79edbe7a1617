"""Work inside a `with` block."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from worker_hands import state, tried

from headwater import Board, limits
from headwater.errors import HeadwaterError, StoreBusy
from headwater.verbs.work import Lost
from headwater.worker.job import claim
from patience import PATIENCE_S, WOKEN_S


def test_a_block_claims_and_finishes_with_what_was_delivered(board: Board) -> None:
    board.add([{"key": "a", "spec": "build"}])
    with board.work(agent="ann") as job:
        assert (job.none, job.briefing.spec) == (None, "build")
        assert state(board, "a") == "active"
        job.deliver(summary="built")
        job.deliver(critical={"v": 1})
    assert job.ended is not None
    assert job.ended.state == "done"
    delivery = board.graph(task="a").delivery
    assert (delivery.summary, delivery.critical, delivery.by[:4]) == ("built", {"v": 1}, "ann/")


def test_a_block_without_a_task_says_why_and_ends_nothing(board: Board) -> None:
    with board.work(agent="ann") as job:
        assert job.none is not None
        assert job.none.reason == "empty"
        assert job.lease == ""
    assert job.ended is None


def test_a_block_waits_for_a_task(board: Board) -> None:
    me = board.join("ann").session
    got: list[str] = []

    def work() -> None:
        with board.work(me, wait=45) as job:
            got.append(job.briefing.task or "")

    waiting = threading.Thread(target=work)
    waiting.start()
    board.add([{"key": "a"}])
    waiting.join(WOKEN_S)
    assert got == ["a"]


def test_an_exception_fails_the_attempt_with_its_text_and_is_raised_again(board: Board) -> None:
    board.add([{"key": "a", "attempts": 1}])
    with pytest.raises(ValueError, match="no such file"), board.work(agent="ann"):
        raise ValueError("no such file")
    assert state(board, "a") == "failed"
    assert tried(board, "a") == [("failed", "ValueError: no such file")]


def test_the_text_of_an_exception_is_bounded_and_made_storable(board: Board) -> None:
    board.add([{"key": "a"}])
    with pytest.raises(ValueError, match="x"), board.work(agent="ann"):
        raise ValueError("\x00\ud800" + "x" * 100_000)
    ((_, reason),) = tried(board, "a")
    assert reason is not None
    assert len(reason) == limits.EXCEPTION_CHARS


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_an_interruption_gives_the_task_back(
    board: Board, interruption: type[BaseException]
) -> None:
    board.add([{"key": "a"}])
    with pytest.raises(interruption), board.work(agent="ann"):
        raise interruption
    assert state(board, "a") == "ready"
    assert [outcome for outcome, _ in tried(board, "a")] == ["released"]


def test_a_job_can_be_ended_inside_the_block_once(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    me = board.join("ann").session
    with board.work(me) as job:
        assert job.finish(summary="made").unblocked == ["b"]
    with board.work(me) as job:
        job.fail("cannot")
    assert tried(board, "b") == [("failed", "cannot")]
    board.add([{"key": "c"}])
    with board.work(me, task="c") as job:
        assert job.release("not mine").state == "ready"
    assert board.check(session=me).leases == []


def test_a_refused_finish_can_be_repaired_inside_the_block(board: Board) -> None:
    promise = {"task": "a", "promise": "the address"}
    board.add([{"key": "a"}, {"key": "b", "contracts": [promise]}])
    with board.work(agent="ann") as job:
        with pytest.raises(HeadwaterError, match="promise"):
            job.finish(summary="made")
        job.deliver(delivered={"b": "port 80"})
    assert state(board, "a") == "done"


def test_a_finish_that_is_refused_at_the_end_fails_the_attempt(board: Board) -> None:
    promise = {"task": "a", "promise": "the address"}
    board.add([{"key": "a"}, {"key": "b", "contracts": [promise]}])
    with pytest.raises(HeadwaterError, match="promise"), board.work(agent="ann"):
        pass
    ((outcome, reason),) = tried(board, "a")
    assert outcome == "failed"
    assert (reason or "").startswith("MissingPromises: a has not answered")


def test_a_session_of_its_own_ends_with_the_block_and_a_given_one_stays(board: Board) -> None:
    me = board.join("ann").session
    with board.work(agent="bob"):
        assert [one["agent"] for one in board.graph("agents").agents] == ["ann", "bob"]
    with board.work(me):
        pass
    assert [one["agent"] for one in board.graph("agents").agents] == ["ann"]


def test_a_review_needs_a_verdict_and_is_given_back_without_one(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    with board.work(agent="ann") as job:
        job.deliver(summary="x")
    rob = board.join("rob").session
    with board.work(rob, kind="review"):
        pass
    assert state(board, "a") == "review"
    with pytest.raises(OSError, match="net"), board.work(rob, kind="review"):
        raise OSError("net")
    assert state(board, "a") == "review"
    with board.work(rob, kind="review") as job:
        job.finish("approve")
    assert state(board, "a") == "done"


def test_a_note_is_kept_and_brings_the_news(board: Board) -> None:
    board.add([{"key": "a"}])
    with board.work(agent="ann") as job:
        board.tell("workers", "hurry")
        told = job.note("half way", progress=50)
        assert [one.text for one in told.notices or []] == ["hurry"]
        assert board.graph(task="a").note == "half way"
        job.release()


def test_notices_that_came_with_the_task_are_the_first_of_a_job(board: Board) -> None:
    board.add([{"key": "a"}])
    ann = board.join("ann").session
    board.tell("workers", "mind the edge")
    with board.work(ann) as job:
        assert [one.text for one in job.notices] == ["mind the edge"]
        job.release()
    with board.work(ann, kind="review") as job:
        assert job.notices == []


def test_a_lease_is_renewed_in_the_background(board: Board) -> None:
    board.add([{"key": "a"}])
    board.policy(lease_minutes=0.5)
    renewed = threading.Event()
    with board.work(agent="ann", renew=0.01) as job:
        board.tell("workers", "are you there?")
        first = board.graph(task="a").until_s
        stop = board.feed.subscribe(lambda: renewed.set() if job.notices else None)
        assert renewed.wait(PATIENCE_S), "no renewal handed the notice out"
        stop()
        assert board.graph(task="a").until_s >= first - 1
        assert [one.text for one in job.notices] == ["are you there?"]
        job.release()


# -- a lease that is taken away ----------------------------------------------------------------


def test_a_cancel_by_another_process_reaches_the_job_at_once(board: Board, db: Path) -> None:
    board.add([{"key": "a"}])
    seen: list[Lost] = []
    with board.work(agent="ann") as job:
        job.cancelled.add_callback(seen.append)
        assert not job.cancelled.is_set()
        subprocess.run(
            [sys.executable, "-m", "headwater", "cancel", "a", "--reason", "obsolete",
             "--db", str(db)],
            check=True, capture_output=True, timeout=PATIENCE_S,
        )  # fmt: skip
        assert job.cancelled.wait(PATIENCE_S)
        with pytest.raises(HeadwaterError, match=r"lease on a is over \(cancelled"):
            job.raise_if_cancelled()
    assert [(one.task, one.why, one.reason) for one in seen] == [("a", "cancelled", "obsolete")]
    assert job.ended is None
    assert state(board, "a") == "cancelled"


@pytest.mark.parametrize("how", ["taken_over", "reworked", "split", "done_by_hand"])
def test_every_loss_sets_it(board: Board, how: str) -> None:
    board.add([{"key": "a"}])
    with board.work(agent="ann") as job:
        if how == "taken_over":
            board.claim(board.join("bob").session, "a", take_over=True)
        elif how == "reworked":
            board.rework("a", "otherwise")
        elif how == "split":
            board.cancel(["a"])
        else:
            board.done("a", "did it")
        assert job.cancelled.wait(PATIENCE_S)
        lost = job.cancelled.lost
    assert lost is not None
    assert lost.why == ("cancelled" if how == "split" else how)
    late: list[Lost] = []
    job.cancelled.add_callback(late.append)
    assert late == [lost]


def test_what_a_cancelled_job_delivers_is_kept_as_salvage(board: Board) -> None:
    board.add([{"key": "a"}])

    def late() -> None:
        with board.work(agent="ann") as job:
            job.deliver(summary="nearly done")
            board.cancel(["a"])
            assert job.cancelled.wait(PATIENCE_S)

    with pytest.raises(HeadwaterError, match="kept as salvage"):
        late()
    board.rework("a", "after all")
    with board.work(agent="bob") as job:
        assert [one.summary for one in job.briefing.salvage or []] == ["nearly done"]
        job.release()


def test_leaving_the_block_after_a_cancel_is_no_failure(board: Board) -> None:
    board.add([{"key": "a"}])

    def stop() -> None:
        with board.work(agent="ann") as job:
            board.cancel(["a"])
            job.cancelled.wait(PATIENCE_S)
            job.raise_if_cancelled()

    with pytest.raises(HeadwaterError, match="over"):
        stop()
    assert [outcome for outcome, _ in tried(board, "a")] == ["cancelled"]
    assert board.graph(task="a").salvage is None


def test_the_jobs_own_end_is_no_cancellation(board: Board) -> None:
    board.add([{"key": f"t{n}"} for n in range(20)])
    me = board.join("ann").session
    for _ in range(20):
        with board.work(me) as job:
            told: list[Lost] = []
            job.cancelled.add_callback(told.append)
            job.finish(summary="x")
            board.tell("all", "something else happened")
        assert not job.cancelled.is_set()
        assert told == []


def test_a_callback_that_fails_keeps_no_other_from_being_told(
    board: Board, caplog: pytest.LogCaptureFixture
) -> None:
    board.add([{"key": "a"}])
    told = threading.Event()
    with board.work(agent="ann") as job:
        job.cancelled.add_callback(lambda lost: job.note(f"{lost.why}", progress=1000) and None)
        job.cancelled.add_callback(lambda _: told.set())
        board.cancel(["a"])
        assert told.wait(PATIENCE_S)
    assert "a callback of a cancelled job failed" in caplog.text


def test_an_interruption_between_claim_and_block_leaves_no_lease(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Ctrl-C does when the claim is committed and its reply is on its way."""
    board.add([{"key": "a"}, {"key": "b"}])
    me = board.join("ann").session
    real = board.claim

    def interrupted(*arguments: object, **named: object) -> object:
        real(*arguments, **named)  # type: ignore[call-overload]
        raise KeyboardInterrupt

    monkeypatch.setattr(board, "claim", interrupted)
    with pytest.raises(KeyboardInterrupt), board.work(me):
        raise AssertionError("the block must not begin")
    assert board.check(session=me).leases == []
    assert tried(board, "a") == [("undone", "reply not delivered")]


def test_an_interruption_between_claim_and_block_leaves_the_lease_that_was_held_before(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.add([{"key": "a"}])
    me = board.join("ann").session
    lease = board.claim(me, "a").lease
    real = board.claim

    def interrupted(*arguments: object, **named: object) -> object:
        real(*arguments, **named)  # type: ignore[call-overload]
        raise KeyboardInterrupt

    monkeypatch.setattr(board, "claim", interrupted)
    with pytest.raises(KeyboardInterrupt), board.work(me):
        raise AssertionError("the block must not begin")
    assert [held.lease for held in board.check(session=me).leases] == [lease]


def test_a_claim_that_was_refused_takes_nothing_from_another_thread_of_its_session(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.add([{"key": "a"}])
    me = board.join("ann").session
    real = board.claim

    def refused(*_: object, **_named: object) -> object:
        real(me, "a")  # the other thread, meanwhile
        raise StoreBusy("busy")

    monkeypatch.setattr(board, "claim", refused)
    with pytest.raises(StoreBusy), board.work(me):
        raise AssertionError("the block must not begin")
    assert [held.task for held in board.check(session=me).leases] == ["a"]


def test_a_claim_that_nobody_takes_is_undone_unless_its_task_was_held_before(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    me = board.join("ann").session
    lease = board.claim(me, "a").lease
    claim(board, me, {}).undo()
    claim(board, board.join("bob").session, {}).undo()
    assert [held.lease for held in board.check(session=me).leases] == [lease]
    assert tried(board, "b") == [("undone", "reply not delivered")]


def test_a_session_that_holds_its_task_already_goes_on_with_it(board: Board) -> None:
    board.add([{"key": "a"}])
    me = board.join("ann").session
    lease = board.claim(me).lease
    with board.work(me) as job:
        assert (job.briefing.already_holding, job.lease) == (True, lease)
    assert state(board, "a") == "done"


def test_importing_headwater_does_not_import_the_worker() -> None:
    code = "import sys, headwater; print([m for m in sys.modules if 'worker' in m or 'anyio' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
