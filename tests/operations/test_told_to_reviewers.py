"""What a reviewer is told: what a delivery lacks, what was said before, and what comes next."""

from __future__ import annotations

from hands import claim, finish, lease, worker

from headwater import Board


def test_a_reviewer_is_told_which_acceptance_items_have_no_evidence(board: Board) -> None:
    board.add([{"key": "a", "review": True, "acceptance": ["one", "two", "three"]}])
    board.finish(lease(board, "a"), summary="made it", evidence={"2": "ran it", "3": " "})
    got = board.claim(worker(board, "rob"), kind="review")
    assert got.delivery is not None
    assert got.delivery.no_evidence == [1, 3]
    board.finish(got.lease or "", "reject", notes="show it")
    again = claim(board, "a")
    assert again.delivery is not None
    assert again.delivery.no_evidence is None, "it is for who judges it"
    board.finish(again.lease or "", summary="made it", evidence={"1": "x", "2": "y", "3": "z"})
    got = board.claim(worker(board, "rob"), kind="review")
    assert got.delivery is not None
    assert got.delivery.no_evidence is None


def test_what_a_rejection_said_stands_once_in_what_follows(board: Board) -> None:
    board.add([{"key": "a", "review": True}, {"key": "b"}])
    finish(board, "a")
    rob = worker(board, "rob")
    first = board.claim(rob, kind="review").lease or ""
    board.finish(first, "reject", summary="not yet", notes="1. no test\n2. no docs")
    shown = board.graph(view="task", task="a")
    assert shown.feedback is not None
    assert shown.feedback[0]["text"] == "not yet\n\n1. no test\n2. no docs"
    again = claim(board, "a")
    board.finish(again.lease or "", summary="with both")
    second = board.claim(rob, kind="review")
    for reply in (shown, again, second):
        assert reply.model_dump_json().count("not yet") == 1
        assert reply.model_dump_json().count("no docs") == 1


def test_after_a_verdict_the_next_review_is_offered_and_what_becomes_of_it_is_said(
    board: Board,
) -> None:
    board.add([{"key": "a", "review": True}, {"key": "b"}])
    finish(board, "a")
    rob = worker(board, "rob")
    then = 'claim(kind="review", wait=45) waits for the next review, claim() takes any task'
    given_back = board.finish(board.claim(rob, kind="review").lease or "", "release", notes="busy")
    assert given_back.next == f"it waits for another reviewer; {then}"
    rejected = board.finish(board.claim(rob, "a").lease or "", "reject", notes="not yet")
    assert rejected.next == (
        "what you said goes to its next attempt, and what that delivers is reviewed again; " + then
    )
    finish(board, "a")
    approved = board.finish(board.claim(rob, "a").lease or "", "approve")
    assert approved.next == then


def test_after_a_review_the_next_that_is_claimed_with_it_is_a_review_before_work(
    board: Board,
) -> None:
    board.add([{"key": "a", "review": True}, {"key": "b", "review": True}, {"key": "c"}])
    finish(board, "a")
    finish(board, "b")
    rob = worker(board, "rob")
    first = board.claim(rob, kind="review")
    second = board.finish(first.lease or "", "approve", claim_next=True).claimed
    assert second is not None
    assert (second.task, second.kind) == ("b", "review")
    last = board.finish(second.lease or "", "approve", claim_next=True).claimed
    assert last is not None
    assert (last.task, last.kind) == ("c", "work")


def test_who_waits_for_reviews_is_not_called_to_work(board: Board) -> None:
    board.add([{"key": "a"}])
    said = board.claim(worker(board), kind="review").next
    assert said.startswith('claim(kind="review", wait=45) waits for the next review; ')
    assert said.endswith("claim() takes it, and who works on a task never reviews it")


def test_a_reviewer_reads_the_notes_of_what_is_to_be_judged_and_of_nothing_before(
    board: Board,
) -> None:
    board.add([{"key": "a", "review": True}])
    rob = worker(board, "rob")
    for notes in ("commit 1", "commit 2"):
        board.finish(lease(board, "a"), summary="made it", notes=notes)
        got = board.claim(rob, kind="review")
        assert got.delivery is not None
        assert got.delivery.notes == notes
        board.finish(got.lease or "", "reject", notes="not yet")
    assert [(one.outcome, one.notes) for one in got.tried or []] == [
        ("rejected", None),
        ("done", None),
    ]


def test_a_reviewer_is_told_where_it_was_made_if_the_delivery_does_not_say_so(
    board: Board,
) -> None:
    board.add([{"key": "a", "review": True}, {"key": "b", "review": True}])
    ann = board.join("ann", branch="ann", workspace="/srv/shop").session
    board.finish(lease(board, "a", ann), summary="made it")
    artifacts = [{"name": "code", "path": "src", "commit": "ann@5e1f0a77"}]
    board.finish(lease(board, "b", ann), artifacts=artifacts)
    rob = worker(board, "rob")
    for place in ("branch ann, workspace /srv/shop", None):
        got = board.claim(rob, kind="review")
        assert got.delivery is not None
        assert got.delivery.made_at == place
        board.finish(got.lease or "", "reject", notes="not yet")
    made_before = claim(board, "a").delivery
    assert made_before is not None
    assert made_before.made_at is None, "who goes on is told by the past attempts"
