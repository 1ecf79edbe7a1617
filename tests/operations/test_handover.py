"""A task that was done is sent back and split: its readers are compared with its parts."""

from __future__ import annotations

from typing import Any

import pytest
from hands import claim, finish, finish_all, lease, notices, state, states

from headwater import Board


@pytest.fixture
def read(board: Board) -> Board:
    """a <- b <- c; a was done with two values, of which b relies on one, and b is done."""
    contract = {"task": "a", "expect": "e", "promise": "p", "keys": ["port"]}
    board.add([{"key": "a"}, {"key": "b", "contracts": [contract]}, {"key": "c", "needs": ["b"]}])
    finish(board, "a", critical={"port": 80, "schema": 1}, delivered={"b": "80"})
    finish(board, "b", critical={"made": 1})
    return board


def split_again(board: Board, *parts: dict[str, Any], consumers: str = "changed") -> None:
    board.rework("a", "once more", consumers=consumers)
    board.split("a", list(parts) or [{"key": "a1", "answers": ["b"]}, {"key": "a2"}])


def give(board: Board, port: int, **more: Any) -> list[str]:
    """Finish both parts; what that reopened."""
    finish(board, "a1", critical={"port": port}, delivered={"b": str(port)}, **more)
    return finish(board, "a2", critical={"schema": 2}).reopened or []


def test_a_reader_whose_values_the_parts_deliver_unchanged_is_left_alone(read: Board) -> None:
    split_again(read)
    assert give(read, 80) == []
    assert states(read) == dict.fromkeys(("a", "a1", "a2", "b"), "done") | {"c": "ready"}
    assert read.verify() == []


def test_a_reader_of_a_value_that_a_part_delivers_anew_is_reopened(read: Board) -> None:
    split_again(read)
    assert give(read, 81) == ["b"]
    inputs = (claim(read, "b").feedback or [])[-1]["inputs"]
    assert inputs == [{"task": "a1", "key": "port", "old": 80, "new": 81}]
    assert read.verify() == []


def test_a_part_says_whose_text_it_changed(read: Board) -> None:
    split_again(read)
    assert give(read, 80, changed=["b"]) == ["b"]


def test_a_value_that_no_part_delivers_any_more_is_a_change(read: Board) -> None:
    split_again(read)
    finish(read, "a1", delivered={"b": "none"}, critical={"port": None})
    assert finish(read, "a2").reopened == ["b"]


def test_a_reader_that_was_left_alone_is_compared_with_the_part_from_then_on(read: Board) -> None:
    split_again(read)
    give(read, 80)
    read.rework("a1", "81, after all")
    reopened = finish(read, "a1", critical={"port": 81}, delivered={"b": "81"}).reopened
    assert reopened == ["b"]


def test_a_part_in_another_ones_place_takes_readers_over_instead_of_it(read: Board) -> None:
    split_again(read)
    finish(read, "a1", critical={"port": 80}, delivered={"b": "80"})
    read.add([{"key": "a1x", "supersedes": "a1"}])
    finish(read, "a1x", delivered={"b": "no port any more"}, critical={"port": None})
    assert finish(read, "a2").reopened == ["b"]


@pytest.fixture
def chained(board: Board) -> Board:
    """b was done with all that a delivered; a is sent back and split into a1 <- a2."""
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", critical={"port": 80})
    finish(board, "b")
    split_again(board, {"key": "a1"}, {"key": "a2", "needs": ["a1"]})
    return board


@pytest.mark.parametrize(("last", "expected"), [(80, None), (81, ["b"])])
def test_of_parts_that_deliver_the_same_key_the_last_takes_its_readers_over(
    chained: Board, last: int, expected: list[str] | None
) -> None:
    finish(chained, "a1", critical={"port": 161 - last})
    assert finish(chained, "a2", critical={"port": last}).reopened == expected


@pytest.mark.parametrize(("needed", "expected"), [(80, None), (81, ["b"])])
def test_the_part_that_a_reader_needs_itself_goes_before_a_later_one(
    chained: Board, needed: int, expected: list[str] | None
) -> None:
    chained.edit("b", add_soft=["a1"])
    finish(chained, "a1", critical={"port": needed})
    assert finish(chained, "a2", critical={"port": 161 - needed}).reopened == expected


@pytest.mark.parametrize("gone", ["superseded", "cancelled"])
def test_a_part_that_counts_no_more_takes_no_reader_over(board: Board, gone: str) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", critical={"port": 80})
    finish(board, "b")
    split_again(board, {"key": "a1"}, {"key": "a2"})
    finish(board, "a1", critical={"port": 80})
    if gone == "superseded":
        board.add([{"key": "a1x", "supersedes": "a1"}])
        finish(board, "a1x", critical={"other": 1})
    else:
        board.rework("a1", "not needed after all")
        board.cancel(["a1"], dependents="release")
    assert finish(board, "a2").reopened == ["b"]


def test_parts_of_parts_take_readers_over(read: Board) -> None:
    split_again(read)
    read.split("a1", [{"key": "deep", "answers": ["b"]}])
    finish(read, "a2", critical={"schema": 1})
    reopened = finish(read, "deep", critical={"port": 81}, delivered={"b": "81"}).reopened
    assert reopened == ["b"]


@pytest.mark.parametrize(("consumers", "expected"), [("none", []), ("all", ["b"])])
def test_the_consumers_of_the_rework_are_those_of_the_parts(
    read: Board, consumers: str, expected: list[str]
) -> None:
    split_again(read, consumers=consumers)
    assert give(read, 80 if expected else 81) == expected


def test_the_consumers_of_a_rework_are_those_of_its_round_only(read: Board) -> None:
    split_again(read, consumers="all")
    give(read, 80)
    finish(read, "b", critical={"made": 1})
    read.rework("a2", "only this", consumers="none")
    assert finish(read, "a2").reopened is None


def test_all_asked_of_a_part_holds_for_the_consumers_of_its_container(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", [{"key": "b1"}, {"key": "b2", "needs": ["b1"]}])
    finish(board, "b1", summary="")
    finish_all(board, "b2", "after")
    board.rework("b1", "again", consumers="all")
    assert finish(board, "b1", summary="").reopened == ["b2"]
    assert finish(board, "b2").reopened == ["after"]
    finish(board, "after")
    board.rework("b2", "again")
    assert finish(board, "b2").reopened is None
    assert board.verify() == []


@pytest.mark.parametrize("also", ["b1", "b2"])
def test_all_asked_of_a_part_holds_also_if_its_container_is_open_already(
    board: Board, also: str
) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", [{"key": "b1"}, {"key": "b2"}])
    finish_all(board, "b1", "b2")
    board.done("after", "by hand: it read nothing")
    board.rework("b1", "again")
    board.rework(also, "all of it", consumers="all")
    finish_all(board, *{"b1", also})
    assert (state(board, "big"), state(board, "after")) == ("done", "ready")


def test_parts_take_readers_over_when_all_of_them_are_done(read: Board) -> None:
    """The last open part reopens another one: the container is not done yet."""
    split_again(
        read, {"key": "a1"}, {"key": "a2", "needs": ["a1"], "answers": ["b"]}, {"key": "a3"}
    )
    finish(read, "a1", critical={"seed": 1})
    finish(read, "a2", critical={"port": 80}, delivered={"b": "80"})
    read.rework("a1", "another seed")
    finish(read, "a3")
    assert finish(read, "a1", critical={"seed": 2}).reopened == ["a2"]
    assert state(read, "b") == "done"
    assert finish(read, "a2", critical={"port": 80}, delivered={"b": "80"}).reopened is None
    assert read.verify() == []


def test_who_works_with_the_old_values_is_told_and_not_accepted_with_them(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", critical={"port": 80})
    held = lease(board, "b")
    split_again(board, {"key": "a1"}, {"key": "a2"})
    finish(board, "a1", critical={"port": 81})
    assert finish(board, "a2").told == ["b"]
    change = {"task": "a1", "key": "port", "old": 80, "new": 81}
    assert [one["task"] for one in notices(board, "inputs_changed")] == ["b"]
    refused = board.finish(held, summary="made for port 80")
    assert (refused.state, [one.model_dump() for one in refused.inputs or []]) == (
        "ready",
        [change],
    )


def test_what_was_parked_meanwhile_is_settled_by_the_parts(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", critical={"port": 80})
    held = lease(board, "b")
    split_again(board, {"key": "a1"}, {"key": "a2"})
    parked = board.finish(held, summary="made for port 80")
    assert "accepted if its inputs stay the same" in parked.next
    finish(board, "a1", critical={"port": 80})
    finish(board, "a2")
    assert state(board, "b") == "done"


def test_a_split_task_shows_nobody_what_it_delivered_before(read: Board) -> None:
    split_again(read)
    give(read, 80)
    seen = {one.task: one.critical for one in claim(read, "c").upstream or []}
    assert seen == {"b": {"made": 1}, "a1": {"port": 80}, "a2": None}


def test_a_reader_far_away_is_no_longer_what_its_fingerprint_says(board: Board) -> None:
    specs = [{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["b"]}]
    board.add([{**spec, "title": f"do {spec['key']}"} for spec in specs], reuse="exact")
    finish(board, "a", critical={"port": 80, "schema": 1})
    finish(board, "b")
    finish(board, "c")
    split_again(board, {"key": "a1"}, {"key": "a2"})
    finish(board, "a1", critical={"port": 80})
    finish(board, "a2", critical={"schema": 1})
    assert state(board, "c") == "done"
    assert board.verify() == []
