"""Early cutoff against an oracle that only remembers what each worker was told.

Small random plans, with and without contracts, are worked on, looked at, sent back and split in any
order.
After each step no finished task may rest on a value that is not the accepted one any more, and
nothing may have been sent back whose worker had been told of everything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import MissingPromises
from headwater.store.store import Store

ABSENT = object()
KEYS = ["x", "y"]
_contract = st.sampled_from([None, None, ["x"], ["y"], ["x", "y"]])
_plans = st.lists(
    st.dictionaries(st.integers(1, 3), _contract, min_size=1, max_size=2), min_size=3, max_size=5
)
"""For each task: how far back in the list what it needs stands, and the keys it uses of each."""
_values = st.sampled_from(
    [{"x": 0, "y": 0}, {"x": 0, "y": 0}, {"x": 1, "y": 0}, {"x": 0}, {"x": None}, {}]
)
_steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["claim", "claim", "claim", "finish", "finish", "check", "rework", "split"]
        ),
        st.integers(0, 5),
        _values,
    ),
    min_size=40,
    max_size=60,
)


@dataclass
class Told:
    """What the workers know, and what is accepted."""

    board: Board
    session: str
    leases: dict[str, str] = field(default_factory=dict[str, str])
    given: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=dict[str, dict[str, dict[str, Any]]]
    )
    """Task -> source -> key -> the value that its worker was told last."""
    made: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    whole: dict[str, str] = field(default_factory=dict[str, str])
    """Part -> its container, which delivers what its parts deliver."""
    own: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Part -> the keys that it may deliver: no two parts deliver the same."""

    def states(self) -> dict[str, str]:
        return {one["key"]: one["state"] for one in self.board.graph(limit=500).tasks}

    def stale(self, task: str, states: dict[str, str]) -> bool:
        """Does it rest on a value that is not the accepted one of a finished source?"""
        return any(
            self.made[source].get(key, ABSENT) != value
            for source, values in self.given.get(task, {}).items()
            if states[source] == "done"
            for key, value in values.items()
        )

    def able(self, what: str) -> list[str]:
        """The tasks to which it can be done now."""
        if what in ("finish", "check"):
            return sorted(self.leases)
        wanted = {"claim": "ready", "split": "ready", "rework": "done"}[what]
        containers = set(self.whole.values())
        return [
            key for key, state in self.states().items() if state == wanted and key not in containers
        ]

    def line(self, task: str) -> list[str]:
        """The task and its containers."""
        found = [task]
        while found[-1] in self.whole:
            found.append(self.whole[found[-1]])
        return found

    def split(self, task: str) -> None:
        keys = self.own.get(task, KEYS)
        parts = {f"{task}{key}": [key] for key in keys}
        self.board.split(task, [{"key": part} for part in parts])
        self.own |= parts
        self.whole |= dict.fromkeys(parts, task)
        self.made[task] = {}
        self.given.pop(task, None)

    def claim(self, task: str) -> None:
        got = self.board.claim(self.session, task)
        self.leases[task] = str(got.lease)
        self.given[task] = {
            one.task: {
                key: (one.critical or {}).get(key, ABSENT) for key in one.keys or one.critical or ()
            }
            for one in got.upstream or []
        }

    def check(self, task: str) -> None:
        for one in self.board.check(self.leases[task]).inputs or []:
            for source in self.line(one.task):
                if one.key in self.given[task].get(source, {}):
                    self.given[task][source][one.key] = self.made[source].get(one.key, ABSENT)

    def finish(self, task: str, values: dict[str, int | None]) -> None:
        before = self.states()
        was_stale = self.stale(task, before)
        allowed = self.own.get(task, KEYS)
        values = {key: value for key, value in values.items() if key in allowed}
        lease = self.leases.pop(task)
        try:
            reply = self.board.finish(lease, critical=values, summary="s")
        except MissingPromises as refusal:
            missing: Any = refusal.state["missing"]
            values |= {key: -1 for one in missing for key in one["keys"]}
            reply = self.board.finish(lease, critical=values, summary="s")
        for one in self.line(task):  # what is not said again stands
            self.made[one] = self.made.get(one, {}) | values
        if reply.state != "review":
            assert (reply.state == "ready") == was_stale, task
        accepted = {key: state for key, state in self.states().items() if state == "done"}
        accepted |= dict.fromkeys(self.line(task), "done")
        for one in set(reply.reopened or ()) - {task}:
            now = before | accepted
            assert self.stale(one, now), f"{one} was sent back in vain"

    def rework(self, task: str) -> None:
        self.board.rework(task, "again")


@settings(
    max_examples=40,
    phases=[Phase.generate],
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(plan=_plans, steps=_steps)
def test_no_done_task_rests_on_a_value_that_is_gone_and_none_is_redone_in_vain(
    plan: list[dict[int, list[str] | None]],
    steps: list[tuple[str, int, dict[str, int | None]]],
    tmp_path: Path,
) -> None:
    path = tmp_path / "board.db"
    number = len(list(tmp_path.glob("*.seen")))
    (tmp_path / f"{number}.seen").touch()
    with Store.open(path, clock=ManualClock()) as store:
        board = Board(store, f"b{number}")
        board.policy(reworks=1000, leases_per_session=64)
        told = Told(board, board.join("w").session)
        board.add([_spec(at, needs) for at, needs in enumerate(plan)])
        for what, which, values in steps:
            able = told.able(what)
            if not able:
                continue
            task = able[which % len(able)]
            if what == "finish":
                told.finish(task, values)
            else:
                getattr(told, what)(task)
            states = told.states()
            for one, state in states.items():
                assert state != "done" or not told.stale(one, states), f"{one} rests on old values"
        assert board.verify() == []


def _spec(at: int, needs: dict[int, list[str] | None]) -> dict[str, Any]:
    earlier = {f"t{at - back}": keys for back, keys in needs.items() if back <= at}
    return {
        "key": f"t{at}",
        "needs": list(earlier),
        "contracts": [{"task": up, "keys": keys} for up, keys in earlier.items() if keys],
    }
