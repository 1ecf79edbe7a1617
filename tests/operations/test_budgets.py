"""Budgets: pools of a board or group, limits of tasks, what is reserved, spent and refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hands import claim, events, finish, lease, notices, refused, row, rows, state, texts, worker

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.operations.caller import Caller

HOUR = 60


def pool(board: Board, group: str = "") -> tuple[dict[str, float], dict[str, float]]:
    """What a pool has spent and reserved."""
    found = {one.group or "": one for one in board.budget().pools}
    return found[group].spent, found[group].reserved


def add(board: Board, *keys: str, **fields: Any) -> None:
    board.add([{"key": key, **fields} for key in keys])


# -- reserving and settling --------------------------------------------------------------------


def test_a_claim_reserves_and_a_finish_settles_what_was_used(
    board: Board, clock: ManualClock
) -> None:
    board.budget(minutes=HOUR, tokens=1000, usd=2)
    add(board, "a", budget={"minutes": 20, "tokens": 400, "usd": 0.5})
    held = lease(board)
    assert pool(board) == ({}, {"minutes": 20, "tokens": 400, "usd": 0.5})
    clock.advance(minutes=5)
    board.finish(held, summary="x", cost={"tokens": 123, "usd": 0.25})
    assert pool(board) == ({"minutes": 5, "tokens": 123, "usd": 0.25}, {})


def test_a_task_without_a_limit_reserves_its_estimate_in_minutes(board: Board) -> None:
    board.budget(minutes=HOUR, tokens=10)
    add(board, "a", estimate=15)
    claim(board)
    assert pool(board) == ({}, {"minutes": 15})


def lapse(board: Board, clock: ManualClock) -> None:
    """Let a lease of ten minutes run out, with others calling all the while; two minutes more."""
    watcher = worker(board, "watcher")
    for _ in range(3):
        clock.advance(minutes=4)
        board.check(session=watcher)


ENDS: dict[str, Callable[[Board, str], object]] = {
    "done": lambda board, held: board.finish(held, summary="x"),
    "failed": lambda board, held: board.finish(held, "failed"),
    "release": lambda board, held: board.finish(held, "release"),
    "handoff": lambda board, held: board.finish(held, "handoff"),
    "blocked": lambda board, held: board.finish(held, "blocked", summary="why?"),
    "cancel": lambda board, held: board.cancel(["a"]),
    "rework": lambda board, held: board.rework("a", "again"),
    "by hand": lambda board, held: board.done("a"),
    "person": lambda board, held: board.release("a"),
    "split": lambda board, held: board.split("a", [{"key": "a1"}], lease=held),
    "waits": lambda board, held: board.edit("a", add_needs=["b"], lease=held),
}


@pytest.mark.parametrize("how", ENDS)
def test_however_an_attempt_ends_its_reservation_ends_and_its_minutes_are_spent(
    board: Board, clock: ManualClock, how: str
) -> None:
    board.budget(minutes=HOUR)
    add(board, "a", "b", estimate=20)
    held = lease(board, "a")
    clock.advance(minutes=3)
    ENDS[how](board, held)
    assert pool(board) == ({"minutes": 3}, {})


def test_an_expired_attempt_is_charged_until_its_lease_ran_out(
    board: Board, clock: ManualClock
) -> None:
    board.budget(minutes=600)
    board.policy(lease_minutes=10)
    add(board, "a", estimate=20)
    lease(board, "a")
    lapse(board, clock)
    assert pool(board) == ({"minutes": 10}, {})


def test_what_is_taken_from_a_silent_holder_is_charged_until_its_lease_ran_out(
    board: Board, clock: ManualClock
) -> None:
    board.budget(minutes=600)
    board.policy(lease_minutes=10)
    add(board, "a", estimate=20)
    lease(board, "a")
    clock.advance(minutes=300)
    board.cancel(["a"])
    assert pool(board) == ({"minutes": 10}, {})


def test_a_late_finish_is_charged_until_it_comes(board: Board, clock: ManualClock) -> None:
    board.budget(minutes=600)
    board.policy(lease_minutes=10)
    add(board, "a", estimate=20)
    held = lease(board, "a")
    clock.advance(minutes=12)
    board.finish(held, summary="x")
    assert pool(board) == ({"minutes": 12}, {})


def test_a_lapsed_holder_that_returns_is_charged_as_if_it_had_not_lapsed(
    board: Board, clock: ManualClock
) -> None:
    board.budget(minutes=600)
    board.policy(lease_minutes=10)
    add(board, "a", "b", estimate=20)
    held = lease(board, "a")
    lapse(board, clock)
    assert pool(board) == ({"minutes": 10}, {})
    board.check(held)
    assert pool(board) == ({}, {"minutes": 20})
    clock.advance(minutes=1)
    board.finish(held, summary="late")
    assert pool(board) == ({"minutes": 13}, {})


def test_a_lapsed_attempt_is_settled_once(board: Board, clock: ManualClock) -> None:
    board.budget(minutes=600)
    board.policy(lease_minutes=10)
    add(board, "a", estimate=20)
    lease(board, "a")
    lapse(board, clock)
    board.cancel(["a"])
    assert pool(board) == ({"minutes": 10}, {})


def test_a_claim_that_is_undone_has_used_nothing(board: Board, clock: ManualClock) -> None:
    board.budget(minutes=HOUR)
    add(board, "a", estimate=20)
    held = lease(board, "a")
    clock.advance(seconds=2)
    board.undo_claim(held)
    assert pool(board) == ({}, {})


def test_each_round_reserves_anew(board: Board, clock: ManualClock) -> None:
    board.budget(minutes=HOUR)
    add(board, "a", estimate=20)
    for minutes in (5, 6):
        held = lease(board, "a")
        assert pool(board)[1] == {"minutes": 20}
        clock.advance(minutes=minutes)
        board.finish(held, summary="x")
        board.rework("a", "again")
    assert pool(board) == ({"minutes": 11}, {})


def test_a_take_over_frees_what_the_old_holder_held(board: Board) -> None:
    board.budget(minutes=30)
    add(board, "a", estimate=20)
    lease(board, "a")
    assert board.claim(worker(board), "a", take_over=True).task == "a"
    assert pool(board) == ({}, {"minutes": 20})


def test_a_review_reserves_nothing_and_what_it_uses_is_counted(
    board: Board, clock: ManualClock
) -> None:
    board.budget(minutes=30)
    add(board, "a", estimate=20, review=True)
    finish(board, "a")
    review = board.claim(board.join("critic").session, kind="review")
    assert review.lease
    assert pool(board) == ({}, {})
    clock.advance(minutes=4)
    board.finish(review.lease, "approve")
    assert pool(board) == ({"minutes": 4}, {})


def test_what_is_edited_while_a_task_is_active_counts_from_its_next_attempt(board: Board) -> None:
    board.budget(minutes=100)
    board.budget("g", minutes=100)
    add(board, "a", estimate=20)
    held = lease(board, "a")
    board.edit("a", set={"estimate": 50, "group": "g"})
    board.finish(held, "release")
    assert pool(board) == ({}, {})
    claim(board, "a")
    assert pool(board)[1] == pool(board, "g")[1] == {"minutes": 50}


# -- what does not fit -------------------------------------------------------------------------


def test_what_does_not_fit_is_not_handed_out_and_the_figures_are_told(board: Board) -> None:
    board.budget(minutes=30)
    add(board, "a", "b", estimate=20)
    claim(board)
    none = board.claim(worker(board)).none
    assert none
    assert none.reason == "over_budget"
    assert none.counts == {"over_budget": 1, "active": 1}
    assert none.over_budget == [
        {
            "pool": "board",
            "unit": "minutes",
            "limit": 30,
            "spent": 0,
            "reserved": 20,
            "wanted": 20,
        }
    ]


def test_the_next_task_that_fits_is_offered(board: Board) -> None:
    board.budget(minutes=30)
    add(board, "a", "b", estimate=20)
    add(board, "small", estimate=10)
    claim(board, "a")
    assert claim(board).task == "small"


def test_tasks_that_fit_come_in_claim_order_of_all_purses(board: Board) -> None:
    board.budget("g", minutes=5)
    board.budget(minutes=1000)
    add(board, "stuck", group="g", estimate=90)
    add(board, "late", estimate=10)
    add(board, "first", estimate=11, priority=1)
    add(board, "second", estimate=12)
    got = [claim(board).task for _ in range(3)]
    assert got == ["first", "second", "late"]


def test_tasks_of_one_purse_come_in_claim_order_beside_one_that_does_not_fit(board: Board) -> None:
    board.budget("g", minutes=5)
    add(board, "stuck", group="g", estimate=90)
    add(board, "flaky")
    finish(board, "flaky", outcome="failed", summary="no")
    board.add([{"key": "soft", "soft": ["stuck"]}, {"key": "plain"}, {"key": "twin"}])
    board.add([{"key": "long", "soft": ["stuck"]}, {"key": "end", "needs": ["long"]}])
    add(board, "urgent", priority=1)
    add(board, "foreign", priority=2, capabilities=["gpu"])
    assert [claim(board).task for _ in range(5)] == ["urgent", "long", "plain", "twin", "soft"]
    none = board.claim(worker(board)).none
    assert none
    assert none.counts == {
        "over_budget": 1,
        "backoff": 1,
        "active": 5,
        "waiting": 1,
        "not_for_you": 1,
    }


def test_only_what_is_ready_and_for_the_asker_counts_as_over_budget(board: Board) -> None:
    add(board, "held")
    for size, name in ((40, "small"), (60, "large")):
        add(board, f"{name}-retry", estimate=size)
        finish(board, f"{name}-retry", outcome="failed", summary="no")
        add(board, f"{name}-later", estimate=size, needs=["held"])
    add(board, "big", estimate=50)
    add(board, "bigger", estimate=60)
    add(board, "foreign", estimate=60, capabilities=["gpu"])
    lease(board, "held")
    board.budget(minutes=30)
    none = board.claim(worker(board)).none
    assert none
    assert none.counts["over_budget"] == 2
    assert [one["wanted"] for one in none.over_budget or []] == [50]


def test_what_fits_and_is_kept_for_somebody_else_does_not_count_as_over_budget(
    board: Board,
) -> None:
    add(board, "small", estimate=10)
    add(board, "big", estimate=50)
    board.budget(minutes=30)
    worker(board, "ann")
    board.finish(lease(board, "small"), "handoff", to="ann", notes="yours")
    none = board.claim(worker(board)).none
    assert none
    assert (none.counts["over_budget"], none.counts["not_for_you"]) == (1, 1)


def test_a_claim_by_name_is_refused_with_the_same_figures(board: Board) -> None:
    board.budget(tokens=100)
    add(board, "a", budget={"tokens": 101})
    me = worker(board)
    with refused(board, "over_budget", "it wants 101 tokens; of the 100 of the board's") as error:
        board.claim(me, "a")
    facts = error.value.state
    assert facts == {
        "task": "a",
        "pool": "board",
        "unit": "tokens",
        "limit": 100,
        "spent": 0,
        "reserved": 0,
        "wanted": 101,
    }


def test_a_group_draws_on_its_own_pool_and_on_the_boards(board: Board) -> None:
    board.budget(minutes=50)
    board.budget("docs", minutes=30)
    add(board, "d1", "d2", group="docs", estimate=20)
    add(board, "c1", "c2", estimate=20)
    assert claim(board, "d1").task
    me = worker(board)
    with refused(board, "over_budget", "group docs"):
        board.claim(me, "d2")
    claim(board, "c1")
    me = worker(board)
    with refused(board, "over_budget", "the board's budget"):
        board.claim(me, "c2")


def test_a_group_without_a_pool_draws_on_the_boards_only(board: Board) -> None:
    board.budget("docs", minutes=1)
    add(board, "a", group="code", estimate=500)
    assert claim(board).task == "a"


def test_a_used_up_pool_lends_nothing_even_to_a_task_that_says_no_figure(
    board: Board, clock: ManualClock
) -> None:
    board.budget(minutes=10)
    add(board, "a", "b")
    held = lease(board, "a")
    clock.advance(minutes=10)
    board.finish(held, summary="x")
    none = board.claim(worker(board)).none
    assert none
    assert none.reason == "over_budget"


def test_a_share_cap_refuses_a_task_that_wants_too_much_of_a_pool(board: Board) -> None:
    board.policy(budget_share=40)
    board.budget(minutes=100)
    add(board, "whale", estimate=41)
    add(board, "fish", estimate=40)
    me = worker(board)
    with refused(board, "over_budget", "one task may take 40 %"):
        board.claim(me, "whale")
    assert claim(board).task == "fish"
    none = board.claim(worker(board)).none
    assert none
    assert none.over_budget
    assert none.over_budget[0]["share"] == 40


def test_of_each_pool_and_unit_the_smallest_amount_that_does_not_fit_is_told(
    board: Board,
) -> None:
    board.budget(minutes=5, tokens=10)
    board.budget("docs", minutes=1)
    add(board, "hour", estimate=60)
    add(board, "less", estimate=9)
    add(board, "other-unit", budget={"minutes": 1, "tokens": 20})
    add(board, "other-pool", estimate=2, group="docs")
    none = board.claim(worker(board)).none
    assert none is not None
    found = {(one["pool"], one["unit"]): one["wanted"] for one in none.over_budget or []}
    assert found == {("board", "minutes"): 9, ("board", "tokens"): 20, ("group docs", "minutes"): 2}


def test_raising_a_pool_lets_what_was_refused_be_claimed(board: Board) -> None:
    board.budget(minutes=10)
    add(board, "a", estimate=20)
    assert board.claim(worker(board)).none
    board.budget(minutes=20)
    assert claim(board).task == "a"


def test_a_limit_of_zero_is_none_and_the_pool_goes_on_counting(
    board: Board, clock: ManualClock
) -> None:
    board.budget(minutes=10)
    board.budget(minutes=0)
    add(board, "a", estimate=500)
    held = lease(board)
    clock.advance(minutes=1)
    board.finish(held, summary="x")
    (only,) = board.budget().pools
    assert (only.limit, only.spent) == ({}, {"minutes": 1})


def test_limits_that_are_not_named_stay(board: Board) -> None:
    board.budget(minutes=10, tokens=5)
    (only,) = board.budget(usd=1).pools
    assert only.limit == {"minutes": 10, "tokens": 5, "usd": 1}


def test_a_limit_that_is_not_named_stays_to_the_millisecond(board: Board) -> None:
    board.budget(minutes=1.00049)
    (before,) = rows(board, "SELECT limit_ms FROM pool")
    board.budget(usd=1)
    assert rows(board, "SELECT limit_ms FROM pool") == [before]


def test_what_was_claimed_before_the_pool_was_set_is_not_charged_to_it(
    board: Board, clock: ManualClock
) -> None:
    add(board, "a", "b", estimate=20)
    held = lease(board, "a")
    board.budget(minutes=HOUR)
    clock.advance(minutes=5)
    board.finish(held, summary="x")
    assert pool(board) == ({}, {})
    claim(board, "b")
    assert pool(board) == ({}, {"minutes": 20})


def test_a_task_handed_to_me_that_does_not_fit_is_not_given(board: Board) -> None:
    board.budget(minutes=30)
    add(board, "a", "b", estimate=20)
    board.finish(lease(board, "a"), "handoff", to="agent:ann")
    claim(board, "b")
    none = board.claim(worker(board, "ann")).none
    assert none
    assert none.reason == "over_budget"


def test_lowering_a_pool_stops_claims_and_takes_nothing_from_holders(board: Board) -> None:
    board.budget(minutes=100)
    add(board, "a", "b", estimate=20)
    held = lease(board, "a")
    board.budget(minutes=10)
    assert board.check(held).leases
    me = worker(board)
    with refused(board, "over_budget"):
        board.claim(me, "b")


# -- the limit of a task -----------------------------------------------------------------------


def test_a_task_over_its_own_limit_is_told_at_check_and_at_finish(
    board: Board, clock: ManualClock
) -> None:
    add(board, "a", budget={"minutes": 10})
    held = lease(board)
    assert board.check(held).warnings is None
    clock.advance(minutes=11)
    said = "over budget: it has used 11 of its own 10 minutes"
    assert board.check(held).warnings == [f"a is {said}"]
    done = board.finish(held, summary="x")
    assert done.warnings == [said]
    assert done.over_budget == [
        {"pool": "task", "unit": "minutes", "limit": 10, "spent": 11, "reserved": 0, "wanted": 0}
    ]


def test_a_running_cost_is_kept_and_what_exceeds_the_reservation_is_reserved_too(
    board: Board,
) -> None:
    board.budget(tokens=1000)
    add(board, "a", budget={"tokens": 100})
    held = lease(board)
    assert board.check(held, cost={"tokens": 50}).warnings is None
    assert pool(board) == ({}, {"tokens": 100})
    warnings = board.check(held, cost={"tokens": 300, "usd": 0.5}).warnings
    assert warnings == ["a is over budget: it has used 300 of its own 100 tokens"]
    assert pool(board) == ({}, {"tokens": 300, "usd": 0.5})
    board.finish(held, "failed")
    assert pool(board) == ({"tokens": 300, "usd": 0.5}, {})


def test_a_running_cost_never_falls_and_a_repeat_is_no_event(board: Board) -> None:
    add(board, "a")
    held = lease(board)
    for tokens in (50, 50, 40):
        board.check(held, cost={"tokens": tokens})
    assert events(board).count("cost_reported") == 1


def test_a_cost_belongs_to_one_task(board: Board) -> None:
    board.policy(leases_per_session=2)
    add(board, "a", "b")
    me = worker(board)
    board.claim(me)
    board.claim(me)
    with refused(board, "bad_request", "a cost belongs to one task"):
        board.check(session=me, cost={"tokens": 1})


def test_a_task_whose_limit_is_used_up_is_held_at_its_next_claim(
    board: Board, clock: ManualClock
) -> None:
    add(board, "a", budget={"minutes": 10}, priority=1)
    add(board, "b")
    held = lease(board)
    clock.advance(minutes=10)
    board.finish(held, "release")
    me = worker(board)
    with refused(board, "over_budget", "it has used 10 of its own 10 minutes"):
        board.claim(me, "a")
    assert claim(board).task == "b"
    assert state(board, "a") == "held"
    assert "used 10 of its own 10 minutes" in texts(board, "a")["question"]
    assert notices(board, "held")[0]["task"] == "a"


def test_a_limit_counts_all_attempts_of_all_rounds(board: Board) -> None:
    add(board, "a", budget={"tokens": 100})
    finish(board, "a", cost={"tokens": 60})
    board.rework("a", "again")
    finish(board, "a", cost={"tokens": 60})
    board.rework("a", "again")
    assert board.claim(worker(board)).none
    assert state(board, "a") == "held"


def test_holding_a_used_up_task_is_an_event_and_tells_planners_the_figures(board: Board) -> None:
    add(board, "a", budget={"usd": 1})
    for _ in range(2):
        finish(board, "a", cost={"usd": 0.75}, outcome="release")
    assert board.claim(worker(board)).none
    (event,) = rows(board, "SELECT actor, data FROM event WHERE kind = 'over_budget'")
    (notice,) = notices(board, "held")
    over = json.loads(event["data"])["over"]
    assert (event["actor"], over["spent"], over["limit"]) == ("headwater", 1.5, 1)
    assert json.loads(notice["data"])["over_budget"] == over


def test_what_was_used_before_a_task_had_a_limit_counts_against_it(
    board: Board, clock: ManualClock
) -> None:
    add(board, "a")
    held = lease(board, "a")
    clock.advance(minutes=10)
    board.finish(held, "release")
    board.edit("a", set={"budget": {"minutes": 10}})
    assert board.claim(worker(board)).none
    assert state(board, "a") == "held"


def test_a_silent_holder_uses_up_no_limit_after_its_lease(board: Board, clock: ManualClock) -> None:
    board.policy(lease_minutes=10)
    add(board, "a", budget={"minutes": 20})
    lease(board, "a")
    clock.advance(minutes=300)
    board.rework("a", "begin again")
    assert claim(board).task == "a"


def test_what_other_tasks_used_does_not_count_against_a_limit(board: Board) -> None:
    add(board, "a", "b", budget={"tokens": 100})
    for key in "ab":
        finish(board, key, cost={"tokens": 60}, outcome="release")
    assert claim(board, "a").task == "a"


def test_a_held_task_goes_on_when_its_limit_is_raised_and_it_is_answered(board: Board) -> None:
    add(board, "a", budget={"tokens": 100})
    finish(board, "a", cost={"tokens": 100}, outcome="release")
    assert board.claim(worker(board)).none
    board.edit("a", set={"budget": {"tokens": 200}})
    board.answer("a", "go on")
    assert claim(board).task == "a"


def test_several_used_up_tasks_are_held_by_one_claim(board: Board) -> None:
    keys = [f"t{n}" for n in range(12)]
    add(board, *keys, budget={"tokens": 1}, priority=1)
    add(board, "fine")
    for key in keys:
        finish(board, key, cost={"tokens": 1}, outcome="release")
    assert claim(board).task == "fine"
    assert {state(board, key) for key in keys} == {"held"}


# -- pools as such -----------------------------------------------------------------------------


def test_setting_a_pool_is_one_event_and_looking_is_none(board: Board) -> None:
    board.budget("docs", minutes=5, reason="a small one")
    before = board.revision()
    board.budget()
    assert board.revision() == before
    assert events(board) == ["budget"]


def test_setting_a_pool_needs_the_right_to_plan_and_looking_does_not(board: Board) -> None:
    board.budget(minutes=5)
    weak = Board(board.store, board.name, Caller("weak", "work"))
    with refused(board, "forbidden"):
        weak.budget(minutes=50)
    assert weak.budget().pools


def test_a_board_has_so_many_pools(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "POOLS_PER_BOARD", 1)
    board.budget(minutes=5)
    with refused(board, "limit_exceeded", "at most 1 budget pools"):
        board.budget("docs", minutes=5)


@pytest.mark.parametrize("given", [{"minutes": -1}, {"tokens": 10**13}, {"usd": float("nan")}])
def test_limits_out_of_bounds_are_refused(board: Board, given: dict[str, Any]) -> None:
    with refused(board, "bad_request"):
        board.budget(**given)


def test_a_finish_that_overdraws_a_pool_says_so(board: Board) -> None:
    board.budget(tokens=100)
    add(board, "a", budget={"tokens": 50})
    done = board.finish(lease(board), summary="x", cost={"tokens": 150})
    assert done.over_budget
    assert [one["pool"] for one in done.over_budget] == ["task", "board"]


def test_boards_of_one_store_have_budgets_of_their_own(board: Board) -> None:
    other = Board(board.store, "other")
    board.budget(minutes=1)
    add(other, "a", estimate=100)
    assert claim(other).task == "a"
    assert other.budget().pools == []
    other.budget(minutes=1)
    add(other, "b", "c", estimate=100)
    add(board, "d", estimate=100)
    none = board.claim(worker(board)).none
    assert none
    assert none.counts == {"over_budget": 1}
    other.budget(minutes=1000)
    claim(other, "b")
    assert pool(board) == ({}, {})
    add(other, "theirs")
    add(board, "mine")
    assert claim(board).task == "mine"


def test_tasks_that_are_there_get_their_purses_with_the_first_pool(board: Board) -> None:
    add(board, "a", estimate=2, group="g")
    add(board, "b", budget={"usd": 1.5})
    assert row(board, "a")["purse"] == ""
    assert row(board, "b")["purse"] == "0,0,1500000,"
    board.budget(minutes=1)
    assert row(board, "a")["purse"] == "120000,0,0,g"


# -- what verify finds -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("UPDATE pool SET reserved_ms = reserved_ms + 1", "the board's budget: reserved is"),
        ("UPDATE pool SET spent_tokens = 7", "the board's budget: spent is"),
        ("UPDATE pool SET limit_ms = 1", "the log replays to other limits"),
        ("UPDATE board SET pools = 3", "the board counts 3 budget pools, there are 1"),
        ("UPDATE task SET purse = '1,0,0,'", "purse is '1,0,0,', it should be '120000,0,0,'"),
    ],
)
def test_verify_finds_budgets_that_do_not_add_up(board: Board, damage: str, says: str) -> None:
    board.budget(minutes=10)
    add(board, "a", estimate=2)
    claim(board)

    problems = spoiled(board, damage)
    assert any(says in problem for problem in problems), problems


def spoiled(board: Board, damage: str) -> list[str]:
    """What verify says after `damage`, which is undone again."""
    from headwater.operations.verify import verify

    class Undo(Exception):
        pass

    found: list[str] = []

    def operation(tx: Any) -> None:
        tx._live().execute(damage)
        found.extend(verify(tx, board.id))
        raise Undo

    with pytest.raises(Undo):
        board.store.write(operation)
    return found


# -- what it costs -----------------------------------------------------------------------------


def reads_of_a_claim(board: Board, monkeypatch: pytest.MonkeyPatch, session: str = "") -> list[str]:
    """The statements of one claim, by a new worker if no session is given."""
    seen: list[str] = []
    kind = board.store.read(type)

    def counted(name: str) -> Any:
        real = getattr(kind, name)

        def call(self: Any, statement: Any, *args: Any, **values: Any) -> Any:
            seen.append(statement.sqlite.text)
            return real(self, statement, *args, **values)

        return call

    me = session or worker(board)
    with monkeypatch.context() as patch:
        for name in ("one", "all", "run", "add", "put"):
            patch.setattr(kind, name, counted(name))
        board.claim(me)
    assert seen
    return seen


def test_a_board_without_pools_runs_no_statement_about_budgets(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(board, "a", estimate=5, group="g")
    statements = reads_of_a_claim(board, monkeypatch)
    assert [text for text in statements if "FROM task" in text]
    assert not [text for text in statements if _is_about_budgets(text)]
    board.budget(minutes=100)
    add(board, "b", estimate=5)
    more = reads_of_a_claim(board, monkeypatch)
    assert sum(map(_is_about_budgets, more)) == 4


def _is_about_budgets(text: str) -> bool:
    return any(part in text for part in ("FROM pool", "UPDATE pool", "purse <>"))


def test_what_is_refused_is_counted_at_once_however_many_wants_and_lanes_there_are(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.budget(minutes=1)
    for n in range(40):
        add(board, f"t{n}", estimate=n + 2, capabilities=[f"c{n % 4}"])
    me = worker(board, "ann", "c0", "c1", "c2", "c3")
    seen = reads_of_a_claim(board, monkeypatch, me)
    assert board.claim(me).none is not None
    assert sum(map(_is_about_budgets, seen)) == 3, "pools, wants, and what does not fit"


def test_an_exhausted_group_is_not_walked_through(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.budget("g", minutes=5)
    add(board, *(f"t{n}" for n in range(300)), group="g", estimate=10, priority=1)
    few = len(reads_of_a_claim(board, monkeypatch))
    add(board, "fits", estimate=10)
    assert few < 30
    assert claim(board).task == "fits"
    assert rows(board, "SELECT 1 FROM task WHERE state = 'active'")


def test_a_split_is_no_way_around_the_limit_of_a_task(board: Board) -> None:
    board.add([{"key": "a", "budget": {"minutes": 30, "tokens": 1000}}, {"key": "b"}])
    board.split("a", [{"key": "a1"}, {"key": "a2", "budget": {"tokens": 50}}])
    board.split("b", [{"key": "b1"}])
    limits = {key: board.graph(task=key).budget for key in ("a1", "a2", "b1")}
    assert limits == {"a1": {"minutes": 30, "tokens": 1000}, "a2": {"tokens": 50}, "b1": None}
