"""Export: a whole board as a plan, which an import gives back.

A plan says what is to be done and how far it is, not how it came to that: attempts, leases and the
log stay behind, and so does what only this board means by them. Every such loss is noted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from headwater import limits
from headwater.graph.cycles import topological
from headwater.graph.policy import Policy, policy_of
from headwater.graph.redaction import TOMBSTONE
from headwater.graph.states import CLOSED, State
from headwater.operations.structure import ANSWERS, CANDIDATE, HARD, PART, SOFT
from headwater.store.queries import boards, export, log
from headwater.store.queries.export import PlanRow
from headwater.store.rows import EdgeRow
from headwater.store.transaction import Tx
from headwater.verbs.importing import ImportedTask

_AS_IT_IS: Final = frozenset({State.DONE, State.HELD, State.FAILED, State.CANCELLED})
_FIELDS: Final = {SOFT: "soft", CANDIDATE: "candidates"}


@dataclass(slots=True)
class Outgoing:
    """A board as a plan."""

    rules: str = ""
    """What holds for all tasks."""
    tasks: list[ImportedTask] = field(default_factory=list[ImportedTask])
    """Each after what it needs, and else in the order in which they were added."""
    states: dict[str, str] = field(default_factory=dict[str, str])
    """The state of each on the board, by key."""
    times: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """When each was added and changed last, in milliseconds since 1970, by key."""
    fixed: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Upstreams that follow from a split, by task: no edit drops them."""
    instead: dict[str, str] = field(default_factory=dict[str, str])
    """Superseded tasks, and who stands in their place."""
    mapped: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    dropped: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


def plan_of(tx: Tx, board_id: int) -> Outgoing:
    """The board at this moment."""
    return _Writing(tx, board_id).outgoing()


class _Writing:
    def __init__(self, tx: Tx, board_id: int) -> None:
        self.tx = tx
        self.rows = {row.id: row for row in tx.all(export.TASKS, board_id=board_id)}
        self.edges: dict[int, list[EdgeRow]] = {}
        for edge in tx.all(export.EDGES, board_id=board_id):
            if edge.upstream_id in self.rows:
                self.edges.setdefault(edge.task_id, []).append(edge)
        board = tx.one(boards.BY_ID, id=board_id)
        policy = policy_of(board.policy) if board else Policy()
        self.reviews_all = policy.review == "always"
        self.out = Outgoing(policy.rules)

    def outgoing(self) -> Outgoing:
        needs = {id: [edge.upstream_id for edge in found] for id, found in self.edges.items()}
        sequence = topological(self.rows, needs) or list(self.rows)
        place = {id: at for at, id in enumerate(sequence)}
        for id in sequence:
            row = self.rows[id]
            edges = sorted(self.edges.get(id, ()), key=lambda edge: place[edge.upstream_id])
            self.out.tasks.append(self._task(row, edges))
            self.out.states[row.key] = row.state
            self.out.times[row.key] = (row.created_ms, row.updated_ms)
            if row.superseded_by_id:
                self.out.instead[row.key] = self._standing(row).key
        for noted in (self.out.mapped, self.out.dropped):
            for what, keys in noted.items():
                noted[what] = list(dict.fromkeys(keys))
        return self.out

    def _standing(self, row: PlanRow) -> PlanRow:
        while row.superseded_by_id in self.rows:
            row = self.rows[row.superseded_by_id]
        return row

    def _task(self, row: PlanRow, edges: list[EdgeRow]) -> ImportedTask:
        values: dict[str, Any] = {
            "key": row.key,
            "title": row.title,
            "spec": row.spec,
            "acceptance": json.loads(row.acceptance),
            "priority": row.priority,
            "estimate": row.estimate_ms / 60_000,
            "capabilities": json.loads(row.capabilities),
            "paths": json.loads(row.paths),
            "review": bool(row.review),
            "attempts": row.attempts,
            "budget": json.loads(row.budget),
            "group": row.grouping,
            "state": self._state(row),
            "notes": self._notes(row),
        }
        if row.state == State.DONE:
            values |= self._delivered(row)
        if row.supersedes_id in self.rows:
            self._drop("that it superseded another task", row.key)
        said = {name: value for name, value in values.items() if value not in _SAYS_NOTHING}
        if self.reviews_all:  # what does not say it would be reviewed where this comes from
            said["review"] = bool(row.review)
        return ImportedTask.model_validate(said | self._needs(row, edges))

    def _state(self, row: PlanRow) -> str:
        if row.state in _AS_IT_IS:
            return row.state
        if row.state not in (State.READY, State.WAITING):
            self._map(f"{row.state} becomes open", row.key)
        return "open"

    def _needs(self, row: PlanRow, edges: list[EdgeRow]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        fixed: set[str] = set()
        room = limits.NEEDS_PER_TASK - sum(edge.kind not in (PART, ANSWERS) for edge in edges)
        for edge in edges:
            upstream = self.rows[edge.upstream_id]
            if edge.kind in (PART, ANSWERS):
                fixed.add(upstream.key)
                if upstream.state == State.CANCELLED or room <= 0:
                    self._drop("a part that is cancelled, or one too many", upstream.key)
                    continue
                room -= 1
                self._map("what was split needs its parts", row.key)
            found.setdefault(_FIELDS.get(edge.kind, "needs"), []).append(upstream.key)
            contract = {"expect": edge.expect, "promise": edge.promise}
            keys: list[str] = json.loads(edge.keys)
            if edge.kind in (HARD, ANSWERS) and (edge.expect or edge.promise or keys):
                found.setdefault("contracts", []).append(
                    {"task": upstream.key, **contract, "keys": keys}
                )
        if fixed:
            self.out.fixed[row.key] = fixed
        return found

    def _notes(self, row: PlanRow) -> str:
        """The note, the question and what a next worker would be told."""
        parts = [row.note]
        if row.state == State.HELD:
            parts = [row.question, row.note]
        elif row.state not in CLOSED:
            for entry in json.loads(row.feedback):
                self._map("feedback is kept in the notes", row.key)
                parts.append(f"Feedback from {entry['by']}: {entry['text']}")
        if row.state == State.REVIEW and row.summary:
            self._map("a delivery that is not accepted is kept in the notes", row.key)
            parts.append(f"Delivered, not accepted yet: {row.summary}")
        text, room = "", limits.TEXT_BYTES
        for part in filter(None, parts):
            room -= len(part.encode()) + 2
            if room < -2:
                self._drop("notes that have no room", row.key)
                break
            text = f"{text}\n\n{part}" if text else part
        return text

    def _delivered(self, row: PlanRow) -> dict[str, Any]:
        return {
            "summary": row.summary,
            "critical": json.loads(row.critical),
            "artifacts": [self._artifact(one) for one in json.loads(row.artifacts)],
            "delivered": json.loads(row.delivered),
            "evidence": json.loads(row.evidence),
        }

    def _artifact(self, reference: Mapping[str, Any]) -> dict[str, Any]:
        found = {name: reference[name] for name in _ARTIFACT if name in reference}
        if "hash" in reference:
            blob = self.tx.one(log.BLOB, hash=reference["hash"])
            found["text"] = str(blob[0]) if blob else ""
        if TOMBSTONE in found.get("git_object", ""):
            del found["git_object"]  # no plan with what is none is taken in again
        return found

    def _map(self, what: str, key: str) -> None:
        self.out.mapped.setdefault(what, []).append(key)

    def _drop(self, what: str, key: str) -> None:
        self.out.dropped.setdefault(what, []).append(key)


_ARTIFACT: Final = ("name", "path", "uri", "commit", "git_object")
_SAYS_NOTHING: Final[tuple[object, ...]] = ("", [], {}, 0, False)
