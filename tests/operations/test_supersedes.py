"""`supersedes`: a corrective task that stands in another's place."""

from __future__ import annotations

import pytest
from hands import claim, edges, events, finish, lease, notices, refused, row, rows, state, states

from headwater import Board, limits


def test_the_consumers_wait_for_the_new_task_instead(board: Board) -> None:
    board.add([{"key": "old"}, {"key": "c", "needs": ["old"]}])
    board.add([{"key": "new", "supersedes": "old"}])
    assert edges(board) == {("c", "new", "hard"), ("new", "old", "soft")}
    assert states(board) == {"old": "cancelled", "new": "ready", "c": "waiting"}
    finish(board, "new")
    assert state(board, "c") == "ready"


def test_a_done_task_stays_done_and_its_ready_consumers_wait_again(board: Board) -> None:
    board.add([{"key": "old"}, {"key": "c", "needs": ["old"]}])
    finish(board, "old")
    board.add([{"key": "new", "supersedes": "old"}])
    assert states(board) == {"old": "done", "new": "ready", "c": "waiting"}


def test_contracts_move_to_the_new_task(board: Board) -> None:
    contract = {"task": "old", "expect": "e", "promise": "an api", "keys": ["k"]}
    board.add([{"key": "old"}, {"key": "c", "contracts": [contract]}])
    board.add([{"key": "new", "supersedes": "old"}])
    owed = claim(board, "new").owes
    assert owed is not None
    assert (owed[0].to, owed[0].promise, owed[0].expect, owed[0].keys) == (
        "c",
        "an api",
        "e",
        ["k"],
    )


def test_a_contract_survives_a_consumer_that_needs_both(board: Board) -> None:
    contract = {"task": "old", "promise": "an api"}
    board.add([{"key": "old"}, {"key": "c", "contracts": [contract]}])
    board.add([{"key": "new", "supersedes": "old", "before": ["c"]}])
    assert rows(board, "SELECT promise FROM edge WHERE kind = 'hard'") == [{"promise": "an api"}]


def test_two_contracts_of_a_consumer_become_one(board: Board) -> None:
    board.add([{"key": "old"}])
    board.add(
        [
            {"key": "c", "contracts": [
                {"task": "old", "expect": "paths", "promise": "an api", "keys": ["a", "b"]},
                {"task": "new", "expect": "types", "keys": ["b", "c"]},
            ]},
            {"key": "new", "supersedes": "old"},
        ]
    )  # fmt: skip
    owed = claim(board, "new").owes
    assert owed is not None
    assert [(one.expect, one.promise, one.keys) for one in owed] == [
        ("types", "an api", ["b", "c", "a"])
    ]
    assert board.verify() == []


def test_the_new_worker_sees_what_the_old_one_delivered(board: Board) -> None:
    board.add([{"key": "old"}])
    finish(board, "old", summary="half right", critical={"x": 1})
    board.add([{"key": "new", "supersedes": "old"}])
    seen = claim(board, "new").upstream
    assert seen is not None
    assert (seen[0].task, seen[0].summary, seen[0].critical) == ("old", "half right", {"x": 1})


def test_the_holder_of_the_old_task_is_told_and_fenced_off(board: Board) -> None:
    board.add([{"key": "old"}])
    late = lease(board, "old")
    board.add([{"key": "new", "supersedes": "old"}])
    assert [one["task"] for one in notices(board, "lease_lost")] == ["old"]
    with pytest.raises(Exception, match="superseded"):
        board.finish(late, summary="too late")
    assert state(board, "old") == "cancelled"


def test_an_active_consumer_is_told(board: Board) -> None:
    board.add([{"key": "old"}, {"key": "c", "needs": ["old"]}])
    finish(board, "old")
    lease(board, "c")
    board.add([{"key": "new", "supersedes": "old"}])
    told = notices(board, "upstream_superseded")
    assert [(one["task"], one["data"]) for one in told] == [("c", '{"old":"old","new":"new"}')]


def test_a_done_reader_is_reopened_when_the_new_result_differs(board: Board) -> None:
    board.add([{"key": "old"}, {"key": "c", "needs": ["old"]}])
    finish(board, "old", critical={"x": 1})
    finish(board, "c")
    board.add([{"key": "new", "supersedes": "old"}])
    assert state(board, "c") == "done"
    assert finish(board, "new", critical={"x": 2}).reopened == ["c"]
    assert state(board, "c") == "ready"


def test_one_that_is_superseded_is_not_redone_for_what_it_read(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a", critical={"v": 1})
    finish(board, "b")
    board.add([{"key": "c", "supersedes": "b"}])
    board.rework("a", "again", consumers="all")
    reply = finish(board, "a", critical={"v": 2})
    assert reply.reopened is None
    assert (state(board, "b"), state(board, "c")) == ("done", "ready")


def test_a_done_reader_is_left_alone_when_the_new_result_is_the_same(board: Board) -> None:
    board.add([{"key": "old"}, {"key": "c", "needs": ["old"]}])
    finish(board, "old", critical={"x": 1})
    finish(board, "c")
    board.add([{"key": "new", "supersedes": "old"}])
    assert finish(board, "new", critical={"x": 1}).reopened is None
    assert state(board, "c") == "done"


def test_it_never_waits_for_an_unfinished_task_that_it_supersedes(board: Board) -> None:
    board.add([{"key": "old"}])
    board.add([{"key": "new", "supersedes": "old", "needs": ["old"]}])
    assert states(board) == {"old": "cancelled", "new": "ready"}
    assert edges(board) == {("new", "old", "soft")}


def test_one_in_review_leaves_no_gate_behind(board: Board) -> None:
    board.add([{"key": "old", "review": True}])
    finish(board, "old")
    board.add([{"key": "new", "supersedes": "old"}])
    assert (state(board, "old"), row(board, "old")["gate"]) == ("cancelled", "")


def test_one_in_backoff_leaves_the_queue_for_good(board: Board) -> None:
    board.add([{"key": "old"}])
    finish(board, "old", outcome="failed")
    assert row(board, "old")["due_ms"] > 0
    board.add([{"key": "new", "supersedes": "old"}])
    assert row(board, "old")["due_ms"] == 0


def test_the_replacement_of_a_part_keeps_the_container_open(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "c", "needs": ["a"]}])
    board.split("a", [{"key": "a1"}])
    board.add([{"key": "new", "supersedes": "a1"}])
    assert states(board)["a"] == "split"
    finish(board, "new")
    assert (state(board, "a"), state(board, "c")) == ("done", "ready")


def test_the_replacement_of_a_done_part_reopens_the_container(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "c", "needs": ["a"]}])
    board.split("a", [{"key": "a1"}])
    finish(board, "a1")
    board.add([{"key": "new", "supersedes": "a1"}])
    assert (state(board, "a"), state(board, "c")) == ("split", "waiting")
    finish(board, "new")
    assert (state(board, "a"), state(board, "c")) == ("done", "ready")


def test_the_replacement_of_a_cancelled_part_is_counted_once(board: Board) -> None:
    board.add([{"key": "a"}])
    board.split("a", [{"key": "a1"}, {"key": "a2"}])
    board.cancel(["a1"])
    board.add([{"key": "new", "supersedes": "a1"}])
    assert row(board, "a")["parts_open"] == 2
    finish(board, "a2")
    assert state(board, "a") == "split"
    finish(board, "new")
    assert state(board, "a") == "done"


def test_a_new_task_that_needs_a_consumer_of_the_old_one_closes_a_circle(board: Board) -> None:
    board.add([{"key": "old"}, {"key": "c", "needs": ["old"]}])
    with refused(board, "cycle", "c needs new needs c"):
        board.add([{"key": "new", "supersedes": "old", "needs": ["c"]}])


def test_a_task_is_superseded_once(board: Board) -> None:
    board.add([{"key": "old"}])
    board.add([{"key": "new", "supersedes": "old"}])
    with refused(board, "wrong_state", "superseded already", "stands in its place"):
        board.add([{"key": "newer", "supersedes": "old"}])
    board.add([{"key": "newer", "supersedes": "new"}])
    assert state(board, "new") == "cancelled"


@pytest.mark.parametrize("then", ["split", "done", "held", "cancelled"])
def test_a_container_cannot_be_superseded_and_its_parts_can(board: Board, then: str) -> None:
    """Its consumers have read what its parts delivered, and are compared with these."""
    asks = {"key": "c", "contracts": [{"task": "old", "promise": "say k", "keys": ["k"]}]}
    board.add([{"key": "old"}, asks])
    board.split("old", [{"key": "o1"}, {"key": "o2", "needs": ["o1"]}])
    if then == "done":
        finish(board, "o1")
        finish(board, "o2", critical={"k": 1}, delivered={"c": "k is 1"})
        finish(board, "c")
    elif then == "held":
        board.cancel(["o1", "o2"])
    elif then == "cancelled":
        board.cancel(["old"], dependents="release")
    assert state(board, "old") == then
    with refused(board, "wrong_state", "old is a container", "supersedes=PART") as error:
        board.add([{"key": "new", "supersedes": "old"}])
    assert error.value.state["parts"] == ["o1", "o2"]
    board.add([{"key": "new", "supersedes": "o2"}])
    assert state(board, "old") == "split"
    if then == "done":
        ended = finish(board, "new", critical={"k": 2}, delivered={"c": "k is 2"})
        assert ended.reopened == ["c"]
        assert next(up.task for up in claim(board, "c").upstream) == "new"
    assert board.verify() == []


def test_a_task_cannot_supersede_itself_or_one_of_its_own_batch(board: Board) -> None:
    with refused(board, "bad_request", "cannot supersede a"):
        board.add([{"key": "a", "supersedes": "a"}])
    with refused(board, "bad_request", "cannot supersede a"):
        board.add([{"key": "a"}, {"key": "b", "supersedes": "a"}])


def test_two_tasks_of_a_batch_cannot_supersede_the_same_one(board: Board) -> None:
    board.add([{"key": "old"}])
    with refused(board, "wrong_state", "superseded already"):
        board.add([{"key": "n1", "supersedes": "old"}, {"key": "n2", "supersedes": "old"}])


def test_the_log_tells_what_happened(board: Board) -> None:
    board.add([{"key": "old"}])
    board.add([{"key": "new", "supersedes": "old"}])
    assert events(board, "old") == ["cancelled", "superseded"]


def test_chains_that_end_in_the_old_task_are_ranked_again(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "old", "needs": ["up"], "estimate": 50}])
    board.add([{"key": "new", "supersedes": "old"}])
    assert row(board, "up")["neg_rank"] == -60_000


# -- what the new task's worker is given ---------------------------------------------------------


def test_the_new_worker_gets_the_feedback_and_the_attempts_of_the_old_task(board: Board) -> None:
    board.add([{"key": "old", "review": True}])
    finish(board, "old", summary="first")
    board.rework("old", "the port is wrong")
    finish(board, "old", outcome="failed", summary="no port is free")
    board.add([{"key": "new", "supersedes": "old"}])
    got = claim(board, "new")
    assert [(one["task"], one["text"]) for one in got.feedback or []] == [
        ("old", "the port is wrong")
    ]
    assert [(one.task, one.outcome, one.reason) for one in got.tried or []] == [
        ("old", "failed", "no port is free"),
        ("old", "done", None),
    ]


def test_the_salvage_of_the_old_task_reaches_the_new_worker(board: Board) -> None:
    board.add([{"key": "old"}])
    late = lease(board, "old")
    board.add([{"key": "new", "supersedes": "old"}])
    with pytest.raises(Exception, match="superseded"):
        board.finish(late, summary="nearly there")
    assert [(one.task, one.summary) for one in claim(board, "new").salvage or []] == [
        ("old", "nearly there")
    ]


def test_the_new_tasks_own_feedback_comes_last(board: Board) -> None:
    board.add([{"key": "old"}])
    finish(board, "old")
    board.rework("old", "first")
    board.add([{"key": "new", "supersedes": "old"}])
    finish(board, "new")
    board.rework("new", "second")
    assert [one["text"] for one in claim(board, "new").feedback or []] == ["first", "second"]


# -- for good ------------------------------------------------------------------------------------


@pytest.fixture
def corrected(board: Board) -> Board:
    """up <- old <- c, with `new` in the place of `old`, all of it done."""
    board.add([{"key": "up"}, {"key": "old", "needs": ["up"]}, {"key": "c", "needs": ["old"]}])
    finish(board, "up", critical={"base": 1})
    finish(board, "old", summary="wrong", critical={"x": 1})
    board.add([{"key": "new", "supersedes": "old"}])
    finish(board, "new", summary="right", critical={"x": 2})
    return board


def test_consumers_see_the_new_result_only_and_no_conflict(corrected: Board) -> None:
    got = claim(corrected, "c")
    assert {one.task: one.critical for one in got.upstream or []} == {
        "new": {"x": 2},
        "up": {"base": 1},
    }
    assert got.conflicts is None


def test_a_far_consumer_sees_the_new_result_only(corrected: Board) -> None:
    corrected.add([{"key": "far", "needs": ["c"]}])
    finish(corrected, "c")
    assert "old" not in {one.task for one in claim(corrected, "far").upstream or []}


def test_a_task_added_later_needs_the_one_that_stands_in_the_place(corrected: Board) -> None:
    contract = {"task": "old", "expect": "x", "keys": ["x"]}
    reply = corrected.add([{"key": "later", "needs": ["old", "new"]}])
    assert reply.edges == ["later needs new"]
    assert reply.warnings == ["old was superseded: new stands in its place"]
    corrected.add([{"key": "other", "soft": ["old"]}, {"key": "third", "contracts": [contract]}])
    assert {("later", "new", "hard"), ("other", "new", "soft"), ("third", "new", "hard")} < edges(
        corrected
    )
    assert (claim(corrected, "third").upstream or [])[0].expect == "x"


def test_an_edge_added_later_leads_to_the_one_that_stands_in_the_place(corrected: Board) -> None:
    corrected.add([{"key": "later"}])
    reply = corrected.edit("later", add_needs=["old"], contracts=[{"task": "old", "expect": "x"}])
    assert reply.edges == ["later needs new"]
    assert reply.warnings == ["old was superseded: new stands in its place"]
    corrected.edit("later", drop_needs=["old"])
    assert not {edge for edge in edges(corrected) if edge[0] == "later"}


@pytest.mark.parametrize(("field", "kind"), [("add_needs", "hard"), ("add_soft", "soft")])
def test_each_kind_of_edge_is_led_to_it(corrected: Board, field: str, kind: str) -> None:
    corrected.add([{"key": "later"}])
    corrected.edit("later", **{field: ["old", "new"]})
    assert ("later", "new", kind) in edges(corrected)


def test_what_goes_before_the_old_task_goes_before_the_one_in_its_place(board: Board) -> None:
    board.add([{"key": "old"}])
    board.add([{"key": "new", "supersedes": "old"}])
    board.add([{"key": "first", "before": ["old"]}])
    assert {one for one in edges(board) if one[1] == "first"} == {("new", "first", "hard")}


def test_the_new_task_may_drop_what_it_supersedes_and_need_it_again(corrected: Board) -> None:
    corrected.edit("new", drop_needs=["old"])
    assert ("new", "old", "soft") not in edges(corrected)
    corrected.edit("new", add_soft=["old"])
    assert ("new", "old", "soft") in edges(corrected)
    corrected.add([{"key": "newer", "supersedes": "new"}])
    corrected.edit("new", drop_needs=["old"])
    assert ("new", "old", "soft") not in edges(corrected)


def test_sending_the_old_task_back_sends_back_the_one_in_its_place(corrected: Board) -> None:
    reply = corrected.rework("old", "x is still wrong")
    assert (reply.task, reply.state) == ("new", "ready")
    assert "old was superseded" in reply.next
    assert states(corrected)["old"] == "done"
    assert states(corrected)["c"] == "waiting"
    assert [one["text"] for one in claim(corrected, "new").feedback or []] == ["x is still wrong"]


def test_a_worker_that_knows_only_the_old_name_may_send_it_back(corrected: Board) -> None:
    reply = corrected.rework("old", "x is still wrong", lease=lease(corrected, "c"))
    assert (reply.task, reply.requester) == ("new", "c")


def test_the_last_of_a_line_of_corrections_stands_for_all(corrected: Board) -> None:
    corrected.add([{"key": "newer", "supersedes": "new"}])
    corrected.add([{"key": "later", "needs": ["old"]}])
    assert ("later", "newer", "hard") in edges(corrected)
    finish(corrected, "newer", critical={"x": 3})
    assert corrected.rework("old", "hm").task == "newer"
    assert [one.task for one in claim(corrected, "newer").upstream or []] == ["new", "up"]


def test_the_views_show_who_stands_in_whose_place(corrected: Board) -> None:
    assert corrected.graph(task="old").superseded_by == "new"
    assert corrected.graph(task="new").supersedes == "old"
    listed = {one["key"]: one for one in corrected.graph().tasks}
    assert listed["old"]["superseded_by"] == "new"
    assert "superseded_by" not in listed["new"]


def test_a_reader_of_the_corrected_result_is_compared_with_later_rounds_of_it(
    corrected: Board,
) -> None:
    finish(corrected, "c")
    corrected.rework("old", "again")
    assert finish(corrected, "new", critical={"x": 2}).reopened is None
    corrected.rework("old", "again")
    assert finish(corrected, "new", critical={"x": 3}).reopened == ["c"]


@pytest.mark.parametrize("verb", ["add", "edit"])
def test_two_contracts_that_turn_out_to_be_with_one_task_are_refused(
    board: Board, verb: str
) -> None:
    board.add([{"key": "old"}, {"key": "c"}])
    board.add([{"key": "new", "supersedes": "old"}])
    contracts = [{"task": "old", "promise": "a port"}, {"task": "new", "promise": "a host"}]
    with refused(board, "bad_request", "two contracts", "new"):
        if verb == "add":
            board.add([{"key": "d", "contracts": contracts}])
        else:
            board.edit("c", contracts=contracts)


def test_of_a_container_with_many_parts_the_first_are_named(board: Board) -> None:
    parts = [f"p{n:02}" for n in range(limits.KEYS_SHOWN + 1)]
    board.add([{"key": "old"}])
    board.split("old", [{"key": part} for part in parts])
    with refused(board, "wrong_state", "old is a container") as error:
        board.add([{"key": "new", "supersedes": "old"}])
    assert error.value.state["parts"] == parts[:-1]
