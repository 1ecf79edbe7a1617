"""Rights come from the credential and from nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hands import lease, refused, worker

from headwater import Board
from headwater.operations.caller import Caller, Rights

CALLS: dict[str, tuple[Rights, Callable[[Board, str, str], object]]] = {
    "join": ("work", lambda board, session, lease: board.join("x")),
    "claim": ("work", lambda board, session, lease: board.claim(session)),
    "check": ("work", lambda board, session, lease: board.check(lease)),
    "finish": ("work", lambda board, session, lease: board.finish(lease)),
    "tell": ("work", lambda board, session, lease: board.tell("all", "x")),
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
