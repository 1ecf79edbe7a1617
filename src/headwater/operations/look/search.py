"""Recall: past deliveries and titles that contain all the words, newest first, with provenance."""

from __future__ import annotations

from headwater.errors import BadRequest
from headwater.operations.look.reading import Reading, fold, iso, only_set, pattern
from headwater.store.queries import look
from headwater.verbs.look import GraphReply, Item

_SNIPPET_CHARS = 300
_BEFORE_CHARS = 80
_NO_CURSOR = 1 << 62


def search(reading: Reading) -> GraphReply:
    """What was delivered before, by whom and when; then tasks that match by key or title."""
    words = reading.request.query.split()
    if not words:
        raise BadRequest("view 'search' needs a query", next='graph(view="search", query="words")')
    if len(words) > look.RECALL_WORDS:
        raise BadRequest(
            f"{len(words)} words; at most {look.RECALL_WORDS}, all of which must occur",
            next="search for the rarest of them",
        )
    request = reading.request
    before = reading.number_cursor()
    rows = reading.tx.all(
        look.RECALL,
        board_id=reading.board.id,
        before=before or _NO_CURSOR,
        count=request.limit + 1,
        **_patterns(words),
    )
    page = rows[: request.limit]
    hits = [_hit(reading, row, words) for row in page]
    more = len(rows) > len(page)
    if not more and len(hits) < request.limit:
        hits.extend(_titles(reading, words, request.limit - len(hits)))
    return GraphReply(
        view="search",
        revision=reading.board.revision,
        hits=hits,
        cursor=str(page[-1].id) if more else None,
        next='graph(view="task", task=KEY) shows one whole' if hits else "try fewer words",
    )


def _patterns(words: list[str]) -> dict[str, str]:
    filled = words + [""] * (look.RECALL_WORDS - len(words))
    found: dict[str, str] = {}
    for number, word in enumerate(filled, start=1):
        found[f"word{number}"] = pattern(word) or "%"
        found[f"folded{number}"] = pattern(fold(word)) or "%"
    return found


def _hit(reading: Reading, row: look.Hit, words: list[str]) -> Item:
    if row.salvage:
        standing = "salvage"
    elif row.id != row.current_id:
        standing = "replaced"
    else:
        standing = "accepted" if row.state == "done" else "delivered"
    return {
        "task": row.key,
        **only_set(title=row.title),
        "state": row.state,
        "standing": standing,
        **only_set(by=reading.label(row.session_id)),
        "round": row.round,
        "revision": row.revision,
        "at": iso(row.created_ms),
        **only_set(text=_snippet(row.summary, words) or _snippet(row.critical, words)),
    }


def _snippet(text: str, words: list[str]) -> str:
    """The text around the first word found in it; its beginning if none is."""
    folded = fold(text)
    places = [folded.find(fold(word)) for word in words]
    start = max(0, min((place for place in places if place >= 0), default=0) - _BEFORE_CHARS)
    cut = text[start : start + _SNIPPET_CHARS]
    before = "[...] " if start else ""
    after = " [...]" if start + _SNIPPET_CHARS < len(text) else ""
    return f"{before}{cut}{after}" if cut else ""


def _titles(reading: Reading, words: list[str], count: int) -> list[Item]:
    rows = reading.tx.all(
        look.RECALL_TITLES, board_id=reading.board.id, count=count, **_patterns(words)
    )
    return [
        {"task": key, **only_set(title=title), "state": state, "standing": "undelivered"}
        for key, title, state in rows
    ]
