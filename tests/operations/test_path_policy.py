"""Paths: who touches the same files, by policy warn, refuse and off."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hands import claim, finish, lease, notices, refused, row, rows, state, worker

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.graph.paths import FORMS
from headwater.store.queries import paths, tasks
from headwater.store.transaction import Tx


def add(board: Board, **paths: list[str]) -> None:
    """One task a name, with these paths."""
    board.add([{"key": key, "paths": globs} for key, globs in paths.items()])


def parked(board: Board) -> dict[str, str]:
    """Each parked task and what it is parked on."""
    query = "SELECT p.key AS task, b.key AS on_ FROM task p JOIN task b ON b.id = p.blocker_id"
    return {one["task"]: one["on_"] for one in rows(board, query)}


def overlaps(board: Board) -> list[tuple[str, str, list[str]]]:
    """Every notice of an overlap: the task of who is told, the other one, the paths."""
    found: list[tuple[str, str, list[str]]] = []
    for one in notices(board, "paths_overlap"):
        data: dict[str, Any] = json.loads(one["data"])
        found.append((one["task"], data["with"], data["paths"]))
    return found


# -- what a task says it touches -----------------------------------------------------------------


def test_paths_are_kept_in_their_usual_spelling(board: Board) -> None:
    add(board, a=["./src//x.py", "docs/", "**/*.md"])
    assert board.graph(task="a").paths == ["src/x.py", "docs/**", "**/*.md"]


@pytest.mark.parametrize("wrong", ["/etc", "../x", "a\\b", "src/*/x", "", "src/?.py"])
def test_another_form_is_refused_by_add_split_edit_and_import(board: Board, wrong: str) -> None:
    add(board, a=[])
    spec = {"key": "b", "paths": ["src/**", wrong]}
    with refused(board, "bad_request", "paths.1", FORMS):
        board.add([spec])
    with refused(board, "bad_request", "paths.1", FORMS):
        board.split("a", [spec])
    with refused(board, "bad_request", "paths.0", FORMS):
        board.edit("a", set={"paths": [wrong]})
    with refused(board, "bad_request", "paths.1", FORMS):
        board.import_tasks([spec])


# -- warn ----------------------------------------------------------------------------------------


def test_a_claim_lists_the_active_tasks_that_touch_the_same_files(board: Board) -> None:
    add(board, one=["src/**", "docs/a.md"], two=["src/app.py"], far=["lib/**"], none=[])
    session = worker(board, "ann")
    assert claim(board, "one", session).neighbours is None
    claim(board, "far")
    claim(board, "none")
    briefing = claim(board, "two", worker(board, "bob"))
    assert briefing.neighbours is not None
    (near,) = briefing.neighbours
    assert (near.task, near.by.split("/")[0], near.paths) == ("one", "ann", ["src/**"])
    assert board.claim(session).neighbours is not None, "the other one, asked for again, has it too"


def test_both_holders_of_overlapping_tasks_are_told_once(board: Board) -> None:
    add(board, one=["src/**"], two=["src/app.py", "x"])
    first, second = worker(board), worker(board)
    claim(board, "one", first)
    claim(board, "two", second)
    assert overlaps(board) == [("one", "two", ["src/app.py"]), ("two", "one", ["src/**"])]
    assert [one.kind for one in board.check(session=first).notices or []] == ["paths_overlap"]
    told = board.check(session=second)
    assert [one.kind for one in told.notices or []] == ["paths_overlap"]
    assert told.next.startswith(
        "others are in files of two, too, and nothing is kept from you: mind their changes"
    )


def test_a_task_in_review_or_held_or_waiting_owns_no_paths(board: Board) -> None:
    board.add(
        [
            {"key": "reviewed", "paths": ["src/**"], "review": True},
            {"key": "held", "paths": ["src/**"]},
            {"key": "waiting", "paths": ["src/**"], "needs": ["held"]},
            {"key": "new", "paths": ["src/x"]},
        ]
    )
    finish(board, "reviewed")
    finish(board, "held", outcome="blocked", summary="which one?")
    assert claim(board, "reviewed", worker(board, "zoe")).kind == "review"
    assert claim(board, "new").neighbours is None
    assert {one["task_id"] for one in rows(board, "SELECT task_id FROM claimed_path")} == {
        row(board, "new")["id"]
    }


def test_what_many_neighbours_take_of_a_briefing_is_bounded(board: Board) -> None:
    board.add([{"key": f"t{n}", "paths": ["src/" + "x" * 300]} for n in range(30)])
    for number in range(29):
        claim(board, f"t{number}")
    neighbours = claim(board, "t29").neighbours or []
    assert 1 <= len(neighbours) < 5


def test_neighbours_are_within_the_budget_of_a_briefing(board: Board) -> None:
    ups = [f"u{n:02}-{'k' * 70}" for n in range(20)]
    path = ["src/" + "x" * 40]
    board.add([{"key": key, "title": "t" * 100} for key in ups])
    board.add([{"key": "end", "needs": ups, "paths": path}])
    for key in ups:
        finish(board, key, summary="word " * 300)
    board.add([{"key": f"t{n}", "paths": path} for n in range(30)])
    for number in range(30):
        claim(board, f"t{number}")
    got = board.claim(worker(board), "end", brief="short")
    assert len(got.neighbours or []) > 3
    assert len(got.model_dump_json(exclude_none=True).encode()) <= limits.BRIEF_BYTES["short"]


def test_paths_edited_during_a_review_are_owned_by_nobody(board: Board) -> None:
    board.add([{"key": "reviewed", "paths": ["lib/**"], "review": True}])
    add(board, new=["src/x"])
    finish(board, "reviewed")
    claim(board, "reviewed", worker(board, "zoe"))
    board.edit("reviewed", set={"paths": ["src/**"]})
    assert claim(board, "new").neighbours is None


def test_a_board_that_does_not_care_tells_nobody(board: Board) -> None:
    board.policy(paths="off")
    add(board, one=["src/**"], two=["src/app.py"])
    claim(board, "one")
    assert claim(board, "two").neighbours is None
    assert overlaps(board) == []


def test_paths_that_differ_in_case_alone_are_the_same_unless_the_policy_says_otherwise(
    board: Board,
) -> None:
    add(board, one=["Src/**"], two=["src/app.py"], three=["SRC/App.py"])
    claim(board, "one")
    assert claim(board, "two").neighbours
    board.policy(paths_fold=0)
    assert claim(board, "three").neighbours is None


def test_paths_edited_under_a_holder_tell_both_holders(board: Board) -> None:
    add(board, one=["src/**"], two=["lib/**"])
    claim(board, "one")
    token = lease(board, "two")
    board.edit("two", set={"paths": ["lib/**", "src/app.py"]})
    assert overlaps(board) == [("one", "two", ["src/app.py"]), ("two", "one", ["src/**"])]
    assert board.verify() == []
    board.edit("two", set={"title": "another"})
    board.edit("two", set={"paths": []}, lease=token)
    assert len(overlaps(board)) == 2
    assert board.verify() == []


# -- refuse --------------------------------------------------------------------------------------


@pytest.fixture
def strict(board: Board) -> Board:
    """A board that refuses overlaps, with one task active."""
    board.policy(paths="refuse")
    add(board, one=["src/**"], two=["src/app.py"], three=["lib/x.py"])
    return board


def test_the_queue_passes_over_a_task_whose_files_are_taken(strict: Board) -> None:
    claim(strict, "one")
    assert claim(strict).task == "three"
    assert parked(strict) == {"two": "one"}


def test_a_parked_task_returns_as_soon_as_its_blocker_is_not_active(
    strict: Board, clock: ManualClock
) -> None:
    token = lease(strict, "one")
    claim(strict)
    none = strict.claim(worker(strict)).none
    assert none is not None
    assert none.reason == "paths_busy"
    assert none.counts["paths_busy"] == 1
    assert none.soonest is None, "its holder is there"
    assert [one["task"] for one in none.blocked_by or []] == ["one"]
    clock.advance(minutes=20)
    silent = strict.claim(worker(strict)).none
    assert silent is not None
    assert silent.soonest == {"reason": "paths", "task": "one", "in_s": 2400}
    strict.finish(token, summary="made")
    assert parked(strict) == {}
    assert claim(strict).task == "two"


ENDINGS: dict[str, Callable[[Board, str], object]] = {
    "failed": lambda board, token: board.finish(token, "failed", summary="why"),
    "release": lambda board, token: board.finish(token, "release", summary="why"),
    "handoff": lambda board, token: board.finish(token, "handoff", notes="why", to="agent:zoe"),
    "blocked": lambda board, token: board.finish(token, "blocked", summary="why?"),
    "cancel": lambda board, token: board.cancel(["one"]),
    "by hand": lambda board, token: board.done("one"),
    "released": lambda board, token: board.release("one"),
    "split": lambda board, token: board.split("one", [{"key": "part"}], lease=token),
    "undone": lambda board, token: board.undo_claim(token),
    "waits": lambda board, token: board.edit("one", add_needs=["three"], lease=token),
    "no paths": lambda board, token: board.edit("one", set={"paths": []}),
    "policy": lambda board, token: board.policy(paths="warn"),
    "fold": lambda board, token: board.policy(paths_fold=0),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_whatever_ends_the_blocker_frees_what_is_parked_on_it(strict: Board, ending: str) -> None:
    token = lease(strict, "one")
    strict.add([{"key": "zzz", "paths": ["other"], "priority": -5}])
    assert strict.claim(worker(strict)).task == "three" if ending != "waits" else True
    strict.claim(worker(strict))
    assert parked(strict) == {"two": "one"}
    ENDINGS[ending](strict, token)
    assert parked(strict) == {}
    assert strict.verify() == []


def test_a_lease_that_runs_out_frees_the_paths_too(strict: Board, clock: ManualClock) -> None:
    old = worker(strict)
    claim(strict, "one", old)
    claim(strict)
    strict.claim(worker(strict))
    assert parked(strict) == {"two": "one"}
    clock.advance(minutes=61)
    new = worker(strict)
    clock.advance(minutes=3)
    assert claim(strict, "two", new).task == "two"
    assert strict.check(session=old).leases == [], "somebody else is in these files by now"
    assert state(strict, "one") == "ready"


def test_a_late_finish_is_welcome_although_somebody_is_in_its_files(
    strict: Board, clock: ManualClock
) -> None:
    token = lease(strict, "one")
    clock.advance(minutes=61)
    new = worker(strict)
    clock.advance(minutes=3)
    claim(strict, "two", new)
    assert strict.finish(token, summary="late, and done").state == "done"
    assert strict.verify() == []


def test_a_claim_by_name_says_who_holds_which_paths(strict: Board) -> None:
    claim(strict, "one", worker(strict, "ann"))
    session = worker(strict, "bob")
    with refused(strict, "paths_busy", "one", "ann") as refusal:
        strict.claim(session, "two")
    facts = refusal.value.state
    assert (facts["blocked_by"], facts["paths"]) == ("one", ["src/**"])


def test_a_handed_over_task_waits_for_its_files_too(strict: Board) -> None:
    token = lease(strict, "two", worker(strict, "ann"))
    strict.finish(token, "handoff", notes="half done", to="bob")
    claim(strict, "one")
    bob = worker(strict, "bob")
    assert strict.claim(bob, kind="handoff").none is not None
    assert parked(strict) == {"two": "one"}
    assert claim(strict, session=bob).task == "three"


def test_paths_are_not_edited_into_those_of_another_active_task(strict: Board) -> None:
    claim(strict, "one")
    claim(strict, "three")
    with refused(strict, "paths_busy", "three", "choose other paths; or agree with its holder"):
        strict.edit("three", set={"paths": ["src/app.py"]})


def test_a_parked_task_whose_paths_are_edited_is_looked_at_anew(strict: Board) -> None:
    claim(strict, "one")
    claim(strict, "three")
    strict.claim(worker(strict))
    assert parked(strict) == {"two": "one"}
    strict.edit("two", set={"paths": ["other.py"]})
    assert claim(strict).task == "two"


def test_a_parked_task_may_be_cancelled_or_begin_to_wait(strict: Board) -> None:
    strict.add([{"key": "four", "paths": ["src/four"]}])
    claim(strict, "one")
    claim(strict, "three")
    strict.claim(worker(strict))
    assert parked(strict) == {"two": "one", "four": "one"}
    strict.cancel(["two"])
    strict.edit("four", add_needs=["one"])
    assert parked(strict) == {}
    assert strict.verify() == []


def test_files_of_another_board_are_other_files(strict: Board) -> None:
    other = Board(strict.store, "other")
    other.policy(paths="refuse")
    add(other, same=["src/app.py"], above=["lib/**"])
    for board, key in ((other, "same"), (other, "above"), (strict, "two"), (strict, "three")):
        assert claim(board, key).task == key
    add(other, parked=["lib/y.py"])
    assert other.claim(worker(other)).none is not None
    assert [one for one in strict.graph(view="stuck").stuck if one["why"] == "paths_busy"] == []


def test_who_looks_is_told_what_is_parked(strict: Board) -> None:
    claim(strict, "one", worker(strict, "ann"))
    claim(strict)
    strict.claim(worker(strict))
    stuck: list[Any] = strict.graph(view="stuck").stuck or []
    assert [one for one in stuck if one["why"] == "paths_busy"] == [
        {"why": "paths_busy", "task": "two", "blocker": "one", "holder": "ann/1", "parked": 1}
    ]
    assert strict.graph(task="two").blocked_by == "one"
    there: list[Any] = strict.graph(view="agents").agents or []
    found: dict[str, Any] = {}
    for agent in there:
        found |= {held["task"]: held.get("paths") for held in agent["holds"]}
    assert found == {"one": ["src/**"], "three": ["lib/x.py"]}


# -- cost ----------------------------------------------------------------------------------------


def test_a_task_without_paths_runs_no_statement_about_paths(
    strict: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict.add([{"key": "plain"}])
    claim(strict, "one")
    seen: list[object] = []
    kind: type[Tx] = strict.store.write(type)
    for name in ("all", "one", "run", "count", "many"):
        method = getattr(kind, name)

        def noted(tx: Tx, sql: object, *args: Any, call: Any = method, **params: Any) -> Any:
            seen.append(sql)
            return call(tx, sql, *args, **params)

        monkeypatch.setattr(kind, name, noted)
    strict.finish(lease(strict, "plain"), summary="made")
    assert tasks.BY_KEY in seen
    assert not any(one in vars(paths).values() for one in seen)


def test_a_task_that_overlaps_since_before_the_policy_can_still_be_taken_over(board: Board) -> None:
    add(board, one=["src/**"], two=["src/app.py"], three=["src/b.py"])
    claim(board, "one")
    first = lease(board, "two")
    board.policy(paths="refuse")
    another = worker(board)
    with refused(board, "paths_busy"):
        board.claim(another, "three")
    assert board.claim(another, "two", take_over=True).fence == 2
    assert board.check(first).lost


def test_a_reviewer_comes_back_late_to_files_that_others_are_in_by_now(
    board: Board, clock: ManualClock
) -> None:
    board.policy(paths="refuse", lease_minutes=10)
    board.add([{"key": "reviewed", "paths": ["src/**"], "review": True}])
    finish(board, "reviewed")
    token = claim(board, "reviewed", worker(board, "eve")).lease or ""
    watcher = worker(board, "watcher")
    for _ in range(3):
        clock.advance(minutes=4)
        board.check(session=watcher)
    add(board, new=["src/x"])
    claim(board, "new")
    assert [held.task for held in board.check(token).leases] == ["reviewed"]
