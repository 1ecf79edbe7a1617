"""Who adds tasks that touch the same files, without an order between them, is told so."""

from __future__ import annotations

import time
from typing import Any

import pytest

from headwater import Board, limits
from headwater.operations import overlaps
from headwater.operations.draft import drafted
from headwater.verbs.plan import AddRequest

BOTH = (
    "b and a touch some of the same files, and neither waits for the other: they may be worked on "
    "at once"
)
PATIENCE_S = 1


def warned(board: Board, *tasks: dict[str, Any]) -> list[str]:
    return board.add(tasks).warnings or []


def task(key: str, *paths: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "paths": paths, **more}


def test_tasks_of_a_call_that_meet_and_are_not_ordered_are_named(board: Board) -> None:
    found = warned(
        board, task("b", "src/**"), task("a", "docs/a.md", "src/app.py"), task("c", "tests/**")
    )
    assert found == [BOTH]


@pytest.mark.parametrize(
    "order",
    [
        [{"b": {"needs": ["a"]}}],
        [{"a": {"before": ["b"]}}],
        [{"b": {"soft": ["a"]}}],
        [{"b": {"contracts": [{"task": "m", "keys": ["k"]}]}, "m": {"needs": ["a"]}}],
    ],
)
def test_tasks_with_an_order_between_them_are_not(
    board: Board, order: list[dict[str, dict[str, Any]]]
) -> None:
    (said,) = order
    keys = ("a", "m", "b")
    plan = [task(key, *["src/app.py"] * (key != "m"), **said.get(key, {})) for key in keys]
    assert warned(board, *plan) == []


@pytest.mark.parametrize("policy", ["off", "refuse"])
def test_where_the_board_does_not_care_or_keeps_them_apart_nothing_is_said(
    board: Board, policy: str
) -> None:
    board.policy(paths=policy)
    assert warned(board, task("a", "src/app.py"), task("b", "src/app.py")) == []


def test_only_the_first_pairs_are_named(board: Board) -> None:
    found = warned(board, *(task(f"t{at}", "src/app.py") for at in range(9)))
    assert len(found) == 6
    assert found[-1] == "more tasks of this call touch the same files"


def test_of_a_large_call_the_first_tasks_are_compared() -> None:
    keys = [f"t{at}" for at in range(limits.TASKS_PER_CALL)]
    apart = [task(key, f"src/*.{key}") for key in keys]
    draft = drafted(AddRequest.parse({"tasks": apart}).tasks)
    began = time.perf_counter()
    assert overlaps.unordered(draft, fold=False) == []
    assert time.perf_counter() - began < PATIENCE_S
    chain = [
        task(key, "src/app.py", f"src/{key}/**", needs=[before] if before else [])
        for before, key in zip(["", *keys], keys, strict=False)
    ]
    draft = drafted(AddRequest.parse({"tasks": chain}).tasks)
    assert overlaps.unordered(draft, fold=False) == []
