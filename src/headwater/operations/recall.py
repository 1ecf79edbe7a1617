"""Recall: what was written on a board, searchable by its words, with where it comes from.

Nothing is indexed while agents work: claim and finish pay nothing. Whoever searches first brings
the index up to date, in a transaction of its own and within a budget. The texts of a task are read
from the tables as they are then, compared with what is indexed, and only differences are written;
so it does not matter how often a task is looked at, and reading the whole board again is safe.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from headwater.graph.recall import Doc, doc, in_json
from headwater.operations.images import compact
from headwater.store.queries import boards, tasks
from headwater.store.queries import recall as queries
from headwater.store.recall import END, EXPERIENCE, FullText, full_text
from headwater.store.rows import AttemptRow, DeliveryRow, RecallRow, TaskRow, TextRow
from headwater.store.sql import Plain
from headwater.store.transaction import Tx

AT_ONCE: Final = 200
"""Tasks that are looked at in one transaction."""
_ALL_READ: Final = -1
_SILENT: Final = frozenset({"noted", "handed_off"})
"""Events whose talk is no new feedback."""
_EMPTY: Final = (0, 0)
_PLANNED: Final = frozenset({"spec", "note"})
"""Kinds that are no experience yet."""
_RANGES: Final = ((0, EXPERIENCE), (EXPERIENCE, END))
_MOST: Final = 500
"""Problems that are named."""


def is_behind(tx: Tx, board_id: int) -> bool:
    """Is there anything that a search would not find yet?"""
    row = tx.one(boards.REVISION, id=board_id)
    revision, task_id = _state(tx, board_id)
    return row is not None and (int(row[0]) != revision or task_id != _ALL_READ)


def is_begun(tx: Tx, board_id: int) -> bool:
    """Has anybody searched this board yet?"""
    return tx.one(queries.STATE, board_id=board_id) is not None


def catch_up(tx: Tx, board_id: int, budget: int = AT_ONCE, portion: int = AT_ONCE) -> bool:
    """Index what at most `budget` tasks have to say that changed, or, of a board that is read as a
    whole, the next `portion` of them. False if something is left."""
    board = tx.one(boards.TAKE, id=board_id)  # two searchers would index the same rows
    if board is None:
        return True
    newest = board.revision
    revision, task_id = _state(tx, board_id)
    if task_id == _ALL_READ and revision == newest:
        return True
    index = full_text(tx)
    index.prepare(tx)
    if task_id == _ALL_READ:
        touched, until = _touched(tx, board_id, revision, newest, budget)
        if until > revision:
            _index(tx, index, touched)
            _save(tx, board_id, until, _ALL_READ)
            return until == newest
        task_id = 0  # one revision changed more tasks than that: read them all, in portions
    if task_id == 0:
        revision = newest
    found = tx.all(queries.NEXT_TASKS, board_id=board_id, after=task_id, count=portion)
    ids = [int(one[0]) for one in found]
    _index(tx, index, ids)
    done = len(ids) < portion
    _save(tx, board_id, revision, _ALL_READ if done else ids[-1])
    return done and revision == newest


def _state(tx: Tx, board_id: int) -> tuple[int, int]:
    row = tx.one(queries.STATE, board_id=board_id)
    return (int(row[0]), int(row[1])) if row else _EMPTY


def _save(tx: Tx, board_id: int, revision: int, task_id: int) -> None:
    tx.run(queries.SET_STATE, board_id=board_id, revision=revision, task_id=task_id)


def _touched(tx: Tx, board_id: int, after: int, newest: int, budget: int) -> tuple[list[int], int]:
    """The tasks that whole revisions after `after` changed, and the last of these revisions."""
    most = budget * 4
    rows = tx.all(queries.TOUCHED, board_id=board_id, after=after, count=most)
    until = newest if len(rows) < most else int(rows[-1][0]) - 1
    ids = {int(task_id) for revision, task_id in rows if revision <= until}
    late = tx.all(queries.SALVAGED, board_id=board_id, after=after, until=until)
    return sorted(ids | {int(row[0]) for row in late}), until


def _index(tx: Tx, index: FullText, ids: list[int]) -> None:
    """Make the rows of these tasks what their texts are now."""
    if not ids:
        return
    wanted = documents(tx, ids)
    stored: dict[int, dict[tuple[str, int], RecallRow]] = defaultdict(dict)
    for row in tx.all(queries.OF_TASKS, ids=compact(ids)):
        stored[row.task_id][row.kind, row.source_id] = row
    gone: list[RecallRow] = []
    last = {first: last_id(tx, first, end) for first, end in _RANGES}
    for task, docs in wanted:
        known = stored[task.id]
        for one in docs:
            old = known.pop((one.kind, one.source_id), None)
            if old is not None and _same(old, one):
                continue
            if old is not None:
                gone.append(old)
            _drop(tx, index, gone)
            first = 0 if one.kind in _PLANNED else EXPERIENCE
            last[first] += 1
            _add(tx, index, task, one, last[first])
        gone += [row for row in known.values() if row.kind != "feedback"]
    _drop(tx, index, gone)


def _same(row: RecallRow, one: Doc) -> bool:
    """Does the row say that? In which revision an attempt ended, an archive may have taken away."""
    forgotten = one.kind == "attempt" and not one.revision
    return all(
        getattr(row, name) == value
        for name, value in one._asdict().items()
        if not (name == "revision" and forgotten)
    )


def last_id(tx: Tx, first: int, end: int = END) -> int:
    """The largest id of a range that is in use."""
    row = tx.one(queries.LAST_ID, first=first, end=end)
    return int(row[0]) if row and row[0] is not None else first


def _add(tx: Tx, index: FullText, task: TaskRow, one: Doc, row_id: int) -> None:
    tx.run(queries.ADD, id=row_id, board_id=task.board_id, task_id=task.id, **one._asdict())
    index.add(tx, row_id, one.head, one.body)


def _drop(tx: Tx, index: FullText, rows: list[RecallRow]) -> None:
    """Take rows out, and empty the list."""
    for row in rows:
        index.drop(tx, row)
    if rows:
        tx.run(queries.DROP, ids=compact([row.id for row in rows]))
        rows.clear()


def problems(tx: Tx, board_id: int) -> list[str]:
    """Where what can be found differs from what was written, as far as it is indexed.

    Apart from `verify`: the texts are derived, not history, and indexing them may lag.
    """
    revision, task_id = _state(tx, board_id)
    row = tx.one(boards.REVISION, id=board_id)
    if task_id != _ALL_READ or row is None or int(row[0]) != revision:
        return []
    found: list[str] = []
    after = 0
    while ids := [
        int(one[0])
        for one in tx.all(queries.NEXT_TASKS, board_id=board_id, after=after, count=AT_ONCE)
    ]:
        after = ids[-1]
        stored = {
            (one.task_id, one.kind, one.source_id): one
            for one in tx.all(queries.OF_TASKS, ids=compact(ids))
        }
        for task, docs in documents(tx, ids):
            for one in docs:
                old = stored.pop((task.id, one.kind, one.source_id), None)
                if old is None or not _same(old, one):
                    found.append(f"task {task.key}: its {one.kind} cannot be found as it is")
        found += [
            f"a {one.kind} of task number {one.task_id} can be found that is not there"
            for one in stored.values()
            if one.kind != "feedback"
        ]
    return found[:_MOST] + full_text(tx).problems(tx)


def forget(tx: Tx, board_id: int) -> None:
    """Have the whole board read again by the next search."""
    tx.run(queries.SET_STATE, board_id=board_id, revision=0, task_id=0)
    full_text(tx).rebuild(tx)


# -- what there is to find ---------------------------------------------------------------------


@dataclass(slots=True)
class _Sources:
    """What was written about some tasks."""

    texts: dict[int, TextRow] = field(default_factory=dict[int, TextRow])
    deliveries: dict[int, list[DeliveryRow]] = field(
        default_factory=lambda: defaultdict[int, list[DeliveryRow]](list)
    )
    ended: dict[int, list[AttemptRow]] = field(
        default_factory=lambda: defaultdict[int, list[AttemptRow]](list)
    )
    talk: dict[int, list[Plain]] = field(
        default_factory=lambda: defaultdict[int, list[Plain]](list)
    )
    labels: dict[int, str] = field(default_factory=dict[int, str])
    newest: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    """The revision of the newest image of a task's aspect."""
    ends: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    """The revision in which the attempt under a task's fence ended."""


def documents(tx: Tx, ids: Iterable[int]) -> list[tuple[TaskRow, list[Doc]]]:
    """All that there is to find of each of these tasks, from the tables as they are."""
    wanted = compact(list(ids))
    found = _Sources({row.task_id: row for row in tx.all(queries.TEXTS, ids=wanted)})
    speakers: set[int] = set()
    for delivery in tx.all(queries.DELIVERIES, ids=wanted):
        found.deliveries[delivery.task_id].append(delivery)
        speakers.add(delivery.session_id)
    for attempt in tx.all(queries.ENDED, ids=wanted):
        if attempt.reason or attempt.notes:
            found.ended[attempt.task_id].append(attempt)
            speakers.add(attempt.session_id)
    for row in tx.all(queries.TALK, ids=wanted):
        found.talk[int(row[0])].append(row)
    for task_id, aspect, revision in tx.all(queries.NEWEST_IMAGES, ids=wanted):
        found.newest[int(task_id), str(aspect)] = int(revision)
    if found.ended:
        for task_id, revision, image in tx.all(queries.STATES, ids=compact(sorted(found.ended))):
            state = json.loads(image)
            if not state.get("session_id"):
                found.ends.setdefault((int(task_id), state.get("fence", 0)), int(revision))
    names = tx.all(queries.LABELS, ids=compact(sorted(speakers)))
    found.labels = {int(session): f"{agent}/{session}" for session, agent in names}
    return [(task, list(_documents(task, found))) for task in tx.all(tasks.BY_IDS, ids=wanted)]


def _documents(task: TaskRow, found: _Sources) -> Iterator[Doc]:
    text = found.texts.get(task.id)
    head = f"{task.key} {task.title}"
    spec = [text.spec, in_json(text.acceptance), in_json(text.paths)] if text else []
    since = found.newest.get((task.id, "spec"), 0)
    yield doc(head, spec, kind="spec", source_id=0, revision=since, at_ms=task.created_ms)
    if text is not None and (text.note or text.question):
        said = [text.question, text.note]
        since = found.newest.get((task.id, "talk"), 0)
        yield doc(head, said, kind="note", source_id=0, round=task.round, revision=since,
                  at_ms=task.created_ms)  # fmt: skip
    for one in found.deliveries[task.id]:
        names = (str(item.get("name", "")) for item in json.loads(one.artifacts))
        said = [one.summary, in_json(one.critical), " ".join(names)]
        yield doc(
            head,
            [*said, in_json(one.delivered), in_json(one.evidence), one.notes],
            kind="delivery",
            source_id=one.id,
            round=one.round,
            outcome="salvage" if one.salvage else "delivered",
            by=found.labels.get(one.session_id, ""),
            revision=one.revision,
            at_ms=one.created_ms,
        )
    for attempt in found.ended[task.id]:
        yield doc(
            head,
            [attempt.reason, attempt.notes],
            kind="attempt",
            source_id=attempt.id,
            round=attempt.round,
            outcome=attempt.outcome,
            by=found.labels.get(attempt.session_id, ""),
            revision=found.ends.get((task.id, attempt.fence), 0),
            at_ms=attempt.ended_ms,
        )
    for _, revision, image, kind, at_ms in found.talk[task.id]:
        said_then = _feedback(image, kind, at_ms)
        if said_then is not None:
            yield doc(
                head,
                [str(said_then["text"])],
                kind="feedback",
                source_id=revision,
                outcome=kind,
                by=str(said_then["by"]),
                revision=revision,
                at_ms=at_ms,
            )


def _feedback(image: str, kind: str, at_ms: int) -> dict[str, Any] | None:
    """What the event of that time added to the feedback, if it did."""
    entries: list[dict[str, Any]] = json.loads(json.loads(image).get("feedback", "[]"))
    if not entries or kind in _SILENT or entries[-1]["at_ms"] != at_ms:
        return None
    return entries[-1]
