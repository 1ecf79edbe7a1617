"""New tasks as far as their request alone tells: drafted before anybody has to wait.

What needs no look at the board is done here, outside of the write lock: rows, texts and images of
the tasks, their edges among each other, their order. What the board decides (ids, labels, states,
counts, ranks) `insertion.py` sets, all of it each time: an operation may be undone and run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from headwater import limits
from headwater.errors import BadRequest, Cycle, HeadwaterError, LimitExceeded
from headwater.graph.cycles import closing, find_cycle, topological
from headwater.graph.images import lane_of
from headwater.operations.images import compact, spec_image
from headwater.operations.structure import CANDIDATE, HARD, SOFT
from headwater.store.job import NoGarbageCollection
from headwater.store.rows import TaskRow, TextRow
from headwater.verbs.plan import Contract, TaskSpec

Needs = dict[str, tuple[str, Contract | None]]
"""upstream -> kind and contract."""


@dataclass(slots=True)
class NewTask:
    """A task to be: what its rows say before the board has its say."""

    spec: TaskSpec
    row: TaskRow
    text: TextRow
    image: str
    """The after-image of what it is."""


@dataclass(slots=True)
class Draft:
    """New tasks on their way to a board."""

    specs: Sequence[TaskSpec]
    reuse: str = ""
    tasks: dict[str, NewTask] = field(default_factory=dict[str, NewTask])
    doubled: list[str] = field(default_factory=list[str])
    """Keys that are there twice."""
    mentioned: list[str] = field(default_factory=list[str])
    """Keys that the tasks refer to, old or new."""
    needs: dict[str, Needs] = field(default_factory=dict[str, Needs])
    """By task: the edges whose task is new."""
    sequence: list[str] = field(default_factory=list[str])
    """Keys in topological order."""
    refusal: HeadwaterError | None = None
    """What is wrong with the edges; to be raised when nothing is wrong with the keys."""


def drafted(specs: Sequence[TaskSpec], reuse: str = "") -> Draft:
    """A draft of these tasks. `reuse` is for all but a task that supersedes another: it is there
    to do better."""
    with NoGarbageCollection():  # nothing of it is garbage; a large one would be searched often
        draft = Draft(specs, reuse)
        mentioned: dict[str, None] = {}
        for spec in specs:
            if spec.key in draft.tasks:
                draft.doubled.append(spec.key)
            draft.tasks[spec.key] = _task(spec, "" if spec.supersedes else reuse)
            for name in (*spec.needs, *spec.soft, *spec.candidates, *spec.before):
                mentioned[name] = None
            for contract in spec.contracts:
                mentioned[contract.task] = None
            if spec.supersedes:
                mentioned[spec.supersedes] = None
        draft.mentioned = list(mentioned)
        try:
            _connect(draft)
        except HeadwaterError as refusal:
            draft.refusal = refusal
        return draft


def _task(spec: TaskSpec, reuse: str) -> NewTask:
    row = TaskRow(
        id=0,
        board_id=0,
        key=spec.key,
        title=spec.title,
        capabilities=compact(sorted(set(spec.capabilities))) if spec.capabilities else "[]",
        priority=spec.priority,
        estimate_ms=round(spec.estimate * 60_000),
        review=int(spec.review),
        attempts=spec.attempts,
        grouping=spec.group,
        parent_id=0,
        supersedes_id=0,
        superseded_by_id=0,
        reuse=reuse,
        version=1,
        state="",
        gate="",
        round=0,
        attempt=0,
        fence=0,
        grip=0,
        releases=0,
        reworks=0,
        session_id=0,
        lapsed_session_id=0,
        attempt_id=0,
        delivery_id=0,
        lease_until_ms=0,
        due_ms=0,
        handoff="",
        consumers="changed",
        progress=-1,
        pending=0,
        soft_pending=0,
        parts_open=0,
        lane=lane_of(spec.capabilities),
        purse="",
        bucket=0,
        neg_rank=0,
        ord=0,
        has_paths=int(bool(spec.paths)),
        blocker_id=0,
        ready_ms=0,
        created_ms=0,
        updated_ms=0,
    )
    text = _text(spec)
    return NewTask(spec, row, text, spec_image(row, text))


def _text(spec: TaskSpec) -> TextRow:
    given = "budget" in spec.model_fields_set
    return TextRow(
        task_id=0,
        spec=spec.spec,
        acceptance=compact(spec.acceptance) if spec.acceptance else "[]",
        paths=compact(spec.paths) if spec.paths else "[]",
        budget=compact(spec.budget.model_dump(exclude_defaults=True)) if given else "{}",
    )


def _connect(draft: Draft) -> None:
    for spec in draft.specs:
        draft.needs[spec.key] = _needs_of(spec)
    inner = _among_themselves(draft)
    for key, found in draft.needs.items():
        if len(found) > limits.NEEDS_PER_TASK:
            raise LimitExceeded(
                f"{key} has {len(found)} upstreams; the limit is {limits.NEEDS_PER_TASK}"
            )
    sequence = topological([spec.key for spec in draft.specs], inner)
    if sequence is None:
        cycle = find_cycle((task, up) for task, ups in inner.items() for up in ups) or []
        raise closing(cycle, "; nothing was added")
    draft.sequence = sequence


def _needs_of(spec: TaskSpec) -> Needs:
    """The edges that a spec asks for. A contract implies a hard need."""
    found: Needs = {}
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
    return found


def _among_themselves(draft: Draft) -> dict[str, list[str]]:
    """Which new task needs which, `before` included."""
    inner = {
        key: [upstream for upstream in found if upstream in draft.tasks]
        for key, found in draft.needs.items()
    }
    for spec in draft.specs:
        for consumer in spec.before:
            if consumer == spec.key:
                raise Cycle(f"{spec.key} cannot be before itself; nothing was added")
            if consumer in draft.tasks:
                _, contract = draft.needs[consumer].get(spec.key, (HARD, None))
                draft.needs[consumer][spec.key] = (HARD, contract)
                inner[consumer].append(spec.key)
    return inner
