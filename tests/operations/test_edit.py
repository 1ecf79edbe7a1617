"""Editing: fields, edges and contracts of a task."""

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
    rows,
    state,
    states,
    texts,
    worker,
)

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.errors import HeadwaterError
from headwater.operations.caller import Caller


@pytest.fixture
def pair(board: Board) -> Board:
    """b needs a; x stands alone."""
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "x"}])
    return board


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("title", "new", "new"),
        ("priority", 5, 5),
        ("estimate", 2, 120_000),
        ("capabilities", ["z", "y"], '["y","z"]'),
        ("review", True, 1),
        ("attempts", 9, 9),
        ("group", "g", "g"),
    ],
)
def test_a_field_is_set_and_the_version_rises(
    pair: Board, name: str, value: object, stored: object
) -> None:
    column = {"estimate": "estimate_ms", "group": "grouping"}.get(name, name)
    reply = pair.edit("a", set={name: value})
    assert (reply.changed, reply.version) == ([name], 2)
    assert row(pair, "a")[column] == stored


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("spec", "new\nspec", "new\nspec"),
        ("acceptance", ["it works"], '["it works"]'),
        ("paths", ["src/**"], '["src/**"]'),
        ("budget", {"usd": 2.5}, '{"usd":2.5}'),
    ],
)
def test_a_long_field_is_set(pair: Board, name: str, value: object, stored: str) -> None:
    assert pair.edit("a", set={name: value}).changed == [name]
    assert texts(pair, "a")[name] == stored


def test_a_field_can_be_emptied(board: Board) -> None:
    board.add([{"key": "a", "title": "t", "spec": "s", "capabilities": ["c"]}])
    board.edit("a", set={"title": "", "spec": "", "capabilities": []})
    assert (row(board, "a")["title"], row(board, "a")["lane"], texts(board, "a")["spec"]) == (
        "",
        "",
        "",
    )


def test_what_is_appended_is_added_once_to_what_is_there(pair: Board) -> None:
    pair.edit("a", set={"spec": "first", "acceptance": ["one"], "paths": ["a.py"]})
    more = {"spec": "second", "acceptance": ["one", "two"], "paths": ["b.py"]}
    assert pair.edit("a", append=more).changed == ["spec", "acceptance", "paths"]
    assert texts(pair, "a")["spec"] == "first\n\nsecond"
    assert json.loads(texts(pair, "a")["acceptance"]) == ["one", "two"]
    assert json.loads(texts(pair, "a")["paths"]) == ["a.py", "b.py"]
    with refused(pair, "bad_request", "nothing to change: the task says so already"):
        pair.edit("a", append=more)
    pair.edit("a", append={"spec": "sec"})
    assert texts(pair, "a")["spec"] == "first\n\nsecond\n\nsec", "a paragraph is not part of one"
    pair.edit("b", append={"spec": "alone"}, set={"title": "B"})
    assert (texts(pair, "b")["spec"], row(pair, "b")["title"]) == ("alone", "B")


def test_what_is_appended_is_bounded_with_what_is_there_and_not_set_too(pair: Board) -> None:
    pair.edit("a", set={"spec": "x" * (limits.TEXT_BYTES - 10)})
    with refused(pair, "bad_request", "spec: "):
        pair.edit("a", append={"spec": "y" * 20})
    items = [str(n) for n in range(limits.ACCEPTANCE_ITEMS)]
    pair.edit("a", set={"acceptance": items})
    with refused(pair, "bad_request", "acceptance: "):
        pair.edit("a", append={"acceptance": ["more"]})
    with refused(pair, "bad_request", "paths cannot be set and added to at once"):
        pair.edit("a", set={"paths": []}, append={"paths": ["a.py"]})
    with refused(pair, "bad_request", "append.title"):
        pair.edit("a", append={"title": "x"})


def test_a_holder_may_append_what_it_may_set(pair: Board) -> None:
    """A worker without the right to plan."""
    hand = Board(pair.store, pair.name, Caller(credential="w", rights="work"))
    token = hand.claim(hand.join("w").session, task="a").lease or ""
    hand.edit("a", append={"paths": ["a.py"]}, lease=token)
    with refused(pair, "forbidden"):
        hand.edit("a", append={"acceptance": ["less"]}, lease=token)


def test_new_capabilities_change_who_is_offered_the_task(board: Board) -> None:
    board.add([{"key": "a"}])
    board.edit("a", set={"capabilities": ["gpu"]})
    none = board.claim(worker(board)).none
    assert none is not None
    assert none.reason == "not_for_you"
    assert claim(board, session=worker(board, "w", "gpu")).task == "a"


def test_a_higher_priority_is_offered_first(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    board.edit("b", set={"priority": 1})
    assert claim(board).task == "b"


def test_a_longer_estimate_moves_the_whole_chain_forward(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "x"}, {"key": "y", "needs": ["x"]}])
    assert board.edit("a", set={"estimate": 100}).version == 2
    board.edit("y", set={"estimate": 200})
    assert row(board, "x")["neg_rank"] == -201 * 60_000
    assert claim(board).task == "x"


def test_setting_what_is_there_already_changes_nothing(board: Board) -> None:
    board.add([{"key": "a", "title": "t"}])
    with refused(board, "bad_request", "nothing to change: the task says so already"):
        board.edit("a", set={"title": "t"})
    with refused(board, "bad_request", "nothing to change"):
        board.edit("a")


def test_the_holder_of_an_active_task_is_told_of_its_new_spec(board: Board) -> None:
    board.add([{"key": "a"}])
    lease(board, "a")
    board.edit("a", set={"spec": "other"})
    assert [(one["task"], one["data"]) for one in notices(board, "task_edited")] == [
        ("a", '{"changed":["spec"]}')
    ]


def test_an_edit_by_a_session_is_its_own_in_the_history(pair: Board) -> None:
    session = worker(pair, "ann")
    pair.edit("x", set={"spec": "look twice"}, session=session)
    (event,) = rows(pair, "SELECT actor FROM event WHERE kind = 'edited'")
    assert event["actor"].startswith("ann/")
    with refused(pair, "unknown_session"):
        pair.edit("x", set={"spec": "or thrice"}, session="s-nobody")


def test_the_holder_is_not_told_of_its_own_edit(board: Board) -> None:
    board.add([{"key": "a"}])
    board.edit("a", set={"spec": "other"}, lease=lease(board, "a"))
    assert notices(board, "task_edited") == []


# -- edges -------------------------------------------------------------------------------------


def test_a_new_hard_upstream_makes_a_ready_task_wait(pair: Board) -> None:
    reply = pair.edit("x", add_needs=["a"])
    assert (reply.state, reply.edges) == ("waiting", ["x needs a"])


def test_a_new_finished_upstream_leaves_it_ready(pair: Board) -> None:
    finish(pair, "a")
    assert pair.edit("x", add_needs=["a"]).state == "ready"


def test_dropping_the_last_upstream_makes_a_task_ready(pair: Board) -> None:
    reply = pair.edit("b", drop_needs=["a"])
    assert (reply.state, reply.edges) == ("ready", ["b no longer needs a"])
    assert edges(pair) == set()


def test_a_contract_that_goes_with_its_edge_is_named(pair: Board) -> None:
    pair.edit("b", contracts=[{"task": "a", "promise": "p"}])
    dropped = pair.edit("b", drop_needs=["a"], add_needs=["x"]).edges
    assert "b no longer needs a; their contract went with it" in dropped


def test_parts_that_answered_for_a_dropped_container_are_named(pair: Board) -> None:
    pair.edit("b", contracts=[{"task": "a", "promise": "p"}])
    pair.split("a", [{"key": "a1", "answers": ["b"]}, {"key": "a2"}])
    (said,) = pair.edit("b", drop_needs=["a"]).edges or []
    assert said.endswith("; their contract went with it; its parts answer no more: a1")


def test_a_soft_upstream_can_be_hardened_and_softened(pair: Board) -> None:
    pair.edit("x", add_soft=["a"])
    assert (state(pair, "x"), row(pair, "x")["soft_pending"]) == ("ready", 1)
    pair.edit("x", add_needs=["a"])
    assert (state(pair, "x"), row(pair, "x")["soft_pending"]) == ("waiting", 0)
    pair.edit("x", drop_needs=["a"], add_soft=["a"])
    assert (state(pair, "x"), row(pair, "x")["soft_pending"]) == ("ready", 1)


def test_a_contract_with_a_new_upstream_adds_the_edge(pair: Board) -> None:
    pair.edit("x", contracts=[{"task": "a", "promise": "p", "keys": ["k"]}])
    assert ("x", "a", "hard") in edges(pair)
    assert rows(pair, "SELECT promise, keys FROM edge WHERE promise <> ''") == [
        {"promise": "p", "keys": '["k"]'}
    ]


def test_a_contract_in_the_same_call_brings_a_dropped_need_back(pair: Board) -> None:
    pair.edit("b", contracts=[{"task": "a", "promise": "p"}])
    reply = pair.edit("b", drop_needs=["a"], contracts=[{"task": "a", "keys": ["k"]}])
    assert edges(pair) == {("b", "a", "hard")}
    assert rows(pair, "SELECT promise, keys FROM edge") == [{"promise": "", "keys": '["k"]'}]
    assert (reply.changed, reply.warnings) == (["needs", "contracts"], None)


@pytest.mark.parametrize("contract", [{"expect": "e"}, {"promise": "p"}, {"keys": ["k"]}, None])
def test_only_a_contract_that_there_was_is_said_to_be_gone(
    pair: Board, contract: dict[str, Any] | None
) -> None:
    if contract:
        pair.edit("b", contracts=[{"task": "a", **contract}])
    softened = pair.edit("b", drop_needs=["a"], add_soft=["a"])
    assert softened.warnings == (["b's contract with a went with the edge"] if contract else None)
    assert softened.changed == ["needs"]


def test_who_softens_a_need_is_told_that_its_contract_is_gone(pair: Board) -> None:
    pair.edit("b", contracts=[{"task": "a", "promise": "p"}])
    softened = pair.edit("b", drop_needs=["a"], add_soft=["a"])
    assert softened.warnings == ["b's contract with a went with the edge"]
    pair.edit("b", contracts=[{"task": "a", "promise": "p"}])
    assert pair.edit("b", drop_needs=["a"]).warnings is None, "that is what was asked for"


def test_who_writes_a_contract_with_a_soft_upstream_is_told_that_it_is_waited_for(
    pair: Board,
) -> None:
    pair.edit("x", add_soft=["a"])
    hardened = pair.edit("x", contracts=[{"task": "a", "promise": "p"}])
    assert hardened.warnings == ["a was soft: with a contract x waits for it"]
    assert hardened.state == "waiting"
    again = pair.edit("x", contracts=[{"task": "a", "promise": "q"}])
    assert again.warnings is None


def test_a_soft_edge_with_a_contract_is_hard_and_the_reply_says_so(pair: Board) -> None:
    contract = {"task": "a", "promise": "p"}
    for task, dropped in (("x", []), ("b", ["a"])):
        reply = pair.edit(task, drop_needs=dropped, add_soft=["a"], contracts=[contract])
        assert reply.warnings == [f"a is hard: with a contract {task} waits for it"]
        assert reply.state == "waiting"


def test_a_promise_of_what_is_done_is_answered_by_nobody_and_the_reply_says_so(
    pair: Board,
) -> None:
    finish(pair, "a", summary="x")
    contract = {"task": "a", "promise": "p"}
    edited = pair.edit("x", contracts=[contract]).warnings or []
    added = pair.add([{"key": "y", "contracts": [contract]}]).warnings or []
    assert [line.partition(";")[0] for line in (*edited, *added)] == [
        "a is done: it answers no promise to x any more",
        "a is done: it answers no promise to y any more",
    ]
    assert pair.edit("y", contracts=[{"task": "a", "keys": ["k"]}]).warnings is None


def test_a_promise_that_was_kept_when_its_task_was_done_stays_kept(board: Board) -> None:
    contract = {"task": "a", "promise": "p"}
    board.add([{"key": "a"}, {"key": "x", "contracts": [contract]}])
    finish(board, "a", summary="x", delivered={"x": "made"})
    board.edit("x", drop_needs=["a"])
    assert board.edit("x", contracts=[contract]).warnings is None
    assert (claim(board, "x").upstream or [])[0].delivered == "made"


def test_what_is_asked_of_a_done_task_is_done_by_rework_and_the_reply_says_so(pair: Board) -> None:
    finish(pair, "a")
    assert 'rework(task="a"' in pair.edit("a", set={"acceptance": ["is fast"]}).next
    assert "rework" not in pair.edit("a", set={"priority": 3}).next
    assert "rework" not in pair.edit("x", set={"spec": "otherwise"}).next


def test_what_is_needed_already_stays_hard_and_the_reply_says_so(pair: Board) -> None:
    reply = pair.edit("b", add_soft=["a"])
    assert reply.warnings == ["a stays hard: drop_needs in the same call makes it soft"]
    assert edges(pair) == {("b", "a", "hard")}


def test_a_refused_contract_with_a_soft_upstream_is_not_told_to_add_it_as_soft(
    pair: Board,
) -> None:
    pair.edit("x", add_soft=["a"])
    lease(pair, "x")
    with refused(pair, "wrong_state", "only its holder") as error:
        pair.edit("x", contracts=[{"task": "a", "promise": "p"}])
    assert error.value.next == "tell the holder"
    pair.rework("x", "wait for it", add_needs=["a"])
    finish_all(pair, "a", "x")
    pair.edit("x", drop_needs=["a"], add_soft=["a"])
    with refused(pair, "wrong_state", "add_needs=[...]") as error:
        pair.edit("x", contracts=[{"task": "a", "promise": "p"}])
    assert "soft" not in error.value.next


def test_a_contract_is_replaced_and_the_producer_told(pair: Board) -> None:
    lease(pair, "a")
    pair.edit("b", contracts=[{"task": "a", "promise": "p"}])
    pair.edit("b", contracts=[{"task": "a", "promise": "q"}])
    assert rows(pair, "SELECT promise FROM edge") == [{"promise": "q"}]
    told = [json.loads(one["data"]) for one in notices(pair, "contract_changed")]
    assert told == [{"consumer": "b", "promise": "p"}, {"consumer": "b", "promise": "q"}]


@pytest.mark.parametrize("verb", ["add", "edit"])
def test_who_works_on_a_task_is_told_what_a_new_consumer_relies_on(pair: Board, verb: str) -> None:
    ann = worker(pair, "ann")
    lease(pair, "a", ann)
    contract = {"task": "a", "expect": "e" * 2 * limits.NOTICE_TEXT_BYTES, "keys": ["port"]}
    if verb == "add":
        pair.add([{"key": "new", "contracts": [contract]}, {"key": "old", "needs": ["a"]}])
    else:
        pair.add([{"key": "new"}])
        pair.edit("new", add_needs=["a"], contracts=[contract])
    reply = pair.check(session=ann)
    (told,) = reply.notices or []
    data = told.data or {}
    assert (told.kind, data["consumer"], data["keys"]) == ("contract_changed", "new", ["port"])
    assert len(data["expect"]) <= limits.NOTICE_TEXT_BYTES
    assert told.more == 'graph(view="task", task="a") shows it whole'
    assert contract["expect"] in str(pair.graph(task="a").as_dict())
    assert reply.next == 'what a owes was changed: claim(task="a") gives its briefing anew; go on'


def test_the_holder_may_add_an_upstream_and_goes_back_to_waiting_uncharged(pair: Board) -> None:
    mine = lease(pair, "x")
    pair.check(mine, note="so far")
    reply = pair.edit("x", add_needs=["a"], lease=mine)
    assert reply.state == "waiting"
    assert reply.next.startswith("your lease is over, x waits with your notes; claim(")
    assert (row(pair, "x")["attempt"], texts(pair, "x")["note"]) == (0, "so far")
    finish(pair, "a")
    again = claim(pair, "x")
    assert (again.attempt, again.note) == (1, "so far")


def test_the_holder_keeps_its_lease_when_the_new_upstream_is_done(pair: Board) -> None:
    mine = lease(pair, "x")
    finish(pair, "a")
    assert pair.edit("x", add_needs=["a"], lease=mine).state == "active"
    pair.finish(mine, summary="ok")


def test_an_edge_may_be_dropped_from_an_active_task(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a")
    lease(board, "b")
    board.edit("b", drop_needs=["a"])
    assert [one["task"] for one in notices(board, "task_edited")] == ["b"]


def test_dropping_the_reopened_input_accepts_a_parked_delivery(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["b"]}])
    finish(board, "a")
    mine = lease(board, "b")
    board.rework("a", "hm")
    assert board.finish(mine, summary="ok").state == "review"
    board.edit("b", drop_needs=["a"])
    assert (state(board, "b"), state(board, "c")) == ("done", "ready")


def test_a_soft_upstream_may_be_added_to_a_task_in_any_state(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "u"}])
    finish(board, "a")
    assert board.edit("a", add_soft=["u"]).state == "done"


# -- refusals ----------------------------------------------------------------------------------


def test_a_circle_is_refused_and_named(pair: Board) -> None:
    with refused(pair, "cycle", "a needs b needs a") as error:
        pair.edit("a", add_needs=["b"])
    assert error.value.state["cycle"] == ["a", "b", "a"]


@pytest.mark.parametrize("how", ["add_needs", "add_soft", "contracts"])
def test_a_task_cannot_be_made_to_need_itself(pair: Board, how: str) -> None:
    change: dict[str, Any] = {how: [{"task": "a"}] if how == "contracts" else ["a"]}
    with refused(pair, "cycle", "a cannot need itself"):
        pair.edit("a", **change)


def test_a_soft_edge_cannot_close_a_circle(pair: Board) -> None:
    with refused(pair, "cycle"):
        pair.edit("a", add_soft=["b"])


def test_a_circle_of_a_thousand_is_named_shortly(board: Board) -> None:
    board.add([{"key": f"t{n}", "needs": [f"t{n - 1}"] if n else []} for n in range(1000)])
    with refused(board, "cycle", "t0 needs t999 needs", "more ...") as error:
        board.edit("t0", add_needs=["t999"])
    assert len(str(error.value.as_dict())) < 1000


def test_dropping_and_adding_in_one_call_may_turn_an_edge_round(pair: Board) -> None:
    with refused(pair, "cycle"):
        pair.edit("a", add_needs=["b"])
    pair.edit("b", drop_needs=["a"])
    pair.edit("a", add_needs=["b"])
    assert edges(pair) == {("a", "b", "hard")}


def test_somebody_elses_active_task_takes_no_hard_upstream(pair: Board) -> None:
    lease(pair, "x")
    with refused(pair, "wrong_state", "only its holder", "soft"):
        pair.edit("x", add_needs=["a"])


@pytest.mark.parametrize("how", ["done", "review", "cancelled"])
def test_a_task_past_its_work_takes_no_hard_upstream(pair: Board, how: str) -> None:
    pair.edit("x", set={"review": how == "review", "title": "t"})
    if how == "cancelled":
        pair.cancel(["x"])
    else:
        finish(pair, "x")
    with refused(pair, "wrong_state", f"x is {how}", "rework", "soft"):
        pair.edit("x", add_needs=["a"])


def test_a_reviewers_lease_does_not_edit_edges(board: Board) -> None:
    board.add([{"key": "a", "review": True}, {"key": "u"}])
    finish(board, "a")
    review = board.claim(worker(board, "judge"), "a").lease or ""
    with refused(board, "bad_request", "for the review of a"):
        board.edit("a", add_needs=["u"], lease=review)


def test_only_an_edge_that_is_there_can_be_dropped(pair: Board) -> None:
    with refused(pair, "bad_request", "a does not need x"):
        pair.edit("a", drop_needs=["x"])


def test_the_edge_to_a_part_cannot_be_dropped(board: Board) -> None:
    board.add([{"key": "big"}])
    board.split("big", [{"key": "b1"}])
    with refused(board, "bad_request", "b1 is a part", "cancel the part"):
        board.edit("big", drop_needs=["b1"])


@pytest.mark.parametrize("how", ["add_needs", "add_soft", "drop_needs", "contracts"])
def test_an_unknown_upstream_is_refused(pair: Board, how: str) -> None:
    change: dict[str, Any] = {how: [{"task": "ghost"}] if how == "contracts" else ["ghost"]}
    with refused(pair, "unknown_task", "ghost"):
        pair.edit("a", **change)


def test_one_bad_part_of_an_edit_undoes_the_rest(pair: Board) -> None:
    with refused(pair, "unknown_task"):
        pair.edit("x", set={"title": "new"}, add_needs=["a", "ghost"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "two\nlines"),
        ("spec", "\ud800"),
        ("spec", "\x00"),
        ("estimate", float("nan")),
        ("estimate", float("inf")),
        ("priority", 1000),
        ("capabilities", ["a,b"]),
        ("attempts", 0),
        ("budget", {"usd": float("nan")}),
        ("key", "other"),
        ("state", "done"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_a_hostile_value_is_refused_by_name(pair: Board, field: str, value: object) -> None:
    with refused(pair, "bad_request", f"set.{field}"):
        pair.edit("a", set={field: value})


def test_a_task_that_changed_meanwhile_is_not_edited(pair: Board) -> None:
    pair.edit("a", set={"title": "one"}, expect_version=1)
    with refused(pair, "version_conflict", "version 2, not 1") as error:
        pair.edit("a", set={"title": "two"}, expect_version=1)
    assert error.value.state["version"] == 2


def test_another_tasks_lease_does_not_edit(pair: Board) -> None:
    mine = lease(pair, "a")
    with refused(pair, "bad_request", "that lease is for a"):
        pair.edit("x", set={"title": "t"}, lease=mine)


def test_a_worker_edits_only_what_it_holds(pair: Board) -> None:
    weak = Board(pair.store, pair.name, Caller("weak", "work"))
    mine = lease(weak, "a")
    with refused(pair, "forbidden", "'plan'"):
        weak.edit("x", set={"title": "t"})
    assert weak.edit("a", set={"title": "t"}, lease=mine).changed == ["title"]


def test_a_lease_that_is_over_does_not_edit(pair: Board, clock: ManualClock) -> None:
    mine = lease(pair, "a")
    pair.finish(mine, summary="ok")
    with refused(pair, "stale_lease", "edit refused"):
        pair.edit("a", set={"title": "t"}, lease=mine)


def test_the_limit_of_upstreams_holds_for_edits(board: Board) -> None:
    board.add([{"key": f"u{n}"} for n in range(257)])
    board.add([{"key": "c", "needs": [f"u{n}" for n in range(256)]}])
    with refused(board, "limit_exceeded", "c has 256 upstreams"):
        board.edit("c", add_needs=["u256"])


def test_states_follow_pending_through_a_series_of_edits(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c"}])
    board.edit("c", add_needs=["a", "b"])
    finish(board, "a")
    assert states(board)["c"] == "waiting"
    board.edit("c", drop_needs=["b"])
    assert states(board)["c"] == "ready"
    board.edit("c", add_needs=["b"])
    assert states(board)["c"] == "waiting"


def test_a_contract_with_an_upstream_that_is_named_again_is_written(pair: Board) -> None:
    contract = {"task": "a", "expect": "a port", "promise": "the port"}
    pair.edit("b", add_needs=["a"], contracts=[contract])
    assert [(one.to, one.promise) for one in claim(pair, "a").owes or []] == [("b", "the port")]


def _lapsed(board: Board, clock: ManualClock) -> tuple[str, str]:
    """Whoever held `a`, and its lease, which has run out; nobody has claimed the task since."""
    board.add([{"key": "a"}])
    holder = worker(board, "ann")
    late = lease(board, "a", holder)
    for minutes in (61, 3):  # a silence of all puts expiry off
        clock.advance(minutes=minutes)
        worker(board)
    assert row(board, "a")["lapsed_session_id"]
    return holder, late


@pytest.mark.parametrize("verb", ["edit", "before"])
def test_a_late_holder_delivers_nothing_without_an_upstream_that_it_was_never_given(
    board: Board, clock: ManualClock, verb: str
) -> None:
    holder, late = _lapsed(board, clock)
    if verb == "edit":
        board.add([{"key": "new"}])
        board.edit("a", add_needs=["new"])
    else:
        board.add([{"key": "new", "before": ["a"]}])
    with pytest.raises(HeadwaterError, match="kept as salvage"):
        board.finish(late, summary="without the port")
    finish(board, "new", critical={"port": 80})
    got = claim(board, "a")
    assert [one.task for one in got.upstream or []] == ["new"]
    assert [one.summary for one in got.salvage or []] == ["without the port"]
    told = board.check(session=holder).notices or []
    assert "waits" in [(one.data or {}).get("why") for one in told]


def test_a_holder_whose_lease_has_lapsed_is_told_of_an_edit(
    board: Board, clock: ManualClock
) -> None:
    holder, _late = _lapsed(board, clock)
    board.edit("a", set={"spec": "in Rust"})
    told = board.check(session=holder)
    assert [one.task for one in told.leases] == ["a"]
    assert "task_edited" in [one.kind for one in told.notices or []]


def test_a_holder_that_hears_of_an_edit_is_shown_the_way_to_its_new_briefing(
    board: Board,
) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    ann = worker(board, "ann")
    token = lease(board, "a", ann)
    board.edit("b", set={"spec": "not hers"})
    assert board.check(token).next == "go on"
    board.edit("a", set={"spec": "in Rust"})
    assert board.check(token).next == (
        'a was edited: claim(task="a") gives its briefing anew; go on'
    )
    assert board.claim(ann, "a").spec == "in Rust"
    assert board.check(token).next == "go on"


def test_a_holder_is_told_what_was_added(board: Board) -> None:
    board.add([{"key": "a", "spec": "one"}])
    ann = worker(board, "ann")
    lease(board, "a", ann)
    more = "x" * 2 * limits.NOTICE_TEXT_BYTES
    board.edit("a", append={"spec": "\n" + more, "paths": ["a.py"]})
    (told,) = board.check(session=ann).notices or []
    assert told.data is not None
    assert told.more == 'graph(view="task", task="a") shows it whole'
    assert told.data["changed"] == ["spec", "paths"]
    added = told.data["added"]
    assert isinstance(added, dict)
    assert added["paths"] == ["a.py"]
    assert str(added["spec"]).startswith("xxx")
    assert len(str(added["spec"])) <= limits.NOTICE_TEXT_BYTES
    assert claim(board, "a", ann).spec == f"one\n\n{more}"


def test_a_paragraph_that_was_added_is_told_whole(board: Board) -> None:
    board.add([{"key": "a", "spec": "one"}])
    ann = worker(board, "ann")
    lease(board, "a", ann)
    board.edit("a", append={"spec": "A new wish of some length. " * 40})
    (told,) = board.check(session=ann).notices or []
    assert (told.data or {})["added"] == {"spec": ("A new wish of some length. " * 40)}
    assert told.more is None


def test_an_edit_of_a_container_leads_to_its_parts(board: Board) -> None:
    board.add([{"key": "a"}])
    board.split("a", into=[{"key": "b"}, {"key": "c"}, {"key": "d"}])
    finish(board, "b")
    said = board.edit("a", append={"spec": "and tables"}).next
    calls = 'edit(task="c", ...) or edit(task="d", ...)'
    assert f"a is split, and its parts go by what they say: {calls}" in said
    assert "workers get" in board.edit("a", set={"priority": 3}).next


def test_an_edit_of_a_container_that_is_done_leads_to_rework_of_a_part(board: Board) -> None:
    board.add([{"key": "a"}])
    board.split("a", into=[{"key": "b"}, {"key": "c"}])
    finish(board, "b")
    board.cancel(["c"])
    said = board.edit("a", append={"spec": "and tables"}).next
    assert 'rework(task="a"' in said


@pytest.mark.parametrize("how", ["a task", "a part of it"])
def test_who_works_on_what_a_dropped_need_was_promised_by_is_told(pair: Board, how: str) -> None:
    pair.edit("b", contracts=[{"task": "a", "promise": "p"}])
    if how == "a part of it":
        pair.split("a", [{"key": "a1", "answers": ["b"]}])
    lease(pair, "a" if how == "a task" else "a1")
    pair.edit("b", drop_needs=["a"])
    assert [json.loads(one["data"]) for one in notices(pair, "contract_changed")] == [
        {"consumer": "b"}
    ]


def test_a_contract_that_another_one_follows_at_once_is_told_once(pair: Board) -> None:
    pair.edit("b", contracts=[{"task": "a", "promise": "p"}])
    lease(pair, "a")
    pair.edit("b", drop_needs=["a"], contracts=[{"task": "a", "promise": "q"}])
    assert [json.loads(one["data"]) for one in notices(pair, "contract_changed")] == [
        {"consumer": "b", "promise": "q"}
    ]


@pytest.mark.parametrize("field", ["title", "spec", "acceptance"])
def test_who_says_anew_what_a_task_is_hears_that_contracts_stay(pair: Board, field: str) -> None:
    new = {field: ["new"] if field == "acceptance" else "new"}
    assert pair.edit("a", set={"priority": 2}).warnings is None
    assert pair.edit("a", set=new).warnings is None
    pair.edit("b", contracts=[{"task": "a", "promise": "p"}])
    assert pair.edit("a", set={"priority": 3}).warnings is None
    newer = {field: ["newer"] if field == "acceptance" else "newer"}
    assert pair.edit("a", set=newer).warnings == [
        "what a owes to b stays as their contracts say it: "
        'edit(task="b", contracts=[...]), if it is something else now'
    ]
