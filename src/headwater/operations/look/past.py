"""Tasks as they were at a revision: the newest image of each aspect at or before it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from headwater import limits
from headwater.errors import UnknownTask
from headwater.graph.images import TaskImage
from headwater.graph.replay import HARD, Need, Values, needs_of, records, task_of
from headwater.graph.states import State
from headwater.operations.images import compact
from headwater.operations.look.reading import Reading
from headwater.store.queries import archive, look
from headwater.store.sql import Plain, Sql

_AT_ONCE = 2_000


class PastTask(NamedTuple):
    """A task and what it needed."""

    task: TaskImage
    needs: tuple[Need, ...]


def page(reading: Reading, after: str, count: int) -> list[PastTask]:
    """The next tasks by key that existed then; fewer than `count` only at the end."""
    found: list[PastTask] = []
    while len(found) < count:
        rows = reading.tx.all(
            look.PAST_LIST,
            board_id=reading.board.id,
            after=after,
            at=reading.at,
            count=count - len(found),
        )
        for row in rows:
            after = row.key
            if row.spec is not None:
                aspects = {"spec": row.spec, "state": row.state or ""}
                found.append(PastTask(task_of(row.id, aspects), needs_of(row.edges or "")))
        if not rows:
            break
    return found


def whole(reading: Reading, task_id: int, key: str) -> PastTask:
    """One task with all its texts.

    Raises:
        UnknownTask: if it was added later.
    """
    found = task_at(reading, task_id, reading.at)
    if found is None:
        raise UnknownTask(
            f"there was no task {key!r} at revision {reading.at}",
            next=f'graph(view="list", at={reading.at}) lists those that there were',
        )
    return found


def task_at(reading: Reading, task_id: int, at: int) -> PastTask | None:
    """The same at a revision; None if it was added later."""
    row = reading.tx.one(look.PAST_TASK, id=task_id, at=at)
    if row is None or row[0] is None:
        return None
    aspects = {"spec": row[0], "state": row[1] or "", "talk": row[2] or ""}
    return PastTask(task_of(task_id, aspects), needs_of(row[3] or ""))


def states(reading: Reading, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Key and state of each of these tasks, as it was then."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = reading.tx.all(look.PAST_STATES, ids=compact(wanted), at=reading.at)
    return {
        int(task_id): (str(key), str(json.loads(image).get("state", "")))
        for task_id, key, image in rows
        if image is not None
    }


def census(reading: Reading) -> list[tuple[int, str]]:
    """Every task that there was, by id, with its state. Reads the whole board."""
    images = _everywhere(reading, look.PAST_STATES_BY_ID)
    return [(task_id, str(json.loads(image)["state"])) for task_id, image in images]


def needed_by(reading: Reading) -> dict[int, list[int]]:
    """Who needed each task then, by id. Reads the whole board."""
    found: dict[int, list[int]] = {}
    for task_id, image in _everywhere(reading, look.PAST_EDGES_BY_ID):
        for need in needs_of(image):
            found.setdefault(need.upstream_id, []).append(task_id)
    return found


def _everywhere(reading: Reading, statement: Sql[Plain]) -> Iterator[tuple[int, str]]:
    """An image of every task that had one then, by id."""
    after = 0
    while rows := reading.tx.all(
        statement, board_id=reading.board.id, after=after, at=reading.at, count=_AT_ONCE
    ):
        after = int(rows[-1][0])
        yield from ((int(task_id), str(image)) for task_id, image in rows if image)


def pending(reading: Reading, found: Iterable[PastTask]) -> dict[int, int]:
    """How many hard upstreams of each task were unfinished."""
    rows = list(found)
    known = states(reading, (need.upstream_id for row in rows for need in row.needs))
    return {
        row.task.id: sum(
            1
            for need in row.needs
            if need.kind == HARD and known.get(need.upstream_id, ("", ""))[1] != State.DONE
        )
        for row in rows
    }


def consumers(reading: Reading, task_id: int) -> list[tuple[int, Need]]:
    """Who needed the task then: consumer id and edge.

    The present edges do not tell, so the images of edges are searched for it.
    """
    rows = reading.tx.all(
        look.EVER_NEEDED_BY,
        board_id=reading.board.id,
        at=reading.at,
        needle=f'%[{task_id},"%',
    )
    return [
        (int(consumer), need)
        for consumer, image in rows
        for need in needs_of(image or "")
        if need.upstream_id == task_id
    ]


def attempts(reading: Reading, task_id: int, key: str) -> list[Values]:
    """The attempts of a task as they were then, newest first."""
    events = reading.tx.all(
        look.EVENTS_BEFORE,
        board_id=reading.board.id,
        before=reading.at + 1,
        task_id=task_id,
        key=key,
        count=limits.PAGE,
    )
    kept = reading.tx.all(archive.KEPT_ATTEMPTS, board_id=reading.board.id, task_id=task_id)
    found: dict[int, Values] = {int(one["id"]): one for one in (json.loads(row[0]) for row in kept)}
    for event in reversed(events):
        for record in records(event.data):
            if record.table != "attempt":
                continue
            if record.values is None:
                found.pop(record.id, None)
            elif record.values["task_id"] == task_id:
                found[record.id] = record.values
    return [found[attempt_id] for attempt_id in sorted(found, reverse=True)]
