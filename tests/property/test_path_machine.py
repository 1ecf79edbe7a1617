"""All operations at once on a board that refuses overlapping paths, against brute force.

The model knows nothing of how overlaps are looked up: it compares every two active tasks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import combinations
from typing import Any, ClassVar

import pytest
from board_machine import BoardMachine
from board_world import World
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test
from plan_rules import SESSIONS, WHICH
from test_board_machine import EXAMPLES, PROFILE

from headwater.graph.paths import overlap
from headwater.graph.policy import Policy
from headwater.operations import path_claims, paths
from headwater.store.queries import paths as queries
from headwater.store.rows import TaskRow
from headwater.store.transaction import Tx

GLOBS = [
    [],
    ["src/a.py"],
    ["src/*.py"],
    ["Src/**", "doc/a"],
    ["doc/**"],
    ["**/*.md"],
    ["lib/x", "doc/a"],
]
_SEEN = (
    "SELECT t.key, t.state, x.paths, b.key FROM task t JOIN task_text x ON x.task_id = t.id "
    "LEFT JOIN task b ON b.id = t.blocker_id"
)


def meet(mine: list[str], others: list[str]) -> bool:
    return any(overlap(one, other, fold=True) for one in mine for other in others)


class Pathed(BoardMachine):
    """Random calls of sessions whose tasks touch few files."""

    fixed: ClassVar[dict[str, float | str]] = {"paths": "refuse", "paths_fold": 1}

    def __init__(self) -> None:
        super().__init__()
        self.world.close()
        self.world = World(leases_per_session=2)
        for board in self.world.boards:
            board.policy(paths="refuse")

    def _spec(self, ups: list[int], **more: Any) -> dict[str, Any]:
        spec = super()._spec(ups, **more)
        return spec | {"paths": GLOBS[self.world.count % len(GLOBS)]}

    @invariant()
    def no_two_active_tasks_touch_the_same_file(self) -> None:
        self.settle()

        def read(tx: Any) -> list[tuple[str, str, str, str | None]]:
            return tx._live().execute(_SEEN).fetchall()

        found = self.world.board.store.read(read)
        own = {key: json.loads(stored) for key, _, stored, _ in found}
        active = [key for key, state, _, _ in found if state == "active"]
        for one, other in combinations(active, 2):
            assert not meet(own[one], own[other]), f"{one} and {other} are both active"
        for key, state, _, blocker in found:
            if blocker is not None:
                assert state == "ready", f"{key} is {state} and parked"
                assert blocker in active, f"{key} is parked on {blocker}, which is not active"
                assert meet(own[key], own[blocker])

    @rule(which=WHICH, globs=st.sampled_from(GLOBS))
    def edit_paths(self, which: int, globs: list[str]) -> None:
        self.world.call(lambda b: b.edit(self.world.key(which), set={"paths": globs}))

    @rule(which=WHICH, how=st.sampled_from(["cancel", "wait", "paths"]))
    def change_what_is_parked(self, which: int, how: str) -> None:
        parked = [key for key, row in self.seen.tasks.items() if row["blocker_id"]]
        if not parked:
            return
        task = self.world.pick(parked, which)
        if how == "wait":
            blocker = self.seen.tasks[task]["blocker_id"]
            on = next(key for key, row in self.seen.tasks.items() if row["id"] == blocker)
            self._edit(task, [on], [], [], "")
        elif how == "paths":
            self.world.call(lambda b: b.edit(task, set={"paths": []}))
        elif self.world.call(lambda b: b.cancel([task])) is not None:
            self.world.observe()

    @rule(which=WHICH, who=st.integers(0, SESSIONS - 1))
    def a_lapsed_holder_returns(self, which: int, who: int) -> None:
        token = self.world.lease(which)
        self.leases_run_out(who)
        self.settle()
        found = self.world.call(lambda b: b.check(token))
        if found is not None:
            self.world.observe()
            for lease in found.leases:
                self.world.regained(lease.task, lease.lease)


@pytest.mark.timeout(600)
def test_any_calls_on_a_board_that_refuses_overlaps_keep_files_apart() -> None:
    run_state_machine_as_test(Pathed, settings=settings(PROFILE, max_examples=EXAMPLES // 6 or 1))


def nothing(*_: object, **__: object) -> None:
    """What a planted bug leaves undone."""


def look_at_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(paths, "blocker", nothing)


def leave_others_parked(patch: pytest.MonkeyPatch) -> None:
    def let_go(tx: Tx, task: TaskRow, _policy: Policy) -> None:
        tx.run(queries.LET_GO, task_id=task.id)

    patch.setattr(path_claims, "let_go", let_go)


def forget_who_came_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(path_claims, "take", nothing)


def leave_what_changes_parked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(path_claims, "unpark", nothing)


@pytest.mark.parametrize(
    "bug", [look_at_nothing, leave_others_parked, forget_who_came_back, leave_what_changes_parked]
)
def test_the_machine_finds_a_planted_bug_in_paths(
    bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Pathed, settings=settings(PROFILE, max_examples=1500))
