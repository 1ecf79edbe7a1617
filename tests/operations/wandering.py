"""Random walks over a board: every verb with arguments that are often right and sometimes wrong."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Any

from headwater.board import Board
from headwater.clock import ManualClock
from headwater.errors import HeadwaterError

_WORDS = ["alpha", "beta", "gamma", "delta"]
_CAPABILITIES: list[list[str]] = [[], [], [], ["gpu"], ["rust", "gpu"]]


class Wanderer:
    """Does one random thing to a board at a time. The same seed does the same things."""

    def __init__(self, board: Board, clock: ManualClock, seed: int) -> None:
        self.board = board
        self.clock = clock
        self.random = random.Random(seed)
        self.keys: list[str] = []
        self.leases: list[str] = []
        self.sessions: list[str] = []
        self.done: dict[str, int] = {}
        """How often each action succeeded."""
        self._actions: list[tuple[int, Callable[[], Any]]] = [
            (5, self.add),
            (3, self.join),
            (14, self.claim),
            (14, self.finish),
            (4, self.give_up),
            (3, self.check),
            (4, self.rework),
            (2, self.cancel),
            (3, self.split),
            (5, self.edit),
            (3, self.time_passes),
            (1, self.tell),
            (2, self.person),
            (1, self.board_setting),
            (1, self.import_tasks),
        ]

    def step(self) -> str:
        """One action; its name. What the board refuses is part of the walk."""
        weights = [weight for weight, _ in self._actions]
        _, action = self.random.choices(self._actions, weights)[0]
        try:
            action()
        except HeadwaterError as error:
            return f"{action.__name__} refused: {error}"
        self.done[action.__name__] = self.done.get(action.__name__, 0) + 1
        return action.__name__

    def some(self, most: int) -> list[str]:
        return self.random.sample(self.keys, min(len(self.keys), self.random.randint(0, most)))

    def key(self) -> str:
        return self.random.choice(self.keys or ["none"])

    def lease(self) -> str:
        return self.random.choice(self.leases or ["none#1.AAAAAAAAAAAAAAAA"])

    def spec(self, needs: list[str]) -> dict[str, Any]:
        key = f"t{len(self.keys)}"
        self.keys.append(key)
        spec: dict[str, Any] = {
            "key": key,
            "title": self.random.choice(_WORDS),
            "spec": self.random.choice(_WORDS),
            "needs": needs,
            "estimate": self.random.choice([0, 0, 5, 30]),
            "priority": self.random.choice([0, 0, 3, -2]),
            "capabilities": self.random.choice(_CAPABILITIES),
            "review": self.random.random() < 0.2,
            "attempts": self.random.randint(1, 3),
        }
        if needs and self.random.random() < 0.3:
            spec["contracts"] = [{"task": needs[0], "expect": "e", "promise": "p", "keys": ["x"]}]
        return spec

    def add(self) -> None:
        old, new = self.some(3), []
        for _ in range(self.random.randint(1, 4)):
            fresh = [one["key"] for one in new]
            new.append(self.spec([*old, *fresh][: self.random.randint(0, 4)]))
        chance = self.random.random()
        others = [key for key in self.some(3) if key not in old and key != new[-1]["key"]]
        if chance < 0.2:
            new[-1]["soft"] = [key for key in others if key not in new[-1]["needs"]]
        elif chance < 0.35:
            new[-1]["before"] = others
        elif chance < 0.5 and others:
            new[-1]["supersedes"] = others[0]
        try:
            self.board.add(tasks=new)
        except HeadwaterError:
            del self.keys[-len(new) :]
            raise

    def import_tasks(self) -> None:
        first, second = self.spec([]), self.spec([])
        second["needs"] = [first["key"]]
        first |= {"state": self.random.choice(["done", "held", "failed", "cancelled", "open"])}
        if first["state"] == "done":
            first["summary"] = "imported"
        second["notes"] = "carried over"
        try:
            self.board.import_tasks(tasks=[first, second])
        except HeadwaterError:
            del self.keys[-2:]
            raise

    def join(self) -> None:
        if self.sessions and self.random.random() < 0.3:
            session = self.random.choice(self.sessions)
            self.board.join(session=session, take=self.random.random() < 0.7, window="other")
            return
        agent = self.random.choice(["ann", "bob", "cy"])
        found = self.board.join(agent=agent, capabilities=self.random.choice(_CAPABILITIES))
        self.sessions.append(found.session)

    def claim(self) -> None:
        if not self.sessions:
            self.join()
        task = self.key() if self.random.random() < 0.15 else ""
        take_over = self.random.random() < 0.3
        found = self.board.claim(
            session=self.random.choice(self.sessions), task=task, take_over=take_over
        )
        if found.lease:
            self.leases.append(found.lease)

    def finish(self) -> None:
        lease = self.leases[-1] if self.leases and self.random.random() < 0.6 else self.lease()
        task = lease.split("#")[0]
        links = self.board.graph(task=task).consumers or []
        delivered = {one.task: "text" for one in links if one.promise}
        review = self.board.graph(task=task).state == "review"
        outcome = self.random.choice(["approve", "reject"]) if review else "done"
        self.board.finish(
            lease=lease,
            outcome=outcome,
            summary=self.random.choice(_WORDS),
            critical={"x": self.random.randint(0, 1), "y": 7} if not review else None,
            delivered=delivered if not review else None,
            artifacts=self.made(self.random.choice(_WORDS)) if not review else (),
            claim_next=self.random.random() < 0.2,
        )

    def made(self, word: str) -> list[dict[str, Any]]:
        """A text, and a file that changes with it, in another commit each time."""
        held = hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest()
        commit = f"ann@{self.board.revision():07x}"
        code = {"name": "code", "path": "a.py", "commit": commit, "git_object": held}
        return [{"name": "out", "text": word}, code]

    def give_up(self) -> None:
        outcome = self.random.choice(["failed", "release", "handoff", "blocked"])
        self.board.finish(lease=self.lease(), outcome=outcome, summary="why", notes="tried it")

    def check(self) -> None:
        if self.sessions and self.random.random() < 0.2:
            self.board.check(session=self.random.choice(self.sessions), leave=True)
        else:
            note = self.random.choice(["", "half way"])
            self.board.check(lease=self.lease(), note=note, progress=self.random.randint(0, 100))

    def rework(self) -> None:
        lease = self.lease() if self.random.random() < 0.3 else ""
        consumers = self.random.choice(["changed", "all", "none"])
        task = self.key()
        if lease and self.random.random() < 0.7:
            needs = self.board.graph(task=lease.split("#")[0]).needs or []
            task = self.random.choice([one.task for one in needs] or [task])
        self.board.rework(task=task, feedback="again", lease=lease, consumers=consumers)

    def cancel(self) -> None:
        dependents = self.random.choice(["refuse", "cancel", "release"])
        self.board.cancel(tasks=[self.key()], dependents=dependents, reason="not needed")

    def split(self) -> None:
        lease = self.random.choice([self.lease(), ""])
        task = lease.split("#")[0] if lease else self.key()
        parts = [self.spec([]) for _ in range(self.random.randint(1, 3))]
        if len(parts) > 1:
            parts[-1]["needs"] = [parts[0]["key"]]
        consumers = self.board.graph(task=task).consumers or []
        parts[-1]["answers"] = [one.task for one in consumers if one.promise]
        try:
            self.board.split(task=task, into=parts, lease=lease)
        except HeadwaterError:
            del self.keys[-len(parts) :]
            raise

    def edit(self) -> None:
        task = self.key()
        what = self.random.randrange(5)
        lease = self.lease() if self.random.random() < 0.3 else ""
        if what == 0:
            values = {"title": self.random.choice(_WORDS), "priority": self.random.randint(-3, 3)}
            self.board.edit(task=task, set=values)
        elif what == 1:
            values = {"capabilities": self.random.choice(_CAPABILITIES), "estimate": 12.5}
            self.board.edit(task=task, set=values)
        elif what == 2:
            self.board.edit(task=task, add_needs=self.some(2), lease=lease)
        elif what == 3:
            self.board.edit(task=task, add_soft=self.some(2))
        else:
            needs = self.board.graph(task=task).needs or []
            self.board.edit(task=task, drop_needs=[one.task for one in needs[:1]])

    def time_passes(self) -> None:
        self.clock.advance(minutes=self.random.choice([1, 4, 40, 70, 200]))

    def tell(self) -> None:
        self.board.tell(to="workers", text="hello", task=self.key())

    def person(self) -> None:
        what = self.random.randrange(3)
        if what == 0:
            self.board.done(self.key(), "by hand")
        elif what == 1:
            self.board.release(self.key())
        else:
            self.board.answer(self.key(), "because")

    def board_setting(self) -> None:
        what = self.random.randrange(3)
        if what == 0:
            self.board.pause("lunch")
            self.board.resume()
        elif what == 1:
            self.board.policy(reworks=self.random.randint(0, 3))
        else:
            self.board.policy(ageing_minutes=self.random.choice([60, 1440]))
