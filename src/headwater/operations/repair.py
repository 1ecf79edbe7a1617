"""Repair: make the tables again what the log says, and compute anew what is derived from them.

The log (events, images, and the baseline of archived ones) is the truth. Rows of tasks, texts and
edges come from the newest images, attempts and deliveries from the events; counts, lanes, buckets,
labels, ranks and the board's counters from those. What the log does not say (sessions, when a lease
runs out, what is missing in the log itself) stays as it is and is named.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from headwater.graph.baseline import digest_of
from headwater.graph.cycles import topological
from headwater.graph.images import (
    DEFAULTS,
    SPEC_FIELDS,
    SPEC_TEXTS,
    STATE_FIELDS,
    TALK_TEXTS,
    TaskImage,
    lane_of,
)
from headwater.graph.policy import Policy, policy_of
from headwater.graph.replay import (
    Settings,
    Values,
    apply,
    needs_of,
    task_of,
)
from headwater.graph.states import State
from headwater.operations import (
    attempts,
    budgets,
    path_audit,
    reading_audit,
    repair_budgets,
    reuse_audit,
)
from headwater.operations.images import compact
from headwater.operations.order import GAP, weight
from headwater.operations.structure import HARD, PART
from headwater.operations.verify import (
    UNREADABLE,
    archived_deliveries,
    every,
    logged_records,
)
from headwater.store.queries import boards, edges, log, redaction, tasks
from headwater.store.queries import repair as queries
from headwater.store.queries import verify as reading
from headwater.store.rows import (
    AttemptRow,
    BoardRow,
    DeliveryRow,
    EdgeRow,
    TaskRow,
    TextRow,
    column_names,
)
from headwater.store.transaction import Tx

_CHUNK: Final = 1_000
_RANKING: Final = (HARD, PART)
_ROWS: Final = ("attempt", "delivery")
"""Of the tables that the events' data records, those that may have many rows."""


def repair(tx: Tx, board_id: int) -> int:
    """Write what differs from the log. Returns the number of rows that were changed."""
    board = tx.one(boards.BY_ID, id=board_id)
    assert board is not None
    changed = _board(tx, board)
    changed += _tasks(tx, board)
    changed += _rows(tx, board)
    changed += repair_budgets.amounts(tx, board)
    changed += path_audit.repair(tx, board)
    changed += reuse_audit.repair(tx, board)
    changed += reading_audit.repair(tx, board)
    for statement in queries.RECOUNT:
        changed += max(0, tx.count(statement, board_id=board.id))
    changed += _placed(tx, board)
    return changed + _counted(tx, board.id)


def _counted(tx: Tx, board_id: int) -> int:
    """The board's counters."""
    before = tx.one(boards.BY_ID, id=board_id)
    tx.run(queries.COUNT, board_id=board_id)
    return int(before != tx.one(boards.BY_ID, id=board_id))


# -- from the log ------------------------------------------------------------------------------


def _board(tx: Tx, board: BoardRow) -> int:
    """The revision, the policy and the pause."""
    logged = Settings()
    for record in logged_records(tx, board.id):
        if record.table not in _ROWS:
            apply(logged, record)
    before = (board.revision, board.policy, board.paused, board.pools)
    changed = repair_budgets.pools_of(tx, board, logged.pools)
    board.revision = tx.number(queries.NEWEST_EVENT, board_id=board.id)
    wanted = Policy().changed(logged.policy)
    try:
        same = wanted == policy_of(board.policy)
    except UNREADABLE:
        same = False
    if not same:
        board.policy = wanted.as_json()
    board.paused = logged.paused
    _save_board(tx, board)
    return changed + int(before != (board.revision, board.policy, board.paused, board.pools))


def _save_board(tx: Tx, board: BoardRow) -> None:
    tx.run(
        queries.SAVE_BOARD,
        id=board.id,
        revision=board.revision,
        policy=board.policy,
        paused=board.paused,
        next_ord=board.next_ord,
        pools=board.pools,
    )


def _tasks(tx: Tx, board: BoardRow) -> int:
    """Rows, texts and edges of every task that the log knows."""
    policy = policy_of(board.policy)
    changed = after = 0
    while rows := tx.all(queries.IMAGED, board_id=board.id, after=after, count=_CHUNK):
        ids = [int(row[0]) for row in rows]
        span = {"board_id": board.id, "after": after, "until": ids[-1]}
        after = ids[-1]
        images: dict[int, dict[str, str]] = defaultdict(dict)
        for image in tx.all(reading.NEWEST_IMAGES, **span):
            images[image.task_id][image.aspect] = image.image
        stored = {row.id: row for row in tx.all(tasks.BY_IDS, ids=compact(ids))}
        for task_id in ids:
            aspects = images[task_id]
            changed += _task(tx, board, policy, stored.get(task_id), task_id, aspects)
            changed += _edges(tx, task_id, aspects.get("edges", ""))
    return changed


def _task(
    tx: Tx,
    board: BoardRow,
    policy: Policy,
    row: TaskRow | None,
    task_id: int,
    aspects: dict[str, str],
) -> int:
    """One task. What an aspect without any image would say is left alone."""
    image = task_of(task_id, aspects)
    missing = row is None
    row = row or _blank(board, image, tx.now_ms)
    names = [name for aspect, found in (("spec", SPEC_FIELDS), ("state", STATE_FIELDS))
             if aspect in aspects for name in found]  # fmt: skip
    changed = _take(row, image, names)
    lane = lane_of(json.loads(row.capabilities))
    bucket = policy.bucket(row.ready_ms, row.priority)
    changed |= lane != row.lane or (row.state == State.READY and bucket != row.bucket)
    row.lane = lane
    row.bucket = bucket if row.state == State.READY else row.bucket
    row.board_id = board.id
    changed |= tx.count(tasks.ADD_LANE, board_id=board.id, name=lane) > 0
    text = tx.one(tasks.TEXT, task_id=task_id)
    unwritten = text is None
    text = text or TextRow(task_id)
    rewritten = _take(text, image, [*(SPEC_TEXTS if "spec" in aspects else ()), *TALK_TEXTS])
    purse = budgets.purse(board, row, text)
    changed |= purse != row.purse
    row.purse = purse
    if missing:
        tx.put(tasks.INSERT, row)
    elif changed:
        tx.put(queries.SAVE_TASK, row)
    if unwritten:
        tx.put(tasks.INSERT_TEXT, text)
    elif rewritten:
        tx.put(tasks.SAVE_TEXT, text)
    return int(missing or changed) + int(unwritten or rewritten)


def _take(row: TaskRow | TextRow, image: TaskImage, names: Iterable[str]) -> bool:
    """Give a row the values of an image. True if any was another."""
    wrong = [name for name in names if getattr(row, name) != getattr(image, name)]
    for name in wrong:
        setattr(row, name, getattr(image, name))
    return bool(wrong)


def _blank(board: BoardRow, image: TaskImage, now_ms: int) -> TaskRow:
    """A row for a task that the table has lost; its lease, if there was one, has run out."""
    values: dict[str, int | str] = {name: DEFAULTS.get(name, 0) for name in column_names(TaskRow)}
    values |= {"id": image.id, "board_id": board.id, "key": image.key, "lane": "", "purse": ""}
    values |= {"created_ms": now_ms, "updated_ms": now_ms, "lease_until_ms": 0}
    return TaskRow(**values)  # pyright: ignore[reportArgumentType]


def _edges(tx: Tx, task_id: int, image: str) -> int:
    stored = tx.all(edges.OF, task_id=task_id)
    wanted = [EdgeRow(task_id, *need) for need in needs_of(image)]
    if sorted(stored) == sorted(wanted):
        return 0
    tx.run(queries.DROP_EDGES, task_id=task_id)
    tx.many(edges.INSERT, [edge._asdict() for edge in wanted])
    return 1


def _rows(tx: Tx, board: BoardRow) -> int:
    """Attempts and deliveries that are missing, other than the log has them, or not in it.

    First their digests are compared, so that memory holds only what must be written.
    """
    kept = archived_deliveries(tx, board.id)
    newest = {("delivery", row_id): digest for row_id, digest in kept.items()}
    for record in logged_records(tx, board.id):
        if record.table in _ROWS:
            key = record.table, record.id
            newest.pop(key, None)
            if record.values is not None:
                newest[key] = digest_of(record.values)
    wrong = {
        (table, row_id)
        for (table, row_id), digest in newest.items()
        if digest != _stored_digest(tx, table, row_id)
    }
    found: dict[tuple[str, int], Values] = {}
    for record in logged_records(tx, board.id) if wrong else ():
        if (record.table, record.id) in wrong and record.values is not None:
            found[record.table, record.id] = record.values
    tx.run(redaction.BEGIN)  # deliveries are append-only otherwise
    for (table, _), values in found.items():
        if table == "attempt":
            _attempt(tx, values)
        else:
            _delivery(tx, values)
    unknown = [
        (statement, row.id)
        for table, rows, statement in (
            ("attempt", every(tx, reading.ATTEMPTS, board.id), queries.DROP_ATTEMPT),
            ("delivery", every(tx, reading.DELIVERIES, board.id), queries.DROP_DELIVERY),
        )
        for row in rows
        if (table, row.id) not in newest
    ]
    for statement, row_id in unknown:
        tx.run(statement, id=row_id)
    tx.run(redaction.END)
    return len(found) + len(unknown)


def _stored_digest(tx: Tx, table: str, row_id: int) -> str:
    if table == "attempt":
        attempt = tx.one(log.ATTEMPT, id=row_id)
        return digest_of(attempts.image(attempt)) if attempt else ""
    delivery = tx.one(log.DELIVERY, id=row_id)
    return digest_of(attempts.delivery_image(delivery)) if delivery else ""


def _attempt(tx: Tx, values: Values) -> None:
    """The kept reply of a finish is not in the log: it stays as it is."""
    stored = tx.one(log.ATTEMPT, id=int(values["id"]))
    row = AttemptRow(**{**values, "reply": stored.reply if stored else ""})  # pyright: ignore[reportArgumentType]
    tx.put(queries.SAVE_ATTEMPT if stored else queries.ADD_ATTEMPT, row)


def _delivery(tx: Tx, values: Values) -> None:
    stored = tx.one(log.DELIVERY, id=int(values["id"]))
    row = DeliveryRow(**values)  # pyright: ignore[reportArgumentType]
    tx.put(queries.SAVE_DELIVERY if stored else log.ADD_DELIVERY_WITH_ID, row)


# -- from the graph ----------------------------------------------------------------------------


def _placed(tx: Tx, board: BoardRow) -> int:
    """Labels, where they do not rise along every edge, and all ranks."""
    rows = tx.all(queries.PLACES, board_id=board.id)
    labels = {int(row[0]): int(row[1]) for row in rows}
    links = [
        (int(task), int(upstream), str(kind))
        for task, upstream, kind in tx.all(queries.LINKS, board_id=board.id)
        if int(upstream) in labels
    ]
    needs: dict[int, list[int]] = defaultdict(list)
    for task, upstream, _ in links:
        needs[task].append(upstream)
    order = topological(sorted(labels, key=lambda one: (labels[one], one)), needs)
    if order is None:
        return 0  # a circle: it has no order, and `verify` names it
    changed = 0
    if any(labels[upstream] >= labels[task] for task, upstream, _ in links):
        fresh = {task_id: (at + 1) * GAP for at, task_id in enumerate(order)}
        tx.many(tasks.SET_ORD, [{"id": i, "ord": o} for i, o in fresh.items()])
        changed += len(fresh)
        labels = fresh
    highest = max(labels.values(), default=0)
    board.next_ord = max(board.next_ord, highest // GAP + 1)
    _save_board(tx, board)
    ranks = {int(row[0]): int(row[2]) for row in rows}
    containers = {task for task, _, kind in links if kind == PART}
    weights = {
        int(row[0]): weight(int(row[3]), has_parts=int(row[0]) in containers) for row in rows
    }
    cancelled = {int(row[0]) for row in rows if row[4] == State.CANCELLED}
    lowest: dict[int, int] = defaultdict(int)
    upstreams: dict[int, list[int]] = defaultdict(list)
    for task, upstream, kind in links:
        if kind in _RANKING and task not in cancelled:
            upstreams[task].append(upstream)
    wanted: dict[int, int] = {}
    for task_id in reversed(order):
        wanted[task_id] = lowest[task_id] - weights[task_id]
        for upstream in upstreams[task_id]:
            lowest[upstream] = min(lowest[upstream], wanted[task_id])
    wrong = [{"id": i, "neg_rank": rank} for i, rank in wanted.items() if rank != ranks[i]]
    tx.many(tasks.SET_RANK, wrong)
    tx.run(queries.FORGET_RANKS, board_id=board.id)
    return changed + len(wrong)
