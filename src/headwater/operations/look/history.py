"""The log of events: the newest page, or onwards from a revision."""

from __future__ import annotations

import json

from headwater import limits
from headwater.graph.briefing import CUT, cut
from headwater.operations.look import settings
from headwater.operations.look.reading import Reading, bad_cursor, iso, only_set
from headwater.operations.rework import REWORKED
from headwater.store.queries import look
from headwater.store.rows import EventRow
from headwater.verbs.look import GraphReply, Item

_OLDER = "older:"
_TASKS_SHOWN = 20


def history(reading: Reading) -> GraphReply:
    """Events in rising order.

    With `since`, also with 0, those after that revision, and `cursor` leads to newer ones. Without,
    the newest page, and `cursor` leads to the page before it.
    """
    request = reading.request
    begins = request.cursor or "since" in request.model_fields_set
    if request.since or (begins and not request.cursor.startswith(_OLDER)):
        return _onwards(reading)
    return _newest(reading)


def _onwards(reading: Reading) -> GraphReply:
    request = reading.request
    after = max(request.since, reading.number_cursor())
    rows = reading.tx.all(
        look.EVENTS_AFTER, after=after, at=reading.at, count=request.limit + 1, **_scope(reading)
    )
    events = rows[: request.limit]
    newer = str(events[-1].revision) if len(rows) > len(events) else None
    is_cut = reading.archived is not None and after < reading.archived.until
    return _reply(reading, events, newer, _archived(reading) if is_cut else "")


def _newest(reading: Reading) -> GraphReply:
    request = reading.request
    before = reading.number_cursor(_OLDER) or reading.at + 1
    if before > reading.at + 1:
        raise bad_cursor()
    rows = reading.tx.all(
        look.EVENTS_BEFORE, before=before, count=request.limit + 1, **_scope(reading)
    )
    events = rows[: request.limit][::-1]
    older = f"{_OLDER}{events[0].revision}" if len(rows) > len(events) else None
    return _reply(reading, events, older, "" if older else _archived(reading))


def _scope(reading: Reading) -> dict[str, int | str]:
    key = reading.request.task
    task_id = reading.task(key).id if key else 0
    return {"board_id": reading.board.id, "task_id": task_id, "key": key}


def _reply(reading: Reading, events: list[EventRow], cursor: str | None, note: str) -> GraphReply:
    return GraphReply(
        view="history",
        revision=reading.board.revision,
        at=reading.shown_at,
        events=[_item(event) for event in events],
        cursor=cursor,
        note="; ".join(part for part in (note, _cut(events)) if part) or None,
        next=_next(reading, cursor),
    )


def _next(reading: Reading, cursor: str | None) -> str:
    if cursor and not cursor.startswith(_OLDER):  # what comes after this page has not been shown
        return f'the same call with cursor="{cursor}" goes on'
    task = f', task="{reading.request.task}"' if reading.request.task else ""
    return f'graph(view="history"{task}, since={reading.at}, wait=45) waits for what comes next'


def _cut(events: list[EventRow]) -> str:
    """Where the reasons are whole that are cut here: with the task, as it was then."""
    if not any(event.reason.endswith(CUT) for event in events):
        return ""
    return f'a reason that ends in{CUT} is whole in graph(view="task", task=KEY, at=REVISION)'


def _archived(reading: Reading) -> str:
    """Where the events are that this page would have gone on to."""
    last = reading.archived
    return f"revisions 1 to {last.until} are archived, the last in {last.file}" if last else ""


def _item(event: EventRow) -> Item:
    return {
        "revision": event.revision,
        "kind": event.kind,
        **only_set(task=event.task),
        **_about(event),
        "actor": event.actor,
        "at": iso(event.at_ms),
        **only_set(reason=event.reason),
    }


def _about(event: EventRow) -> Item:
    """What the kind of an event does not say: which tasks came, what was set, who sent back."""
    if event.kind in ("added", "imported"):
        keys = json.loads(event.data)["keys"]
        more = len(keys) > _TASKS_SHOWN
        return {"tasks": keys[:_TASKS_SHOWN], **only_set(count=len(keys) if more else 0)}
    if event.kind == "told":
        data = json.loads(event.data)
        reached = {"reached": data["reached"]} if "reached" in data else {}
        said = cut(data["text"], limits.CHANGE_BYTES)
        return {**only_set(to=data["to"], topic=data["topic"]), **reached, **only_set(text=said)}
    if event.kind in ("policy", "budget"):
        data = json.loads(event.data)
        group = data["pool"]["grouping"] if "pool" in data else ""
        return only_set(group=group, changed=settings.changed(data))
    if event.kind == "edited":
        return only_set(changed=json.loads(event.data).get("changed", []))
    if event.kind == "split":
        return only_set(parts=json.loads(event.data)["children"])
    if event.kind == "rejected":
        return only_set(how=_sent_back(event))
    return {}


def _sent_back(event: EventRow) -> str:
    """How a delivery was sent back where no reviewer rejected it."""
    data = json.loads(event.data)
    if "inputs" in data:
        return "by itself: what it rests on has changed"
    return "by a rework, in review" if REWORKED in data else ""
