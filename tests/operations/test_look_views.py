"""The critical path, why nothing moves, who is there, recall, history."""

from __future__ import annotations

import pytest
from hands import claim, finish, lease, notices, worker

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.errors import BadRequest, Forbidden
from headwater.operations.caller import Caller
from headwater.verbs.look import GraphRequest


def test_the_critical_path_is_the_longest_by_estimate_not_by_number(board: Board) -> None:
    board.add(
        tasks=[
            {"key": "a", "estimate": 5},
            {"key": "long", "needs": ["a"], "estimate": 60},
            {"key": "b1", "needs": ["a"]},
            {"key": "b2", "needs": ["b1"]},
            {"key": "b3", "needs": ["b2"]},
            {"key": "end", "needs": ["long", "b3"], "estimate": 2},
        ]
    )
    reply = board.graph("critical")
    assert reply.critical == [
        {"key": "a", "state": "ready", "minutes": 5.0},
        {"key": "long", "state": "waiting", "minutes": 60.0},
        {"key": "end", "state": "waiting", "minutes": 2.0},
    ]
    assert reply.minutes == pytest.approx(67)


def test_what_is_done_or_cancelled_is_not_on_the_critical_path(board: Board) -> None:
    board.add(
        tasks=[
            {"key": "a", "estimate": 500},
            {"key": "b", "needs": ["a"], "estimate": 3},
            {"key": "c", "needs": ["b"], "estimate": 100},
        ]
    )
    finish(board, "a")
    board.cancel(["c"])
    reply = board.graph("critical")
    assert [one["key"] for one in reply.critical] == ["b"]
    assert reply.minutes == pytest.approx(3)


def test_a_container_adds_nothing_of_its_own_to_the_path(board: Board) -> None:
    board.add(
        tasks=[
            {"key": "whole", "estimate": 50},
            {"key": "after", "needs": ["whole"], "estimate": 4},
        ]
    )
    board.split("whole", into=[{"key": "p1", "estimate": 7}])
    reply = board.graph("critical")
    assert [one["key"] for one in reply.critical] == ["p1", "whole", "after"]
    assert reply.minutes == pytest.approx(11)


def test_a_long_critical_path_is_cut_and_still_summed(board: Board) -> None:
    board.add(tasks=[{"key": f"t{n}", "needs": [f"t{n - 1}"] if n else []} for n in range(80)])
    reply = board.graph("critical", limit=10)
    assert len(reply.critical) == 10
    assert reply.minutes == pytest.approx(80)
    assert reply.note == "70 more tasks down the chain"


def test_nothing_open_has_no_critical_path(board: Board) -> None:
    reply = board.graph("critical")
    assert (reply.critical, reply.minutes, reply.next) == ([], 0, "nothing is open")


def whys(board: Board) -> dict[str, dict[str, object]]:
    return {str(one["why"]): one for one in board.graph("stuck").stuck}


def test_held_and_failed_tasks_are_named_with_reason_and_who_waits(board: Board) -> None:
    board.add(
        tasks=[
            {"key": "h"},
            {"key": "f", "attempts": 1},
            {"key": "w1", "needs": ["h", "f"]},
            {"key": "w2", "needs": ["h"]},
        ]
    )
    board.finish(lease(board, "h"), "blocked", summary="which port?")
    board.finish(lease(board, "f"), "failed", summary="no compiler")
    found = whys(board)
    assert (found["held"]["task"], found["held"]["waiting"]) == ("h", 2)
    assert found["held"]["question"] == "which port?"
    assert (found["failed"]["task"], found["failed"]["waiting"]) == ("f", 1)
    assert found["failed"]["reason"] == "no compiler"
    assert "rework" in board.graph("stuck").next


def test_a_container_whose_parts_were_all_cancelled_is_shown_with_what_opens_it_again(
    board: Board,
) -> None:
    board.add([{"key": "big"}])
    board.split("big", [{"key": "p1"}, {"key": "p2"}])
    board.cancel(["p1", "p2"])
    assert whys(board)["held"]["parts"] == ["p1", "p2"]
    advice = "rework(task=PART, feedback"
    assert board.graph("stuck").next.startswith(advice)
    assert board.graph(task="big").next.startswith(advice)
    board.add([{"key": "h"}])
    board.finish(lease(board, "h"), "blocked", summary="which port?")
    assert "answers a held task; rework(task=PART" in board.graph("stuck").next

    board.rework("p1", "it is needed")
    assert board.graph(task="big").state == "split"
    finish(board, "p1")
    assert board.graph(task="big").next.startswith(advice), "one that is done, too"


def test_a_task_that_waits_for_a_cancelled_one_is_named(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    board.cancel(["a"])
    board.add(tasks=[{"key": "b", "needs": ["a"]}, {"key": "c", "soft": ["a"]}])
    worker(board)
    assert board.graph("stuck").stuck == [
        {"why": "upstream_cancelled", "task": "b", "upstream": "a"}
    ]


def test_ready_tasks_that_no_live_session_may_take_are_named(
    board: Board, clock: ManualClock
) -> None:
    board.add(tasks=[{"key": "a", "capabilities": ["gpu", "rust"]}, {"key": "b"}])
    assert [one["why"] for one in board.graph("stuck").stuck] == ["nobody_here"] * 2
    worker(board, "ann", "gpu")
    (one,) = board.graph("stuck").stuck
    assert one == {
        "why": "no_session",
        "ready": 1,
        "task": "a",
        "capabilities": ["gpu", "rust"],
    }
    worker(board, "bob", "rust", "gpu", "x")
    assert board.graph("stuck").stuck == []
    clock.advance(minutes=limits.SESSION_ALIVE_MS / 60_000 + 1)
    assert [one["why"] for one in board.graph("stuck").stuck] == ["nobody_here"] * 2


def test_a_task_that_is_kept_for_an_agent_that_is_not_there_is_named(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c"}])
    worker(board, "ann")
    finish(board, "a", outcome="handoff", to="ann")
    finish(board, "b", outcome="handoff")
    finish(board, "c", outcome="handoff", to="carl")
    clock.advance(minutes=10)
    worker(board, "ann")
    assert board.graph("stuck").stuck == [
        {"why": "kept_for", "task": "c", "agent": "carl", "in_s": 20 * 60}
    ]
    clock.advance(minutes=20)
    worker(board, "ann")
    assert board.graph("stuck").stuck == [], "it is anybody's by now"


def test_an_expired_lease_a_missing_review_and_a_pause_are_named(
    board: Board, clock: ManualClock
) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "r", "review": True}, {"key": "after", "needs": ["r"]}])
    finish(board, "r")
    lease(board, "a", worker(board, "ann"))
    clock.advance(minutes=59)
    board.add(tasks=[{"key": "late", "needs": ["after"]}])  # not all were silent
    clock.advance(minutes=2)
    board.pause("lunch")
    found = whys(board)
    assert found["lease_expired"]["task"] == "a"
    assert found["lease_expired"]["expired_s"] == 60
    assert str(found["lease_expired"]["holder"]).startswith("ann/")
    assert (found["needs_review"]["task"], found["needs_review"]["waiting"]) == ("r", 1)
    assert "paused" in found


def test_a_delivery_that_nobody_here_may_review_is_named_with_who_had_a_hand_in_it(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "r", "review": True, "capabilities": ["rust"]}])
    token = lease(board, "r", worker(board, "bob", "rust"))
    clock.advance(minutes=2)
    board.finish(token, "release")
    board.finish(lease(board, "r", worker(board, "ann", "rust")), summary="x")
    board.join("sub", capabilities=["rust"], parent=worker(board, "ann"))
    worker(board, "rob")  # who knows no Rust
    found = whys(board)["no_reviewer"]
    assert (found["not_by"], found["task"]) == (["ann", "bob"], "r")
    assert "nobody here may review it" in board.graph("stuck").next
    rita = worker(board, "rita", "rust")
    asked = whys(board)["needs_review"]
    assert (asked["not_by"], asked["capabilities"]) == (["ann", "bob"], ["rust"])
    clock.advance(minutes=20)
    assert "no_reviewer" in whys(board), "she has gone"
    assert board.claim(rita, kind="review").task == "r"


def test_a_list_of_obstacles_is_bounded_and_says_so(board: Board) -> None:
    board.add(tasks=[{"key": f"t{n}", "attempts": 1} for n in range(5)])
    for n in range(5):
        board.finish(lease(board, f"t{n}"), "failed", summary="x" * 5000)
    reply = board.graph("stuck", limit=2)
    assert len(reply.stuck) == 2
    assert reply.note is not None
    assert len(reply.model_dump_json(exclude_none=True)) < 2_000


def test_agents_shows_who_is_there_and_what_they_hold_and_no_token(
    board: Board, clock: ManualClock
) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "r", "review": True, "capabilities": ["gpu"]}])
    ann = worker(board, "ann", "gpu")
    bob = worker(board, "bob", "gpu")
    board.finish(lease(board, "r", worker(board, "cy", "gpu")), summary="x")
    held = [claim(board, "a", ann).lease, claim(board, "r", bob).lease]
    clock.advance(minutes=1)
    reply = board.graph("agents")
    by_agent = {one["agent"]: one for one in reply.agents}
    assert by_agent["ann"]["holds"] == [{"task": "a", "kind": "work", "until_s": 59 * 60}]
    assert by_agent["bob"]["holds"][0]["kind"] == "review"
    assert by_agent["ann"]["capabilities"] == ["gpu"]
    assert by_agent["ann"]["seen_s"] == 60
    text = reply.model_dump_json()
    assert not [secret for secret in (ann, bob, *held) if str(secret) in text]


def test_a_session_that_left_is_gone_and_a_silent_one_stays_while_it_holds_a_lease(
    board: Board, clock: ManualClock
) -> None:
    board.add(tasks=[{"key": "a"}])
    silent, idle, gone = (worker(board, agent) for agent in ("silent", "idle", "gone"))
    lease(board, "a", silent)
    board.check(session=gone, leave=True)
    assert {one["agent"] for one in board.graph("agents").agents} == {"silent", "idle"}
    clock.advance(minutes=30)
    assert [one["agent"] for one in board.graph("agents").agents] == ["silent"]
    assert idle


def test_agents_come_in_pages(board: Board) -> None:
    for n in range(5):
        worker(board, f"w{n}")
    first = board.graph("agents", limit=3)
    second = board.graph("agents", limit=3, cursor=first.cursor)
    found = [one["agent"] for one in [*first.agents, *second.agents]]
    assert (found, second.cursor) == ([f"w{n}" for n in range(5)], None)


def test_history_shows_the_newest_page_in_rising_order(board: Board) -> None:
    for n in range(6):
        board.add(tasks=[{"key": f"t{n}"}])
    newest = board.graph("history", limit=4)
    assert [one["revision"] for one in newest.events] == [3, 4, 5, 6]
    older = board.graph("history", limit=4, cursor=newest.cursor)
    assert [one["revision"] for one in older.events] == [1, 2]
    assert older.cursor is None


def test_history_since_a_revision_goes_onwards(board: Board) -> None:
    for n in range(6):
        board.add(tasks=[{"key": f"t{n}"}])
    first = board.graph("history", since=1, limit=3)
    second = board.graph("history", since=1, limit=3, cursor=first.cursor)
    found = [one["revision"] for one in [*first.events, *second.events]]
    assert (found, second.cursor) == ([2, 3, 4, 5, 6], None)
    assert board.graph("history", since=6).events == []
    begin = board.graph("history", since=0, limit=2)
    assert [one["revision"] for one in begin.events] == [1, 2]


def test_the_next_call_of_a_page_misses_nothing(board: Board) -> None:
    board.add(tasks=[{"key": key} for key in "abc"])
    for key in "abc":
        board.edit(key, set={"title": "another"})
    page = board.graph("history", since=1, limit=2)
    assert page.next == 'the same call with cursor="3" goes on'
    last = board.graph("history", since=1, limit=2, cursor="3", task="c")
    onwards = 'graph(view="history", task="c", since=4, wait=45) waits for what comes next'
    assert last.next == onwards
    page = board.graph("diff", since=1, limit=2)
    assert page.next == 'the same call with cursor="b", at=4 goes on'
    last = board.graph("diff", since=1, limit=2, cursor="b", at=4)
    assert last.next == 'graph(view="diff", since=4, wait=45) waits for what changes after this'


def test_history_ends_at_a_past_revision(board: Board) -> None:
    for n in range(6):
        board.add(tasks=[{"key": f"t{n}"}])
    assert [one["revision"] for one in board.graph("history", at=3).events] == [1, 2, 3]
    onwards = board.graph("history", at=3, since=1)
    assert [one["revision"] for one in onwards.events] == [2, 3]


def test_an_event_says_who_did_what_when_and_why(board: Board, clock: ManualClock) -> None:
    board.add(tasks=[{"key": "a"}])
    clock.advance(seconds=1.5)
    board.cancel(["a"], reason="not needed")
    assert board.graph("history", since=1).events == [
        {
            "revision": 2,
            "kind": "cancelled",
            "task": "a",
            "actor": "local",
            "at": "2027-01-15T08:00:01.500Z",
            "reason": "not needed",
        }
    ]


@pytest.mark.parametrize("how", ["rework", "release", "handoff", "blocked", "reject", "done"])
def test_a_reason_that_is_cut_says_so_and_where_it_is_whole(board: Board, how: str) -> None:
    said = "why it is so " * 40 + "to the end"
    board.add([{"key": "a", "review": how == "reject"}])
    if how == "done":
        board.done("a", said)
    elif how in ("rework", "reject"):
        finish(board, "a")
        if how == "rework":
            board.rework("a", said)
        else:
            board.finish(lease(board, "a", worker(board, "judge")), "reject", notes=said)
    else:
        board.finish(lease(board, "a"), how, summary=said)
    reply = board.graph("history", task="a", limit=1)
    (event,) = reply.events or []
    assert event["reason"] == f"{said[:400]} [...]"
    where = 'a reason that ends in [...] is whole in graph(view="task", task=KEY, at=REVISION)'
    assert reply.note == where
    whole = board.graph("task", task="a", at=int(event["revision"]))
    assert said in whole.model_dump_json()


def test_a_history_of_short_reasons_has_no_note_on_them(board: Board) -> None:
    board.add([{"key": "a"}])
    board.finish(lease(board, "a"), "release", summary="x" * 400)
    reply = board.graph("history", task="a", limit=1)
    assert [one["reason"] for one in reply.events or []] == ["x" * 400]
    assert reply.note is None


def test_the_history_of_a_task_has_its_events_and_what_others_did_to_it(board: Board) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c"}])
    finish(board, "c")
    finish(board, "a")
    kinds = [(one["kind"], one.get("task")) for one in board.graph("history", task="b").events]
    assert kinds == [("added", None), ("finished", "a")]


@pytest.mark.parametrize("view", ["history", "agents", "search"])
@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "older:x", "9" * 30, "٣"])
def test_a_cursor_that_was_not_given_out_is_refused(board: Board, view: str, cursor: str) -> None:
    with pytest.raises(BadRequest, match="cursor"):
        board.graph(view, cursor=cursor, query="x")


def test_whoever_may_observe_may_look(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    request = GraphRequest.parse({})
    assert board.call(request, Caller("c", "observe")).as_dict()["revision"] == 1
    with pytest.raises(Forbidden):
        Caller("c", "observe").demand("work", "claim")


def test_the_history_says_what_a_kind_does_not(board: Board) -> None:
    """Which parts a split made, which notice a message is, and who sent a delivery back."""
    board.add([{"key": "big"}, {"key": "a"}, {"key": "b", "needs": ["a"], "review": True}])
    board.split("big", [{"key": "p1"}, {"key": "p2"}])
    worker(board, "ann")
    ann = worker(board, "ann")
    board.tell("agent:ann", "hello", session=ann)
    finish(board, "a", critical={"port": 1})
    made = lease(board, "b")
    board.finish(made, summary="x")
    board.rework("b", "rather blue")
    board.finish(lease(board, "b"), summary="x")
    board.rework("a", "another port")
    finish(board, "a", critical={"port": 2})
    board.finish(lease(board, "b"), summary="x")
    review = board.claim(worker(board, "rob"), kind="review").lease
    board.finish(str(review), "reject", notes="no")
    events = board.graph("history").events
    assert next(one for one in events if one["kind"] == "split")["parts"] == ["p1", "p2"]
    message = next(one for one in events if one["kind"] == "told")
    assert message["reached"] == 1
    assert notices(board, "message")[0]["revision"] == message["revision"]
    back = [one for one in events if one["kind"] == "rejected"]
    said = [(one.get("how", ""), one["reason"]) for one in back]
    assert said[0] == ("by a rework, in review", "rather blue")
    assert said[1] == ("by itself: what it rests on has changed", "inputs changed: a: port")
    assert said[2] == ("", "no")
    assert back[1]["actor"] == "headwater"
    assert back[2]["actor"].startswith("rob/")


def test_the_history_says_what_was_set(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    board.edit("a", set={"title": "another", "priority": 2}, add_needs=["b"])
    board.policy(lease_minutes=7.5, review="always")
    board.policy(lease_minutes=60)
    board.budget(minutes=90, group="ui")
    events = board.graph("history", since=1).events or []
    assert [(one["kind"], one["changed"], one.get("group")) for one in events] == [
        ("edited", ["title", "priority", "needs"], None),
        ("policy", ["lease_minutes=7.5", "review=always"], None),
        ("policy", ["lease_minutes=60"], None),
        ("budget", ["minutes=90"], "ui"),
    ]


def test_the_history_says_what_was_told(board: Board) -> None:
    board.tell("all", "x" * 2 * limits.CHANGE_BYTES)
    board.tell("planners", "short")
    first, last = (board.graph("history").events or [])[-2:]
    assert last["text"] == "short"
    assert str(first["text"]).startswith("xxx")
    assert len(str(first["text"])) <= limits.CHANGE_BYTES


def test_nothing_is_stuck_where_nothing_is_left_to_do(board: Board) -> None:
    board.add([{"key": "a"}])
    worker(board)
    assert board.graph("stuck").next == "nothing is stuck: claim()"
    finish(board, "a")
    assert board.graph("stuck").next == "nothing is stuck, and nothing is left to do"
