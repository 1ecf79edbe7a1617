"""Notices: to whom they go, in order, bounded, each once."""

from __future__ import annotations

import ast
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from hands import finish, lease, notices, rows, worker

import headwater
from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.graph.notices import KINDS, Kind
from headwater.operations.caller import Caller
from headwater.operations.outlook import ALL_DONE
from headwater.verbs.sessions import Notice
from headwater.verbs.work import CheckRequest


def _read(board: Board, session: str, seen: int = -1) -> list[str | None]:
    return [one.text for one in board.check(session=session, seen=seen).notices or []]


def _texts(notices: list[Notice] | None) -> list[str]:
    return [one.text or "" for one in notices or []]


def _joined(board: Board, session: str) -> list[str | None]:
    return [one.text for one in board.join(session=session).notices or []]


def test_a_notice_is_given_once_to_who_goes_on_checking(board: Board) -> None:
    ann = worker(board, "ann")
    board.tell("agent:ann", "hello")
    assert _read(board, ann) == ["hello"]
    assert _read(board, ann) == []


def test_what_a_lost_reply_offered_is_offered_again_under_the_same_id(board: Board) -> None:
    ann = worker(board, "ann")
    board.tell("agent:ann", "first")
    first = board.check(session=ann).notices
    board.undo_check(CheckRequest(session=ann))
    board.tell("agent:ann", "second")
    again = board.check(session=ann).notices
    assert first is not None
    assert again is not None
    assert [one.text for one in again] == ["first", "second"]
    assert again[0] == first[0]


def test_a_reply_that_is_lost_with_its_session_is_no_error(board: Board) -> None:
    ann = board.join("ann", window="one").session
    board.join(session=ann, window="two", take=True)
    board.undo_check(CheckRequest(session=ann))
    bob = worker(board, "bob")
    board.check(session=bob, leave=True)
    board.undo_check(CheckRequest(session=bob))


def test_what_a_check_confirmed_stays_behind_when_its_own_reply_is_lost(board: Board) -> None:
    ann = worker(board, "ann")
    token = (board.add([{"key": "a"}]), lease(board, "a", ann))[1]
    board.tell("agent:ann", "first")
    board.check(session=ann)
    board.tell("agent:ann", "second")
    assert [one.text for one in board.check(token).notices or []] == ["second"]
    board.undo_check(CheckRequest(lease=token))
    assert _read(board, ann) == ["second"]


def test_a_session_that_is_resumed_gets_the_last_reply_again_until_it_checks(
    board: Board,
) -> None:
    ann = worker(board, "ann")
    board.tell("agent:ann", "before the compaction")
    assert _read(board, ann) == ["before the compaction"]
    assert _joined(board, ann) == ["before the compaction"]
    assert _joined(board, ann) == ["before the compaction"]
    assert _read(board, ann) == []
    assert _joined(board, ann) == []


def test_of_a_reply_that_only_its_client_knows_was_lost_join_or_seen_gets_all_again(
    board: Board,
) -> None:
    ann = worker(board, "ann")
    board.tell("agent:ann", "first")
    assert _read(board, ann, seen=0) == ["first"]  # lost
    assert _read(board, ann, seen=0) == ["first"]
    assert _joined(board, ann) == ["first"]
    assert _read(board, ann) == []  # by this it says that it has read the reply before


def test_a_program_says_itself_up_to_which_notice_it_has_come(board: Board) -> None:
    ann = worker(board, "ann")
    for text in "abc":
        board.tell("agent:ann", text)
    ids = [one["id"] for one in notices(board)]
    assert _read(board, ann) == ["a", "b", "c"]
    assert _read(board, ann, seen=0) == ["a", "b", "c"]
    assert _read(board, ann, seen=ids[0]) == ["b", "c"]
    assert _read(board, ann, seen=ids[2] + 1000) == []
    board.tell("agent:ann", "d")
    assert _read(board, ann) == ["d"], "what was not offered cannot have been seen"


def test_old_notices_are_forgotten_a_few_at_a_time_as_new_ones_come(
    board: Board, clock: ManualClock
) -> None:
    for at in range(200):
        board.tell("all", str(at))
    clock.advance(minutes=limits.NOTICE_DAYS * 24 * 60 + 1)
    assert len(notices(board)) == 200
    counts: list[int] = []
    for _ in range(80):
        board.tell("all", "new")
        counts.append(len(notices(board)))
    steps = {a - b for a, b in pairwise(counts)}
    assert max(steps) < limits.NOTICES_PRUNED_AT_ONCE
    assert {one["body"] for one in notices(board)} == {"new"}
    assert len(notices(board)) == 80


def test_other_boards_keep_their_notices(board: Board, clock: ManualClock) -> None:
    other = Board(board.store, "second")
    other.tell("all", "old, and of a board where nothing happens")
    clock.advance(minutes=limits.NOTICE_DAYS * 24 * 60 + 1)
    for _ in range(40):
        board.tell("all", "new")
    assert next(one["body"] for one in notices(board)).startswith("old")


def test_every_kind_is_in_the_table_and_every_kind_of_the_table_is_sent() -> None:
    sent: set[str] = set()
    package = Path(headwater.__file__).parent
    passes_on = package / "operations/work.py"
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in ("notify", "notify_session") and len(node.args) > 1:
                kind = node.args[1]
                if isinstance(kind, ast.Constant):
                    sent.add(str(kind.value))
                else:
                    assert path == passes_on, f"{path}:{node.lineno}"
    assert sent == set(KINDS) == set(get_args(Kind))


def test_notices_come_in_the_order_in_which_they_were_sent(board: Board) -> None:
    ann = worker(board, "ann", "gpu")
    for at, target in enumerate(["all", "agent:ann", "workers:gpu", "workers", "agent:ann"]):
        board.tell(target, str(at))
    assert _read(board, ann) == ["0", "1", "2", "3", "4"]


def test_more_notices_than_a_call_carries_come_with_the_next_calls(board: Board) -> None:
    ann = worker(board, "ann")
    for at in range(45):
        board.tell("agent:ann" if at % 2 else "all", str(at))
    pages = [_read(board, ann) for _ in range(4)]
    assert [len(page) for page in pages] == [20, 20, 5, 0]
    assert [text for page in pages for text in page] == [str(at) for at in range(45)]


def test_what_was_sent_before_a_session_joined_is_not_given_to_it(board: Board) -> None:
    board.tell("all", "old news")
    assert _read(board, worker(board, "ann")) == []


def test_a_session_does_not_get_back_what_it_said_itself(board: Board) -> None:
    ann, bob = worker(board, "ann"), worker(board, "bob")
    board.tell("all", "mine", session=ann)
    assert (_read(board, ann), _read(board, bob)) == ([], ["mine"])


def test_its_own_messages_do_not_hide_those_of_others(board: Board) -> None:
    ann = worker(board, "ann")
    for at in range(25):
        board.tell("all", f"own {at}", session=ann)
    board.tell("all", "from elsewhere")
    assert _read(board, ann) == ["from elsewhere"]


def test_planners_are_those_whose_credential_may_plan(board: Board) -> None:
    worker_only = Board(board.store, board.name, Caller(credential="w", rights="work"))
    low, high = worker(worker_only, "low"), worker(board, "high")
    board.tell("planners", "decide")
    assert (_read(worker_only, low), _read(board, high)) == ([], ["decide"])


def test_reviewers_without_the_capability_are_not_told_of_a_review(board: Board) -> None:
    board.add([{"key": "a", "review": True, "capabilities": ["rust"]}])
    rita, rob = worker(board, "rita", "rust"), worker(board, "rob")
    board.finish(lease(board, "a", worker(board, "ann", "rust")), summary="x")
    kinds = [[one.kind for one in board.check(session=s).notices or []] for s in (rita, rob)]
    assert kinds == [["review_ready"], []]


def test_notices_stay_on_their_board(board: Board) -> None:
    other = Board(board.store, "second")
    ann = worker(other, "ann")
    board.tell("all", "here only")
    assert _read(other, ann) == []


def test_a_resumed_session_gets_what_came_while_it_was_away(board: Board) -> None:
    ann = worker(board, "ann")
    board.tell("agent:ann", "while you were out")
    told = board.join(session=ann).notices
    assert told is not None
    assert [one.text for one in told] == ["while you were out"]


def test_a_holder_is_told_that_its_spec_changed(board: Board) -> None:
    board.add([{"key": "a"}])
    ann = worker(board, "ann")
    lease(board, "a", ann)
    board.edit("a", set={"spec": "otherwise"})
    told = board.check(session=ann).notices
    assert told is not None
    assert told[0].task == "a"


def _kinds(board: Board, session: str) -> list[str]:
    return [one.kind for one in board.check(session=session).notices or []]


def test_of_a_review_that_was_made_nobody_is_told(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    ann, bob, eve = (worker(board, name) for name in ("ann", "bob", "eve"))
    board.finish(lease(board, "a", ann), summary="x")
    review = lease(board, "a", bob)
    assert _kinds(board, bob) == [], "it has the review"
    assert _kinds(board, eve) == ["review_ready"], "bob may still give it back"
    board.finish(review, "approve")
    assert _kinds(board, worker(board, "ivy")) == _kinds(board, bob) == []


def test_of_a_question_that_was_answered_nobody_is_told(board: Board) -> None:
    board.add([{"key": "a"}])
    ann, late = worker(board, "ann"), worker(board, "late")
    board.finish(lease(board, "a"), "blocked", notes="which?")
    assert _kinds(board, ann) == ["blocked"]
    board.rework("a", "this one")
    assert _kinds(board, late) == []
    board.finish(lease(board, "a"), "blocked", notes="and now?")
    assert _kinds(board, late) == ["blocked"]


def test_who_delivered_is_told_that_it_is_sent_back_until_somebody_takes_it(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "review": True}])
    ann, eve = worker(board, "ann"), worker(board, "eve")
    board.finish(lease(board, "a", ann), summary="x")
    board.finish(lease(board, "b", ann), summary="x")
    board.rework("a", "not enough")
    board.finish(lease(board, "b", eve), "reject", notes="no tests")
    told = board.check(session=ann).notices or []
    assert [(one.kind, one.task, one.text) for one in told] == [
        ("sent_back", "a", "not enough"),
        ("sent_back", "b", "no tests"),
    ]
    assert "sent_back" not in _kinds(board, eve)
    lease(board, "a", eve)
    ann_again = board.join(session=ann).notices or []
    assert [one.task for one in ann_again] == ["b"]


@pytest.mark.parametrize("verb", ["answer", "rework"])
def test_who_asked_is_told_the_answer_until_somebody_takes_the_task(
    board: Board, verb: str
) -> None:
    answer = getattr(board, verb)
    board.add([{"key": "a"}])
    ann, eve = worker(board, "ann"), worker(board, "eve")
    board.finish(lease(board, "a", ann), "blocked", notes="which port?")
    answer("a", "8080")
    told = board.check(session=ann).notices or []
    assert [(one.kind, one.task, one.text) for one in told] == [("answered", "a", "8080")]
    assert _kinds(board, eve) == []
    taken = lease(board, "a", eve)
    assert board.join(session=ann).notices is None
    board.finish(taken, "blocked", notes="which host?")
    answer("a", "any")
    assert _kinds(board, ann) == []
    lease(board, "a", eve)
    assert _kinds(board, eve) == [], "its briefing says so"


def test_who_asked_hears_nothing_of_a_task_that_was_held_for_another_reason(board: Board) -> None:
    board.policy(releases=1)
    board.add([{"key": "a"}])
    ann = worker(board, "ann")
    board.finish(lease(board, "a", ann), "blocked", notes="which port?")
    board.rework("a", "8080", session=ann)
    assert _kinds(board, ann) == [], "it said so itself"
    board.finish(lease(board, "a", worker(board, "eve")), "release", notes="not mine")
    board.rework("a", "go on")
    assert "answered" not in _kinds(board, ann)


def test_who_sends_its_own_delivery_back_is_not_told_of_it(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    ann = worker(board, "ann")
    board.finish(lease(board, "a", ann), summary="x")
    board.rework("a", "I forgot something", lease=lease(board, "b", ann))
    assert _kinds(board, ann) == []


def test_of_a_handoff_that_was_taken_and_a_failure_that_is_worked_on_nobody_is_told(
    board: Board,
) -> None:
    board.add([{"key": "a"}, {"key": "b", "attempts": 1}])
    ann = worker(board, "ann")
    board.finish(lease(board, "a"), "handoff", notes="half done")
    board.finish(lease(board, "b"), "failed", notes="no")
    assert _kinds(board, worker(board, "eve")) == []
    eve = worker(board, "eve")
    lease(board, "a")
    board.rework("b", "again")
    assert _kinds(board, ann) == _kinds(board, eve) == []


def test_news_of_a_task_reach_who_holds_it_and_not_who_has_finished_it(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    ann, bob = worker(board, "ann"), worker(board, "bob")
    mine = lease(board, "a", ann)
    lease(board, "b", bob)
    board.edit("a", set={"spec": "x"})
    board.edit("b", set={"spec": "x"})
    board.finish(mine, summary="x")
    assert (_kinds(board, ann), _kinds(board, bob)) == ([], ["task_edited"])


def test_of_a_neighbour_in_its_files_who_has_finished_is_not_told(board: Board) -> None:
    board.add([{"key": key, "paths": ["src/**"]} for key in "ab"])
    ann, bob = worker(board, "ann"), worker(board, "bob")
    mine = lease(board, "a", ann)
    lease(board, "b", bob)
    board.finish(mine, summary="x")
    assert (_kinds(board, ann), _kinds(board, bob)) == ([], ["paths_overlap"])


def test_a_holder_whose_lease_ran_out_is_told_what_changed_as_long_as_it_may_come_back(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    ann = worker(board, "ann")
    lease(board, "a", ann)
    clock.advance(minutes=61)
    board.claim(worker(board, "bob", "gpu"), kind="review")  # finds the lease expired
    board.edit("a", set={"spec": "x"})
    assert "task_edited" in _kinds(board, ann)


def test_a_claim_hands_out_notices_with_a_task_and_without(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    session = worker(board, "ann")
    assert board.claim(session, kind="review").unread is None
    board.tell(to="all", text="the branch is called master")
    board.tell(to="agent:bob", text="not for ann")
    board.tell(to="all", text="from ann herself", session=session)
    got = board.claim(session)
    assert (got.task, _texts(got.notices)) == ("a", ["the branch is called master"])
    assert (got.unread, got.next[:10]) == (None, "work on it")
    board.tell(to="workers", text="use the new parser")
    done = board.finish(got.lease or "", summary="x", claim_next=True)
    assert done.claimed is not None
    assert (done.unread, done.claimed.task, done.claimed.unread) == (None, "b", None)
    assert _texts(done.claimed.notices) == ["use the new parser"], "and no more the first"
    assert board.check(done.claimed.lease or "").notices is None
    board.tell(to="workers", text="one")
    board.tell(to="workers", text="two")
    last = board.finish(done.claimed.lease or "", summary="x")
    assert last.unread == 2
    assert last.next.startswith("2 notices for you: check(session); ")
    given = board.claim(session)
    assert (given.none is not None, _texts(given.notices)) == (True, ["one", "two"])
    assert board.claim(session).notices is None, "it was received"
    assert board.check(session=session).notices is None


def test_where_there_is_no_task_there_is_room_for_any_notice(board: Board) -> None:
    ann = worker(board, "ann")
    texts = ["x" * (limits.TEXT_BYTES - n) for n in range(limits.NOTICES_AT_ONCE + 1)]
    for text in texts:
        board.tell("agent:ann", text)
    told = _texts(board.claim(ann).notices) + _texts(board.claim(ann).notices)
    assert told == texts
    assert board.claim(ann).notices is None


def test_what_does_not_fit_beside_a_briefing_waits_for_the_check(board: Board) -> None:
    board.policy(leases_per_session=2)
    board.add([{"key": key} for key in "abc"])
    ann, bob = worker(board, "ann"), worker(board, "bob")
    board.tell(to="agent:ann", text="first")
    board.tell(to="all", text="x" * limits.NOTICES_BESIDE_BYTES)
    board.tell(to="agent:ann", text="last")
    got = board.claim(ann)
    assert (_texts(got.notices), got.unread) == (["first"], 2)
    assert got.next.startswith("2 notices for you: check(lease); work on it")
    assert (board.claim(bob).notices, board.claim(bob).unread) == (None, 1), "too long by itself"
    told = board.check(got.lease or "").notices
    assert [len(one) for one in _texts(told)] == [limits.NOTICES_BESIDE_BYTES, 4]


def test_notices_of_a_claim_that_was_not_delivered_come_again(board: Board) -> None:
    board.add([{"key": "a"}])
    ann = worker(board, "ann")
    board.tell(to="all", text="x")
    lost = board.claim(ann)
    assert _texts(lost.notices) == ["x"]
    board.undo_claim(lost.lease or "")
    again = board.claim(ann)
    assert (_texts(again.notices), again.already_holding) == (["x"], None)


def test_a_task_that_is_held_is_no_news_and_brings_no_notices(board: Board) -> None:
    board.add([{"key": "a"}])
    ann = worker(board, "ann")
    board.claim(ann)
    board.tell(to="all", text="x")
    held = board.claim(ann)
    assert (held.already_holding, held.notices, held.unread) == (True, None, 1)
    assert _texts(board.check(session=ann).notices) == ["x"]


def test_what_a_claim_handed_out_is_read_with_the_next_check_and_not_before(board: Board) -> None:
    board.add([{"key": "a"}])
    ann = worker(board, "ann")
    board.tell(to="all", text="x")
    assert _texts(board.claim(ann).notices) == ["x"]
    assert _texts(board.join("ann", session=ann).notices) == ["x"], "it has lost its memory"
    assert _texts(board.check(session=ann, seen=0).notices) == ["x"], "a program counts by itself"
    assert board.check(session=ann).notices is None
    assert board.join("ann", session=ann).notices is None


def test_what_a_claim_settles_is_not_announced_with_it(board: Board) -> None:
    board.add([{"key": "a", "review": True}, {"key": "b"}])
    bob = worker(board, "bob")
    ann = worker(board, "ann")
    board.finish(lease(board, "a", ann), summary="x")
    review = board.claim(bob)
    assert (review.task, review.kind, review.notices, review.unread) == ("a", "review", None, None)
    assert board.check(review.lease or "").notices is None
    board.finish(review.lease or "", "approve", summary="fine")
    board.finish(lease(board, "b", ann), "handoff", to="bob", notes="yours")
    given = board.claim(bob)
    assert (given.task, given.notices, given.unread) == ("b", None, None)
    assert board.check(given.lease or "").notices is None


def test_what_a_claim_offers_by_itself_is_not_announced(board: Board) -> None:
    board.add([{"key": "a", "review": True}, {"key": "b"}, {"key": "mine"}, {"key": "other"}])
    bob = worker(board, "bob")
    working = lease(board, "mine", bob)
    ann = worker(board, "ann")
    board.finish(lease(board, "a", ann), summary="x")
    board.finish(lease(board, "b", ann), "handoff", to="bob", notes="yours")
    done = board.finish(working, summary="x")
    assert done.unread is None
    assert _kinds(board, bob) == ["review_ready", "handoff"], "who asks is told"
    assert [board.claim(bob).task, board.claim(bob).task] == ["b", "b"]


def test_notices_for_others_are_looked_through_once(board: Board) -> None:
    session = worker(board, "ann")
    board.tell(to="agent:bob", text="not for ann")
    assert board.claim(session).unread is None
    newest = rows(board, "SELECT max(id) AS id FROM notice")[0]["id"]
    assert rows(board, "SELECT cursor FROM session WHERE agent = 'ann'")[0]["cursor"] == newest


def test_what_is_settled_is_not_counted_however_much_of_it_there_is(board: Board) -> None:
    bob = worker(board, "bob")
    count = limits.NOTICES_AT_ONCE + 5
    board.add([{"key": f"a{n}", "review": True} for n in range(count)])
    board.add([{"key": "other", "capabilities": ["rust"]}])
    for n in range(count):
        board.finish(lease(board, f"a{n}", worker(board, "ann")), summary="x")
    for n in range(count):
        board.done(f"a{n}")
    board.tell("agent:bob", "after all that")
    assert _texts(board.claim(bob, kind="review").notices) == ["after all that"]


def test_the_loss_of_a_lease_that_is_held_again_is_neither_counted_nor_told(
    board: Board,
) -> None:
    board.policy(leases_per_session=2)
    board.add([{"key": "a"}, {"key": "b"}])
    ann = worker(board, "ann")
    lease(board, "a", ann)
    taken = board.claim(worker(board, "bob"), "a", take_over=True)
    board.finish(taken.lease or "", "release", summary="not mine")
    assert [one["task"] for one in notices(board, "lease_lost")] == ["a"]
    got = board.claim(ann, "a")
    assert (got.fence, got.notices, got.unread) == (3, None, None)
    other = board.claim(ann, "b")
    assert (other.notices, other.unread) == (None, None)
    assert board.check(other.lease or "").notices is None, "it holds both"


def test_a_late_finish_that_is_accepted_announces_no_loss(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    ann = worker(board, "ann")
    late, bob = lease(board, "a", ann), worker(board, "bob")
    lease(board, "b", bob)
    for _ in range(61):
        clock.advance(minutes=1)
        board.check(session=worker(board, "else"))
    assert {task["state"] for task in rows(board, "SELECT state FROM task")} == {"ready"}
    done = board.finish(late, summary="x")
    assert (done.state, done.unread) == ("done", None)
    assert board.check(session=ann).notices is None
    lease(board, "b", ann)
    assert _kinds(board, bob) == ["lease_lost"]


def test_planners_are_told_when_the_last_open_task_is_closed(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c", "attempts": 1}])
    planner, ann = worker(board, "planner"), worker(board, "ann")
    board.finish(lease(board, "a", ann), summary="x")
    board.finish(lease(board, "b", ann), summary="x")
    board.finish(lease(board, "c", ann), "failed", summary="no compiler")
    assert _kinds(board, planner) == ["failed"], "what failed waits for a decision"
    board.cancel(["c"], session=ann)
    said = board.check(session=planner).notices or []
    assert [(one.kind, str(one.by)[:4]) for one in said] == [("all_done", "ann/")]
    assert _kinds(board, ann) == [], "it knows what it did"


def test_that_all_is_done_is_no_news_once_there_is_more_to_do(board: Board) -> None:
    planner = worker(board, "planner")
    for key in ("a", "b"):
        board.add([{"key": key}])
        finish(board, key)
    board.add([{"key": "c"}])
    assert _kinds(board, planner) == []
    finish(board, "c")
    assert _kinds(board, planner) == ["all_done"]


def test_who_is_told_by_claim_that_all_is_done_needs_no_notice_of_it(board: Board) -> None:
    bob = worker(board, "bob")
    board.add([{"key": "a"}])
    finish(board, "a")
    got = board.claim(bob)
    assert got.none is not None
    assert (got.none.reason, got.unread) == ("all_done", None)
    assert got.next.startswith(ALL_DONE)


def test_a_message_to_several_says_to_whom(board: Board) -> None:
    session = worker(board, "ann", "gpu")
    board.tell("agent:ann", "to you")
    board.tell("all", "to all")
    board.tell("workers:gpu", "to some")
    told = board.check(session=session).notices or []
    assert [(one.text, one.to) for one in told] == [
        ("to you", None),
        ("to all", "all"),
        ("to some", "workers:gpu"),
    ]


@pytest.mark.parametrize("verb", ["add", "split", "edit", "rework", "cancel", "tell"])
def test_who_plans_is_told_that_notices_wait(board: Board, verb: str) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "made"}])
    finish(board, "made")
    session = worker(board, "lead")
    calls: dict[str, Callable[[], Any]] = {
        "add": lambda: board.add([{"key": "c"}], session=session),
        "split": lambda: board.split("a", into=[{"key": "x"}, {"key": "y"}], session=session),
        "edit": lambda: board.edit("a", set={"priority": 1}, session=session),
        "rework": lambda: board.rework("made", "more", session=session),
        "cancel": lambda: board.cancel(["b"], session=session),
        "tell": lambda: board.tell("agent:other", "hello", session=session),
    }
    board.tell("agent:lead", "mind this")
    reply = calls[verb]()
    assert reply.unread == 1
    assert reply.next.startswith("1 notice for you: check(session); ")
    assert len(board.check(session=session).notices or []) == 1
    assert board.edit("b" if verb != "cancel" else "a", set={"title": "t"}).unread is None


def test_a_claim_that_finds_nothing_keeps_a_review_to_itself_that_it_cannot_make(
    board: Board,
) -> None:
    board.add([{"key": "a", "review": True}])
    author, other = worker(board, "ann"), worker(board, "ann")
    board.finish(lease(board, "a", author), summary="made")
    got = board.claim(other)
    assert got.none is not None
    assert (got.notices, got.unread) == (None, None)
