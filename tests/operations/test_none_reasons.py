"""When there is nothing to claim: every reason, its count, and what resolves it soonest."""

from __future__ import annotations

from typing import Any, Literal, cast

import pytest
from hands import finish, lease, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.operations.caller import Caller
from headwater.verbs.work import Briefing, Nothing


def _none(got: Briefing) -> Nothing:
    assert got.none is not None, got.task
    return got.none


def _why(board: Board, session: str = "", **arguments: Any) -> Nothing:
    return _none(board.claim(session or worker(board, "asker"), **arguments))


def test_an_empty_board_is_empty_and_not_all_done(board: Board) -> None:
    assert _why(board).reason == "empty"
    advice = board.claim(worker(board)).next
    assert "stop" not in advice
    assert advice.startswith("claim(wait=45) waits for tasks, if you are here to work; ")


def test_a_board_whose_tasks_are_all_done_or_cancelled_is_all_done(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    finish(board, "a")
    board.cancel(["b"])
    got = board.claim(worker(board))
    assert _none(got).reason == "all_done"
    assert _none(got).counts == {"done": 1, "cancelled": 1}
    assert "stop" in got.next
    board.pause()
    assert _why(board).reason == "paused"


def test_a_message_to_planners_may_bring_more_work_for_a_while(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    bob = worker(board, "bob")
    got = lease(board, "a", bob)
    board.tell("planners", "which calendar?", session=worker(board, "ann"))
    board.tell("planners", "the spec forgets the time zones", session=bob)
    said = board.finish(got, summary="x").next or ""
    assert "claim(wait=45)" in said
    assert "bob/1 told planners something" in said, "the newest"
    assert "stop" not in said
    none = board.claim(worker(board, "asker"))
    assert _none(none).reason == "planners_asked"
    assert said.endswith(none.next)
    clock.advance(minutes=6)
    assert _why(board).reason == "all_done"


def test_a_message_to_others_about_a_task_or_elsewhere_keeps_nobody(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    bob = worker(board, "bob")
    board.tell("all", "done soon", session=bob)
    finish(board, "a")
    board.finish(lease(board, "b", bob), "failed", summary="no compiler")
    board.cancel(["b"], session=bob)
    Board(board.store, "other", board.caller).tell("planners", "stuck")
    assert _why(board).reason == "all_done", "what planners are told by the board is no message"


def test_only_all_done_says_stop(board: Board, clock: ManualClock) -> None:
    seen: dict[str, str] = {}

    def look(session: str = "") -> None:
        got = board.claim(session or worker(board, "asker"))
        if got.none is not None:
            seen[got.none.reason] = got.next

    look()
    board.add([{"key": "a", "capabilities": ["gpu"]}])
    look()
    board.pause()
    look()
    board.resume()
    gpu = worker(board, "g", "gpu")
    token = lease(board, "a", gpu)
    look()
    board.finish(token, "failed", summary="no")
    look()
    clock.advance(minutes=5)
    board.finish(lease(board, "a", gpu), "blocked", summary="which?")
    look()
    board.answer("a", "this")
    board.edit("a", set={"review": True})
    board.finish(lease(board, "a", gpu), summary="x")
    look()
    board.finish(board.claim(worker(board, "r", "gpu"), kind="review").lease or "", "approve")
    look()
    assert set(seen) == {
        "empty",
        "not_for_you",
        "paused",
        "wait",
        "backoff",
        "stuck",
        "needs_review",
        "all_done",
    }
    assert [reason for reason, advice in seen.items() if "stop" in advice] == ["all_done"]
    assert [reason for reason, advice in seen.items() if "claim(wait=45)" not in advice] == [
        "all_done"
    ]


def test_a_paused_board_says_so(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "capabilities": ["gpu"]}])
    board.pause()
    none = _why(board)
    assert (none.reason, none.counts, none.capabilities) == ("paused", {}, None)


def test_wait_names_what_is_active_who_holds_it_and_what_it_frees(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["a", "b"]}])
    board.add([{"key": "d", "needs": ["b"], "soft": ["a"]}])
    lease(board, "a", worker(board, "ann"))
    none = _why(board)
    assert (none.reason, none.counts) == ("wait", {"active": 1, "waiting": 3})
    assert none.active is not None
    assert none.active[0]["task"] == "a"
    assert str(none.active[0]["by"]).startswith("ann/")
    assert (none.active[0]["until_s"], none.active[0]["frees"]) == (3600, ["b"])


@pytest.mark.parametrize("kind", ["review", "handoff"])
def test_who_asks_for_one_kind_is_told_of_the_tasks_that_are_ready(
    board: Board, kind: Literal["review", "handoff"]
) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c", "needs": ["a"]}])
    session = worker(board)
    got = board.claim(session, kind=kind)
    assert got.none is not None
    assert (got.none.counts["ready"], got.none.reason) == (2, "wait")
    said = {"handoff": "claim() without kind looks at what is", "review": "what is ready is work"}
    assert f"; {said[kind]}" in got.next
    lease(board, "a", worker(board))
    lease(board, "b", worker(board))
    got = board.claim(session, kind=kind)
    assert got.none is not None
    assert "ready" not in got.none.counts
    assert "ready" not in got.next


@pytest.mark.parametrize("kind", ["review", "handoff"])
def test_what_is_ready_for_others_is_no_reason_why_there_is_none_of_another_kind(
    board: Board, kind: Literal["review", "handoff"]
) -> None:
    board.add([{"key": "a"}, {"key": "b", "capabilities": ["gpu"]}])
    none = _why(board, kind=kind)
    assert (none.reason, none.capabilities) == ("wait", None)
    assert none.counts == {"ready": 2}


def test_wait_says_how_long_a_holder_has_made_no_call(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    ann = worker(board, "ann")
    lease(board, "a", ann)
    clock.advance(minutes=2)
    assert "seen_s" not in (_why(board).active or [{}])[0]
    clock.advance(minutes=4)
    board.renew([ann])
    assert (_why(board).active or [{}])[0]["seen_s"] == 360
    stuck = board.graph(view="stuck")
    held = {"why": "quiet", "task": "a", "holder": "ann/1", "seen_s": 360, "waiting": 1}
    assert stuck.stuck == [held], "all wait for it"
    assert "rework(task, feedback) takes the task away" in (stuck.next or "")
    board.check(session=ann)
    assert board.graph(view="stuck").stuck == []


def test_who_waits_hears_of_a_holder_that_hangs(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    ann, lead = worker(board, "ann"), worker(board, "lead")
    low = Board(board.store, board.name, Caller(credential="w", rights="work"))
    helper = worker(low, "helper")
    lease(board, "a", ann)
    clock.advance(minutes=4)
    board.renew([ann])
    idle = "claim() takes the next task"
    said = f'{idle}; ann/1 holds a and makes no calls: graph(view="stuck")'
    assert board.check(session=lead).next == said
    ask = '; ann/1 holds a and makes no calls: tell(to="planners", text=...)'
    assert low.check(session=helper).next == f"{idle}{ask}"
    assert low.claim(helper).next.endswith(ask)
    assert board.claim(lead).next == (
        "claim(wait=45) waits for the next task; ann/1 holds a and makes no calls: "
        'graph(view="stuck")'
    )
    assert board.check(session=ann).next == "go on"
    assert board.check(session=lead).next == idle


def test_a_holder_is_not_asked_after_before_the_estimate_of_its_task_is_over(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a", "estimate": 8}, {"key": "b", "needs": ["a"]}])
    ann, lead = worker(board, "ann"), worker(board, "lead")
    lease(board, "a", ann)
    clock.advance(minutes=7)
    board.renew([ann])
    assert "makes no calls" not in board.claim(lead).next
    assert board.graph(view="stuck").stuck == []
    clock.advance(minutes=2)
    board.renew([ann])
    assert "ann/1 holds a and makes no calls" in board.claim(lead).next


@pytest.mark.parametrize(
    "others",
    [[], [{"key": "b", "needs": ["a"]}, {"key": "c"}]],
    ids=["nobody waits", "others have work"],
)
def test_a_silent_holder_that_holds_nobody_up_is_named_after_ten_minutes(
    board: Board, clock: ManualClock, others: list[dict[str, Any]]
) -> None:
    board.add([{"key": "a"}, {"key": "z", "needs": ["y"]}, {"key": "y", "attempts": 1}, *others])
    ann, bob = worker(board, "ann"), worker(board, "bob")
    lease(board, "a", ann)
    lease(board, "y", bob)
    for seen in ([], [("quiet", "a")]):
        clock.advance(minutes=6)
        board.check(session=bob)
        board.renew([ann])
        stuck = board.graph(view="stuck").stuck
        assert [(one["why"], one["task"]) for one in stuck] == seen


def test_the_end_of_a_lease_is_named_where_its_holder_is_silent_or_has_not_renewed_it(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    bob = worker(board, "bob")
    lease(board, "a", silent := worker(board, "ann"))
    lease(board, "b", bob)
    assert _why(board).soonest is None, "whoever is there renews its lease"
    clock.advance(minutes=20)
    board.check(session=bob)
    assert _why(board).soonest == {"reason": "lease", "task": "a", "in_s": 2400}
    board.check(session=silent)
    assert _why(board).soonest is None
    clock.advance(minutes=59, seconds=20)
    board.join("bob", session=bob)
    soonest = _why(board).soonest
    assert soonest is not None
    assert (soonest["reason"], soonest["in_s"]) == ("lease", 40)


def test_backoff_says_when_the_next_try_is_due(board: Board) -> None:
    board.add([{"key": "a"}])
    retry = finish(board, "a", outcome="failed", summary="flaky").retry_in_s
    none = _why(board)
    assert (none.reason, none.counts) == ("backoff", {"backoff": 1})
    assert none.soonest == {"reason": "backoff", "task": "a", "in_s": retry}


def test_a_failed_try_that_waits_for_its_upstream_again_is_no_backoff(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    finish(board, "a")
    finish(board, "b", outcome="failed", summary="flaky")
    board.rework("a", "once more")
    lease(board, "a")
    none = _why(board)
    assert none.counts == {"active": 1, "waiting": 1}
    assert none.soonest is None
    assert not [one for one in board.graph("stuck").stuck if one["why"] == "backoff"]


def test_stuck_names_the_failed_and_the_held_tasks(board: Board) -> None:
    board.add([{"key": "f", "attempts": 1}, {"key": "h"}, {"key": "w", "needs": ["f", "h"]}])
    finish(board, "f", outcome="failed", summary="no")
    finish(board, "h", outcome="blocked", summary="which?")
    none = _why(board)
    assert (none.reason, none.counts) == ("stuck", {"stuck": 2, "waiting": 1})
    assert none.blocked_by == [
        {"task": "f", "state": "failed"},
        {"task": "h", "state": "held"},
    ]


def test_needs_review_counts_the_deliveries_that_nobody_reviews(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    author = worker(board, "ann")
    board.finish(lease(board, "a", author), summary="x")
    none = _why(board, author)
    assert (none.reason, none.counts) == ("needs_review", {"needs_review": 1, "review": 1})


def test_a_review_under_way_is_something_to_wait_for(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    finish(board, "a")
    board.claim(worker(board, "rob"), kind="review")
    none = _why(board)
    assert (none.reason, none.counts) == ("wait", {"review": 1})


def test_not_for_you_names_the_capabilities_that_are_missing(board: Board) -> None:
    board.add([{"key": "a", "capabilities": ["gpu", "rust"]}])
    got = board.claim(worker(board))
    assert (_none(got).reason, _none(got).counts) == ("not_for_you", {"not_for_you": 1})
    assert _none(got).capabilities == ["gpu", "rust"]
    assert "join again if you have these capabilities" in got.next


def test_capabilities_are_named_only_of_what_somebody_could_take_now(board: Board) -> None:
    board.policy(paths="refuse")
    board.add(
        [
            {"key": "kept"},
            {"key": "failed", "capabilities": ["gpu"]},
            {"key": "busy", "paths": ["src/**"]},
            {"key": "parked", "paths": ["src/a.py"], "capabilities": ["arm"]},
            {"key": "done", "capabilities": ["rust"]},
        ]
    )
    able = worker(board, "able", "gpu", "arm", "rust")
    finish(board, "kept", outcome="handoff", to="ann", notes="yours")
    board.finish(lease(board, "failed", able), "failed", notes="no")
    board.finish(lease(board, "done", able))
    lease(board, "busy")
    assert _why(board, able).counts["paths_busy"] == 1
    Board(board.store, "other", board.caller).add([{"key": "a", "capabilities": ["rust"]}])
    none = _why(board)
    assert none.counts == {"active": 1, "backoff": 1, "not_for_you": 1}
    assert none.capabilities is None


def test_a_task_handed_to_another_agent_is_not_for_you_until_it_is_anybodys(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", outcome="handoff", to="ann", notes="you know it")
    got = board.claim(worker(board))
    assert got.none is not None
    assert got.none.reason == "not_for_you"
    assert got.none.soonest == {"reason": "handoff", "in_s": 1800}
    assert "handed on to others" in got.next
    clock.advance(minutes=30)
    assert board.claim(worker(board)).task == "a"


def test_of_several_tasks_handed_to_others_the_one_that_opens_first_is_the_soonest(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c"}])
    for key in ("b", "a", "c"):
        finish(board, key, outcome="handoff", to="ann", notes="you know it")
        clock.advance(minutes=5)
    assert _why(board).soonest == {"reason": "handoff", "in_s": 900}


def test_several_reasons_are_counted_side_by_side(board: Board) -> None:
    board.add(
        [
            {"key": "active"},
            {"key": "backoff"},
            {"key": "held"},
            {"key": "review", "review": True},
            {"key": "gpu", "capabilities": ["gpu"]},
        ]
    )
    finish(board, "backoff", outcome="failed", summary="no")
    finish(board, "held", outcome="blocked", summary="which?")
    asker = worker(board, "asker")
    board.finish(lease(board, "review", asker), summary="x")
    lease(board, "active")
    assert _why(board, asker).counts == {
        "active": 1,
        "review": 1,
        "backoff": 1,
        "needs_review": 1,
        "stuck": 1,
        "not_for_you": 1,
    }


def test_the_soonest_of_several_moments_is_named(board: Board) -> None:
    board.add([{"key": "active"}, {"key": "backoff"}])
    finish(board, "backoff", outcome="failed", summary="no")
    lease(board, "active")
    soonest = _why(board).soonest
    assert soonest is not None
    assert (soonest["reason"], soonest["task"]) == ("backoff", "backoff")


def test_the_lease_that_ends_first_is_the_soonest(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    lease(board, "b")
    clock.advance(minutes=10)
    lease(board, "a")
    clock.advance(minutes=10)
    assert _why(board).soonest == {"reason": "lease", "task": "b", "in_s": 2400}


def test_a_backoff_that_ends_before_a_silent_holders_lease_is_the_soonest(
    board: Board, clock: ManualClock
) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    lease(board, "a", worker(board, "ann"))
    clock.advance(minutes=11)
    finish(board, "b", outcome="failed")
    soonest = _why(board).soonest
    assert soonest is not None
    assert (soonest["reason"], soonest["task"]) == ("backoff", "b")


def test_of_two_silent_holders_the_first_may_be_taken_over(
    board: Board, clock: ManualClock
) -> None:
    board.policy(check_minutes=5)
    board.add([{"key": "a"}, {"key": "b"}])
    for key in ("b", "a"):
        lease(board, key, worker(board, key))
    clock.advance(minutes=6)
    assert 'or claim(task="a", take_over=true)' in board.claim(worker(board)).next


def test_a_silent_holder_whose_task_waits_again_is_not_to_be_taken_over_from(
    board: Board, clock: ManualClock
) -> None:
    board.policy(check_minutes=5)
    board.add([{"key": "up"}, {"key": "a", "needs": ["up"]}])
    finish(board, "up")
    lease(board, "a", worker(board, "ann"))
    board.rework("up", "once more")
    again = lease(board, "up", worker(board, "bob"))
    clock.advance(minutes=6)
    board.check(again)
    got = board.claim(worker(board))
    silent = [one["task"] for one in _none(got).active or [] if not one["take_over_in_s"]]
    assert silent == ["a"]
    assert "take_over" not in got.next


def test_a_claim_that_finds_nothing_changes_nothing(board: Board) -> None:
    board.add([{"key": "a"}])
    lease(board, "a")
    session = worker(board)
    revision = board.revision()
    assert board.claim(session).revision == revision == board.revision()


def test_asking_only_for_reviews_does_not_call_ready_work_stuck(board: Board) -> None:
    board.add([{"key": "a"}])
    assert _why(board, kind="review").reason == "wait"
    assert _why(board, kind="handoff").reason == "wait"


def test_more_rows_than_the_look_ahead_are_answered_partial(board: Board) -> None:
    board.policy(leases_per_session=64)
    board.add([{"key": f"t{at:03}"} for at in range(140)])
    hander = worker(board, "ann")
    for _ in range(3):
        found = board.claim(hander, count=64)
        if not found:
            break
        board.finish_many(
            [{"lease": one.lease, "outcome": "handoff", "to": "bob", "notes": "x"} for one in found]
        )
    none = _why(board)
    assert none.reason == "partial"
    assert board.claim(worker(board, "bob")).task is not None


@pytest.mark.parametrize(
    ("policy", "reason"),
    [({"review": "always"}, "needs_review"), ({"release_on": "merged"}, "to_be_merged")],
)
def test_deliveries_beyond_the_look_ahead_are_not_taken_for_work_that_goes_on(
    board: Board, policy: dict[str, Any], reason: str
) -> None:
    board.policy(leases_per_session=64, **policy)
    board.add([{"key": f"t{at:03}"} for at in range(140)])
    ann = worker(board, "ann")
    while found := board.claim(ann, kind="work", count=64):
        board.finish_many([{"lease": one.lease, "summary": "x"} for one in found])
    assert _why(board, ann).reason == reason


@pytest.mark.parametrize("kind", ["work", "review", "handoff"])
def test_who_asks_for_one_kind_is_advised_to_wait_for_that_kind(board: Board, kind: str) -> None:
    board.add([{"key": "a"}])
    lease(board, "a")
    advice = board.claim(worker(board), kind=cast("Any", kind)).next
    assert advice.startswith(f'claim(kind="{kind}", wait=45) waits')
    assert board.claim(worker(board)).next.startswith("claim(wait=45) waits")


def test_other_peoples_lanes_cost_a_claim_no_statement_each(
    board: Board, statements: list[str]
) -> None:
    me = worker(board)
    counts: list[int] = []
    for lanes in (range(2), range(2, 30)):
        board.add([{"key": f"t{n}", "capabilities": [f"c{n}"]} for n in lanes])
        board.claim(me)
        statements.clear()
        none = board.claim(me).none
        assert none is not None
        assert none.counts == {"not_for_you": lanes.stop}
        counts.append(len(statements))
    assert counts[0] == counts[1]
