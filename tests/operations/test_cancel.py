"""Cancelling tasks, with what depends on them and what they contain."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hands import (
    claim,
    edges,
    finish,
    finish_all,
    lease,
    notices,
    refused,
    row,
    state,
    states,
    texts,
    worker,
)

from headwater import Board
from headwater.errors import HeadwaterError
from headwater.operations.caller import Caller


@pytest.fixture
def line(board: Board) -> Board:
    """a <- b <- c, and d softly on a."""
    board.add(
        [
            {"key": "a"},
            {"key": "b", "needs": ["a"]},
            {"key": "c", "needs": ["b"]},
            {"key": "d", "soft": ["a"]},
        ]
    )
    return board


def test_a_task_without_dependents_is_cancelled(board: Board) -> None:
    board.add([{"key": "a"}])
    assert board.cancel(["a"], reason="not needed").cancelled == ["a"]
    assert state(board, "a") == "cancelled"


@pytest.mark.parametrize("how", ["ready", "waiting", "active", "review", "held", "failed"])
def test_a_task_in_any_open_state_can_be_cancelled(board: Board, how: str) -> None:
    board.add([{"key": "u"}, {"key": "a", "attempts": 1, "review": how == "review"}])
    if how == "waiting":
        board.edit("a", add_needs=["u"])
    elif how == "active":
        lease(board, "a")
    elif how != "ready":
        outcome = {"review": "done", "held": "blocked", "failed": "failed"}[how]
        finish(board, "a", outcome=outcome)
    assert state(board, "a") == how
    board.cancel(["a"])
    assert (state(board, "a"), row(board, "a")["gate"]) == ("cancelled", "")


def test_a_done_task_stays_done(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a")
    with refused(board, "wrong_state", "a is done and stays done") as error:
        board.cancel(["a"])
    assert "drops the need, by edit with drop_needs" in error.value.next


def test_unfinished_dependents_are_named_and_nothing_is_cancelled(line: Board) -> None:
    with refused(line, "open_dependents", "b, c", "nothing was cancelled") as error:
        line.cancel(["a"])
    assert error.value.state["dependents"] == ["b", "c"]


def test_soft_dependents_do_not_count(line: Board) -> None:
    line.cancel(["a", "b", "c"])
    assert state(line, "d") == "ready"


def test_dependents_that_are_cancelled_too_need_no_mode(line: Board) -> None:
    assert sorted(line.cancel(["c", "b"]).cancelled) == ["b", "c"]


def test_cancel_takes_every_unfinished_descendant(line: Board) -> None:
    reply = line.cancel(["a"], dependents="cancel")
    assert sorted(reply.cancelled) == ["a", "b", "c"]
    assert states(line) == {"a": "cancelled", "b": "cancelled", "c": "cancelled", "d": "ready"}


def test_cancel_spares_finished_descendants_and_lists_them(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["a"]}])
    finish_all(board, "a", "b")
    board.rework("a", "hm")
    reply = board.cancel(["a"], dependents="cancel")
    assert (sorted(reply.cancelled), reply.spared) == (["a", "c"], ["b"])
    assert state(board, "b") == "done"


@pytest.mark.parametrize("mode", ["refuse", "cancel", "release"])
def test_what_is_finished_shields_what_comes_after_it(board: Board, mode: str) -> None:
    """It rests on what was delivered before, and so may what follows from it."""
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["b"]}])
    finish_all(board, "a", "b")
    board.rework("a", "again")
    done = board.cancel(["a"], dependents=mode)
    assert (done.cancelled, done.released) == (["a"], [])
    assert states(board) == {"a": "cancelled", "b": "done", "c": "ready"}


def test_cancel_follows_a_diamond_once(board: Board) -> None:
    board.add(
        [
            {"key": "a"},
            {"key": "b", "needs": ["a"]},
            {"key": "c", "needs": ["a"]},
            {"key": "d", "needs": ["b", "c"]},
        ]
    )
    assert sorted(board.cancel(["a"], dependents="cancel").cancelled) == ["a", "b", "c", "d"]


def test_a_chain_of_a_thousand_is_cancelled_without_recursion(board: Board) -> None:
    board.add([{"key": f"t{n}", "needs": [f"t{n - 1}"] if n else []} for n in range(1000)])
    board.cancel(["t0"], dependents="cancel")
    assert board.graph().counts == {"cancelled": 1000}


def test_release_drops_the_edges_and_says_why_in_the_briefing(line: Board) -> None:
    reply = line.cancel(["a"], dependents="release", reason="obsolete")
    assert (reply.cancelled, reply.released) == (["a"], ["b", "d"])
    assert states(line) == {"a": "cancelled", "b": "ready", "c": "waiting", "d": "ready"}
    got = claim(line, "b")
    assert [one["text"] for one in got.feedback or []] == ["upstream a cancelled: obsolete"]
    assert not [edge for edge in edges(line) if edge[1] == "a"]


def test_release_settles_a_delivery_that_was_parked_on_the_cancelled_input(line: Board) -> None:
    finish(line, "a")
    mine = lease(line, "b")
    line.rework("a", "hm")
    line.finish(mine, summary="b")
    line.cancel(["a"], dependents="release")
    assert (state(line, "b"), state(line, "c")) == ("done", "ready")


def test_release_tells_an_active_consumer(line: Board) -> None:
    finish(line, "a")
    lease(line, "b")
    line.rework("a", "hm")
    line.cancel(["a"], dependents="release")
    assert [one["task"] for one in notices(line, "upstream_cancelled")] == ["b"]


def test_the_holder_learns_it_and_its_lease_cannot_finish(board: Board) -> None:
    board.add([{"key": "a"}])
    me = worker(board)
    mine = lease(board, "a", me)
    board.cancel(["a"], reason="obsolete")
    checked = board.check(mine)
    assert [(one.task, one.why, one.reason) for one in checked.lost or []] == [
        ("a", "cancelled", "obsolete")
    ]
    with pytest.raises(HeadwaterError) as error:
        board.finish(mine, summary="late")
    assert error.value.code == "stale_lease"
    assert state(board, "a") == "cancelled"


def test_chains_that_led_to_a_cancelled_task_are_ranked_again(line: Board) -> None:
    line.cancel(["c"])
    assert row(line, "a")["neg_rank"] == -2 * 60_000


# -- containers --------------------------------------------------------------------------------


def nested(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", [{"key": "b1"}, {"key": "b2"}])
    board.split("b1", [{"key": "b1a"}, {"key": "b1b"}])


def test_cancelling_a_container_reaches_all_its_parts(board: Board) -> None:
    nested(board)
    reply = board.cancel(["big"], dependents="cancel")
    assert set(states(board).values()) == {"cancelled"}
    assert sorted(reply.cancelled) == ["after", "b1", "b1a", "b1b", "b2", "big"]


def test_cancelling_an_upstream_reaches_dependent_containers_and_their_parts(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "big", "needs": ["up"]}, {"key": "after", "needs": ["big"]}])
    board.split("big", [{"key": "b1"}, {"key": "b2", "needs": ["b1"]}])
    board.cancel(["up"], dependents="cancel")
    assert set(states(board).values()) == {"cancelled"}


def test_consumers_of_a_part_are_dependents_of_its_container(board: Board) -> None:
    nested(board)
    board.add([{"key": "x", "needs": ["b1a"]}])
    with refused(board, "open_dependents", "after", "x"):
        board.cancel(["big"])


def test_cancelling_some_parts_leaves_the_container_open(board: Board) -> None:
    nested(board)
    board.cancel(["b1a"])
    assert states(board)["b1"] == states(board)["big"] == "split"


def test_a_container_with_a_finished_part_is_done_when_the_rest_is_cancelled(board: Board) -> None:
    board.add([{"key": "big"}])
    board.split("big", [{"key": "b1"}, {"key": "b2"}])
    finish(board, "b1")
    reply = board.cancel(["big"])
    assert (reply.cancelled, reply.spared) == (["b2"], ["big"])
    assert states(board) == {"big": "done", "b1": "done", "b2": "cancelled"}


def test_nothing_is_released_from_a_container_that_is_done_by_it(board: Board) -> None:
    """It was not cancelled: a consumer gets what its finished part has made."""
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    board.split("a", [{"key": "a1"}, {"key": "a2"}])
    finish(board, "a1")
    done = board.cancel(["a"], dependents="release")
    assert (done.cancelled, done.spared, done.released) == (["a2"], ["a"], [])
    assert states(board) == {"a": "done", "a1": "done", "a2": "cancelled", "b": "ready"}
    assert ("b", "a", "hard") in edges(board)
    assert texts(board, "b")["feedback"] == "[]"


def test_release_from_a_container_drops_what_its_parts_would_answer(board: Board) -> None:
    contract = {"task": "big", "promise": "p"}
    board.add([{"key": "big"}, {"key": "after", "contracts": [contract]}])
    board.split("big", [{"key": "b1"}])
    board.cancel(["big"], dependents="release")
    assert not [edge for edge in edges(board) if edge[0] == "after"]
    assert state(board, "after") == "ready"


def test_a_cancelled_part_leaves_a_held_container_that_can_be_cancelled(board: Board) -> None:
    board.add([{"key": "big"}])
    board.split("big", [{"key": "b1"}])
    board.cancel(["b1"])
    assert state(board, "big") == "held"
    board.cancel(["big"])
    assert state(board, "big") == "cancelled"


# -- refusals ----------------------------------------------------------------------------------


def test_cancelling_twice_changes_nothing(board: Board) -> None:
    board.add([{"key": "a"}])
    board.cancel(["a"])
    before = board.revision()
    assert board.cancel(["a"]).cancelled == []
    assert board.revision() == before


def test_one_bad_key_undoes_the_whole_call(board: Board) -> None:
    board.add([{"key": "a"}])
    with refused(board, "unknown_task"):
        board.cancel(["a", "ghost"])


def test_an_empty_list_is_refused(board: Board) -> None:
    with refused(board, "bad_request", "tasks"):
        board.cancel([])


def test_too_many_tasks_in_one_call_are_refused(board: Board) -> None:
    with refused(board, "bad_request", "1000"):
        board.cancel([f"t{n}" for n in range(1001)])


def test_an_unknown_mode_is_refused(board: Board) -> None:
    board.add([{"key": "a"}])
    with refused(board, "bad_request", "dependents"):
        board.cancel(["a"], dependents="ignore")


def test_a_task_that_changed_meanwhile_is_not_cancelled(board: Board) -> None:
    board.add([{"key": "a"}])
    board.edit("a", set={"spec": "new"})
    with refused(board, "version_conflict", "version 2, not 1"):
        board.cancel(["a"], expect_version=1)


@pytest.mark.parametrize("rights", ["observe", "work"])
def test_cancelling_needs_the_right_to_plan(board: Board, rights: Any) -> None:
    board.add([{"key": "a"}])
    weak = Board(board.store, board.name, Caller("weak", rights))
    with refused(board, "forbidden", "'plan'"):
        weak.cancel(["a"])


def test_the_reason_is_kept_in_the_log(board: Board) -> None:
    board.add([{"key": "a"}])
    board.cancel(["a"], reason="obsolete")
    assert "obsolete" in json.dumps(board.graph("history").as_dict())
    assert texts(board, "a")["feedback"] == "[]"


def test_whoever_cancels_the_part_that_answers_a_promise_is_told(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "c", "contracts": [{"task": "big", "promise": "an api"}]}])
    board.split("big", [{"key": "b1", "answers": ["c"]}, {"key": "b2", "answers": ["c"]}])
    assert board.cancel(["b1"]).warnings is None
    assert board.cancel(["b2"]).warnings == ["no part answers a promise to c any more: b2 did"]


def test_nobody_is_told_of_promises_to_what_is_cancelled_too(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "c", "contracts": [{"task": "big", "promise": "an api"}]}])
    board.split("big", [{"key": "b1"}])
    assert board.cancel(["big"], dependents="cancel").warnings is None


def test_of_many_dependents_the_sentence_names_a_few(board: Board) -> None:
    board.add([{"key": "a"}, *({"key": f"t{at:02}", "needs": ["a"]} for at in range(60))])
    with refused(board, "open_dependents", "60 unfinished", "t04, ...; nothing was") as error:
        board.cancel(["a"])
    listed = error.value.state["dependents"]
    assert isinstance(listed, list)
    assert len(listed) == 50
