"""A naive model of a plan: who needs whom, who holds what, and what must hold after every step.

It is told what calls answered and knows nothing of how the store works. It keeps its own edges and
holders, so that a store that agrees with itself and is wrong all the same does not pass.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headwater.board import Board
from headwater.graph.states import TRANSITIONS, Open
from headwater.store.transaction import Tx
from raw_sql import execute

UNBEGUN = ("ready", "waiting")
LEGAL_PAIRS = {
    (source.value, target)
    for row in TRANSITIONS
    for source in row.sources
    for target in (UNBEGUN if isinstance(row.target, Open) else (row.target.value,))
}
"""What the table of states allows in one move."""

_TASKS = (
    "SELECT t.*, s.token AS holder, l.token AS lapsed FROM task t "
    "LEFT JOIN session s ON s.id = t.session_id LEFT JOIN session l ON l.id = t.lapsed_session_id"
)
_EDGES = (
    "SELECT t.key, u.key, e.kind FROM edge e "
    "JOIN task t ON t.id = e.task_id JOIN task u ON u.id = e.upstream_id"
)
_EVENTS = "SELECT kind, task FROM event WHERE revision > ? ORDER BY revision"
_IMAGES = (
    "SELECT t.key, i.image FROM image i JOIN task t ON t.id = i.task_id "
    "WHERE i.aspect = 'state' AND i.revision > ? ORDER BY i.revision"
)


@dataclass
class Seen:
    """What the store holds, read in one snapshot."""

    revision: int
    tasks: dict[str, dict[str, Any]]
    edges: set[tuple[str, str, str]]
    events: list[tuple[str, str]]
    """Kind and task, since the snapshot before."""
    states: list[tuple[str, dict[str, Any]]]
    """Every state image since the snapshot before, in order."""

    def state(self, key: str) -> str:
        return str(self.tasks[key]["state"]) if key in self.tasks else ""


def look(board: Board, since: int) -> Seen:
    """Read what the model is compared with."""

    def read(tx: Tx) -> Seen:
        def plain(query: str, *values: object) -> list[tuple[Any, ...]]:
            return execute(tx, query, *values).fetchall()

        def rows(query: str) -> list[dict[str, Any]]:
            cursor = execute(tx, query)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        ((revision,),) = plain("SELECT revision FROM board")
        return Seen(
            revision,
            {str(row["key"]): row for row in rows(_TASKS)},
            set(plain(_EDGES)),
            plain(_EVENTS, since),
            [(key, json.loads(image)) for key, image in plain(_IMAGES, since)],
        )

    return board.store.read(read)


@dataclass
class Hold:
    """A lease as its holder knows it."""

    session: str
    token: str
    fence: int
    kind: str = "work"


@dataclass
class PlanModel:
    """What a careful person with pencil and paper would know about the board."""

    needs: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Hard upstreams by task."""
    parent: dict[str, str] = field(default_factory=dict[str, str])
    instead: dict[str, str] = field(default_factory=dict[str, str])
    """Who supersedes a task."""
    holds: dict[str, Hold] = field(default_factory=dict[str, Hold])
    lapsed: dict[str, Hold] = field(default_factory=dict[str, Hold])
    """Leases that ran out while nobody took the task."""
    fences: dict[str, int] = field(default_factory=dict[str, int])
    accepted: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    """Each round of each task that was accepted."""
    states: dict[str, str] = field(default_factory=dict[str, str])
    """By the log: the state after the newest image."""

    # -- the plan ------------------------------------------------------------------------------

    def added(self, specs: Sequence[Mapping[str, Any]]) -> None:
        new = {str(spec["key"]) for spec in specs}
        for spec in specs:
            wanted = {*spec.get("needs", ()), *(c["task"] for c in spec.get("contracts", ()))}
            self.needs[spec["key"]] = {self.standing(upstream) for upstream in wanted}
        for spec in specs:
            for consumer in spec.get("before", ()):
                self.needs[self.standing(consumer)].add(spec["key"])
        self.fences.update(dict.fromkeys(new, 0))

    def standing(self, key: str) -> str:
        """Who stands in its place."""
        while key in self.instead:
            key = self.instead[key]
        return key

    def superseded(self, old: str, new: str, *, old_was_done: bool) -> None:
        self.instead[old] = new
        for consumer, upstreams in self.needs.items():
            if old in upstreams and consumer != new and self.parent.get(old) != consumer:
                upstreams.remove(old)
                upstreams.add(new)
        if not old_was_done:
            self.needs[new].discard(old)
        if old in self.parent:
            self.parent[new] = self.parent[old]

    def was_split(self, task: str, into: Sequence[Mapping[str, Any]]) -> None:
        inherited = set(self.needs[task])
        self.added(into)
        for child in into:
            self.parent[child["key"]] = task
            self.needs[child["key"]] |= inherited - set(child.get("soft", ()))

    def released_from(self, cancelled: set[str], after: Seen) -> None:
        for consumer, upstreams in self.needs.items():
            if after.state(consumer) not in ("done", "cancelled"):
                upstreams -= cancelled

    # -- leases --------------------------------------------------------------------------------

    def claimed(self, task: str, hold: Hold) -> None:
        self.fences[task] += 1
        assert hold.fence == self.fences[task], f"{task}: fence {hold.fence} is not the next one"
        self.holds[task] = hold
        self.lapsed.pop(task, None)

    def freed(self, *tasks: str) -> None:
        for task in tasks:
            self.holds.pop(task, None)
            self.lapsed.pop(task, None)

    def revived(self, task: str) -> Hold | None:
        """The holder of a lapsed lease came back in time."""
        if task in self.lapsed:
            self.holds[task] = self.lapsed.pop(task)
        return self.holds.get(task)

    def left(self, session: str) -> None:
        for holds in (self.holds, self.lapsed):
            for task in [task for task, hold in holds.items() if hold.session == session]:
                del holds[task]

    def lapse(self, before: Seen, after: Seen, now_ms: int) -> None:
        """Leases that the store let run out: only those that were due."""
        for task, hold in list(self.holds.items()):
            if after.tasks[task]["session_id"]:
                continue
            if task not in before.tasks or not before.tasks[task]["session_id"]:
                continue
            due_ms = int(before.tasks[task]["lease_until_ms"])
            expired = {("expired", task), ("review_expired", task)} & set(after.events)
            if expired and due_ms <= now_ms:
                self.lapsed[task] = self.holds.pop(task)
            elif ("rejected", task) in after.events and hold.kind == "review":
                del self.holds[task]  # its inputs changed under the reviewer

    def rounds(self, after: Seen) -> list[str]:
        """Follow every state that the log shows, one move at a time; what was accepted by that."""
        accepted: list[str] = []
        for key, image in after.states:
            state, number = str(image["state"]), int(image.get("round", 0))
            before = self.states.get(key)
            if before is not None and before != state:
                assert (before, state) in LEGAL_PAIRS, f"{key} went from {before} to {state}"
            if state == "done" != before:
                accepted.append(key)
            if state == "done" and before not in (None, "done", "split"):
                assert (key, number) not in self.accepted, f"{key}: round {number} done twice"
                self.accepted.add((key, number))
            self.states[key] = state
        return accepted

    # -- what must be true now -----------------------------------------------------------------

    def check(self, seen: Seen) -> None:
        assert set(seen.tasks) == set(self.needs)
        hard = {(task, upstream) for task, upstream, kind in seen.edges if kind == "hard"}
        assert hard == {(task, up) for task, ups in self.needs.items() for up in ups}
        for key, row in seen.tasks.items():
            state = row["state"]
            assert state == self.states[key], f"{key} is {state}, the log says {self.states[key]}"
            assert row["fence"] == self.fences[key], f"{key}: fence {row['fence']}"
            unfinished = [up for up in self.needs[key] if seen.state(up) != "done"]
            if state in UNBEGUN:
                assert (state == "ready") == (not unfinished), f"{key} is {state}: {unfinished}"
            hold = self.holds.get(key)
            assert row["holder"] == (hold.session if hold else None), f"{key}: {row['holder']}"
            if hold:
                assert state == ("review" if hold.kind == "review" else "active"), (key, state)
            else:
                assert state != "active", f"{key} is active and nobody holds it"
            if row["lapsed"] is not None:
                assert row["lapsed"] == self.lapsed[key].session
            else:
                self.lapsed.pop(key, None)
        self._acyclic(seen.edges)

    def _acyclic(self, edges: set[tuple[str, str, str]]) -> None:
        waits: dict[str, set[str]] = {key: set() for key in self.needs}
        for task, upstream, _kind in edges:
            waits[task].add(upstream)
        while free := [key for key, ups in waits.items() if not ups]:
            for key in free:
                del waits[key]
            for ups in waits.values():
                ups.difference_update(free)
        assert not waits, f"a circle among {sorted(waits)}"
