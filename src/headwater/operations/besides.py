"""What else is said of direct upstreams where a briefing has room left: what the reviewer remarked
who approved a delivery, and what its summary said in an earlier round.

Who does a task again often sums up the change alone, and what the first round told of the
interface would be lost to all who read it. So where an earlier summary says more, it stands beside
the newest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from headwater import limits
from headwater.graph.briefing import Entry, cut_or_left_out, level, size_bytes
from headwater.operations.images import compact
from headwater.store.queries import context
from headwater.store.transaction import Tx

_FRAME_BYTES = 60


class _Words(NamedTuple):
    """A text about an upstream: the field it stands in, whose or when it is, and its name there."""

    task: str
    field: str
    about: Mapping[str, str | int]
    name: str
    text: str
    most_bytes: int


def besides(
    tx: Tx, further: Sequence[tuple[Entry, int]], room_bytes: int
) -> dict[str, dict[str, Any]]:
    """Fields of an `Upstream`, by its task, within so many bytes together. `further`: direct
    upstreams, each with the attempt of the reviewer who approved it and remarked something."""
    found = [*_remarks(tx, further), *_earlier(tx, [entry for entry, _ in further])]
    room_bytes -= _FRAME_BYTES * len(found)
    limit = level([size_bytes(one.text) for one in found], room_bytes)
    shown: dict[str, dict[str, Any]] = {}
    for one in found:
        if text := cut_or_left_out(one.text, min(limit, one.most_bytes)):
            shown.setdefault(one.task, {})[one.field] = {**one.about, one.name: text}
    return shown


def _remarks(tx: Tx, further: Sequence[tuple[Entry, int]]) -> Iterator[_Words]:
    reviews = {review: entry.task for entry, review in further if review}
    if reviews:
        for review, by, text in tx.all(context.REMARKS, ids=compact(sorted(reviews))):
            yield _Words(
                reviews[review], "remarks", {"by": by}, "text", text.strip(), limits.REMARKS_BYTES
            )


def _earlier(tx: Tx, entries: Iterable[Entry]) -> Iterator[_Words]:
    """Of each that was done again the longest earlier summary, if it is longer than the newest."""
    again = {one.source_id: one for one in entries if one.round > 1 and one.summary}
    if not again:
        return
    last: dict[tuple[int, int], str] = {}  # of a round that counts which was delivered last
    for task_id, made_in, summary in tx.all(context.SUMMARIES, ids=compact(sorted(again))):
        if made_in < again[task_id].round:
            last[task_id, made_in] = summary
    longest: dict[int, tuple[int, str]] = {}
    for (task_id, made_in), summary in last.items():
        if len(summary) > len(longest.get(task_id, (0, again[task_id].summary))[1]):
            longest[task_id] = made_in, summary
    for task_id, (made_in, summary) in longest.items():
        said = {"round": made_in}
        yield _Words(again[task_id].task, "earlier", said, "summary", summary, limits.EARLIER_BYTES)
