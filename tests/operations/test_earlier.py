"""A later round keeps what it does not say anew."""

from __future__ import annotations

from typing import Any

import pytest
from hands import claim, finish, lease, refused, worker

from headwater import Board
from headwater.limits import ARTIFACTS

CODE = {"name": "code", "path": "src/a.py", "commit": "main@1a2b"}
LOG = {"name": "log", "text": "all passed"}


def _again(board: Board, key: str = "a", **said: Any) -> Any:
    board.rework(key, feedback="once more", consumers="none")
    return board.finish(lease(board, key), **said)


def _delivery(board: Board, key: str = "a") -> Any:
    return board.graph(task=key).delivery


def test_what_is_not_said_again_stays_and_the_reply_names_it(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", summary="first", critical={"port": 80, "host": "x"}, artifacts=[CODE, LOG])
    done = _again(board, critical={"port": 81})
    assert done.as_before == ["summary", "host", "artifact:code", "artifact:log"]
    assert done.warnings is None
    now = _delivery(board)
    assert (now.summary, now.critical) == ("first", {"host": "x", "port": 81})
    assert [one["name"] for one in now.artifacts] == ["code", "log"]
    assert board.graph(task="a", artifact="log").artifact["text"] == "all passed"
    read = (claim(board, "b").upstream or [])[0]
    assert (read.summary, read.critical) == ("first", {"host": "x", "port": 81})


def test_what_is_said_anew_replaces_what_was(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", summary="first", artifacts=[CODE])
    moved = {**CODE, "commit": "main@3c4d"}
    done = _again(board, summary="second", artifacts=[moved])
    assert done.as_before is None
    assert (_delivery(board).summary, _delivery(board).artifacts) == ("second", [moved])


@pytest.mark.parametrize(
    "place", [{"uri": "https://x.example"}, {"commit": "main@3c4d"}, {"path": "src/b.py"}]
)
def test_an_artifact_with_any_place_replaces_the_one_of_its_name(
    board: Board, place: dict[str, str]
) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", summary="s", artifacts=[CODE])
    moved = {"name": "code", **place}
    assert _again(board, artifacts=[moved]).as_before == ["summary"]
    assert _delivery(board).artifacts == [moved]


def test_a_summary_that_was_never_given_is_not_kept(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", summary="", critical={"port": 80})
    assert _again(board, critical={"host": "x"}).as_before == ["port"]


def test_a_value_is_taken_back_by_null_and_an_artifact_by_its_name_alone(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", summary="s", critical={"port": 80}, artifacts=[CODE, LOG])
    done = _again(board, critical={"port": None}, artifacts=[{"name": "code"}])
    assert done.as_before == ["summary", "artifact:log"]
    assert _delivery(board).critical == {"port": None}
    assert [one["name"] for one in _delivery(board).artifacts] == ["log"]
    board.rework("a", feedback="more")
    token = lease(board, "a")
    with refused(board, "bad_request", "artifact new is empty"):
        board.finish(token, artifacts=[{"name": "new"}])


def test_readers_are_not_sent_back_for_what_was_not_repeated(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", summary="s", critical={"port": 80}, artifacts=[LOG])
    finish(board, "b")
    assert _again(board, summary="clearer").reopened is None
    board.rework("a", feedback="no port")
    assert finish(board, "a", critical={"port": None}).reopened == ["b"]


def test_a_delivery_that_a_reviewer_sent_back_counts_as_said(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    board.finish(lease(board, "a", worker(board, "ann")), summary="s", critical={"port": 80})
    judge = worker(board, "judge")
    board.finish(lease(board, "a", judge), "reject", notes="say more")
    done = board.finish(lease(board, "a", worker(board, "bob")), summary="more")
    assert done.as_before == ["port"]
    assert _delivery(board).critical == {"port": 80}


def test_a_delivery_that_a_planner_sent_back_counts_as_said(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a", summary="s", critical={"port": 80})
    board.rework("a", feedback="say more")
    assert finish(board, "a", summary="more").as_before == ["port"]


def test_what_a_person_did_first_counts_as_said(board: Board) -> None:
    board.add([{"key": "a"}])
    board.done("a", "I did it")
    assert _again(board, critical={"port": 80}).as_before == ["summary"]


def test_what_an_attempt_without_a_result_left_is_not_taken_over(board: Board) -> None:
    board.add([{"key": "a"}])
    board.finish(lease(board, "a"), "release", notes="half", critical={"port": 80})
    done = finish(board, "a", summary="s")
    assert (done.as_before, _delivery(board).critical) == (None, None)


def test_another_task_in_its_place_keeps_nothing(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", summary="s", critical={"port": 80})
    board.add([{"key": "a2", "supersedes": "a"}])
    assert finish(board, "a2", summary="t").as_before is None


def test_a_person_who_says_what_is_done_loses_no_value(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", summary="s", critical={"port": 80}, artifacts=[LOG])
    board.rework("a", feedback="once more")
    board.done("a", "I did it")
    now = _delivery(board)
    assert (now.summary, now.critical) == ("I did it", {"port": 80})
    board.rework("a", feedback="and again")
    assert finish(board, "a", summary="t").as_before == ["port", "artifact:log"]


def test_too_much_together_is_refused_with_how_to_take_back(board: Board) -> None:
    board.add([{"key": "a"}])
    few = [{"name": f"n{at}", "path": "x"} for at in range(ARTIFACTS)]
    finish(board, "a", critical={"a": "x" * 20_000}, artifacts=few)
    board.rework("a", feedback="once more")
    token = lease(board, "a")
    with refused(board, "limit_exceeded", "together with what was delivered", "{KEY: null}"):
        board.finish(token, critical={"b": "x" * 20_000})
    with refused(board, "limit_exceeded", "artifacts together with those", "[{name: NAME}]"):
        board.finish(token, artifacts=[LOG])
    done = board.finish(token, critical={"a": None, "b": "y"}, artifacts=[LOG, {"name": "n0"}])
    assert done.state == "done"
