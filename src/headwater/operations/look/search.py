"""Recall: what was written before that has these words, best match first, with provenance."""

from __future__ import annotations

from dataclasses import replace

from headwater.errors import BadRequest
from headwater.graph.recall import telling_of, whole, words_of
from headwater.operations import recall
from headwater.operations.look.reading import Reading, iso, number_in, only_set
from headwater.store.queries import tasks
from headwater.store.recall import Asked, ascii_lower, full_text
from headwater.store.rows import RecallRow
from headwater.verbs.look import GraphReply, Item

_PARTIAL = 5
"""So many are shown of what has only some of the words."""
_SNIPPET_CHARS = 300
_BEFORE_CHARS = 80


def search(reading: Reading) -> GraphReply:
    """Specs, deliveries, failures, feedback and notes with all the words; if none, the few best
    that share a telling one.

    A page goes on in the order of the first one: what was written since then is not in it.
    """
    words = words_of(reading.request.query)
    if not reading.request.query.strip():
        raise BadRequest("view 'search' needs a query", next='graph(view="search", query="words")')
    index, tx, limit = full_text(reading.tx), reading.tx, reading.request.limit
    newest, skip = _position(reading)
    asked = Asked(reading.board.id, words, newest, skip, limit + 1, every=True)
    notes = [index.note] if index.note else []
    rows = index.find(tx, asked)
    more = len(rows) > limit
    if not rows and not skip and len(words) > 1:
        words = telling_of(words)
        rows = index.find(tx, replace(asked, words=words, count=min(limit, _PARTIAL), every=False))
        some = "; the best that have some" if rows else ", nor any that tells something alone"
        notes.append(f"nothing has all of these words{some}")
    page = rows[:limit]
    hits = [_hit(reading, row, words) for row in page]
    if recall.is_behind(tx, reading.board.id):
        notes.append("the newest texts are not indexed yet: search again")
    return GraphReply(
        view="search",
        revision=reading.board.revision,
        hits=hits,
        cursor=f"{newest}:{skip + len(page)}" if more else None,
        note="; ".join(notes) or None,
        next='graph(view="task", task=KEY) shows one whole' if hits else "try other words",
    )


def _position(reading: Reading) -> tuple[int, int]:
    """From the cursor: the newest revision that counts, how many to skip."""
    cursor = reading.request.cursor
    if not cursor:
        return reading.board.revision, 0
    newest, _, skip = cursor.partition(":")
    return number_in(newest), number_in(skip)


def _hit(reading: Reading, row: RecallRow, words: list[str]) -> Item:
    task = reading.tx.one(tasks.BY_ID, id=row.task_id)
    assert task is not None
    return {
        "task": task.key,
        **only_set(title=task.title),
        "state": task.state,
        "kind": row.kind,
        **only_set(standing=_standing(row, task.delivery_id, task.state)),
        **only_set(outcome=row.outcome if row.kind in ("attempt", "feedback") else ""),
        **only_set(by=row.by, round=row.round, revision=row.revision),
        **only_set(at=iso(row.at_ms) if row.at_ms else ""),
        **only_set(text=_snippet(whole(row.body), words)),
    }


def _standing(row: RecallRow, current_id: int, state: str) -> str:
    """What has become of a delivery."""
    if row.kind != "delivery":
        return "undelivered" if row.kind == "spec" and not current_id else ""
    if row.outcome == "salvage":
        return "salvage"
    if row.source_id != current_id:
        return "replaced"
    return "accepted" if state == "done" else "delivered"


def _snippet(text: str, words: list[str]) -> str:
    """The text around the first word found in it; its beginning if none is."""
    folded = ascii_lower(text)
    places = [folded.find(ascii_lower(word)) for word in words]
    start = max(0, min((place for place in places if place >= 0), default=0) - _BEFORE_CHARS)
    cut = text[start : start + _SNIPPET_CHARS]
    before = "[...] " if start else ""
    after = " [...]" if start + _SNIPPET_CHARS < len(text) else ""
    return f"{before}{cut}{after}" if cut else ""
