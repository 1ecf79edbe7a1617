"""Which upstream results a briefing shows, and how much of each.

Contract and delivered text at distance 1; the summary to 2 hops; critical values and artifact
references at any distance; nearest first. Entries are never merged: where two upstreams give the
same critical key with different values, both stay and the key is listed as a conflict. What does
not fit the byte budget is named, with the call that fetches it. Deterministic: the same entries
give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

SUMMARY_HOPS = 2
_CUT_CHARS = 400
_ENTRY_OVERHEAD_BYTES = 60


@dataclass(frozen=True, slots=True)
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
    delivery_id: int = 0

    def size_bytes(self) -> int:
        """Its size as JSON, roughly: what counts against the budget."""
        texts = (self.task, self.title, self.expect, self.promise, self.delivered, self.summary)
        size = sum(len(text.encode()) for text in texts) + _ENTRY_OVERHEAD_BYTES
        size += sum(len(step) + 3 for step in self.path)
        if self.critical:
            size += len(json.dumps(self.critical, ensure_ascii=False).encode())
        if self.artifacts:
            size += len(json.dumps(self.artifacts, ensure_ascii=False).encode())
        return size


@dataclass(frozen=True, slots=True)
class Selection:
    """What a briefing shows of its upstreams."""

    entries: tuple[Entry, ...]
    conflicts: tuple[str, ...]
    more: tuple[str, ...]


def by_distance(entry: Entry) -> Entry:
    """The entry with only what its distance allows."""
    if entry.distance > 1:
        entry = replace(entry, expect="", promise="", delivered="")
    if entry.distance > SUMMARY_HOPS:
        entry = replace(entry, summary="")
    return entry


def has_content(entry: Entry) -> bool:
    """A direct upstream is always shown; a farther one only if it says something."""
    return entry.distance == 1 or bool(entry.summary or entry.critical or entry.artifacts)


def select(entries: Sequence[Entry], budget_bytes: int) -> Selection:
    """Keep the nearest entries whole as far as the budget goes; shorten, then leave out the rest."""
    kept: list[Entry] = []
    more: list[str] = []
    left_out: list[str] = []
    spent = 0
    for entry in (by_distance(one) for one in entries):
        if not has_content(entry):
            continue
        fitting = next(
            (form for form in _forms(entry) if spent + form.size_bytes() <= budget_bytes), None
        )
        if fitting is None:
            left_out.append(entry.task)
            continue
        if fitting is not entry:
            more.append(f'{entry.task} is shortened: graph(view="task", task="{entry.task}")')
        kept.append(fitting)
        spent += fitting.size_bytes()
    if left_out:
        names = ", ".join(left_out[:10]) + (" ..." if len(left_out) > 10 else "")
        more.append(f'{len(left_out)} upstreams left out: {names}: graph(view="task", task=KEY)')
    return Selection(tuple(kept), conflicts(kept), tuple(more))


def _forms(entry: Entry) -> tuple[Entry, ...]:
    """The entry whole, then shorter and shorter."""
    cut = replace(
        entry,
        delivered=_shorten(entry.delivered),
        summary=_shorten(entry.summary),
        expect=_shorten(entry.expect),
    )
    bare = replace(
        cut, delivered=_shorten(entry.delivered, 120), summary="", critical={}, artifacts=()
    )
    return (entry, cut, bare)


def _shorten(text: str, limit: int = _CUT_CHARS) -> str:
    return text if len(text) <= limit else text[:limit] + " [...]"


def conflicts(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Critical keys that two upstreams give with different values."""
    first: dict[str, str] = {}
    found: set[str] = set()
    for entry in entries:
        for name, value in entry.critical.items():
            shown = json.dumps(value, sort_keys=True)
            if first.setdefault(name, shown) != shown:
                found.add(name)
    return tuple(sorted(found))
