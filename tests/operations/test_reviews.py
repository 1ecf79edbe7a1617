"""Reviews: never by the author, its agent or its parent; a rejection charges no attempt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hands import claim, finish, lease, notices, refused, row, rows, worker

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.operations.caller import LOCAL
from headwater.verbs.base import Outcome
from raw_sql import execute


def _delivered(board: Board, agent: str = "ann") -> str:
    """A task `a` that waits for review; its author's session."""
    board.add([{"key": "a", "review": True}, {"key": "b", "needs": ["a"]}])
    author = worker(board, agent)
    done = board.finish(lease(board, "a", author), summary="made it", critical={"v": 1})
    assert (done.state, done.unblocked) == ("review", [])
    return author


def test_a_delivery_is_not_done_and_releases_nobody_before_it_is_approved(board: Board) -> None:
    _delivered(board)
    assert row(board, "b")["state"] == "waiting"
    token = board.claim(worker(board, "rob")).lease or ""
    done = board.finish(token, "approve")
    assert (done.state, done.unblocked) == ("done", ["b"])


def test_the_reviewer_sees_the_delivery(board: Board) -> None:
    _delivered(board)
    got = board.claim(worker(board, "rob"), kind="review")
    assert got.kind == "review"
    assert got.delivery is not None
    assert (got.delivery.summary, got.delivery.critical) == ("made it", {"v": 1})
    assert "approve" in got.next


def test_the_reviewer_is_shown_the_notes_of_the_delivery_once(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    board.finish(lease(board, "a"), summary="made it", notes="look at the second file")
    got = board.claim(worker(board, "rob"), kind="review")
    assert got.delivery is not None
    assert got.delivery.notes == "look at the second file"
    assert got.model_dump_json().count("look at the second file") == 1
    board.finish(got.lease or "", "reject", notes="not yet")
    again = claim(board, "a")
    assert again.model_dump_json().count("look at the second file") == 1


def test_a_reviewer_sees_all_values_under_review_however_much_was_said_before(
    board: Board,
) -> None:
    board.add([{"key": "a", "review": True, "spec": "s" * 2_000}])
    judge = worker(board, "judge")
    finish(board, "a", summary="first")
    for n in range(4):
        board.finish(lease(board, "a", judge), "reject", notes=f"{n} " + "why " * 300)
        finish(board, "a", summary="again", notes="n" * 900, critical={"rule": "r" * 1_400})
    got = claim(board, "a", judge)
    assert got.delivery is not None
    assert got.delivery.critical == {"rule": "r" * 1_400}
    assert [one["text"][:2] for one in got.feedback or []] == ["0 ", "1 ", "2 ", "3 "]
    assert any("shortened" in one for one in got.more or [])


def test_the_authors_session_may_not_review(board: Board) -> None:
    author = _delivered(board)
    assert board.claim(author, kind="review").none is not None
    with refused(board, "wrong_state", "worked on by this session"):
        board.claim(author, "a")


def test_another_session_of_the_same_agent_may_not_review(board: Board) -> None:
    _delivered(board, "ann")
    twin = worker(board, "ann")
    assert board.claim(twin, kind="review").none is not None
    with refused(board, "wrong_state", "another agent must review it"):
        board.claim(twin, "a")


@pytest.mark.parametrize("related", ["parent", "child", "sibling"])
def test_a_parent_a_child_or_a_sibling_of_the_author_may_not_review(
    board: Board, related: str
) -> None:
    author = _delivered(board)
    other = worker(board, "kin")
    third = worker(board, "third")
    number = {one["token"]: one["id"] for one in rows(board, "SELECT id, token FROM session")}
    links = {
        "parent": [(author, other)],
        "child": [(other, author)],
        "sibling": [(author, third), (other, third)],
    }

    def relate(tx: object) -> None:
        for child, parent in links[related]:
            execute(
                tx, "UPDATE session SET parent_id = ? WHERE id = ?", number[parent], number[child]
            )

    board.store.write(relate)
    assert board.claim(other, kind="review").none is not None


def test_the_agent_of_the_authors_parent_may_not_review_after_a_restart_either(
    board: Board,
) -> None:
    board.add([{"key": "a", "review": True}])
    boss = worker(board, "boss")
    author = board.join("sub", parent=boss).session
    board.finish(lease(board, "a", author), summary="made it")
    again = worker(board, "boss")
    other = board.join("other", parent=again).session
    for kin in (again, other):
        none = board.claim(kin, kind="review").none
        assert none is not None
        assert none.reviews == [{"task": "a", "not_by": ["boss", "sub"], "nobody_here": True}]
    assert board.claim(worker(board, "rob"), kind="review").task == "a"


def test_a_review_goes_before_new_work(board: Board) -> None:
    _delivered(board)
    board.add([{"key": "urgent", "priority": 9}])
    assert board.claim(worker(board, "rob")).task == "a"


def test_of_two_deliveries_that_which_waits_longer_is_reviewed_first(board: Board) -> None:
    board.add([{"key": key, "review": True} for key in "ba"])
    for key in "ab":
        finish(board, key)
    rob = worker(board, "rob")
    first = board.claim(rob, kind="review")
    assert first.task == "a"
    board.finish(first.lease or "", "reject", notes="not yet")
    finish(board, "a")
    assert board.claim(rob, kind="review").task == "b", "the other comes to its end again later"


def test_a_review_has_one_holder(board: Board) -> None:
    _delivered(board)
    board.claim(worker(board, "rob"), kind="review")
    other = worker(board, "rita")
    assert board.claim(other, kind="review").none is not None
    with refused(board, "task_held", "being reviewed by rob/"):
        board.claim(other, "a")


@pytest.mark.parametrize("feedback", ["", "  "])
def test_a_rejection_needs_feedback(board: Board, feedback: str) -> None:
    _delivered(board)
    token = board.claim(worker(board, "rob"), kind="review").lease or ""
    with refused(board, "bad_request", "needs feedback", "what must change"):
        board.finish(token, "reject", notes=feedback)


def test_a_rejection_sends_it_back_with_the_feedback_and_charges_no_attempt(board: Board) -> None:
    _delivered(board)
    token = board.claim(worker(board, "rob"), kind="review").lease or ""
    assert board.finish(token, "reject", notes="add tests").state == "ready"
    got = claim(board, "a")
    assert (got.attempt, got.round) == (1, 1)
    assert got.feedback is not None
    assert got.feedback[0]["text"] == "add tests"
    assert str(got.feedback[0]["by"]).startswith("rob/")


def test_a_rejected_delivery_reaches_no_dependent(board: Board) -> None:
    _delivered(board)
    token = board.claim(worker(board, "rob"), kind="review").lease or ""
    board.finish(token, "reject", notes="add tests")
    board.finish(lease(board, "a", worker(board, "cat")), summary="with tests", critical={"v": 2})
    board.finish(board.claim(worker(board, "rob"), kind="review").lease or "", "approve")
    upstream = claim(board, "b").upstream
    assert upstream is not None
    assert (upstream[0].summary, upstream[0].critical) == ("with tests", {"v": 2})


def test_reviewers_are_told_that_something_waits_for_them(board: Board) -> None:
    _delivered(board)
    assert [(one["target"], one["task"]) for one in notices(board, "review_ready")] == [
        ("reviewers", "a")
    ]


def test_an_approved_delivery_whose_input_was_reopened_is_not_reviewed_again(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"], "review": True}])
    one, other = board.join(agent="one").session, board.join(agent="other").session
    board.finish(board.claim(one).lease or "", summary="a", critical={"x": 1})
    board.finish(board.claim(one).lease or "", summary="b")
    review = board.claim(other, kind="review").lease or ""
    board.rework("a", "again")
    assert board.finish(review, "approve").state == "review"
    assert board.claim(worker(board, "rita"), kind="review").none is not None
    assert (
        board.finish(board.claim(one).lease or "", summary="a", critical={"x": 1}).state == "done"
    )
    assert board.graph(task="b").state == "done"


def test_a_claim_that_was_undone_keeps_nobody_from_reviewing(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    reviewer = worker(board, "rob")
    board.undo_claim(lease(board, "a", reviewer))
    finish(board, "a")
    assert board.claim(reviewer, kind="review").task == "a"


def test_a_new_round_starts_clean_for_its_reviewers(board: Board) -> None:
    author = _delivered(board, "ann")
    rob = worker(board, "rob")
    board.finish(board.claim(rob, kind="review").lease or "", "approve")
    board.rework("a", "once more")
    board.finish(lease(board, "a", rob), summary="by the reviewer of before")
    assert board.claim(rob, kind="review").none is not None
    assert board.claim(author, kind="review").task == "a"


def test_whoever_rejected_may_review_again_and_may_not_after_working_on_it(board: Board) -> None:
    _delivered(board)
    rob, rita = worker(board, "rob"), worker(board, "rita")
    for reviewer in (rob, rita):
        token = board.claim(reviewer, kind="review").lease or ""
        board.finish(token, "reject", notes="not yet")
        board.finish(lease(board, "a", worker(board, "ann")), summary="again")
    board.finish(board.claim(rob, kind="review").lease or "", "reject", notes="nor now")
    board.finish(lease(board, "a", rob), summary="by rob himself")
    assert board.claim(rob, kind="review").none is not None
    assert board.claim(rita, kind="review").task == "a"


def test_the_reviewer_sees_what_earlier_reviewers_said(board: Board) -> None:
    _delivered(board)
    board.finish(board.claim(worker(board, "rob")).lease or "", "reject", notes="add tests")
    board.finish(lease(board, "a", worker(board, "ann")), summary="with tests")
    got = board.claim(worker(board, "rita"), kind="review")
    (said,) = got.feedback or []
    assert (said["text"], str(said["by"])[:4]) == ("add tests", "rob/")
    assert [one.outcome for one in got.tried or []].count("rejected") == 1


def test_what_a_reviewer_accepted_and_why_is_told_to_whoever_does_it_again(board: Board) -> None:
    _delivered(board)
    board.finish(lease(board, "a", worker(board, "rob")), "approve", summary="the tests pass")
    board.rework("a", "not with an empty file")
    accepted, _ = claim(board, "a").tried or []
    assert (accepted.outcome, accepted.reason) == ("approved", "the tests pass")


def _inputs_change(board: Board, _clock: ManualClock, _review: str) -> None:
    board.rework("up", "once more")
    finish(board, "up", critical={"port": 2})


def _lease_runs_out(board: Board, clock: ManualClock, _review: str) -> None:
    for _ in range(13):  # a longer silence of all would be taken for a machine that slept
        clock.advance(minutes=5)
        worker(board, "ann")


def _give_back(board: Board, _clock: ManualClock, review: str) -> None:
    board.finish(review, "release", notes="no time")


def test_who_judged_an_earlier_round_is_told_from_who_worked_on_it(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a", summary="first")
    board.finish(lease(board, "a", worker(board, "rob")), "approve")
    board.rework("a", "and a test")
    finish(board, "a", summary="second")
    got = board.claim(worker(board, "rita"), "a")
    assert got.kind == "review"
    shown = [(one.kind, one.outcome) for one in got.tried or []]
    assert shown == [("review", "approved"), (None, "done")]
    assert (got.tried or [])[1].fence == 1, "what is judged now is not what was tried before"


@pytest.mark.parametrize("end", [_inputs_change, _lease_runs_out, _give_back])
def test_a_review_that_judged_nothing_is_no_attempt_for_whoever_works_on(
    board: Board, clock: ManualClock, end: Callable[[Board, ManualClock, str], None]
) -> None:
    board.add([{"key": "up"}, {"key": "a", "needs": ["up"], "review": True}])
    finish(board, "up", critical={"port": 1})
    finish(board, "a")
    rob = board.join("rob", workspace="/srv/rob", branch="lead").session
    end(board, clock, lease(board, "a", rob))
    if end is not _inputs_change:
        rita = board.claim(worker(board, "rita"), "a")
        assert [(one.by or "")[:4] for one in rita.tried or []] == ["rob/"], "not what she judges"
        assert all(one.left_at is None for one in rita.tried or [])
        board.finish(rita.lease or "", "reject", notes="not yet")
    got = claim(board, "a", worker(board, "ann"))
    outcomes = [one.outcome for one in got.tried or []]
    assert outcomes == (["done"] if end is _inputs_change else ["rejected", "done"])
    assert all(one.left_at is None for one in got.tried or [])


def test_a_claim_whose_reply_was_lost_is_no_attempt_for_the_next_holder(board: Board) -> None:
    board.add([{"key": "a"}])
    bob = board.join("bob", workspace="/srv/bob", branch="fix").session
    board.undo_claim(lease(board, "a", bob))
    assert claim(board, "a", worker(board, "ann")).tried is None


def test_a_reviewer_can_give_the_review_back(board: Board) -> None:
    _delivered(board)
    rob = worker(board, "rob")
    assert board.finish(board.claim(rob, kind="review").lease or "", "release").state == "review"
    assert board.claim(worker(board, "rita"), kind="review").task == "a"
    assert row(board, "a")["releases"] == 0


def test_a_delivery_cancelled_under_review_can_no_longer_be_approved(board: Board) -> None:
    _delivered(board)
    rob = worker(board, "rob")
    token = board.claim(rob, kind="review").lease or ""
    board.cancel(["a"], dependents="cancel", reason="obsolete")
    with refused(board, "stale_lease", "cancelled"):
        board.finish(token, "approve")
    assert [(one.why, one.reason) for one in board.check(token).lost or []] == [
        ("cancelled", "obsolete")
    ]
    assert board.claim(rob).none is not None


def test_what_is_edited_to_need_a_review_goes_to_review(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.edit("a", set={"review": True})
    assert board.finish(token, summary="x").state == "review"


def test_needs_review_says_who_may_do_it(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a", "review": True, "capabilities": ["rust"]}])
    ann = worker(board, "ann", "rust")
    token = lease(board, "a", worker(board, "bob", "rust"))
    clock.advance(minutes=2)
    board.finish(token, "release")
    board.finish(lease(board, "a", ann), summary="x")
    got = board.claim(ann)
    assert got.none is not None
    assert got.none.reason == "needs_review"
    assert got.none.reviews == [
        {"task": "a", "not_by": ["ann", "bob"], "capabilities": ["rust"], "nobody_here": True},
    ]
    assert "another agent with the capabilities has" in got.next
    board.edit("a", set={"capabilities": []})
    assert "waits until another agent has reviewed it" in board.claim(ann).next


def test_who_has_nothing_to_do_hears_of_a_review_that_nobody_here_may_do(board: Board) -> None:
    board.add([{"key": "a", "review": True, "capabilities": ["rust"]}, {"key": "b"}])
    board.finish(lease(board, "a", worker(board, "ann", "rust")), summary="x")
    token, rob = lease(board, "b"), worker(board, "rob")
    waits = board.claim(rob)
    assert waits.none is not None
    assert waits.none.reason == "wait"
    assert "another agent" not in waits.next
    assert waits.none.reviews == [
        {"task": "a", "not_by": ["ann"], "capabilities": ["rust"], "nobody_here": True}
    ]
    assert '; nobody here may review a: graph(view="stuck")' in waits.next
    told = Board(board.store, board.name, replace(LOCAL, rights="work")).claim(rob).next
    assert '; nobody here may review a: tell(to="planners", text=...)' in told
    assert "edit(task, set={capabilities" in board.graph("stuck").next
    board.edit("a", set={"capabilities": []})
    assert board.claim(rob).task == "a", "others may judge it now"
    board.finish(token, summary="x")


def test_who_reviews_something_is_named_to_who_waits(board: Board) -> None:
    board.add([{"key": "a", "review": True}, {"key": "c", "needs": ["a"]}])
    ann = worker(board, "ann")
    board.finish(lease(board, "a", ann), summary="x")
    rob = worker(board, "rob")
    assert board.claim(rob).task == "a"
    none = board.claim(ann).none
    assert none is not None
    found = (none.active or [])[0]
    assert (found["task"], found["kind"], found["frees"]) == ("a", "review", ["c"])
    assert str(found["by"]).startswith("rob")
    assert none.reviews is None


def test_of_many_deliveries_that_wait_the_oldest_few_are_named(board: Board) -> None:
    board.add([{"key": f"a{at}", "review": True} for at in range(7)])
    ann = worker(board, "ann")
    for at in range(7):
        board.finish(lease(board, f"a{at}", ann), summary="x")
    none = board.claim(ann).none
    assert [one["task"] for one in (none and none.reviews) or []] == [f"a{at}" for at in range(5)]


def test_a_review_needs_the_capabilities_of_the_task_also_by_its_key(board: Board) -> None:
    board.add([{"key": "a", "review": True, "capabilities": ["rust"]}])
    board.finish(lease(board, "a", worker(board, "ann", "rust")), summary="x")
    rob = worker(board, "rob")
    assert board.claim(rob, kind="review").none is not None
    with refused(board, "wrong_state", "needs capabilities"):
        board.claim(rob, "a")
    assert board.claim(worker(board, "rita", "rust"), "a").kind == "review"


def test_a_review_that_was_given_back_is_offered_last(board: Board) -> None:
    _delivered(board)
    board.add([{"key": "c"}])
    rob = worker(board, "rob")
    board.finish(board.claim(rob).lease or "", "release", notes="I do not know Rust")
    other = board.claim(rob)
    assert (other.task, other.kind) == ("c", "work")
    board.finish(other.lease or "", summary="done")
    assert board.claim(rob).kind == "review", "it is all that is left"


def test_a_review_that_was_given_back_is_for_others_at_once(board: Board) -> None:
    _delivered(board)
    rob, sue = worker(board, "rob"), worker(board, "sue")
    board.finish(board.claim(rob).lease or "", "release")
    assert board.claim(sue).kind == "review"


@pytest.mark.parametrize("change", ["edit", "split"])
def test_a_reviewer_does_not_change_what_it_judges(board: Board, change: str) -> None:
    _delivered(board)
    token = lease(board, "a", worker(board, "rob"))
    with refused(board, "bad_request", "for the review of a"):
        if change == "edit":
            board.edit("a", set={"acceptance": ["whatever it does"]}, lease=token)
        else:
            board.split("a", [{"key": "a1"}, {"key": "a2"}], lease=token)


def test_all_that_a_rejection_says_reaches_whoever_does_it_again(board: Board) -> None:
    _delivered(board)
    board.finish(
        lease(board, "a", worker(board, "rob")), "reject", summary="no tests", notes="see T7"
    )
    got = claim(board, "a")
    assert [one["text"] for one in got.feedback or []] == ["no tests\n\nsee T7"]


@pytest.mark.parametrize("outcome", ["approve", "reject", "release"])
def test_a_review_is_not_ended_with_what_it_has_no_place_for(
    board: Board, outcome: Outcome
) -> None:
    _delivered(board)
    judging = lease(board, "a", worker(board, "rob"))
    with refused(board, "bad_request", "notes and evidence, not critical, artifacts"):
        board.finish(
            judging,
            outcome,
            notes="see the log",
            critical={"coverage": 80},
            artifacts=[{"name": "log", "text": "12 failures"}],
        )
    assert row(board, "a")["state"] == "review"
    assert board.finish(judging, outcome, notes="see the log: 12 failures").warnings is None


def _to_judge(board: Board) -> str:
    board.add([{"key": "a", "review": True, "acceptance": ["it starts", "it stops"]}])
    finish(board, "a")
    return lease(board, "a", worker(board, "rob"))


def test_evidence_against_a_delivery_reaches_whoever_does_it_again(board: Board) -> None:
    evidence = {"2": "hangs after ^C", "it starts": "12 of 12"}
    board.finish(_to_judge(board), "reject", notes="not yet", evidence=evidence)
    said = "not yet\nit starts: 12 of 12\nit stops: hangs after ^C"
    assert [one["text"] for one in claim(board, "a").feedback or []] == [said]


@pytest.mark.parametrize("outcome", ["approve", "release"])
def test_evidence_of_a_review_is_kept_with_its_notes(board: Board, outcome: Outcome) -> None:
    said = {"1": "started twice", "2": " "}
    done = board.finish(_to_judge(board), outcome, evidence=said)
    assert done.warnings is None
    kept = rows(board, "SELECT notes FROM attempt WHERE kind = 'review'")
    assert [one["notes"] for one in kept] == ["it starts: started twice"]


def test_a_review_that_is_given_back_leaves_no_unfinished_delivery(board: Board) -> None:
    board.finish(_to_judge(board), "release", evidence={"1": "started twice"})
    assert [one["salvage"] for one in rows(board, "SELECT salvage FROM delivery")] == [0]


def test_the_notes_of_a_review_may_be_as_long_as_any_text_with_its_evidence(board: Board) -> None:
    longest = "e" * (limits.TEXT_BYTES - len("it starts: "))
    assert board.finish(_to_judge(board), "approve", evidence={"1": longest}).state == "done"


@pytest.mark.parametrize(
    ("evidence", "code", "wrong"),
    [
        ({"3": "?"}, "bad_request", "no such acceptance item"),
        ({"1": "e" * limits.TEXT_BYTES}, "limit_exceeded", "say less"),
    ],
)
def test_evidence_that_a_review_cannot_keep_leaves_it_as_it_was(
    board: Board, evidence: dict[str, str], code: str, wrong: str
) -> None:
    judging = _to_judge(board)
    with refused(board, code, wrong):
        board.finish(judging, "approve", notes="fine", evidence=evidence)
    assert row(board, "a")["state"] == "review"
    assert board.finish(judging, "approve", notes="fine").state == "done"


@pytest.mark.parametrize("outcome", ["approve", "reject"])
def test_a_reviewers_note_is_not_shown_in_the_next_round(board: Board, outcome: Outcome) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a")
    review = board.claim(worker(board, "reviewer"), kind="review").lease or ""
    board.check(review, note="tests run green; approving")
    board.finish(review, outcome, notes="as it should be")
    if outcome == "approve":
        board.rework("a", "once more")
    got = claim(board, "a")
    assert got.note is None
    board.finish(got.lease or "", summary="again")
    assert board.claim(worker(board, "reviewer"), kind="review").note is None


def test_a_briefing_says_that_the_task_will_be_reviewed(board: Board) -> None:
    board.add([{"key": "a", "review": True}, {"key": "b"}])
    got = claim(board, "a")
    assert (got.review, claim(board, "b").review) == (True, None)
    board.finish(got.lease or "", summary="x")
    assert board.claim(worker(board), kind="review").review is None


def test_a_planner_is_warned_of_tasks_that_one_agent_alone_could_do_and_review(
    board: Board,
) -> None:
    task = {"review": True, "capabilities": ["sql", "docs"]}
    ann = worker(board, "ann", "docs", "sql", "python")
    worker(board, "ann", "docs", "sql")
    board.join("sub", parent=ann, capabilities=["docs", "sql"])
    worker(board, "bob", "docs")
    (said,) = board.add([{"key": key, **task} for key in "abcdefg"]).warnings or []
    assert said.startswith("a, b, c, d, e ...: one agent alone of those here has the capabilities")
    (said,) = board.add([{"key": key, **task} for key in "hijkl"]).warnings or []
    assert said.startswith("h, i, j, k, l: one agent alone")
    assert not board.add([{"key": "rust", "review": True, "capabilities": ["rust"]}]).warnings
    assert not board.add([{"key": "free", "capabilities": ["sql"]}]).warnings, "no review"
    assert not board.add([{"key": "any", "review": True}]).warnings
    worker(board, "cy", "docs", "sql")
    assert not board.add([{"key": "two", **task}]).warnings


def test_a_review_that_is_asked_for_is_held_beside_work(board: Board) -> None:
    _delivered(board)
    board.add([{"key": "c", "review": True}, {"key": "d"}])
    board.finish(lease(board, "c", worker(board, "cy")), summary="x")
    rob = worker(board, "rob")
    work = claim(board, "d", rob)
    first = board.claim(rob, kind="review")
    assert (first.task, first.kind, first.already_holding) == ("a", "review", None)
    again = board.claim(rob, kind="review")
    assert (again.task, again.already_holding) == ("a", True), "one review at a time"
    with refused(board, "already_holding", "this session already holds a"):
        board.claim(rob, "c")
    assert board.claim(rob).task in ("a", "d"), "and no more work"
    assert {held.task for held in board.check(session=rob).leases} == {"a", "d"}
    board.finish(first.lease or "", "approve")
    second = board.claim(rob, "c")
    assert (second.task, second.kind) == ("c", "review")
    board.finish(second.lease or "", "reject", notes="no")
    assert board.claim(rob).lease == work.lease


def test_who_reviews_first_takes_no_work_beside_it(board: Board) -> None:
    _delivered(board)
    rob = worker(board, "rob")
    review = claim(board, "a", rob)
    board.add([{"key": "d"}])
    got = board.claim(rob)
    assert (got.task, got.already_holding) == ("a", True)
    with refused(board, "already_holding", "this session already holds a"):
        board.claim(rob, "d")
    assert review.lease == got.lease


def test_work_that_lapsed_under_a_review_is_taken_up_again(
    board: Board, clock: ManualClock
) -> None:
    _delivered(board)
    board.add([{"key": "d"}])
    rob = worker(board, "rob")
    work = lease(board, "d", rob)
    clock.advance(minutes=40)
    review = board.claim(rob, kind="review")
    clock.advance(minutes=25)
    board.claim(worker(board, "other", "gpu"), kind="handoff")  # finds the first expired
    assert board.finish(work, summary="late").state == "done"
    assert board.finish(review.lease or "", "approve").state == "done"


@pytest.mark.parametrize(
    ("outcome", "minutes", "may"),
    [("release", 1.9, True), ("release", 2, False), ("failed", 0, False), ("handoff", 0, False)],
)
def test_somebody_who_only_released_it_may_not_review_but_if_it_was_at_once(
    board: Board, clock: ManualClock, outcome: Outcome, minutes: float, may: bool
) -> None:
    board.policy(backoff_first_ms=0)
    board.add([{"key": "a", "review": True}])
    rob = worker(board, "rob")
    token = lease(board, "a", rob)
    clock.advance(minutes=minutes)
    board.finish(token, outcome, notes="not for me")
    board.finish(lease(board, "a", worker(board, "ann")), summary="x")
    assert (board.claim(rob, kind="review").none is None) == may


def test_a_planner_is_told_of_reviews_that_the_policy_adds(board: Board) -> None:
    board.policy(review="always")
    added = board.add([{"key": "a"}, {"key": "b"}, {"key": "c", "review": True}])
    assert added.warnings == ["2 tasks count when reviewed, by policy review=always"]
    (said,) = board.add([{"key": "d"}]).warnings or []
    assert said.startswith("1 task counts when")
    assert not board.add([{"key": "f", "review": True}]).warnings
    board.policy(review="asked")
    assert not board.add([{"key": "e"}]).warnings
