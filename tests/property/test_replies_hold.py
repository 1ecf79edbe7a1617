"""Whatever a reply or an error says can be done as it is written, and is true.

Stories of several agents, with failures of all kinds, are told through the tools. Every hint is
followed at once (`hint_follower.py`), and every claim about the board is compared with the store
(`reply_facts.py`). HEADWATER_SEEDS sets how many stories `pytest -m slow` tells.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from error_facts import wrong_in
from plan_model import look
from reply_facts import ReplyFacts

from headwater.board import Board
from headwater.clock import ManualClock
from headwater.errors import HeadwaterError
from headwater.operations.caller import Caller
from headwater.server.tools import BY_NAME
from headwater.verbs.base import Request
from hint_follower import Follower
from hint_values import Outcome
from story import Facts, Story

SEEDS = int(os.environ.get("HEADWATER_SEEDS", "100"))
PLANS = ("add", "split", "edit", "rework", "cancel")


class Listener:
    """A face of the board that believes no reply."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.follower = Follower()
        self.faults: list[str] = []
        self.codes: set[str] = set()

    def __call__(self, verb: str, arguments: Facts) -> Facts:
        """Workers may work, and whoever plans may plan."""
        plans = verb in PLANS and not arguments.get("lease")
        caller = Caller(rights="plan" if plans else "work")
        request = BY_NAME[verb].request.parse(arguments)
        before = look(self.board, self.board.revision())
        answer = self._answer(request, caller)
        after = look(self.board, before.revision)
        now_ms = self.board.store.read(lambda tx: tx.now_ms)
        self.faults += self.follower.faults(self.board, request, caller, answer.as_dict())
        if isinstance(answer, HeadwaterError):
            self.codes.add(answer.code)
            wrong = wrong_in(answer, after, now_ms)
        else:
            wrong = ReplyFacts(request, answer, before, after, now_ms).wrong()
        said = f"\n  call: {verb} {arguments}\n  answer: {answer.as_dict()}"
        self.faults += [f"not true: {one}{said}" for one in wrong]
        return answer.as_dict()

    def _answer(self, request: Request, caller: Caller) -> Outcome:
        try:
            return self.board.step(request, caller)
        except HeadwaterError as error:
            return error


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def board(tmp_path: Path, clock: ManualClock) -> Iterator[Board]:
    with Board.open(tmp_path / "board.db", "default", clock=clock) as opened:
        yield opened


def told(board: Board, clock: ManualClock, seed: int, steps: int) -> Listener:
    listener = Listener(board)
    Story(seed, listener, board, clock).tell(steps)
    return listener


@pytest.mark.parametrize("seed", range(12))
def test_what_replies_and_errors_say_can_be_done_and_is_true(
    board: Board, clock: ManualClock, seed: int
) -> None:
    faults = told(board, clock, seed, 120).faults
    assert not faults, "\n\n".join(faults[:3])
    assert board.verify() == []


@pytest.mark.slow
@pytest.mark.timeout(7200)  # for as many seeds as HEADWATER_SEEDS says
def test_what_replies_say_holds_in_a_hundred_long_stories(tmp_path: Path) -> None:
    for seed in range(1000, 1000 + SEEDS):
        clock = ManualClock()
        with Board.open(tmp_path / f"{seed}.db", "default", clock=clock) as board:
            faults = told(board, clock, seed, 250).faults
            assert not faults, f"seed {seed}:\n" + "\n\n".join(faults[:3])
