"""Rework: new rounds with feedback, asked for by planners and by workers."""

from __future__ import annotations

import json

import pytest
from hands import (
    claim,
    edges,
    events,
    finish,
    finish_all,
    lease,
    notices,
    refused,
    row,
    rows,
    state,
    states,
    texts,
    worker,
)

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.errors import HeadwaterError
from headwater.operations.caller import Caller


@pytest.fixture
def line(board: Board) -> Board:
    """a <- b <- c."""
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["b"]}])
    return board


def feedback(board: Board, key: str) -> list[str]:
    return [one["text"] for one in json.loads(texts(board, key)["feedback"])]


def test_a_done_task_gets_a_new_round_with_the_feedback(line: Board) -> None:
    finish(line, "a")
    reply = line.rework("a", "not enough")
    assert (reply.state, reply.round, reply.waiting) == ("ready", 2, ["b"])
    got = claim(line, "a")
    assert (got.round, got.attempt) == (2, 1)
    assert [one["text"] for one in got.feedback or []] == ["not enough"]


def test_a_new_round_begins_without_the_note_of_the_last_and_says_why_in_the_log(
    line: Board,
) -> None:
    token = lease(line, "a")
    line.check(token, note="half way")
    line.finish(token, summary="done")
    line.rework("a", "the port is wrong")
    assert claim(line, "a").note is None
    assert rows(line, "SELECT reason FROM event WHERE kind = 'reworked'") == [
        {"reason": "the port is wrong"}
    ]


def test_ready_consumers_wait_again(line: Board) -> None:
    finish(line, "a")
    assert state(line, "b") == "ready"
    line.rework("a", "again")
    assert state(line, "b") == "waiting"
    finish(line, "a")
    assert state(line, "b") == "ready"


def test_an_active_consumer_is_told_and_keeps_its_lease(line: Board) -> None:
    finish(line, "a")
    mine = lease(line, "b")
    reply = line.rework("a", "again")
    assert reply.active == ["b"]
    assert [one["task"] for one in notices(line, "upstream_reworked")] == ["b"]
    assert line.check(mine).leases[0].task == "b"


def test_a_reviewer_is_told_that_what_it_reviews_may_change(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"], "review": True}])
    finish_all(board, "a", "b")
    reviewer = board.join("rev").session
    review = board.claim(reviewer, kind="review").lease
    board.rework("a", "again")
    (told,) = board.check(review).notices or []
    assert (told.kind, told.task, told.data) == ("upstream_reworked", "b", {"task": "a"})
    reply = board.finish(review, "approve", summary="fine")
    assert reply.next.startswith("what it needs is being done again (a): ")
    board.rework("a", "and again")
    assert not board.check(session=reviewer).notices, "it holds nothing any more"


def test_whoever_works_is_told_that_a_change_sends_its_upstream_back(line: Board) -> None:
    finish(line, "a", critical={"port": 1})
    finish(line, "b")
    mine = lease(line, "c")
    line.rework("a", "again")
    finish(line, "a", critical={"port": 2})
    assert state(line, "b") == "ready"
    assert line.check(mine).leases
    assert [one["data"] for one in notices(line, "upstream_reworked")][-1] == '{"task":"b"}'


def test_a_done_consumer_stays_done_until_the_new_result_is_known(line: Board) -> None:
    finish_all(line, "a", "b")
    reply = line.rework("a", "again")
    assert reply.done == ["b"]
    assert states(line) == {"a": "ready", "b": "done", "c": "ready"}


def test_a_consumer_that_waits_for_a_reviewer_counts_as_done(line: Board) -> None:
    line.edit("b", set={"review": True})
    finish_all(line, "a", "b")
    assert line.rework("a", "again").done == ["b"]


@pytest.mark.parametrize("outcome", ["failed", "blocked"])
def test_a_failed_or_held_task_is_open_again(board: Board, outcome: str) -> None:
    board.add([{"key": "a", "attempts": 1}])
    finish(board, "a", outcome=outcome, summary="hm")
    board.rework("a", "try this")
    assert (state(board, "a"), row(board, "a")["attempt"]) == ("ready", 0)
    assert texts(board, "a")["question"] == ""


def test_what_failed_and_is_open_again_keeps_its_note_and_is_counted_once(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", [{"key": "a", "attempts": 1}, {"key": "b", "needs": ["a"]}])
    token = lease(board, "a")
    board.check(token, note="half way")
    board.finish(token, "failed", notes="no luck")
    board.rework("a", "try this")
    assert "half way" in (claim(board, "a").note or "")
    assert (row(board, "b")["pending"], row(board, "big")["parts_open"]) == (1, 2)


def test_a_cancelled_task_comes_back_and_its_upstreams_rank_higher_again(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"], "estimate": 30}])
    board.cancel(["b"])
    assert row(board, "a")["neg_rank"] == -60_000
    board.rework("b", "needed after all")
    assert (state(board, "b"), row(board, "a")["neg_rank"]) == ("waiting", -31 * 60_000)


def test_rework_in_review_rejects_without_charging_an_attempt(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a")
    reply = board.rework("a", "style")
    assert (reply.state, reply.round, row(board, "a")["attempt"]) == ("ready", 1, 0)
    assert feedback(board, "a") == ["style"]


def test_rework_in_review_frees_the_reviewer(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a")
    review = board.claim(worker(board, "judge"), "a").lease or ""
    board.rework("a", "style")
    with pytest.raises(HeadwaterError) as error:
        board.finish(review, "approve")
    assert error.value.code == "stale_lease"
    assert state(board, "a") == "ready"


def test_rework_of_an_active_task_takes_it_over(board: Board) -> None:
    board.add([{"key": "a"}])
    late = lease(board, "a")
    reply = board.rework("a", "wrong way")
    assert (reply.state, reply.round) == ("ready", 2)
    assert [one["task"] for one in notices(board, "lease_lost")] == ["a"]
    with pytest.raises(HeadwaterError) as error:
        board.finish(late, summary="late")
    assert error.value.code == "stale_lease"
    assert [one.summary for one in claim(board, "a").salvage or []] == ["late"]


def test_only_the_newest_feedback_is_kept(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    for n in range(8):
        finish(board, "a")
        board.rework("a", f"no {n}")
    assert feedback(board, "a") == [f"no {n}" for n in range(3, 8)]


# -- asked for by a worker ---------------------------------------------------------------------


def test_a_worker_sends_its_upstream_back_and_waits_for_it(line: Board) -> None:
    finish(line, "a")
    mine = lease(line, "b")
    line.check(mine, note="half way")
    reply = line.rework("a", "the api is wrong", lease=mine)
    assert (reply.requester, states(line)["b"], states(line)["a"]) == ("b", "waiting", "ready")
    assert reply.next.startswith("your lease is over, b waits with your notes; a is ready: claim(")
    assert row(line, "b")["attempt"] == 0
    finish(line, "a")
    got = claim(line, "b")
    assert (got.note, got.attempt, got.round) == ("half way", 1, 1)


def test_a_farther_ancestor_becomes_a_direct_upstream(line: Board) -> None:
    finish_all(line, "a", "b")
    line.rework("a", "wrong", lease=lease(line, "c"))
    assert ("c", "a", "hard") in edges(line)
    assert states(line) == {"a": "ready", "b": "done", "c": "waiting"}
    assert row(line, "c")["version"] == 2


def test_who_sent_one_upstream_back_may_send_another(board: Board) -> None:
    board.add([{"key": "p"}, {"key": "q"}, {"key": "r"}, {"key": "far", "needs": ["r"]}])
    board.add([{"key": "b", "needs": ["p", "q", "far"]}])
    finish_all(board, "p", "q", "r", "far")
    weak = Board(board.store, board.name, Caller("weak", "work"))
    mine = lease(weak, "b")
    weak.rework("p", "wrong", lease=mine)
    finish(board, "p")
    assert state(board, "b") == "ready"
    for upstream in ("q", "r"):
        assert weak.rework(upstream, "wrong, too", lease=mine).requester == "b"
        assert (state(board, "b"), state(board, upstream)) == ("waiting", "ready")
    assert ("b", "r", "hard") in edges(board)
    finish_all(board, "q", "r")
    lease(board, "b")
    with refused(weak, "stale_lease", "rework refused"):
        weak.rework("q", "and again", lease=mine)


def test_a_soft_ancestor_is_hardened(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "soft": ["a"]}])
    finish(board, "a")
    board.rework("a", "wrong", lease=lease(board, "b"))
    assert edges(board) == {("b", "a", "hard")}
    assert state(board, "b") == "waiting"


def test_the_requesters_session_is_free_for_the_rework_itself(line: Board) -> None:
    finish(line, "a")
    me = worker(line)
    line.rework("a", "wrong", lease=lease(line, "b", me))
    assert claim(line, session=me).task == "a"


def test_a_worker_without_the_right_to_plan_may_send_an_ancestor_back(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a")
    weak = Board(board.store, board.name, Caller("weak", "work"))
    with refused(board, "forbidden", "'plan'"):
        weak.rework("a", "wrong")
    assert weak.rework("a", "wrong", lease=lease(weak, "b")).requester == "b"


def test_a_task_that_is_not_upstream_is_refused(line: Board) -> None:
    line.add([{"key": "x"}])
    finish_all(line, "a", "x")
    mine = lease(line, "b")
    with refused(line, "bad_request", "x is not upstream of b"):
        line.rework("x", "wrong", lease=mine)
    with refused(line, "bad_request", "c is not upstream of b"):
        line.rework("c", "wrong", lease=mine)


def test_a_task_that_merely_comes_earlier_is_not_upstream(board: Board) -> None:
    board.add([{"key": "x"}, {"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish_all(board, "x", "a")
    mine = lease(board, "b")
    with refused(board, "bad_request", "x is not upstream of b"):
        board.rework("x", "wrong", lease=mine)


def test_a_worker_cannot_rework_its_own_task(line: Board) -> None:
    mine = lease(line, "a")
    with refused(line, "bad_request", "a is the task you hold"):
        line.rework("a", "wrong", lease=mine)


def test_a_reviewer_rejects_instead(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"], "review": True}])
    finish_all(board, "a", "b")
    review = board.claim(worker(board, "judge"), "b").lease or ""
    with refused(board, "bad_request", "finish(outcome='reject')"):
        board.rework("a", "wrong", lease=review)


def test_a_lease_that_is_over_sends_nothing_back(line: Board) -> None:
    finish(line, "a")
    mine = lease(line, "b")
    line.finish(mine, summary="ok")
    with refused(line, "stale_lease", "rework refused"):
        line.rework("a", "wrong", lease=mine)


# -- bounds and refusals -----------------------------------------------------------------------


def test_over_the_policys_bound_it_is_held_and_planners_are_told(board: Board) -> None:
    board.policy(reworks=2)
    board.add([{"key": "a"}])
    for n in range(2):
        finish(board, "a")
        assert board.rework("a", f"no {n}").state == "ready"
    finish(board, "a")
    held = board.rework("a", "no 2")
    assert (held.state, 'rework(task="a", feedback=...)' in held.next) == ("held", True)
    assert "no 2" in texts(board, "a")["question"]
    assert [one["task"] for one in notices(board, "held")] == ["a"]


def test_reworking_a_held_task_decides_and_starts_the_count_again(board: Board) -> None:
    board.policy(reworks=0)
    board.add([{"key": "a"}])
    finish(board, "a")
    assert board.rework("a", "no").state == "held"
    assert board.rework("a", "go on").state == "ready"
    assert row(board, "a")["reworks"] == 0


@pytest.mark.parametrize("how", ["ready", "waiting"])
def test_a_task_that_has_not_begun_is_edited_instead(board: Board, how: str) -> None:
    board.add([{"key": "u"}, {"key": "a", "needs": ["u"] if how == "waiting" else []}])
    with refused(board, "wrong_state", f"a is {how}", "edit("):
        board.rework("a", "other")


@pytest.mark.parametrize("done", [False, True])
def test_a_container_names_its_parts_instead(board: Board, done: bool) -> None:
    board.add([{"key": "a"}])
    board.split("a", [{"key": "a1"}])
    if done:
        finish(board, "a1")
    with refused(board, "wrong_state", "a is a container") as error:
        board.rework("a", "again")
    assert error.value.state["parts"] == ["a1"]


def test_a_task_that_changed_meanwhile_is_not_reworked(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a")
    board.edit("a", set={"spec": "new"})
    with refused(board, "version_conflict", "version 2, not 1"):
        board.rework("a", "again", expect_version=1)


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "x" * 70_000], ids=lambda t: ascii(t)[:9])
def test_bad_feedback_is_refused(board: Board, text: str) -> None:
    board.add([{"key": "a"}])
    finish(board, "a")
    with refused(board, "bad_request", "feedback"):
        board.rework("a", text)


def test_an_unknown_mode_for_consumers_is_refused(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a")
    with refused(board, "bad_request", "consumers"):
        board.rework("a", "again", consumers="some")


def test_an_unknown_task_cannot_be_reworked(board: Board) -> None:
    with refused(board, "unknown_task"):
        board.rework("ghost", "again")


def test_the_log_names_the_round(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a")
    board.rework("a", "again")
    assert events(board, "a")[-1] == "reworked"


# -- a round that is open already ----------------------------------------------------------------


def test_a_second_fault_is_added_to_the_open_round(line: Board) -> None:
    finish(line, "a")
    line.rework("a", "one fault")
    reply = line.rework("a", "another")
    assert (reply.state, reply.round) == ("ready", 2)
    assert [one["text"] for one in claim(line, "a").feedback or []] == ["one fault", "another"]


def test_two_workers_send_the_same_upstream_back_and_both_wait(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["a"]}])
    finish(board, "a")
    first, second = lease(board, "b"), lease(board, "c")
    board.rework("a", "wrong port", lease=first)
    board.rework("a", "wrong host", lease=second)
    assert states(board) == {"a": "ready", "b": "waiting", "c": "waiting"}
    assert feedback(board, "a") == ["wrong port", "wrong host"]


def test_a_workers_feedback_does_not_throw_out_who_redoes_the_task(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["a"]}])
    finish(board, "a")
    first, second = lease(board, "b"), lease(board, "c")
    board.rework("a", "wrong port", lease=first)
    mine = lease(board, "a")
    assert board.rework("a", "wrong host", lease=second).state == "active"
    told = board.check(mine).notices or []
    assert [(one.kind, one.text) for one in told] == [("feedback", "wrong host")]
    assert board.finish(mine, summary="both are right now").state == "done"


def test_feedback_ends_the_chance_of_a_holder_whose_lease_ran_out(
    line: Board, clock: ManualClock
) -> None:
    late, other = lease(line, "a"), worker(line)
    for minutes in (90, 3):  # after a gap of all calls, expiry is put off
        clock.advance(minutes=minutes)
        line.check(session=other)
    line.rework("a", "not like that")
    with pytest.raises(HeadwaterError) as error:
        line.finish(late, summary="like that")
    assert error.value.code == "stale_lease"


def test_the_mode_for_consumers_stays_unless_another_is_asked_for(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    line.rework("a", "all again", consumers="all")
    line.rework("a", "one more thing")
    assert finish(line, "a", critical={"x": 1}).reopened == ["b"]


def test_who_redoes_a_task_sees_what_was_delivered_and_why_it_came_back(line: Board) -> None:
    finish(line, "a", summary="half right", critical={"x": 1}, delivered={"b": "use x"})
    line.rework("a", "x is wrong")
    got = claim(line, "a")
    assert got.delivery is not None
    assert (got.delivery.summary, got.delivery.critical) == ("half right", {"x": 1})
    assert got.delivery.delivered == {"b": "use x"}
    assert str(got.delivery.by).startswith("worker/")


def test_who_redoes_a_rejected_delivery_sees_it(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a", summary="first try")
    board.rework("a", "no")
    got = claim(board, "a")
    assert got.delivery is not None
    assert got.delivery.summary == "first try"


def test_what_came_too_late_is_no_delivery(board: Board) -> None:
    board.add([{"key": "a"}])
    late = lease(board, "a")
    board.rework("a", "other way")
    with pytest.raises(HeadwaterError):
        board.finish(late, summary="late")
    got = claim(board, "a")
    assert got.delivery is None
    assert [one.summary for one in got.salvage or []] == ["late"]


def test_a_new_round_starts_without_the_lease_of_the_last(board: Board) -> None:
    board.add([{"key": "a", "estimate": 600}])
    finish(board, "a")
    board.rework("a", "again")
    assert (row(board, "a")["lease_until_ms"], row(board, "a")["session_id"]) == (0, 0)
    got = claim(board, "a")
    assert got.expires_in_s == limits.LEASE_MINUTES * 60


@pytest.mark.parametrize("reason", ["", "the ports were moved"])
@pytest.mark.parametrize("round_is", ["closed", "open", "at work"])
def test_the_reason_of_a_rework_is_in_the_history(board: Board, round_is: str, reason: str) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    if round_is == "closed":
        board.finish(token, summary="x")
    elif round_is == "open":
        board.finish(token, "release", summary="not mine")
    board.rework("a", "use the new port", reason=reason)
    newest = (board.graph("history", task="a", limit=1).events or [])[0]
    assert newest["reason"] == (reason or "use the new port")


def test_who_needs_a_container_hears_that_a_part_of_it_is_sent_back(board: Board) -> None:
    needs = ["big"]
    board.add([{"key": "big"}, *({"key": key, "needs": needs} for key in ("at", "did", "not"))])
    board.split("big", [{"key": "b1"}])
    board.split("b1", [{"key": "deep"}])
    finish_all(board, "deep", "did")
    lease(board, "at")
    reply = board.rework("deep", "again")
    assert (reply.waiting, reply.active, reply.done) == (["not"], ["at"], ["did"])
    assert [one["task"] for one in notices(board, "upstream_reworked")] == ["at"]


@pytest.mark.parametrize("reason", ["", "another plan"])
def test_who_loses_a_task_to_a_rework_is_named_and_told_why(board: Board, reason: str) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    session = worker(board, "ann")
    token = lease(board, "a", session)
    sent = board.rework("a", "do it like this", reason=reason)
    assert sent.taken_from == "ann/1"
    assert sent.next.startswith("taken from ann/1, who is told; ")
    why = reason or "do it like this"
    lost = board.check(token)
    assert [(one.why, one.reason) for one in lost.lost or []] == [("reworked", why)]
    assert [(one.kind, one.text) for one in lost.notices or []] == [("lease_lost", why)]
    finish(board, "b")
    assert board.rework("b", "again").taken_from is None


def test_who_works_on_what_needs_a_reworked_task_is_told_why_it_is_done_again(
    board: Board,
) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a")
    token = lease(board, "b")
    board.rework("a", "the port is wrong")
    told = board.check(token).notices or []
    assert [(one.kind, one.text) for one in told] == [("upstream_reworked", "the port is wrong")]


def test_a_cancelled_container_comes_back_with_its_part_and_its_upstreams_rank_higher_again(
    board: Board,
) -> None:
    board.add([{"key": "a"}, {"key": "big", "needs": ["a"]}])
    board.add([{"key": "end", "needs": ["big"], "estimate": 30}])
    board.split("big", [{"key": "p"}])
    before = [row(board, key)["neg_rank"] for key in ("a", "p")]
    board.cancel(["big"], dependents="cancel")
    board.rework("end", "needed after all")
    board.rework("p", "needed after all")
    assert [row(board, key)["neg_rank"] for key in ("a", "p")] == before


def test_what_was_sent_back_and_then_cancelled_is_nobodys_input(board: Board) -> None:
    board.add([{"key": "a", "review": True}, {"key": "b", "soft": ["a"]}])
    finish(board, "a", summary="wrong", critical={"x": 1})
    board.rework("a", "no")
    board.cancel(["a"])
    (upstream,) = claim(board, "b").upstream or []
    assert (upstream.state, upstream.summary, upstream.critical) == ("cancelled", None, None)
