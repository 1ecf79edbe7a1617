"""The text of one artifact, page by page: a reply must fit the window of the agent that asks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from headwater import limits
from headwater.errors import BadRequest
from headwater.operations.look import past
from headwater.operations.look.reading import Reading, bad_cursor, only_set
from headwater.store.queries import log, look
from headwater.store.rows import DeliveryRow, TaskRow
from headwater.verbs.look import GraphReply, Item

WHOLE: Final = "all"
"""The cursor of programs and resources, which take a text of any length at once."""
_DELIVERIES: Final = 50


def artifact(reading: Reading) -> GraphReply:
    """One artifact of a task by its name: of the delivery that stands, else of the newest."""
    request = reading.request
    if not request.task:
        raise BadRequest(
            "an artifact belongs to a task", next='graph(view="task", task=KEY, artifact=NAME)'
        )
    row = reading.task(request.task)
    current = (
        past.whole(reading, row.id, row.key).task.delivery_id if request.at else row.delivery_id
    )
    found = reading.tx.all(
        look.DELIVERIES_OF,
        task_id=row.id,
        revision=reading.at,
        count=_DELIVERIES,
    )
    found.sort(key=lambda one: (one.id == current, one.salvage == 0, one.id), reverse=True)
    names: dict[str, None] = {}
    for delivery in found:
        for item in json.loads(delivery.artifacts):
            names.setdefault(item["name"])
            if item["name"] == request.artifact:
                return _artifact(reading, row, delivery, item)
    raise BadRequest(
        f"{row.key} has no artifact of that name",
        state={"artifacts": list(names)[: limits.ARTIFACTS]},
        next=f'graph(view="task", task="{row.key}") lists them under delivery',
    )


def _artifact(reading: Reading, row: TaskRow, delivery: DeliveryRow, item: Item) -> GraphReply:
    shown: Item = {
        **item,
        **only_set(by=reading.label(delivery.session_id)),
        "round": delivery.round,
        "salvage": bool(delivery.salvage),
    }
    digest = item.get("hash")
    blob = reading.tx.one(log.BLOB, hash=str(digest)) if digest else None
    page = _page(reading, str(blob[0]).encode()) if blob is not None else _Page()
    if blob is not None:
        shown["text"] = page.text
    return GraphReply(
        view="task",
        revision=reading.board.revision,
        at=reading.shown_at,
        key=row.key,
        artifact=shown,
        cursor=page.cursor,
        note=page.note,
    )


@dataclass(frozen=True, slots=True)
class _Page:
    text: str = ""
    cursor: str | None = None
    note: str | None = None


def _page(reading: Reading, content: bytes) -> _Page:
    """The part of a text from the cursor on that fits one reply; never half a character."""
    if reading.request.cursor == WHOLE:
        return _Page(content.decode())
    start = reading.number_cursor()
    if start > len(content) or not _begins_a_character(content, start):
        raise bad_cursor()
    end = min(len(content), start + limits.ARTIFACT_PAGE_BYTES)
    while not _begins_a_character(content, end):
        end -= 1
    text = content[start:end].decode()
    if start == 0 and end == len(content):
        return _Page(text)
    note = f"bytes {start} to {end} of {len(content)}"
    if end == len(content):
        return _Page(text, note=f"{note}: the last page")
    return _Page(text, str(end), f"{note}: the same call with cursor={end} goes on")


def _begins_a_character(content: bytes, at: int) -> bool:
    """In UTF-8 every byte of a character but the first is 10xxxxxx."""
    return at == len(content) or content[at] & 0xC0 != 0x80
