"""Stories of several agents, by seed: right calls and wrong ones, over any face of a board.

A story only makes calls; what becomes of the replies is for whoever listens. It draws on what the
agents were told, and on all keys and leases that there ever were.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from headwater.board import Board
from headwater.clock import ManualClock
from headwater.errors import HeadwaterError
from mistakes import mistakes

Facts = dict[str, Any]
Call = Callable[[str, Facts], Facts]
"""A verb and its arguments, to the reply or the error."""

PATHS = ["src/**", "src/a.py", "docs/**", "docs/guide.md"]
SKILLS = [[], [], ["gpu"], ["gpu", "rust"]]
VIEWS = ["list", "list", "task", "task", "critical", "stuck", "stuck", "agents", "history"]
MORE_VIEWS = ["search", "diff", "deliveries", "mermaid"]
POLICIES: list[Facts] = [
    {},
    {"review": "always", "check_minutes": 5},
    {"release_on": "merged", "reworks": 1, "evidence": "required"},
    {"paths": "refuse", "release_on": "merged", "recall": "hints"},
    {"paths": "refuse", "review": "always", "reworks": 2, "releases": 1},
    {"leases_per_session": 2, "check_minutes": 3, "avoid_minutes": 0},
    {"branch": "main", "workspace": "/w"},
    {"profile": "safe"},
]


@dataclass
class Agent:
    """What an agent knows."""

    name: str
    skills: list[str]
    session: str = ""
    briefing: Facts = field(default_factory=dict[str, Any])

    @property
    def lease(self) -> str:
        return str(self.briefing.get("lease", ""))


@dataclass
class Story:
    """One run: the same seed makes the same calls, as long as the answers are the same."""

    seed: int
    face: Call
    board: Board
    """For people, who use no tools."""
    clock: ManualClock | None = None
    keys: list[str] = field(default_factory=list[str])
    leases: list[str] = field(default_factory=lambda: ["nothing#1.AAAAAAAAAAAAAAAA"])
    old_sessions: list[str] = field(default_factory=lambda: ["s-nobody"])

    made: int = 0

    def tell(self, steps: int) -> None:
        self.random = Random(self.seed)
        self.agents = [Agent(f"agent-{at}", skills) for at, skills in enumerate(SKILLS)]
        self.people("policy", **self.random.choice(POLICIES))
        self.call("graph", {})
        self.call("claim", {"session": ""})
        self.call("add", {"tasks": [{"key": self.new_key()}, {"key": self.new_key()}]})
        for agent in self.agents:
            self.join(agent)
        self.claim(self.agents[0])
        self.add(6)
        moves = [self.work] * 10 + [self.plan] * 3 + [self.look] * 3 + [self.person, self.err]
        moves += [self.pass_time, self.come_and_go]
        for _ in range(steps):
            self.random.choice(moves)()

    # -- agents --------------------------------------------------------------------------------

    def work(self) -> None:
        agent = self.random.choice(self.agents)
        if not agent.lease:
            return self.claim(agent)
        chance = self.random.random()
        if chance < 0.2:
            return self.check(agent)
        if chance < 0.3:
            return self.change_own(agent)
        return self.finish(agent)

    def join(self, agent: Agent, **more: Any) -> None:
        place = {"workspace": "/w", "branch": "main"} if self.random.random() < 0.7 else {}
        asked = {"agent": agent.name, "capabilities": agent.skills, **place, **more}
        joined = self.call("join", asked)
        if "session" not in joined:
            return
        if agent.session not in ("", joined["session"]):
            self.old_sessions.append(agent.session)
        agent.session, agent.briefing = joined["session"], {}
        for held in joined["leases"]:
            agent.briefing = held
            self.leases.append(held["lease"])

    def claim(self, agent: Agent) -> None:
        asked: Facts = {"session": agent.session}
        chance = self.random.random()
        if chance < 0.2:
            asked["kind"] = self.random.choice(["work", "review", "handoff"])
        elif chance < 0.35:
            asked["task"] = self.key()
        elif chance < 0.42:
            asked |= {"task": self.key(), "take_over": True}
        elif chance < 0.5:
            asked["brief"] = self.random.choice(["short", "full"])
        elif chance < 0.55:
            asked["request"] = f"r{self.random.randrange(5)}"
        reply = self.call("claim", asked)
        soonest = reply.get("none", {}).get("soonest")
        if soonest and self.clock is not None and self.sometimes():
            self.clock.advance(seconds=soonest["in_s"])
            reply = self.call("claim", asked)
        self.took(agent, reply)

    def took(self, agent: Agent, briefing: Facts) -> None:
        agent.briefing = briefing if "lease" in briefing else {}
        if agent.lease:
            self.leases.append(agent.lease)

    def check(self, agent: Agent) -> None:
        asked: Facts = {"lease": agent.lease} if self.sometimes() else {"session": agent.session}
        if self.sometimes():
            asked |= {"note": "half way", "progress": 40}
        if self.sometimes():
            asked["cost"] = {"tokens": self.random.randrange(600)}
        reply = self.call("check", asked)
        if not reply.get("leases"):
            agent.briefing = {}

    def change_own(self, agent: Agent) -> None:
        """The holder splits or edits its task, or sends an upstream back."""
        task = str(agent.briefing["task"])
        mine = {"task": task, "lease": agent.lease}
        match self.random.randrange(4):
            case 0:
                into = [{"key": self.new_key()} for _ in range(2)]
                self.call("split", {**mine, "into": into})
            case 1:
                self.call("edit", {**mine, "add_needs": [self.key()]})
            case 2:
                self.call("edit", {**mine, "set": {"paths": [self.random.choice(PATHS)]}})
            case _:
                ups = [one["task"] for one in agent.briefing.get("upstream", [])]
                wrong = self.random.choice(ups) if ups else self.key()
                self.call("rework", {"task": wrong, "feedback": "wrong", "lease": agent.lease})
        self.after(agent)

    def after(self, agent: Agent) -> None:
        """What is left of the lease."""
        reply = self.call("check", {"session": agent.session})
        if not reply.get("leases"):
            agent.briefing = {}

    def finish(self, agent: Agent) -> None:
        briefing = agent.briefing
        asked: Facts = {"lease": agent.lease, "claim_next": self.sometimes()}
        if briefing.get("kind") == "review":
            asked["outcome"] = self.random.choice(["approve", "approve", "reject", "release"])
            asked |= {"notes": "looked at it"} if self.random.random() < 0.8 else {}
        else:
            every = ["done"] * 7 + ["failed", "release", "handoff", "blocked"]
            asked["outcome"] = self.random.choice(every)
            asked |= self.delivery(briefing)
        reply = self.call("finish", asked)
        if "code" in reply and reply["code"] not in ("stale_lease",):
            return  # once more, later
        self.took(agent, reply.get("claimed") or {})

    def delivery(self, briefing: Facts) -> Facts:
        value = self.random.randrange(2)
        made: Facts = {"critical": {"x": value}, "notes": "why"}
        made["summary"] = "made" if self.random.random() < 0.9 else ""
        made["artifacts"] = [{"name": "out", "text": f"text {value}"}]
        owed = [one["to"] for one in briefing.get("owes", [])]
        if self.random.random() < 0.7:
            made["delivered"] = dict.fromkeys(owed, "as promised")
            used = [key for one in briefing.get("owes", []) for key in one.get("keys", [])]
            made["critical"] |= dict.fromkeys(used, value)
            items = len(briefing.get("acceptance", []))
            made["evidence"] = {str(at): "seen" for at in range(1, items + 1)}
        if self.random.random() < 0.2:
            made |= {"to": self.random.choice(["agent-1", "agent:agent-2", "ghost"])}
        if self.sometimes():
            made["changed"] = owed
        if self.sometimes():
            made["cost"] = {"tokens": self.random.randrange(900)}
        return made

    def come_and_go(self) -> None:
        agent = self.random.choice(self.agents)
        match self.random.randrange(5):
            case 0:
                self.call("check", {"session": agent.session, "leave": True})
                self.join(agent)
            case 1:
                self.join(agent, session=agent.session, take=True, window="other")
            case 2:
                self.join(agent, session=agent.session)
            case 3:
                self.join(agent, parent=self.random.choice(self.agents).session)
            case _:
                self.join(agent, session=self.random.choice(self.old_sessions))

    # -- the plan ------------------------------------------------------------------------------

    def plan(self) -> None:
        match self.random.randrange(9):
            case 0 | 1:
                self.add(self.random.randrange(1, 4))
            case 2 | 3:
                modes = ["changed", "all", "none"]
                asked = {"task": self.key(), "feedback": "again"}
                self.call("rework", {**asked, "consumers": self.random.choice(modes)})
            case 4:
                tasks = list(dict.fromkeys([self.key(), self.key()]))
                how = self.random.choice(["refuse", "refuse", "cancel", "release"])
                self.call(
                    "cancel", {"tasks": tasks[: self.random.randrange(1, 3)], "dependents": how}
                )
            case 5:
                into: list[Facts] = [{"key": self.new_key()} for _ in range(2)]
                if self.sometimes():
                    into[1]["needs"] = [into[0]["key"]]
                self.call("split", {"task": self.key(), "into": into})
            case 6:
                self.call("add", {"tasks": [{"key": self.new_key(), "supersedes": self.key()}]})
            case _:
                self.edit()

    def add(self, count: int) -> None:
        new: list[Facts] = []
        for _ in range(count):
            known = [*self.keys, *(str(one["key"]) for one in new)][-8:]
            ups = self.random.sample(known, min(len(known), self.random.randrange(3)))
            one: Facts = {"key": self.new_key(), "needs": ups, "review": self.random.random() < 0.2}
            if ups and self.sometimes():
                contract = {"task": ups[0], "expect": "e", "promise": "p", "keys": ["x"]}
                one["contracts"] = [contract]
            if self.sometimes():
                one["paths"] = [self.random.choice(PATHS)]
            if self.sometimes():
                one["capabilities"] = self.random.choice([["gpu"], ["rust"], ["cobol"]])
            if self.sometimes():
                one["acceptance"] = ["it holds", "it floats"]
            if self.random.random() < 0.15:
                one |= {"budget": {"tokens": 400}, "group": "docs"}
            if self.random.random() < 0.15:
                one["soft"] = [self.key()]
            if self.random.random() < 0.1:
                one["candidates"] = [self.key()]
            if self.random.random() < 0.1:
                one["before"] = [self.key()]
            one["attempts"] = self.random.randrange(1, 4)
            new.append(one)
        reuse = self.random.choice(["", "", "", "exact"])
        self.call("add", {"tasks": new, "reuse": reuse})

    def edit(self) -> None:
        changes: list[Facts] = [
            {"set": {"priority": 3, "estimate": 20}},
            {"set": {"capabilities": ["gpu"], "review": True}},
            {"set": {"paths": [self.random.choice(PATHS)]}},
            {"set": {"budget": {"tokens": 2000}, "group": ""}},
            {"add_needs": [self.key()]},
            {"add_soft": [self.key()]},
            {"drop_needs": [self.key()]},
            {"contracts": [{"task": self.key(), "expect": "e", "promise": "p"}]},
            {"set": {"title": "new"}, "expect_version": self.random.randrange(1, 4)},
        ]
        self.call("edit", {"task": self.key(), **self.random.choice(changes)})

    # -- reading -------------------------------------------------------------------------------

    def look(self) -> None:
        asked: Facts = {"view": self.random.choice(VIEWS + MORE_VIEWS)}
        revision = self.board.revision()
        if asked["view"] == "task" or self.random.random() < 0.1:
            asked["task"] = self.key()
        if self.sometimes():
            asked["limit"] = 2
        if self.random.random() < 0.15:
            asked["at"] = max(1, revision - self.random.randrange(20))
        if self.random.random() < 0.15:
            asked["since"] = max(1, revision - self.random.randrange(40))
        if asked["view"] == "search" and self.random.random() < 0.9:
            asked["query"] = self.random.choice(["made why", "nothing like it"])
        if asked["view"] == "list" and self.sometimes():
            asked["state"] = self.random.choice(["ready", "held", "review", "no such state"])
        if asked["view"] == "task" and self.random.random() < 0.2:
            asked["artifact"] = self.random.choice(["out", "nothing"])
        if self.random.random() < 0.03:
            asked["cursor"] = "nonsense"
        reply = self.call("graph", asked)
        for _ in range(4):
            if "cursor" not in reply or "code" in reply:
                return
            reply = self.call("graph", {**asked, "cursor": reply["cursor"]})

    def err(self) -> None:
        session = self.random.choice(self.agents).session
        gone, lease = self.random.choice(self.old_sessions), self.random.choice(self.leases)
        tasks = (self.key(), self.key(), self.new_key())
        wrong = mistakes(*tasks, lease=lease, session=session, gone=gone)
        self.call(*self.random.choice(wrong))

    # -- people and time -----------------------------------------------------------------------

    def person(self) -> None:
        match self.random.randrange(9):
            case 0:
                self.people("pause")
                self.claim(self.random.choice(self.agents))
                self.look()
                self.people("resume")
            case 1:
                self.people("policy", **self.random.choice(POLICIES))
            case 2:
                minutes = self.random.choice([0, 1, 500])
                self.people("budget", self.random.choice(["", "docs"]), minutes=minutes, tokens=0)
            case 3:
                self.people("done", self.key(), "by hand")
            case 4:
                self.people("release", self.key())
            case 5:
                self.people("answer", self.key(), "because")
            case 6:
                self.people("archive", before=max(2, self.board.revision() - 60))
            case _:
                self.people("merged", self.key())

    def people(self, verb: str, *arguments: Any, **named: Any) -> None:
        with suppress(HeadwaterError):
            getattr(self.board, verb)(*arguments, **named)

    def pass_time(self) -> None:
        if self.clock is not None:
            self.clock.advance(minutes=self.random.choice([0.2, 1, 4, 31, 61]))

    # -- choosing ------------------------------------------------------------------------------

    def sometimes(self) -> bool:
        return self.random.random() < 0.3

    def key(self) -> str:
        """Mostly a newer one."""
        recent = self.keys[-10:] if self.random.random() < 0.7 else self.keys
        return self.random.choice(recent or ["nothing"])

    def new_key(self) -> str:
        self.made += 1
        return f"t{self.made}"

    def call(self, verb: str, arguments: Facts) -> Facts:
        """Make a call, and learn of new tasks."""
        reply = self.face(verb, arguments)
        if verb in ("add", "split") and "code" not in reply:
            self.keys += [one["key"] for one in reply.get("tasks") or reply["children"]]
        return reply
