"""Writing many new tasks at once, after `batch.py` has checked them.

New tasks are labelled in topological order, so that a new task that needs old ones costs no search
at all; ranks of the new tasks are computed in memory and passed on upwards within a budget.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from headwater import limits
from headwater.errors import LimitExceeded
from headwater.graph.images import lane_of
from headwater.graph.states import State, opened
from headwater.operations import budgets, order
from headwater.operations.batch import Batch, Known
from headwater.operations.images import compact, edges_image, state_image
from headwater.operations.structure import HARD, edge_values
from headwater.operations.work import Work
from headwater.store.ids import reserve_task_ids
from headwater.store.queries import edges, tasks
from headwater.store.rows import EdgeRow, TaskRow, TextRow
from headwater.verbs.plan import TaskSpec

_by_upstream = attrgetter("upstream_id")


def insert(
    work: Work,
    batch: Batch,
    *,
    parent: TaskRow | None = None,
    states: dict[str, str] | None = None,
    notes: dict[str, TextRow] | None = None,
    deliveries: dict[str, int] | None = None,
    reuse: str = "",
) -> None:
    """Write the tasks, their texts and their edges; the caller has recorded the event.

    `states` gives imported tasks a state other than open, `deliveries` the ids of what they
    delivered; `notes` gives texts to carry over. `reuse` is for all but a task that supersedes
    another: it is there to do better.
    """
    label(work, batch, parent)
    states = states or {}
    for key, state in states.items():
        batch.known[key].state = state
    by_key = {spec.key: spec for spec in batch.specs}
    edge_rows: list[dict[str, Any]] = []
    for key in batch.sequence:
        row = _row(work, batch, by_key[key], parent, states.get(key, ""))
        row.delivery_id = (deliveries or {}).get(key, 0)
        row.reuse = "" if by_key[key].supersedes else reuse
        batch.rows[key] = row
        batch.known[key].state = row.state
        for upstream, (kind, contract) in batch.needs[key].items():
            edge_rows.append(edge_values(row.id, batch.known[upstream].id, kind, contract))
    _rank(batch)
    _write(work, batch, by_key, edge_rows, notes or {})


def label(work: Work, batch: Batch, parent: TaskRow | None = None) -> None:
    """Give each new task its id and its topological label, unless it has them.

    The labels follow the batch's own order and lie above those of every old upstream, so that all
    edges of new tasks agree with them from the start.
    """
    if batch.sequence[0] in batch.known:
        return
    ids = reserve_task_ids(work.tx, len(batch.sequence))
    early, upper = _early(batch, parent)
    labels = _labels_before(work, batch, early, upper) if early else {}
    rest = [key for key in batch.sequence if key not in labels]
    labels.update(zip(rest, order.place_last(work, len(rest)), strict=True))
    for at, key in enumerate(batch.sequence):
        batch.known[key] = Known(ids[at], labels[key], "", 0, is_new=True)


def _early(batch: Batch, parent: TaskRow | None) -> tuple[list[str], int]:
    """The new tasks that an old one shall need, with what those need of the batch, in order; and
    the label below which they belong."""
    if parent is not None:
        return batch.sequence, parent.ord
    uppers: list[int] = []
    wanted: set[str] = set()
    for spec in batch.specs:
        old = [batch.known[name].ord for name in spec.before if name in batch.known]
        if old:
            uppers += old
            wanted.add(spec.key)
    for key in reversed(batch.sequence):
        if key in wanted:
            wanted.update(name for name in batch.needs[key] if name not in batch.known)
    return [key for key in batch.sequence if key in wanted], min(uppers, default=0)


def _labels_before(work: Work, batch: Batch, early: list[str], upper: int) -> dict[str, int]:
    """Labels below `upper` and above the old upstreams of `early`; none if there is no room."""
    lower = max(
        (
            batch.known[name].ord
            for key in early
            for name in batch.needs[key]
            if name in batch.known
        ),
        default=0,
    )
    labels = order.place_before(work, upper, lower, len(early))
    return dict(zip(early, labels, strict=True)) if labels else {}


def _row(work: Work, batch: Batch, spec: TaskSpec, parent: TaskRow | None, state: str) -> TaskRow:
    pending = soft = 0
    for upstream, (kind, _contract) in batch.needs[spec.key].items():
        if batch.known[upstream].state == State.DONE:
            continue
        if kind == HARD:
            pending += 1
        else:
            soft += 1
    known = batch.known[spec.key]
    final = state or opened(pending).value
    board = work.board
    setattr(board, final, getattr(board, final) + 1)
    work.touch_board()
    row = TaskRow(
        id=known.id,
        board_id=board.id,
        key=spec.key,
        title=spec.title,
        capabilities=compact(sorted(set(spec.capabilities))) if spec.capabilities else "[]",
        priority=spec.priority,
        estimate_ms=round(spec.estimate * 60_000),
        review=int(_review(work, spec)),
        attempts=spec.attempts,
        grouping=spec.group,
        parent_id=parent.id if parent else 0,
        supersedes_id=0,
        superseded_by_id=0,
        reuse="",
        version=1,
        state=final,
        gate="",
        round=1 if state else 0,
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
        pending=pending,
        soft_pending=soft,
        parts_open=0,
        lane=lane_of(spec.capabilities),
        purse="",
        bucket=0,
        neg_rank=0,
        ord=known.ord,
        has_paths=int(bool(spec.paths)),
        blocker_id=0,
        ready_ms=work.now_ms,
        created_ms=work.now_ms,
        updated_ms=work.now_ms,
    )
    row.bucket = work.bucket(row)
    return row


def _review(work: Work, spec: TaskSpec) -> bool:
    """What the task says; where it says nothing, what the policy says."""
    said = "review" in spec.model_fields_set
    return spec.review if said else work.policy.review == "always"


def _rank(batch: Batch) -> None:
    """Ranks of the new tasks, from the last to the first."""
    below: dict[str, int] = {}
    for spec in batch.specs:
        for consumer in spec.before:
            known = batch.known[consumer]
            if not known.is_new:
                below[spec.key] = min(below.get(spec.key, 0), known.neg_rank)
    for key in reversed(batch.sequence):
        row = batch.rows[key]
        row.neg_rank = below.get(key, 0) - order.weight(row.estimate_ms)
        batch.known[key].neg_rank = row.neg_rank
        for upstream, (kind, _contract) in batch.needs[key].items():
            if kind == HARD and row.state != State.CANCELLED:
                below[upstream] = min(below.get(upstream, 0), row.neg_rank)


def _write(
    work: Work,
    batch: Batch,
    by_key: dict[str, TaskSpec],
    edge_rows: list[dict[str, Any]],
    notes: dict[str, TextRow],
) -> None:
    texts: list[TextRow] = []
    needs: dict[int, list[EdgeRow]] = {}
    starts: dict[tuple[str, int, int], str] = {}
    for values in edge_rows:
        needs.setdefault(values["task_id"], []).append(EdgeRow(**values))
    for key, row in batch.rows.items():
        text = _text(row.id, by_key[key], notes.get(key))
        row.purse = budgets.purse(work, row, text)
        texts.append(text)
        found = needs.get(row.id)
        image = edges_image(sorted(found, key=_by_upstream)) if found else "[]"
        start = (row.state, row.round, row.delivery_id)
        if start not in starts:  # new tasks differ in nothing else that the image of a state shows
            starts[start] = state_image(row)
        work.image_added(row, text, image, starts[start])
    _lanes(work, {row.lane for row in batch.rows.values()})
    work.tx.put_many(tasks.INSERT, list(batch.rows.values()))
    work.tx.put_many(tasks.INSERT_TEXT, texts)
    work.tx.many(edges.INSERT, edge_rows)
    old = {
        batch.known[upstream].id
        for found in batch.needs.values()
        for upstream, (kind, _contract) in found.items()
        if kind == HARD and not batch.known[upstream].is_new
    }
    order.look_again(work, sorted(old))


def _text(task_id: int, spec: TaskSpec, carried: TextRow | None) -> TextRow:
    given = "budget" in spec.model_fields_set
    return TextRow(
        task_id=task_id,
        spec=spec.spec,
        acceptance=compact(spec.acceptance) if spec.acceptance else "[]",
        paths=compact(spec.paths) if spec.paths else "[]",
        budget=compact(spec.budget.model_dump(exclude_defaults=True)) if given else "{}",
        feedback=carried.feedback if carried else "[]",
        question=carried.question if carried else "",
        note=carried.note if carried else "",
    )


def _lanes(work: Work, wanted: set[str]) -> None:
    present = {row[0] for row in work.tx.all(tasks.LANES, board_id=work.board.id)}
    missing = sorted(wanted - present)
    if len(present) + len(missing) > limits.LANES_PER_BOARD:
        raise LimitExceeded(
            f"a board holds at most {limits.LANES_PER_BOARD} different sets of capabilities",
            next="use fewer, broader capabilities",
        )
    for name in missing:
        work.tx.run(tasks.ADD_LANE, board_id=work.board.id, name=name)


def add_lane(work: Work, name: str) -> None:
    """Make sure that a lane exists."""
    _lanes(work, {name})
