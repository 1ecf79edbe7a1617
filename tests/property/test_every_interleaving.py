"""Every order of calls of three agents on a small plan, up to a depth, on the real store.

States are told apart by what matters for what comes next (fences and times aside), and each is
gone on from once: breadth first, as a model checker does. In each the invariants hold: nobody
holds what somebody else holds, ready means that all needs are done, at most one acceptance a round,
and the log replays to the tables. HEADWATER_DEPTH goes deeper; so does `pytest -m slow`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from plan_model import Seen, look

from headwater.board import Board
from headwater.clock import ManualClock
from headwater.errors import HeadwaterError
from headwater.operations import leases

DEPTH = int(os.environ.get("HEADWATER_DEPTH", "5"))
PLAN = [{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["a"]}]
AGENTS = 3
EXPIRE_MINUTES = 64
NEEDS = {"a": set[str](), "b": {"a"}, "c": {"a"}}


@dataclass(frozen=True)
class Node:
    """A store as it was left by some order of calls, and what the agents know then."""

    file: Path
    minutes: int
    tokens: tuple[str, ...]
    """Each agent's session, as its newest window names it."""
    leases: tuple[str, ...] = ("",) * AGENTS
    """Each agent's newest lease, over or not."""
    finished: tuple[str, ...] = ()
    """Leases by which something was finished: again, they are repeats."""
    accepted: frozenset[tuple[str, int]] = frozenset()
    """Rounds of tasks that were accepted."""
    story: tuple[str, ...] = ()


@dataclass
class Hands:
    """What a call works with; tokens and leases change by it."""

    board: Board
    clock: ManualClock
    tokens: list[str]
    leases: list[str]
    finished: list[str]


@dataclass
class Search:
    """Breadth first over all calls, each state once."""

    folder: Path
    depth: int
    states: int = 0
    calls: int = 0
    known: set[Any] = field(default_factory=set[Any])

    def run(self) -> None:
        edge = [self._start()]
        for _ in range(self.depth):
            edge = [found for node in edge for found in self._beyond(node)]

    def _start(self) -> Node:
        file = self.folder / "start.db"
        with Board.open(file, "default", clock=ManualClock()) as board:
            board.policy(lease_minutes=60, avoid_minutes=0)
            board.add(PLAN)
            tokens = tuple(board.join(f"agent-{number}").session for number in range(AGENTS))
        return Node(file, 0, tokens)

    def _beyond(self, node: Node) -> Iterator[Node]:
        for name in self._moves():
            found = self._after(node, name)
            if found is not None:
                yield found
        node.file.unlink()

    @staticmethod
    def _moves() -> Iterator[tuple[str, int]]:
        yield ("expire", 0)
        for agent in range(AGENTS):
            for name in ("claim", "done", "failed", "release", "check", "resume", "rework a"):
                yield (name, agent)

    def _after(self, node: Node, move: tuple[str, int]) -> Node | None:
        """The node that a call leads to, unless its state is known."""
        self.calls += 1
        name, agent = move
        file = self.folder / f"{self.calls}.db"
        shutil.copy(node.file, file)
        clock = ManualClock()
        clock.advance(minutes=node.minutes)
        with Board.open(file, "default", clock=clock) as board:
            before = look(board, board.revision())
            hands = Hands(board, clock, list(node.tokens), list(node.leases), list(node.finished))
            try:
                CALLS[name](hands, agent)
            except HeadwaterError:
                kept = look(board, before.revision)
                assert {kind for kind, _ in kept.events} <= {"salvaged"}, (node.story, move)
            after = look(board, before.revision)
            accepted = self._check(board, node, move, after)
            key = self._key(after, hands)
        if key in self.known:
            file.unlink()
            return None
        self.known.add(key)
        self.states += 1
        story = (*node.story, f"{name} {agent}")
        minutes = node.minutes + (EXPIRE_MINUTES if name == "expire" else 0)
        known = (tuple(hands.tokens), tuple(hands.leases), tuple(hands.finished))
        return Node(file, minutes, *known, accepted, story)

    def _check(
        self, board: Board, node: Node, move: tuple[str, int], after: Seen
    ) -> frozenset[tuple[str, int]]:
        where = (*node.story, move)
        accepted = set(node.accepted)
        for key, image in after.states:
            if image["state"] == "done" and after.tasks[key]["state"] == "done":
                accepted.add((key, int(image["round"])))
        again = [(k, i["round"]) for k, i in after.states if i["state"] == "done"]
        assert not set(again) & node.accepted, where
        for key, row in after.tasks.items():
            unfinished = [up for up in NEEDS[key] if after.state(up) != "done"]
            if row["state"] in ("ready", "waiting"):
                assert (row["state"] == "ready") == (not unfinished), where
            assert (row["holder"] is not None) == (row["state"] == "active"), where
        holders = [row["holder"] for row in after.tasks.values() if row["holder"] is not None]
        assert len(holders) == len(set(holders)), where
        assert board.verify() == [], where
        return frozenset(accepted)

    @staticmethod
    def _key(seen: Seen, hands: Hands) -> Any:
        """What matters for what comes next: agents are interchangeable, fences and times are not
        looked at, but whether each agent's lease is good."""
        tasks = tuple(
            (key, row["state"], row["round"], row["attempt"], bool(row["due_ms"]))
            for key, row in sorted(seen.tasks.items())
        )
        sessions = [token.split(".")[0] for token in hands.tokens]
        agents: list[Any] = []
        for session, lease in zip(sessions, hands.leases, strict=True):
            task, _, rest = lease.partition("#")
            row = seen.tasks.get(task)
            current = bool(row) and rest.split(".")[0] == str(row["fence"])
            holds = tuple(k for k, row in sorted(seen.tasks.items()) if row["holder"] == session)
            lapsed = tuple(k for k, row in sorted(seen.tasks.items()) if row["lapsed"] == session)
            agents.append((task, current, holds, lapsed))
        return tasks, tuple(sorted(agents))


Call = Callable[[Hands, int], None]


def claim(hands: Hands, agent: int) -> None:
    """What is handed out was nobody's, or is this agent's own."""
    board, token = hands.board, hands.tokens[agent]
    held = {key for key, row in look(board, 0).tasks.items() if row["holder"] is not None}
    got = board.claim(token)
    if got.lease is not None:
        assert got.already_holding or got.task not in held
        hands.leases[agent] = got.lease


def ended(outcome: Any) -> Call:
    def finish(hands: Hands, agent: int) -> None:
        """Twice: the second is a repeat and changes nothing."""
        board, lease = hands.board, hands.leases[agent]
        row = look(board, 0).tasks.get(lease.partition("#")[0], {})
        session = hands.tokens[agent].partition(".")[0]
        mine = session in (row.get("holder"), row.get("lapsed"))
        reply = board.finish(lease, outcome, summary="said", notes="why")
        if lease not in hands.finished:
            assert mine, f"{lease} is over and was accepted"
        hands.finished.append(lease)
        revision = board.revision()
        assert board.finish(lease, outcome, summary="said", notes="why") == reply
        assert board.revision() == revision

    return finish


def check(hands: Hands, agent: int) -> None:
    found = hands.board.check(hands.leases[agent])
    if found.leases:
        hands.leases[agent] = found.leases[0].lease


def resume(hands: Hands, agent: int) -> None:
    """After a crash, in another window."""
    token = hands.tokens[agent]
    found = hands.board.join(session=token, take=True, window=f"after {token}")
    hands.tokens[agent] = found.session
    if found.leases:
        hands.leases[agent] = found.leases[0].lease


def expire(hands: Hands, agent: int) -> None:
    """All leases run out. (The first call after a silence puts that off by two minutes.)"""
    watcher = hands.board.join("watcher").session
    hands.clock.advance(minutes=61)
    hands.board.check(session=watcher)
    hands.clock.advance(minutes=3)
    hands.board.check(session=watcher)
    hands.board.check(session=watcher, leave=True)
    assert all(row["holder"] is None for row in look(hands.board, 0).tasks.values())


def rework(hands: Hands, agent: int) -> None:
    hands.board.rework("a", "again")


CALLS: dict[str, Call] = {
    "claim": claim,
    "done": ended("done"),
    "failed": ended("failed"),
    "release": ended("release"),
    "check": check,
    "resume": resume,
    "expire": expire,
    "rework a": rework,
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where that can be: thousands of stores are written."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        yield Path(made)


def test_every_order_of_few_calls_keeps_the_board_true(folder: Path) -> None:
    search = Search(folder, DEPTH)
    search.run()
    assert search.states > 60


def test_a_lease_that_outlives_its_end_is_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def live(*_: object) -> str:
        return "live"

    monkeypatch.setattr(leases, "_standing", live)
    with pytest.raises(AssertionError):
        Search(folder, DEPTH).run()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_order_of_many_calls_keeps_the_board_true(folder: Path) -> None:
    search = Search(folder, 7)
    search.run()
    assert search.states > 800
