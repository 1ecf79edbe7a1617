"""Rights come from the credential and from nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hands import lease, refused, row, states, worker

from headwater import Board
from headwater.operations.caller import Caller, Rights

CALLS: dict[str, tuple[Rights, Callable[[Board, str, str], object]]] = {
    "join": ("work", lambda board, session, lease: board.join("x")),
    "claim": ("work", lambda board, session, lease: board.claim(session)),
    "check": ("work", lambda board, session, lease: board.check(lease)),
    "finish": ("work", lambda board, session, lease: board.finish(lease)),
    "tell": ("work", lambda board, session, lease: board.tell("all", "x")),
    "tell rules": ("plan", lambda board, session, lease: board.tell("rules", "x")),
    "add": ("plan", lambda board, session, lease: board.add([{"key": "n"}])),
    "edit": ("plan", lambda board, session, lease: board.edit("b", set={"title": "x"})),
    "cancel": ("plan", lambda board, session, lease: board.cancel(["b"])),
    "pause": ("plan", lambda board, session, lease: board.pause()),
    "redact": ("admin", lambda board, session, lease: board.redact("secret")),
}
ORDER: list[Rights] = ["observe", "work", "plan", "admin"]


@pytest.mark.parametrize("verb", CALLS)
def test_a_verb_is_refused_to_the_next_lower_right(board: Board, verb: str) -> None:
    needed, call = CALLS[verb]
    board.add([{"key": "a"}, {"key": "b"}])
    session = worker(board)
    token = lease(board, "a", session)
    lower = ORDER[ORDER.index(needed) - 1]
    caller = Board(board.store, board.name, Caller(rights=lower))
    with refused(board, "forbidden", f"needs the right {needed!r}", f"has {lower!r}"):
        call(caller, session, token)


@pytest.mark.parametrize("verb", CALLS)
def test_a_verb_is_allowed_with_exactly_the_right_it_needs(board: Board, verb: str) -> None:
    needed, call = CALLS[verb]
    board.add([{"key": "a"}, {"key": "b"}])
    session = worker(board)
    token = lease(board, "a", session)
    call(Board(board.store, board.name, Caller(rights=needed)), session, token)


@pytest.mark.parametrize("verb", ["edit", "split"])
def test_only_who_may_plan_takes_a_review_off(board: Board, verb: str) -> None:
    board.policy(review="always")
    board.add([{"key": "a"}, {"key": "b", "review": False}])
    low = Board(board.store, board.name, Caller(rights="work"))
    children = [{"key": "whole"}, {"key": "part", "review": False}]

    def call(on: Board, task: str, token: str) -> list[str] | None:
        if verb == "edit":
            return on.edit(task, set={"review": False, "title": "x"}, lease=token).warnings
        into = [{**child, "key": f"{task}.{child['key']}"} for child in children]
        return on.split(task, into, lease=token).warnings

    mine, other = lease(board, "a"), lease(board, "b")
    with refused(board, "forbidden", f"{verb} with review=false needs the right 'plan'"):
        call(low, "a", mine)
    assert not call(low, "b", other), "it is not to be reviewed anyway"
    said = call(board, "a", mine)
    assert said == (["not to be reviewed, though a is: a.part"] if verb == "split" else None)


PLANNED: dict[str, object] = {
    "acceptance": ["nothing"],
    "attempts": 9,
    "budget": {"minutes": 0},
    "capabilities": [],
    "group": "elsewhere",
    "priority": 9,
}


@pytest.mark.parametrize("field", PLANNED)
def test_a_worker_changes_neither_its_limits_nor_what_it_is_judged_by(
    board: Board, field: str
) -> None:
    board.add(
        [{"key": "a", "acceptance": ["it works"], "budget": {"minutes": 30}, "group": "mine"}]
    )
    board.edit("a", set={"capabilities": ["python"]})
    mine = board.claim(worker(board, "w", "python"), "a").lease or ""
    low = Board(board.store, board.name, Caller(rights="work"))
    with refused(board, "forbidden", f"edit of {field} needs the right 'plan'", "tell(to="):
        low.edit("a", set={field: PLANNED[field], "title": "x"}, lease=mine)
    board.edit("a", set={field: PLANNED[field]}, lease=mine)


def test_a_worker_changes_what_belongs_to_doing_the_work(board: Board) -> None:
    board.add([{"key": "a", "attempts": 3}, {"key": "b"}])
    mine = lease(board, "a")
    low = Board(board.store, board.name, Caller(rights="work"))
    own = {"title": "t", "spec": "s", "estimate": 5, "paths": ["src/a.py"]}
    done = low.edit("a", set={**own, "attempts": 3, "review": True}, add_soft=["b"], lease=mine)
    assert set(done.changed) == {*own, "review", "needs"}


WIDER: dict[str, tuple[str, list[dict[str, object]]]] = {
    "group": ("another group", [{"key": "p", "group": "elsewhere"}]),
    "capabilities": ("another capabilities", [{"key": "p", "capabilities": ["sql"]}]),
    "attempts": ("another attempts", [{"key": "p", "attempts": 9}]),
    "priority": ("another priority", [{"key": "p", "priority": 1}]),
    "no budget": ("30 minutes among", [{"key": "p"}, {"key": "q", "budget": {"minutes": 1}}]),
    "too much": ("30 minutes among", [{"key": k, "budget": {"minutes": 16}} for k in "pq"]),
}


@pytest.mark.parametrize("way", WIDER)
def test_a_split_is_no_way_round_the_limits_of_a_worker(board: Board, way: str) -> None:
    board.add([{"key": "a", "group": "mine", "capabilities": ["python"], "attempts": 2}])
    board.edit("a", set={"budget": {"minutes": 30}})
    mine = board.claim(worker(board, "w", "python"), "a").lease or ""
    low = Board(board.store, board.name, Caller(rights="work"))
    said, parts = WIDER[way]
    if way not in ("no budget", "too much"):
        parts = [{**part, "budget": {"minutes": 30}} for part in parts]
    with refused(board, "forbidden", f"{said}", "needs the right 'plan'"):
        low.split("a", parts, lease=mine)
    low.split("a", [{"key": k, "budget": {"minutes": 15}} for k in "pq"], lease=mine)
    assert {row(board, k)["attempts"] for k in "pq"} == {2}


def test_a_worker_lets_nobody_wait_for_its_parts_but_who_waits_for_its_task(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "after", "needs": ["a"]}, {"key": "other"}])
    mine = lease(board, "a")
    low = Board(board.store, board.name, Caller(rights="work"))
    with refused(board, "forbidden", "another priority than the task's needs") as error:
        low.split("a", [{"key": "p", "priority": 9}], lease=mine)
    assert error.value.next.startswith("leave out priority: a part has the task's; or tell(")
    with refused(board, "forbidden", "split with a part before other needs the right 'plan'"):
        low.split("a", [{"key": "p", "before": ["other"]}], lease=mine)
    low.split("a", [{"key": "p", "before": ["q", "after"]}, {"key": "q"}], lease=mine)
    assert states(board) == {
        "a": "split",
        "after": "waiting",
        "other": "ready",
        "p": "ready",
        "q": "waiting",
    }


@pytest.mark.parametrize("verb", ["edit", "split", "rework"])
def test_a_worker_is_told_what_it_may_do_with_its_lease_and_whom_to_ask(
    board: Board, verb: str
) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "free"}])
    board.finish(lease(board, "a"), summary="x")
    session = worker(board)
    mine = lease(board, "b", session)
    low = Board(board.store, board.name, Caller(rights="work"))
    calls: dict[str, Callable[[str], object]] = {
        "edit": lambda token: low.edit("b", set={"title": "x"}, lease=token),
        "split": lambda token: low.split("b" if token else "free", [{"key": "c"}], lease=token),
        "rework": lambda token: low.rework("a", "wrong", lease=token),
    }
    with refused(board, "forbidden", f"{verb} needs the right", "lease you may", "tell(to="):
        calls[verb]("")
    calls[verb](mine)
