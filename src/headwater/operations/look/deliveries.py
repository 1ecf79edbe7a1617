"""What is delivered and where it is committed: what whoever merges goes by."""

from __future__ import annotations

import json
from typing import Any

from headwater import limits
from headwater.graph.gates import Gate
from headwater.operations.look.landed import where
from headwater.operations.look.listing import state_of
from headwater.operations.look.reading import Reading, bad_cursor, iso, only_set
from headwater.store.queries import log, look, tasks
from headwater.verbs.look import GraphReply, Item


def deliveries(reading: Reading) -> GraphReply:
    """The deliveries that are accepted or in review, upstreams before downstreams, as one merges.

    With `since`, those that stood elsewhere then: not yet delivered, or before another gate.
    """
    items, cursor = _page(reading)
    return GraphReply(
        view="deliveries",
        revision=reading.board.revision,
        deliveries=items,
        cursor=cursor,
        next=_next(reading, items, cursor),
    )


def _page(reading: Reading) -> tuple[list[Item], str | None]:
    """The next ones, and the last task that was looked at if there are more."""
    request, board = reading.request, reading.board
    looks = limits.PAGE if request.since else request.limit
    rows = reading.tx.all(
        look.DELIVERED_SINCE if request.since else look.DELIVERED,
        board_id=board.id,
        after=_label(reading, request.cursor),
        state=state_of(request.state),
        at=request.since,
        count=min(looks + 1, board.done + board.review),  # nobody looks for more than there are
    )
    items: list[Item] = []
    looked, room_bytes = 0, limits.DELIVERIES_BYTES
    for row in rows[:looks]:
        if len(items) == request.limit:
            break
        if _is_elsewhere(row):
            item = _item(reading, row)
            room_bytes -= len(json.dumps(item))
            if room_bytes < 0 and items:
                break
            items.append(item)
        looked += 1
    return items, rows[looked - 1].key if looked < len(rows) else None


def _label(reading: Reading, cursor: str) -> int:
    """The topological label of the task that a page ended with; before all others without one."""
    if not cursor:
        return -1
    row = reading.tx.one(tasks.BY_KEY, board_id=reading.board.id, key=cursor)
    if row is None:
        raise bad_cursor()
    return row.ord


def _is_elsewhere(row: look.Delivered) -> bool:
    """Does it stand where it did not at `since`?"""
    was: dict[str, Any] = json.loads(row.was or "{}")
    now = (row.delivery_id, row.state, row.gate)
    return now != (was.get("delivery_id", 0), was.get("state"), was.get("gate", ""))


def _item(reading: Reading, row: look.Delivered) -> Item:
    found = reading.tx.one(log.DELIVERY, id=row.delivery_id)
    assert found is not None
    artifacts: list[dict[str, Any]] = json.loads(found.artifacts)
    return {
        "task": row.key,
        "state": row.state,
        **only_set(
            gate=row.gate,
            pending=row.pending,
            by=reading.label(found.session_id),
            reused_from=reading.key_of(found.reused_from_id),
            superseded_by=reading.key_of(row.superseded_by_id),
        ),
        "round": found.round,
        "at": iso(found.created_ms),
        "revision": found.revision,
        **only_set(
            commits=list(dict.fromkeys(one["commit"] for one in artifacts if "commit" in one)),
            artifacts=[one["name"] for one in artifacts],
            critical=list(json.loads(found.critical)),
            **where(reading, row.id, found),
        ),
    }


def _next(reading: Reading, items: list[Item], cursor: str | None) -> str:
    if cursor:
        return f'the same call with cursor="{cursor}" goes on'
    if any(item.get("gate") == Gate.MERGE and not item.get("pending") for item in items):
        return "`headwater merged KEY`, by whoever has merged its branch, frees its dependents"
    since = reading.board.revision
    return f'graph(view="deliveries", since={since}, wait=45) waits for what is delivered next'
