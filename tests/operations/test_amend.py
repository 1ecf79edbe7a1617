"""Amend: a delivery that waits for acceptance can be put right by whoever made it."""

from __future__ import annotations

from typing import Any

import pytest
from hands import claim, events, everything, lease, refused, row, rows, worker

from headwater import Board
from headwater.clock import ManualClock

WHOLE: dict[str, Any] = {
    "summary": "made it",
    "critical": {"commit": "wrong", "port": 8080},
    "artifacts": [{"name": "log", "text": "all went well"}],
    "delivered": {"b": "use port 8080"},
    "evidence": {"1": "ran the tests"},
    "notes": "look at the second file",
}


def _delivered(board: Board, **said: Any) -> tuple[str, str]:
    """A task `a` that waits for review; its author's session and the lease that delivered."""
    board.add(
        [
            {"key": "a", "review": True, "acceptance": ["tests pass", "docs say it"]},
            {"key": "b", "needs": ["a"], "contracts": [{"task": "a", "promise": "its port"}]},
        ]
    )
    author = worker(board, "ann")
    token = lease(board, "a", author)
    assert board.finish(token, **(WHOLE | said)).state == "review"
    return author, token


def _shown(board: Board) -> dict[str, Any]:
    got = board.claim(worker(board, "rob"), kind="review")
    assert got.delivery is not None
    return got.delivery.model_dump(exclude_none=True)


def test_what_is_not_said_stays_as_it_was_delivered(board: Board) -> None:
    _, token = _delivered(board)
    reply = board.finish(token, "amend", critical={"commit": "right"}, evidence={"2": "see docs"})
    assert (reply.state, reply.outcome, reply.unblocked) == ("review", "amend", [])
    assert reply.as_before == ["summary", "port", "artifact:log"]
    shown = _shown(board)
    assert shown["critical"] == {"commit": "right", "port": 8080}
    assert shown["summary"] == "made it"
    assert shown["notes"] == "look at the second file"
    assert shown["evidence"] == {"tests pass": "ran the tests", "docs say it": "see docs"}
    assert [one["name"] for one in shown["artifacts"]] == ["log"]
    assert board.verify() == []


def test_a_consumer_is_given_the_amended_delivery(board: Board) -> None:
    _, token = _delivered(board)
    board.finish(token, "amend", critical={"commit": "right"}, summary="made it well")
    board.finish(claim(board, "a", worker(board, "rob")).lease or "", "approve")
    (upstream,) = claim(board, "b").upstream or []
    assert upstream.critical == {"commit": "right", "port": 8080}
    assert (upstream.summary, upstream.delivered) == ("made it well", "use port 8080")


def test_values_and_artifacts_can_be_taken_back(board: Board) -> None:
    _, token = _delivered(board)
    board.finish(token, "amend", critical={"port": None}, artifacts=[{"name": "log"}])
    shown = _shown(board)
    assert shown["critical"] == {"commit": "wrong", "port": None}
    assert "artifacts" not in shown


def test_the_history_keeps_both_deliveries(board: Board) -> None:
    _, token = _delivered(board)
    revision = board.revision()
    board.finish(token, "amend", critical={"commit": "right"})
    assert events(board, "a")[-2:] == ["finished", "amended"]
    before = board.graph(view="task", task="a", at=revision)
    now = board.graph(view="task", task="a")
    assert before.delivery is not None
    assert now.delivery is not None
    assert (before.delivery.critical or {})["commit"] == "wrong"
    assert (now.delivery.critical or {})["commit"] == "right"


def test_a_repeated_amendment_changes_nothing(board: Board) -> None:
    _, token = _delivered(board)
    said: dict[str, Any] = {"critical": {"commit": "right"}, "evidence": {"2": "see docs"}}
    first = board.finish(token, "amend", **said)
    before = everything(board)
    assert board.finish(token, "amend", **said) == first
    assert everything(board) == before


def test_an_amendment_whose_reply_was_lost_is_answered_during_and_after_the_review(
    board: Board,
) -> None:
    _, token = _delivered(board)
    board.finish(token, "amend", critical={"commit": "right"})
    review = claim(board, "a", worker(board, "rob")).lease or ""
    assert board.finish(token, "amend", critical={"commit": "right"}).state == "review"
    board.finish(review, "approve")
    assert board.finish(token, "amend", critical={"commit": "right"}).state == "done"


def test_the_first_finish_sent_again_does_not_undo_the_amendment(board: Board) -> None:
    _, token = _delivered(board)
    board.finish(token, "amend", critical={"commit": "right"})
    before = everything(board)
    assert board.finish(token, **WHOLE).outcome == "done"
    assert everything(board) == before


def test_the_reply_of_a_finish_and_of_a_second_one_lead_to_it(board: Board) -> None:
    author, token = _delivered(board)
    again = board.finish(token, summary="something else")
    assert "outcome amend changes what was delivered" in (again.warnings or [""])[-1]
    assert "(outcome amend corrects it)" in again.next
    board.add([{"key": "c"}])
    token = lease(board, "c", author)
    board.finish(token, summary="x")
    other = board.finish(token, "failed")
    assert "amend" not in (other.warnings or [""])[-1]


def test_a_delivery_that_is_accepted_takes_another_round(board: Board) -> None:
    _, token = _delivered(board)
    board.finish(claim(board, "a", worker(board, "rob")).lease or "", "approve")
    with refused(board, "wrong_state", "what you delivered of a is accepted already"):
        board.finish(token, "amend", critical={"commit": "right"})


def test_what_was_accepted_without_review_can_be_amended_until_somebody_is_given_it(
    board: Board,
) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    token = lease(board, "a")
    board.finish(token, summary="made", critical={"commit": "wrong"})
    reply = board.finish(token, "amend", critical={"commit": "right"})
    assert (reply.state, row(board, "b")["state"]) == ("done", "ready")
    (upstream,) = claim(board, "b").upstream or []
    assert upstream.critical == {"commit": "right"}
    with refused(board, "wrong_state", "what you delivered of a is accepted already"):
        board.finish(token, "amend", critical={"commit": "again"})


def test_what_was_compared_with_what_a_consumer_had_read_cannot_be_amended(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    board.finish(lease(board, "a"), summary="made", critical={"v": 1})
    board.finish(lease(board, "b"), summary="used")
    board.rework("a", "once more")
    token = lease(board, "a")
    assert board.finish(token, summary="the same", critical={"v": 1}).reopened is None
    with refused(board, "wrong_state", "what you delivered of a is accepted already"):
        board.finish(token, "amend", critical={"v": 2})


def test_what_was_merged_cannot_be_amended(board: Board) -> None:
    board.policy(release_on="merged")
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.finish(token, summary="made")
    with refused(board, "wrong_state", "is accepted already"):
        board.finish(token, "amend", summary="better")
    board.merged("a")
    with refused(board, "wrong_state", "is accepted already"):
        board.finish(token, "amend", summary="better")


def test_what_others_reuse_cannot_be_amended(board: Board) -> None:
    board.add([{"key": "a", "spec": "do it"}], reuse="exact")
    token = lease(board, "a")
    board.finish(token, summary="made")
    with refused(board, "wrong_state", "is accepted already"):
        board.finish(token, "amend", summary="better")


def test_a_delivery_under_review_stays_as_its_reviewer_sees_it(board: Board) -> None:
    _, token = _delivered(board)
    review = claim(board, "a", worker(board, "rob")).lease or ""
    with refused(board, "wrong_state", "a is being reviewed") as error:
        board.finish(token, "amend", critical={"commit": "right"})
    assert 'tell(to="agent:rob", task="a", text=...)' in error.value.next
    board.finish(review, "release")
    assert board.finish(token, "amend", critical={"commit": "right"}).state == "review"


def test_what_was_sent_back_is_done_again(board: Board) -> None:
    _, token = _delivered(board)
    board.finish(claim(board, "a", worker(board, "rob")).lease or "", "reject", notes="no")
    with refused(board, "wrong_state", "was sent back, or replaced"):
        board.finish(token, "amend", critical={"commit": "right"})


def test_feedback_of_the_round_stays_open_when_its_answer_is_amended(
    board: Board, clock: ManualClock
) -> None:
    author, _ = _delivered(board)
    for words in ("first fault", "second fault"):
        board.finish(claim(board, "a", worker(board, "rob")).lease or "", "reject", notes=words)
        clock.advance(seconds=1)
        token = lease(board, "a", author)
        board.finish(token, summary="mended", delivered={"b": "same"})
    board.finish(token, "amend", critical={"commit": "right"})
    got = board.claim(worker(board, "rob"), kind="review")
    marks = {one["text"]: one.get("earlier") for one in got.feedback or []}
    assert marks == {"first fault": True, "second fault": None}


@pytest.mark.parametrize("outcome", ["release", "failed"])
def test_a_lease_that_delivered_nothing_amends_nothing(board: Board, outcome: Any) -> None:
    board.add([{"key": "a", "review": True}])
    token = lease(board, "a")
    with refused(board, "bad_request", "has delivered nothing"):
        board.finish(token, "amend", summary="x")
    board.finish(token, outcome, summary="why", critical={"x": 1})
    with refused(board, "bad_request", "has delivered nothing"):
        board.finish(token, "amend", summary="x")


def test_a_window_that_was_replaced_before_the_finish_amends_nothing(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    session = worker(board, "ann")
    old = lease(board, "a", session)
    (held,) = board.join(session=session, take=True, window="another").leases
    board.finish(held.lease, summary="made it")
    with refused(board, "bad_request", "has delivered nothing"):
        board.finish(old, "amend", summary="x")
    assert board.finish(held.lease, "amend", summary="x").state == "review"


def test_promises_are_kept_by_an_amendment(board: Board) -> None:
    _, token = _delivered(board)
    with refused(board, "missing_promises", "has not answered its promise to: b"):
        board.finish(token, "amend", delivered={"b": ""})
    board.edit("b", drop_needs=["a"])
    reply = board.finish(token, "amend", critical={"commit": "right"})
    assert reply.warnings is None, "what was said to a consumer that is gone is dropped"


def test_an_edited_acceptance_drops_the_evidence_of_its_earlier_items(board: Board) -> None:
    _, token = _delivered(board)
    board.edit("a", set={"acceptance": ["docs say it", "it is fast"]})
    board.finish(token, "amend", evidence={"it is fast": "2 ms"})
    assert _shown(board)["evidence"] == {"it is fast": "2 ms"}


def test_evidence_may_be_given_later_where_all_is_required(board: Board) -> None:
    board.policy(evidence="required")
    _, token = _delivered(board, evidence={"1": "ran them", "2": "see docs"})
    assert board.finish(token, "amend", evidence={"2": "page 3"}).state == "review"
    with refused(board, "bad_request", "no such acceptance item"):
        board.finish(token, "amend", evidence={"3": "what?"})


def test_an_amendment_hands_nothing_on_and_claims_nothing(board: Board) -> None:
    _, token = _delivered(board)
    board.add([{"key": "c"}])
    reply = board.finish(token, "amend", summary="x", to="bob", claim_next=True)
    assert reply.claimed is None
    assert reply.warnings == ["not kept: to, claim_next; amend changes what was delivered"]
    assert row(board, "c")["state"] == "ready"


def test_a_delivery_that_waits_for_its_inputs_can_be_amended(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "a", "needs": ["up"]}])
    board.finish(lease(board, "up"), critical={"v": 1})
    session = worker(board, "ann")
    token = lease(board, "a", session)
    board.rework("up", feedback="again")
    assert board.finish(token, summary="made").state == "review"
    board.finish(token, "amend", critical={"w": 2})
    board.finish(lease(board, "up"), critical={"v": 1})
    (made,) = rows(
        board, "SELECT d.critical FROM task t JOIN delivery d ON d.id = t.delivery_id "
        "WHERE t.key = 'a' AND t.state = 'done'"
    )  # fmt: skip
    assert made["critical"] == '{"w":2}'


def test_whoever_asks_a_session_is_given_what_it_can_amend(board: Board) -> None:
    author, token = _delivered(board)
    assert [(one.task, one.lease) for one in board.amendable(author)] == [("a", token)]
    rob = worker(board, "rob")
    assert board.amendable(rob) == []
    review = claim(board, "a", rob).lease or ""
    assert board.amendable(author) == []
    board.finish(review, "release")
    assert [one.lease for one in board.amendable(author)] == [token]
    board.finish(board.amendable(author)[0].lease, "amend", summary="better")
    board.finish(claim(board, "a", worker(board, "eve")).lease or "", "approve")
    board.add([{"key": "c"}])
    last = lease(board, "c", author)
    assert [one.task for one in board.amendable(author)] == ["a"], "the last that was delivered"
    board.finish(last, summary="x")
    assert [one.lease for one in board.amendable(author)] == [last]
    assert board.amendable("s-none") == []
