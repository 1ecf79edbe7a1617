"""Two boards in one store, used at the same time under the same names: nothing crosses over.

A board must answer as if it were alone. So each of its calls is made twice: on a board beside
another one, and on a board in a store of its own; the answers must be the same. Whatever crossed
over would be seen: a text, a count, a reason, a task that is parked or finished by another's.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import HeadwaterError
from headwater.operations import finish, overview
from headwater.verbs.base import Reply

KEYS = ["build", "test", "ship"]
AGENTS = ["ann", "bob"]
VIEWS = ["list", "critical", "stuck", "agents", "history", "deliveries", "mermaid"]
_OF_THE_STORE = re.compile(
    r"s-[A-Za-z0-9_-]{16}|(?<=#)\d+\.[A-Za-z0-9_-]{16}|(?<='id': )\d+|(?<=[a-zA-Z]/)\d+"
)
"""Names of sessions, secrets of leases, numbers of notices and sessions: counted, or drawn by
chance, in a whole store."""


@pytest.fixture(autouse=True, scope="module")
def no_jitter() -> Iterator[None]:
    """A backoff is spread by the number of the task's row, which another board's tasks move."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finish, "_JITTER", 0)
        yield


def said(call: Callable[[], object]) -> Any:
    """What a call answers, be it a refusal."""
    try:
        found = call()
    except HeadwaterError as error:
        return error.as_dict()
    return found.as_dict() if isinstance(found, Reply) else found


class Crew:
    """Those who work on one board: their sessions, and the lease that each has."""

    def __init__(self, board: Board, mark: str) -> None:
        self.board = board
        self.mark = mark
        board.join(f"only-{mark}")
        self.sessions = {name: self.join(name).session for name in AGENTS}
        self.leases = dict.fromkeys(AGENTS, "")

    def join(self, name: str) -> Any:
        return self.board.join(name, capabilities=["py"], workspace="/here")

    def do(self, name: str, who: str, key: str, stranger: Crew) -> str:
        """One call; what it answered, without what a store numbers."""
        answer = said(lambda: self._call(name, who, key, stranger))
        if isinstance(answer, dict) and (lease := answer.get("lease")):
            self.leases[who] = str(lease)
        if name == "search":  # how rare a word is, which decides the order, is of the whole store
            answer["hits"] = sorted(answer.get("hits", []), key=repr)
        return _OF_THE_STORE.sub("_", repr(answer))

    def _call(self, name: str, who: str, key: str, stranger: Crew) -> object:
        board, mark, me, lease = self.board, self.mark, self.sessions[who], self.leases[who]
        rare = [mark] if key == "ship" else []
        calls: dict[str, Callable[[], object]] = {
            "add": lambda: board.add([{"key": key, "spec": mark, "paths": ["src/**"]}]),
            "add after": lambda: board.add([{"key": f"{key}-2", "needs": [key], "group": "g"}]),
            "add skilled": lambda: board.add([{"key": f"{key}-3", "capabilities": ["py", *rare]}]),
            "add reviewed": lambda: board.add([{"key": f"{key}-4", "review": True}]),
            "add again": lambda: board.add([{"key": f"{key}-5", "spec": "one"}], reuse="exact"),
            "claim": lambda: board.claim(me),
            "finish": lambda: board.finish(lease, summary=mark, critical={"who": mark}),
            "fail": lambda: board.finish(lease, "failed", notes=mark),
            "block": lambda: board.finish(lease, "blocked", summary=mark),
            "hand over": lambda: board.finish(lease, "handoff", notes=mark, to=who),
            "approve": lambda: board.finish(lease, "approve"),
            "rework": lambda: board.rework(key, mark),
            "cancel": lambda: board.cancel([key], dependents="cancel"),
            "note": lambda: board.check(lease=lease, note=mark),
            "check": lambda: board.check(session=me),
            "tell all": lambda: board.tell("all", mark, topic="news", session=me),
            "tell one": lambda: board.tell(f"agent:{who}", mark),
            "hand to nobody": lambda: board.finish(lease, "handoff", notes=mark, to="only-OMEGA"),
            "claim review": lambda: board.claim(me, kind="review"),
            "allow paths": lambda: board.policy(paths="warn"),
            "refuse paths": lambda: board.policy(paths="refuse"),
            "budget": lambda: board.budget("g", minutes=5),
            "budgets": board.budget,
            "join": lambda: self.join(who),
            "search": lambda: board.graph("search", query="one ALPHA OMEGA"),
            "task": lambda: board.graph("task", task=key),
            "past": lambda: board.graph("list", at=9),
            "past task": lambda: board.graph("task", task=key, at=9),
            "past picture": lambda: board.graph("mermaid", at=9),
            "since": lambda: board.graph("history", since=5),
            "diff": lambda: board.graph("diff", since=5),
            "status": lambda: board.store.read(lambda tx: repr(_now(tx, board.name))),
            "steal": lambda: board.finish(stranger.leases[who], summary=mark),
            "spy": lambda: board.check(session=stranger.sessions[who]),
            **{view: lambda view=view: board.graph(view) for view in VIEWS},
        }
        return calls[name]()


def _now(tx: Any, board: str) -> object:
    """What people see at a glance, without the numbers of rows."""
    found, picture = overview.now(tx, board), overview.picture(tx, board)
    assert found is not None
    nodes = [*found.held, *found.upcoming, *picture.nodes]
    return (
        [node[1:] for node in nodes],
        len(picture.links),
        found.pools,
        replace(found.board, id=0, name=""),
    )


class Both:
    """The board under test, beside another; and the same board alone."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        first = Board.open(folder / "shared.db", "default", clock=clock)
        self._open = [first, Board.open(folder / "alone.db", "default", clock=clock)]
        self.beside = Crew(Board(first.store, "other"), "OMEGA")
        self.mine = Crew(first, "ALPHA")
        self.alone = Crew(self._open[1], "ALPHA")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for board in self._open:
            board.close()

    def act(self, here: bool, name: str, who: str, key: str) -> None:
        if not here:
            self.beside.do(name, who, key, self.mine)
            return
        answered = self.mine.do(name, who, key, self.beside)
        assert answered == self.alone.do(name, who, key, self.beside)


NAMES = [
    *("add", "add after", "add skilled", "add reviewed", "add again", "claim", "claim", "finish"),
    *("claim", "claim", "claim", "finish", "claim review", "allow paths"),
    *("fail", "block", "hand over", "approve", "rework", "cancel", "note", "check", "tell all"),
    *(
        "tell one",
        "hand to nobody",
        "refuse paths",
        "budget",
        "budgets",
        "join",
        "search",
        "task",
        "status",
    ),
    *("past", "past task", "past picture", "since", "diff", "steal", "spy", *VIEWS),
]
STEP = st.tuples(
    st.booleans(), st.sampled_from(NAMES), st.sampled_from(AGENTS), st.sampled_from(KEYS)
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, min_size=40, max_size=80))
def test_no_answer_of_one_board_shows_anything_of_another(
    steps: list[tuple[bool, str, str, str]], tmp_path_factory: Any
) -> None:
    clock = ManualClock()
    with Both(tmp_path_factory.mktemp("isolation"), clock) as both:
        for step in steps:
            both.act(*step)
            clock.advance(minutes=1)
        for crew in (both.mine, both.beside):
            assert crew.board.verify() == []


@pytest.mark.parametrize("seed", range(4))
def test_every_kind_of_call_answers_as_if_the_board_were_alone(tmp_path: Path, seed: int) -> None:
    """Each call several times, in some order, each board between calls of the other."""
    order = random.Random(seed)
    calls = NAMES * 4
    order.shuffle(calls)
    clock = ManualClock()
    with Both(tmp_path, clock) as both:
        for name in calls:
            who, key = order.choice(AGENTS), order.choice(KEYS)
            for here in order.sample([True, False], 2):
                both.act(here, name, who, key)
            clock.advance(minutes=order.choice([0, 0, 1, 30]))


def test_foreign_leases_and_sessions_are_answered_as_absent_ones(tmp_path: Path) -> None:
    with Both(tmp_path, ManualClock()) as both:
        mine, stranger = both.mine, both.beside
        for crew in (mine, stranger):
            crew.do("add", "ann", "build", stranger)
        stranger.do("claim", "ann", "build", mine)
        stolen = mine.do("steal", "ann", "build", stranger)
        stranger.leases["ann"] = "build#1.AAAAAAAAAAAAAAAA"
        assert stolen == mine.do("steal", "ann", "build", stranger)
        spied = mine.do("spy", "ann", "build", stranger)
        stranger.sessions["ann"] = "s-absent"
        assert spied == mine.do("spy", "ann", "build", stranger)


def test_a_policy_belongs_to_its_board(tmp_path: Path) -> None:
    with Board.open(tmp_path / "board.db", "default") as first:
        second = Board(first.store, "other")
        first.policy(reworks=1, paths="refuse")
        assert second.policy().policy == Board(first.store, "third").policy().policy
        assert (first.policy().policy or {})["reworks"] == 1
