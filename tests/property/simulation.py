"""A crew of agents in one thread: a seed decides who calls, what is lost on the way, who dies.

Deterministic simulation of the real store (in the manner of FoundationDB's): virtual time, a
network that loses requests and replies, delivers calls twice or long after their sender gave up,
agents that crash with or without their memory, and a server that is killed. What a kill leaves is a
copy of the store's files as they are at that moment, opened anew.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from crew import Crew
from plan_model import PlanModel, Seen, look

from headwater.board import Board
from headwater.clock import ManualClock
from headwater.errors import HeadwaterError
from headwater.operations.amending import AMEND
from headwater.verbs.sessions import JoinReply
from headwater.verbs.work import Briefing, CheckReply, Finished

AGENTS = 3
FATES = ["arrives"] * 12 + ["request lost", "reply lost", "twice", "late"]
OUTCOMES = ["done"] * 6 + ["failed", "release", "handoff", "blocked"]
VERIFY_EVERY = 50
POLICIES: list[dict[str, Any]] = [
    {},
    {"review": "always", "check_minutes": 5},
    {"release_on": "merged", "reworks": 1},
    {"paths": "refuse", "release_on": "merged", "recall": "hints"},
    {"paths": "refuse", "review": "always", "reworks": 2},
]
BY_HAND = ["split", "supersede", *["merged"] * 3, "done", "release", "answer", "archive", "pause"]
PATHS = ["src/**", "src/a.py", "docs/**"]


@dataclass(frozen=True)
class Call:
    """A message to the server; sent again as it is until an answer arrives."""

    verb: str
    arguments: dict[str, Any]

    def on(self, board: Board) -> Any:
        return getattr(board, self.verb)(**self.arguments)


@dataclass
class Agent:
    """What an agent knows; a crash takes it away."""

    name: str
    session: str = ""
    lease: str = ""
    kind: str = "work"
    delivered: str = ""
    """The lease of its last finish, by which it may amend what it delivered."""
    unanswered: Call | None = None
    calls: int = 0

    def forget(self, *, session: bool) -> None:
        self.lease, self.unanswered = "", None
        if session:
            self.session = ""

    def request(self) -> str:
        self.calls += 1
        return f"{self.name}-{self.calls}"

    def learn(self, reply: Any) -> None:
        """Take in the answer to the newest call."""
        self.unanswered = None
        if isinstance(reply, JoinReply):
            self.session = reply.session
            self.lease = reply.leases[0].lease if reply.leases else ""
            self.kind = reply.leases[0].kind if reply.leases else "work"
        elif isinstance(reply, Briefing):
            self.lease = reply.lease or ""
            self.kind = reply.kind or "work"
        elif isinstance(reply, Finished):
            self.delivered, self.lease = self.lease or self.delivered, ""
        elif isinstance(reply, CheckReply) and not reply.leases:
            self.lease = ""

    def refused(self, error: HeadwaterError) -> None:
        self.unanswered = None
        if error.code in ("unknown_session", "session_elsewhere"):
            self.forget(session=True)
        elif error.code in ("stale_lease", "bad_request"):
            self.lease = ""


@dataclass
class Simulation:
    """One run: the same seed tells the same story."""

    folder: Path
    seed: int
    steps: int
    story: list[str] = field(default_factory=list[str])
    model: PlanModel = field(default_factory=PlanModel)
    wire: list[tuple[int, Call]] = field(default_factory=list[tuple[int, Call]])
    answered: dict[str, tuple[Call, Finished]] = field(
        default_factory=dict[str, tuple[Call, Finished]]
    )
    """The reply to the first finish of each lease, whoever got to see it."""
    kills: int = 0
    tasks: int = 0
    paused: bool = False

    def run(self) -> None:
        self.random = Random(self.seed)
        self.clock = ManualClock()
        self.crew = [Agent(f"agent-{number}") for number in range(AGENTS)]
        with ExitStack() as self.open:
            self.board = self.open.enter_context(self._opened("store-0.db"))
            self._begin()
            for step in range(self.steps):
                self._one_step(step)
                if step % VERIFY_EVERY == 0:
                    assert self.board.verify() == []
            self._everybody_but_one_dies()
            assert self.board.verify() == []

    # -- one step ------------------------------------------------------------------------------

    def _one_step(self, step: int) -> None:
        for due, call in list(self.wire):
            if due <= step:
                self.wire.remove((due, call))
                self._carry_out(call)
        chance = self.random.random()
        if chance < 0.01:
            self._kill_the_server()
        elif chance < 0.03:
            self.random.choice(self.crew).forget(session=self.random.random() < 0.5)
        elif chance < 0.05:
            self.clock.advance(minutes=self.random.choice([3, 70, 600, -5, -90]))
        elif chance < 0.12:
            self._carry_out(self._plan())
        else:
            self.clock.advance(seconds=self.random.randrange(90))
            self._an_agent_calls(self.random.choice(self.crew), step)

    def _an_agent_calls(self, agent: Agent, step: int) -> None:
        call = agent.unanswered or self._next_call(agent)
        agent.unanswered = call
        fate = self.random.choice(FATES)
        if fate == "late":
            self.wire.append((step + self.random.randrange(1, 60), call))
            if self.random.random() < 0.3:  # it does not ask again either
                agent.unanswered = None
        elif fate == "reply lost":
            self._carry_out(call)
        elif fate == "twice":
            first, second = self._carry_out(call), self._carry_out(call)
            if call.verb == "finish" and isinstance(first, Finished):
                assert second == first, self.story
            self._hear(agent, second)
        elif fate == "arrives":
            self._hear(agent, self._carry_out(call))

    @staticmethod
    def _hear(agent: Agent, answer: Any) -> None:
        if isinstance(answer, HeadwaterError):
            agent.refused(answer)
        else:
            agent.learn(answer)

    # -- what is called ------------------------------------------------------------------------

    def _next_call(self, agent: Agent) -> Call:
        if not agent.session:
            return Call("join", {"agent": agent.name})
        if self.random.random() < 0.05:
            return Call("join", {"session": agent.session, "take": True, "window": agent.request()})
        if agent.delivered and self.random.random() < 0.1:
            value = {"x": self.random.randrange(3)}
            return Call("finish", {"lease": agent.delivered, "outcome": AMEND, "critical": value})
        if not agent.lease:
            return Call("claim", {"session": agent.session, "request": agent.request()})
        if self.random.random() < 0.4:
            return Call("check", {"lease": agent.lease, "note": "half way"})
        outcome = self.random.choice(OUTCOMES)
        if agent.kind == "review":
            outcome = self.random.choice(["approve", "approve", "reject"])
        made: dict[str, Any] = {"critical": {"x": self.random.randrange(2)}}
        said = {"summary": "made", "notes": "why", **(made if agent.kind != "review" else {})}
        return Call("finish", {"lease": agent.lease, "outcome": outcome, **said})

    def _plan(self) -> Call:
        """What a planner does now and then."""
        if self.paused:
            self.paused = False
            return Call("resume", {})
        seen = self._look()
        keys = sorted(seen.tasks)
        task, other = self.random.choice(keys), self.random.choice(keys)
        what = self.random.choice(["rework"] * 4 + ["need", "need", "cancel", *BY_HAND])
        if sum(is_open(seen, key) for key in keys) < 2 * AGENTS:
            return self._add(3, keys[-3:])
        if what == "need":
            return Call("edit", {"task": task, "add_needs": [other]})
        if what == "cancel":
            return Call("cancel", {"tasks": [task], "dependents": "release"})
        if what == "split":
            self.tasks += 2
            into = [{"key": f"t{self.tasks - n}", "needs": []} for n in (1, 0)]
            return Call("split", {"task": task, "into": into})
        if what == "supersede":
            self.tasks += 1
            new = {"key": f"t{self.tasks}", "supersedes": task, "needs": [other]}
            return Call("add", {"tasks": [new]})
        if what == "merged":
            gated = [key for key in keys if seen.tasks[key]["gate"] == "merge"]
            return Call("merged", {"task": gated[0] if gated else task})
        if what == "archive":
            return Call("archive", {"before": max(2, seen.revision - 100)})
        if what == "pause":
            self.paused = True
            return Call("pause", {})
        if what in BY_HAND:
            return Call(what, {"task": task} | ({"text": "so"} if what == "answer" else {}))
        needs = {"add_needs": [other]} if self.random.random() < 0.25 else {}
        return Call("rework", {"task": task, "feedback": "once more", **needs})

    def _add(self, count: int, needs: list[str]) -> Call:
        new: list[dict[str, Any]] = []
        for _ in range(count):
            known = [*needs, *(str(one["key"]) for one in new)]
            chosen = self.random.sample(known, min(len(known), self.random.randrange(3)))
            self.tasks += 1
            review = self.random.random() < 0.2
            paths = [self.random.choice(PATHS)] if self.random.random() < 0.3 else []
            one = {"key": f"t{self.tasks}", "needs": chosen, "review": review, "paths": paths}
            new.append(one)
        return Call("add", {"tasks": new})

    # -- carrying out, and what must be true afterwards ------------------------------------------

    def _carry_out(self, call: Call) -> Any:
        """The server's answer, or its refusal, which has changed nothing but kept salvage."""
        before = self._look()
        try:
            answer = call.on(self.board)
        except HeadwaterError as error:
            answer = error
        after = look(self.board, before.revision)
        said = answer.code if isinstance(answer, HeadwaterError) else "ok"
        self.story.append(f"{call.verb}: {said}; {' '.join(kind for kind, _ in after.events)}")
        if isinstance(answer, HeadwaterError):
            assert {kind for kind, _ in after.events} <= {"salvaged"}, self._where(call)
        elif isinstance(answer, Finished) and answer.outcome != AMEND:
            self._finished(call, answer, before)
        self._check(before, after, call)
        return answer

    def _finished(self, call: Call, reply: Finished, before: Seen) -> None:
        """By whom it was held, or a repeat."""
        lease = str(call.arguments["lease"])
        if lease in self.answered:
            first_call, first = self.answered[lease]
            warned = first.warnings != reply.warnings
            assert warned == (call != first_call), self._where(call)
            assert reply.model_copy(update={"warnings": first.warnings}) == first, self._where(call)
            return
        task, _, rest = lease.partition("#")
        row = before.tasks[task]
        assert row["fence"] == int(rest.partition(".")[0]), self._where(call)
        assert row["holder"] or row["lapsed"], self._where(call)
        self.answered[lease] = (call, reply)

    def _check(self, before: Seen, after: Seen, call: Call) -> None:
        self.model.rounds(after)  # legal moves only, and each round is accepted once
        needs: dict[str, list[str]] = {key: [] for key in after.tasks}
        for task, upstream, kind in after.edges:
            if kind == "hard":
                needs[task].append(upstream)
        for key, row in after.tasks.items():
            unfinished = [up for up in needs[key] if after.state(up) != "done"]
            if row["state"] in ("ready", "waiting"):
                assert (row["state"] == "ready") == (not unfinished), self._where(call)
            assert (row["state"] == "active") <= (row["holder"] is not None), self._where(call)
            if key in before.tasks:
                assert row["fence"] >= before.tasks[key]["fence"], self._where(call)
        holders = [row["holder"] for row in after.tasks.values() if row["holder"] is not None]
        assert len(holders) == len(set(holders)), self._where(call)

    def _where(self, call: Call) -> str:
        return f"seed {self.seed}, {call}, after:\n" + "\n".join(self.story[-30:])

    # -- the world -----------------------------------------------------------------------------

    def _look(self) -> Seen:
        return look(self.board, self.board.revision())

    def _opened(self, name: str) -> Board:
        return Board.open(self.folder / name, "default", clock=self.clock)

    def _begin(self) -> None:
        self.board.policy(lease_minutes=60, releases=5, **self.random.choice(POLICIES))
        self._carry_out(self._add(6, []))

    def _kill_the_server(self) -> None:
        """Go on with what was on disk. Whatever was answered is there."""
        self.kills += 1
        old, path = self.board, self.folder / f"store-{self.kills}.db"
        for suffix in ("", "-wal"):
            file = old.store.path.with_name(old.store.path.name + suffix)
            if file.exists():
                shutil.copy(file, path.with_name(path.name + suffix))
        revision = old.revision()
        old.close()
        self.board = self.open.enter_context(self._opened(path.name))
        assert self.board.revision() == revision
        self.story.append("killed")

    def _everybody_but_one_dies(self) -> None:
        """A new crew brings the plan to its end; calls of the dead still arrive."""
        crew = Crew(self.board, self.clock)
        late = [call for _, call in self.wire]
        for _ in range(60 * self.tasks):
            if late:
                self._carry_out(late.pop())
            elif not crew.open():
                return
            before = self.board.revision()
            crew.step()
            self.model.rounds(look(self.board, before))
        states = {key: row["state"] for key, row in self._look().tasks.items()}
        said = "\n".join(crew.story[-20:])
        raise AssertionError(f"seed {self.seed}: the plan never ends: {states}\n{said}")


def is_open(seen: Seen, key: str) -> bool:
    return seen.state(key) not in ("done", "cancelled")
