"""Policy release_on=merged: dependents are released when the branch of a task is merged."""

from __future__ import annotations

import pytest
from hands import finish, lease, refused, row, state, worker

from headwater import Board


@pytest.fixture
def landing(board: Board) -> Board:
    board.policy(release_on="merged")
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    return board


def test_an_accepted_task_frees_its_dependents_when_it_is_merged(landing: Board) -> None:
    assert finish(landing, "a").unblocked == []
    assert (state(landing, "a"), row(landing, "a")["gate"]) == ("review", "merge")
    assert state(landing, "b") == "waiting"
    assert landing.merged("a", "as 1a2b3c").unblocked == ["b"]
    assert (state(landing, "a"), state(landing, "b")) == ("done", "ready")


def test_what_waits_to_be_merged_is_not_offered_for_review(landing: Board) -> None:
    finish(landing, "a")
    none = landing.claim(worker(landing, "other"), kind="review").none
    assert none is not None
    assert none.reason == "to_be_merged"


def test_a_claim_of_what_waits_to_be_merged_says_so(landing: Board) -> None:
    finish(landing, "a")
    asker = worker(landing, "asker")
    with refused(landing, "wrong_state", "a is delivered and waits to be merged"):
        landing.claim(asker, "a")


def test_who_waits_for_a_merge_is_told_so_and_by_whom_it_ends(landing: Board) -> None:
    finish(landing, "a")
    asker = worker(landing, "asker")
    got = landing.claim(asker)
    assert got.none is not None
    assert (got.none.reason, got.none.counts) == (
        "to_be_merged",
        {"review": 1, "waiting": 1, "to_be_merged": 1},
    )
    assert got.none.blocked_by == [{"task": "a", "state": "review", "gate": "merge"}]
    assert got.next.startswith("claim(wait=45)")
    assert "headwater merged" in got.next

    landing.add([{"key": "c"}])
    lease(landing, "c")
    none = landing.claim(asker).none
    assert none is not None
    assert (none.reason, none.counts) == (
        "wait",
        {"active": 1, "review": 1, "waiting": 1, "to_be_merged": 1},
    )


@pytest.mark.parametrize("how", ["needs less", "unchanged input"])
def test_what_waits_to_be_merged_is_not_reviewed_again(landing: Board, how: str) -> None:
    landing.add([{"key": "c", "needs": ["a"], "review": True}])
    finish(landing, "a")
    landing.merged("a")
    finish(landing, "c")
    review = landing.claim(worker(landing, "judge"), "c").lease or ""
    landing.finish(review, "approve")
    if how == "needs less":
        landing.edit("c", drop_needs=["a"])
    else:
        landing.rework("a", "once more")
        finish(landing, "a")
        landing.merged("a")
    assert (state(landing, "c"), row(landing, "c")["gate"]) == ("review", "merge")


def test_a_review_comes_before_the_merge(landing: Board) -> None:
    landing.add([{"key": "c", "review": True}, {"key": "d", "needs": ["c"]}])
    finish(landing, "c")
    with refused(landing, "wrong_state", "does not wait to be merged"):
        landing.merged("c")
    landing.finish(lease(landing, "c", worker(landing, "reviewer")), "approve")
    assert (state(landing, "c"), row(landing, "c")["gate"]) == ("review", "merge")
    assert state(landing, "d") == "waiting"
    landing.merged("c")
    assert state(landing, "d") == "ready"


def test_only_what_is_accepted_can_be_merged(landing: Board) -> None:
    with refused(landing, "wrong_state", "does not wait to be merged"):
        landing.merged("a")
    finish(landing, "a")
    landing.merged("a")
    with refused(landing, "wrong_state", "does not wait to be merged"):
        landing.merged("a")


def test_what_cannot_be_merged_goes_back_with_feedback(landing: Board) -> None:
    finish(landing, "a")
    landing.rework("a", "it does not build on the main branch")
    assert (state(landing, "a"), row(landing, "a")["gate"]) == ("ready", "")


def test_an_input_reopened_before_the_merge_is_settled_first(landing: Board) -> None:
    finish(landing, "a", critical={"port": 1})
    landing.merged("a")
    finish(landing, "b")
    landing.rework("a", "once more", consumers="none")
    with refused(landing, "wrong_state", "reopened"):
        landing.merged("b")
    finish(landing, "a", critical={"port": 1})
    landing.merged("a")
    assert row(landing, "b")["gate"] == "merge"
    landing.merged("b")
    assert state(landing, "b") == "done"


def test_an_input_changed_before_the_merge_sends_the_work_back(landing: Board) -> None:
    finish(landing, "a", critical={"port": 1})
    landing.merged("a")
    finish(landing, "b")
    landing.rework("a", "another port")
    finish(landing, "a", critical={"port": 2})
    landing.merged("a")
    assert state(landing, "b") == "ready"


def test_a_delivery_parked_on_its_inputs_is_merged_after_they_settle(landing: Board) -> None:
    finish(landing, "a", critical={"port": 1})
    landing.merged("a")
    held = lease(landing, "b")
    landing.rework("a", "look again", consumers="none")
    landing.finish(held, summary="b is finished")
    assert row(landing, "b")["gate"] == "inputs"
    finish(landing, "a", critical={"port": 1})
    landing.merged("a")
    assert (state(landing, "b"), row(landing, "b")["gate"]) == ("review", "merge")


def test_what_a_person_did_by_hand_waits_for_no_merge(landing: Board) -> None:
    finish(landing, "a")
    landing.done("a", "merged it myself")
    assert state(landing, "b") == "ready"


def test_stuck_names_what_waits_to_be_merged_and_who_waits_for_it(landing: Board) -> None:
    finish(landing, "a")
    found = landing.graph("stuck")
    wanted = {"why": "to_be_merged", "task": "a", "waiting": 1}
    assert wanted in found.stuck
    assert found.next is not None
    assert "headwater merged" in found.next
    landing.merged("a")
    assert "to_be_merged" not in [one["why"] for one in landing.graph("stuck").stuck]


def test_who_switches_merges_off_is_told_what_still_waits_for_one(landing: Board) -> None:
    assert landing.policy(release_on="accepted").warnings is None
    landing.policy(release_on="merged")
    finish(landing, "a")
    assert landing.policy(lease_minutes=30).warnings is None
    said = landing.policy(release_on="accepted").warnings
    assert said == [
        "accepted before, to be merged still: a; `headwater merged KEY` frees its dependents"
    ]
    assert state(landing, "b") == "waiting"
    assert landing.merged("a").unblocked == ["b"]
