"""A plan that is imported again updates the tasks that are there."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hands import claim, edges, events, finish, lease, refused, row, states, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from wandering import Wanderer

from headwater import Board
from headwater.clock import ManualClock
from headwater.verbs.importing import ImportReply

PLAN: list[dict[str, Any]] = [
    {"key": "a", "title": "A", "spec": "Do a.", "estimate": 10, "paths": ["src/a.py"]},
    {"key": "b", "needs": ["a"], "group": "db"},
    {"key": "c", "needs": ["b"], "soft": ["a"]},
]


def again(board: Board, *tasks: dict[str, Any], **options: Any) -> ImportReply:
    return board.import_tasks(tasks, existing="update", **options)


def with_(key: str, **changes: Any) -> list[dict[str, Any]]:
    return [task | changes if task["key"] == key else task for task in PLAN]


@pytest.fixture
def planned(board: Board) -> Board:
    board.import_tasks(PLAN)
    return board


def left(reply: ImportReply) -> list[tuple[str, str]]:
    return [(one.task, one.field) for one in reply.left or []]


def test_the_same_plan_again_changes_nothing(planned: Board) -> None:
    reply = again(planned, *PLAN)
    assert (reply.added, reply.skipped, reply.updated, reply.left) == (0, 3, None, None)
    assert events(planned) == ["imported"]


def test_fields_that_differ_are_edited_and_empty_ones_stay(planned: Board) -> None:
    reply = again(planned, *with_("a", title="New", spec="", estimate=0, priority=3))
    assert reply.updated == ["a"]
    found = row(planned, "a")
    assert (found["title"], found["priority"], found["estimate_ms"]) == ("New", 3, 600_000)
    assert found["version"] == 2
    assert texts(planned, "a")["spec"] == "Do a."
    assert planned.verify() == []


def test_edges_among_the_plans_tasks_become_those_of_the_plan(planned: Board) -> None:
    planned.add([{"key": "mine", "before": ["c"]}])
    reply = again(planned, *with_("c", needs=["a"], soft=[]), {"key": "d", "needs": ["c"]})
    assert (reply.added, reply.updated) == (1, ["c"])
    assert {(up, kind) for task, up, kind in edges(planned) if task == "c"} == {
        ("a", "hard"),
        ("mine", "hard"),
    }
    assert planned.verify() == []


def test_contracts_are_written(planned: Board) -> None:
    agreed = {"task": "a", "expect": "x", "promise": "y", "keys": ["k"]}
    assert again(planned, *with_("b", contracts=[agreed])).updated == ["b"]
    assert again(planned, *with_("b", contracts=[agreed])).updated is None


def test_what_may_not_change_any_more_is_left_and_named(planned: Board) -> None:
    finish(planned, "a", summary="Done here.")
    job = claim(planned, "b")
    plan = with_("a", state="done", summary="Done there.", title="Still told")
    plan[1] = plan[1] | {"state": "failed", "needs": ["a", "d"], "notes": "Try harder."}
    reply = again(planned, *plan, {"key": "d"})
    assert left(reply) == [
        ("a", "summary"),
        ("b", "needs"),
        ("b", "state"),
        ("b", "notes"),
    ]
    assert reply.updated == ["a"]
    assert states(planned) == {"a": "done", "b": "active", "c": "waiting", "d": "ready"}
    assert job.lease is not None
    planned.finish(lease=job.lease)
    assert planned.verify() == []


def test_what_the_plan_says_is_done_is_done_unless_somebody_is_at_it(planned: Board) -> None:
    lease(planned, "a")
    plan = [task | {"state": "done", "summary": task["key"]} for task in PLAN]
    reply = again(planned, *plan)
    assert reply.updated == ["b", "c"]
    assert left(reply) == [("a", "state"), ("a", "summary")]
    assert states(planned) == {"a": "active", "b": "done", "c": "done"}
    assert planned.verify() == []


def test_a_dry_run_says_the_same_and_changes_nothing(planned: Board) -> None:
    before = planned.revision()
    plan = [*with_("a", title="New"), {"key": "d"}]
    would = again(planned, *plan, dry_run=True)
    assert (would.added, would.updated, would.dry_run) == (1, ["a"], True)
    assert planned.revision() == before
    did = again(planned, *plan)
    assert (did.added, did.updated) == (1, ["a"])


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_circle_with_what_the_board_has_changes_nothing(planned: Board, dry_run: bool) -> None:
    planned.add([{"key": "mine", "needs": ["b"], "before": ["c"]}])
    before = planned.revision()
    plan = [*with_("b", needs=["d"], title="New"), {"key": "d", "needs": ["mine"]}]
    with refused(planned, "cycle"):
        again(planned, *plan, dry_run=dry_run)
    assert planned.revision() == before


def test_parts_and_stand_ins_stay_in_their_places(planned: Board) -> None:
    planned.split("b", [{"key": "b1"}, {"key": "b2"}])
    planned.add([{"key": "a2", "supersedes": "a"}])
    reply = again(planned, *PLAN)
    assert (reply.updated, reply.left) == (None, None)
    assert again(planned, *with_("c", title="C")).updated == ["c"]
    assert planned.verify() == []


@settings(max_examples=12, derandomize=True, database=None, deadline=None)
@given(seed=st.integers(0, 10**6), steps=st.integers(10, 80))
def test_an_update_of_any_board_leaves_nothing_for_a_second_one(seed: int, steps: int) -> None:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        clock = ManualClock(1_800_000_000_000)
        with Board.open(Path(folder) / "board.db", clock=clock) as board:
            board.add([{"key": "first"}])
            wanderer = Wanderer(board, clock, seed)
            for _ in range(steps):
                wanderer.step()
            plan = [
                task.model_copy(update=_other(chance))
                for task in board.plan().tasks
                if task.key == "first" or chance.random() < 0.8
            ]
            kept = {task.key for task in plan}
            plan = [
                task.model_copy(
                    update={
                        "needs": [up for up in task.needs if up in kept and chance.random() < 0.8],
                        "contracts": [],
                    }
                )
                for task in plan
            ]
            again(board, *(task.model_dump() for task in plan))
            assert board.verify() == []
            second = again(board, *(task.model_dump() for task in plan))
            assert second.updated is None


def _other(chance: random.Random) -> dict[str, Any]:
    """Something that a plan may say differently."""
    return chance.choice(
        [{}, {"title": "Other"}, {"priority": 7}, {"estimate": 5}, {"state": "done"},
         {"state": "failed"}, {"capabilities": ["gpu"]}, {"paths": ["x/**"]}, {"notes": "Other."}]
    )  # fmt: skip
