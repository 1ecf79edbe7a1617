"""Splitting: a task becomes a container, and its children do the work."""

from __future__ import annotations

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

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.errors import HeadwaterError
from headwater.operations.caller import Caller


def parts(*keys: str) -> list[dict[str, Any]]:
    return [{"key": key} for key in keys]


@pytest.fixture
def plan(board: Board) -> Board:
    """up <- big <- after, with a promise from big to after."""
    board.add(
        [
            {"key": "up"},
            {"key": "big", "needs": ["up"], "spec": "do all"},
            {"key": "after", "contracts": [{"task": "big", "expect": "e", "promise": "an api"}]},
        ]
    )
    return board


def owed(board: Board, key: str) -> list[str]:
    return [one.to for one in claim(board, key).owes or []]


def test_the_task_becomes_a_container_of_its_children(plan: Board) -> None:
    reply = plan.split("big", [{"key": "b1"}, {"key": "b2", "needs": ["b1"]}])
    assert reply.state == "split"
    assert {row(plan, key)["parent_id"] for key in ("b1", "b2")} == {row(plan, "big")["id"]}
    assert ("big", "b1", "part") in edges(plan)
    assert "b2 needs b1" in reply.edges
    assert reply.next == "claim(session) hands out the children that are ready"


def test_who_splits_what_it_holds_hears_that_it_holds_it_no_more(board: Board) -> None:
    board.add([{"key": "big"}])
    reply = board.split("big", parts("b1"), lease=lease(board, "big"))
    assert reply.next.startswith("your lease of big has ended; claim(session) ")


def test_children_inherit_the_containers_upstreams(plan: Board) -> None:
    plan.split("big", [{"key": "b1"}, {"key": "b2", "needs": ["b1"]}])
    assert {("b1", "up", "hard"), ("b2", "up", "hard")} <= edges(plan)
    assert state(plan, "b1") == "waiting"
    finish(plan, "up")
    assert states(plan) == {
        "up": "done",
        "big": "split",
        "after": "waiting",
        "b1": "ready",
        "b2": "waiting",
    }


def test_children_inherit_soft_upstreams_as_soft(board: Board) -> None:
    board.add([{"key": "hint"}, {"key": "big", "soft": ["hint"]}])
    board.split("big", parts("b1"))
    assert ("b1", "hint", "soft") in edges(board)
    assert state(board, "b1") == "ready"


def test_what_the_container_expected_travels_to_its_children(board: Board) -> None:
    contract = {"task": "up", "expect": "the schema", "promise": "p", "keys": ["schema"]}
    board.add([{"key": "up"}, {"key": "big", "contracts": [contract]}])
    board.split("big", parts("b1"))
    finish(board, "up", critical={"schema": 1, "noise": 2}, delivered={"big": "text for big"})
    seen = claim(board, "b1").upstream
    assert seen is not None
    assert (seen[0].expect, seen[0].keys, seen[0].critical) == (
        "the schema",
        ["schema"],
        {"schema": 1},
    )


def test_what_a_part_says_itself_of_an_upstream_of_the_container_holds(board: Board) -> None:
    mine = {"task": "schema", "expect": "the tables", "keys": ["tables"]}
    board.add(
        [
            {"key": "hint"},
            {"key": "idea"},
            {"key": "schema"},
            {
                "key": "big",
                "soft": ["hint"],
                "candidates": ["idea"],
                "contracts": [{"task": "schema", "expect": "all of it", "keys": ["all"]}],
            },
        ]
    )
    into = [
        {"key": "b1", "needs": ["hint"], "contracts": [mine]},
        {"key": "b2", "soft": ["schema"]},
    ]
    board.split("big", into)
    assert {edge for edge in edges(board) if edge[0] in ("b1", "b2")} == {
        ("b1", "hint", "hard"),
        ("b1", "idea", "candidate"),
        ("b1", "schema", "hard"),
        ("b2", "hint", "soft"),
        ("b2", "idea", "candidate"),
        ("b2", "schema", "soft"),
    }
    (needed,) = [one for one in board.graph(task="b1").needs or [] if one.task == "schema"]
    assert (needed.expect, needed.keys) == ("the tables", ["tables"])


def test_keys_without_a_promise_need_no_child_that_answers_them(board: Board) -> None:
    board.add([{"key": "p"}, {"key": "c", "contracts": [{"task": "p", "keys": ["url"]}]}])
    board.split("p", into=[{"key": "one"}, {"key": "two"}])
    assert owed(board, "one") == owed(board, "two") == []


def test_a_child_owes_the_upstream_nothing_twice(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "big", "contracts": [{"task": "up", "promise": "p"}]}])
    board.split("big", parts("b1", "b2"))
    assert owed(board, "up") == ["big"]


def test_the_container_is_done_when_its_last_child_is(plan: Board) -> None:
    plan.split("big", [{"key": "b1"}, {"key": "b2", "needs": ["b1"]}])
    finish_all(plan, "up", "b1")
    assert state(plan, "big") == "split"
    done = finish(plan, "b2", delivered={"after": "here"})
    assert (state(plan, "big"), done.unblocked) == ("done", ["after"])


def test_a_cancelled_child_counts_as_closed(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", parts("b1", "b2"))
    finish(board, "b1")
    board.cancel(["b2"])
    assert (state(board, "big"), state(board, "after")) == ("done", "ready")


def test_when_all_children_are_cancelled_the_container_is_held(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", parts("b1", "b2"))
    board.cancel(["b1", "b2"])
    assert (state(board, "big"), state(board, "after")) == ("held", "waiting")
    assert "cancelled" in texts(board, "big")["question"]


def test_a_held_container_can_be_split_again(board: Board) -> None:
    board.add([{"key": "big"}])
    board.split("big", parts("b1"))
    board.cancel(["b1"])
    board.split("big", parts("c1"))
    finish(board, "c1")
    assert state(board, "big") == "done"


def test_splits_nest(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", parts("b1", "b2"))
    board.split("b1", parts("b1a", "b1b"))
    finish_all(board, "b1a", "b2")
    assert state(board, "big") == "split"
    finish(board, "b1b")
    assert states(board)["b1"] == states(board)["big"] == "done"
    assert state(board, "after") == "ready"


def test_rework_of_a_part_reopens_its_containers_and_their_consumers_wait(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", parts("b1"))
    board.split("b1", parts("b1a"))
    finish(board, "b1a")
    assert state(board, "after") == "ready"
    board.rework("b1a", "not right")
    assert [states(board)[key] for key in ("b1a", "b1", "big", "after")] == [
        "ready",
        "split",
        "split",
        "waiting",
    ]
    finish(board, "b1a")
    assert [states(board)[key] for key in ("b1", "big", "after")] == ["done", "done", "ready"]


def test_rework_of_a_part_of_a_held_container_leaves_the_one_around_it_as_it_is(
    board: Board,
) -> None:
    board.add([{"key": "big"}])
    board.split("big", parts("b1", "b2"))
    board.split("b1", parts("b1a"))
    board.cancel(["b1a"])
    assert (state(board, "b1"), state(board, "big")) == ("held", "split")
    board.rework("b1a", "after all")
    assert (state(board, "b1"), state(board, "big")) == ("split", "split")
    finish_all(board, "b1a", "b2")
    assert (state(board, "b1"), state(board, "big")) == ("done", "done")


@pytest.mark.parametrize("whole", [False, True])
def test_rework_of_a_cancelled_part_reopens_its_container(board: Board, whole: bool) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", parts("b1", "b2"))
    if whole:
        board.cancel(["big"], dependents="release")
    else:
        board.cancel(["b1", "b2"])
    assert state(board, "big") == ("cancelled" if whole else "held")
    board.rework("b1", "after all")
    assert (state(board, "b1"), state(board, "big")) == ("ready", "split")
    finish(board, "b1")
    assert state(board, "big") == "done"


def test_edges_to_and_from_parts_stay_legal(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "other"}])
    board.split("big", parts("b1", "b2"))
    board.edit("other", add_needs=["b1"])
    finish(board, "b1")
    assert state(board, "other") == "ready"


def test_edges_to_a_container_stay_legal(board: Board) -> None:
    board.add([{"key": "big"}])
    board.split("big", parts("b1"))
    board.add([{"key": "late", "needs": ["big"]}])
    assert state(board, "late") == "waiting"
    finish(board, "b1")
    assert state(board, "late") == "ready"


# -- promises ----------------------------------------------------------------------------------


def test_a_single_last_child_answers_every_promise(plan: Board) -> None:
    plan.split("big", [{"key": "b1"}, {"key": "b2", "needs": ["b1"]}])
    finish(plan, "up")
    assert owed(plan, "b1") == []
    plan.release("b1")
    finish(plan, "b1")
    assert owed(plan, "b2") == ["after"]


def test_a_child_that_comes_before_another_is_not_last(plan: Board) -> None:
    reply = plan.split("big", [{"key": "b1", "before": ["b2"]}, {"key": "b2"}])
    assert "after is answered by b2" in reply.edges


def test_several_last_children_must_say_who_answers(plan: Board) -> None:
    with refused(plan, "missing_promises", "after", "answers=[CONSUMER]") as error:
        plan.split("big", parts("b1", "b2"))
    assert error.value.state["last"] == ["b1", "b2"]


def test_a_named_child_answers_and_cannot_finish_without(plan: Board) -> None:
    plan.split("big", [{"key": "b1", "answers": ["after"]}, {"key": "b2"}])
    finish(plan, "up")
    held = lease(plan, "b1")
    with refused(plan, "missing_promises", "after"):
        plan.finish(held, summary="forgot")
    plan.finish(held, summary="done", delivered={"after": "the api"})
    finish(plan, "b2")
    seen = claim(plan, "after").upstream or []
    assert {one.task: one.delivered for one in seen}["b1"] == "the api"


def test_a_part_that_answers_passes_the_promise_on_when_it_is_split(plan: Board) -> None:
    plan.split("big", parts("b1"))
    plan.split("b1", parts("b1a"))
    finish(plan, "up")
    assert owed(plan, "b1a") == ["after"]


def test_a_consumer_that_is_named_twice_is_answered_once(plan: Board) -> None:
    plan.split("big", [{"key": "b1", "answers": ["after", "after"]}])
    assert ("after", "b1", "answers") in edges(plan)
    finish(plan, "up")
    assert owed(plan, "b1") == ["after"]


def test_answers_must_name_a_consumer(plan: Board) -> None:
    with refused(plan, "bad_request", "nothing named up depends on big"):
        plan.split("big", [{"key": "b1", "answers": ["up"]}])


def test_a_consumer_that_drops_the_container_is_owed_nothing_by_its_parts(plan: Board) -> None:
    plan.split("big", parts("b1"))
    plan.edit("after", drop_needs=["big"])
    assert not {edge for edge in edges(plan) if edge[0] == "after"}
    finish_all(plan, "up", "b1")


def test_a_consumer_that_drops_one_container_is_still_owed_by_the_parts_of_another(
    plan: Board,
) -> None:
    plan.add([{"key": "other"}])
    plan.edit("after", contracts=[{"task": "other", "expect": "e", "promise": "a page"}])
    for container, part in (("big", "b1"), ("other", "o1")):
        plan.split(container, parts(part))
    plan.edit("after", drop_needs=["big"])
    finish(plan, "up")
    assert (owed(plan, "b1"), owed(plan, "o1")) == ([], ["after"])


def test_a_part_that_answers_can_be_needed_for_itself_and_keeps_its_promise(plan: Board) -> None:
    plan.split("big", [{"key": "b1", "answers": ["after"]}, {"key": "b2"}])
    plan.edit("after", add_needs=["b1"])
    assert ("after", "b1", "hard") in edges(plan)
    finish(plan, "up")
    assert owed(plan, "b1") == ["after"]


@pytest.mark.parametrize("answers", [[], ["after"]], ids=["the last", "by name"])
def test_a_part_that_answers_may_come_before_its_consumer(plan: Board, answers: list[str]) -> None:
    plan.split(
        "big",
        [*parts("b1"), {"key": "b2", "needs": ["b1"], "before": ["after"], "answers": answers}],
    )
    assert ("after", "b2", "hard") in edges(plan)
    finish_all(plan, "up", "b1")
    assert owed(plan, "b2") == ["after"]
    assert state(plan, "after") == "waiting"


# -- the holder --------------------------------------------------------------------------------


def test_the_holder_splits_its_task_and_its_notes_go_to_all_children(board: Board) -> None:
    board.add([{"key": "big"}])
    held = lease(board, "big")
    board.check(held, note="found a trap")
    board.split("big", parts("b1", "b2"), lease=held)
    said = "Note on big, before it was split: found a trap"
    assert [claim(board, key).note for key in ("b1", "b2")] == [said] * 2


def test_a_note_as_long_as_any_may_be_goes_to_the_parts_as_far_as_there_is_room(
    board: Board,
) -> None:
    board.add([{"key": "big"}])
    held = lease(board, "big")
    board.check(held, note="x" * limits.TEXT_BYTES)
    board.split("big", parts("b1"), lease=held)
    note: str = texts(board, "b1")["note"]
    assert len(note) <= limits.TEXT_BYTES
    assert note.endswith("xxx [...]")


def test_the_parts_of_a_task_that_was_sent_back_are_shown_what_it_had_delivered(
    board: Board,
) -> None:
    board.add([{"key": "big"}])
    finish(board, "big", summary="by the old way", critical={"port": 1})
    board.rework("big", "use the new way")
    board.split("big", parts("b1", "b2"))
    board.split("b2", parts("deep"))
    for key in ("b1", "deep"):
        got = claim(board, key)
        assert [one["text"] for one in got.feedback or []] == ["use the new way"]
        assert got.delivery is not None
        assert (got.delivery.task, got.delivery.summary) == ("big", "by the old way")
        assert got.delivery.critical == {"port": 1}
        board.finish(got.lease or "", summary="by the new way")
    board.rework("b1", "nearly")
    own = claim(board, "b1").delivery
    assert own is not None
    assert (own.task, own.summary) == (None, "by the new way")


def test_the_holders_attempt_ends_and_its_session_is_free(board: Board) -> None:
    board.add([{"key": "big"}])
    me = worker(board)
    board.split("big", parts("b1"), lease=lease(board, "big", me))
    assert claim(board, session=me).task == "b1"


def test_the_lease_is_over_after_the_split(board: Board) -> None:
    board.add([{"key": "big"}])
    held = lease(board, "big")
    board.split("big", parts("b1"), lease=held)
    with pytest.raises(HeadwaterError) as error:
        board.finish(held, summary="late")
    assert error.value.code == "stale_lease"
    assert state(board, "big") == "split"


def test_somebody_elses_active_task_cannot_be_split(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "mine"}])
    board.claim(worker(board, "holder"), "big")
    mine = lease(board, "mine")
    with refused(board, "wrong_state", "only its holder may split it"):
        board.split("big", parts("b1"))
    with refused(board, "bad_request", "that lease is for mine"):
        board.split("big", parts("b1"), lease=mine)


def test_a_worker_without_the_right_to_plan_splits_only_what_it_holds(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "other"}])
    weak = Board(board.store, board.name, Caller("weak", "work"))
    held = lease(weak, "big")
    with refused(board, "forbidden", "'plan'"):
        weak.split("other", parts("o1"))
    assert weak.split("big", parts("b1"), lease=held).state == "split"


def test_a_holder_whose_lease_lapsed_may_still_split(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "big"}])
    weak = Board(board.store, board.name, Caller("weak", "work"))
    held = lease(weak, "big")
    clock.advance(minutes=61)
    for _ in range(2):  # the first call after the silence only notices it
        board.check(session=worker(board))
        clock.advance(minutes=3)
    assert state(board, "big") == "ready"
    assert weak.split("big", parts("b1"), lease=held).state == "split"


def test_a_lapsed_holder_is_told_and_its_late_work_is_salvage(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "big"}])
    late = lease(board, "big")
    clock.advance(minutes=4)
    board.policy(lease_minutes=5)
    for _ in range(30):
        clock.advance(minutes=4)
        board.join("someone")
        board.check(session=worker(board))
    assert state(board, "big") == "ready"
    board.split("big", parts("b1"))
    assert [one["task"] for one in notices(board, "lease_lost")][-1:] == ["big"]
    with pytest.raises(HeadwaterError) as error:
        board.finish(late, summary="late work")
    assert error.value.code == "stale_lease"
    assert "salvage" in error.value.message


@pytest.mark.parametrize("outcome", ["failed", "blocked"])
def test_a_failed_or_held_task_can_be_split(board: Board, outcome: str) -> None:
    board.add([{"key": "big", "attempts": 1}])
    finish(board, "big", outcome=outcome, summary="too big")
    board.split("big", parts("b1"))
    assert states(board) == {"big": "split", "b1": "ready"}


@pytest.mark.parametrize("how", ["done", "review", "cancelled", "split"])
def test_a_task_past_its_work_cannot_be_split(board: Board, how: str) -> None:
    board.add([{"key": "big", "review": how == "review"}])
    if how == "cancelled":
        board.cancel(["big"])
    elif how == "split":
        board.split("big", parts("b0"))
    else:
        finish(board, "big")
    with refused(board, "wrong_state", f"big is {how}"):
        board.split("big", parts("b1"))


def test_a_task_in_whose_place_another_stands_cannot_be_split(board: Board) -> None:
    """Its parts would need what it replaced, in whose place its own successor stands by now."""
    board.add([{"key": "first"}])
    board.add([{"key": "second", "supersedes": "first"}])
    board.add([{"key": "third", "supersedes": "second"}])
    with refused(board, "wrong_state", "second is cancelled"):
        board.split("second", parts("b1"))


# -- bad input ---------------------------------------------------------------------------------


def test_an_empty_split_is_refused(board: Board) -> None:
    board.add([{"key": "big"}])
    with refused(board, "bad_request", "at least 1 item"):
        board.split("big", [])


def test_too_many_parts_are_refused(board: Board) -> None:
    board.add([{"key": "big"}])
    with refused(board, "limit_exceeded", "257 tasks", "256"):
        board.split("big", parts(*(f"b{n}" for n in range(257))))


def test_a_taken_key_is_refused(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "b1"}])
    with refused(board, "duplicate_key", "b1"):
        board.split("big", parts("b1"))
    with refused(board, "duplicate_key", "big"):
        board.split("big", parts("big"))


def test_a_part_cannot_need_its_container(board: Board) -> None:
    board.add([{"key": "big"}])
    with refused(board, "bad_request", "b1 is a part of big"):
        board.split("big", [{"key": "b1", "needs": ["big"]}])


def test_a_part_cannot_come_before_its_container(board: Board) -> None:
    board.add([{"key": "big"}])
    with refused(board, "wrong_state", "big is split"):
        board.split("big", [{"key": "b1", "before": ["big"]}])


def test_a_part_that_needs_a_consumer_of_the_container_closes_a_circle(plan: Board) -> None:
    with refused(plan, "cycle", "big needs b1 needs after needs big"):
        plan.split("big", [{"key": "b1", "needs": ["after"]}])


def test_parts_cannot_need_each_other_in_a_circle(board: Board) -> None:
    board.add([{"key": "big"}])
    with refused(board, "cycle", "b1 needs b2 needs b1"):
        board.split("big", [{"key": "b1", "needs": ["b2"]}, {"key": "b2", "needs": ["b1"]}])


def test_a_part_cannot_supersede(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "x"}])
    with refused(board, "bad_request", "cannot supersede"):
        board.split("big", [{"key": "b1", "supersedes": "x"}])


def test_a_changed_task_is_not_split_blindly(board: Board) -> None:
    board.add([{"key": "big"}])
    board.edit("big", set={"spec": "new"})
    with refused(board, "version_conflict", "version 2, not 1"):
        board.split("big", parts("b1"), expect_version=1)


def test_an_unknown_task_cannot_be_split(board: Board) -> None:
    with refused(board, "unknown_task"):
        board.split("ghost", parts("b1"))


def test_a_repeated_request_splits_once(board: Board) -> None:
    board.add([{"key": "big"}])
    first = board.split("big", parts("b1"), request="r")
    assert board.split("big", parts("b1"), request="r") == first


def test_what_was_read_before_the_split_does_not_reopen_the_container(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "big", "needs": ["up"]}])
    finish(board, "up", critical={"port": 1})
    board.finish(lease(board, "big"), "blocked", summary="is that not too much for one?")
    board.split("big", parts("b1", "b2"))
    finish_all(board, "b1", "b2")
    board.rework("up", "another port")
    assert finish(board, "up", critical={"port": 2}).reopened == ["b1", "b2"]
    assert state(board, "big") == "split"
    finish_all(board, "b1", "b2")
    assert state(board, "big") == "done"


def test_a_container_that_became_a_task_again_by_an_answer_can_be_reworked(board: Board) -> None:
    board.add([{"key": "big", "attempts": 1}])
    board.split("big", parts("b1"))
    board.cancel(["b1"])
    board.answer("big", "do it as one task")
    board.finish(lease(board, "big"), "failed", summary="no access")
    assert board.rework("big", "there is access now").state == "ready"


def test_a_question_that_is_answered_by_reopening_a_part_is_shown_no_more(board: Board) -> None:
    board.add([{"key": "big"}])
    board.split("big", parts("b1"))
    board.cancel(["b1"])
    assert board.graph("task", task="big").question == "Every part was cancelled."
    board.rework("b1", "it is needed after all")
    assert board.graph("task", task="big").question is None


def test_a_changed_contract_with_a_container_is_that_of_the_part_that_answers(plan: Board) -> None:
    finish(plan, "up")
    plan.split("big", parts("b1"))
    plan.split("b1", parts("b2"))
    holder = worker(plan)
    lease(plan, "b2", holder)
    contract = {"task": "big", "expect": "e2", "promise": "an api of version 2"}
    assert plan.edit("after", contracts=[contract]).warnings is None
    (owed,) = claim(plan, "b2", holder).owes or []
    assert (owed.to, owed.expect, owed.promise) == ("after", "e2", "an api of version 2")
    told = plan.check(session=holder).notices or []
    assert [(one.kind, one.task) for one in told] == [("contract_changed", "b2")]


def test_of_many_edges_and_warnings_some_are_listed_and_the_rest_is_counted(board: Board) -> None:
    ups = [f"u{at}" for at in range(60)]
    board.add([*parts(*ups), {"key": "big", "needs": ups}])
    reply = board.split("big", [{"key": f"p{at}", "needs": [ups[at]]} for at in range(60)])
    assert (len(reply.edges), reply.edges[0]) == (200, "p0 needs u0")
    said = reply.warnings or []
    assert said[0].startswith("p0 needs what big needs, too: u1, u2")
    assert (len(said), said[-2:]) == (
        52,
        ["10 more warnings not listed", "3400 more edges not listed"],
    )


@pytest.mark.parametrize("verb", ["add", "edit"])
def test_whoever_wants_a_promise_of_a_container_that_nobody_answers_is_told(
    board: Board, verb: str
) -> None:
    board.add([{"key": "big"}, {"key": "c"}])
    board.split("big", parts("b1"))
    contract = {"task": "big", "promise": "an api"}
    if verb == "add":
        (said,) = board.add([{"key": "late", "contracts": [contract]}]).warnings or []
    else:
        (said,) = board.edit("c", contracts=[contract]).warnings or []
    assert "big is split" in said


def test_parts_are_held_to_what_the_container_is_where_they_say_nothing(board: Board) -> None:
    asked: dict[str, Any] = {
        "review": True,
        "group": "docs",
        "capabilities": ["rust"],
        "priority": 5,
    }
    board.add([{"key": "big", **asked}])
    own: dict[str, Any] = {"review": False, "group": "", "capabilities": [], "priority": 0}
    board.split("big", [{"key": "b1"}, {"key": "b2", **own}])
    fields = ("review", "grouping", "capabilities", "priority")
    assert [row(board, "b1")[name] for name in fields] == [1, "docs", '["rust"]', 5]
    assert [row(board, "b2")[name] for name in fields] == [0, "", "[]", 0]
    assert board.verify() == []


def test_a_task_in_another_ones_place_is_split_into_parts_that_read_what_that_one_delivered(
    board: Board,
) -> None:
    board.add([{"key": "old"}, {"key": "after", "needs": ["old"]}])
    finish(board, "old", critical={"port": 80})
    finish(board, "after")
    board.add([{"key": "new", "supersedes": "old"}])
    board.split("new", [{"key": "n1"}, {"key": "n2", "needs": ["n1"]}])
    for part in ("n1", "n2"):
        held = claim(board, part)
        assert ("old", {"port": 80}) in [(one.task, one.critical) for one in held.upstream or []]
        reply = board.finish(held.lease or "", critical={"port": 81} if part == "n2" else {})
    assert reply.reopened == ["after"]
    assert board.verify() == []


def test_a_part_of_a_task_in_another_ones_place_is_split_too(board: Board) -> None:
    board.add([{"key": "old"}])
    finish(board, "old", critical={"port": 80})
    board.add([{"key": "new", "supersedes": "old"}])
    board.split("new", parts("n1"))
    assert board.split("n1", parts("deep")).edges == ["deep needs old (soft)"]
    (read,) = claim(board, "deep").upstream or []
    assert (read.task, read.critical) == ("old", {"port": 80})


def test_the_single_last_child_delivers_the_keys_that_consumers_use(board: Board) -> None:
    board.add([{"key": "p"}, {"key": "c", "contracts": [{"task": "p", "keys": ["url"]}]}])
    board.split("p", into=[{"key": "one"}, {"key": "two", "needs": ["one"]}])
    finish(board, "one")
    token = lease(board, "two")
    with refused(board, "missing_promises", "url"):
        board.finish(token, critical={"uri": "x"})


@pytest.mark.parametrize(
    ("parts", "warned"),
    [
        ([{"key": "one", "needs": []}, {"key": "two"}], True),
        ([{"key": "one", "needs": ["other"]}, {"key": "two"}], True),
        ([{"key": "one"}, {"key": "two", "needs": ["one"]}], False),
    ],
)
def test_a_part_that_says_what_it_needs_is_told_what_it_needs_besides(
    board: Board, parts: list[dict[str, Any]], warned: bool
) -> None:
    board.add([{"key": "up"}, {"key": "other"}, {"key": "big", "needs": ["up"]}])
    done = board.split("big", parts)
    assert "one needs up" in done.edges
    said = (
        "one needs what big needs, too: up; "
        'edit(task="one", drop_needs=[...]) lets it begin earlier'
    )
    assert done.warnings == ([said] if warned else None)
    board.edit("one", drop_needs=["up"])
    assert (state(board, "one") == "ready") == (parts[0].get("needs", ["up"]) != ["other"])


def test_a_holder_splits_its_task_as_it_was_edited(board: Board) -> None:
    board.add([{"key": "x"}, {"key": "a", "needs": ["x"]}])
    finish(board, "x")
    session = worker(board)
    token = lease(board, "a", session)
    board.edit("a", drop_needs=["x"])
    into = [{"key": "b", "needs": ["x"]}, {"key": "c"}]
    with refused(board, "version_conflict", "a was edited since you last looked") as error:
        board.split("a", into=into, lease=token)
    assert "check(lease)" in error.value.next
    board.check(token)
    assert board.split("a", into=into, lease=token).state == "split"


def test_a_holder_splits_after_edits_of_its_own(board: Board) -> None:
    board.add([{"key": "a"}])
    token = lease(board, "a")
    board.edit("a", lease=token, append={"spec": "more"})
    assert board.split("a", into=[{"key": "b"}, {"key": "c"}], lease=token).state == "split"
