"""Checking many new tasks at once: what add, split and import share.

All or nothing. References may point forwards inside the batch, and every problem of a kind is
reported at once. What passes is written by `insertion.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from headwater import limits
from headwater.errors import BadRequest, Cycle, DuplicateKey, LimitExceeded, UnknownTask
from headwater.graph.cycles import cycle_sentence, find_cycle, topological
from headwater.graph.states import State
from headwater.operations import standing
from headwater.operations.structure import CANDIDATE, HARD, SOFT
from headwater.operations.work import Work
from headwater.store.rows import TaskRow
from headwater.verbs.plan import Contract, TaskSpec

_SHOWN = 20


@dataclass(slots=True)
class Known:
    """A task that a batch refers to: an old one, or one of the batch."""

    id: int
    ord: int
    state: str
    neg_rank: int
    is_new: bool = False


@dataclass(slots=True)
class Batch:
    """New tasks on their way into the store."""

    specs: Sequence[TaskSpec]
    known: dict[str, Known] = field(default_factory=dict[str, Known])
    needs: dict[str, dict[str, tuple[str, Contract | None]]] = field(
        default_factory=dict[str, dict[str, tuple[str, "Contract | None"]]]
    )
    """task -> upstream -> kind and contract, over edges whose task is new."""
    sequence: list[str] = field(default_factory=list[str])
    """Keys in topological order."""
    rows: dict[str, TaskRow] = field(default_factory=dict[str, TaskRow])
    warnings: list[str] = field(default_factory=list[str])


def prepare(work: Work, specs: Sequence[TaskSpec], *, most: int) -> Batch:
    """Check a batch against itself and the board, reporting every problem of a kind at once.

    Raises:
        LimitExceeded, DuplicateKey, UnknownTask, BadRequest, Cycle: nothing was changed.
    """
    _demand_room(work, len(specs), most)
    batch = Batch(specs)
    _resolve(work, batch)
    _demand_apart(specs)
    for spec in batch.specs:
        batch.needs[spec.key] = _needs_of(spec)
    _demand_acyclic(batch)
    return batch


def _demand_room(work: Work, count: int, most: int) -> None:
    board = work.board
    present = sum(getattr(board, state.value) for state in State)
    if count > most:
        raise LimitExceeded(
            f"{count} tasks in one call; the limit is {most}",
            next="send several calls, upstreams first",
        )
    if present + count > limits.TASKS_PER_BOARD:
        raise LimitExceeded(f"a board holds at most {limits.TASKS_PER_BOARD} tasks")


def _resolve(work: Work, batch: Batch) -> None:
    new: dict[str, int] = {}
    doubled: list[str] = []
    for at, spec in enumerate(batch.specs):
        if spec.key in new:
            doubled.append(spec.key)
        new[spec.key] = at
    mentioned: dict[str, None] = {}
    for spec in batch.specs:
        contracted = (contract.task for contract in spec.contracts)
        for name in (*spec.needs, *spec.soft, *spec.candidates, *spec.before, *contracted):
            mentioned[name] = None
        if spec.supersedes:
            mentioned[spec.supersedes] = None
    found, instead = standing.places(work, list({**dict.fromkeys(new), **mentioned}))
    batch.known = {key: Known(*place) for key, place in found.items()}
    taken = [key for key in new if key in batch.known]
    if doubled or taken:
        names = ", ".join(sorted({*doubled, *taken})[:_SHOWN])
        where = "on this board" if taken else "twice in this call"
        raise DuplicateKey(
            f"these keys exist already {where}: {names}; nothing was added",
            state={"keys": sorted({*doubled, *taken})[:_SHOWN]},
            next="edit(task, ...) changes a task; choose other keys for new ones",
        )
    unknown = sorted(key for key in mentioned if key not in batch.known and key not in new)
    if unknown:
        raise UnknownTask(
            f"no tasks named {', '.join(unknown[:_SHOWN])} on this board or in this call; "
            "nothing was added",
            state={"unknown": unknown[:_SHOWN]},
            next="add them first or in the same call",
        )
    if instead:
        batch.specs = [standing.redirected(spec, instead) for spec in batch.specs]
        batch.warnings = standing.said(instead)


def _demand_apart(specs: Sequence[TaskSpec]) -> None:
    new = {spec.key for spec in specs}
    for spec in specs:
        if spec.supersedes in new:
            raise BadRequest(
                f"{spec.key} cannot supersede {spec.supersedes}, which is in the same call",
                next="supersede a task that is on the board",
            )


def _needs_of(spec: TaskSpec) -> dict[str, tuple[str, Contract | None]]:
    """The edges that a spec asks for. A contract implies a hard need."""
    found: dict[str, tuple[str, Contract | None]] = {}
    for name in spec.candidates:
        found[name] = (CANDIDATE, None)
    for name in spec.soft:
        found[name] = (SOFT, None)
    for name in spec.needs:
        found[name] = (HARD, None)
    for contract in spec.contracts:
        kind = found[contract.task][0] if contract.task in found else HARD
        if kind != HARD:
            raise BadRequest(
                f"{spec.key} has a contract with {contract.task}, which is {kind}; "
                "a contract needs a hard edge",
                next=f"put {contract.task} into `needs`",
            )
        found[contract.task] = (HARD, contract)
    if spec.key in found:
        raise Cycle(
            f"{spec.key} cannot need itself; nothing was added",
            state={"cycle": [spec.key, spec.key]},
            next="an edge reads `task needs upstream`",
        )
    if len(found) > limits.NEEDS_PER_TASK:
        raise LimitExceeded(
            f"{spec.key} has {len(found)} upstreams; the limit is {limits.NEEDS_PER_TASK}"
        )
    return found


def _demand_acyclic(batch: Batch) -> None:
    """Order the new tasks among themselves, `before` included."""
    new = {spec.key for spec in batch.specs}
    inner: dict[str, list[str]] = {
        key: [upstream for upstream in found if upstream in new]
        for key, found in batch.needs.items()
    }
    for spec in batch.specs:
        for consumer in spec.before:
            if consumer == spec.key:
                raise Cycle(f"{spec.key} cannot be before itself; nothing was added")
            if consumer in new:
                batch.needs[consumer].setdefault(spec.key, (HARD, None))
                inner[consumer].append(spec.key)
    sequence = topological([spec.key for spec in batch.specs], inner)
    if sequence is None:
        cycle = find_cycle((task, up) for task, ups in inner.items() for up in ups) or []
        raise Cycle(
            f"that would close a circle: {cycle_sentence(cycle)}; nothing was added",
            state={"cycle": cycle[:_SHOWN]},
            next="leave out one of these edges; an edge reads `task needs upstream`",
        )
    batch.sequence = sequence
