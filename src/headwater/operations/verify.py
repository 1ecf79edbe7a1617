"""Verify: does the board's state equal what can be computed from it, and the replay of its log?

Everything that the tables keep up to date in place is computed again: counts of upstreams, lanes,
labels, ranks, the board's counters, the rules of leases. And the log is replayed and compared with
the tables. Reads only; a damaged board is described, not repaired.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, Protocol, TypeVar

from headwater.errors import BadRequest, counted
from headwater.graph.baseline import digest_of
from headwater.graph.images import (
    SPEC_FIELDS,
    SPEC_TEXTS,
    STATE_FIELDS,
    TALK_TEXTS,
    TaskImage,
    lane_of,
)
from headwater.graph.policy import Policy, policy_of
from headwater.graph.replay import (
    Need,
    Record,
    Settings,
    Values,
    apply,
    needs_of,
    records,
    task_of,
)
from headwater.graph.states import STATES, State
from headwater.operations import attempts, audit, path_audit, reading_audit, reuse_audit
from headwater.operations.order import UNSET_ESTIMATE_MS
from headwater.store.queries import archive as archive_queries
from headwater.store.queries import boards, tasks
from headwater.store.queries import verify as queries
from headwater.store.rows import BaselineRow, BoardRow, EdgeRow, TaskRow, TextRow
from headwater.store.sql import Sql
from headwater.store.transaction import Tx

_CHUNK: Final = 2_000
_EACH: Final = 50
_MOST: Final = 500
"""Problems named per statement, and per group of checks."""
UNREADABLE: Final = (BadRequest, ValueError, KeyError, TypeError, AttributeError)
"""What reading a stored value may raise that is not what was written there."""


def verify(tx: Tx, board_id: int) -> list[str]:
    """Every problem as one sentence naming the task; an empty list is a sound board."""
    board = tx.one(boards.BY_ID, id=board_id)
    if board is None:
        raise BadRequest("this board is gone from the store", next="open the board again")
    found: list[str] = []
    for check in (
        _counted,
        _ranked,
        _ordered,
        _leased,
        path_audit.check,
        reuse_audit.check,
        reading_audit.check,
        _logged,
        _replayed,
        _recorded,
    ):
        try:
            found.extend(islice(check(tx, board), _MOST))
        except UNREADABLE as error:  # what had been found by then is in the list
            found.append(f"a stored value cannot be read: {error}")
    return found


# -- what is derived from the tables themselves ------------------------------------------------


def _counted(tx: Tx, board: BoardRow) -> Iterator[str]:
    """The counts of upstreams and parts, the rule of readiness, the counters of the board."""
    for name, statement in (
        ("pending", queries.PENDING),
        ("soft_pending", queries.SOFT_PENDING),
        ("parts_open", queries.PARTS_OPEN),
    ):
        for key, stored, wanted in tx.all(statement, board_id=board.id, count=_EACH):
            yield f"task {key}: {name} is {stored}, it should be {wanted}"
    for key, state, pending in tx.all(queries.MISPLACED, board_id=board.id, count=_EACH):
        yield f"task {key}: it is {state} with {pending} pending upstreams"
    counts = {str(state): int(count) for state, count in tx.all(queries.COUNTS, board_id=board.id)}
    for state in sorted({*STATES, *counts}):
        stored = getattr(board, state, None)
        if stored is None:
            yield f"{counted(counts[state], 'task')} in the unknown state {state!r}"
        elif stored != counts.get(state, 0):
            yield f"the board counts {stored} {state} tasks, there are {counts.get(state, 0)}"


def _ranked(tx: Tx, board: BoardRow) -> Iterator[str]:
    """Ranks are a heuristic that may lag; when nothing is queued they must be exact."""
    if tx.number(tasks.RANK_LEFT, board_id=board.id):
        return
    rows = tx.all(queries.RANKS, board_id=board.id, unset_ms=UNSET_ESTIMATE_MS, count=_EACH)
    for key, stored, wanted in rows:
        yield f"task {key}: neg_rank is {stored}, it should be {wanted}"


def _ordered(tx: Tx, board: BoardRow) -> Iterator[str]:
    """Labels rise strictly along every edge, which also shows that there is no circle."""
    rows = tx.all(queries.ORDERS, board_id=board.id, count=_EACH)
    for key, upstream, task_ord, upstream_ord in rows:
        yield f"task {key}: ord is {task_ord}, not above {upstream_ord} of its upstream {upstream}"
    for key, upstream_id in tx.all(queries.STRAY_EDGES, board_id=board.id, count=_EACH):
        yield f"task {key}: it needs task number {upstream_id}, which is not on this board"


# -- leases ------------------------------------------------------------------------------------


def _leased(tx: Tx, board: BoardRow) -> Iterator[str]:
    rows = tx.all(queries.UNHELD, board_id=board.id, count=_EACH)
    for key, state, session_id in rows:
        held = f"held by session {session_id}" if session_id else "held by nobody"
        yield f"task {key}: it is {state} and {held}"
    for (key,) in tx.all(queries.HOLDERS, board_id=board.id, count=_EACH):
        yield f"task {key}: the session that holds it does not exist here or has ended"
    for (key,) in tx.all(queries.HELD_ATTEMPTS, board_id=board.id, count=_EACH):
        yield f"task {key}: its lease and its open attempt do not belong together"
    for key, count, held in tx.all(queries.OPEN_ATTEMPTS, board_id=board.id, count=_EACH):
        yield f"task {key}: {counted(count, 'attempt')} open, it should be {held}"
    for key, fence, count, highest in tx.all(queries.FENCES, board_id=board.id, count=_EACH):
        yield f"task {key}: fence is {fence}, attempts {count}, their highest {highest}"
    for key, fence in tx.all(queries.DOUBLE_FENCES, board_id=board.id, count=_EACH):
        yield f"task {key}: two attempts have the fence {fence}"


# -- the log -----------------------------------------------------------------------------------


def _logged(tx: Tx, board: BoardRow) -> Iterator[str]:
    """Revisions are 1, 2, 3 ... up to the board's."""
    row = tx.one(queries.REVISIONS, board_id=board.id)
    assert row is not None
    count, first, newest = row
    if newest != board.revision:
        yield f"the board is at revision {board.revision}, its newest event is {newest}"
    archived = tx.one(archive_queries.NEWEST, board_id=board.id)
    begins = archived.until + 1 if archived else 1
    if count and (first != begins or newest - first + 1 != count):
        there = counted(count, "event")
        yield f"the log has {there} between revision {first} and {newest}: some are missing"
    image = tx.number(queries.NEWEST_IMAGE, board_id=board.id, at=board.revision)
    if image:
        yield f"there are images of revision {image}, which the board has not reached"


def _replayed(tx: Tx, board: BoardRow) -> Iterator[str]:
    """Tasks and edges, chunk by chunk: the newest images against the rows; lanes and buckets."""
    lanes = {str(row[0]) for row in tx.all(tasks.LANES, board_id=board.id)}
    policy = policy_of(board.policy)
    after = 0
    while rows := tx.all(queries.TASKS, board_id=board.id, after=after, count=_CHUNK):
        span = {"board_id": board.id, "after": after, "until": rows[-1].id}
        texts = {row.task_id: row for row in tx.all(queries.TEXTS, **span)}
        needs: dict[int, list[EdgeRow]] = {}
        for edge in tx.all(queries.EDGES, **span):
            needs.setdefault(edge.task_id, []).append(edge)
        images: dict[int, dict[str, str]] = {}
        for image in tx.all(queries.NEWEST_IMAGES, **span):
            images.setdefault(image.task_id, {})[image.aspect] = image.image
        for row in rows:
            aspects = images.get(row.id, {})
            text = texts.get(row.id) or TextRow(row.id)
            differs = list(_same_task(row, text, task_of(row.id, aspects)))
            yield from differs
            if not differs:  # from what is wrong, nothing can be derived
                yield from _queued(row, policy, lanes)
                yield from audit.purse(board, row, text)
            yield from _same_edges(row, needs.get(row.id, []), needs_of(aspects.get("edges", "")))
        after = rows[-1].id


def _queued(row: TaskRow, policy: Policy, lanes: set[str]) -> Iterator[str]:
    lane = lane_of(json.loads(row.capabilities))
    if row.lane != lane:
        yield f"task {row.key}: lane is {row.lane!r}, it should be {lane!r}"
    elif lane not in lanes:
        yield f"task {row.key}: the board does not know its lane {lane!r}"
    bucket = policy.bucket(row.ready_ms, row.priority)
    if row.state == State.READY and row.bucket != bucket:
        yield f"task {row.key}: bucket is {row.bucket}, it should be {bucket}"


def _same_task(row: TaskRow, text: TextRow, image: TaskImage) -> Iterator[str]:
    for source, names in ((row, (*SPEC_FIELDS, *STATE_FIELDS)), (text, (*SPEC_TEXTS, *TALK_TEXTS))):
        wrong = [name for name in names if getattr(source, name) != getattr(image, name)]
        if wrong:
            yield f"task {row.key}: the log replays to another {', '.join(wrong)}"


def _same_edges(row: TaskRow, stored: list[EdgeRow], logged: tuple[Need, ...]) -> Iterator[str]:
    if sorted(edge[1:] for edge in stored) != sorted(tuple(need) for need in logged):
        yield f"task {row.key}: the log replays to other edges"


def _recorded(tx: Tx, board: BoardRow) -> Iterator[str]:
    """Attempts, deliveries, policy and pause: what the events' data replays to.

    Of each row only a digest is kept, so that long notes do not fill the memory.
    """
    digests: dict[str, dict[int, str]] = {"attempt": {}, "delivery": {}}
    digests["delivery"] = archived_deliveries(tx, board.id)
    settings = Settings()
    for record in logged_records(tx, board.id):
        if record.table not in digests:
            apply(settings, record)
        elif record.values is None:
            digests[record.table].pop(record.id, None)
        else:
            digests[record.table][record.id] = digest_of(record.values)
    accounts = audit.Accounts()
    unsettled: list[str] = []

    def stored_attempts() -> Iterator[tuple[int, int, Values]]:
        for row in every(tx, queries.ATTEMPTS, board.id):
            yield row.id, row.task_id, attempts.image(row)
            unsettled.extend(accounts.add(row))

    yield from _same_rows(tx, "attempt", stored_attempts(), digests["attempt"])
    yield from unsettled
    yield from accounts.compare(tx, board, settings.pools)
    stored_deliveries = (
        (row.id, row.task_id, attempts.delivery_image(row))
        for row in every(tx, queries.DELIVERIES, board.id)
    )
    yield from _same_rows(tx, "delivery", stored_deliveries, digests["delivery"])
    if Policy().changed(settings.policy) != policy_of(board.policy):
        yield "the log replays to another policy of the board"
    if settings.paused != board.paused:
        yield "the log replays to another pause of the board"


def archived_deliveries(tx: Tx, board_id: int) -> dict[int, str]:
    """The digests of the deliveries that archived events recorded."""
    return {row.row_id: row.digest for row in _kept(tx, board_id, "delivery")}


def archived_records(tx: Tx, board_id: int) -> Iterator[Record]:
    """The other rows as archived events recorded them last."""
    for (kind,) in tx.all(archive_queries.KINDS, board_id=board_id):
        if kind != "delivery":
            for row in _kept(tx, board_id, kind):
                yield Record(kind, row.row_id, json.loads(row.image))


def logged_records(tx: Tx, board_id: int) -> Iterator[Record]:
    """These, and after them what the events in the store recorded, oldest first."""
    yield from archived_records(tx, board_id)
    after = 0
    while rows := tx.all(queries.EVENTS, board_id=board_id, after=after, count=_CHUNK):
        for event in rows:
            yield from records(event.data)
        after = rows[-1].revision


def _kept(tx: Tx, board_id: int, kind: str) -> Iterator[BaselineRow]:
    after = -1
    statement = archive_queries.KEPT
    while rows := tx.all(statement, board_id=board_id, kind=kind, after=after, count=_CHUNK):
        yield from rows
        after = rows[-1].row_id


class Numbered(Protocol):
    """A row with an id."""

    @property
    def id(self) -> int: ...


N = TypeVar("N", bound=Numbered)


def every(tx: Tx, statement: Sql[N], board_id: int) -> Iterator[N]:
    """The rows of a statement that pages by id."""
    after = 0
    while rows := tx.all(statement, board_id=board_id, after=after, count=_CHUNK):
        yield from rows
        after = rows[-1].id


def _same_rows(
    tx: Tx, what: str, stored: Iterable[tuple[int, int, Values]], logged: dict[int, str]
) -> Iterator[str]:
    for row_id, task_id, values in stored:
        digest = logged.pop(row_id, None)
        if digest is None:
            yield f"task {_key(tx, task_id)}: {what} {row_id} is not in the log"
        elif digest != digest_of(values):
            yield f"task {_key(tx, task_id)}: the log replays to another {what} {row_id}"
    for row_id in sorted(logged)[:_EACH]:
        yield f"{what} {row_id} is in the log and not in its table"


def _key(tx: Tx, task_id: int) -> str:
    row = tx.one(tasks.BY_ID, id=task_id)
    return row.key if row else f"number {task_id}"
