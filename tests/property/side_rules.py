"""The rules of the state machine about the board itself: pauses, policies, budgets, notices, the
past, archives, redactions and repairs. Seldom each, so that the steps are left for work."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule
from plan_rules import WHICH, PlanRules

from headwater.store.transaction import Tx
from raw_sql import execute

POLICIES: list[dict[str, float | str]] = [
    {"reworks": 0},
    {"reworks": 2, "ageing_minutes": 60},
    {"reworks": 5, "evidence": "required"},
    {"evidence": "optional", "recall": "hints"},
    {"review": "always"},
    {"review": "asked", "release_on": "merged"},
    {"release_on": "accepted", "paths": "off"},
    {"paths": "warn", "budget_share": 50},
    {"lease_minutes": 5, "avoid_minutes": 0, "backoff_first_ms": 0},
    {"profile": "safe"},
    {"profile": "throughput", "releases": 1, "paths_fold": 0},
    {"rules": "as agreed", "workspace": "/w/", "branch": ""},
    {"rules": "", "workspace": "", "branch": "main"},
    {"workspace": "", "branch": ""},
    {"workspace": "", "branch": ""},
]
DAMAGE = [
    "UPDATE task SET pending = pending + 1 WHERE key = ?",
    "UPDATE task SET title = 'forged' WHERE key = ?",
    "UPDATE task SET neg_rank = neg_rank - 60000 WHERE key = ?",
    "UPDATE board SET ready = ready + 1 WHERE ? <> ''",
]
SECRET = "hunter2hunter2"


class SideRules(PlanRules):
    """What is done to a board rather than to a task."""

    fixed: ClassVar[dict[str, float | str]] = {}
    """Policies that stay as they are, whatever is drawn."""

    @rule(what=st.sampled_from(["pause", "resume", "resume"]))
    def pause_or_resume(self, what: str) -> None:
        world = self.world
        world.call(lambda b: b.pause("lunch") if what == "pause" else b.resume())
        world.paused = what == "pause"

    @rule(
        what=st.sampled_from(
            ["policy", "tell", "budget", "archive", "search", "past", "redact", "repair"]
        ),
        which=WHICH,
    )
    def something_aside(self, what: str, which: int) -> None:
        asides: dict[str, Callable[[int], None]] = {
            "policy": self.policy_changes,
            "tell": self.tell,
            "budget": self.budget,
            "archive": self.archive,
            "search": self.search,
            "past": self.look_back,
            "redact": self.redact,
            "repair": self.damage_and_repair,
        }
        asides[what](which)

    def policy_changes(self, which: int) -> None:
        world = self.world
        policy = POLICIES[which % len(POLICIES)] | POLICIES[which * 7 % len(POLICIES)] | self.fixed
        world.call(lambda b: b.policy(**policy))
        if "workspace" in policy:
            world.wanted = (str(policy["workspace"]).rstrip("/"), str(policy["branch"]))

    def tell(self, which: int) -> None:
        to = ("workers", "agent:a", "all", "")[which % 4]
        task, name = self.world.key(which), f"tell-{self.world.steps}"
        said = {"task": task, "request": name, "topic": "" if to else "lunch"}
        told = self.world.call(lambda b: b.tell(to, "hello", **said))
        if told is not None:
            self.world.requested.append((lambda b: b.tell(to, "hello", **said), told))

    def budget(self, which: int) -> None:
        """Mostly a generous one: a board without money teaches nothing."""
        minutes = (60, 5_000, 10_000, 0)[which % 4]
        group = ("", "docs")[which % 2]
        tokens = (0, 0, 1_000)[which % 3]
        self.world.call(lambda b: b.budget(group, minutes=minutes, tokens=tokens))

    def archive(self, which: int) -> None:
        self.settle()
        self.world.call(lambda b: b.archive(before=max(2, self.seen.revision - which)))

    def search(self, which: int) -> None:
        self.world.call(lambda b: b.graph("search", query="made why hello t1"))

    def look_back(self, which: int) -> None:
        """A past revision is shown as it was seen then, unless it was archived."""
        self.settle()
        world = self.world
        revision, seen = world.pick(list(world.past.items()), which * 7)
        found = world.call(lambda b: b.graph(limit=500, at=revision))
        if found is not None:
            rows = found.tasks or []
            assert {row["key"]: (row["state"], row["version"]) for row in rows} == seen

    def redact(self, which: int) -> None:
        """A note had a secret in it. (Replies that were kept have it no longer, so they are no
        longer repeated to the letter.)"""
        world = self.world
        if world.call(lambda b: b.redact(SECRET)) is not None:
            world.requested.clear()
            world.redacted = True

    def damage_and_repair(self, which: int) -> None:
        """Somebody changed the tables past the log; the model knows what they should say."""
        world = self.world
        self.settle()
        if world.board.verify():
            raise AssertionError("the store was damaged already")
        task = world.key(which)

        def damage(tx: Tx) -> None:
            execute(tx, DAMAGE[which % len(DAMAGE)], task)

        world.board.store.write(damage)
        found = world.board.repair()
        assert found.left == []
        assert found.problems
        world.steps += 1
        world.observe()
