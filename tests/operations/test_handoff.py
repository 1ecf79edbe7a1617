"""Handing a task on: what its next holder gets, and who that is."""

from __future__ import annotations

import json
from typing import Literal

import pytest
from hands import claim, finish, lease, notices, row, rows, texts, worker

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.operations.caller import Caller
from headwater.operations.outlook import ALL_DONE
from headwater.verbs.work import Briefing

Kind = Literal["any", "handoff"]


def _handed(board: Board, to: str = "", **left: object) -> Briefing:
    """What bob's handoff gives to ann."""
    board.add([{"key": "a"}])
    bob = board.join("bob", workspace="/srv/shop", branch="fix-tax", commit="1a2b3c4d").session
    board.finish(lease(board, "a", bob), "handoff", to=to, **left)  # type: ignore[arg-type]
    return board.claim(worker(board, "ann"))


@pytest.mark.parametrize("to", ["ann", "agent:ann", ""])
def test_notes_and_what_was_made_reach_the_next_holder_with_the_giver_named(
    board: Board, to: str
) -> None:
    got = _handed(
        board,
        to,
        summary="the parser is done, the writer is not",
        notes="start with writer.py",
        critical={"port": 8080},
        artifacts=[{"name": "patch", "path": "tax.patch"}],
    )
    assert got.note == "the parser is done, the writer is not"
    (tried,) = got.tried or []
    assert (tried.outcome, (tried.by or "")[:4]) == ("handoff", "bob/")
    assert tried.notes is not None
    assert tried.notes.startswith("start with writer.py")
    (left,) = got.salvage or []
    assert (left.critical, (left.by or "")[:4]) == ({"port": 8080}, "bob/")
    assert left.artifacts == [{"name": "patch", "path": "tax.patch"}]


def test_the_note_says_on_which_branch_and_where_the_work_lies(board: Board) -> None:
    got = _handed(board, "ann", notes="half done")
    (tried,) = got.tried or []
    assert got.note == "half done"
    assert tried.notes == "Left at: branch fix-tax, workspace /srv/shop"
    assert tried.left_at is None


@pytest.mark.parametrize(
    ("branch", "head"),
    [("fix-tax", "branch fix-tax"), ("", "commit 1a2b at its join")],
)
def test_where_one_worked_who_ended_without_a_word_is_said_too(
    board: Board, clock: ManualClock, branch: str, head: str
) -> None:
    board.add([{"key": "a"}])
    bob = board.join("bob", workspace="/srv/shop", branch=branch, commit="1a2b").session
    lease(board, "a", bob)
    for _ in range(13):  # a longer silence of all would be taken for a machine that slept
        clock.advance(minutes=5)
        worker(board, "ann")
    got = board.claim(worker(board, "ann"))
    (tried,) = got.tried or []
    assert (tried.outcome, tried.left_at) == ("expired", f"{head}, workspace /srv/shop")
    board.finish(got.lease or "", "failed", notes="no")
    clock.advance(minutes=60)
    first, second = board.claim(worker(board, "cem"), "a").tried or []
    assert (first.left_at, second.left_at) == (None, tried.left_at), "she did not say where"


def test_a_progress_note_is_not_lost_by_a_handoff(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.check(token, note="writer.py compiles")
    board.finish(token, "handoff", to="ann", summary="you know the tests")
    got = board.claim(worker(board, "ann"))
    assert got.note == "you know the tests\n\nEarlier note: writer.py compiles"


@pytest.mark.parametrize("size", [5_000, limits.TEXT_BYTES - 30, limits.TEXT_BYTES])
def test_what_is_handed_on_is_kept_whole_and_an_earlier_note_as_far_as_it_fits(
    board: Board, size: int
) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.check(token, note="writer.py compiles")
    board.finish(token, "handoff", summary="x" * size)
    note: str = texts(board, "a")["note"]
    assert note.startswith("x" * size)
    assert note.endswith("writer.py compiles") == (size == 5_000)
    assert len(note) <= limits.TEXT_BYTES


def test_a_claim_that_is_undone_leaves_the_task_to_whom_it_was_handed(board: Board) -> None:
    board.add([{"key": "a"}])
    ann, eve = worker(board, "ann"), worker(board, "eve")
    board.finish(lease(board, "a"), "handoff", to="ann")
    got = board.claim(ann)
    board.check(got.lease or "", progress=10)
    board.undo_claim(got.lease or "")
    assert board.claim(eve).none is not None
    assert (board.claim(ann).why or "").startswith("handed to you")


def test_a_claim_that_is_undone_hides_not_who_handed_the_task_on(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "priority": -1}])
    ann, bob = worker(board, "ann"), worker(board, "bob")
    board.finish(lease(board, "a", bob), "release", notes="x")
    board.finish(lease(board, "a", ann), "handoff", to="bob")
    board.undo_claim(board.claim(bob).lease or "")
    got = board.claim(bob)
    assert got.task == "a", "it was given back before it was handed on"
    assert (got.why or "").startswith("handed to you by ann/")


def test_a_handoff_is_over_once_it_was_claimed(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", outcome="handoff", to="ann", notes="x")
    board.finish(board.claim(worker(board, "ann")).lease or "", "release")
    assert board.claim(worker(board, "bob")).task == "a", "it is kept for ann no longer"


def test_a_session_without_a_place_leaves_none(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", outcome="handoff", summary="x", notes="half done")
    (tried,) = board.claim(worker(board, "ann")).tried or []
    assert tried.notes == "half done"


@pytest.mark.parametrize(("to", "why"), [("ann", "handed to you by"), ("", "handed to anyone by")])
def test_the_claim_says_who_handed_it_on(board: Board, to: str, why: str) -> None:
    got = _handed(board, to, notes="x")
    assert got.why is not None
    assert got.why.startswith(f"{why} bob/")


def test_the_addressee_is_offered_it_first_and_anybody_when_it_does_not_come(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", outcome="handoff", to="ann", notes="x")
    bob = worker(board, "bob")
    none = board.claim(bob).none
    assert none is not None
    assert none.soonest == {"reason": "handoff", "in_s": 30 * 60}
    clock.advance(minutes=limits.AVOID_MINUTES)
    assert board.claim(bob).task == "a"


def test_a_handed_over_task_that_waits_for_its_upstream_again_is_offered_later(
    board: Board,
) -> None:
    board.add([{"key": "up"}, {"key": "a", "needs": ["up"]}])
    finish(board, "up")
    finish(board, "a", outcome="handoff", to="ann", notes="x")
    board.rework("up", "once more")
    ann = worker(board, "ann")
    assert board.claim(ann, kind="handoff").none is not None
    finish(board, "up")
    assert board.claim(ann, kind="handoff").task == "a"


def test_of_two_handed_over_tasks_the_older_goes_first(board: Board) -> None:
    board.add([{"key": "b"}, {"key": "a"}])
    for key in "ab":
        finish(board, key, outcome="handoff", to="ann", notes="x")
    assert board.claim(worker(board, "ann")).task == "b"


def test_a_handoff_to_a_name_that_nobody_bears_is_made_with_a_warning(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    unknown = finish(board, "a", outcome="handoff", to="nobody", notes="x")
    assert unknown.warnings is not None
    assert "after 30 minutes" in unknown.warnings[0]
    worker(board, "ann")
    assert finish(board, "b", outcome="handoff", to="ann", notes="x").warnings is None


def test_handoffs_go_before_reviews_and_reviews_before_new_work(board: Board) -> None:
    board.add([{"key": "fresh", "priority": 9}, {"key": "judge", "review": True}, {"key": "h"}])
    board.finish(lease(board, "judge", worker(board, "bob")), summary="x")
    finish(board, "h", outcome="handoff", to="ann", notes="x")
    ann = worker(board, "ann")
    found: list[tuple[str | None, str | None]] = []
    for outcome in ("done", "approve", "done"):
        got = board.claim(ann)
        found.append((got.task, got.why))
        board.finish(got.lease or "", outcome, summary="x")  # type: ignore[arg-type]
    assert [task for task, _ in found] == ["h", "judge", "fresh"]
    assert [(why or "").rstrip("0123456789") for _, why in found] == [
        "handed to you by worker/",
        "waits for your review",
        "first in claim order: priority 9, longest chain from here 1 min",
    ]


def test_a_handoff_to_anyone_is_told_to_those_who_can_do_it(board: Board) -> None:
    board.add([{"key": "a", "capabilities": ["rust"]}])
    bob, ann, sue = worker(board, "bob", "rust"), worker(board, "ann", "rust"), worker(board, "sue")
    assert board.finish(lease(board, "a", bob), "handoff", notes="x").warnings is None
    assert [one.kind for one in board.check(session=ann).notices or []] == ["handoff"]
    assert board.check(session=sue).notices is None


@pytest.mark.parametrize("outcome", ["failed", "release", "blocked"])
def test_what_an_attempt_made_is_not_lost_when_it_ends_otherwise(
    board: Board, clock: ManualClock, outcome: str
) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", outcome=outcome, summary="why", critical={"port": 8080})
    assert row(board, "a")["delivery_id"] == 0, "never accepted by itself"
    if outcome == "blocked":
        board.rework("a", "because")
    clock.advance(minutes=10)
    got = board.claim(worker(board, "ann"))
    (left,), (tried,) = got.salvage or [], got.tried or []
    assert (tried.reason, left.summary, left.critical) == ("why", None, {"port": 8080})


def test_each_word_of_a_task_that_was_handed_on_twice_is_said_once(board: Board) -> None:
    board.add([{"key": "a"}])
    bob = board.join("bob", branch="fix", workspace="/srv/shop").session
    held = lease(board, "a", bob)
    board.check(held, note="the parser compiles")
    made = [{"name": "parser", "path": "parser.py", "commit": "fix@1a2b3c4"}]
    said = {"summary": "half a parser", "notes": "the lexer is next"}
    board.finish(held, "handoff", **said, artifacts=made)
    board.finish(lease(board, "a", bob), "handoff", notes="bob has to go")
    got = claim(board, "a", worker(board, "ann"))
    shown = json.dumps(got.as_dict())
    for said in ("the parser compiles", "half a parser", "the lexer is next", "bob has to go"):
        assert shown.count(said) == 1, said
    assert [bool(one.artifacts) for one in got.salvage or []] == [True]


def test_a_word_is_no_unfinished_delivery(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", outcome="release", summary="not for me", notes="too hard")
    assert rows(board, "SELECT id FROM delivery") == []


# -- questions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["answer", "rework"])
def test_the_next_holder_reads_question_and_answer(board: Board, verb: str) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", outcome="blocked", summary="which port?")
    getattr(board, verb)("a", "port 80")
    got = board.claim(worker(board, "ann"))
    assert [one["text"] for one in got.feedback or []] == ["port 80"]
    assert [(one.outcome, one.reason) for one in got.tried or []] == [("blocked", "which port?")]


# -- retries and the dead letter ------------------------------------------------------------------


def test_each_try_waits_about_twice_as_long_and_no_two_tasks_the_same(
    board: Board, clock: ManualClock
) -> None:
    board.policy(backoff_first_ms=60_000, backoff_most_ms=600_000)
    board.add([{"key": key, "attempts": 9} for key in "ab"])
    waits: dict[str, list[int]] = {"a": [], "b": []}
    for _ in range(6):
        for key in "ab":
            retry_s = finish(board, key, outcome="failed", summary="no").retry_in_s
            assert retry_s is not None
            waits[key].append(retry_s)
        clock.advance(minutes=13)
    for found in waits.values():
        for wait, base in zip(found, (60, 120, 240, 480, 600, 600), strict=True):
            assert 0.75 * base <= wait <= 1.25 * base + 1
    assert waits["a"] != waits["b"], "or all that failed together would come back together"


def test_the_reasons_of_all_attempts_stand_in_one_place(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a", "attempts": 3}])
    for at in range(2):
        finish(board, "a", outcome="failed", summary=f"reason {at}")
        clock.advance(minutes=60)
    lease(board, "a", worker(board, "sue"))
    clock.advance(minutes=61)
    bob = worker(board, "bob")
    clock.advance(minutes=3)
    assert board.claim(bob).none is not None
    assert row(board, "a")["state"] == "failed"
    whole = [(one.outcome, one.reason) for one in board.graph("task", task="a").tried]
    (stuck,) = board.graph("stuck").stuck
    expected = [
        ("expired", "the lease ran out"),
        ("failed", "reason 1"),
        ("failed", "reason 0"),
    ]
    assert whole == expected
    assert [(one["outcome"], one["reason"]) for one in stuck["tried"]] == expected
    assert [one["task"] for one in notices(board, "failed")] == ["a"]


def test_a_failed_task_comes_back_by_rework_with_all_its_attempts(board: Board) -> None:
    board.add([{"key": "a", "attempts": 1}])
    finish(board, "a", outcome="failed", summary="no compiler")
    assert row(board, "a")["state"] == "failed"
    board.rework("a", "there is a compiler now")
    got = board.claim(worker(board, "ann"))
    assert (got.round, got.attempt) == (2, 1)
    assert [one.reason for one in got.tried or []] == ["no compiler"]


# -- sessions that are gone -----------------------------------------------------------------------


def test_sessions_that_hold_nothing_and_are_gone_for_a_week_end_a_few_at_a_time(
    board: Board, clock: ManualClock
) -> None:
    for at in range(limits.SESSIONS_REAPED_AT_ONCE + 5):
        worker(board, f"gone-{at}")
    clock.advance(minutes=(limits.SESSION_IDLE_DAYS * 24 + 1) * 60)
    open_sessions = "SELECT id FROM session WHERE ended_ms = 0"
    worker(board, "first")
    assert len(rows(board, open_sessions)) == 6
    worker(board, "second")
    assert len(rows(board, open_sessions)) == 2
    recorded = rows(board, "SELECT actor, data FROM event WHERE kind = 'sessions_ended'")
    assert {one["actor"] for one in recorded} == {"headwater"}
    ended = [number for one in recorded for number in json.loads(one["data"])["sessions"]]
    assert len(set(ended)) == limits.SESSIONS_REAPED_AT_ONCE + 5


def test_a_session_that_still_holds_something_is_not_ended(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "estimate": 10_000}])
    ann = worker(board, "ann")
    token = lease(board, "a", ann)
    for _ in range(limits.SESSION_IDLE_DAYS * 24 * 3):
        clock.advance(minutes=20)
        board.renew([ann], 60 * 60_000)
    clock.advance(minutes=25)
    worker(board, "bob")
    assert board.finish(token, summary="at last").state == "done"


def test_a_parent_must_be_a_session_of_the_same_credential(board: Board) -> None:
    ann = worker(board, "ann")
    child = board.join("sub", parent=ann)
    (shown,) = [one for one in board.graph("agents").agents if one["agent"] == "sub"]
    assert shown["parent"].startswith("ann/")
    stranger = Board(board.store, board.name, Caller(credential="other", rights="work"))
    for parent in (ann, "s-nothing"):
        with pytest.raises(Exception, match="no such session"):
            stranger.join("sub", parent=parent)
    with pytest.raises(Exception, match="its own parent"):
        board.join(session=child.session, parent=child.session)
    assert board.join(session=child.session).resumed


def test_what_a_subagent_made_its_parent_does_not_review(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    ann = worker(board, "ann")
    sub = board.join("sub", parent=ann).session
    board.finish(lease(board, "a", sub), summary="x")
    assert board.claim(ann, kind="review").none is not None
    sibling = board.join("helper", parent=ann).session
    assert board.claim(sibling, kind="review").none is not None
    assert board.claim(worker(board, "rob"), kind="review").task == "a"


def test_a_session_that_can_still_take_up_its_task_is_not_ended(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    mine = lease(board, "a", worker(board, "ann"))
    clock.advance(minutes=61)
    board.join("bob")
    board.join("bob")
    clock.advance(minutes=(limits.SESSION_IDLE_DAYS * 24 + 1) * 60)
    board.join("bob")
    assert row(board, "a")["state"] == "ready"
    assert [held.task for held in board.check(mine).leases] == ["a"]


def test_a_task_can_be_handed_to_a_session_as_it_is_shown(board: Board) -> None:
    board.add([{"key": "a"}])
    ann = board.join("ann")
    done = board.finish(lease(board, "a", worker(board, "bob")), "handoff", to=ann.agent, notes="x")
    assert done.warnings is None
    assert row(board, "a")["handoff"] == "ann"


def test_whoever_names_an_addressee_without_handing_on_is_told(board: Board) -> None:
    board.add([{"key": "a"}])
    done = board.finish(lease(board, "a"), "release", to="ann", notes="x")
    assert done.warnings == ["not kept: to; only outcome handoff hands on"]


@pytest.mark.parametrize("kind", ["any", "handoff"])
def test_what_is_handed_back_to_whom_it_came_from_is_offered_first(
    board: Board, kind: Kind
) -> None:
    board.add([{"key": "a"}, {"key": "other", "priority": 9}])
    ann, bob = worker(board, "ann"), worker(board, "bob")
    board.finish(lease(board, "a", bob), "handoff", to="ann", notes="you know this")
    assert board.claim(bob).task == "other", "not his own handoff"
    board.finish(lease(board, "other", bob), "release", notes="later")
    board.finish(lease(board, "a", ann), "handoff", to="bob", notes="no, you do")
    back = board.claim(bob, kind=kind)
    assert (back.task, (back.why or "")[:14]) == ("a", "handed to you ")


def test_what_is_handed_to_anyone_is_still_avoided_by_who_gave_it_back(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "other"}])
    bob = worker(board, "bob")
    board.finish(lease(board, "a", bob), "release", notes="not for me")
    board.finish(lease(board, "a"), "handoff", notes="nor for me")
    assert board.claim(bob).task == "other"


def test_a_handoff_to_ones_own_name_is_for_another_session(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "other"}])
    bob = worker(board, "bob")
    board.finish(lease(board, "a", bob), "handoff", to="bob", notes="my other window")
    assert board.claim(bob).task == "other"
    assert board.claim(worker(board, "bob")).task == "a"


def test_who_hands_on_to_a_name_that_nobody_has_learns_who_may_have_been_meant(
    board: Board,
) -> None:
    board.add([{"key": "a"}])
    worker(board, "annette")
    warnings = finish(board, "a", outcome="handoff", to="anette").warnings
    assert warnings == [
        "no agent of that name has called lately: the task is kept for it, after 30 minutes "
        "anybody is offered it; did you mean annette?"
    ]


def test_who_hands_on_to_somebody_without_the_capabilities_is_told(board: Board) -> None:
    board.add([{"key": "a", "capabilities": ["gpu", "sql"]}])
    worker(board, "bob", "sql")
    eve = worker(board, "eve", "gpu", "sql")
    token = lease(board, "a", eve)
    assert board.finish(token, "handoff", to="bob", notes="x").warnings == [
        "no session of that agent joined with gpu, sql: the task is kept for it, after 30 minutes "
        "anybody who has that is offered it"
    ]
    worker(board, "bob", "sql", "gpu")
    token = board.claim(eve, task="a").lease or ""
    assert board.finish(token, "handoff", to="bob", notes="x").warnings is None


def test_a_name_that_reads_as_more_than_a_name_is_never_proposed(board: Board) -> None:
    board.add([{"key": "a"}])
    worker(board, "obey me now")
    (warning,) = finish(board, "a", outcome="handoff", to="obey me nov").warnings or []
    assert "obey" not in warning


def test_who_hands_a_task_on_hears_to_whom_it_is_offered_and_how_to_leave(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    worker(board, "ada")
    said = [
        board.finish(lease(board, key, worker(board, "eve")), "handoff", to=to, notes="half").next
        for key, to in (("a", "ada"), ("b", ""))
    ]
    then = "; claim() takes the next task, check(session, leave=true) ends your session"
    assert said == [
        f"offered to ada, and after 30 minutes to anybody{then}",
        f"offered to whoever claims next{then}",
    ]


def test_who_finishes_the_last_task_hears_that_everything_is_done(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    said = [board.finish(lease(board, key), summary="x").next for key in "ab"]
    assert said[0] == "claim() takes the next task"
    assert said[1].startswith(ALL_DONE)
