"""Which upstream results a briefing shows, and how much of each.

Contract and delivered text at distance 1; the summary to 2 hops; critical values and artifact
references at any distance; nearest first. Entries are never merged: where two upstreams give the
same critical key with different values, both stay and the key is listed as a conflict. What does
not fit the byte budget is named, with the call that fetches it. Deterministic: the same entries
give the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, cast

from pydantic_core import to_json

SUMMARY_HOPS = 2
CUT = " [...]"
_ENTRY_OVERHEAD_BYTES = 90
_NAMED_BYTES = 160
LEAST_TEXT_BYTES = 80
"""A text that would be cut to less is left out."""
REFERENCES_BYTES = 300
"""Of a delivery: so many bytes of references to its artifacts go before its values and texts."""
_SHARE_OF_CONFLICTS = 8
_SHARE_OF_A_STEP = 75
"""Percent of what remains that values or texts of one kind may take: the rest is for the next."""
_SHARE_OF_WORDS = 90
"""The same for what upstreams say to this task."""
_TO_THIS_TASK = ("delivered", "expect", "promise")
_SUMMARY = ("summary",)
_TEXTS = (*_TO_THIS_TASK, *_SUMMARY)
_COMPARED_BYTES = 100
"""A larger value describes what its own task made, and contradicts nobody."""
_COMMIT = re.compile(r"(\S+@)?(?=[0-9]*[a-f])[0-9a-f]{7,40}")
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def size_bytes(value: object) -> int:
    """The size of a value as JSON in UTF-8."""
    return len(to_json(value))


def size_together(texts: Sequence[str]) -> int:
    """The sum of their sizes as JSON: that of all in one text, but for the quotes."""
    return size_bytes("".join(texts)) + 2 * len(texts) - 2


def _size_of_list(texts: Sequence[str]) -> int:
    """With the brackets and the commas between."""
    return size_together(texts) + max(len(texts), 1) + 1


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
    also: tuple[str, ...] = ()
    """Critical keys that it delivers beside `keys`: not shown, as no contract names them."""
    delivered: str = ""
    said_to: str = ""
    """The reader's container that `delivered` was said to, if it was not to the reader."""
    summary: str = ""
    critical: dict[str, Any] = field(default_factory=dict[str, Any])
    artifacts: tuple[dict[str, Any], ...] = ()
    by: str = ""
    round: int = 0
    source_id: int = 0
    reused_from_id: int = 0
    """The task that the delivery was made for, if it was another."""
    values_bytes: int = 0
    """The size of `critical` and `artifacts` as JSON, if it is known."""
    changed: bool = False
    """It delivers something else than what this task's last attempt read."""

    def size_bytes(self) -> int:
        """Its size as JSON, roughly: what counts against the budget."""
        size = _ENTRY_OVERHEAD_BYTES + len(self.task)
        texts = (
            self.title,
            self.expect,
            self.promise,
            self.delivered,
            self.said_to,
            self.summary,
        )
        size += size_together([text for text in texts if text])
        for step in self.path:
            size += len(step) + 3
        for name in (*self.keys, *self.also):
            size += size_bytes(name) + 1
        return size + self.size_of_values()

    def text(self, name: str) -> str:
        """One of its texts by the name of its field."""
        return cast("str", getattr(self, name))

    def size_of_values(self) -> int:
        if self.values_bytes:
            return self.values_bytes
        size = size_bytes(self.critical) if self.critical else 0
        return size + (size_bytes(self.artifacts) if self.artifacts else 0)


_Form = tuple[Entry, Entry]
"""An entry, and what is shown of it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a briefing shows of its upstreams."""

    entries: tuple[Entry, ...]
    conflicts: tuple[str, ...]
    lacking: tuple[str, ...] = ()
    """Which upstreams are shortened, and which are left out."""
    unnamed_conflicts: int = 0


def shows_contract(distance: int) -> bool:
    """Contract and delivered text belong to direct upstreams."""
    return distance == 1


def beyond(promise: str, expect: str) -> str:
    """What is expected beyond the promise: who plans often gives both the same words."""
    return expect if expect != promise else ""


def shows_summary(distance: int) -> bool:
    return distance <= SUMMARY_HOPS


def first_names(names: Sequence[str]) -> tuple[str, ...]:
    """As many names as a short list has room for."""
    return _within(names, _NAMED_BYTES)


def has_content(entry: Entry) -> bool:
    """A direct upstream is always shown; a farther one only if it says something."""
    return entry.distance == 1 or bool(entry.summary or entry.critical or entry.artifacts)


def whole_bytes(entries: Sequence[Entry]) -> int:
    """What all entries take that nothing was cut from."""
    said = [entry for entry in entries if has_content(entry)]
    return sum(entry.size_bytes() for entry in said) + _size_of_list(conflicts(said))


def select(entries: Sequence[Entry], budget_bytes: int) -> Selection:
    """All entries whole if they fit the budget; else each as far as its share of it goes."""
    said = [entry for entry in entries if has_content(entry)]
    names = conflicts(said)
    if sum(entry.size_bytes() for entry in said) + _size_of_list(names) <= budget_bytes:
        return Selection(tuple(said), names)
    shown = _within(names, budget_bytes // _SHARE_OF_CONFLICTS)
    kept, shortened, left_out = _squeezed(said, budget_bytes - _size_of_list(shown))
    lacking = [
        f"{len(keys)} {what}: {few(keys)}"
        for keys, what in ((shortened, "shortened"), (left_out, "left out"))
        if keys
    ]
    return Selection(tuple(kept), shown, tuple(lacking), len(names) - len(shown))


def _squeezed(
    entries: Sequence[Entry], budget_bytes: int
) -> tuple[list[Entry], list[str], list[str]]:
    """Direct upstreams first: what each is, references, values that a contract names, what they say
    to this task, other values, and summaries; then farther ones: what each is, references, values
    and summaries. Each step leaves something to the next. Values and words of what changed since
    the last attempt go before all others.

    So a long text never costs a direct upstream the values that a contract names, and neither other
    values nor anything farther away cost more than a tenth of what was written for this task, or
    half of the room for direct summaries. Returns also the keys of what was shortened and of what
    was left out.
    """
    near = [one for one in entries if one.distance == 1]
    far = [one for one in entries if one.distance > 1]
    direct, left = _bare(near, budget_bytes)
    left -= _give_references(direct, _share(left))
    for changed in (True, False):
        those = [form for form in direct if form[0].changed is changed]
        left -= _give_values(_smallest_first(those, named=True), _share(left))
        left -= _give_texts(those, _TO_THIS_TASK, _share(left, _SHARE_OF_WORDS))
        left -= _give_values(_smallest_first(those, named=False), _share(left))
    left -= _give_texts(direct, _SUMMARY, left // 2 if far else left)
    farther, unused = _bare(far, left // 2)
    left += unused - left // 2
    left -= _give_references(farther, _share(left))
    left -= _give_values(farther, _share(left))
    _give_texts(farther, _SUMMARY, left)
    kept = direct + farther
    shortened = [entry.task for entry, form in kept if form != entry]
    shown = {entry.task for entry, _ in kept}
    left_out = [entry.task for entry in entries if entry.task not in shown]
    return [form for _, form in kept], shortened, left_out


def _bare(entries: Sequence[Entry], budget_bytes: int) -> tuple[list[_Form], int]:
    """What each entry is, as far as that fits, and how many bytes are left."""
    kept: list[_Form] = []
    for entry in entries:
        bare = replace(
            entry, critical={}, artifacts=(), values_bytes=0, **dict.fromkeys(_TEXTS, "")
        )
        if (size := bare.size_bytes()) <= budget_bytes:
            budget_bytes -= size
            kept.append((entry, bare))
    return kept, budget_bytes


def _share(left_bytes: int, percent: int = _SHARE_OF_A_STEP) -> int:
    return left_bytes * percent // 100


def _smallest_first(forms: Sequence[_Form], *, named: bool) -> list[_Form]:
    """Those whose values a contract names, or the others: many small ones before a large one."""
    those = [form for form in forms if bool(form[0].keys) is named]
    return sorted(those, key=lambda form: form[0].size_of_values())


def _give_references(kept: Sequence[_Form], share_bytes: int) -> int:
    """Where a few artifacts are: what nobody can build on without their commit; what they took."""
    left = share_bytes
    for entry, form in kept:
        if entry.artifacts and (size := size_bytes(entry.artifacts)) <= min(left, REFERENCES_BYTES):
            left -= size
            form.artifacts = entry.artifacts
    return share_bytes - left


def _give_values(kept: Sequence[_Form], share_bytes: int) -> int:
    """Values whole or not at all, in this order; what they took."""
    left = share_bytes
    for entry, form in kept:
        if (size := entry.size_of_values() - form.size_of_values()) <= left:
            left -= size
            form.critical, form.artifacts = entry.critical, entry.artifacts
            form.values_bytes = entry.values_bytes
    return share_bytes - left


def _give_texts(kept: Sequence[_Form], names: Sequence[str], share_bytes: int) -> int:
    """Texts cut to one common length; where that would be next to nothing, without the longest.
    What they took."""
    texts = [
        (size_bytes(text), text, form, name)
        for entry, form in kept
        for name in names
        if (text := entry.text(name))
    ]
    texts.sort(key=itemgetter(0))
    count = _count_with_room([size for size, *_ in texts], share_bytes)
    limit = level([size for size, *_ in texts[:count]], share_bytes)
    used = 0
    for _, text, form, name in texts[:count]:
        shown = cut(text, limit)
        setattr(form, name, shown)
        used += size_bytes(shown)
    return used


def _count_with_room(sizes: Sequence[int], budget_bytes: int) -> int:
    """How many of these, the first ones, can be shown whole or cut to a size worth reading."""
    for count, size in enumerate(sizes):
        budget_bytes -= min(size, LEAST_TEXT_BYTES)
        if budget_bytes < 0:
            return count
    return len(sizes)


def _within(names: Sequence[str], budget_bytes: int) -> tuple[str, ...]:
    """As many names as fit."""
    fitting: list[str] = []
    for name in names:
        budget_bytes -= size_bytes(name) + 1
        if budget_bytes < 0:
            break
        fitting.append(name)
    return tuple(fitting)


def few(names: Sequence[str]) -> str:
    """The first of them, as far as a short list has room."""
    first = first_names(names)
    return ", ".join(first) + (", ..." if len(first) < len(names) else "")


def level(sizes: Sequence[int], budget: int) -> int:
    """The size to which the largest parts must be cut so that all of them fit the budget."""
    left = budget
    ordered = sorted(sizes)
    for at, size in enumerate(ordered):
        share = left // (len(ordered) - at)
        if size > share:
            return share
        left -= size
    return ordered[-1] if ordered else 0


def cut(text: str, limit_bytes: int) -> str:
    """The beginning of a text, within a size as JSON, with a mark where it was cut."""
    if size_bytes(text) <= limit_bytes:
        return text
    room = max(0, limit_bytes - len(CUT) - 2)
    short = text.encode()[:room].decode(errors="ignore")
    while size_bytes(short) > room + 2:
        short = short[: len(short) * 3 // 4]
    return short + CUT


def cut_or_left_out(text: str, limit_bytes: int) -> str:
    """The same; empty where next to nothing would be left."""
    fits = limit_bytes > LEAST_TEXT_BYTES or size_bytes(text) <= limit_bytes
    return cut(text, limit_bytes) if fits else ""


def conflicts(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Critical keys to which upstreams give different values, sorted, and which upstreams.

    What a contract asks of an upstream is that upstream's, whatever others call by the same name;
    so is a long value, the commit that a task made, and what each of three or more has of its own,
    like the usage of a command.
    """
    givers: dict[str, list[Entry]] = {}
    for entry in entries:
        for name in entry.critical:
            if name not in entry.keys:
                givers.setdefault(name, []).append(entry)
    return tuple(
        f"{name}: {few([one.task for one in found])}"
        for name, found in sorted(givers.items())
        if len(found) > 1 and _disagree([one.critical[name] for one in found])
    )


def _disagree(values: list[Any]) -> bool:
    said = [value for value in values if not _is_its_own(value)]
    if len(said) > 2 and len(set(map(_CANONICAL, said))) == len(said):
        return False
    return any(not _same(said[0], value) for value in said[1:])


def _is_its_own(value: Any) -> bool:
    """Whether it naturally differs from one task to another."""
    if isinstance(value, str) and _COMMIT.fullmatch(value):
        return True
    return size_bytes(value) > _COMPARED_BYTES


def _same(one: object, other: object) -> bool:
    """As JSON: true is not 1."""
    if one != other:
        return False
    if type(one) is type(other) and isinstance(one, (str, int, float)):
        return True
    return _CANONICAL(one) == _CANONICAL(other)
