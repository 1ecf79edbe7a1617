"""Acceptance items are answered with evidence at finish, by their text or their number."""

from __future__ import annotations

import pytest
from hands import claim, lease, refused, row, worker

from headwater import Board
from headwater.verbs.base import Outcome

ITEMS = ["the tests pass", "the page is linked"]


@pytest.fixture
def held(board: Board) -> str:
    """The lease on a task with two acceptance items."""
    board.add([{"key": "a", "acceptance": ITEMS}])
    return lease(board, "a")


def shown(board: Board) -> dict[str, str] | None:
    delivery = board.graph(task="a").delivery
    assert delivery is not None
    found: dict[str, str] | None = delivery.evidence
    return found


def test_evidence_names_an_item_by_its_text_or_its_number(board: Board, held: str) -> None:
    board.finish(held, summary="x", evidence={"2": "docs/a.md", "the tests pass": "41 passed"})
    assert shown(board) == {"the tests pass": "41 passed", "the page is linked": "docs/a.md"}


@pytest.mark.parametrize("name", ["0", "3", "-1", "²", "the tests", "", "1.0", "99999999999"])
def test_a_wrong_name_is_refused_naming_the_items(board: Board, held: str, name: str) -> None:
    with refused(board, "bad_request", "1 name in `evidence`", "number, from 1") as error:
        board.finish(held, summary="x", evidence={name: "yes", "1": "41 passed"})
    assert error.value.state["items"] == ["1: the tests pass", "2: the page is linked"]
    assert ITEMS[0] not in error.value.message


def test_an_item_answered_by_text_and_by_number_is_refused(board: Board, held: str) -> None:
    with refused(board, "bad_request", "answered twice"):
        board.finish(held, summary="x", evidence={"1": "yes", "the tests pass": "no"})


def test_a_task_without_items_takes_no_evidence(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    with refused(board, "bad_request", "no such acceptance item of a"):
        board.finish(token, summary="x", evidence={"1": "yes"})


def test_an_item_whose_text_is_a_number_goes_before_the_number(board: Board) -> None:
    board.add([{"key": "a", "acceptance": ["2", "1"]}])
    board.finish(lease(board, "a"), summary="x", evidence={"2": "two"})
    assert shown(board) == {"2": "two"}


def test_evidence_is_optional_by_default(board: Board, held: str) -> None:
    assert board.finish(held, summary="x").state == "done"
    assert shown(board) is None


@pytest.mark.parametrize(
    ("evidence", "missing"),
    [
        ({}, ["1: the tests pass", "2: the page is linked"]),
        ({"1": "41 passed"}, ["2: the page is linked"]),
        ({"1": "41 passed", "2": " \n"}, ["2: the page is linked"]),
    ],
)
def test_a_board_can_demand_evidence_of_every_item(
    board: Board, held: str, evidence: dict[str, str], missing: list[str]
) -> None:
    board.policy(evidence="required")
    with refused(
        board, "missing_evidence", "acceptance items of a", "nothing was changed"
    ) as error:
        board.finish(held, summary="x", evidence=evidence)
    assert error.value.state["missing"] == missing
    done = board.finish(held, summary="x", evidence={"1": "41 passed", "2": "docs/a.md"})
    assert done.state == "done"


def test_a_board_that_demands_evidence_says_so_in_the_briefing(board: Board) -> None:
    board.add([{"key": "a", "acceptance": ITEMS}, {"key": "b"}])
    board.policy(evidence="required")
    assert "evidence=" in claim(board, "a").next
    assert "evidence=" not in claim(board, "b").next


@pytest.mark.parametrize("outcome", ["failed", "release", "handoff", "blocked"])
def test_only_done_needs_evidence(board: Board, held: str, outcome: Outcome) -> None:
    board.policy(evidence="required")
    board.finish(held, outcome, summary="cannot")
    assert row(board, "a")["state"] != "active"


def test_a_person_may_do_it_without_evidence(board: Board, held: str) -> None:
    board.policy(evidence="required")
    assert board.done("a", "did it").state == "done"
    assert held


def test_the_reviewer_sees_the_evidence_and_what_each_consumer_is_told(board: Board) -> None:
    board.add(
        [
            {"key": "a", "acceptance": ITEMS, "review": True},
            {"key": "b", "contracts": [{"task": "a", "promise": "the address"}]},
        ]
    )
    board.finish(
        lease(board, "a"), summary="x", evidence={"1": "41 passed"}, delivered={"b": "port 80"}
    )
    got = board.claim(worker(board, "rob"), kind="review")
    assert got.acceptance == ITEMS
    assert got.delivery is not None
    assert got.delivery.evidence == {"the tests pass": "41 passed"}
    assert got.delivery.delivered == {"b": "port 80"}
    assert [one.promise for one in got.owes or []] == ["the address"]


def test_evidence_for_what_is_asked_for_no_more_is_not_shown_again(board: Board, held: str) -> None:
    board.finish(held, summary="x", evidence={"1": "41 passed", "2": "docs/a.md"})
    board.edit("a", set={"acceptance": ["the tests pass", "it is quick"]})
    board.rework("a", "make it quick")
    got = claim(board, "a")
    assert got.delivery is not None
    assert got.delivery.evidence == {"the tests pass": "41 passed"}


def test_long_evidence_stays_inside_the_reviewers_budget(board: Board) -> None:
    board.add([{"key": "a", "acceptance": ITEMS, "review": True}])
    board.finish(lease(board, "a"), summary="x" * 9000, evidence={"1": "e" * 9000})
    got = board.claim(worker(board, "rob"), kind="review")
    assert len(got.model_dump_json(exclude_none=True)) < 8000
    assert got.more is not None


def test_evidence_alone_is_worth_keeping_as_salvage(board: Board, held: str) -> None:
    board.claim(worker(board, "ann"), "a", take_over=True)
    with pytest.raises(Exception, match="kept as salvage"):
        board.finish(held, evidence={"1": "41 passed"})
