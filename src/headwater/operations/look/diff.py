"""What changed between two revisions, task by task, and of the board's settings."""

from __future__ import annotations

from headwater import limits
from headwater.graph.images import REQUESTED, SPEC_FIELDS, SPEC_TEXTS, TaskImage
from headwater.operations.look import past
from headwater.operations.look.reading import Reading, only_set
from headwater.operations.look.settings import settings
from headwater.store.queries import look
from headwater.verbs.look import GraphReply, Item


def diff(reading: Reading) -> GraphReply:
    """Tasks that differ between `since` and `at` (or now), by key.

    A task that went somewhere and came back is not listed: only what is different counts. So many
    may have come back that a page is empty, and its `cursor` goes on.
    """
    request = reading.request
    items, cursor = _page(reading)
    return GraphReply(
        view="diff",
        revision=reading.board.revision,
        at=reading.shown_at,
        diff=items,
        settings=None if request.cursor else settings(reading) or None,
        cursor=cursor,
        next=f'the same call with cursor="{cursor}", at={reading.at} goes on'
        if cursor
        else f'graph(view="diff", since={reading.at}, wait=45) waits for what changes after this',
    )


def _page(reading: Reading) -> tuple[list[Item], str | None]:
    """The next tasks that differ, and the last one that was looked at if there are more."""
    rows = reading.tx.all(
        look.CHANGED,
        board_id=reading.board.id,
        since=reading.request.since,
        at=reading.at,
        after=reading.request.cursor,
        count=limits.PAGE + 1,
    )
    items: list[Item] = []
    looked = 0
    while looked < min(len(rows), limits.PAGE) and len(items) < reading.request.limit:
        item = _item(reading, *rows[looked])
        items += [item] if item is not None else []
        looked += 1
    return items, rows[looked - 1][0] if looked < len(rows) else None


def _item(reading: Reading, key: str, task_id: int) -> Item | None:
    new = past.whole(reading, task_id, key)
    old = past.task_at(reading, task_id, reading.request.since)
    if old is None:
        added: Item = {"key": key, "added": True, "state": new.task.state}
        return {**added, **only_set(title=new.task.title)}
    item: Item = {"key": key}
    if old.task.state != new.task.state:
        item.update(was=old.task.state, state=new.task.state)
    changed = _changed_fields(old.task, new.task)
    if changed:
        item["changed"] = list(changed)
    before = {need.upstream_id for need in old.needs}
    after = {need.upstream_id for need in new.needs}
    if after - before:
        item["needs_added"] = [reading.key_of(one) for one in sorted(after - before)]
    if before - after:
        item["needs_dropped"] = [reading.key_of(one) for one in sorted(before - after)]
    if before == after and old.needs != new.needs:
        item["contracts_changed"] = True
    if old.task.round != new.task.round:
        item["round"] = new.task.round
    if old.task.delivery_id != new.task.delivery_id and new.task.delivery_id:
        item["delivered"] = True
    return item if len(item) > 1 else None


def _changed_fields(old: TaskImage, new: TaskImage) -> list[str]:
    return [
        REQUESTED.get(name, name.removesuffix("_id"))
        for name in (*SPEC_FIELDS, *SPEC_TEXTS)
        if getattr(old, name) != getattr(new, name)
    ]
