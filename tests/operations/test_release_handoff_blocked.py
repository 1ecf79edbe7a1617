"""Giving a task back, handing it on, and asking a question."""

from __future__ import annotations

from typing import Any

import pytest
from hands import claim, events, finish, lease, notices, refused, row, rows, texts, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.verbs.base import Outcome


def test_a_released_task_is_ready_again_and_no_attempt_is_charged(board: Board) -> None:
    board.add([{"key": "a"}])
    assert finish(board, "a", outcome="release").state == "ready"
    assert (row(board, "a")["attempt"], row(board, "a")["session_id"]) == (0, 0)


def test_a_released_task_is_not_offered_to_the_same_session_while_there_is_other_work(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c"}])
    session = worker(board)
    board.finish(lease(board, "a", session), "release")
    got = board.claim(session)
    assert got.task == "b"
    board.finish(got.lease or "", summary="x")
    clock.advance(minutes=31)
    assert board.claim(session).task == "a"


def test_what_a_session_may_be_offered_again_is_forgotten_when_it_gives_something_back(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    session = worker(board)
    board.finish(lease(board, "a", session), "release")
    clock.advance(minutes=31)
    board.finish(lease(board, "b", session), "release")
    given_back = rows(board, "SELECT t.key FROM avoid v JOIN task t ON t.id = v.task_id")
    assert [one["key"] for one in given_back] == ["b"]


def test_a_released_task_is_offered_to_the_same_session_when_there_is_nothing_else(
    board: Board,
) -> None:
    board.add([{"key": "a"}])
    session = worker(board)
    board.finish(lease(board, "a", session), "release")
    assert board.claim(session).task == "a"


def test_of_what_a_session_gave_back_the_first_in_claim_order_is_offered_again(
    board: Board,
) -> None:
    board.add([{"key": "a"}, {"key": "b", "priority": 5}, {"key": "c"}])
    session = worker(board)
    for key in ("a", "b", "c"):
        board.finish(lease(board, key, session), "release")
    assert board.claim(session).task == "b"


def test_a_shorter_time_to_avoid_does_not_shorten_what_runs_already(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c"}])
    session = worker(board)
    board.finish(lease(board, "a", session), "release")
    board.policy(avoid_minutes=1)
    board.finish(lease(board, "b", session), "release")
    clock.advance(minutes=2)
    assert board.claim(session).task == "b"


def test_a_released_task_is_offered_to_others_at_once(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    finish(board, "a", outcome="release")
    assert board.claim(worker(board)).task == "a"


def test_three_releases_in_a_round_hold_the_task_with_the_reason(board: Board) -> None:
    board.add([{"key": "a"}])
    states = [finish(board, "a", outcome="release", summary=f"why {at}").state for at in range(3)]
    assert states == ["ready", "ready", "held"]
    assert "why 2" in texts(board, "a")["question"]
    assert [one["task"] for one in notices(board, "held")] == ["a"]


def test_an_answer_opens_a_task_that_was_released_too_often(board: Board) -> None:
    board.add([{"key": "a"}])
    for _ in range(3):
        finish(board, "a", outcome="release", summary="unclear")
    board.rework("a", "do it like this")
    assert row(board, "a")["releases"] == 0
    assert claim(board, "a").feedback is not None


def test_a_task_handed_to_an_agent_is_first_for_that_agent(board: Board) -> None:
    board.add([{"key": "urgent", "priority": 9}, {"key": "a"}])
    finish(board, "a", outcome="handoff", to="ann", notes="you know it")
    assert board.claim(worker(board, "bob")).task == "urgent"
    got = board.claim(worker(board, "ann"))
    assert (got.task, got.why) == ("a", "handed to you by worker/1")


def test_the_agent_it_is_handed_to_gets_a_notice_and_the_reason(board: Board) -> None:
    board.add([{"key": "a"}])
    ann = worker(board, "ann")
    board.finish(lease(board, "a", worker(board, "bob")), "handoff", to="ann", notes="you know it")
    told = board.check(session=ann).notices
    assert told is not None
    assert [(one.kind, one.task, one.text) for one in told] == [("handoff", "a", "you know it")]
    assert board.claim(ann).note == "you know it"


def test_a_task_handed_to_anyone_goes_to_the_next_other_session(board: Board) -> None:
    board.add([{"key": "urgent", "priority": 9}, {"key": "a"}])
    session = worker(board)
    board.finish(lease(board, "a", session), "handoff", notes="needs fresh eyes")
    assert board.claim(session).task == "urgent", "not straight back to the one who gave it away"
    assert board.claim(worker(board)).task == "a"


def test_only_handed_tasks_are_claimed_when_that_is_asked_for(board: Board) -> None:
    board.add([{"key": "urgent", "priority": 9}, {"key": "a"}])
    finish(board, "a", outcome="handoff", notes="x")
    session = worker(board)
    got = board.claim(session, kind="handoff")
    assert got.task == "a"
    board.finish(got.lease or "", summary="x")
    assert board.claim(session, kind="handoff").none is not None


@pytest.mark.parametrize(
    "made",
    [
        {"critical": {"port": 80}},
        {"artifacts": [{"name": "log", "text": "x"}]},
        {"delivered": {"b": "the port"}},
        {"evidence": {"it works": "seen"}},
    ],
    ids=lambda made: next(iter(made)),
)
def test_whatever_was_made_before_a_release_is_kept(board: Board, made: dict[str, Any]) -> None:
    board.add([{"key": "a", "acceptance": ["it works"]}])
    board.add([{"key": "b", "needs": ["a"]}])
    board.finish(lease(board, "a"), "release", notes="x", **made)
    (kept,) = rows(board, "SELECT * FROM delivery WHERE salvage = 1")
    assert kept[next(iter(made))] not in ("", "{}", "[]")


def test_a_handoff_charges_no_attempt(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", outcome="handoff", notes="x")
    assert (row(board, "a")["attempt"], row(board, "a")["releases"]) == (0, 0)


@pytest.mark.parametrize("outcome", ["release", "handoff", "failed"])
def test_who_gave_up_without_a_word_may_say_it_until_the_task_is_taken(
    board: Board, outcome: Outcome, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    first = board.finish(token, outcome)
    assert any("the same call with notes adds them" in one for one in first.warnings or [])
    again = board.finish(token, outcome, notes="see branch ann-a")
    assert (again.state, again.revision) == (first.state, first.revision)
    assert again.warnings == [
        "what you say now is kept for the next holder; nothing else was changed"
    ]
    assert events(board, "a")[-1] == "noted"
    board.finish(token, outcome, notes="see branch ann-a")
    clock.advance(minutes=30)
    got = claim(board, "a")
    assert got.note == "see branch ann-a", "once"
    late = board.finish(token, outcome, notes="and its test")
    assert any("changed nothing" in one for one in late.warnings or [])
    assert texts(board, "a")["note"] == "see branch ann-a"
    assert board.verify() == []


@pytest.mark.parametrize(("outcome", "state"), [("release", "held"), ("failed", "failed")])
def test_words_are_added_too_to_what_planners_decide_about(
    board: Board, outcome: Outcome, state: str
) -> None:
    board.policy(releases=1)
    board.add([{"key": "a", "attempts": 1}])
    token = lease(board, "a")
    assert board.finish(token, outcome).state == state
    board.finish(token, outcome, notes="see branch ann-a")
    assert texts(board, "a")["note"] == "see branch ann-a"


def test_another_outcome_adds_no_words_to_the_first(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.finish(token, "release")
    board.finish(token, "handoff", notes="see branch ann-a")
    assert texts(board, "a")["note"] == ""


def test_a_note_left_by_a_check_is_word_enough(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.check(token, note="half of it is on branch ann-a")
    assert board.finish(token, "release").warnings is None


@pytest.mark.parametrize("question", ["", "   "])
def test_blocked_needs_a_question(board: Board, question: str) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    with refused(board, "bad_request", "needs a question", "what must be decided"):
        board.finish(token, "blocked", summary=question)


def test_a_question_holds_the_task_and_reaches_the_planners(board: Board) -> None:
    board.add([{"key": "a"}])
    planner = worker(board, "planner")
    assert finish(board, "a", outcome="blocked", summary="which port?").state == "held"
    told = board.check(session=planner).notices
    assert told is not None
    assert [(one.kind, one.text) for one in told] == [("blocked", "which port?")]


@pytest.mark.parametrize("verb", ["answer", "rework"])
def test_the_answer_opens_the_task_again_and_is_in_the_briefing(board: Board, verb: str) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", outcome="blocked", summary="which port?")
    getattr(board, verb)("a", "port 80")
    got = claim(board, "a")
    assert got.feedback is not None
    assert [one["text"] for one in got.feedback] == ["port 80"]
    assert texts(board, "a")["question"] == ""


def test_a_released_review_waits_for_another_reviewer(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a")
    token = board.claim(worker(board, "rob"), kind="review").lease or ""
    assert board.finish(token, "release").state == "review"
    assert board.claim(worker(board, "rita"), kind="review").task == "a"


@pytest.mark.parametrize("outcome", ["failed", "release", "handoff", "blocked"])
def test_why_an_attempt_ended_is_kept_whole(board: Board, outcome: str) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", outcome=outcome, summary="x" * 20_000)
    (tried,) = board.graph(task="a").tried
    assert tried.reason == "x" * 20_000


def test_what_was_handed_to_anyone_is_not_its_own_again_while_others_are_here(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    ann, bob = worker(board, "ann"), worker(board, "bob")
    reply = board.finish(lease(board, "a", ann), "handoff", notes="go on", claim_next=True)
    assert reply.claimed is not None
    assert reply.claimed.none is not None
    assert reply.claimed.none.reason == "not_for_you"
    assert "it was handed on to others" in reply.claimed.next
    assert board.claim(ann).none is not None
    clock.advance(minutes=31)
    board.check(session=bob)
    assert board.claim(ann).task == "a"


def test_what_was_handed_to_anyone_comes_back_where_nobody_else_can_do_it(board: Board) -> None:
    board.add([{"key": "a", "capabilities": ["gpu"]}])
    ann = worker(board, "ann", "gpu")
    worker(board, "bob")
    worker(board, "ann", "gpu")
    board.finish(lease(board, "a", ann), "handoff", notes="go on")
    assert board.claim(ann).task == "a"
