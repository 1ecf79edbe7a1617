"""A plan that is imported again updates the tasks that are there."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from typing import Any, Final, Literal, get_args

import pytest
from hands import claim, edges, events, finish, lease, refused, row, states, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from wandering import Wanderer

from headwater import Board
from headwater.clock import ManualClock
from headwater.operations import updating
from headwater.operations.exporting import Outgoing
from headwater.verbs.importing import ImportedTask, ImportReply, PlanField
from headwater.verbs.plan import TaskChanges

SAYS: Final = get_args(PlanField)
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


def test_fields_that_differ_are_edited(planned: Board) -> None:
    reply = again(planned, *with_("a", title="New", estimate=0.5, priority=3))
    assert (reply.updated, reply.cleared) == (["a"], None)
    found = row(planned, "a")
    assert (found["title"], found["priority"], found["estimate_ms"]) == ("New", 3, 30_000)
    assert found["version"] == 2
    assert planned.verify() == []


FILLED: dict[str, Any] = {
    "title": "T", "spec": "S", "acceptance": ["A"], "priority": 7, "estimate": 5,
    "capabilities": ["gpu"], "paths": ["src/**"], "review": True, "attempts": 5,
    "budget": {"usd": 2}, "group": "G",
}  # fmt: skip


@pytest.mark.parametrize("name", FILLED)
def test_what_an_import_has_filled_is_cleared_when_the_plan_says_it_no_more(
    board: Board, name: str
) -> None:
    assert FILLED.keys() == TaskChanges.model_fields.keys(), "every field is tried"
    board.import_tasks([{"key": "a"} | FILLED, {"key": "b"} | FILLED])
    less = {key: value for key, value in FILLED.items() if key != name}
    would = again(board, {"key": "a"} | less, {"key": "b"} | FILLED, dry_run=True)
    did = again(board, {"key": "a"} | less, {"key": "b"} | FILLED)
    assert (would.cleared, did.cleared, did.updated) == ({name: ["a"]}, {name: ["a"]}, ["a"])
    there = {task.key: task for task in board.plan().tasks}
    assert there["a"] == ImportedTask.model_validate({"key": "a"} | less)
    assert there["b"] == ImportedTask.model_validate({"key": "b"} | FILLED)
    second = again(board, {"key": "a"} | less, {"key": "b"} | FILLED)
    assert (second.updated, second.cleared, second.left) == (None, None, None)
    assert board.verify() == []


def test_what_somebody_here_has_filled_is_not_cleared(board: Board) -> None:
    board.import_tasks([{"key": "a", "spec": "S", "priority": 7}])
    board.edit("a", set={"estimate": 30, "spec": "Mine", "group": "mine"})
    reply = again(board, {"key": "a"})
    assert (reply.updated, reply.cleared) == (["a"], {"priority": ["a"]})
    assert left(reply) == [("a", "spec")]
    assert "changed here since" in (reply.left or [])[0].why
    found = row(board, "a")
    assert (found["estimate_ms"], found["grouping"]) == (1_800_000, "mine")
    assert texts(board, "a")["spec"] == "Mine"


def test_an_update_fills_and_a_later_one_clears(board: Board) -> None:
    board.add([{"key": "a"}])
    again(board, {"key": "a", "spec": "S"})
    assert again(board, {"key": "a"}).cleared == {"spec": ["a"]}
    assert texts(board, "a")["spec"] == ""


def test_what_a_format_has_no_place_for_stays(board: Board) -> None:
    board.import_tasks([{"key": "a", "spec": "S", "estimate": 5}])
    reply = again(board, {"key": "a"}, says=["title", "spec"])
    assert reply.cleared == {"spec": ["a"]}
    assert row(board, "a")["estimate_ms"] == 300_000


def test_a_contract_and_a_hard_need_are_taken_back_too(board: Board) -> None:
    agreed = {"task": "a", "expect": "x"}
    both = [{"key": "a"}, {"key": "b", "contracts": [agreed]}, {"key": "c", "needs": ["a"]}]
    board.import_tasks(both)
    board.add([{"key": "d", "needs": ["a"]}])
    softer = [{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "soft": ["a"]}]
    reply = again(board, *softer, {"key": "d", "soft": ["a"]})
    assert reply.cleared == {"contract a": ["b"], "hard a": ["c"]}
    assert edges(board) == {("b", "a", "hard"), ("c", "a", "soft"), ("d", "a", "hard")}
    there = {task.key: task for task in board.plan().tasks}
    assert there["b"].contracts == []
    assert board.verify() == []


def test_nothing_is_cleared_by_guess_after_the_history_was_archived(
    board: Board, tmp_path: Path
) -> None:
    board.import_tasks([{"key": "a", "spec": "S"}])
    board.edit("a", set={"title": "T"})
    board.archive(before=board.revision(), to=tmp_path / "old.jsonl")
    reply = again(board, {"key": "a"})
    assert reply.updated is None
    assert [(one.field, "archived" in one.why) for one in reply.left or []] == [("spec", True)]
    assert row(board, "a")["title"] == "T"


def test_edges_among_the_plans_tasks_become_those_of_the_plan(planned: Board) -> None:
    planned.add([{"key": "mine", "before": ["c"]}])
    reply = again(planned, *with_("c", needs=["a"], soft=[]), {"key": "d", "needs": ["c"]})
    assert (reply.added, reply.updated) == (1, ["c"])
    assert {(up, kind) for task, up, kind in edges(planned) if task == "c"} == {
        ("a", "hard"),
        ("mine", "hard"),
    }
    assert planned.verify() == []


def test_what_stands_before_others_is_compared_as_their_need(planned: Board) -> None:
    planned.add([{"key": "mine"}])
    plan = [*PLAN, {"key": "n", "before": ["c", "mine"]}]
    reply = again(planned, *plan)
    assert (reply.added, reply.edges) == (1, 2)
    wanted = edges(planned)
    assert {("c", "n", "hard"), ("mine", "n", "hard")} <= set(wanted)
    second = again(planned, *plan)
    assert (second.updated, second.left, edges(planned)) == (None, None, wanted)
    assert second.edges == 0
    planned.edit("c", drop_needs=["n"])
    planned.edit("mine", drop_needs=["n"])
    reply = again(planned, *plan, {"key": "new"}, {"key": "n2", "before": ["new"]})
    assert (reply.added, reply.updated) == (2, ["c", "mine"])
    turned = [*plan[:-1], {"key": "n", "before": ["new"]}]
    assert again(planned, *turned, {"key": "new"}).updated == ["c", "new"]
    assert planned.verify() == []


def test_a_task_of_the_plan_that_can_wait_for_no_more_is_left_and_named(planned: Board) -> None:
    lease(planned, "a")
    planned.add([{"key": "mine"}])
    lease(planned, "mine")
    assert left(again(planned, *PLAN, {"key": "n", "before": ["a"]})) == [("a", "needs")]
    reply = again(planned, *PLAN, {"key": "n", "before": ["a", "mine"]})
    assert left(reply) == [("a", "needs"), ("n", "before")]
    why = "mine is being worked on by worker/2; only its holder may add a hard upstream"
    assert [one.why for one in reply.left or []][1] == why
    assert planned.verify() == []


def test_what_is_skipped_takes_no_more_needs_than_a_new_task_gives_it(planned: Board) -> None:
    plan = [*PLAN[:-1], PLAN[-1] | {"before": ["new", "a2"]}, {"key": "n", "before": ["c"]}]
    reply = planned.import_tasks([*plan, {"key": "new"}, {"key": "a2"}], existing="skip")
    assert (reply.added, reply.skipped) == (3, 3)
    assert {("new", "c", "hard"), ("a2", "c", "hard"), ("c", "n", "hard")} <= set(edges(planned))


def test_a_task_before_the_one_in_its_place_needs_nothing_more(planned: Board) -> None:
    planned.add([{"key": "a2", "supersedes": "a"}])
    wanted = edges(planned)
    reply = again(planned, *with_("a", before=["a2"]))
    assert (reply.updated, reply.left, edges(planned)) == (None, None, wanted)


@pytest.mark.parametrize("existing", ["skip", "update"])
def test_a_new_task_before_itself_is_refused_beside_those_that_are_there(
    planned: Board, existing: Literal["skip", "update"]
) -> None:
    with refused(planned, "cycle", "n cannot be before itself"):
        planned.import_tasks([*PLAN, {"key": "n", "before": ["a", "n"]}], existing=existing)


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


def test_a_task_that_is_held_here_and_open_in_the_plan_is_named(board: Board) -> None:
    board.import_tasks([{"key": "a", "state": "held"}, {"key": "b"}])
    reply = again(board, {"key": "a"}, {"key": "b"})
    assert left(reply) == [("a", "state")]
    assert "`headwater answer`" in (reply.left or [])[0].why


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


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("between", [False, True])
def test_an_edge_that_the_plan_turns_round_is_turned_round(
    planned: Board, first: bool, between: bool
) -> None:
    turned = [{"key": "b", "needs": []}, {"key": "a", "needs": ["n" if between else "b"]}]
    new = [{"key": "n", "needs": ["b"], "before": ["a"]}] if between else []
    assert again(planned, *(turned if first else turned[::-1]), *new).updated is not None
    needed = {(task, upstream) for task, upstream, _ in edges(planned)}
    assert ("b", "a") not in needed
    assert needed >= ({("a", "n"), ("n", "b")} if between else {("a", "b")})


def test_parts_and_stand_ins_stay_in_their_places(planned: Board) -> None:
    planned.split("b", [{"key": "b1"}, {"key": "b2"}])
    planned.add([{"key": "a2", "supersedes": "a"}])
    reply = again(planned, *PLAN)
    assert (reply.updated, reply.left) == (None, None)
    assert again(planned, *with_("c", title="C")).updated == ["c"]
    assert planned.verify() == []


def test_a_board_is_what_its_own_export_says(planned: Board) -> None:
    planned.split("b", [{"key": "b1"}, {"key": "b2"}])
    planned.add([{"key": "a2", "supersedes": "a"}])
    reply = again(planned, *(task.model_dump() for task in planned.plan().tasks))
    assert (reply.updated, reply.left) == (None, None)
    assert ("a2", "a", "soft") in edges(planned), "the past that it goes on from"


@pytest.mark.parametrize("then", ["superseded", "split"])
def test_a_board_whose_stand_ins_went_on_is_what_its_own_export_says(
    planned: Board, then: str
) -> None:
    planned.add([{"key": "a2", "supersedes": "a"}])
    if then == "split":
        planned.split("a2", [{"key": "a3"}, {"key": "a4"}])
    else:
        planned.add([{"key": "a3", "supersedes": "a2"}])
    reply = again(planned, *(task.model_dump() for task in planned.plan().tasks))
    assert (reply.updated, reply.left) == (None, None)
    assert again(planned, *PLAN).updated is None
    assert planned.verify() == []


def test_comparing_a_task_costs_the_same_in_a_plan_of_any_size() -> None:
    task = ImportedTask(key="a", needs=["b"], title="A")

    def cost(size: int) -> float:
        planned = {f"task-{n}" for n in range(size)}
        pairs = [updating._Pair(task, task, Outgoing(), planned) for _ in range(50)]  # pyright: ignore[reportPrivateUsage]
        begun = time.thread_time()
        assert not any(pair.missing(SAYS) for pair in pairs)
        return time.thread_time() - begun

    cost(10)
    assert cost(100_000) < 20 * cost(10)


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
            again(board, *({"key": task.key, "state": task.state} for task in plan))
            assert board.verify() == []


def test_what_the_plan_has_no_more_is_listed_while_it_is_open(planned: Board) -> None:
    planned.add([{"key": "of-the-board"}])
    planned.import_tasks([{"key": "of-another-plan"}])
    assert again(planned, *PLAN).absent is None
    assert again(planned, *PLAN, {"key": "later"}, {"key": "last"}).absent is None
    assert again(planned, *PLAN[:1], dry_run=True).absent == ["b", "c"]
    assert again(planned, *PLAN[:1]).absent == ["b", "c"]
    assert again(planned, {"key": "later"}).absent == ["last"]
    assert states(planned)["b"] == "waiting", "nothing was given up"
    planned.cancel(["c"])
    assert again(planned, *PLAN[:1]).absent == ["b"]
    finish(planned, "a")
    finish(planned, "b")
    assert again(planned, *PLAN[:1]).absent is None


def _other(chance: random.Random) -> dict[str, Any]:
    """Something that a plan may say differently."""
    return chance.choice(
        [{}, {"title": "Other"}, {"priority": 7}, {"estimate": 5}, {"state": "done"},
         {"state": "failed"}, {"capabilities": ["gpu"]}, {"paths": ["x/**"]}, {"notes": "Other."}]
    )  # fmt: skip


@pytest.mark.parametrize("existing", ["refuse", "skip", "update"])
def test_a_key_that_stands_twice_in_the_plan_is_refused(
    planned: Board, existing: Literal["refuse", "skip", "update"]
) -> None:
    before = planned.revision()
    key = planned.graph("list").tasks[0]["key"]
    with refused(planned, "duplicate_key", f"twice in this call: {key}"):
        planned.import_tasks([{"key": key, "title": "one"}, {"key": key}], existing=existing)
    assert planned.revision() == before


def test_a_task_that_the_plan_says_is_done_brings_all_that_it_delivered(planned: Board) -> None:
    delivered = {
        "summary": "made",
        "critical": {"port": 80},
        "artifacts": [{"name": "log", "text": "built"}],
        "delivered": {"b": "for b"},
        "evidence": {"tests pass": "42 passed"},
    }
    again(planned, *with_("a", state="done", **delivered))
    upstream = (claim(planned, "b").upstream or [])[0]
    assert (upstream.summary, upstream.critical, upstream.delivered) == (
        "made",
        {"port": 80},
        "for b",
    )
    found = planned.graph(task="a").delivery
    assert (found.evidence, found.artifacts[0]["name"]) == (delivered["evidence"], "log")
