"""A plan that is imported again: what it says differently, as edits.

A field that the plan leaves empty, though its format has a place for it, is cleared if it was an
import that filled it. Edges between tasks of the plan become those of the plan; edges to other
tasks stay. What an edit may not change any more is left, and named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from headwater.errors import WrongState
from headwater.graph.states import UNBEGUN, State
from headwater.operations import edit, people, provenance
from headwater.operations.exporting import Outgoing, plan_of
from headwater.operations.images import compact
from headwater.operations.provenance import REASON, Author
from headwater.operations.structure import demand_needs
from headwater.operations.work import Work
from headwater.store.queries.export import BROUGHT_WITH
from headwater.verbs.importing import ImportedTask, Left
from headwater.verbs.plan import Contract, EditRequest, TaskChanges
from headwater.verbs.work import FinishRequest

_DELIVERED: Final = ("summary", "critical", "artifacts", "delivered", "evidence")
_BY_HAND: Final = frozenset({*UNBEGUN, State.HELD, State.FAILED})
"""States in which nobody works on a task: it may be said to be done."""


@dataclass(slots=True)
class Plans:
    """What is to be changed, and what is left."""

    edits: list[EditRequest] = field(default_factory=list[EditRequest])
    finished: list[ImportedTask] = field(default_factory=list[ImportedTask])
    """Tasks that the plan says are done, in its order."""
    left: list[Left] = field(default_factory=list[Left])
    cleared: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    absent: list[str] = field(default_factory=list[str])
    """Open tasks that came with the plan once, and that it does not have any more."""

    @property
    def updated(self) -> list[str]:
        """The keys of the tasks that change."""
        keys = [request.task for request in self.edits]
        return list(dict.fromkeys([*keys, *(spec.key for spec in self.finished)]))

    @property
    def new_edges(self) -> int:
        """How many needs the tasks that change get beside those that they have."""
        return sum(
            len({*request.add_needs, *request.add_soft}.difference(request.drop_needs))
            for request in self.edits
        )


def plan(
    work: Work, old: list[ImportedTask], whole: list[ImportedTask], says: Collection[str]
) -> Plans:
    """Compare the tasks that the board has with what the plan says of them. Nothing is changed."""
    found = Plans()
    if not old:
        return found
    found.absent = _absent(work, old, whole)
    now = plan_of(work.tx, work.board.id)
    board = {task.key: task for task in now.tasks}
    planned = {spec.key for spec in whole}
    pairs = [_Pair(spec, board[spec.key], now, planned) for spec in old]
    gone = {pair.key: missing for pair in pairs if (missing := pair.missing(says))}
    authors = provenance.authors(work, gone) if gone else {}
    for pair in pairs:
        taken = {one for one in gone.get(pair.key, ()) if _is_taken_back(pair, one, authors, found)}
        _compare(work, pair, taken, found)
        _put_before(work, pair, board, found)
    return found


def _absent(work: Work, old: list[ImportedTask], whole: list[ImportedTask]) -> list[str]:
    keys = compact([spec.key for spec in old])
    brought: list[tuple[str]] = work.tx.all(BROUGHT_WITH, board_id=work.board.id, keys=keys)
    planned = {spec.key for spec in whole}
    return [key for (key,) in brought if key not in planned]


def drop(work: Work, plans: Plans) -> None:
    """Take away the edges that go for good: before any is added, as one may be turned round."""
    for request in plans.edits:
        if gone := [up for up in request.drop_needs if up not in request.add_soft]:
            edit.edit(work, EditRequest(task=request.task, drop_needs=gone, reason=REASON))


def carry_out(work: Work, plans: Plans) -> None:
    """Make the other changes."""
    for request in plans.edits:
        softened = [up for up in request.drop_needs if up in request.add_soft]
        left = request.model_copy(update={"drop_needs": softened})
        if left.set.model_fields_set or left.add_needs or left.add_soft or left.contracts:
            edit.edit(work, left)
    for spec in plans.finished:
        task = work.task(spec.key)
        if task.state != State.DONE:
            said = {name: getattr(spec, name) for name in (*_DELIVERED, "notes")}
            people.done_by_hand(work, task, FinishRequest.model_construct(lease="", **said))


@dataclass(frozen=True)
class _Pair:
    """A task as the plan has it and as the board has it."""

    spec: ImportedTask
    board: ImportedTask
    now: Outgoing
    planned: set[str]

    @property
    def key(self) -> str:
        return self.spec.key

    @property
    def fixed(self) -> set[str]:
        return self.now.fixed.get(self.key, set())

    def names(self, given: Iterable[str]) -> dict[str, None]:
        """Keys, with those that stand in for superseded tasks."""
        return dict.fromkeys(one for one in map(self._standing, given) if one != self.key)

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        named = ((self._standing(one.task), one) for one in self.spec.contracts)
        return {up: one.model_copy(update={"task": up}) for up, one in named}

    def _standing(self, key: str) -> str:
        """Who is meant by a key: the superseded task itself where the task goes on from that."""
        return key if key in self._there else self.now.instead.get(key, key)

    @cached_property
    def _there(self) -> frozenset[str]:
        return frozenset(_upstreams(self.board))

    @cached_property
    def hard(self) -> dict[str, None]:
        return self.names(self.spec.needs) | dict.fromkeys(self.contracts)

    @cached_property
    def soft(self) -> dict[str, None]:
        return self.names([*self.spec.soft, *self.spec.candidates])

    def missing(self, says: Collection[str]) -> list[str]:
        """What the plan could say and does not, where the board says something: fields, contracts
        as `contract KEY`, and hard upstreams that the plan has as soft ones, as `hard KEY`."""
        fields = [
            name
            for name in TaskChanges.model_fields
            if name in says and _is_empty(self.spec, name) and not _is_empty(self.board, name)
        ]
        kept = self.hard.keys() - self.contracts.keys()
        blank = [
            f"contract {one.task}"
            for one in self.board.contracts
            if "contracts" in says and one.task in kept and self.is_ours(one.task)
        ]
        softened = self.names(self.spec.soft).keys() - self.hard.keys()
        hard = (up for up in self.board.needs if up in softened and self.is_ours(up))
        return [*fields, *blank, *(f"hard {up}" for up in hard)]

    def is_ours(self, upstream: str) -> bool:
        """Whether the plan says what becomes of the edge to it."""
        return upstream in self.planned and upstream not in self.fixed


def _is_empty(task: ImportedTask, name: str) -> bool:
    return getattr(task, name) == ImportedTask.default_of(name)


def _is_taken_back(
    pair: _Pair, missing: str, authors: Mapping[str, Mapping[str, Author]], found: Plans
) -> bool:
    """Whether it was an import that said what the plan does not say any more."""
    author = authors[pair.key].get(missing)
    if author is Author.IMPORT:
        found.cleared.setdefault(missing, []).append(pair.key)
    elif author is not None:
        why = "it was changed here since" if author is Author.BOARD else "its history is archived"
        why = f"the plan does not say it any more, but {why}; `headwater edit` changes it"
        found.left.append(Left(task=pair.key, field=missing, why=why))
    return author is Author.IMPORT


def _compare(work: Work, pair: _Pair, taken: Collection[str], found: Plans) -> None:
    """What becomes of a task; `taken` is what the plan takes back."""
    spec, board = pair.spec, pair.board
    changes = {
        name: getattr(spec, name)
        for name in TaskChanges.model_fields
        if name in taken or _differs(name, spec, board)
    }
    edges = _edges(work, pair, taken, found)
    if changes or edges:
        found.edits.append(
            EditRequest(task=spec.key, set=TaskChanges(**changes), reason=REASON, **edges)
        )
    state = pair.now.states[spec.key]
    if spec.state == "done" and state in _BY_HAND:
        found.finished.append(spec)
        return
    if spec.state not in ("open", state):
        why = f"the board says {state}; `headwater done`, `cancel` or `rework` changes that"
        found.left.append(Left(task=spec.key, field="state", why=why))
    if spec.state == "open" and state == State.HELD:
        why = "the board holds it; `headwater answer` lets it go on"
        found.left.append(Left(task=spec.key, field="state", why=why))
    for name in _DELIVERED:
        if getattr(spec, name) and getattr(spec, name) != getattr(board, name):
            why = "what was delivered on the board stands; `headwater rework` begins a new round"
            found.left.append(Left(task=spec.key, field=name, why=why))
    if spec.notes and spec.notes not in board.notes:
        why = "notes are its workers' own; `headwater tell` reaches them"
        found.left.append(Left(task=spec.key, field="notes", why=why))


def _put_before(work: Work, pair: _Pair, board: Mapping[str, ImportedTask], found: Plans) -> None:
    """Let tasks outside of the plan need this one, as far as it says so and they do not."""
    stands = pair.now.instead.get(pair.key, pair.key)
    for key in pair.spec.before:
        consumer = work.task(key)
        if key == stands or stands in _upstreams(board[key]):
            continue
        try:
            demand_needs(work, consumer, by_holder=False)
        except WrongState as refusal:
            found.left.append(Left(task=pair.key, field="before", why=refusal.message))
        else:
            found.edits.append(EditRequest(task=key, add_needs=[stands], reason=REASON))


def _differs(name: str, spec: ImportedTask, board: ImportedTask) -> bool:
    """Whether the plan says something, and something else than the board."""
    if _is_empty(spec, name):
        return False
    if name == "capabilities":
        return set(spec.capabilities) != set(board.capabilities)
    if name == "estimate":  # the board counts in milliseconds
        return round(spec.estimate * 60_000) != round(board.estimate * 60_000)
    return getattr(spec, name) != getattr(board, name)


def _edges(work: Work, pair: _Pair, taken: Collection[str], found: Plans) -> dict[str, Any]:
    """The edges to add and to drop, and the contracts to write."""
    board, hard, soft = pair.board, pair.hard, pair.soft
    there = {c.task: c for c in board.contracts}
    add = [up for up in hard if up not in board.needs and up not in there]
    add_soft = [up for up in soft if up not in _upstreams(board) or f"hard {up}" in taken]
    written = [
        one for up, one in pair.contracts.items() if one != there.get(up) and up not in pair.fixed
    ]
    written += [Contract(task=up) for up in there if f"contract {up}" in taken]
    drop = [
        up for up in _upstreams(board) if pair.is_ours(up) and up not in hard and up not in soft
    ]
    drop += [up for up in soft if f"hard {up}" in taken]  # and then it is added as a soft one
    if add:
        try:
            demand_needs(work, work.task(pair.key), by_holder=False)
        except WrongState as refusal:
            found.left.append(Left(task=pair.key, field="needs", why=refusal.message))
            written = [one for one in written if one.task not in add]
            add = []
    wanted = {"add_needs": add, "add_soft": add_soft, "drop_needs": drop, "contracts": written}
    return {name: value for name, value in wanted.items() if value}


def _upstreams(task: ImportedTask) -> list[str]:
    return list(dict.fromkeys([*task.needs, *task.soft, *task.candidates]))
