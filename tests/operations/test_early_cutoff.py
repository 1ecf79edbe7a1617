"""Early cutoff: who read an earlier round, and is it different for them?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hands import claim, finish, finish_all, lease, notices, state, states, texts, worker

from headwater import Board, limits


@pytest.fixture
def line(board: Board) -> Board:
    """a <- b <- c."""
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["b"]}])
    return board


def again(board: Board, key: str, consumers: str = "changed", **delivery: Any) -> list[str]:
    """Rework `key`, finish it, and return what that reopened."""
    board.rework(key, "once more", consumers=consumers)
    return finish(board, key, **delivery).reopened or []


def test_an_unchanged_result_leaves_done_readers_alone(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    assert again(line, "a", critical={"x": 1}) == []
    assert states(line) == {"a": "done", "b": "done", "c": "ready"}


def test_a_changed_value_reopens_a_done_reader_with_the_reason(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    assert again(line, "a", critical={"x": 2}) == ["b"]
    assert (state(line, "b"), state(line, "c")) == ("ready", "waiting")
    entry = json.loads(texts(line, "b")["feedback"])[-1]
    assert entry["text"] == "a was reworked: x"
    assert claim(line, "b").round == 2


def test_one_two_one_is_no_change_for_who_read_the_first(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    assert again(line, "a", "none", critical={"x": 2}) == []
    assert again(line, "a", critical={"x": 1}) == []
    assert state(line, "b") == "done"


def test_a_reader_of_the_second_value_is_compared_with_the_second(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    again(line, "a", critical={"x": 2})
    finish(line, "b")
    assert again(line, "a", critical={"x": 1}) == ["b"]


def test_a_removed_key_is_a_change(line: Board) -> None:
    finish(line, "a", critical={"x": 1, "y": 1})
    finish(line, "b")
    assert again(line, "a", critical={"x": 1}) == ["b"]


def test_the_order_of_keys_inside_a_value_is_no_change(line: Board) -> None:
    finish(line, "a", critical={"x": {"p": 1, "q": [1, 2]}})
    finish(line, "b")
    assert again(line, "a", critical={"x": {"q": [1, 2], "p": 1}}) == []


def test_only_the_contracts_keys_count(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "contracts": [{"task": "a", "keys": ["x"]}]}])
    finish(board, "a", critical={"x": 1, "noise": 1})
    finish(board, "b")
    assert again(board, "a", critical={"x": 1, "noise": 2}) == []
    assert again(board, "a", critical={"x": 2, "noise": 2}) == ["b"]


def test_a_contracted_key_that_appears_is_a_change(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "contracts": [{"task": "a", "keys": ["x"]}]}])
    finish(board, "a")
    finish(board, "b")
    assert again(board, "a", critical={"x": 1}) == ["b"]


def test_a_changed_artifact_is_a_change(line: Board) -> None:
    finish(line, "a", artifacts=[{"name": "f", "text": "one"}])
    finish(line, "b")
    assert again(line, "a", artifacts=[{"name": "f", "text": "one"}]) == []
    assert again(line, "a", artifacts=[{"name": "f", "text": "two"}]) == ["b"]


def test_text_counts_only_where_the_finisher_says_so(line: Board) -> None:
    finish(line, "a", summary="s1", delivered={"b": "t1"})
    finish(line, "b")
    assert again(line, "a", summary="s2", delivered={"b": "t2"}) == []
    assert again(line, "a", delivered={"b": "t3"}, changed=["b"]) == ["b"]


def test_text_for_a_container_counts_for_its_parts(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "big", "needs": ["a"]}])
    board.split("big", [{"key": "b1"}, {"key": "b2"}])
    finish_all(board, "a", "b1", "b2")
    assert again(board, "a", changed=["big"]) == ["b1", "b2"]
    assert state(board, "big") == "split"


def test_all_reopens_every_done_consumer(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    assert again(line, "a", "all", critical={"x": 1}) == ["b"]


def test_all_reopens_consumers_that_read_nothing(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a")
    board.done("b")
    assert again(board, "a", "all") == ["b"]


def test_none_reopens_nobody(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    assert again(line, "a", "none", critical={"x": 2}) == []
    assert state(line, "b") == "done"


def test_a_reader_two_hops_away_is_reopened_directly(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    finish_all(line, "b", "c")
    assert again(line, "a", critical={"x": 2}) == ["b", "c"]
    assert states(line) == {"a": "done", "b": "ready", "c": "waiting"}


def chain(board: Board, length: int) -> list[str]:
    """A finished chain, each task with a value of its own; longer than what anyone is shown."""
    keys = [f"t{n}" for n in range(length)]
    board.add([{"key": key, "needs": keys[n - 1 : n]} for n, key in enumerate(keys)])
    for key in keys:
        finish(board, key, critical={key: 1})
    return keys


def test_a_change_travels_no_farther_than_it_changes_results(board: Board) -> None:
    keys = chain(board, 12)
    again(board, "t0", critical={"t0": 2})
    shown = limits.BRIEF_DEPTH
    assert [key for key in keys if state(board, key) != "done"] == keys[1 : shown + 1]
    for key in keys[1 : shown + 1]:
        finish(board, key, critical={key: 1})
    assert set(states(board).values()) == {"done"}


def test_reopening_is_transitive_where_results_change(board: Board) -> None:
    keys = chain(board, 12)
    again(board, "t0", critical={"t0": 2})
    for key in keys[1:]:
        assert state(board, key) == "ready", key
        finish(board, key, critical={key: 2})


def test_an_active_reader_is_told_which_keys_changed(line: Board) -> None:
    finish(line, "a", critical={"x": 1, "y": 1})
    mine = lease(line, "b")
    line.rework("a", "hm")
    done = finish(line, "a", critical={"x": 2, "y": 1})
    assert (done.told, done.reopened) == (["b"], None)
    told = notices(line, "inputs_changed")
    assert [json.loads(one["data"]) for one in told] == [{"upstream": "a", "keys": ["x"]}]
    changes = line.check(mine).inputs or []
    assert [(one.task, one.key, one.old, one.new) for one in changes] == [("a", "x", 1, 2)]


def test_an_active_reader_is_not_told_of_the_same_result(line: Board) -> None:
    finish(line, "a", critical={"x": 1})
    mine = lease(line, "b")
    line.rework("a", "hm")
    assert finish(line, "a", critical={"x": 1}).told is None
    assert line.check(mine).inputs is None


# -- the gate `inputs` -------------------------------------------------------------------------


def parked(board: Board, review: bool = False) -> None:
    """b is finished while its upstream a is being redone."""
    board.edit("b", set={"title": "t", "review": review})
    finish(board, "a", critical={"x": 1})
    mine = lease(board, "b")
    board.rework("a", "hm")
    assert board.finish(mine, summary="b").state == "review"
    assert states(board) == {"a": "ready", "b": "review", "c": "waiting"}


def test_a_parked_delivery_is_accepted_when_its_inputs_settle_unchanged(line: Board) -> None:
    parked(line)
    finish(line, "a", critical={"x": 1})
    assert states(line) == {"a": "done", "b": "done", "c": "ready"}


def test_a_parked_delivery_is_rejected_with_the_changed_keys(line: Board) -> None:
    parked(line)
    assert finish(line, "a", critical={"x": 2}).reopened == ["b"]
    assert states(line) == {"a": "done", "b": "ready", "c": "waiting"}
    got = claim(line, "b")
    assert "a: x" in str((got.feedback or [])[-1]["text"])
    assert (got.round, got.attempt) == (1, 1)


def test_a_parked_delivery_that_needs_a_review_gets_it_when_its_inputs_settle(line: Board) -> None:
    parked(line, review=True)
    finish(line, "a", critical={"x": 1})
    assert state(line, "b") == "review"
    review = line.claim(worker(line, "judge"), kind="review")
    assert review.task == "b"
    line.finish(review.lease or "", "approve")
    assert state(line, "c") == "ready"


def test_nobody_reviews_what_is_parked(line: Board) -> None:
    parked(line, review=True)
    none = line.claim(worker(line, "judge"), kind="review").none
    assert none is not None


def test_a_delivery_under_review_is_sent_back_when_an_input_changed(line: Board) -> None:
    line.edit("b", set={"review": True})
    finish(line, "a", critical={"x": 1})
    finish(line, "b")
    line.rework("a", "hm")
    assert finish(line, "a", critical={"x": 2}).reopened == ["b"]
    assert state(line, "b") == "ready"


def test_the_policys_bound_holds_for_automatic_rounds(line: Board) -> None:
    line.policy(reworks=1)
    finish(line, "a", critical={"x": 0})
    finish(line, "b")
    again(line, "a", critical={"x": 1})
    finish(line, "b")
    line.policy(reworks=5)
    line.rework("a", "hm")
    line.policy(reworks=1)
    finish(line, "a", critical={"x": 2})
    assert state(line, "b") == "held"
    assert state(line, "c") == "waiting"


def test_a_reader_of_a_part_is_reopened_by_that_part(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", [{"key": "b1"}, {"key": "b2"}])
    finish(board, "b1", critical={"x": 1})
    finish_all(board, "b2", "after")
    assert again(board, "b1", critical={"x": 1}) == []
    assert states(board)["after"] == states(board)["big"] == "done"
    assert again(board, "b1", critical={"x": 2}) == ["after"]
    assert (state(board, "big"), state(board, "after")) == ("done", "ready")


def test_a_reopened_part_reopens_its_container(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "big", "needs": ["up"]}, {"key": "end", "needs": ["big"]}])
    board.split("big", [{"key": "b1"}])
    finish(board, "up", critical={"x": 1})
    finish(board, "b1")
    assert again(board, "up", critical={"x": 2}) == ["b1"]
    assert (state(board, "big"), state(board, "end")) == ("split", "waiting")
