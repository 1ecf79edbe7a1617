"""All operations at once on a board with budgets, against a naive count of what is held.

The model knows, of each lease, what its task wanted when it was claimed, and the highest cost that
was reported since. Reserved is the sum over what is held now; a claim is given only if it fits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from board_machine import BoardMachine
from board_world import World
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test
from plan_model import Seen
from plan_rules import SOMETIMES, WHICH, WHO
from test_board_machine import EXAMPLES, PROFILE

from headwater.operations import budgets
from headwater.verbs.people import BudgetPool
from headwater.verbs.work import (
    Briefing,
)

GROUPS = ["", "docs"]
Units = dict[str, float]


class BudgetWorld(World):
    """A world whose tasks cost something."""

    def __init__(self, **policy: float) -> None:
        super().__init__(**policy)
        self.limits: dict[str, Units] = {}
        self.held: dict[str, tuple[list[str], Units]] = {}
        """Lease -> the pools it draws on, and what it holds of them."""

    def pools(self) -> dict[str, BudgetPool]:
        return {pool.group or "": pool for pool in self.board.budget().pools}

    def given(self, session: str, got: Briefing, before: Seen) -> None:
        super().given(session, got, before)
        if got.already_holding or got.lease is None or not got.task:
            return
        pools = self.pools()
        task = self.board.graph(task=got.task)
        drawn = [name for name in dict.fromkeys(["", task.group or ""]) if name in self.limits]
        wanted = {} if got.kind == "review" else dict(task.budget or {})
        if got.kind != "review":
            wanted.setdefault("minutes", task.estimate or 0)
        self.held[got.lease] = (drawn, wanted)
        if got.kind == "review":
            return
        for name in drawn:
            for unit, limit in self.limits[name].items():
                used = pools[name].spent.get(unit, 0) + pools[name].reserved.get(unit, 0)
                assert not limit or used <= limit, f"{name}: {used} of {limit} {unit} lent"

    def regained(self, task: str, token: str) -> None:
        """Another window goes on with what the lease holds."""
        super().regained(task, token)
        fence = token.partition(".")[0]
        for old in list(self.held):
            if old.partition(".")[0] == fence:
                self.held[token] = self.held.pop(old)

    def reserved(self) -> dict[str, Units]:
        """What is held now, by pool and unit."""
        total: dict[str, Units] = {name: {} for name in self.limits}
        live = {f"{key}#{hold.fence}" for key, hold in self.model.holds.items()}
        for lease, (drawn, wanted) in self.held.items():
            if lease.partition(".")[0] in live:
                for name in drawn:
                    for unit, amount in wanted.items():
                        total[name][unit] = total[name].get(unit, 0) + amount
        return {name: {u: n for u, n in units.items() if n} for name, units in total.items()}


class Budgeted(BoardMachine):
    """Random calls on a board whose budgets are sometimes tight."""

    def __init__(self) -> None:
        super().__init__()
        self.world.close()
        self.costly = BudgetWorld(leases_per_session=2)
        self.world = self.costly

    @invariant()
    def what_is_reserved_is_what_is_held(self) -> None:
        self.settle()
        pools = {name: pool.reserved for name, pool in self.costly.pools().items()}
        assert pools == self.costly.reserved()

    @initialize(minutes=st.sampled_from([100, 6000]))
    def give(self, minutes: int) -> None:
        self.set_budget("", minutes, 0)

    @rule(group=st.sampled_from(GROUPS), minutes=st.sampled_from([0, 100, 6000]), tokens=WHICH)
    def set_budget(self, group: str, minutes: int, tokens: int) -> None:
        world = self.costly
        given: dict[str, Any] = {"minutes": minutes, "tokens": tokens * 100}
        if world.call(lambda b: b.budget(group, **given)) is not None:
            world.limits[group] = given

    def budget(self, which: int) -> None:
        """As every machine does aside; here its limit counts."""
        self.set_budget("", (60, 5_000, 10_000, 0)[which % 4], 0)

    @rule(
        group=st.sampled_from(GROUPS),
        estimate=st.sampled_from([0, 10, 25]),
        tokens=st.sampled_from([0, 100, 900]),
        minutes=st.sampled_from([0, 0, 40]),
        who=WHO,
    )
    def add_costly(self, group: str, estimate: int, tokens: int, minutes: int, who: int) -> None:
        limit = {"tokens": tokens} | ({"minutes": minutes} if minutes else {})
        spec = self._spec([], group=group, estimate=estimate, budget=limit)
        self._add([spec])
        self.settle()
        self.world.claim(who, task=spec["key"])

    @rule(which=WHICH, group=st.sampled_from(GROUPS), tokens=st.sampled_from([0, 300]))
    def edit_cost(self, which: int, group: str, tokens: int) -> None:
        values = {"group": group, "budget": {"tokens": tokens}}
        self.world.call(lambda b: b.edit(self.world.key(which), set=values))

    @rule(which=WHICH, who=WHO)
    def a_lapsed_holder_returns(self, which: int, who: int) -> None:
        token = self.world.lease(which)
        self.leases_run_out(who)
        self.settle()
        self.report_cost_of(token, 50)

    @rule(which=WHICH, tokens=st.sampled_from([50, 500]))
    def report_cost(self, which: int, tokens: int) -> None:
        self.report_cost_of(self.world.lease(which), tokens)

    def report_cost_of(self, token: str, tokens: int) -> None:
        world = self.costly
        found = world.call(lambda b: b.check(token, cost={"tokens": tokens}))
        if found is None:
            return
        world.observe()
        for lease in found.leases:
            world.regained(lease.task, lease.lease)
            held = world.held[lease.lease][1]
            held["tokens"] = max(held.get("tokens", 0), tokens)

    @rule(which=WHICH, tokens=st.sampled_from([0, 70, 700]), chain=SOMETIMES)
    def finish_at_a_cost(self, which: int, tokens: int, chain: bool) -> None:
        self.world.finish(
            self.world.lease(which), "release", cost={"tokens": tokens}, claim_next=chain
        )


@pytest.mark.timeout(600)
def test_any_calls_on_a_board_with_budgets_keep_them_true() -> None:
    run_state_machine_as_test(Budgeted, settings=settings(PROFILE, max_examples=EXAMPLES // 6 or 1))


def nothing(*_: object) -> None:
    """What a planted bug leaves undone."""


def forget_to_settle(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(budgets, "settle", nothing)


def lend_without_looking(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(budgets, "_first", nothing)


def forget_what_a_lapsed_holder_held(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(budgets, "resume", nothing)


@pytest.mark.parametrize(
    "bug", [forget_to_settle, lend_without_looking, forget_what_a_lapsed_holder_held]
)
def test_the_machine_finds_a_planted_bug_in_budgets(
    bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)
    with pytest.raises((AssertionError, TypeError)):
        run_state_machine_as_test(Budgeted, settings=settings(PROFILE, max_examples=600))
