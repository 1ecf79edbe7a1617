"""Recall: what was written on a board, searchable by its words, with where it comes from.

Nothing is indexed while agents work: claim and finish pay nothing. Whoever searches first brings
the index up to date, in a transaction of its own and within a budget. The texts of a task are read
from the tables as they are then, compared with what is indexed, and only differences are written;
so it does not matter how often a task is looked at, and reading the whole board again is safe.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from headwater.graph.recall import Doc
from headwater.operations.documents import documents
from headwater.operations.images import compact
from headwater.store.queries import boards
from headwater.store.queries import recall as queries
from headwater.store.recall import END, EXPERIENCE, FullText, full_text
from headwater.store.rows import RecallRow, TaskRow
from headwater.store.transaction import Tx

AT_ONCE: Final = 200
"""Tasks that are looked at in one transaction."""
_ALL_READ: Final = -1
_EMPTY: Final = (0, 0)
_PLANNED: Final = frozenset({"spec", "note"})
"""Kinds that are no experience yet."""
_RANGES: Final = ((0, EXPERIENCE), (EXPERIENCE, END))
_TIMES: Final = frozenset({"revision", "at_ms"})
_MOST: Final = 500
"""Problems that are named."""


def is_behind(tx: Tx, board_id: int) -> bool:
    """Is there anything that a search would not find yet?"""
    revision, task_id = _state(tx, board_id)
    return tx.number(boards.REVISION, id=board_id) != revision or task_id != _ALL_READ


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


def replace(tx: Tx, index: FullText, row: RecallRow, head: str, body: str) -> None:
    """Let a row say something else."""
    index.drop(tx, row)
    tx.run(queries.REPLACE, id=row.id, head=head, body=body)
    index.add(tx, row.id, head, body)


def look_again(tx: Tx, index: FullText, ids: list[int]) -> None:
    """Make the rows of these tasks, of boards that are searched, what their texts are now."""
    found = tx.all(queries.OF_SEARCHED, ids=compact(ids))
    _index(tx, index, [int(row[0]) for row in found])


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
    """Does the row say that? When it was said, an archive may have taken away."""
    return all(
        getattr(row, name) == value or (name in _TIMES and not value)
        for name, value in one._asdict().items()
    )


def last_id(tx: Tx, first: int, end: int = END) -> int:
    """The largest id of a range that is in use."""
    return tx.number(queries.LAST_ID, first=first, end=end) or first


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
    if task_id != _ALL_READ or tx.number(boards.REVISION, id=board_id) != revision:
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
