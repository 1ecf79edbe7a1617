"""Which upstream results a briefing shows, and how much of each.

Contract and delivered text at distance 1; the summary to 2 hops; critical values and artifact
references at any distance; nearest first. Entries are never merged: where two upstreams give the
same critical key with different values, both stay and the key is listed as a conflict. What does
not fit the byte budget is named, with the call that fetches it. Deterministic: the same entries
give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from json.encoder import encode_basestring
from typing import Any

SUMMARY_HOPS = 2
_CUT_CHARS = 400
CUT = " [...]"
_ENTRY_OVERHEAD_BYTES = 90
_NAMED = 10
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def size_bytes(value: object) -> int:
    """The size of a value as JSON in UTF-8."""
    shown = encode_basestring(value) if isinstance(value, str) else _ENCODE(value)
    return len(shown) if shown.isascii() else len(shown.encode())


@dataclass(slots=True)
class Entry:
    """One upstream and what it delivered."""

    task: str
    title: str
    distance: int
    path: tuple[str, ...]
    """The tasks between, nearest to the reader last."""
    state: str
    soft: bool = False
    expect: str = ""
    promise: str = ""
    keys: tuple[str, ...] = ()
    delivered: str = ""
    summary: str = ""
    critical: dict[str, Any] = field(default_factory=dict[str, Any])
    artifacts: tuple[dict[str, Any], ...] = ()
    by: str = ""
    round: int = 0
    note: str = ""
    source_id: int = 0
    reused_from_id: int = 0
    """The task that the delivery was made for, if it was another."""
    values_bytes: int = 0
    """The size of `critical` and `artifacts` as JSON, if it is known."""

    def size_bytes(self) -> int:
        """Its size as JSON, roughly: what counts against the budget."""
        size = _ENTRY_OVERHEAD_BYTES + len(self.task)
        for text in (self.title, self.expect, self.promise, self.delivered, self.summary):
            if text:
                size += size_bytes(text)
        for step in self.path:
            size += len(step) + 3
        for name in self.keys:
            size += size_bytes(name) + 1
        if self.values_bytes:
            return size + self.values_bytes
        if self.critical:
            size += size_bytes(self.critical)
        if self.artifacts:
            size += size_bytes(self.artifacts)
        return size


@dataclass(frozen=True, slots=True)
class Selection:
    """What a briefing shows of its upstreams."""

    entries: tuple[Entry, ...]
    conflicts: tuple[str, ...]
    more: tuple[str, ...]


def shows_contract(distance: int) -> bool:
    """Contract and delivered text belong to direct upstreams."""
    return distance == 1


def shows_summary(distance: int) -> bool:
    return distance <= SUMMARY_HOPS


def has_content(entry: Entry) -> bool:
    """A direct upstream is always shown; a farther one only if it says something."""
    return entry.distance == 1 or bool(entry.summary or entry.critical or entry.artifacts)


def select(entries: Sequence[Entry], budget_bytes: int) -> Selection:
    """The nearest entries whole as far as the budget goes; the rest shortened or left out."""
    kept: list[Entry] = []
    shortened: list[str] = []
    left_out: list[str] = []
    spent = 0
    for entry in entries:
        if not has_content(entry):
            continue
        for form in _forms(entry):
            size = form.size_bytes()
            if spent + size <= budget_bytes:
                if form is not entry:
                    shortened.append(entry.task)
                kept.append(form)
                spent += size
                break
        else:
            left_out.append(entry.task)
    more = [
        f'{len(names)} {what}: {_few(names)}: graph(view="task", task=KEY)'
        for names, what in ((shortened, "shortened"), (left_out, "left out"))
        if names
    ]
    return Selection(tuple(kept), conflicts(kept), tuple(more))


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")


def level(sizes: Sequence[int], budget: int) -> int:
    """The size to which the largest parts must be cut so that all of them fit the budget."""
    left = budget
    ordered = sorted(sizes)
    for at, size in enumerate(ordered):
        share = left // (len(ordered) - at)
        if size > share:
            return max(0, share)
        left -= size
    return ordered[-1] if ordered else 0


def _forms(entry: Entry) -> Iterator[Entry]:
    """The entry whole, then shorter and shorter."""
    yield entry
    cut = replace(
        entry,
        delivered=_shorten(entry.delivered),
        summary=_shorten(entry.summary),
        expect=_shorten(entry.expect),
    )
    yield cut
    yield replace(
        cut,
        delivered=_shorten(entry.delivered, 120),
        summary="",
        critical={},
        artifacts=(),
        values_bytes=0,
    )


def _shorten(text: str, limit: int = _CUT_CHARS) -> str:
    return text if len(text) <= limit else text[:limit] + CUT


def cut(text: str, limit_bytes: int) -> str:
    """The beginning of a text, within a size as JSON, with a mark where it was cut."""
    if size_bytes(text) <= limit_bytes:
        return text
    room = max(0, limit_bytes - len(CUT) - 2)
    short = text.encode()[:room].decode(errors="ignore")
    while short and size_bytes(short) > room + 2:
        short = short[: len(short) * 3 // 4]
    return short + CUT


def conflicts(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Critical keys that two upstreams give with different values."""
    first: dict[str, Any] = {}
    found: set[str] = set()
    for entry in entries:
        for name, value in entry.critical.items():
            if name not in first:
                first[name] = value
            elif first[name] != value or isinstance(first[name], bool) != isinstance(value, bool):
                found.add(name)
    return tuple(sorted(found))
