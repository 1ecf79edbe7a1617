"""The arithmetic of budgets, apart from any store."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headwater.graph.budget import (
    NOTHING,
    Account,
    Amounts,
    Excess,
    Pool,
    amounts,
    exceeded,
    in_unit,
    limit_of,
    purse_of,
    read_purse,
    used_up,
)

AMOUNTS = st.builds(Amounts, *[st.integers(0, 200)] * 3)


def test_amounts_are_integers_and_are_shown_in_the_units_of_people() -> None:
    found = amounts(1.5, 20, 0.000001)
    assert found == (90_000, 20, 1)
    assert found.shown() == {"minutes": 1.5, "tokens": 20, "usd": 0.000001}
    assert NOTHING.shown() == {}
    assert Amounts(100_000, 0, 1).shown() == {"minutes": 1.667, "usd": 0.000001}
    large = amounts(10**9, 10**9, 10**9)
    assert large.shown() == {"minutes": 10**9, "tokens": 10**9, "usd": 10**9}


def test_amounts_are_added_and_compared_unit_by_unit() -> None:
    mine, theirs = Amounts(1, 20, 3), Amounts(10, 2, 30)
    assert mine.plus(theirs) == (11, 22, 33)
    assert mine.at_least(theirs) == (10, 20, 30)


@example(limit=Amounts(200), spent=NOTHING, reserved=NOTHING, wanted=Amounts(199), share=99)
@given(limit=AMOUNTS, spent=AMOUNTS, reserved=AMOUNTS, wanted=AMOUNTS, share=st.integers(1, 100))
def test_what_a_pool_lends_it_has(
    limit: Amounts, spent: Amounts, reserved: Amounts, wanted: Amounts, share: int
) -> None:
    excess = Pool("board", limit, spent, reserved).excess(wanted, share)
    fits = all(
        not most or (gone < most and gone + held + want <= most and want <= most * share / 100)
        for most, gone, held, want in zip(limit, spent, reserved, wanted, strict=True)
    )
    assert (excess is None) == fits


@example(group="a,b", ms=1, tokens=2)
@given(group=st.text(max_size=10), ms=st.integers(0, 10**9), tokens=st.integers(0, 10**12))
def test_a_purse_is_read_back_as_it_was_written(group: str, ms: int, tokens: int) -> None:
    purse = purse_of(group, ms, f'{{"tokens": {tokens}}}' if tokens else "{}")
    assert read_purse(purse) == (group, Amounts(ms, tokens, 0))


def test_a_tasks_own_minutes_go_before_its_estimate() -> None:
    assert purse_of("g", 60_000, '{"minutes": 5}') == "300000,0,0,g"


@pytest.mark.parametrize(
    ("spent", "up"), [((9, 0, 0), False), ((10, 0, 0), True), ((0, 99, 99), False)]
)
def test_a_limit_is_used_up_when_nothing_of_it_is_left(
    spent: tuple[int, int, int], up: bool
) -> None:
    assert (used_up(Amounts(10), Amounts(*spent)) is not None) == up


@pytest.mark.parametrize(
    ("used", "over"),
    [((10, 99, 5), []), ((11, 99, 6), [("minutes", 10, 11), ("usd", 5, 6)])],
)
def test_what_is_used_to_the_last_bit_is_not_over_and_what_has_no_limit_never_is(
    used: tuple[int, int, int], over: list[tuple[str, int, int]]
) -> None:
    limit, spent = Amounts(10, 0, 5), Amounts(*used)
    pool = Pool("board", limit, spent, NOTHING)
    for found in (exceeded(limit, spent), pool.overdrawn()):
        assert [(one.unit, one.limit, one.spent) for one in found] == over


def test_an_account_is_read_back_as_it_was_written() -> None:
    for account in (
        Account((1, 2), Amounts(1, 2, 3)),
        Account((), NOTHING, Amounts(7)),
        Account((1,), NOTHING, NOTHING),
    ):
        assert Account.read(account.stored()) == account


def test_no_limit_is_stored_as_nothing() -> None:
    assert limit_of("{}") == NOTHING


def test_a_refusal_says_large_figures_in_full() -> None:
    pool = Pool("board", Amounts(tokens=2_000_000), NOTHING, NOTHING)
    excess = pool.excess(Amounts(tokens=3_456_789), 100)
    assert excess is not None
    assert excess.sentence() == (
        "it wants 3456789 tokens; of the 2000000 of the board's budget 0 are spent and 0 reserved"
    )


def test_minutes_are_shown_to_the_thousandth_and_dollars_to_the_millionth() -> None:
    assert in_unit("minutes", 60_001) == 1.0
    assert in_unit("minutes", 60_100) == 1.002
    assert in_unit("usd", 1_234_567) == 1.234567
    assert isinstance(in_unit("minutes", 120_000), int)


def test_a_group_that_is_no_word_is_not_said() -> None:
    for group, said in (("api", "group api"), ("read me first", "group")):
        assert (
            f"of the {said}'s budget" in Excess(f"group {group}", "usd", 9, 1, share=3).sentence()
        )
