"""The life of a task: every state with every trigger, against a table written out by hand."""

from __future__ import annotations

import pytest

from headwater.errors import WrongState
from headwater.graph.states import (
    CLOSED,
    LEGAL,
    TRANSITIONS,
    UNBEGUN,
    State,
    Trigger,
    mermaid,
    move,
    opened,
)

# Written down independently of the code: trigger -> {source: target}; "open" is ready or waiting.
EXPECTED: dict[str, dict[str, str]] = {
    "inputs_settled": {"waiting": "ready"},
    "inputs_reopened": {"ready": "waiting"},
    "claim": {"ready": "active"},
    "revive": {"ready": "active", "waiting": "active", "failed": "active"},
    "release": {"active": "open"},
    "give_up": {"active": "held"},
    "retry": {"active": "open"},
    "fail": {"active": "failed"},
    "expire": {"active": "open"},
    "expire_last": {"active": "failed"},
    "block": {"active": "held"},
    "wait_for": {"active": "open"},
    "take_back": {"active": "open", "review": "open"},
    "deliver": {"active": "review"},
    "finish": {"active": "done"},
    "reuse": {"ready": "done"},
    "reuse_for_review": {"ready": "review"},
    "approve": {"review": "done"},
    "reject": {"review": "open"},
    "split": dict.fromkeys(("waiting", "ready", "active", "held", "failed"), "split"),
    "parts_done": {"split": "done"},
    "parts_cancelled": {"split": "held"},
    "parts_reopened": {"done": "split", "held": "split", "cancelled": "split"},
    "rework": dict.fromkeys(("done", "failed", "held", "cancelled"), "open"),
    "overspend": {"ready": "held"},
    "rework_too_often": dict.fromkeys(("done", "failed", "cancelled"), "held"),
    "cancel": dict.fromkeys(
        ("waiting", "ready", "active", "review", "held", "failed"), "cancelled"
    ),
    "do_by_hand": dict.fromkeys(("waiting", "ready", "active", "review", "held", "failed"), "done"),
}


def test_the_expected_table_speaks_of_every_trigger() -> None:
    assert set(EXPECTED) == {trigger.value for trigger in Trigger}


@pytest.mark.parametrize("trigger", list(Trigger))
@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("pending", [0, 1, 7])
def test_a_move_is_legal_exactly_if_the_table_has_it(
    state: State, trigger: Trigger, pending: int
) -> None:
    target = EXPECTED[trigger.value].get(state.value)
    if target is None:
        with pytest.raises(WrongState):
            move(state, trigger, pending)
        return
    if target == "open":
        target = "ready" if pending == 0 else "waiting"
    assert move(state, trigger, pending).value == target


def test_a_refusal_names_the_task_its_state_and_the_states_that_would_do() -> None:
    with pytest.raises(WrongState) as refused:
        move("done", Trigger.CLAIM, 0, "build")
    error = refused.value.as_dict()
    assert error["error"] == "build is done; claim needs it to be ready"
    assert (error["task"], error["state"]) == ("build", "done")
    assert 'task="build"' in str(error["next"])


def test_a_refusal_never_names_a_state_from_which_it_would_fail_too() -> None:
    for trigger in Trigger:
        allowed = {row[0].value for row in LEGAL if row[1] is trigger}
        for state in State:
            if state.value in allowed:
                continue
            with pytest.raises(WrongState) as refused:
                move(state, trigger, 0)
            named = set(refused.value.message.split(" to be ")[1].split(" or "))
            assert named == allowed


def test_no_pair_of_state_and_trigger_occurs_twice_in_the_table() -> None:
    pairs = [(source, row.trigger) for row in TRANSITIONS for source in row.sources]
    assert len(pairs) == len(set(pairs))


def test_a_task_that_has_not_begun_is_ready_exactly_if_nothing_is_pending() -> None:
    assert opened(0) is State.READY
    assert opened(1) is State.WAITING
    assert {opened(0), opened(3)} == UNBEGUN


def test_only_an_acceptance_leads_to_done() -> None:
    to_done = {row.trigger.value for row in TRANSITIONS if row.target is State.DONE}
    assert to_done == {"finish", "approve", "parts_done", "do_by_hand", "reuse"}


def test_every_state_can_be_reached_and_left() -> None:
    reached = {State.WAITING, State.READY}
    while True:
        more = {
            target
            for source in reached
            for trigger in Trigger
            for pending in (0, 1)
            if (source, trigger) in LEGAL
            for target in [move(source, trigger, pending)]
        }
        if more <= reached:
            break
        reached |= more
    assert reached == set(State)
    assert {source for source, _ in LEGAL} == set(State)


def test_what_only_somebody_can_move_has_no_way_out_by_the_store_itself() -> None:
    somebody = {"rework", "rework_too_often", "cancel", "do_by_hand", "split", "revive"}
    for state in (State.HELD, State.FAILED):
        ways = {trigger.value for source, trigger in LEGAL if source is state}
        assert ways - {"parts_reopened"} <= somebody
    assert {State.DONE, State.CANCELLED} == CLOSED


def test_the_diagram_draws_each_usual_arrow_of_the_table_and_no_other() -> None:
    first, *lines = mermaid().splitlines()
    assert first == "stateDiagram-v2"
    drawn: set[tuple[str, str, str]] = set()
    for line in (one.strip() for one in lines if " --> " in one):
        source, rest = line.split(" --> ")
        target, triggers = rest.split(": ")
        drawn |= {(source, target, trigger) for trigger in triggers.split(", ")}
    open_ = ("waiting", "ready")
    assert ("[*]", "open", "add") in drawn
    drawn.remove(("[*]", "open", "add"))
    shown = {trigger for _, _, trigger in drawn}
    assert len(shown) > 15
    assert shown < set(EXPECTED)
    assert {(source, target, trigger) for whole, target, trigger in drawn
            for source in (open_ if whole == "open" else (whole,))} == {
        (source, target, trigger)
        for trigger in shown
        for source, target in EXPECTED[trigger].items()
        if source != "cancelled"
    }  # fmt: skip
