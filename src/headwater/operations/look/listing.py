"""The list of tasks, by key, now or at a past revision."""

from __future__ import annotations

import json
from collections import Counter

from headwater import limits
from headwater.errors import BadRequest
from headwater.graph.replay import HARD
from headwater.graph.states import STATES
from headwater.operations.look import past
from headwater.operations.look.reading import Reading, only_set
from headwater.store.queries import look
from headwater.store.recall import ascii_lower, like
from headwater.verbs.look import GraphReply, Item

_SCAN = 2_000


def listing(reading: Reading) -> GraphReply:
    """A page of tasks with only what is set of each."""
    wanted = state_of(reading.request.state)
    if reading.request.at:
        return _past(reading, wanted)
    request = reading.request
    rows = reading.tx.all(
        look.LIST,
        board_id=reading.board.id,
        after=request.cursor,
        state=wanted,
        raw=like(request.query),
        folded=like(ascii_lower(request.query)),
        count=request.limit + 1,
    )
    page = rows[: request.limit]
    items = [
        {
            **_head(row.key, row.state, row.version, row.title),
            **only_set(
                priority=row.priority,
                review=bool(row.review),
                capabilities=json.loads(row.capabilities),
                needs=row.needs,
                pending=row.pending,
                candidates=row.candidates,
                gate=row.gate,
                holder=reading.label(row.session_id),
                until_s=reading.seconds_to(row.lease_until_ms) if row.session_id else 0,
                due_s=reading.seconds_to(row.due_ms) if row.due_ms else 0,
                group=row.grouping,
                parent=row.parent,
                superseded_by=row.superseded_by,
            ),
        }
        for row in page
    ]
    return GraphReply(
        view="list",
        revision=reading.board.revision,
        tasks=items,
        counts=reading.board.counts(),
        cursor=page[-1].key if len(rows) > len(page) else None,
        next='graph(view="task", task=KEY) shows one task whole' if items else _nothing(reading),
    )


def _head(key: str, state: str, version: int, title: str) -> Item:
    return {"key": key, "state": state, "version": version, **only_set(title=title)}


def state_of(given: str) -> str:
    """A state as it is stored, whatever its case.

    Raises:
        BadRequest: for an unknown one, with those that exist.
    """
    state = given.strip().lower()
    if state and state not in STATES:
        raise BadRequest("no such state", next=f"states: {', '.join(STATES)}")
    return state


def _nothing(reading: Reading) -> str:
    if reading.request.state or reading.request.query or reading.request.cursor:
        return 'nothing matches; graph(view="list") without filters shows all tasks'
    return "the board is empty: claim(wait=45) waits for tasks; for who plans: add(tasks=[...])"


def _past(reading: Reading, wanted: str) -> GraphReply:
    """The same at a past revision. A filtered page may end early; its `cursor` goes on."""
    request = reading.request
    query = ascii_lower(request.query)
    kept: list[past.PastTask] = []
    after, scanned, more = request.cursor, 0, True
    while more and len(kept) < request.limit and scanned < _SCAN:
        rows = past.page(reading, after, limits.PAGE)
        more = len(rows) == limits.PAGE
        scanned += len(rows)
        for at, row in enumerate(rows):
            after = row.task.key
            if _matches(row, wanted, query):
                kept.append(row)
            if len(kept) == request.limit:
                more = more or at + 1 < len(rows)
                break
    pending = past.pending(reading, kept)
    return GraphReply(
        view="list",
        revision=reading.board.revision,
        at=reading.at,
        tasks=[_past_item(reading, row, pending[row.task.id]) for row in kept],
        counts=None if request.cursor else _past_counts(reading),
        cursor=after if more else None,
        next=f'graph(view="task", task=KEY, at={reading.at}) shows one task as it was'
        if kept
        else None,
    )


def _past_counts(reading: Reading) -> dict[str, int]:
    """Tasks by state. Only for a first page: the whole board is read for it."""
    found = Counter(state for _, state in past.census(reading))
    return {state: found[state] for state in STATES if found[state]}


def _matches(row: past.PastTask, wanted: str, query: str) -> bool:
    task = row.task
    if wanted and task.state != wanted:
        return False
    return query in ascii_lower(task.key) or query in ascii_lower(task.title)


def _past_item(reading: Reading, row: past.PastTask, pending: int) -> Item:
    task = row.task
    return {
        **_head(task.key, task.state, task.version, task.title),
        **only_set(
            priority=task.priority,
            review=bool(task.review),
            capabilities=json.loads(task.capabilities),
            needs=sum(1 for need in row.needs if need.kind == HARD),
            pending=pending,
            candidates=sum(1 for need in row.needs if need.kind == "candidate"),
            gate=task.gate,
            holder=reading.label(task.session_id),
            group=task.grouping,
            parent=reading.key_of(task.parent_id),
            superseded_by=reading.key_of(task.superseded_by_id),
        ),
    }
