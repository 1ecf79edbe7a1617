"""Inputs: what an attempt was given of its upstreams, compared with what they deliver now.

A claim records what it showed of each source (`Reading`). A check that tells the holder of a change
moves the reading on: what counts is what this reader was given last. So a result is accepted only
if everything that it was given still holds, and a value that comes back is no change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import JsonValue

from headwater import limits
from headwater.errors import in_a_hint
from headwater.graph.briefing import cut, size_bytes
from headwater.graph.inputs import ARTIFACT, TEXT, changed_keys
from headwater.operations.context import reader_keys
from headwater.operations.earlier import said_to
from headwater.operations.images import compact
from headwater.operations.listing import line
from headwater.operations.work import Work
from headwater.store.queries import edges, log
from headwater.store.rows import DeliveryRow, TaskRow
from headwater.store.sql import Plain

_BEFORE: Final = 40
"""So many characters are shown before the difference of two long values."""
_CUT_OFF: Final = "[...] "


@dataclass(frozen=True, slots=True)
class Change:
    """A value of a source that is not what a reader was given."""

    task: str
    """The source."""
    key: str
    """A critical key, `artifact:NAME`, or `text` for what was delivered to the reader."""
    old: JsonValue
    new: JsonValue
    """None if the source does not deliver it any more."""

    def shown(self) -> dict[str, JsonValue]:
        """With both values, each within its bound: they were written by agents. Of long ones the
        part is shown where they begin to differ."""
        old, new = _bounded(self.old, self.new)
        return {"task": self.task, "key": self.key, "old": old, "new": new}


def not_given(work: Work, task: TaskRow) -> list[Change]:
    """What the sources of this task's attempt deliver now and its reader was never given.

    Soft sources help and never bind: they are left out.
    """
    return [
        change
        for _source_id, key, given_id, digests, now_id, _shown_id, soft in _moved_on(work, task)
        if given_id != now_id and not soft
        for change in differences(work, key, given_id, json.loads(digests), now_id, task)
    ]


def tell(work: Work, task: TaskRow) -> tuple[list[Change], list[Change]]:
    """What changed since the briefing, for the holder: what it is told now, and what it was told
    before. From now on it has been given that. Not history: it moves no revision."""
    now_told: list[Change] = []
    before: list[Change] = []
    for source_id, key, given_id, digests, now_id, shown_id, _soft in _moved_on(work, task):
        given: dict[str, str] = json.loads(digests)
        if given_id == now_id:
            before += differences(work, key, shown_id, _of(work, shown_id, given), now_id, task)
            continue
        now_told += differences(work, key, given_id, given, now_id, task)
        now = _of(work, now_id, given)
        work.tx.run(
            edges.GIVE_READING,
            task_id=task.id,
            source_id=source_id,
            delivery_id=now_id,
            digests=compact(now),
        )
    return now_told, before


def differences(
    work: Work,
    source: str,
    read_id: int,
    digests: dict[str, str],
    now_id: int,
    reader: TaskRow,
) -> list[Change]:
    """How a source's delivery differs, for `reader`, from the one that it read."""
    new = work.delivery(now_id)
    names = changed_keys(digests, json.loads(new.digests) if new else {})
    text_changed = new is not None and _text_changed(work, read_id, new, reader)
    if not (names or text_changed):
        return []
    old = work.delivery(read_id)
    found = [Change(source, name, _value(old, name), _value(new, name)) for name in names]
    if text_changed:
        readers = reader_keys(work.tx, reader)
        found.append(Change(source, TEXT, _said_to(readers, old), _said_to(readers, new)))
    return found


def _text_changed(work: Work, read_id: int, new: DeliveryRow, reader: TaskRow) -> bool:
    """Does a finish since the one that was read say so? Each says it of its own round only, so the
    newest is not enough; but a text that came back is no change."""
    rows = work.tx.all(log.TEXTS_CHANGED, task_id=new.task_id, after=read_id, before=new.id)
    if not rows and new.changed == "[]":
        return False
    readers = reader_keys(work.tx, reader)
    if not set(readers).isdisjoint(json.loads(new.changed)):
        return True
    if not any(set(readers).intersection(json.loads(row[0])) for row in rows):
        return False
    text = _said_to(readers, new)
    return text is None or text != _said_to(readers, work.delivery(read_id))


def names_of(changes: Iterable[Change]) -> str:
    """The changed keys as one short line: `a: x, y; b: z`."""
    by_source: dict[str, list[str]] = {}
    for change in changes:
        by_source.setdefault(change.task, []).append(change.key)
    each = (f"{source}: {', '.join(dict.fromkeys(keys))}" for source, keys in by_source.items())
    return line("; ".join(each))


def hinted(changes: Iterable[Change]) -> str:
    """The same as a hint may say it."""
    return names_of(replace(one, key=_in_a_hint(one.key)) for one in changes)


def _in_a_hint(key: str) -> str:
    return key if in_a_hint(key.removeprefix(ARTIFACT), "") else "a value"


def shown(changes: Sequence[Change]) -> list[dict[str, JsonValue]]:
    """As many changes as a reply or a log entry takes."""
    return [change.shown() for change in changes[: limits.CHANGES_SHOWN]]


def _moved_on(work: Work, task: TaskRow) -> list[Plain]:
    return work.tx.all(edges.CHANGED_READINGS, task_id=task.id)


def _of(work: Work, delivery_id: int, names: Iterable[str]) -> dict[str, str]:
    """The digests of these names in a delivery; empty for what it does not have."""
    row = work.delivery(delivery_id)
    found: dict[str, str] = json.loads(row.digests) if row else {}
    return {name: found.get(name, "") for name in names}


def _said_to(readers: Iterable[str], delivery: DeliveryRow | None) -> str | None:
    """The text for a reader, under the first of its names that has one."""
    given = said_to(delivery)
    return next((given[one] for one in readers if one in given), None)


def _value(delivery: DeliveryRow | None, name: str) -> Any:
    """What stands behind a name in a delivery; an artifact is known by its reference."""
    if delivery is None:
        return None
    critical: dict[str, Any] = json.loads(delivery.critical)
    if name in critical:
        return critical[name]
    wanted = name.removeprefix(ARTIFACT)
    return next((one for one in json.loads(delivery.artifacts) if one["name"] == wanted), None)


def _bounded(old: JsonValue, new: JsonValue) -> tuple[JsonValue, JsonValue]:
    """Both values; of one that is too long the text from a little before the difference on."""
    if max(size_bytes(old), size_bytes(new)) <= limits.CHANGE_BYTES:
        return old, new
    start = _same_beginning(_text(old), _text(new)) - _BEFORE
    return _cut_from(old, start), _cut_from(new, start)


def _cut_from(value: JsonValue, start: int) -> JsonValue:
    if size_bytes(value) <= limits.CHANGE_BYTES:
        return value
    text = _text(value) if start <= 0 else f"{_CUT_OFF}{_text(value)[start:]}"
    return cut(text, limits.CHANGE_BYTES)


def _same_beginning(one: str, other: str) -> int:
    """How many characters they have in common from the first on, by bisection: comparing slices is
    much faster than comparing characters."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
