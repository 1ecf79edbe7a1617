"""Writing many new tasks at once, after `batch.py` has checked them.

New tasks are labelled in topological order, so that a new task that needs old ones costs no search
at all; ranks of the new tasks are computed in memory and passed on upwards within a budget.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from headwater import limits
from headwater.errors import LimitExceeded
from headwater.graph.states import State, opened
from headwater.operations import budgets, order
from headwater.operations.batch import Batch, Known
from headwater.operations.draft import NewTask
from headwater.operations.images import edges_image, spec_image, state_images
from headwater.operations.structure import HARD, by_upstream, edge_row
from headwater.operations.work import Work
from headwater.store.ids import reserve_task_ids
from headwater.store.queries import edges, tasks
from headwater.store.rows import EdgeRow, TaskRow, TextRow


@dataclass(frozen=True, slots=True)
class Brought:
    """What tasks bring along that are not new everywhere; by key."""

    states: Mapping[str, str] = field(default_factory=dict[str, str])
    """The states of imported tasks that are not open."""
    notes: Mapping[str, TextRow] = field(default_factory=dict[str, TextRow])
    """Texts to carry over: feedback, question and note."""
    deliveries: Mapping[str, int] = field(default_factory=dict[str, int])
    """The ids of what they delivered."""


def insert(
    work: Work, batch: Batch, *, parent: TaskRow | None = None, brought: Brought | None = None
) -> None:
    """Write the tasks, their texts and their edges; the caller has recorded the event."""
    brought = brought or Brought()
    label(work, batch, parent)
    for key, state in brought.states.items():
        batch.known[key].state = state
    needs: dict[str, list[EdgeRow]] = {}
    for key in batch.sequence:
        new = batch.tasks[key]
        needs[key] = _edges(batch, new)
        _place(work, batch, new, brought, parent)
    _count(work, batch)
    _rank(batch)
    _image(work, batch, needs)
    _write(work, batch, needs)


def label(work: Work, batch: Batch, parent: TaskRow | None = None) -> None:
    """Give each new task its id and its topological label, unless it has them.

    Ids follow the order in which the tasks are given: it decides between equals in a claim. The
    labels follow the batch's topological order and lie above those of every old upstream, so that
    all edges of new tasks agree with them from the start.
    """
    if batch.sequence[0] in batch.known:
        return
    ids = dict(zip(batch.tasks, reserve_task_ids(work.tx, len(batch.tasks)), strict=True))
    early, upper = _early(batch, parent)
    labels = _labels_before(work, batch, early, upper) if early else {}
    rest = [key for key in batch.sequence if key not in labels]
    labels.update(zip(rest, order.place_last(work, len(rest)), strict=True))
    for key, task_id in ids.items():
        batch.known[key] = Known(task_id, labels[key], "", 0, is_new=True)


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


def _edges(batch: Batch, new: NewTask) -> list[EdgeRow]:
    """A task's edges, and its counts of unfinished upstreams."""
    task_id = batch.known[new.spec.key].id
    pending = soft = 0
    found: list[EdgeRow] = []
    for upstream, (kind, contract) in batch.needs[new.spec.key].items():
        known = batch.known[upstream]
        found.append(edge_row(task_id, known.id, kind, contract))
        if known.state == State.DONE:
            continue
        if kind == HARD:
            pending += 1
        else:
            soft += 1
    new.row.pending, new.row.soft_pending = pending, soft
    found.sort(key=by_upstream)
    return found


def _place(
    work: Work, batch: Batch, new: NewTask, brought: Brought, parent: TaskRow | None
) -> None:
    """Set whatever the board decides about a task; the upstreams have been counted."""
    key, row, text = new.spec.key, new.row, new.text
    known = batch.known[key]
    state = brought.states.get(key, "")
    row.id = text.task_id = known.id
    row.board_id = work.board.id
    row.ord = known.ord
    row.parent_id = parent.id if parent else 0
    row.review = int(new.spec.review or _is_reviewed(work, new))
    row.state = known.state = state or opened(row.pending).value
    row.round = 1 if state else 0
    row.delivery_id = brought.deliveries.get(key, 0)
    row.ready_ms = row.created_ms = row.updated_ms = work.now_ms
    row.bucket = work.bucket(row)
    row.purse = budgets.purse(work.board, row, text)
    carried = brought.notes.get(key)
    if carried is not None:
        text.feedback, text.question, text.note = carried.feedback, carried.question, carried.note
    batch.rows[key] = row


def _is_reviewed(work: Work, new: NewTask) -> bool:
    """What the policy says where the task says nothing."""
    return work.policy.review == "always" and "review" not in new.spec.model_fields_set


def _count(work: Work, batch: Batch) -> None:
    board = work.board
    for state, count in Counter(row.state for row in batch.rows.values()).items():
        setattr(board, state, getattr(board, state) + count)
    work.touch_board()


def _rank(batch: Batch) -> None:
    """Ranks of the new tasks, from the last to the first."""
    below: dict[str, int] = {}
    for spec in batch.specs:
        for consumer in spec.before:
            known = batch.known[consumer]
            if not known.is_new and known.neg_rank < below.get(spec.key, 0):
                below[spec.key] = known.neg_rank
    for key in reversed(batch.sequence):
        row = batch.rows[key]
        row.neg_rank = below.get(key, 0) - order.weight(row.estimate_ms)
        batch.known[key].neg_rank = row.neg_rank
        if row.state == State.CANCELLED:
            continue
        for upstream, (kind, _contract) in batch.needs[key].items():
            if kind == HARD and row.neg_rank < below.get(upstream, 0):
                below[upstream] = row.neg_rank


def _image(work: Work, batch: Batch, needs: dict[str, list[EdgeRow]]) -> None:
    """Record the tasks whole. What was drafted of them holds unless the board changed it."""
    for (key, row), state in zip(
        batch.rows.items(), state_images(batch.rows.values()), strict=True
    ):
        new = batch.tasks[key]
        changed = row.parent_id or row.review != new.spec.review
        spec = spec_image(row, new.text) if changed else new.image
        work.image_added(new.row, new.text, spec, state, edges_image(needs[key]))


def _write(work: Work, batch: Batch, needs: dict[str, list[EdgeRow]]) -> None:
    rows = list(batch.rows.values())
    add_lanes(work, {row.lane for row in rows})
    work.tx.put_many(tasks.INSERT, rows)
    work.tx.put_many(tasks.INSERT_TEXT, [batch.tasks[key].text for key in batch.sequence])
    work.tx.put_many(edges.INSERT, [edge for found in needs.values() for edge in found])
    new = {row.id for row in rows}
    upstreams = {
        edge.upstream_id for found in needs.values() for edge in found if edge.kind == HARD
    }
    order.look_again(work, sorted(upstreams - new))


def add_lanes(work: Work, wanted: set[str]) -> None:
    """Make sure that these lanes exist."""
    present = {row[0] for row in work.tx.all(tasks.LANES, board_id=work.board.id)}
    missing = sorted(wanted - present)
    if len(present) + len(missing) > limits.LANES_PER_BOARD:
        raise LimitExceeded(
            f"a board holds at most {limits.LANES_PER_BOARD} different sets of capabilities",
            next="use fewer, broader capabilities",
        )
    for name in missing:
        work.tx.run(tasks.ADD_LANE, board_id=work.board.id, name=name)
