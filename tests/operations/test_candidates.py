"""Candidate dependencies: unconfirmed, soft until somebody confirms or rejects them."""

from __future__ import annotations

import pytest
from hands import edges, finish, finish_all, lease, refused, row, state, worker

from headwater import Board


@pytest.fixture
def guess(board: Board) -> Board:
    """`report` perhaps needs `survey`."""
    board.add([{"key": "survey"}, {"key": "report", "candidates": ["survey"]}])
    return board


def test_it_is_stored_unconfirmed_and_does_not_block(guess: Board) -> None:
    assert edges(guess) == {("report", "survey", "candidate")}
    assert state(guess, "report") == "ready"


def test_it_is_read_aloud_listed_and_drawn_as_what_it_is(board: Board) -> None:
    added = board.add([{"key": "u"}, {"key": "a", "candidates": ["u"], "soft": []}])
    assert added.edges == ["a needs u (candidate)"]
    (need,) = board.graph("task", task="a").needs
    assert (need.task, need.kind) == ("u", "candidate")
    listed = {one["key"]: one for one in board.graph().tasks}
    assert (listed["a"]["candidates"], listed["a"].get("needs")) == (1, None)
    assert "candidates" not in listed["u"]
    at = board.revision()
    board.edit("a", drop_needs=["u"])
    assert [one.get("candidates") for one in board.graph(at=at).tasks] == [1, None]
    assert "-.->|?|" in board.graph("mermaid", at=at).mermaid
    assert "-.->|?|" not in board.graph("mermaid").mermaid


def test_it_orders_and_gives_context_as_a_soft_one_does(guess: Board) -> None:
    assert row(guess, "report")["soft_pending"] == 1
    got = guess.claim(worker(guess))
    assert got.task == "survey", "first what others may need"
    guess.finish(got.lease or "", summary="42 answers")
    report = guess.claim(worker(guess))
    (read,) = report.upstream or []
    assert (read.task, read.soft, read.summary) == ("survey", True, "42 answers")


def test_it_counts_for_circles(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "candidates": ["a"]}])
    with refused(board, "cycle", "circle"):
        board.edit("a", add_needs=["b"])
    with refused(board, "cycle"):
        board.add([{"key": "x", "needs": ["y"]}, {"key": "y", "candidates": ["x"]}])


def test_it_is_confirmed_to_a_need_and_blocks_from_then_on(guess: Board) -> None:
    confirmed = guess.edit("report", add_needs=["survey"])
    assert (confirmed.state, confirmed.edges) == ("waiting", ["report needs survey"])
    assert edges(guess) == {("report", "survey", "hard")}
    assert (row(guess, "report")["pending"], row(guess, "report")["soft_pending"]) == (1, 0)
    finish_all(guess, "survey", "report")


def test_it_is_confirmed_as_soft(guess: Board) -> None:
    guess.edit("report", add_soft=["survey"])
    assert edges(guess) == {("report", "survey", "soft")}
    assert row(guess, "report")["soft_pending"] == 1


def test_a_contract_confirms_it_too(guess: Board) -> None:
    guess.edit("report", contracts=[{"task": "survey", "expect": "answers"}])
    assert edges(guess) == {("report", "survey", "hard")}


def test_it_is_rejected(guess: Board) -> None:
    guess.edit("report", drop_needs=["survey"])
    assert edges(guess) == set()
    assert row(guess, "report")["soft_pending"] == 0


def test_nobody_confirms_one_to_a_need_over_the_holders_head(guess: Board) -> None:
    token = lease(guess, "report")
    said = "only its holder may add a hard upstream (survey): nothing was changed"
    with refused(guess, "wrong_state", said):
        guess.edit("report", set={"title": "Survey"}, add_needs=["survey"])
    assert guess.edit("report", add_needs=["survey"], lease=token).state == "waiting"


def test_a_stronger_word_for_the_same_upstream_wins(board: Board) -> None:
    board.add(
        [
            {"key": "u"},
            {"key": "a", "candidates": ["u"], "soft": ["u"]},
            {"key": "b", "candidates": ["u"], "needs": ["u"]},
        ]
    )
    assert edges(board) == {("a", "u", "soft"), ("b", "u", "hard")}


def test_a_contract_on_one_is_refused_when_it_is_added(board: Board) -> None:
    board.add([{"key": "u"}])
    spec = {"key": "a", "candidates": ["u"], "contracts": [{"task": "u", "expect": "x"}]}
    with refused(board, "bad_request", "which is candidate; a contract needs a hard edge"):
        board.add([spec])


def test_parts_inherit_it(guess: Board) -> None:
    guess.split("report", [{"key": "one"}, {"key": "two", "needs": ["one"]}])
    assert ("one", "survey", "candidate") in edges(guess)
    finish(guess, "one")


def test_an_imported_plan_may_have_some(board: Board) -> None:
    board.import_tasks([{"key": "u"}, {"key": "a", "candidates": ["u"]}])
    assert edges(board) == {("a", "u", "candidate")}


def test_one_on_a_superseded_task_leads_to_what_stands_in_its_place(board: Board) -> None:
    board.add([{"key": "old"}])
    board.add([{"key": "new", "supersedes": "old"}])
    board.add([{"key": "a", "candidates": ["old"]}])
    assert ("a", "new", "candidate") in edges(board)
