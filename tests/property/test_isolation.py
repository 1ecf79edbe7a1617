"""Two boards in one store, used at the same time under the same keys: nothing crosses over."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater import Board
from headwater.errors import HeadwaterError
from headwater.verbs.base import Reply

KEYS = ["build", "test", "ship"]
TEXTS = {"default": "ALPHA-ONLY", "other": "OMEGA-ONLY"}
VIEWS = ["list", "critical", "stuck", "agents", "history", "mermaid"]


class Side:
    """One board, whose every text carries its mark, and what may not be seen from it."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.mark = TEXTS[board.name]
        self.session = self._answer(lambda: board.join(f"agent-{self.mark}"))["session"]
        self.lease = ""

    def _answer(self, call: Callable[[], Reply]) -> dict[str, Any]:
        try:
            return call().as_dict()
        except HeadwaterError as error:
            return error.as_dict()

    def do(self, name: str, key: str, other: Side) -> str:
        """One call; what it answered, as text."""
        board, mark = self.board, self.mark
        calls: dict[str, Callable[[], Reply]] = {
            "add": lambda: board.add(
                [{"key": key, "title": mark, "spec": mark, "paths": ["src/**"]}]
            ),
            "claim": lambda: board.claim(self.session),
            "finish": lambda: board.finish(self.lease, summary=mark, critical={"who": mark}),
            "block": lambda: board.finish(self.lease, "blocked", summary=mark),
            "rework": lambda: board.rework(key, mark),
            "check": lambda: board.check(session=self.session, note=mark),
            "tell": lambda: board.tell("all", mark, topic="news"),
            "search": lambda: board.graph("search", query="ONLY"),
            "join": lambda: board.join(f"agent-{mark}", session=""),
            "steal": lambda: board.finish(other.lease, summary=mark),
            "spy": lambda: board.check(session=other.session),
            "task": lambda: board.graph("task", task=key),
            **{view: lambda view=view: board.graph(view) for view in VIEWS},
        }
        answer = self._answer(calls[name])
        if name == "claim":
            self.lease = answer.get("lease", self.lease)
        return json.dumps(answer)


NAMES = [
    *("add", "add", "claim", "claim", "finish", "finish", "block", "rework", "check", "tell"),
    *("search", "join", "steal", "spy", "task", *VIEWS),
]
STEPS = st.lists(
    st.tuples(st.booleans(), st.sampled_from(NAMES), st.sampled_from(KEYS)), max_size=40
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_no_answer_of_one_board_shows_anything_of_another(
    steps: list[tuple[bool, str, str]], tmp_path_factory: Any
) -> None:
    path: Path = tmp_path_factory.mktemp("isolation") / "board.db"
    with Board.open(path, "default") as first:
        one, two = Side(first), Side(Board(first.store, "other"))
        for here, name, key in steps:
            side, other = (one, two) if here else (two, one)
            said = side.do(name, key, other)
            assert other.mark not in said, f"{name} on {side.board.name}"
        for side in (one, two):
            assert side.board.verify() == []


def test_foreign_leases_and_sessions_are_answered_as_absent_ones(tmp_path: Path) -> None:
    with Board.open(tmp_path / "board.db", "default") as first:
        one, two = Side(first), Side(Board(first.store, "other"))
        for side in (one, two):
            side.do("add", "build", side)
        two.do("claim", "build", one)
        stolen = one.do("steal", "build", two)
        two.lease = "build#1.AAAAAAAAAAAAAAAA"
        assert stolen == one.do("steal", "build", two)
        spied = one.do("spy", "build", two)
        two.session = "s-absent"
        assert spied == one.do("spy", "build", two)


def test_a_policy_belongs_to_its_board(tmp_path: Path) -> None:
    with Board.open(tmp_path / "board.db", "default") as first:
        second = Board(first.store, "other")
        first.policy(reworks=1, paths="refuse")
        assert second.policy().policy == Board(first.store, "third").policy().policy
        assert (first.policy().policy or {})["reworks"] == 1
